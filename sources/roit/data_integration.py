"""Data integration for the tax reform: its requests, and the reference list of classifications."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import httpx
import msgspec

from sources.kit.streams import Context, Kind, Page, SnapshotStream, Stream, Window, write_records
from sources.kit.tables import Spool
from sources.kit.transport import Client, WrongAnswer

from .api import endpoint, envelope, page_of
from .models import Cclasstrib, DataIntegrationRequest
from .settings import RoitSettings, switched_off

# The greatest page that the list of requests gives.
REQUESTS_PER_PAGE = 100
# A walk longer than this (ten million requests) is none that ends.
_MOST_PAGES = 100_000


class _Identity(msgspec.Struct, rename="camel"):
    process_unique_id: str | None = None


_IDENTITY = msgspec.json.Decoder(_Identity)


class Classifications:
    """The reference list, by page number."""

    def page(self, context: Context, number: int) -> Page:
        return self._ask(context, number, self.page_size(context))

    def count(self, context: Context) -> int | None:
        return self._ask(context, 1, 1).total

    def page_size(self, context: Context) -> int:
        return int(context.settings.page_size)

    def _ask(self, context: Context, number: int, limit: int) -> Page:
        settings: RoitSettings = context.settings
        method, path = endpoint(settings, "cclasstrib")
        params = {settings.page_parameter: number, settings.limit_parameter: limit}
        return context.client.read(
            method, path, params=params, parse=lambda response: page_of(envelope(response), settings)
        )


class ClassificationStream(SnapshotStream):
    """The reference list; a code that was changed has an entry for each time."""

    def __init__(self) -> None:
        super().__init__(
            "cclasstrib", Cclasstrib, Classifications(), "Classifications of the tax reform, cClassTrib."
        )

    def left_out(self, settings: RoitSettings) -> str | None:
        return switched_off(settings, "cclasstrib")


class DataIntegrationStream(Stream):
    """The requests. Their ids are random and the cursor is good for one walk: every load walks all of them.

    An empty page ends the walk. A page without a new id is an error and never the end: taking it for the end
    would lose everything behind it.
    """

    kind: ClassVar[Kind] = "snapshot"
    finds_deletes: ClassVar[bool] = True

    def __init__(self) -> None:
        description = "Requests to process documents for the tax reform."
        super().__init__("data_integration_requests", DataIntegrationRequest, description=description)

    def left_out(self, settings: RoitSettings) -> str | None:
        return switched_off(settings, "data_list")

    def requests(self, context: Context, window: Window | None) -> str:
        return f"1 request for each {REQUESTS_PER_PAGE} records, and one more"

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        tally = context.report.tally(self.name)
        spool = Spool(DataIntegrationRequest, tally, context.spool_dir)
        for page in request_pages(context.client, context.settings):
            known = len(spool)
            spool.add(page)
            if len(spool) == known:
                raise WrongAnswer("a page of the list brings nothing new: it came before")
        yield from write_records(context, DataIntegrationRequest, spool, tally)


def request_pages(client: Client, settings: RoitSettings) -> Iterator[Sequence[bytes]]:
    """The pages of the list of requests, each going on after the last id of the one before, to the empty one.

    Raises ``WrongAnswer`` when a page holds no id, or is not behind the one before.
    """
    method, path = endpoint(settings, "data_list")
    last: str | None = None
    for _ in range(_MOST_PAGES):
        params = {"limit": REQUESTS_PER_PAGE, "page_size": REQUESTS_PER_PAGE, "start_after": last}
        page = client.read(method, path, params=params, parse=_records)
        if not page:
            return
        yield page
        ids = [found.process_unique_id for found in map(_IDENTITY.decode, page) if found.process_unique_id]
        if not ids or ids[-1] == last:
            raise WrongAnswer(f"the list of requests comes again from {last or 'its start'}")
        last = ids[-1]
    raise WrongAnswer(f"the list of requests does not end: {_MOST_PAGES} pages came")


def _records(response: httpx.Response) -> Sequence[bytes]:
    return envelope(response).records("data")
