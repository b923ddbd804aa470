"""Streams that cannot be asked for what has changed: *recheck*."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

import msgspec

from sources.kit.tables import Record, Spool
from sources.kit.transport import NotFound

from ._base import Context, Kind, Stream, Window, write_records
from ._snapshot import FetchPage, ListApi, read_pages, read_whole
from ._walk import Page


class RecheckApi(ListApi, Protocol):
    """What the stream needs of its API beside the whole list."""

    def newest(self, context: Context, number: int) -> Page:
        """A page of the whole list, the records created last first."""
        ...

    def open_lists(self, context: Context) -> Sequence[FetchPage]:
        """Lists that together hold every record that may still change."""
        ...

    def known_open(self, context: Context) -> set[str]:
        """The keys of the records that may still change as the warehouse has them."""
        ...

    def one(self, context: Context, key: str) -> bytes:
        """One record. Raises ``NotFound`` when it is gone."""
        ...


class RecheckStream(Stream):
    """Records that change for a while and then no more, in an API that cannot filter by when they changed.

    A first load reads everything. Later ones read three things:

    - what was created since the newest record in the warehouse (less the look-back), newest first;
    - every record that is still open, by the API's own filters;
    - one by one those that were open at the last load and are in neither: they have just been closed. A record
      that slips from a filtered list while it is read, because it changes, is among them too.

    Nothing is filtered on our side. A record that is closed and changes all the same is found by a full refresh.
    """

    kind: ClassVar[Kind] = "recheck"
    finds_deletes: ClassVar[bool] = True

    def __init__(
        self, name: str, model: type[Record], api: RecheckApi, created: str, description: str = ""
    ) -> None:
        super().__init__(name, model, description=description)
        self._model = model
        self._api = api
        self._created = created
        field = (self._created, datetime | None, None)
        self._probe = msgspec.json.Decoder(msgspec.defstruct("Probe", [field]))

    def absent(self, context: Context, keys: Sequence[str]) -> Sequence[str]:
        return [key for key in keys if self._one(context, key) is None]

    def expected(self, context: Context, window: Window | None) -> int | None:
        return self._api.count(context)

    def requests(self, context: Context, window: Window | None) -> str:
        size = self._api.page_size(context)
        if self._newest_known(context) is None:
            return f"{-(-(self.expected(context, window) or 0) // size) + 3} requests"
        known = len(self._api.known_open(context))
        return f"about {-(-known // size) + 3} requests, and one for each record that has been closed"

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        tally = context.report.tally(self.name)
        spool = Spool(self._model, tally, context.spool_dir)
        newest = None if context.full_refresh else self._newest_known(context)
        if newest is None:
            read_whole(self._api, context, spool, tally)
        else:
            since = newest - timedelta(seconds=context.settings.look_back_seconds)
            self._read_changes(context, spool, since)
            tally.gone |= self._read_closed(context, spool)
            if tally.gone:
                tally.notes.append(f"{len(tally.gone)} records are gone at the source")
        yield from write_records(context, self._model, spool, tally)

    def _newest_known(self, context: Context) -> datetime | None:
        if not context.warehouse.has_table(self.name):
            return None
        newest: datetime | None = context.warehouse.query(
            f"select max({self._created}) from {{{self.name}}}"
        )[0][0]
        return newest

    def _read_changes(self, context: Context, spool: Spool, since: datetime) -> None:
        size = self._api.page_size(context)
        read_pages(
            lambda number: self._api.newest(context, number),
            size,
            spool,
            enough=lambda page: self._is_before(page, since),
        )
        for fetch in self._api.open_lists(context):
            read_pages(fetch, size, spool)

    def _read_closed(self, context: Context, spool: Spool) -> set[str]:
        """Reads what has left the open lists; gives those of them that the API does not have any more."""
        read = {key[0] for key in spool.versions()}
        gone = set()
        for key in sorted(self._api.known_open(context) - read):
            record = self._one(context, key)
            if record is None:
                gone.add(key)
            else:
                spool.add([record])
        return gone

    def _one(self, context: Context, key: str) -> bytes | None:
        try:
            return self._api.one(context, key)
        except NotFound:
            return None

    def _is_before(self, page: Page, since: datetime) -> bool:
        """Whether the list, newest first, has come to records that earlier loads have read."""
        return any(created is not None and created < since for created in map(self._created_at, page.records))

    def _created_at(self, record: bytes) -> datetime | None:
        try:
            created: datetime | None = getattr(self._probe.decode(record), self._created)
        except msgspec.DecodeError:
            return None
        return created if created is not None and created.tzinfo is not None else None
