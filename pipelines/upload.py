"""Sending objects to Tereina: from a file or a query to a batch that is ready, and then on its way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sources.kit.formats import FormatError
from sources.kit.streams import Context
from sources.kit.tables import WarehouseRecords
from sources.tereina.inbound import Announcement, announce
from sources.tereina.outgoing import MEDIA_TYPES, UPLOADS, InvalidObjects, Outgoing, write_payload
from sources.tereina.payloads import payload_format
from sources.tereina.upload import WHOLE_UP_TO_BYTES, Upload, Uploader, UploadState

from .destinations import Destination
from .errors import UsageError
from .operations import query_rows, source_context

SOURCE = "tereina"
# By the ending of a file's name.
FILE_TYPES = {
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv",
    ".xml": "application/xml",
}
PAGE_ROWS = 1000


@dataclass(frozen=True)
class UploadRequest:
    """What to send. ``in_blocks``: ``None`` for as its size asks for."""

    object_type: str
    file: Path | None = None
    query: str | None = None
    content_type: str = "json"
    reference_id: str | None = None
    client_ref_id: str | None = None
    in_blocks: bool | None = None
    send_again: bool = False
    arrived: bool = False


@dataclass
class UploadPlan:
    """A batch that is complete and checked, and what an earlier try has come to."""

    context: Context
    announced: Announcement
    in_blocks: bool
    earlier: Upload | None
    send_again: bool = False
    arrived: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether all of it was sent before."""
        return self.earlier is not None and self.earlier.state is UploadState.SENT

    @property
    def is_uncertain(self) -> bool:
        """Whether nobody knows if an earlier try arrived."""
        uncertain = (UploadState.UNKNOWN, UploadState.REQUESTED)
        return self.earlier is not None and self.earlier.state in uncertain

    def describe(self) -> str:
        """What will be done, in a line."""
        payload = self.announced.payload
        if self.arrived:
            return f"note that batch {self.announced.reference_id} has arrived; nothing is sent"
        rest = ""
        if self.earlier is not None and self.earlier.state is UploadState.ACCEPTED:
            rest = f", of which {self.earlier.blocks_sent} of {self.earlier.blocks} blocks are there"
        if self.send_again and self.is_uncertain:
            rest = ", though an earlier try may have arrived: you have looked, and it is not there"
        how = "in blocks" if self.in_blocks else "in one request"
        return (
            f"send {payload.objects:,} {payload.object_type} objects ({payload.size:,} bytes,"
            f" {payload.media_type}) to Tereina as batch {self.announced.reference_id}, {how}{rest}"
        )

    def run(self) -> dict[str, Any]:
        """Sends what is not there yet; what the ledger then holds, and whether anything was ``sent``."""
        uploader = Uploader(self.context)
        if self.arrived:
            return asdict(uploader.note_arrived(self.announced)) | {"sent": False}
        upload = uploader.send(self.announced, in_blocks=self.in_blocks, again=self.send_again)
        return asdict(upload) | {"sent": not self.is_sent}


@contextmanager
def upload_plan(request: UploadRequest, destination: Destination) -> Iterator[UploadPlan]:
    """Reads, checks and writes the batch. Nothing is sent.

    Raises ``UsageError`` for what cannot be sent: an object type without a body, a file of no known type, objects
    that do not fit.
    """
    _check(request)
    with (
        source_context(SOURCE, destination) as context,
        tempfile.TemporaryDirectory(dir=destination.work_dir()) as folder,
    ):
        payload = _payload(request, destination, Path(folder) / "payload")
        announced = announce(payload, context.settings, request.reference_id, request.client_ref_id)
        in_blocks = payload.size > WHOLE_UP_TO_BYTES if request.in_blocks is None else request.in_blocks
        earlier = Uploader(context).known(announced.reference_id)
        plan = UploadPlan(context, announced, in_blocks, earlier, request.send_again, request.arrived)
        if (request.send_again or request.arrived) and not plan.is_uncertain:
            raise UsageError(
                f"{announced.reference_id}: no earlier try is uncertain, so there is nothing to decide:"
                " leave out --send-again and --arrived"
            )
        yield plan


def _check(request: UploadRequest) -> None:
    if request.object_type not in UPLOADS:
        raise UsageError(f"--type {request.object_type}: Tereina takes {', '.join(UPLOADS)}")
    if request.content_type not in MEDIA_TYPES:
        raise UsageError(f"--content-type {request.content_type}: use one of {', '.join(MEDIA_TYPES)}")
    if request.send_again and request.arrived:
        raise UsageError("--send-again and --arrived exclude each other")
    if (request.file is None) == (request.query is None):
        raise UsageError("name a file, or give --from-query: one of the two")
    if request.file is not None:
        if request.file.suffix.lower() not in FILE_TYPES:
            raise UsageError(f"{request.file}: the name has to end in {', '.join(FILE_TYPES)}")
        if not request.file.is_file():
            raise UsageError(f"{request.file}: there is no such file")


def _payload(request: UploadRequest, destination: Destination, path: Path) -> Outgoing:
    pages = _file_pages(request) if request.file is not None else _query_pages(request, destination)
    try:
        return write_payload(request.object_type, pages, request.content_type, path)
    except (InvalidObjects, FormatError) as error:
        raise UsageError(f"nothing was sent: {error}") from error


def _file_pages(request: UploadRequest) -> Iterator[Sequence[bytes]]:
    assert request.file is not None
    media_type = FILE_TYPES[request.file.suffix.lower()]
    reader = payload_format(media_type, request.object_type, UPLOADS[request.object_type])
    assert reader is not None
    return reader.pages(request.file)


def _query_pages(request: UploadRequest, destination: Destination) -> Iterator[Sequence[bytes]]:
    """The rows as records, in an order of their own: a query has none, and the same rows are the same batch."""
    assert request.query is not None
    records = WarehouseRecords(UPLOADS[request.object_type])
    try:
        encoded = sorted(records.encode(row) for row in query_rows(SOURCE, destination, request.query))
    except (ValueError, TypeError) as error:
        raise UsageError(f"nothing was sent: {error}") from error
    rows = iter(encoded)
    while page := list(islice(rows, PAGE_ROWS)):
        yield page
