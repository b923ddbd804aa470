"""Payables without a range: those that a setting selects, by their ids or their metadata, and which there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import httpx

from sources.kit.streams import Context, Kind, Page, SnapshotStream, Stream, Window, write_records
from sources.kit.tables import Spool
from sources.kit.transport import NotFound, WrongAnswer

from .api import count_where, endpoint, envelope, page_of
from .models import AccountPayable
from .settings import RoitSettings

NAME = "accounts_payable"


class PayableKeys:
    """Which payables there are: counted by their ids, or asked for one by one."""

    def held(self, context: Context, keys: Sequence[str]) -> int:
        counted = count_where(context.client, context.settings, {"id": {"in": list(keys)}})
        if counted is None:
            raise WrongAnswer("the answer has no count")
        return counted

    def has(self, context: Context, key: str) -> bool:
        return _one(context, key) is not None


class PayablesById(Stream):
    """Named payables, read again one by one; nothing else of the table is touched, and no mark moves."""

    kind: ClassVar[Kind] = "snapshot"

    def __init__(self, ids: list[str]) -> None:
        super().__init__(NAME, AccountPayable, description=f"{len(ids)} payables, by their ids.")
        self._ids = list(dict.fromkeys(ids))

    def expected(self, context: Context, window: Window | None) -> int | None:
        return len(self._ids)

    def requests(self, context: Context, window: Window | None) -> str:
        return f"{len(self._ids)} requests"

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        tally = context.report.tally(self.name)
        spool = Spool(AccountPayable, tally, context.spool_dir)
        for payable_id in self._ids:
            payable = _one(context, payable_id)
            if payable is None:
                tally.gone.add(payable_id)
                tally.notes.append(f"{payable_id} is not at the source")
            else:
                spool.add([payable])
        yield from write_records(context, AccountPayable, spool, tally)


class PayablesByMetadata(SnapshotStream):
    """Payables with certain metadata. The API cannot ask for those that changed: every load reads them all.

    A payable that loses its metadata is left as it was: what is not in the list may still be there, and only a
    sweep tells what is gone.
    """

    finds_deletes: ClassVar[bool] = False
    keys = PayableKeys()

    def __init__(self) -> None:
        super().__init__(NAME, AccountPayable, _MetadataSearch(), "Payables with the configured metadata.")


class _MetadataSearch:
    """The search by metadata: every given key must have the given value."""

    def page(self, context: Context, number: int) -> Page:
        return self._ask(context, number, self.page_size(context))

    def count(self, context: Context) -> int | None:
        return self._ask(context, 1, 1).total

    def page_size(self, context: Context) -> int:
        return int(context.settings.page_size)

    def _ask(self, context: Context, number: int, limit: int) -> Page:
        settings: RoitSettings = context.settings
        method, path = endpoint(settings, "metadata_search")
        body = {
            "metadata": settings.payable_metadata,
            settings.page_parameter: number,
            settings.limit_parameter: limit,
        }
        return context.client.read(
            method, path, json=body, parse=lambda response: page_of(envelope(response), settings)
        )


def _one(context: Context, payable_id: str) -> bytes | None:
    """The payable as it is at the source; ``None`` when there is none of that id."""
    method, path = endpoint(context.settings, "payable", id=payable_id)
    try:
        payable: bytes = context.client.read(method, path, parse=_payable)
    except NotFound:
        return None
    return payable


def _payable(response: httpx.Response) -> bytes:
    payable = envelope(response).raw("data")
    if payable is None:
        raise WrongAnswer("the answer has no payable")
    return payable
