"""What is in the warehouse, and how old it is: read from the tables that the loads leave there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sources.kit.streams import SourceSpec, Stream
from sources.kit.tables import REJECTS

from .dataset import shapes_of, table_names
from .destinations import Destination
from .errors import UsageError
from .state import LOADS, marks

CONTROLS, JOBS = "_controls", "_jobs"
# A job in another state is over: loaded, or never to be.
OPEN_STATES = ("requested", "accepted", "ready", "downloaded")
_HISTORY = "__history"


@dataclass(frozen=True)
class ResourceStatus:
    """One resource. ``mark`` is up to where it is loaded; ``age`` counts from there, or from the last load.

    ``tables`` are the rows of every table that it has filled; ``rows`` those of its root tables.
    """

    source: str
    resource: str
    kind: str
    last_load: datetime | None = None
    mark: datetime | None = None
    age: timedelta | None = None
    rows: int = 0
    rejects: int = 0
    open_jobs: int = 0
    tables: dict[str, int] = field(default_factory=dict)

    @property
    def loaded(self) -> bool:
        return bool(self.tables) or self.mark is not None


def status(specs: Sequence[SourceSpec], destination: Destination, now: datetime) -> list[ResourceStatus]:
    """Every resource of the sources, loaded or not. Changes nothing.

    Raises ``UsageError`` when there is no database.
    """
    if not destination.exists():
        raise UsageError(f"there is no {destination.describe()} yet: ledgerhouse load makes it")
    return [entry for spec in specs for entry in _Reader(spec, destination, now).read()]


def as_documents(entries: Sequence[ResourceStatus]) -> list[dict[str, Any]]:
    """The entries as JSON values; ``age`` in seconds."""
    return [asdict(entry) | {"loaded": entry.loaded} for entry in entries]


class _Reader:
    """Reads one dataset, each bookkeeping table once."""

    def __init__(self, spec: SourceSpec, destination: Destination, now: datetime) -> None:
        self._spec = spec
        self._destination = destination
        self._now = now
        self._tables = destination.tables(spec.name)
        self._names = table_names(spec.name, destination, shapes_of(spec))

    def read(self) -> Iterator[ResourceStatus]:
        known = marks(self._spec.name, self._destination)
        rows = self._rows()
        rejects = self._grouped(REJECTS, "table_name, count(*)")
        checked = self._grouped(CONTROLS, "table_name, max(checked_at)")
        jobs = self._open_jobs()
        for stream in self._spec.streams:
            names = [shape.name for shape in stream.tables if not shape.name.startswith("_")]
            roots = [name for name in _roots(stream) if name in rows]
            mark = known.get(stream.name)
            last = max((checked[name] for name in roots if checked.get(name)), default=None)
            last = last or self._last_load(roots)
            since = mark or last
            yield ResourceStatus(
                source=self._spec.name,
                resource=stream.name,
                kind=stream.kind,
                last_load=last,
                mark=mark,
                age=self._now - since if since else None,
                rows=sum(rows[name] for name in roots),
                rejects=sum(rejects.get(name, 0) for name in names),
                open_jobs=jobs.get(stream.name, 0),
                tables={name: rows[name] for name in names if name in rows},
            )

    def _table(self, name: str) -> str:
        return self._names[name]

    def _rows(self) -> dict[str, int]:
        names = sorted(
            {shape.name for stream in self._spec.streams for shape in stream.tables} & self._tables
        )
        counts = [f"select '{name}', count(*) from {self._table(name)}" for name in names]
        return dict(self._destination.query(" union all ".join(counts))) if counts else {}

    def _grouped(self, table: str, columns: str) -> dict[str, Any]:
        if table not in self._tables:
            return {}
        return dict(self._destination.query(f"select {columns} from {self._table(table)} group by 1"))

    def _open_jobs(self) -> dict[str, int]:
        if JOBS not in self._tables:
            return {}
        marks = ", ".join("?" for _ in OPEN_STATES)
        sql = (
            f"select resource, count(*) from {self._table(JOBS)}"
            f" where part is null and state in ({marks}) group by 1"
        )
        return dict(self._destination.query(sql, OPEN_STATES))

    def _last_load(self, roots: Sequence[str]) -> datetime | None:
        if LOADS not in self._tables:
            return None
        times = [
            self._destination.query(
                f"select max(inserted_at) from {self._table(LOADS)} where status = 0 and load_id ="
                f" (select max(_dlt_load_id) from {self._table(name)})"
            )[0][0]
            for name in roots
        ]
        return max((time for time in times if time is not None), default=None)


def _roots(stream: Stream) -> list[str]:
    return [
        shape.name
        for shape in stream.tables
        if not shape.is_child and not shape.name.startswith("_") and not shape.name.endswith(_HISTORY)
    ]
