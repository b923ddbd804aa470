"""Payables that a setting selects, read without a range: by their ids, or by their metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import httpx

from sources.kit.streams import Context, Kind, Page, SnapshotStream, Stream, Window, write_records
from sources.kit.tables import Spool
from sources.kit.transport import NotFound, WrongAnswer

from .api import endpoint, envelope, page_of
from .models import AccountPayable
from .settings import RoitSettings

NAME = "accounts_payable"


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
            method, path = endpoint(context.settings, "payable", id=payable_id)
            try:
                spool.add([context.client.read(method, path, parse=_payable)])
            except NotFound:
                tally.notes.append(f"{payable_id} is not at the source")
        yield from write_records(context, AccountPayable, spool, tally)


class PayablesByMetadata(SnapshotStream):
    """Payables with certain metadata. The API cannot ask for those that changed: every load reads them all.

    A payable that loses its metadata is left as it was, so nothing can be told to be gone.
    """

    finds_deletes: ClassVar[bool] = False

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


def _payable(response: httpx.Response) -> bytes:
    payable = envelope(response).raw("data")
    if payable is None:
        raise WrongAnswer("the answer has no payable")
    return payable
