"""Marks on rows that are gone at the source: ``_deleted_at``, on a record's row and on those of its children.

Nothing is removed. A row keeps its first mark, and loses it when the record is loaded again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pipelines.dataset import chunks
from sources.kit.jobs import Warehouse
from sources.kit.streams import Stream
from sources.kit.tables import DELETED, Table
from sources.kit.transport import DataError

# So few rows may go whatever share of their table they are.
_FEW = 100
# How many keys are held at a time while a table is gone through.
_KEYS_PER_PAGE = 20_000
Key = tuple[Any, ...]
Where = tuple[str, tuple[Any, ...]]


class Marks:
    """The marks of one table and its children.

    Args:
        stream: what fills the table; only its root tables' children follow.
        table: the root table. It was loaded before, by this release: it has the column.
    """

    def __init__(self, warehouse: Warehouse, stream: Stream, table: Table) -> None:
        self._warehouse = warehouse
        self._table = table
        self._children = [
            shape for shape in stream.tables if shape.root is table and shape.is_child and shape.marks_deletes
        ]

    def brake(self, gone: int, most: float) -> None:
        """Raises ``DataError`` when more than the share ``most`` of the table is missing: then it is rather the
        source, or the credentials, that are not the right ones."""
        if gone <= _FEW:
            return
        held = self.count(f"{DELETED} is null")
        if gone > held * most:
            raise DataError(
                f"{gone} of {held} rows of {self._table.name} are not at the source any more:"
                " nothing was marked as gone",
                hint="if that is so, set max_deleted_share of the source to 1",
            )

    def count(self, where: str, *params: Any) -> int:
        """How many rows there are on a condition."""
        sql = f"select count(*) from {{{self._table.name}}} where {where}"
        return int(self._warehouse.query(sql, *params)[0][0])

    def keys(self, where: str, *params: Any) -> list[Key]:
        """The keys of the rows on a condition, in order."""
        names = ", ".join(self._table.key)
        sql = f"select {names} from {{{self._table.name}}} where {where} order by {names}"
        return self._warehouse.query(sql, *params)

    def pages(self, where: str, *params: Any) -> Iterator[list[str]]:
        """The same for a key of one column, so many at a time that memory stays flat."""
        (name,) = self._table.key
        select = f"select {name} from {{{self._table.name}}} where {where}"
        beyond: tuple[Any, ...] = ()
        while True:
            after = f" and {name} > %s" if beyond else ""
            sql = f"{select}{after} order by {name} limit {_KEYS_PER_PAGE}"
            rows = self._warehouse.query(sql, *params, *beyond)
            if rows:
                yield [str(key) for (key,) in rows]
            if len(rows) < _KEYS_PER_PAGE:
                return
            beyond = rows[-1]

    def mark(self, keys: Sequence[Key], at: datetime) -> None:
        """Marks records as gone, each with its children at once."""
        self._set(keys, "%s", (at,), f"{DELETED} is null")

    def unmark(self, keys: Sequence[Key]) -> None:
        """Takes the marks off records that are back."""
        self._set(keys, "null", (), f"{DELETED} is not null")

    def _set(self, keys: Sequence[Key], value: str, params: tuple[Any, ...], where: str) -> None:
        places = [(self._table.name, self._table.key)]
        places += [(child.name, child.parent_key) for child in self._children]
        for some in chunks(keys):
            self._warehouse.execute(
                *(
                    (
                        f"update {{{name}}} set {DELETED} = {value}"
                        f" where {self._warehouse.every(name)} and {where} and ({of})",
                        (*params, *values),
                    )
                    for name, columns in places
                    for of, values in (_any_of(columns, some),)
                )
            )


def _any_of(columns: Sequence[str], keys: Sequence[Key]) -> Where:
    """The condition that a row has one of some keys."""
    values = tuple(value for key in keys for value in key)
    if len(columns) == 1:
        return f"{columns[0]} in ({', '.join(['%s'] * len(keys))})", values
    each = " and ".join(f"{column} = %s" for column in columns)
    return " or ".join([f"({each})"] * len(keys)), values
