"""Walking a list that is ordered by a cursor and changes while it is walked.

Page numbers are no place in such a list: a record that is updated moves to the end, everything behind it
moves one up, and the next page begins one record too late. So a walk goes on from the last value seen,
inclusive, and uses page numbers only inside one value. What is seen twice is known by its key.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sources.kit.tables import Spool
from sources.kit.transport import WrongAnswer

from ._base import Window

logger = logging.getLogger(__name__)

# A page that comes again, or a tie that loses a record, is tried this often before it counts as final.
_PATIENCE = 5
# Below this many pages a range is walked in one piece: more requests in flight would save nothing.
_PAGES_PER_SLICE = 2
_SLICES_PER_CONNECTION = 2
# A server that invents records forever is stopped when it has sent this many times what it announced.
_RUNAWAY_FACTOR = 3
# A bound is sent in the API's own precision, rounded outwards: a little from before the place is no fault.
_COARSENESS = timedelta(seconds=1)
_RUNAWAY_ALLOWANCE = 10_000


@dataclass(frozen=True)
class Page:
    """One page of a list: its records byte for byte, and what the server says of the whole list."""

    records: Sequence[bytes]
    total: int | None = None
    pages: int | None = None


Fetch = Callable[[datetime, datetime, int], Page]


class RangeWalk:
    """Brings every record of a range into a spool, several slices of it at a time.

    Args:
        fetch: a page of the list between two instants, both inclusive, ordered by the cursor; pages from 1.
        page_size: how many records a page was asked to hold.
        spool: where the records go; its model's ``version`` is the cursor.
        connections: how many slices are walked at once.
    """

    def __init__(self, fetch: Fetch, page_size: int, spool: Spool, connections: int = 1) -> None:
        self._fetch = fetch
        self._page_size = page_size
        self._spool = spool
        self._connections = connections
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def run(self, window: Window) -> int | None:
        """Walks the window; gives the number of records that the server announced at the start.

        Raises ``WrongAnswer`` when the pages repeat, do not end, or begin before the range that was asked for.
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
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            failed = [future for future in done if future.exception() is not None]
            if failed:
                self._stop.set()
                for future in futures:
                    future.cancel()
                failed[0].result()

    def _slice(self, piece: Window, first: Page | None = None) -> None:
        steps = _Steps(piece, self._page_size)
        while not self._stop.is_set():
            page = first or self._fetch(steps.cursor, piece.end, steps.number)
            first = None
            with self._lock:
                seen = self._spool.add(page.records)
            if steps.finished(page, seen):
                return


class _Steps:
    """Decides what to ask for next. Pure: no requests, no records kept."""

    def __init__(self, piece: Window, page_size: int) -> None:
        self.cursor = piece.start
        self.number = 1
        self._end = piece.end
        self._page_size = page_size
        self._numbered = False
        self._repeats = 0
        self._previous: tuple[Any, ...] | None = None
        self._total: int | None = None
        self._since_cursor = 0
        self._sent = 0
        self._announced = 0

    def finished(self, page: Page, seen: Sequence[tuple[Any, Any] | None]) -> bool:
        """Takes note of a page; false when there is more to ask for, at ``cursor`` and ``number``."""
        self._guard(page)
        if not page.records:
            return self._end_or_again(page)
        keys = tuple(probed and probed[0] for probed in seen)
        if self.number > 1 and keys == self._previous:
            return self._again("a page came twice")
        self._previous = keys
        self._since_cursor += len(page.records)
        if self._is_last(page):
            return True
        self._advance(page, [probed[1] for probed in seen if probed and probed[1] is not None])
        return False

    def _advance(self, page: Page, versions: list[datetime]) -> None:
        if versions and min(versions) < self.cursor - _COARSENESS and not self._numbered:
            raise WrongAnswer("the list holds records from before the range that was asked for")
        if versions and versions != sorted(versions) and not self._numbered:
            logger.warning("a list is not in the order that was asked for: walking it by page number")
            self._numbered = True
        if versions and versions[-1] > self.cursor and not self._numbered:
            self.cursor, self._total, self._repeats = versions[-1], None, 0
            self._restart()
        elif self._total is not None and page.total is not None and page.total < self._total:
            # a record has left this value, and those behind it have moved up past our place; when it goes on
            # like that, the count at the end of the walk tells whether any was missed
            self._total = page.total
            self._repeats += 1
            if self._repeats > _PATIENCE:
                self.number += 1
            else:
                self._restart()
        else:
            self._total = page.total
            self.number += 1

    def _again(self, what: str) -> bool:
        self._repeats += 1
        if self._repeats > _PATIENCE:
            raise WrongAnswer(f"{what}, {self._repeats} times", hint="the list cannot be walked reliably now")
        self._restart()
        return False

    def _restart(self) -> None:
        self.number, self._previous, self._since_cursor = 1, None, 0

    def _is_last(self, page: Page) -> bool:
        if page.pages is not None:
            return self.number >= page.pages
        if page.total is not None:
            return self._since_cursor >= page.total
        return len(page.records) < self._page_size

    def _end_or_again(self, page: Page) -> bool:
        """An empty page ends a walk, unless the server says in the same breath that there is more."""
        return True if self._is_last(page) or self.number > 1 else self._again("a page was empty")

    def _guard(self, page: Page) -> None:
        self._sent += len(page.records)
        self._announced = max(self._announced, page.total or 0)
        if page.total is not None and self._sent > self._announced * _RUNAWAY_FACTOR + _RUNAWAY_ALLOWANCE:
            raise WrongAnswer(
                f"the list does not end: {self._sent} records came, {self._announced} announced"
            )


def numbered_pages(fetch: Callable[[int], Page], page_size: int) -> Iterator[Page]:
    """The pages of a list that does not change while it is read, by number.

    Raises ``WrongAnswer`` when a page comes twice in a row or the list goes far beyond what was announced.
    """
    number, previous, sent = 1, None, 0
    while True:
        page = fetch(number)
        sent += len(page.records)
        if page.records and page.records == previous:
            raise WrongAnswer(f"page {number} repeats the page before it")
        if page.total is not None and sent > page.total * _RUNAWAY_FACTOR + _RUNAWAY_ALLOWANCE:
            raise WrongAnswer(f"the list does not end: {sent} records came, {page.total} announced")
        yield page
        last = len(page.records) < page_size if page.pages is None else number >= page.pages
        if last or not page.records:
            return
        number, previous = number + 1, page.records
