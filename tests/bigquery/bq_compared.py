"""Rows of two engines side by side: digit by digit, whatever type the library of each hands out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


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


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row whose values compare: a decimal by its value, a time in UTC, a list as a tuple."""
    return tuple(_plain_value(value) for value in row)


def _plain_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value.normalize()
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return tuple(value) if isinstance(value, list) else value
