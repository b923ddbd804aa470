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


def _named(sql: str, values: Sequence[Any], parameters: dict[str, Any]) -> str:
    """The statement with names for its marks; null has no type as a parameter, so it is written out."""
    first, *rest = sql.split(_MARK)
    assert len(rest) == len(values), sql
    text = first
    for value, following in zip(values, rest, strict=True):
        if value is None:
            text += "null" + following
            continue
        name = f"p{len(parameters)}"
        parameters[name] = value
        text += f"%({name})s{following}"
    return text
