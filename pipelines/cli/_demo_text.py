"""What the demo shows at its end: tables, totals of both sides, models, and queries with their answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._output import columns
from ._reports import comparison_rows, transform_lines

if TYPE_CHECKING:
    from pipelines.demo import DemoReport, Example

TABLES_PER_LINE = 3


def demo_lines(report: DemoReport) -> Iterator[str]:
    """The whole text."""
    yield "Tables and their rows"
    yield from _tables(report.tables)
    yield ""
    yield "Control totals: what the source gave, and what the warehouse holds"
    yield from comparison_rows(report.comparisons)
    yield ""
    yield "Models"
    yield from (f"  {line}" for line in transform_lines(report.models))
    yield ""
    yield "To try, with any DuckDB client"
    for example in report.examples:
        yield from _example(example)
    yield ""
    replaced = ", which replaces the earlier one" if report.replaced else ""
    yield f"All of it is in {report.database.name}{replaced} ({report.seconds:.0f} s)."


def _tables(tables: dict[str, int]) -> Iterator[str]:
    """Three columns of names, read downwards."""
    entries = [(name, f"{rows:,}") for name, rows in tables.items()]
    height = -(-len(entries) // TABLES_PER_LINE)
    names = max((len(name) for name, _ in entries), default=0)
    numbers = max((len(rows) for _, rows in entries), default=0)
    for line in range(height):
        cells = entries[line::height]
        yield "  " + "   ".join(f"{name:<{names}} {rows:>{numbers}}" for name, rows in cells)


def _example(example: Example) -> Iterator[str]:
    yield ""
    yield f"  {example.title}"
    yield from (f"    {line}" for line in f"{example.sql};".splitlines())
    yield from (f"      {line}" for line in columns(example.columns, example.rows))
