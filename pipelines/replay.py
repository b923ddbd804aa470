"""Another try for records that did not fit, with today's models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import dlt

from sources.kit.jobs import DltWarehouse, Warehouse
from sources.kit.streams import (
    Context,
    Kind,
    SourceSpec,
    Stream,
    Window,
    dlt_resources,
    privacy,
    write_records,
)
from sources.kit.tables import REJECTS, LoadReport, Record, Spool, Table, Tally, Validator, WriteOptions
from sources.kit.transport import Clock, SystemClock

from . import configuration
from .dataset import chunks, committed_pipeline, marks_of, shapes_of
from .destinations import Destination
from .errors import WorkFailed
from .load import check
from .rejects import COLUMNS, Reject, model_of, with_rejects

# How many rejects are read at a time: some of them are whole files.
_BATCH = 200
Key = tuple[Any, ...]


@dataclass
class Replayed:
    """What became of the rejects of one table.

    ``loaded`` ones fit now and are in their table; ``superseded`` ones fit too, and the warehouse holds a later
    version. The others stay: ``unfit`` ones; ``masked`` ones, which are not kept whole; and ``files``, rows of
    reports and documents that became no record: they come again with their report or export.
    """

    source: str
    table: str
    loaded: int = 0
    superseded: int = 0
    unfit: int = 0
    masked: int = 0
    files: int = 0


def replay(
    sources: Sequence[str], destination: Destination, table: str | None = None, clock: Clock | None = None
) -> list[Replayed]:
    """Decodes rejects with today's models, loads those that fit, and removes them from the rejects when that is
    committed. A record is loaded as any other: one that is older than the warehouse's changes nothing there.

    Raises ``UsageError`` when a source is not configured or there is no database, and ``WorkFailed`` when the
    warehouse does not hold what was loaded; the rejects then stay.
    """
    specs, _ = configuration.choose(sources)
    concerned = with_rejects(specs, destination)
    destination.prepare()
    outcomes = []
    for spec in concerned:
        names = f"select distinct table_name from {destination.table(spec.name, REJECTS)} order by 1"
        for (name,) in destination.query(names):
            if table is None or name == table:
                outcomes.append(_Replay(spec, str(name), destination, clock or SystemClock()).run())
    return outcomes


class _Again(Stream):
    """Records that are in a spool already, under the name of the stream that they came from."""

    kind: ClassVar[Kind] = "snapshot"

    def __init__(self, name: str, model: type[Record], package: _Package) -> None:
        super().__init__(name, model)
        self._model = model
        self._package = package

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        yield from write_records(context, self._model, self._package.spool, self._package.tally)


@dataclass
class _Package:
    """The records of one load package, the ids of their rejects, and when the last one of each key was rejected."""

    spool: Spool
    tally: Tally
    ids: list[str] = field(default_factory=list)
    rejected: dict[Key, datetime] = field(default_factory=dict)

    def add(self, rejects: Sequence[Reject]) -> None:
        seen = self.spool.add([reject.record for reject in rejects])
        for reject, probed in zip(rejects, seen, strict=True):
            self.ids.append(reject.id)
            if probed is not None:
                self.rejected[probed[0]] = reject.rejected_at

    def drop_outdated(self, table: Table, warehouse: Warehouse) -> None:
        """Leaves out what a later load has brought: where the versions are equal, or missing, its time tells."""
        if table.append_only or not warehouse.has_table(table.name):
            return
        versions = self.spool.versions()
        columns = ", ".join(("_dlt_load_id", table.version or "null", *table.key))
        for keys in chunks(list(versions)):
            wanted, marks = set(keys), ", ".join(["%s"] * len(keys))
            sql = f"select {columns} from {{{table.name}}} where {table.key[0]} in ({marks})"
            for load_id, held, *values in warehouse.query(sql, *(first for first, *_ in keys)):
                key = tuple(values)
                if key not in wanted or float(load_id) <= self.rejected[key].timestamp():
                    continue
                version = versions[key]
                if version is None or held is None or version <= held:
                    self.spool.drop(key)


class _Replay:
    """The rejects of one table, a load package at a time."""

    def __init__(self, spec: SourceSpec, table: str, destination: Destination, clock: Clock) -> None:
        self._spec = spec
        self._table = table
        self._destination = destination
        self._clock = clock
        self._settings = configuration.settings(spec.name)
        self._rejects = destination.table(spec.name, REJECTS)
        self._outcome = Replayed(spec.name, table)

    def run(self) -> Replayed:
        known = model_of(self._spec, self._table)
        if known is None:
            sql = f"select count(*) from {self._rejects} where table_name = ?"
            self._outcome.files = int(self._destination.query(sql, [self._table])[0][0])
            return self._outcome
        stream, model = known
        validator, package = Validator(model), self._package(model)
        for batch in self._batches():
            package.add(self._fitting(validator, batch))
            if len(package.ids) >= self._settings.package_rows:
                self._load(stream.name, model, package)
                package = self._package(model)
        if package.ids:
            self._load(stream.name, model, package)
        return self._outcome

    def _package(self, model: type[Record]) -> _Package:
        tally = Tally(self._table)
        return _Package(Spool(model, tally, self._destination.work_dir()), tally)

    def _batches(self) -> Iterator[list[Reject]]:
        """The rejects in the order in which they came."""
        where, place = "table_name = ?", list[Any]([self._table])
        while True:
            sql = f"select {COLUMNS} from {self._rejects} where {where} order by rejected_at, reject_id limit {_BATCH}"
            rows = self._destination.query(sql, place)
            if not rows:
                return
            batch = [Reject(self._spec.name, *row) for row in rows]
            yield batch
            last = batch[-1]
            where = "table_name = ? and (rejected_at > ? or (rejected_at = ? and reject_id > ?))"
            place = [self._table, last.rejected_at, last.rejected_at, last.id]

    def _fitting(self, validator: Validator, batch: Sequence[Reject]) -> list[Reject]:
        """Those of a batch that can be loaded now; the others are counted."""
        records = [reject for reject in batch if not reject.is_file]
        whole = [reject for reject in records if reject.is_whole]
        unfit = {misfit.index for misfit in validator.misfits([reject.record for reject in whole])}
        self._outcome.files += len(batch) - len(records)
        self._outcome.masked += len(records) - len(whole)
        self._outcome.unfit += len(unfit)
        return [reject for index, reject in enumerate(whole) if index not in unfit]

    def _load(self, resource: str, model: type[Record], package: _Package) -> None:
        pipeline = committed_pipeline(self._spec.name, self._destination)
        conditions = self._destination.conditions(shapes_of(self._spec))
        warehouse = DltWarehouse(pipeline, self._clock, conditions)
        assert model.table is not None
        package.drop_outdated(model.table, warehouse)
        options = WriteOptions(self._destination.json_type, privacy(self._settings), self._clock.now)
        with self._spec.connect(self._settings) as client:
            context = Context(self._settings, client, warehouse, LoadReport(), self._clock, options)

            @dlt.source(name=self._spec.name, section=self._spec.name, max_table_nesting=0)
            def replayed() -> Iterator[Any]:
                yield from dlt_resources([_Again(resource, model, package)], context)

            info = pipeline.run(replayed(), loader_file_format="parquet")
        controls = check(warehouse, model.table, package.tally, info.loads_ids)
        differences = [control.difference for control in controls if control.difference]
        if differences:
            raise WorkFailed(f"{self._spec.name}: {'; '.join(differences)}; the rejects stay")
        self._outcome.loaded += package.tally.source_rows
        self._outcome.superseded += len(package.ids) - package.tally.source_rows
        for ids in chunks(package.ids):
            sql = f"delete from {self._rejects} where reject_id in ({marks_of(ids)})"
            self._destination.execute(sql, ids)
