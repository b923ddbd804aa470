"""Sending a batch to Tereina so that it arrives once, whatever breaks on the way.

What is sent is noted in the table ``_uploads`` before it is sent and after each answer, under the reference that
Tereina gets too. A reference that is made is that of the content: the same objects sent again are the same upload.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sources.kit.jobs import Warehouse
from sources.kit.streams import Context
from sources.kit.tables import Column, Type
from sources.kit.transport import (
    DataError,
    NotFound,
    Refused,
    SourceError,
    UnknownOutcome,
)

from .inbound import Announcement, InboundAnswer, Transfer, create_batch, send_block, send_complete

TABLE = "_uploads"
# The vendor asks for blocks where a payload is large, and names no size.
WHOLE_UP_TO_BYTES = 8 * 1024**2
# Waits before a block is sent again whose answer was lost, in seconds.
BLOCK_WAITS = (1.0, 5.0, 15.0)
FAILED_STATUS = "FAILED"
# The API lists no inbound batches, so only a person can tell.
AFTER_LOOKING = "look for the reference in Tereina: --send-again if it is not there, --arrived if it is"


class UploadState(StrEnum):
    """How far an upload has come. ``UNKNOWN``: its answer was lost, and the API cannot be asked for it."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


COLUMNS = (
    Column("reference_id", Type.TEXT, "The reference under which the batch was sent."),
    Column("client_ref_id", Type.TEXT, "The reference of the client that sent it."),
    Column("object_type", Type.TEXT, "The kind of object in the batch."),
    Column("content_type", Type.TEXT, "Media type of the payload."),
    Column("objects", Type.BIGINT, "Number of objects in the batch."),
    Column("bytes", Type.BIGINT, "Size of the payload."),
    Column("sha256", Type.TEXT, "SHA-256 of the payload, in hex."),
    Column("state", Type.TEXT, "How far it has come: requested, accepted, sent, failed, unknown."),
    Column("batch_id", Type.TEXT, "Tereina's id of the batch, once it has answered."),
    Column("blocks", Type.BIGINT, "Number of blocks that it is sent in; null when it is sent whole."),
    Column("block_bytes", Type.BIGINT, "Size of a block, as Tereina asked for it."),
    Column("blocks_sent", Type.BIGINT, "Number of blocks that Tereina has."),
    Column("answer", Type.TEXT, "What Tereina said last."),
    Column("requested_at", Type.TIMESTAMP, "When it was first asked for, UTC."),
    Column("updated_at", Type.TIMESTAMP, "When the row was last written, UTC."),
)
_NAMES = tuple(column.name for column in COLUMNS)


@dataclass(frozen=True)
class Upload:
    """One row of the ledger."""

    reference_id: str
    client_ref_id: str
    object_type: str
    content_type: str
    objects: int
    bytes: int
    sha256: str
    state: UploadState = UploadState.REQUESTED
    batch_id: str | None = None
    blocks: int | None = None
    block_bytes: int | None = None
    blocks_sent: int = 0
    answer: str | None = None
    requested_at: datetime | None = None
    updated_at: datetime | None = None


