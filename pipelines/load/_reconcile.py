"""Source against warehouse, now: rows where the API counts them, sums as the last loads compared them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from pipelines import configuration
from pipelines.dataset import committed_pipeline, shapes_of
from pipelines.destinations import Destination
from sources.kit.jobs import DltWarehouse
from sources.kit.streams import Context, SourceSpec, Stream, Window, read_mark, start_of
from sources.kit.tables import REJECTS
from sources.kit.transport import Clock, SourceError, SystemClock

from ._controls import TABLE as CONTROLS
from .request import UsageError


@dataclass(frozen=True)
class Comparison:
    """One line: both sides of a table.

    ``basis`` is ``api`` (the API was asked now) or ``load`` (as the loads counted and summed, per currency and
    status). ``changed`` rows were changed at the source since the last load: by so many the warehouse may hold
    more in the range than the source still has there.
    """

    source: str
    resource: str
    table: str
    basis: str
    window_from: datetime | None
    window_to: datetime | None
    currency: str | None = None
    status: str | None = None
    source_rows: int | None = None
    warehouse_rows: int | None = None
    rejected_rows: int = 0
    changed: int = 0
    source_sum: Decimal | None = None
    warehouse_sum: Decimal | None = None
    error: str | None = None

    @property
    def difference(self) -> int:
        """Rows that the source has and the warehouse has not; negative when the source has fewer."""
        if self.source_rows is None or self.warehouse_rows is None:
            return 0
        return self.source_rows - self.warehouse_rows - self.rejected_rows

    @property
    def ok(self) -> bool:
        if self.error is not None:
            return False
        sums_agree = self.source_sum == self.warehouse_sum or self.rejected_rows > 0
        return -self.changed <= self.difference <= 0 and sums_agree


@dataclass
class ReconcileReport:
    """All comparisons; ``ok`` when every one holds."""

    lines: list[Comparison] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(line.ok for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """JSON values: timestamps in ISO 8601, sums as strings, digit for digit."""
        lines = []
        for line in self.lines:
            values = asdict(line) | {"difference": line.difference, "ok": line.ok}
            lines.append({name: _plain(value) for name, value in values.items()})
        return {"ok": self.ok, "lines": lines}


def reconcile(
    sources: Sequence[str], destination: Destination, clock: Clock | None = None
) -> ReconcileReport:
    """Compares every resource that was loaded. Asks the API for counts only and changes nothing there.

    Raises ``UsageError`` when there is nothing to compare with.
    """
    clock = clock or SystemClock()
    specs, _ = configuration.choose(sources)
    if not destination.exists():
        raise UsageError(
            f"nothing has been loaded into {destination.describe()}: run `ledgerhouse load` first"
        )
    destination.prepare()
    report = ReconcileReport()
    for spec in specs:
        report.lines += _source_lines(spec, destination, clock)
    return report


def _source_lines(spec: SourceSpec, destination: Destination, clock: Clock) -> list[Comparison]:
    settings = configuration.settings(spec.name)
    pipeline = committed_pipeline(spec.name, destination)
    warehouse = DltWarehouse(pipeline, clock, destination.conditions(shapes_of(spec)))
    states = pipeline.state.get("sources", {}).get(spec.name, {}).get("resources", {})
    lines: list[Comparison] = []
    with spec.connect(settings) as client:
        context = Context(settings, client, warehouse, clock=clock)
        for stream in spec.streams:
            line = _counted(spec.name, stream, context, read_mark(states.get(stream.name, {})))
            lines += [line] if line else []
            lines += _as_loaded(spec.name, stream, warehouse)
    return lines


def _counted(source: str, stream: Stream, context: Context, mark: datetime | None) -> Comparison | None:
    """The API's count of everything up to the mark, against the rows there."""
    cursor, table = stream.cursor(), stream.models[0].table if stream.models else None
    if not stream.windowed or mark is None or cursor is None or table is None:
        return None
    if stream.left_out(context.settings) is not None:
        return None
    now = context.clock.now()
    start = min(start_of(context.settings, now), mark)
    # without a start date of its own the range of a count would move with the clock
    first = context.warehouse.query(f"select min({cursor}) from {{{table.name}}}")[0][0]
    window = Window(max(start, first) if first and first < mark else start, mark)
    about = (source, stream.name, table.name, "api", window.start, window.end)
    try:
        there = stream.expected(context, window)
        if there is None:
            return None
        changed = stream.expected(context, Window(mark, now)) or 0
    except SourceError as error:
        return Comparison(*about, error=str(error))
    where = f"{cursor} >= %s and {cursor} <= %s and {context.warehouse.unmarked(table.name)}"
    rows = context.warehouse.query(
        f"select count(*) from {{{table.name}}} where {where}", window.start, window.end
    )[0][0]
    return Comparison(
        *about,
        source_rows=there,
        warehouse_rows=rows,
        rejected_rows=_rejected(context, table.name, there - rows),
        changed=changed,
    )


def _rejected(context: Context, table: str, missing: int) -> int:
    """How many of the missing rows the rejects account for: their cursor may not be readable."""
    if missing <= 0 or not context.warehouse.has_table(REJECTS):
        return 0
    sql = f"select count(distinct coalesce(key, reject_id)) from {{{REJECTS}}} where table_name = %s"
    return min(missing, int(context.warehouse.query(sql, table)[0][0]))


def _as_loaded(source: str, stream: Stream, warehouse: DltWarehouse) -> list[Comparison]:
    """What the loads of the stream's tables compared, over all windows."""
    if not warehouse.has_table(CONTROLS):
        return []
    names = [shape.name for shape in stream.tables if shape.name == shape.root.name != REJECTS]
    marks = ", ".join(["%s"] * len(names))
    sql = (
        "select table_name, min(window_from), max(window_to), currency, status, sum(source_rows),"
        " sum(warehouse_rows), sum(rejected_rows), sum(source_sum), sum(warehouse_sum)"
        f" from {{{CONTROLS}}} where table_name in ({marks})"
        " group by table_name, currency, status order by table_name, currency nulls last, status nulls last"
    )
    return [_loaded_line(source, stream.name, row) for row in warehouse.query(sql, *names)]


def _loaded_line(source: str, resource: str, row: tuple[Any, ...]) -> Comparison:
    table, start, end, currency, status, source_rows, warehouse_rows, rejected, source_sum, warehouse_sum = (
        row
    )
    return Comparison(
        source,
        resource,
        str(table),
        "load",
        start,
        end,
        currency,
        status,
        int(source_rows),
        int(warehouse_rows),
        int(rejected),
        source_sum=source_sum,
        warehouse_sum=warehouse_sum,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value
