"""A long range in windows that can be stopped and resumed, beside the daily load.

Which windows are done is kept in ``_backfills``, a table of the source's dataset. A row's turn does not depend on
any mark, and the mark moves only where a window follows on it without a gap; records that are newer in the
warehouse stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sources.kit.jobs import Warehouse
from sources.kit.streams import Stream, Window, newest
from sources.kit.tables import Column, Type
from sources.kit.transport import Clock, SystemClock

from . import configuration
from .dataset import chunks
from .destinations import Destination
from .errors import UsageError
from .load import BACKFILL_DONE, BACKFILLS, ExitCode, LoadRequest, choose, run_load
from .operations import source_context

COLUMNS = (
    Column("resource", Type.TEXT, "The resource."),
    Column("window_from", Type.TIMESTAMP, "Start of the window, UTC."),
    Column("window_to", Type.TIMESTAMP, "End of the window, UTC."),
    Column("state", Type.TEXT, "planned, done or failed."),
    Column("source_rows", Type.BIGINT, "Records that the source gave, once it is done."),
    Column("rejected_rows", Type.BIGINT, "Records among them that are in _rejects."),
    Column("error", Type.TEXT, "Why it failed."),
    Column("updated_at", Type.TIMESTAMP, "When the row was last written, UTC."),
)
DEFAULT_WINDOW_DAYS = 7
# Rows of one insert: far below every warehouse's limit on parameters.
_ROWS_PER_INSERT = 100


class WindowState(StrEnum):
    """How far a window has come."""

    PLANNED = "planned"
    DONE = BACKFILL_DONE
    FAILED = "failed"


@dataclass(frozen=True)
class BackfillRequest:
    """What to read, UTC. ``until`` is at most the newest that may be read, which it is without one.

    With ``resume`` nothing new is planned: the windows are those that are known and not done, within the range
    where there is one.
    """

    source: str
    resources: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    window_days: int = DEFAULT_WINDOW_DAYS
    resume: bool = False


@dataclass(frozen=True)
class BackfillWindow:
    """One window of one resource, and what became of it."""

    resource: str
    window: Window
    state: WindowState = WindowState.PLANNED
    rows: int | None = None
    rejected: int | None = None
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON values, but for timestamps."""
        ends = {"window_from": self.window.start, "window_to": self.window.end}
        return {name: value for name, value in vars(self).items() if name != "window"} | ends


@dataclass
class BackfillReport:
    """The windows of this run, in their order."""

    source: str
    destination: str
    windows: list[BackfillWindow] = field(default_factory=list)

    @property
    def failures(self) -> list[BackfillWindow]:
        return [window for window in self.windows if window.state is WindowState.FAILED]

    @property
    def exit_code(self) -> ExitCode:
        """0 all are done, 1 all failed, 3 some did."""
        if not self.failures:
            return ExitCode.DONE
        return ExitCode.FAILED if len(self.failures) == len(self.windows) else ExitCode.PARTLY

    def as_dict(self) -> dict[str, Any]:
        """JSON values, but for timestamps."""
        windows = [window.as_dict() for window in self.windows]
        return {
            "source": self.source,
            "destination": self.destination,
            "windows": windows,
            "exit_code": int(self.exit_code),
        }


def backfill(
    request: BackfillRequest,
    destination: Destination,
    tell: Callable[[str], None],
    clock: Clock | None = None,
) -> BackfillReport:
    """Loads window after window, the oldest of each resource first; one that fails keeps no other from its turn.

    Raises ``UsageError`` before anything is done, and ``SourceError`` when the windows cannot be planned.
    """
    clock = clock or SystemClock()
    streams = _streams(request)
    whole = None if request.resume else _range(request, clock.now())
    if request.resume and not destination.exists():
        raise UsageError(f"there is no {destination.describe()} yet, so there is nothing to resume")
    report = BackfillReport(request.source, destination.describe())
    with source_context(request.source, destination, clock) as context:
        book = _Book(context.warehouse, clock)
        streams = [stream for stream in streams if stream.left_out(context.settings) is None]
        if whole is None:
            planned = book.left([stream.name for stream in streams], request.since, request.until)
        else:
            context.settings.window_days = request.window_days
            planned = [BackfillWindow(s.name, piece) for s in streams for piece in s.pieces(context, whole)]
            book.plan(planned)
    for position, window in enumerate(planned):
        following = [later.window for later in planned[position + 1 :] if later.resource == window.resource]
        ended = _load(request.source, window, following, destination, clock)
        book.write(ended)
        report.windows.append(ended)
        tell(f"{len(report.windows)} of {len(planned)}: {line(ended)}")
    return report


