"""What a daily load of payables makes BigQuery read, by the arithmetic of `pipelines.destinations._cost`.

    python -m benchmarks.bigquery_cost                      the table of docs/bigquery.md
    python -m benchmarks.bigquery_cost --measure FILE       bytes a row and rows a payable, from a DuckDB file

Bytes are measured by BigQuery's documented sizes of types on payables of the sandbox; how many there are, and in how
many months, is assumed. Nothing of it was measured on BigQuery.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from pipelines.destinations._cost import MONTHS, Size, merge_bytes
from sources.kit.tables import TableShape, Type
from sources.roit import SPEC

RESOURCE = "accounts_payable"
PAYABLES = (1_000_000, 10_000_000, 100_000_000)
MONTHS_HELD = 36
CHANGED = 0.01
# (rows a payable, bytes a row): `--measure` on 2,000 payables of the sandbox
MEASURED: dict[str, tuple[float, float]] = {
    "accounts_payable": (1.00, 713),
    "accounts_payable__purchase_orders": (0.62, 66),
    "accounts_payable__installments": (1.65, 132),
    "accounts_payable__cost_centers": (1.25, 137),
    "accounts_payable__tributes": (3.80, 158),
    "accounts_payable__receipts": (0.86, 149),
    "accounts_payable__history": (1.00, 779),
    "accounts_payable__purchase_orders__history": (0.62, 132),
    "accounts_payable__installments__history": (1.65, 198),
    "accounts_payable__cost_centers__history": (1.25, 203),
    "accounts_payable__tributes__history": (3.80, 224),
    "accounts_payable__receipts__history": (0.86, 215),
}
_WIDTHS = {Type.DECIMAL: 32, Type.BIGINT: 8, Type.DATE: 8, Type.TIMESTAMP: 8, Type.BOOL: 1}


def shapes() -> list[TableShape]:
    """The tables of payables, but for `_rejects`."""
    stream = SPEC.stream(RESOURCE)
    assert stream is not None
    return [shape for shape in stream.tables if shape.name in MEASURED]


def bytes_read(payables: int, table: TableShape) -> int:
    """By one load of 1 % of the payables, which lie in `MONTHS` months."""
    rows, width = MEASURED[table.name]
    held = round(payables * rows)
    return merge_bytes(table, Size(held, round(held * width), MONTHS_HELD), MONTHS)


def table() -> str:
    """The rows of the table in docs/bigquery.md: payables, then GB for the payables, their children, the history."""
    lines = []
    for payables in PAYABLES:
        groups = {"own": 0, "children": 0, "history": 0, "whole": 0}
        for shape in shapes():
            rows, width = MEASURED[shape.name]
            held = round(payables * rows * width)
            kind = "history" if shape.name.endswith("__history") else "children" if shape.is_child else "own"
            groups[kind] += bytes_read(payables, shape)
            groups["whole"] += held if kind != "history" else 0
        total = groups["own"] + groups["children"] + groups["history"]
        cells = (groups["own"], groups["children"], groups["history"], total, groups["whole"])
        lines.append(f"| {payables:,} | " + " | ".join(f"{cell / 1e9:,.2f}" for cell in cells) + " |")
    return "\n".join(lines)


def measure(database: Path) -> None:
    """Prints `MEASURED` from a file that `ledgerhouse load roit --resource accounts_payable` has filled."""
    stream = SPEC.stream(RESOURCE)
    assert stream is not None
    with duckdb.connect(str(database), read_only=True) as connection:
        [(payables,)] = connection.execute("select count(*) from roit.accounts_payable").fetchall()
        for shape in stream.tables:
            if shape.name.startswith("_"):
                continue
            terms = " + ".join(_width(column.name, column.type) for column in shape.columns)
            sql = f"select count(*), coalesce(avg({terms}), 0) from roit.{shape.name}"
            [(rows, width)] = connection.execute(sql).fetchall()
            print(f'    "{shape.name}": ({rows / payables:.2f}, {width:.0f}),')


def _width(name: str, kind: Type) -> str:
    size = str(_WIDTHS[kind]) if kind in _WIDTHS else f"2 + octet_length(encode({name}::varchar))"
    return f"case when {name} is null then 0 else {size} end"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--measure", type=Path, metavar="FILE")
    chosen = parser.parse_args().measure
    if chosen:
        measure(chosen)
    else:
        print(table())
