"""Structured documents: by when they appeared, and again until they are finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from sources.kit.streams import Context, RangeWalk, Window, WindowStream, write_records
from sources.kit.tables import Spool

from .api import Listing
from .models import Document
from .settings import RoitSettings, switched_off

# Documents that are not finished are read again by the load that reaches the present. One that ends earlier
# belongs to a backfill, and a later load does it.
_PRESENT = timedelta(days=1)
# Unfinished documents that appeared within this time of one another are read in one range.
_NEIGHBOURS = timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)


class _Appeared(msgspec.Struct, rename="camel"):
    create_at: datetime | None = None


_APPEARED = msgspec.json.Decoder(_Appeared)


# The list of documents has no filter by when they changed, only by when they appeared in ROIT.
DOCUMENTS = Listing("documents", "createAt")


class _ByAppearance(Spool):
    """Tells the walk when records appeared, by which the list is ordered; which version of a record counts is
    still decided by when it changed."""

    def add(self, records: Sequence[bytes], rank: Any = 0) -> list[tuple[Any, Any] | None]:
        seen = super().add(records, rank)
        return [
            probed and (probed[0], _appeared(record)) for probed, record in zip(seen, records, strict=True)
        ]


class DocumentStream(WindowStream):
    """Documents by when they appeared. One that is not finished still changes without any sign of it: the load
    that reaches the present reads those that the warehouse holds once more."""

    def __init__(self) -> None:
        super().__init__("documents", Document, DOCUMENTS, "Fiscal documents as ROIT has read them.")

    def cursor(self) -> str | None:
        return "create_at"

    def left_out(self, settings: RoitSettings) -> str | None:
        return switched_off(settings, "documents")

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        assert window is not None
        tally = context.report.tally(self.name, window.start, window.end)
        spool = _ByAppearance(Document, tally, context.spool_dir)
        self._walk(context, window, spool, tally)
        if context.clock.now() - window.end <= _PRESENT:
            for again in _unfinished(context, window):
                RangeWalk(self._fetch(context), self._api.page_size(context), spool).run(again)
        yield from write_records(context, Document, spool, tally)


def _unfinished(context: Context, window: Window) -> list[Window]:
    """Ranges that hold every document that the warehouse knows as unfinished, outside of the window."""
    if not context.warehouse.has_table("documents"):
        return []
    sql = (
        "select create_at from {documents} where finalized is not true and (create_at < %s or create_at > %s)"
        f" and {context.warehouse.unmarked('documents')}"
    )
    ranges: list[Window] = []
    for (at,) in context.warehouse.query(f"{sql} order by 1", window.start, window.end):
        start, end = at - _MILLISECOND, at + _MILLISECOND
        if ranges and start - ranges[-1].end <= _NEIGHBOURS:
            start = ranges.pop().start
        ranges.append(Window(start, end))
    return ranges


def _appeared(record: bytes) -> datetime | None:
    try:
        at = _APPEARED.decode(record).create_at
    except msgspec.DecodeError:
        return None
    return at if at is not None and at.tzinfo is not None else None
