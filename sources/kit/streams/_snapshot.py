"""Streams without a cursor whose lists are small enough to be read whole each time: *snapshot*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Protocol

from sources.kit.tables import Record, Spool, Tally
from sources.kit.transport import WrongAnswer

from ._base import Context, Kind, Stream, Window, write_records
from ._walk import Page

# How often a list that lost records while it was read is read again.
_READS = 3
# Pages beyond what the server announced that are asked for as long as they bring something new.
_MORE_PAGES = 1000
FetchPage = Callable[[int], Page]


class ListApi(Protocol):
    """What a list without filters needs of its API. Its order must be one that updates do not change."""

    def page(self, context: Context, number: int) -> Page:
        """A page, from 1. ``Page.pages`` is the number of the last one, as far as is known by then."""
        ...

    def count(self, context: Context) -> int | None:
        """How many records there are; ``None`` when the API does not say."""
        ...

    def page_size(self, context: Context) -> int:
        """How many records a page holds."""
        ...


class SnapshotStream(Stream):
    """A list that is read from its first page to its last at every load."""

    kind: ClassVar[Kind] = "snapshot"
    finds_deletes: ClassVar[bool] = True

    def __init__(self, name: str, model: type[Record], api: ListApi, description: str = "") -> None:
        super().__init__(name, model, description=description)
        self._model = model
        self._api = api

    def expected(self, context: Context, window: Window | None) -> int | None:
        return self._api.count(context)

    def requests(self, context: Context, window: Window | None) -> str:
        pages = -(-(self.expected(context, window) or 0) // self._api.page_size(context)) or 1
        return "1 request" if pages == 1 else f"{pages + 3} requests"

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        tally = context.report.tally(self.name)
        spool = Spool(self._model, tally, context.spool_dir)
        read_whole(self._api, context, spool, tally)
        yield from write_records(context, self._model, spool, tally)


def read_whole(api: ListApi, context: Context, spool: Spool, tally: Tally) -> None:
    """Brings a whole list into a spool.

    A record that is deleted while the list is read moves those behind it one up, and one of them past our
    place. Such a list is read again; what any of the reads brought is kept. Raises ``WrongAnswer`` when the
    pages bring fewer records than the API counts, whatever we do.
    """
    size = api.page_size(context)
    first = api.page(context, 1)
    if is_last(first, 1, size):
        spool.add(first.records)
        return
    least, brought = 0, 0
    for read in range(1, _READS + 1):
        before = api.count(context)
        brought = read_pages(lambda number: api.page(context, number), size, spool)
        after = api.count(context)
        if before is None or after is None or (after >= before and brought >= before):
            return
        least = min(before, after)
        tally.notes.append(f"read {read} brought {brought} records of {before}, {after} at its end")
    if brought < least:
        raise WrongAnswer(f"the API counts {least} records and its pages bring {brought}")


def read_pages(
    fetch: FetchPage, size: int, spool: Spool, enough: Callable[[Page], bool] = lambda _: False
) -> int:
    """Brings the pages of a list into a spool, until its end or the first that is ``enough``; gives how many
    different records there were.

    Raises ``WrongAnswer`` when the pages do not end.
    """
    number, known = 1, set[Any]()
    while True:
        page = fetch(number)
        before = len(known)
        known |= {probed[0] if probed else record for probed, record in _probed(spool, page)}
        if is_last(page, number, size) or enough(page):
            return len(known)
        if len(known) == before or (page.total is not None and number > page.total // size + _MORE_PAGES):
            raise WrongAnswer(f"the list does not end: page {number} brings nothing new")
        number += 1


def _probed(spool: Spool, page: Page) -> Iterator[tuple[Any, bytes]]:
    return zip(spool.add(page.records), page.records, strict=True)


def is_last(page: Page, number: int, size: int) -> bool:
    """Whether a page is the last: it is empty, or the server says so, or, when it says nothing, it is short."""
    if not page.records or page.pages is None:
        return len(page.records) < size
    return number >= page.pages
