"""The streams of Tereina's queue: the batches themselves, and the objects of each kind inside them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from sources.kit.streams import (
    Context,
    Kind,
    Payload,
    QueueStream,
    Stream,
    Window,
    write_records,
)
from sources.kit.tables import Record, Spool
from sources.kit.transport import DataError

from .ahead import drop_what_was_said_later, note
from .api import list_batches
from .batches import PARTIAL_PENDING, PENDING, QueuedBatch, download, read_batch
from .models import Batch
from .models.batches import PAYLOAD_OBJECT_TYPES
from .payloads import payload_format


class BatchStream(Stream):
    """Everything that waits, as the list shows it, whether it can be read or not."""

    kind: ClassVar[Kind] = "queue"

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, Batch, description=description)

    def expected(self, context: Context, window: Window | None) -> int | None:
        return len(list_batches(context.client, context.settings))

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        tally = context.report.tally(self.name)
        spool = Spool(Batch, tally, context.spool_dir)
        records = list_batches(context.client, context.settings)
        spool.add(records)
        self._report_strangers(context, records)
        yield from write_records(context, Batch, spool, tally)

    def _report_strangers(self, context: Context, records: Sequence[bytes]) -> None:
        """Objects of a kind that no stream asks for. A batch that cannot be read at all becomes a reject."""
        for record in records:
            try:
                batch = read_batch(record)
            except DataError:
                continue
            if batch.payload_object_type not in PAYLOAD_OBJECT_TYPES.values:
                kind = f"the object type {batch.payload_object_type!r:.60}"
                context.report.skip(f"batch {batch.batch_id}: {kind} is not known; it stays in the queue")


class ObjectStream(QueueStream[QueuedBatch]):
    """The objects of one kind, from all batches that are complete.

    A batch of which only some blocks are ready (PARTIAL_PENDING) is left for a later load: nothing of it has to
    be fetched twice, no record of it is cut, and its size, count and hashes can be checked.
    """

    def __init__(self, object_type: str, model: type[Record], description: str) -> None:
        assert model.table is not None
        super().__init__(model.table.name, model, description)
        self.object_type = object_type

    def waiting(self, context: Context) -> Sequence[QueuedBatch]:
        queued: dict[str, QueuedBatch] = {}
        for record in list_batches(context.client, context.settings, self.object_type):
            try:
                batch = read_batch(record)
            except DataError as error:
                context.report.failures.append(error)
                continue
            # a filter that the server does not know brings all kinds
            if batch.payload_object_type == self.object_type and self._readable(context, batch):
                queued[batch.batch_id] = batch
        return list(queued.values())

    def fetch(self, context: Context, delivery: QueuedBatch, folder: Path) -> Payload:
        reader = payload_format(delivery.media_type, self.object_type, self._model)
        assert reader is not None
        path = folder / "payload"
        download(context, delivery, path)
        if not path.stat().st_size:
            return Payload(0, ())
        count = reader.count(path)
        return Payload(count.objects, reader.pages(path), count.beside)

    def settle(self, context: Context, spool: Spool) -> None:
        if not self.keeps_all:
            drop_what_was_said_later(context, self.name, spool)

    def note_ahead(self, context: Context, batch: QueuedBatch) -> None:
        """Notes what a batch says before it is confirmed ahead of an older one. Raises as ``fetch`` does."""
        if self.keeps_all or batch.created is None:
            return
        with tempfile.TemporaryDirectory(dir=context.spool_dir) as folder:
            note(context, self._model, batch, iter(self.fetch(context, batch, Path(folder)).pages))

    @property
    def keeps_all(self) -> bool:
        """Whether nothing that is said replaces anything."""
        assert self._model.table is not None
        return self._model.table.append_only

    def _readable(self, context: Context, batch: QueuedBatch) -> bool:
        reason = None
        if batch.status == PARTIAL_PENDING:
            reason = "it is not complete yet and is left for a later load"
        elif batch.status != PENDING:
            reason = f"the status {batch.status!r:.60} is not one that can be read"
        elif payload_format(batch.media_type, self.object_type, self._model) is None:
            reason = f"the content type {batch.content_type!r:.60} is not understood; it stays in the queue"
        if reason is not None:
            context.report.skip(f"batch {batch.batch_id}: {reason}")
        return reason is None
