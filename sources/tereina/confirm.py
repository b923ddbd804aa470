"""Confirming: Tereina forgets a batch that is confirmed, so only what a committed load holds ever is.

Each confirmation is noted before it is sent and after it is known, in the table ``_confirmations``. A crash between
the two leaves a note without an end; the next confirmation looks at the queue: what is gone was confirmed, what is
still there is due again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from sources.kit.formats import FormatError
from sources.kit.jobs import Warehouse
from sources.kit.streams import LEDGER, Context, Stream
from sources.kit.tables import Column, Type
from sources.kit.transport import (
    DataError,
    FatalError,
    NotFound,
    RetriableError,
    SourceError,
    UnknownOutcome,
    WrongAnswer,
)

from .api import endpoint, list_batches
from .batches import PENDING, QueuedBatch, read_batch
from .queue import ObjectStream

COMPLETE = "COMPLETE_SUCCESS"
TABLE = "_confirmations"
COLUMNS = (
    Column("batch_id", Type.TEXT, "Tereina's id of the batch."),
    Column("resource", Type.TEXT, "The resource that holds the batch's objects."),
    Column("objects", Type.BIGINT, "Number of objects that the batch held, rejected and older ones too."),
    Column("requested_at", Type.TIMESTAMP, "When Tereina was last asked to confirm it, UTC."),
    Column("confirmed_at", Type.TIMESTAMP, "When it was known to be confirmed, UTC; null until then."),
)


@dataclass(frozen=True)
class Due:
    """A batch that can be confirmed: it waits, it is complete, and a committed load holds all its objects.

    ``is_ahead``: an older one of its kind waits, which no committed load holds.
    """

    batch: QueuedBatch
    stream: ObjectStream
    is_ahead: bool = False

    @property
    def resource(self) -> str:
        """The resource that holds its objects."""
        return self.stream.name


@dataclass(frozen=True)
class Confirmation:
    """What became of a batch. ``error`` says why it is not known to be confirmed; ``None`` when it is."""

    due: Due
    error: SourceError | None = None


def confirm_after_load(context: Context, streams: Sequence[Stream]) -> list[str]:
    """Where the setting ``confirm`` asks for it: confirms what the streams have loaded; says so in a line.

    Raises the ``SourceError`` of the first batch that could not be confirmed, after all the others were tried.
    """
    if not context.settings.confirm or context.settings.read_only:
        return []
    done = list(confirm(context, due_batches(context, streams)))
    for confirmation in done:
        if confirmation.error is not None:
            raise confirmation.error
    return [f"{len(done)} batches confirmed"] if done else []


def due_batches(context: Context, streams: Sequence[Stream]) -> list[Due]:
    """What can be confirmed of these streams' batches: stream by stream, the oldest first. Changes nothing."""
    queue = list(_queue(context).values())
    return [
        due
        for stream in streams
        if isinstance(stream, ObjectStream)
        for due in _due_of(context, stream, queue)
    ]


def confirm(context: Context, due: Sequence[Due]) -> Iterator[Confirmation]:
    """Confirms the batches in this order, one after the other; what became of each, as soon as it is known.

    None is asked for twice: where the answer is lost, the queue tells. What is not known to be confirmed is due
    at the next confirmation again. When the server goes away or accepts nothing, the rest is not tried.
    """
    _settle(context.warehouse, _queue(context), context.clock.now())
    for number, each in enumerate(due, start=1):
        error = _confirm(context, each)
        yield Confirmation(each, error)
        if isinstance(error, FatalError | RetriableError):
            yield from (Confirmation(rest, error) for rest in due[number:])
            return


def _due_of(context: Context, stream: ObjectStream, queue: Sequence[QueuedBatch]) -> list[Due]:
    waiting = sorted(
        (batch for batch in queue if batch.payload_object_type == stream.object_type), key=stream.rank
    )
    complete = [batch for batch in waiting if batch.status == PENDING]
    held = stream.held(context, complete)
    counts = {(batch.id, batch.objects) for batch in complete if batch.objects is not None}
    counted = context.warehouse.known(LEDGER, ("batch_id", "objects"), counts)
    due: list[Due] = []
    any_older = False
    for batch in waiting:
        is_whole = batch.objects is None or (batch.id, batch.objects) in counted
        if batch.id in held and is_whole:
            due.append(Due(batch, stream, is_ahead=any_older))
        else:
            any_older = True
    return due


def _confirm(context: Context, due: Due) -> SourceError | None:
    """Why the batch is not known to be confirmed, or nothing."""
    try:
        if due.is_ahead:
            due.stream.note_ahead(context, due.batch)
    except SourceError as error:
        return error
    except FormatError as error:
        return DataError(f"batch {due.batch.id}: {error}")
    _note(context.warehouse, due, context.clock.now())
    method, path = endpoint(context.settings, "confirm", batchId=due.batch.id)
    try:
        context.client.create(method, path, parse=_check_confirmed)
    except (UnknownOutcome, NotFound) as error:
        try:
            waits = due.batch.id in _queue(context)
        except SourceError:
            return error
        if waits:
            return error
    except SourceError as error:
        return error
    _mark(context.warehouse, [due.batch.id], context.clock.now())
    return None


def _check_confirmed(response: httpx.Response) -> None:
    """A batch in another state than complete, or a web page, is no confirmation; an answer without a body is."""
    if not response.content.strip():
        return
    answer = json.loads(response.content)
    status = answer.get("status") if isinstance(answer, dict) else None
    if status not in (None, COMPLETE):
        raise WrongAnswer(f"the batch is {str(status)!r:.60} after it was confirmed")


def _queue(context: Context) -> dict[str, QueuedBatch]:
    """Everything that waits, by id. Raises ``DataError`` when something in it cannot be read: it might be
    any batch."""
    batches = [read_batch(record) for record in list_batches(context.client, context.settings)]
    if len({batch.id for batch in batches}) != len(batches):
        raise DataError("the list holds a batch twice")
    return {batch.id: batch for batch in batches}


def _note(warehouse: Warehouse, due: Due, now: datetime) -> None:
    warehouse.create_table(TABLE, COLUMNS)
    names = ", ".join(column.name for column in COLUMNS)
    warehouse.execute(
        (f"delete from {{{TABLE}}} where batch_id = %s", (due.batch.id,)),
        (
            f"insert into {{{TABLE}}} ({names}) values (%s, %s, %s, %s, null)",
            (due.batch.id, due.resource, due.batch.objects, now),
        ),
    )


def _mark(warehouse: Warehouse, batch_ids: Sequence[str], now: datetime) -> None:
    sql = f"update {{{TABLE}}} set confirmed_at = %s where batch_id = %s"
    warehouse.execute(*((sql, (now, batch_id)) for batch_id in batch_ids))


def _settle(warehouse: Warehouse, queue: dict[str, QueuedBatch], now: datetime) -> None:
    """Ends the notes of batches that are gone: the answer, or this program, was lost on the way."""
    if warehouse.has_table(TABLE):
        rows = warehouse.query(f"select batch_id from {{{TABLE}}} where confirmed_at is null")
        _mark(warehouse, [batch_id for (batch_id,) in rows if batch_id not in queue], now)
