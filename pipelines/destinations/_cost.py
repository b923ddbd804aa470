"""How many bytes a load makes BigQuery read: arithmetic on what tables hold, not a measurement.

BigQuery bills a delete for the columns that it compares, in every row, and for every column of each month in which
it deletes; of a table without months for all that it holds. Loading files into the staging dataset is free.
Documented sizes of types are used: a text is its bytes and 2, a date 8, a timestamp 8.
"""

from __future__ import annotations

from dataclasses import dataclass

from sources.kit.tables import HISTORY_SUFFIX, REJECTS, TableShape, Type

# What one value takes, but for texts, whose length is not known here: a key is at most a UUID or a hash mostly.
_KEY_TEXT_BYTES = 2 + 36
_VERSION_BYTES = 2 + 64
# In how many months the records of one daily load lie: a payable is changed while it is open.
MONTHS = 3
_WIDTHS = {Type.BIGINT: 8, Type.DATE: 8, Type.TIMESTAMP: 8, Type.BOOL: 1, Type.DECIMAL: 32}


@dataclass(frozen=True)
class Size:
    """What a table holds: its rows, the bytes of all its columns, and the months that its rows lie in; none where
    the table has no months."""

    rows: int
    bytes: int
    months: int | None = None


def merge_bytes(shape: TableShape, size: Size, months: int) -> int:
    """What one load reads of the table when the keys that it brings lie in ``months`` months of it.

    A table that holds nothing is read for nothing; ``_rejects`` and what only grows are read by key alone.
    """
    if size.rows == 0:
        return 0
    if shape.name.endswith(HISTORY_SUFFIX):
        return 0 if shape.is_child else size.rows * _VERSION_BYTES
    compared = size.rows * sum(map(_width, _compared(shape)))
    if shape.root.append_only or shape.name == REJECTS:
        return compared
    if shape.partition is None or size.months is None:
        return max(size.bytes, compared)
    share = min(months, size.months) / size.months
    return compared + size.rows * _WIDTHS[shape.partition.type] + round(size.bytes * share)


def _compared(shape: TableShape) -> list[Type]:
    names = shape.replaced_by or shape.parent_key or shape.key
    return [shape.column(name).type for name in names]


def _width(kind: Type) -> int:
    return _WIDTHS.get(kind, _KEY_TEXT_BYTES)
