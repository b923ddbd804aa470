"""Streams that are read by a range of a cursor: *window* (rows change) and *log* (rows are only added)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from sources.kit.tables import Record, Spool, Tally
from sources.kit.transport import WrongAnswer

from ._base import Context, KeyApi, Kind, Stream, Window, write_records
from ._sweep import KeySweep
from ._walk import Page, RangeWalk

# How often a walk that brought fewer records than the API counts is begun again.
_WALKS = 3


class RangeApi(Protocol):
    """What a windowed stream needs of its API."""

    def page(self, context: Context, start: datetime, end: datetime, number: int) -> Page:
        """A page of the records whose cursor lies between two instants, both inclusive, in its order."""
        ...

    def count(self, context: Context, start: datetime, end: datetime) -> int | None:
        """How many records there are between two instants; ``None`` when the API does not say."""
        ...

    def page_size(self, context: Context) -> int:
        """How many records a page holds."""
        ...


class WindowStream(Stream):
    """Records that change, found by when they were last changed.

    A window is walked to its end and checked against the API's own count. Records that leave it on the way
    (because they were changed) are looked for behind its end at once, so that they are not missing until the
    next load.
    """

    kind: ClassVar[Kind] = "window"
    windowed: ClassVar[bool] = True
    finds_deletes: ClassVar[bool] = True

    def __init__(
        self,
        name: str,
        model: type[Record],
        api: RangeApi,
        description: str = "",
        keys: KeyApi | None = None,
    ) -> None:
        super().__init__(name, model, description=description)
        self._model = model
        self._api = api
        self.keys = keys

    def cursor(self) -> str | None:
        table = self._model.table
        return table.version if table else None

    def absent(self, context: Context, keys: Sequence[str]) -> Sequence[str]:
        return KeySweep(self.keys, context).absent(keys) if self.keys else keys

    def expected(self, context: Context, window: Window | None) -> int | None:
        return None if window is None else self._api.count(context, window.start, window.end)

    def requests(self, context: Context, window: Window | None) -> str:
        rows = self.expected(context, window) or 0
        pages = -(-rows // self._api.page_size(context)) or 1
        return f"{pages + 2} requests"

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        assert window is not None
        tally = context.report.tally(self.name, window.start, window.end)
        spool = Spool(self._model, tally, context.spool_dir)
        left = self._walk(context, window, spool, tally)
        if left:
            self._follow(context, window, spool)
        yield from write_records(context, self._model, spool, tally)

    def _walk(self, context: Context, window: Window, spool: Spool, tally: Tally) -> bool:
        """Walks until the count fits; tells whether records left the window meanwhile.

        The last walk does not trust the order: a list may be in order on every page and not from page to page.
        """
        most, size = 0, self._api.page_size(context)
        for attempt in range(1, _WALKS + 1):
            connections, ordered = context.settings.max_connections, attempt < _WALKS
            before = RangeWalk(self._fetch(context), size, spool, connections, ordered=ordered).run(window)
            after = self._api.count(context, window.start, window.end)
            counts = [count for count in (before, after) if count is not None]
            if not counts:
                return False
            tally.expected, most = min(counts), max(most, *counts)
            if len(spool) >= tally.expected:
                return counts[-1] < most
            tally.notes.append(f"walk {attempt} brought {len(spool)} of {tally.expected} records")
        raise WrongAnswer(
            f"the API counts {tally.expected} records and its pages bring {len(spool)}",
            hint="the mark stays; the next load reads the window again",
        )

    def _follow(self, context: Context, window: Window, spool: Spool) -> None:
        """Reads what was changed since the window's end, where records that left it are now."""
        now = context.clock.now()
        if now > window.end:
            RangeWalk(self._fetch(context), self._api.page_size(context), spool).run(Window(window.end, now))

    def _fetch(self, context: Context) -> Any:
        return lambda start, end, number: self._api.page(context, start, end, number)


class LogStream(WindowStream):
    """Records that are only ever added: nothing leaves a window, and nothing is deleted."""

    kind: ClassVar[Kind] = "log"
    finds_deletes: ClassVar[bool] = False