class Uploader:
    """Sends batches and keeps the ledger of them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._warehouse: Warehouse = context.warehouse

    def known(self, reference_id: str) -> Upload | None:
        """What the ledger holds under a reference."""
        if not self._warehouse.has_table(TABLE):
            return None
        sql = f"select {', '.join(_NAMES)} from {{{TABLE}}} where reference_id = %s"
        rows = self._warehouse.query(sql, reference_id)
        if not rows:
            return None
        values = dict(zip(_NAMES, rows[0], strict=True))
        return Upload(**{**values, "state": UploadState(values["state"])})

    def send(self, announced: Announcement, *, in_blocks: bool, again: bool = False) -> Upload:
        """Sends a batch, or what is missing of it, or nothing when all of it was sent before.

        Raises ``SourceError`` when it did not arrive; ``UnknownOutcome`` when that cannot be told, now or from an
        earlier time; ``DataError`` when the reference was used for something else. ``again``: somebody has looked,
        and what cannot be told did not arrive.
        """
        upload = self._begin(announced)
        if again and upload.state is UploadState.UNKNOWN:
            upload = replace(
                upload, state=UploadState.FAILED, batch_id=None, blocks=None, block_bytes=None, blocks_sent=0
            )
        if upload.state is UploadState.SENT:
            return upload
        if upload.state is UploadState.ACCEPTED:
            return self._send_blocks(announced, upload)
        if upload.state is UploadState.UNKNOWN:
            raise UnknownOutcome(
                f"an earlier try to send {upload.reference_id} may have arrived",
                hint=AFTER_LOOKING,
            )
        if in_blocks:
            return self._send_blocks(announced, self._create(announced, upload))
        return self._send_whole(announced, self._write(replace(upload, state=UploadState.REQUESTED)))

    def note_arrived(self, announced: Announcement) -> Upload:
        """Notes of a batch of which it could not be told that it is there, as somebody has seen.

        Raises ``DataError`` for any other.
        """
        upload = self._begin(announced)
        if upload.state is not UploadState.UNKNOWN:
            raise DataError(
                f"of {upload.reference_id} it is known whether it arrived: it is {upload.state.value}"
            )
        return self._write(replace(upload, state=UploadState.SENT))

    def _begin(self, announced: Announcement) -> Upload:
        """The row of the batch as it stands; a new one for one that is new, or that did not arrive."""
        payload = announced.payload
        new = Upload(
            announced.reference_id,
            announced.client_ref_id,
            payload.object_type,
            payload.media_type,
            payload.objects,
            payload.size,
            payload.sha256,
            requested_at=self._context.clock.now(),
            state=UploadState.FAILED,
        )
        known = self.known(announced.reference_id)
        if known is None:
            return new
        if known.state is UploadState.FAILED:
            return replace(new, requested_at=known.requested_at)
        if (known.sha256, known.object_type) != (new.sha256, new.object_type):
            raise DataError(f"the reference {new.reference_id} was used for another payload before")
        if known.state is UploadState.REQUESTED:
            # a process that ended in the middle: nobody heard the answer
            return replace(known, state=UploadState.UNKNOWN)
        return known

    def _send_whole(self, announced: Announcement, upload: Upload) -> Upload:
        context = self._context
        try:
            answer = send_complete(context.client, context.settings, announced)
        except SourceError as error:
            self._failed(upload, error)
            if isinstance(error, UnknownOutcome):
                error.hint = f"{upload.reference_id} is not sent again by itself; {AFTER_LOOKING}"
            raise
        return self._answered(upload, answer)

    def _create(self, announced: Announcement, upload: Upload) -> Upload:
        """Announces the batch. It is noted afterwards only: without a block nothing of it is ever processed, so
        that it can be announced again."""
        context = self._context
        try:
            transfer: Transfer = create_batch(context.client, context.settings, announced)
        except UnknownOutcome as error:
            self._write(replace(upload, state=UploadState.FAILED, answer=str(error)))
            raise
        except SourceError as error:
            self._failed(upload, error)
            raise
        return self._write(
            replace(
                upload,
                state=UploadState.ACCEPTED,
                batch_id=transfer.batch_id,
                blocks=transfer.blocks,
                block_bytes=transfer.block_bytes,
            )
        )

    def _send_blocks(self, announced: Announcement, upload: Upload) -> Upload:
        assert upload.blocks is not None
        assert upload.block_bytes is not None
        answer = InboundAnswer("")
        with announced.payload.path.open("rb") as file:
            file.seek(upload.blocks_sent * upload.block_bytes)
            for number in range(upload.blocks_sent + 1, upload.blocks + 1):
                answer = self._send_block(upload, number, file.read(upload.block_bytes))
                upload = self._write(replace(upload, blocks_sent=number, answer=self._said(answer)))
        return self._answered(upload, answer)

    def _send_block(self, upload: Upload, number: int, content: bytes) -> InboundAnswer:
        """Sends a block until there is an answer. What may pass leaves the upload where it is."""
        assert upload.batch_id is not None
        context, lost = self._context, False
        for wait in (*BLOCK_WAITS, None):
            try:
                return send_block(
                    context.client, context.settings, upload.batch_id, number, content, upload.content_type
                )
            except UnknownOutcome:
                lost = True
                if wait is None:
                    raise
                context.clock.sleep(wait)
            except (Refused, NotFound) as error:
                # a server that has processed the batch need not know it any more
                maybe_done = lost and number == upload.blocks
                self._failed(upload, UnknownOutcome(str(error)) if maybe_done else error)
                raise
        raise AssertionError("unreachable")

    def _answered(self, upload: Upload, answer: InboundAnswer) -> Upload:
        failed = answer.status == FAILED_STATUS
        state = UploadState.FAILED if failed else UploadState.SENT
        upload = self._write(
            replace(
                upload, state=state, batch_id=answer.batch_id or upload.batch_id, answer=self._said(answer)
            )
        )
        if failed:
            raise DataError(f"Tereina took batch {upload.batch_id} and could not process it: {upload.answer}")
        return upload

    def _said(self, answer: InboundAnswer) -> str:
        return self._context.client.redactor.text(answer.text)

    def _failed(self, upload: Upload, error: SourceError) -> None:
        """Notes that nothing arrived, or that this cannot be told."""
        state = UploadState.UNKNOWN if isinstance(error, UnknownOutcome) else UploadState.FAILED
        self._write(replace(upload, state=state, answer=str(error)))

    def _write(self, upload: Upload) -> Upload:
        self._warehouse.create_table(TABLE, COLUMNS)
        upload = replace(upload, updated_at=self._context.clock.now())
        values = tuple(getattr(upload, name) for name in _NAMES)
        values = tuple(str(value) if isinstance(value, UploadState) else value for value in values)
        marks = ", ".join(["%s"] * len(values))
        self._warehouse.execute(
            (f"delete from {{{TABLE}}} where reference_id = %s", (upload.reference_id,)),
            (f"insert into {{{TABLE}}} ({', '.join(_NAMES)}) values ({marks})", values),
        )
        return upload
