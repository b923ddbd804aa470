"""Rows of two engines side by side: digit by digit, whatever type the library of each hands out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bq_server import PROJECT

from pipelines.destinations import Destination


def difference(ours: Iterable[tuple[Any, ...]], theirs: Iterable[tuple[Any, ...]]) -> list[Any]:
    """A few rows that only one engine has, ours marked with +; none when both have the same, as often."""
    mine, others = Counter(map(_plain, ours)), Counter(map(_plain, theirs))
    return [*(("+", row) for row in mine - others), *(("-", row) for row in others - mine)][:4]


def relations(connection: Any, dataset: str) -> list[str]:
    """The tables and views of a dataset in a DuckDB file."""
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = ? order by 1", [dataset]
    ).fetchall()
    assert rows, f"nothing was built in {dataset}"
    return [name for (name,) in rows]


def columns_of(destination: Any, dataset: str, table: str) -> set[str]:
    """The names of a table's columns, as the warehouse tells them."""
    if destination.name == "bigquery":
        return {field.name for field in destination._client.get_table(f"{PROJECT}.{dataset}.{table}").schema}
    where = f"table_schema = '{dataset}' and table_name = '{table}'"
    return {
        name
        for (name,) in destination.query(f"select column_name from information_schema.columns where {where}")
    }


def rows(destination: Destination, dataset: str, table: str, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    """These columns of all rows of a table."""
    quoted = ", ".join(f"t.{column}" for column in columns)
    return destination.query(f"select {quoted} from {destination.table(dataset, table)} as t")


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row whose values compare: a decimal by its value, a time in UTC, a list as a tuple."""
    return tuple(_plain_value(value) for value in row)


def _plain_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value.normalize()
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return tuple(value) if isinstance(value, list) else value
