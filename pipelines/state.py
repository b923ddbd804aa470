"""What the next load starts from: the marks in dlt's state, and the batches of queues that are known as loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from dlt.common.versioned_state import decompress_state

from sources.kit.streams import LEDGER, MARK, QueueStream, SourceSpec, Stream, next_window, read_mark

from . import configuration
from .dataset import committed_pipeline, marks_of
from .destinations import Destination
from .errors import UsageError

STATE, LOADS = "_dlt_pipeline_state", "_dlt_loads"


@dataclass(frozen=True)
class ResourceState:
    """One resource. ``begins`` is where its next load begins, for those that are read by ranges; ``batches``
    how many batches of a queue count as loaded."""

    source: str
    resource: str
    kind: str
    mark: datetime | None = None
    begins: datetime | None = None
    batches: int | None = None


def marks(source: str, destination: Destination) -> dict[str, datetime]:
    """Up to where each resource is loaded, UTC, as the last committed load left it in dlt's state."""
    if not {STATE, LOADS} <= destination.tables(source):
        return {}
    rows = destination.query(
        f"select s.state from {destination.table(source, STATE)} as s"
        f" join {destination.table(source, LOADS)} as l on l.load_id = s._dlt_load_id"
        " where s.pipeline_name = ? and l.status = 0 order by l.load_id desc limit 1",
        [source],
    )
    found: dict[str, datetime] = {}
    for name, state in (_resources(decompress_state(rows[0][0]), source) if rows else {}).items():
        mark = read_mark(state)
        if mark is not None:
            found[name] = mark.astimezone(UTC)
    return found


def show(
    specs: Sequence[SourceSpec], resources: Sequence[str], destination: Destination, now: datetime
) -> list[ResourceState]:
    """The state of these resources, of all without any named. Changes nothing.

    Raises ``UsageError`` when there is no database, and for a resource that no source has.
    """
    _exists(destination)
    shown = []
    for spec, streams in choose(specs, resources):
        known, batches = marks(spec.name, destination), _batches(spec.name, destination)
        settings = configuration.settings(spec.name)
        for stream in streams:
            mark = known.get(stream.name)
            begins = next_window(settings, mark, now).start if stream.windowed else None
            read = batches.get(stream.name, 0) if isinstance(stream, QueueStream) else None
            shown.append(ResourceState(spec.name, stream.name, stream.kind, mark, begins, read))
    return shown


def reset(spec: SourceSpec, resources: Sequence[str], destination: Destination) -> list[str]:
    """Forgets marks and loaded batches of these resources, of all without any named; gives what was forgotten,
    in words. The rows in the warehouse stay: the next load reads from the start date, and all that waits.

    Raises ``UsageError`` as ``show`` does.
    """
    _exists(destination)
    streams = [stream for _, chosen in choose([spec], resources) for stream in chosen]
    destination.prepare()
    known, batches = marks(spec.name, destination), _batches(spec.name, destination)
    marked = [stream.name for stream in streams if stream.name in known]
    queued = [stream.name for stream in streams if batches.get(stream.name)]
    if marked:
        _forget_marks(spec.name, marked, destination)
    if queued:
        table = destination.table(spec.name, LEDGER)
        destination.execute(f"delete from {table} where resource in ({marks_of(queued)})", queued)
    forgotten = [f"{spec.name}.{name}: the mark {known[name]:%Y-%m-%d %H:%M}Z" for name in marked]
    return forgotten + [f"{spec.name}.{name}: {batches[name]} loaded batches" for name in queued]


def choose(
    specs: Sequence[SourceSpec], resources: Sequence[str]
) -> list[tuple[SourceSpec, Sequence[Stream]]]:
    """The streams of these names, by source. Raises ``UsageError`` for a name that none has."""
    for name in resources:
        if all(spec.stream(name) is None for spec in specs):
            known = ", ".join(stream.name for spec in specs for stream in spec.streams)
            raise UsageError(f"unknown resource {name!r}; known: {known}")
    wanted = {id(spec.stream(name)) for spec in specs for name in resources}
    return [(spec, [s for s in spec.streams if not resources or id(s) in wanted]) for spec in specs]


def as_documents(entries: Sequence[ResourceState]) -> list[dict[str, Any]]:
    """The entries as JSON values, but for timestamps."""
    return [asdict(entry) for entry in entries]


def _exists(destination: Destination) -> None:
    if not destination.exists():
        raise UsageError(f"there is no {destination.describe()} yet: ledgerhouse load makes it")


def _resources(state: Mapping[str, Any], source: str) -> dict[str, Any]:
    resources: dict[str, Any] = state.get("sources", {}).get(source, {}).get("resources", {})
    return resources


def _batches(source: str, destination: Destination) -> dict[str, int]:
    if LEDGER not in destination.tables(source):
        return {}
    sql = f"select resource, count(*) from {destination.table(source, LEDGER)} group by 1"
    return dict(destination.query(sql))


def _forget_marks(source: str, resources: Sequence[str], destination: Destination) -> None:
    """By a load of dlt's own, that brings nothing but the state."""
    pipeline = committed_pipeline(source, destination)
    with pipeline.managed_state(extract_state=True) as state:
        known = _resources(state, source)
        for name in resources:
            known.get(name, {}).pop(MARK, None)
    pipeline.normalize()
    pipeline.load()