def line(window: BackfillWindow) -> str:
    """One line about a window."""
    about = f"{window.resource} {window.window.start:%Y-%m-%d %H:%M} to {window.window.end:%Y-%m-%d %H:%M}Z"
    outcome = window.error or f"{window.rows or 0:,} rows, {window.rejected or 0:,} rejected"
    return f"{about}: {window.state}: {outcome}"


def _streams(request: BackfillRequest) -> list[Stream]:
    """The streams that are read by ranges, or those of them that are named."""
    [(spec, streams)], _ = choose(LoadRequest((request.source,), request.resources))
    windowed = [stream for stream in streams if stream.windowed]
    without = [stream.name for stream in streams if not stream.windowed]
    if (request.resources and without) or not windowed:
        raise UsageError(f"not read by ranges: {', '.join(without)} of {spec.name}; see ledgerhouse load")
    return windowed


def _range(request: BackfillRequest, now: datetime) -> Window:
    """What is asked for, as far as it may be read now."""
    if request.since is None:
        raise UsageError("a backfill needs --since, or --resume for what an earlier one has left")
    latest = newest(configuration.settings(request.source), now)
    until = min(request.until or latest, latest)
    if request.since >= until:
        raise UsageError(
            f"the range is empty: it ends {until:%Y-%m-%dT%H:%MZ}, the newest that may be read now"
        )
    return Window(request.since, until)


def _load(
    source: str,
    window: BackfillWindow,
    following: Sequence[Window],
    destination: Destination,
    clock: Clock,
) -> BackfillWindow:
    load = LoadRequest((source,), (window.resource,), windows=(window.window,), following=tuple(following))
    results = run_load(load, destination, clock=clock).results
    error = next((result.error for result in results if result.error), None)
    state = WindowState.FAILED if error else WindowState.DONE
    first = results[0]
    return replace(window, state=state, rows=first.rows, rejected=first.rejected, error=error)


class _Book:
    """Which windows are planned, done and failed, in the destination."""

    def __init__(self, warehouse: Warehouse, clock: Clock) -> None:
        self._warehouse = warehouse
        self._clock = clock

    def plan(self, windows: Sequence[BackfillWindow]) -> None:
        """Notes new windows in place of all that lay within their range before."""
        self._warehouse.create_table(BACKFILLS, COLUMNS)
        clearing: list[tuple[str, tuple[Any, ...]]] = []
        for resource in dict.fromkeys(window.resource for window in windows):
            own = [window.window for window in windows if window.resource == resource]
            where = "resource = %s and window_from >= %s and window_to <= %s"
            clearing.append(
                (f"delete from {{{BACKFILLS}}} where {where}", (resource, own[0].start, own[-1].end))
            )
        self._warehouse.execute(*clearing, *self._inserts(windows))

    def write(self, window: BackfillWindow) -> None:
        """Notes what became of a window."""
        where = "resource = %s and window_from = %s and window_to = %s"
        place = (window.resource, window.window.start, window.window.end)
        self._warehouse.execute(
            (f"delete from {{{BACKFILLS}}} where {where}", place), *self._inserts([window])
        )

    def left(
        self, resources: Sequence[str], since: datetime | None, until: datetime | None
    ) -> list[BackfillWindow]:
        """The windows that are not done, resource by resource, the oldest first."""
        if not resources or not self._warehouse.has_table(BACKFILLS):
            return []
        sql = (
            f"select resource, window_from, window_to from {{{BACKFILLS}}} where state <> %s"
            f" and resource in ({', '.join(['%s'] * len(resources))})"
        )
        found = [
            BackfillWindow(resource, Window(start, end))
            for resource, start, end in self._warehouse.query(sql, str(WindowState.DONE), *resources)
            if (since is None or start >= since) and (until is None or end <= until)
        ]
        return sorted(found, key=lambda left: (resources.index(left.resource), left.window.start))

    def _inserts(self, windows: Sequence[BackfillWindow]) -> Iterator[tuple[str, tuple[Any, ...]]]:
        names = ", ".join(column.name for column in COLUMNS)
        now = self._clock.now()
        for some in chunks(windows, _ROWS_PER_INSERT):
            row = f"({', '.join(['%s'] * len(COLUMNS))})"
            sql = f"insert into {{{BACKFILLS}}} ({names}) values {', '.join([row] * len(some))}"
            yield sql, tuple(value for window in some for value in _row(window, now))


def _row(window: BackfillWindow, now: datetime) -> tuple[Any, ...]:
    ends = (window.window.start, window.window.end)
    return (
        window.resource,
        *ends,
        str(window.state),
        window.rows,
        window.rejected,
        window.error,
        now,
    )
