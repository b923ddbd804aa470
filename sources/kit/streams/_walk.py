"""Walking a list that is ordered by a cursor and changes while it is walked.

Page numbers are no place in such a list: a record that is updated moves to the end, everything behind it
moves one up, and the next page begins one record too late. So a walk goes on from the last value seen,
inclusive, always asking for a first page: whatever has not been seen is still behind that value.

Where one value fills a whole page, that does not lead on. Then the pages of this value (and of the second that
it begins) are read by number, the last one first: records can only move up, towards the pages that are still
to be read. A record that enters such a range while it is read is noticed by the count, and it is read again.
What is seen twice is known by its key.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sources.kit.tables import Spool
from sources.kit.transport import WrongAnswer

from ._base import Window

logger = logging.getLogger(__name__)

# What does not add up (a page that comes again, a count that grows) is tried this often before it counts as final.
_PATIENCE = 5
# Below this many pages a range is walked in one piece: more requests in flight would save nothing.
_PAGES_PER_SLICE = 2
_SLICES_PER_CONNECTION = 2
# A bound is sent in the API's own precision, rounded outwards: a little from before the place is no fault.
_COARSENESS = timedelta(seconds=1)
# A server that invents records forever is stopped when it has sent this many times what it announced, or this
# many pages of one slice, whatever it says.
_RUNAWAY_FACTOR = 3
_RUNAWAY_ALLOWANCE = 10_000
_MOST_PAGES = 100_000


@dataclass(frozen=True)
class Page:
    """One page of a list: its records byte for byte, and what the server says of the whole list."""

    records: Sequence[bytes]
    total: int | None = None
    pages: int | None = None


Fetch = Callable[[datetime, datetime, int], Page]


class RangeWalk:
    """Brings every record of a range into a spool, several slices of it at a time.

    Every record that is in the range from the first request to the last is seen, as long as others only leave
    the range meanwhile, or enter it where no single value fills a page.

    Args:
        fetch: a page of the list between two instants, both inclusive, ordered by the cursor; pages from 1.
        page_size: how many records a page was asked to hold.
        spool: where the records go; its model's ``version`` is the cursor.
        connections: how many slices are walked at once.
        ordered: whether to trust the order. Without it every page is read by its number.
    """

    def __init__(
        self, fetch: Fetch, page_size: int, spool: Spool, connections: int = 1, *, ordered: bool = True
    ) -> None:
        self._fetch = fetch
        self._page_size = page_size
        self._spool = spool
        self._connections = connections
        self._ordered = ordered
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def run(self, window: Window) -> int | None:
        """Walks the window; gives the number of records that the server announced at the start.

        Raises ``WrongAnswer`` when the pages repeat, do not end, do not bring what they announce, or begin
        before the range that was asked for.
        """
        first = self._fetch(window.start, window.end, 1)
        slices = self._slices(window, first.total)
        if len(slices) == 1:
            self._slice(window, first)
        else:
            self._all(slices)
        return first.total

    def _slices(self, window: Window, total: int | None) -> list[Window]:
        if total is None or self._connections < 2:
            return [window]
        wanted = min(
            total // (self._page_size * _PAGES_PER_SLICE), self._connections * _SLICES_PER_CONNECTION
        )
        length = (window.end - window.start) / max(wanted, 1)
        return window.split(length) if wanted > 1 and length.total_seconds() >= 1 else [window]

    def _all(self, slices: list[Window]) -> None:
        with ThreadPoolExecutor(self._connections, thread_name_prefix="walk") as pool:
            futures = [pool.submit(self._slice, piece) for piece in slices]
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                self._stop.set()
                for future in futures:
                    future.cancel()
            for future in done:
                future.result()

    def _slice(self, piece: Window, first: Page | None = None) -> None:
        walk = _Slice(self._ask, piece)
        if self._ordered:
            walk.by_value(first)
        else:
            walk.by_number(piece)

    def _ask(self, start: datetime, end: datetime, number: int, page: Page | None) -> _Got:
        if self._stop.is_set():
            raise CancelledError
        page = page or self._fetch(start, end, number)
        with self._lock:
            seen = self._spool.add(page.records)
        keys = [probed[0] if probed else record for probed, record in zip(seen, page.records, strict=True)]
        return _Got(page, keys, [probed[1] for probed in seen if probed and probed[1] is not None])


@dataclass(frozen=True)
class _Got:
    """A page that is in the spool: its keys (a record without one stands for itself), and those versions that
    can be read."""

    page: Page
    keys: list[Any]
    versions: list[datetime]


class _Slice:
    """One slice of a range, on its way to the end."""

    def __init__(self, ask: Callable[[datetime, datetime, int, Page | None], _Got], piece: Window) -> None:
        self._ask = ask
        self._piece = piece
        self._requests = 0
        self._sent = 0
        self._announced = 0
        self._longest = 0

    def by_value(self, first: Page | None = None) -> None:
        """From value to value; by number where one value fills a page, or where there is no order."""
        cursor, end, empty = self._piece.start, self._piece.end, 0
        while cursor <= end:
            got = self._get(cursor, end, 1, first)
            first = None
            if got.versions != sorted(got.versions):
                logger.warning("a list is not in the order that was asked for: walking it by page number")
                self.by_number(self._piece)
                return
            if self._is_whole(got.page):
                return
            if not got.page.records:
                empty += 1
                if empty > _PATIENCE:
                    raise _unreliable("a page is empty and the server announces more")
            elif not got.versions:
                self.by_number(Window(cursor, end))
                return
            elif got.versions[-1] > cursor:
                cursor = got.versions[-1]
            else:
                self.by_number(Window(cursor, min(cursor + _COARSENESS, end)))
                cursor += _COARSENESS

    def by_number(self, piece: Window) -> None:
        """All pages of a range, the last one first."""
        brought, total = 0, None
        for _ in range(_PATIENCE):
            first = self._get(piece.start, piece.end, 1)
            if first.page.total is not None and self._is_whole(first.page):
                return
            number = self._last_number(piece, first)
            keys: set[Any] = set()
            total, grown = first.page.total, False
            while number > 0:
                got = self._get(piece.start, piece.end, number)
                keys.update(got.keys)
                grown = grown or (total or 0) < (got.page.total or 0)
                total = got.page.total
                number -= 1
            brought = len(keys)
            if not grown and brought >= (total or 0):
                return
        raise _unreliable(f"the pages bring {brought} records, and {total} are announced")

    def _last_number(self, piece: Window, first: _Got) -> int:
        """The number of the last page; where the server does not say, the first that is short or empty."""
        page = first.page
        if page.total is not None or page.pages is not None:
            counted = -(-(page.total or 0) // max(len(page.records), 1))
            return max(page.pages or 1, counted)
        number, previous = 1, first.keys
        while True:
            number += 1
            got = self._get(piece.start, piece.end, number)
            if len(got.keys) < self._longest:
                return number
            if got.keys == previous:
                raise _unreliable("a page came twice")
            previous = got.keys

    def _is_whole(self, page: Page) -> bool:
        """Whether a first page is all there is. A server may hold fewer records on a page than it was asked
        to: where it does not count, only a page shorter than another one tells."""
        if page.pages is None and page.total is None:
            return len(page.records) < max(self._longest, 1)
        return (page.pages or 1) <= 1 and (page.total or 0) <= len(page.records)

    def _get(self, start: datetime, end: datetime, number: int, page: Page | None = None) -> _Got:
        got = self._ask(start, end, number, page)
        self._requests += 1
        self._sent += len(got.keys)
        self._announced = max(self._announced, got.page.total or 0)
        self._longest = max(self._longest, len(got.keys))
        allowed = self._announced * _RUNAWAY_FACTOR + _RUNAWAY_ALLOWANCE
        if self._requests > _MOST_PAGES or (got.page.total is not None and self._sent > allowed):
            raise WrongAnswer(
                f"the list does not end: {self._sent} records came, {self._announced} announced"
            )
        if got.versions and min(got.versions) < start - _COARSENESS:
            raise WrongAnswer("the list holds records from before the range that was asked for")
        return got


def _unreliable(what: str) -> WrongAnswer:
    return WrongAnswer(what, hint="the list cannot be walked reliably now")
