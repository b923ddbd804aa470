"""What a load would do, without doing it: windows, requests in words, and rows as far as the APIs count them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sources.kit.streams import Context, SourceSpec, Stream, Window
from sources.kit.transport import Clock, SourceError, SystemClock

from . import configuration
from .dataset import ReadOnlyWarehouse, shapes_of
from .destinations import Destination
from .errors import WorkFailed
from .load import ExitCode, LoadRequest, choose, plan_windows
from .state import marks
from .transform import table_queries

# A dry run takes a third of a second, nearly all of it waiting.
ASKED_AT_ONCE = 8


@dataclass(frozen=True)
class PlannedWindow:
    """One load package. Both ends are ``None`` for what is not read by ranges; ``rows`` is ``None`` where the
    API does not count."""

    start: datetime | None
    end: datetime | None
    requests: str
    rows: int | None


@dataclass
class PlannedResource:
    """One resource: its windows in order, or why it would be left out, or why that could not be found out."""

    source: str
    resource: str
    kind: str
    mark: datetime | None = None
    windows: list[PlannedWindow] = field(default_factory=list)
    left_out: str | None = None
    error: str | None = None
    # what one load would read in the warehouse, where that is billed
    bytes_a_load: int | None = None

    @property
    def rows(self) -> int | None:
        """Of all windows together; ``None`` as soon as one of them is not counted."""
        counts = [window.rows for window in self.windows]
        return None if None in counts or not counts else sum(count for count in counts if count is not None)


@dataclass
class PlannedModels:
    """What one transform would read, where that is billed: ``bytes`` for all ``models`` that are tables, without
    those that are ``unknown``, since they read what is not built yet; or why nobody could say."""

    models: int = 0
    bytes: int = 0
    unknown: list[str] = field(default_factory=list)
    error: str | None = None


@dataclass
class PlanReport:
    """The whole plan. ``models`` are in it where the whole is asked for and reading is billed."""

    destination: str
    resources: list[PlannedResource] = field(default_factory=list)
    unconfigured: list[str] = field(default_factory=list)
    models: PlannedModels | None = None

    @property
    def exit_code(self) -> ExitCode:
        """0 all planned; 1 none; 3 some."""
        failed = [entry for entry in self.resources if entry.error is not None]
        if not failed:
            return ExitCode.DONE
        return ExitCode.FAILED if len(failed) == len(self.resources) else ExitCode.PARTLY

    def as_dict(self) -> dict[str, Any]:
        """JSON values, but for timestamps."""
        resources = [
            vars(entry) | {"rows": entry.rows, "windows": [vars(window) for window in entry.windows]}
            for entry in self.resources
        ]
        return {
            "destination": self.destination,
            "resources": resources,
            "unconfigured": self.unconfigured,
            "models": vars(self.models) if self.models else None,
            "exit_code": int(self.exit_code),
        }


def plan(request: LoadRequest, destination: Destination, clock: Clock | None = None) -> PlanReport:
    """What ``run_load`` would do with the request. Asks the APIs for counts and lists, changes nothing there,
    and makes no database: without one it is the plan of a first load.

    Raises ``UsageError`` as ``run_load`` does.
    """
    clock = clock or SystemClock()
    chosen, unconfigured = choose(request)
    report = PlanReport(destination.describe(), unconfigured=unconfigured)
    for spec, streams in chosen:
        report.resources += _source_plan(spec, streams, request, destination, clock)
    if not request.sources and not request.resources and destination.exists():
        report.models = planned_models(destination)
    return report


def planned_models(destination: Destination) -> PlannedModels | None:
    """What the next transform would read; ``None`` where reading is not billed. Builds nothing."""
    if destination.query_bytes("select 1") is None:
        return None
    try:
        queries = table_queries(destination)
    except WorkFailed as error:
        return PlannedModels(error=str(error))
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        told = dict(zip(queries, pool.map(destination.query_bytes, queries.values()), strict=True))
    unknown = sorted(name for name, read in told.items() if read is None)
    return PlannedModels(len(told), sum(read or 0 for read in told.values()), unknown)


def _source_plan(
    spec: SourceSpec, streams: Sequence[Stream], request: LoadRequest, destination: Destination, clock: Clock
) -> list[PlannedResource]:
    settings = configuration.settings(spec.name)
    known: dict[str, datetime | None] = {}
    if destination.exists():
        known |= marks(spec.name, destination)
    entries = [PlannedResource(spec.name, s.name, s.kind, known.get(s.name)) for s in streams]
    try:
        with spec.connect(settings) as client:
            context = Context(
                settings,
                client,
                ReadOnlyWarehouse(spec.name, destination, shapes_of(spec)),
                clock=clock,
                full_refresh=request.full_refresh,
                marks=known,
            )
            for stream, entry in zip(streams, entries, strict=True):
                _plan_stream(stream, context, request, entry)
                if entry.windows and destination.exists():
                    entry.bytes_a_load = destination.load_bytes(spec.name, stream.tables)
    except SourceError as error:
        for entry in entries:
            entry.error = entry.error or (None if entry.windows or entry.left_out else _reason(error))
    return entries


def _plan_stream(stream: Stream, context: Context, request: LoadRequest, entry: PlannedResource) -> None:
    entry.left_out = stream.left_out(context.settings)
    if entry.left_out is not None:
        return
    try:
        entry.windows = [
            _window(stream, context, window) for window in plan_windows(stream, context, request)
        ]
    except SourceError as error:
        entry.error = _reason(error)


def _window(stream: Stream, context: Context, window: Window | None) -> PlannedWindow:
    start, end = (window.start, window.end) if window else (None, None)
    return PlannedWindow(start, end, stream.requests(context, window), stream.expected(context, window))


def _reason(error: SourceError) -> str:
    return configuration.redactor().text(" ".join(str(error).split()))
