"""Streams whose records wait at the source in batches, until they are confirmed: *queue*.

Nothing is confirmed here, since confirming loses the data at the other end: an extraction only writes down, in
the same load package as the rows, which batches it has read whole. So a batch is known as loaded exactly when
its rows are committed, whatever happens in between.
"""

from __future__ import annotations

import logging
import tempfile
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec
from pydantic import Field

from sources.kit.formats import FormatError, UnknownMessage
from sources.kit.tables import Record, Spool, Table, Tally
from sources.kit.transport import DataError, FatalError, RetriableError, SourceError

from ._base import Context, Kind, Stream, Window, write_records

logger = logging.getLogger(__name__)

LEDGER = "_loaded_batches"
# A batch is taken apart only when it is so many packages large: each package costs a pass over the tables.
_PACKAGES_OF_A_BATCH = 5
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class LoadedBatch(Record):
    """One batch of a queue that was read whole. It counts once the load of the row is committed."""

    table: ClassVar[Table | None] = Table(name=LEDGER, singular="loaded_batch", key=("batch_id",))

    batch_id: str = Field(description="The source's id of the batch.")
    resource: str = Field(description="The resource that the batch's objects belong to.")
    fingerprint: str = Field(description="Changes when the batch's content may have changed.")
    objects: int = Field(description="Number of objects that the batch held, rejected and older ones too.")


class Delivery(Protocol):
    """A batch that waits at the source, as the stream that reads it knows it."""

    @property
    def id(self) -> str:
        """The source's id of it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes when its content may have changed."""
        ...

    @property
    def created(self) -> datetime | None:
        """When it was made, UTC. Objects of a later batch replace those of an earlier one."""
        ...

    @property
    def objects(self) -> int | None:
        """How many objects it holds, where the source says so."""
        ...

    @property
    def parts(self) -> int:
        """How many requests it takes to read it."""
        ...


D = TypeVar("D", bound=Delivery)


@dataclass(frozen=True)
class Payload:
    """A batch that has arrived: as many objects as ``pages`` bring, each byte for byte. ``pages`` does not
    fail: what can be wrong with a batch was found out before. ``beside`` are records among them that the source may
    count as objects or not."""

    objects: int
    pages: Iterable[Sequence[bytes]]
    beside: int = 0


@dataclass
class _Reading(Generic[D]):
    """A batch that is read: what has not come yet of it is in ``pages``, and where that comes from in ``files``."""

    delivery: D
    files: ExitStack = field(default_factory=ExitStack)
    payload: Payload | None = None
    pages: Iterator[Sequence[bytes]] = field(default_factory=lambda: iter(()))


@dataclass(frozen=True)
class _Place(Generic[D]):
    """Where the next package goes on: after the batch of this rank, or first in the midst of it. ``again``: what was
    loaded earlier is read again."""

    after: tuple[datetime, str] | None = None
    again: bool = False
    reading: _Reading[D] | None = None


