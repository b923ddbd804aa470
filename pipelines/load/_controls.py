"""Control totals: what the source gave against what the warehouse holds, kept as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sources.kit.jobs import Warehouse
from sources.kit.tables import Column, Group, Table, Tally, Totals, Type

TABLE = "_controls"
COLUMNS = (
    Column("table_name", Type.TEXT, "The table."),
    Column("window_from", Type.TIMESTAMP, "Start of the window, UTC; null for what is not read by windows."),
    Column("window_to", Type.TIMESTAMP, "End of the window, UTC."),
    Column("currency", Type.TEXT, "The currency of the sums, where the table has one."),
    Column("status", Type.TEXT, "The status of the rows, where the table has one."),
    Column("source_rows", Type.BIGINT, "Records that the source gave, each key once."),
    Column("warehouse_rows", Type.BIGINT, "Rows that the load left in the warehouse."),
    Column("rejected_rows", Type.BIGINT, "Records that did not fit and are in _rejects."),
    Column("source_sum", Type.DECIMAL, "Sum of the amounts in the source's bytes."),
    Column("warehouse_sum", Type.DECIMAL, "Sum of the amounts in the warehouse."),
    Column("checked_at", Type.TIMESTAMP, "When the two sides were compared, UTC."),
)


@dataclass(frozen=True)
class Control:
    """Both sides of one table, window, currency and status."""

    table: str
    window_from: datetime | None
    window_to: datetime | None
    group: Group
    source: Totals
    warehouse: Totals
    rejected: Totals

    @property
    def place(self) -> object:
        """Which row of the control table it is."""
        return self.table, self.window_from, self.window_to, self.group

    def __add__(self, other: Control) -> Control:
        """Both together: a stream without windows may need several packages."""
        return replace(
            self,
            source=self.source + other.source,
            warehouse=self.warehouse + other.warehouse,
            rejected=self.rejected + other.rejected,
        )

    @property
    def difference(self) -> str | None:
        """What does not add up, in words; ``None`` when it does. Rejects count as present."""
        currency, status = self.group
        about = " ".join(filter(None, (self.table, currency, status)))
        missing = self.source - self.rejected - self.warehouse
        if missing.rows:
            gave = f"the source gave {self.source.rows} rows"
            return f"{about}: {gave} and {missing.rows} of them are not in the warehouse"
        return f"{about}: the sums differ by {missing.amount:f}" if missing.amount else None


def check(warehouse: Warehouse, table: Table, tally: Tally, load_ids: Sequence[str]) -> list[Control]:
    """Compares a tally with the rows that these loads left. One control a group; one at least."""
    held = _held(warehouse, table, load_ids)
    groups = sorted({*tally.source, *tally.rejected, *held} or {(None, None)}, key=str)
    none = Totals()
    return [
        Control(
            table.name,
            tally.window_from,
            tally.window_to,
            group,
            tally.source.get(group, none),
            held.get(group, none),
            tally.rejected.get(group, none),
        )
        for group in groups
    ]


def _held(warehouse: Warehouse, table: Table, load_ids: Sequence[str]) -> dict[Group, Totals]:
    if not load_ids or not warehouse.has_table(table.name):
        return {}
    amount = f"sum({table.amount})" if table.amount else "null"
    marks = ", ".join(["%s"] * len(load_ids))
    # a warehouse may refuse to group by what is no column
    groups = ", ".join(filter(None, (table.currency, table.status)))
    sql = (
        f"select {table.currency or 'null'}, {table.status or 'null'}, count(*), {amount}"
        f" from {{{table.name}}} where _dlt_load_id in ({marks})"
        + (f" group by {groups}" if groups else " having count(*) > 0")
    )
    return {
        (currency, status): Totals(int(rows), Decimal(total or 0))
        for currency, status, rows, total in warehouse.query(sql, *load_ids)
    }


def keep(warehouse: Warehouse, controls: Sequence[Control], now: datetime) -> None:
    """Writes the controls, in place of those of the same table and window."""
    warehouse.create_table(TABLE, COLUMNS)
    rows = [_row(control, now) for control in controls]
    names = ", ".join(column.name for column in COLUMNS)
    marks = ", ".join([f"({', '.join(['%s'] * len(COLUMNS))})"] * len(rows))
    insert = (
        f"insert into {{{TABLE}}} ({names}) values {marks}",
        tuple(cell for row in rows for cell in row),
    )
    warehouse.execute(*_clearing(controls), *([insert] if rows else []))


def _clearing(controls: Sequence[Control]) -> Iterator[tuple[str, tuple[object, ...]]]:
    for table, start, end in {(c.table, c.window_from, c.window_to) for c in controls}:
        if start is None:
            yield f"delete from {{{TABLE}}} where table_name = %s and window_from is null", (table,)
        else:
            where = "table_name = %s and window_from = %s and window_to = %s"
            yield f"delete from {{{TABLE}}} where {where}", (table, start, end)


def _row(control: Control, now: datetime) -> tuple[object, ...]:
    return (
        control.table,
        control.window_from,
        control.window_to,
        *control.group,
        control.source.rows,
        control.warehouse.rows,
        control.rejected.rows,
        _storable(control.source.amount),
        _storable(control.warehouse.amount),
        now,
    )


def _storable(amount: Decimal) -> Decimal | None:
    """The sum in the column's scale; a sum of rejected amounts that has more digits cannot be kept there."""
    try:
        scaled = amount.quantize(Decimal(1).scaleb(-10))
    except ArithmeticError:
        return None
    return scaled if scaled == amount else None
