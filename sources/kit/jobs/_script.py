"""Several statements as one request, for a warehouse that has transactions in a script and not in a connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# What stands for a parameter in a statement.
_MARK = "%s"


def as_script(statements: Sequence[tuple[str, tuple[Any, ...]]]) -> tuple[str, dict[str, Any]]:
    """The statements as one text, and its parameters by name.

    More than one are one transaction: a warehouse ends an open one when a script fails.
    """
    parameters: dict[str, Any] = {}
    texts = [_named(sql, values, parameters) for sql, values in statements]
    if len(texts) == 1:
        return texts[0], parameters
    return ";\n".join(("begin transaction", *texts, "commit transaction")) + ";", parameters


def without_nulls(sql: str, values: Sequence[Any], mark: str = _MARK) -> tuple[str, tuple[Any, ...]]:
    """The statement with null written out where it would be a parameter: as one it has no type, and BigQuery takes
    it for a text."""
    if None not in values:
        return sql, tuple(values)
    first, *rest = sql.split(mark)
    assert len(rest) == len(values), sql
    texts = ("null" if value is None else mark for value in values)
    told = tuple(value for value in values if value is not None)
    return first + "".join(text + after for text, after in zip(texts, rest, strict=True)), told


def _named(sql: str, values: Sequence[Any], parameters: dict[str, Any]) -> str:
    """The statement with names for its marks."""
    sql, values = without_nulls(sql, values)
    first, *rest = sql.split(_MARK)
    assert len(rest) == len(values), sql
    text = first
    for value, following in zip(values, rest, strict=True):
        name = f"p{len(parameters)}"
        parameters[name] = value
        text += f"%({name})s{following}"
    return text
