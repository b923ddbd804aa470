"""What the demo shows at its end: tables, totals of both sides, models, and queries with their answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Context, Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

from ._output import columns
from ._reports import transform_lines

if TYPE_CHECKING:
    from pipelines.demo import DemoReport, Example
    from pipelines.load import Comparison

TABLES_PER_LINE = 2
BEHIND_THE_MARTS = ("analytics_",)
_EXACT = Context(prec=80)
_TOTALS = ("table", "currency", "", "source rows", "warehouse rows", "source sum", "warehouse sum")


def demo_lines(report: DemoReport) -> Iterator[str]:
    """The whole text."""
    shown = {name: rows for name, rows in report.tables.items() if _is_shown(name)}
    yield "Tables and their rows"
    yield from _tables(shown)
    yield f"  and {len(report.tables) - len(shown)} more: histories, intermediate models, seeds"
    yield ""
    yield "Control totals: what the source gave, and what the warehouse holds"
    yield from (f"  {line}" for line in columns(_TOTALS, list(_totals(report.comparisons))))
    yield ""
    yield "Models"
    yield from (f"  {line}" for line in transform_lines(report.models))
    yield ""
    yield "To try, with any DuckDB client"
    for example in report.examples:
        yield from _example(example)
    yield ""
    if report.to_explain:
        yield "Where a number comes from, down to source record and load"
        yield f"  ledgerhouse explain {report.to_explain} open_amount --database {report.database.name}"
        yield ""
    replaced = ", which replaces the earlier one" if report.replaced else ""
    yield f"All of it is in {report.database.name}{replaced} ({report.seconds:.0f} s)."


def _is_shown(name: str) -> bool:
    schema, _, table = name.partition(".")
    return (
        not schema.startswith(BEHIND_THE_MARTS)
        and not table.startswith("_")
        and not table.endswith("__history")
    )


def _tables(tables: dict[str, int]) -> Iterator[str]:
    """Two columns of names, read downwards."""
    entries = [(name, f"{rows:,}") for name, rows in tables.items()]
    height = -(-len(entries) // TABLES_PER_LINE)
    names = max((len(name) for name, _ in entries), default=0)
    numbers = max((len(rows) for _, rows in entries), default=0)
    for line in range(height):
        cells = entries[line::height]
        yield "  " + "   ".join(f"{name:<{names}} {rows:>{numbers}}" for name, rows in cells)


def _totals(comparisons: list[Comparison]) -> Iterator[tuple[Any, ...]]:
    """Rows and sums by table and currency, over all statuses and windows."""
    groups: dict[tuple[str, str | None], list[Comparison]] = {}
    for line in comparisons:
        if line.basis == "load":
            groups.setdefault((f"{line.source}.{line.table}", line.currency), []).append(line)
    for (table, currency), lines in groups.items():
        rows = (sum(line.source_rows or 0 for line in lines), sum(line.warehouse_rows or 0 for line in lines))
        sums = (_sum(line.source_sum for line in lines), _sum(line.warehouse_sum for line in lines))
        verdict = "equal" if all(line.ok for line in lines) else "DIFFERS"
        # without a currency there is no amount to add up
        yield (table, currency, verdict, *rows, *(sums if currency else (None, None)))


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    """Exact: Python's own sum would round to 28 digits."""
    return reduce(_EXACT.add, (amount for amount in amounts if amount is not None), Decimal(0))


def _example(example: Example) -> Iterator[str]:
    yield ""
    yield f"  {example.title}"
    yield from (f"    {line}" for line in f"{example.sql};".splitlines())
    yield from (f"      {line}" for line in columns(example.columns, example.rows))