class QueueStream(Stream, Generic[D]):
    """The objects of one kind, out of all batches that wait and that no committed load holds already.

    A batch that cannot be had as it was announced is reported among the report's failures, with nothing of it
    loaded, and the others go on; one that holds a message without a reader is reported as skipped. One that
    holds another number of objects than announced is reported too: its objects are whole and are loaded, and
    it does not count as read.

    A package ends with the batch that fills it (``package_rows``) where the host goes on with another one. A batch
    many times as large is taken apart, and counts as read with its last package.
    """

    kind: ClassVar[Kind] = "queue"

    def __init__(self, name: str, model: type[Record], description: str = "") -> None:
        super().__init__(name, model, LoadedBatch, description=description)
        self._model = model

    @abstractmethod
    def waiting(self, context: Context) -> Sequence[D]:
        """The batches that can be read now. What is left where it is, is said to ``context.report``."""

    @abstractmethod
    def fetch(self, context: Context, delivery: D, folder: Path) -> Payload:
        """Brings a batch into ``folder``, which is gone when the payload has been read.

        Raises ``SourceError`` or ``FormatError`` when it is not there, or not what was announced.
        """

    def settle(self, context: Context, spool: Spool) -> None:
        """Drops those objects of a package of which it is known that they are not the latest."""

    @staticmethod
    def rank(delivery: Delivery) -> tuple[datetime, str]:
        """Orders batches as they were made, and the same way every time."""
        return (delivery.created or _LONG_AGO, delivery.id)

    def expected(self, context: Context, window: Window | None) -> int | None:
        counts = [delivery.objects for delivery in self._due(context)]
        return sum(count for count in counts if count is not None) if None not in counts else None

    def requests(self, context: Context, window: Window | None) -> str:
        return f"1 request for the list, {sum(d.parts for d in self._due(context))} for the batches"

    def held(self, context: Context, deliveries: Iterable[D]) -> set[str]:
        """The ids of those batches whose rows a committed load holds, as they are at the source now."""
        wanted = {(delivery.id, delivery.fingerprint) for delivery in deliveries}
        known = context.warehouse.known(LEDGER, ("batch_id", "fingerprint"), wanted)
        if not known:
            return set()
        # a load that was killed may have left this table finished and another one not
        unfinished = (
            f"select batch_id from {{{LEDGER}}}"
            " where _dlt_load_id not in (select load_id from {_dlt_loads} where status = 0)"
        )
        return {batch_id for batch_id, _ in known} - {row[0] for row in context.warehouse.query(unfinished)}

    def disown(self, context: Context, load_ids: Sequence[str]) -> None:
        """The batches of these loads do not count as read, so they are read again and never confirmed."""
        marks = ", ".join(["%s"] * len(load_ids))
        if load_ids and context.warehouse.has_table(LEDGER):
            statement = f"delete from {{{LEDGER}}} where resource = %s and _dlt_load_id in ({marks})"
            context.warehouse.execute((statement, (self.name, *load_ids)))

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        spool = Spool(self._model, tally := context.report.tally(self.name), context.spool_dir)
        ledger = Spool(LoadedBatch, ledger_tally := Tally(LEDGER), context.spool_dir)
        for reading in self._package(context, spool):
            try:
                self._take(context, reading, spool, ledger)
            except UnknownMessage as error:
                context.report.skip(f"batch {reading.delivery.id}: {error}; it stays in the queue")
            except FormatError as error:
                _failed(context, DataError(f"batch {reading.delivery.id}: {error}"))
            except (RetriableError, FatalError) as error:
                # the next batch would fare no better: what has come is loaded, the rest waits
                _failed(context, error)
                break
            except SourceError as error:
                _failed(context, error)
        self.settle(context, spool)
        yield from write_records(context, self._model, spool, tally)
        yield from write_records(context, LoadedBatch, ledger, ledger_tally)

    def _package(self, context: Context, spool: Spool) -> Iterator[_Reading[D]]:
        """The batches for this load package, until it is full.

        Those that a committed load holds are read again only behind an older one that is new: together it can be
        told whose objects are the later ones.
        """
        place = (context.resume or {}).pop(self.name, None) or _Place()
        last, again = place.after, place.again
        if place.reading is not None:
            yield place.reading
            if self._goes_on(context):
                return
        due = self._due(context)
        held = set() if context.full_refresh or again else self.held(context, due)
        for delivery in due:
            if place.after is not None and self.rank(delivery) <= place.after:
                continue
            if delivery.id in held and not again:
                continue
            if self._is_full(context, spool):
                self._go_on(context, _Place(last, again))
                return
            last = self.rank(delivery)
            yield (reading := _Reading(delivery))
            if self._goes_on(context):
                return
            # of one that could not be had nothing has come, so that nothing is older or newer than before
            again = again or reading.payload is not None

    def _goes_on(self, context: Context) -> bool:
        """Whether the batch that was just taken did not fit into the package."""
        return bool(context.resume) and self.name in (context.resume or {})

    def _is_full(self, context: Context, spool: Spool, times: int = 1) -> bool:
        return context.resume is not None and len(spool) >= context.settings.package_rows * times

    def _go_on(self, context: Context, place: _Place[D]) -> None:
        assert context.resume is not None
        context.resume[self.name] = place

    def _due(self, context: Context) -> list[D]:
        """The batches from the first one that is new on, in the order in which they were made."""
        waiting = sorted(self.waiting(context), key=self.rank)
        held = set() if context.full_refresh else self.held(context, waiting)
        first = next((place for place, d in enumerate(waiting) if d.id not in held), len(waiting))
        return waiting[first:]

    def _take(self, context: Context, reading: _Reading[D], spool: Spool, ledger: Spool) -> None:
        """Reads a batch to its end, or until the package is full."""
        delivery, rank = reading.delivery, self.rank(reading.delivery)
        try:
            if reading.payload is None:
                folder = reading.files.enter_context(tempfile.TemporaryDirectory(dir=context.spool_dir))
                reading.payload = self.fetch(context, delivery, Path(folder))
                reading.pages = iter(reading.payload.pages)
            for page in reading.pages:
                if self._is_full(context, spool, _PACKAGES_OF_A_BATCH):
                    reading.pages = chain([page], reading.pages)
                    self._go_on(context, _Place(rank, True, reading))
                    return
                spool.add(page, rank=rank)
        except BaseException:
            reading.files.close()
            raise
        reading.files.close()
        self._finish(delivery, reading.payload, ledger)

    def _finish(self, delivery: D, payload: Payload, ledger: Spool) -> None:
        objects = payload.objects
        if delivery.objects == objects + payload.beside:
            objects = delivery.objects
        if delivery.objects is not None and objects != delivery.objects:
            raise DataError(
                f"batch {delivery.id} holds {objects} objects, {delivery.objects} were announced",
                hint="they are loaded; the batch does not count as read",
            )
        row = {
            "batch_id": delivery.id,
            "resource": self.name,
            "fingerprint": delivery.fingerprint,
            "objects": objects,
        }
        ledger.add([msgspec.json.encode(row)])


def _failed(context: Context, error: SourceError) -> None:
    """Also logged: a host that does not look into the report would not hear of it."""
    context.report.failures.append(error)
    logger.error("%s", error)
