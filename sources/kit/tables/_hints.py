"""Shapes → dlt hints, and Arrow tables → items that dlt can load into several tables from one resource."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.storages.load_package import load_package_state
from dlt.extract.hints import make_hints

from ._cells import ARROW_TYPES
from ._model import MONEY_PRECISION, MONEY_SCALE
from ._shape import DELETED, HISTORY_SUFFIX, TOMBSTONE, VERSION, Column, TableShape, Type

DELETE_INSERT: Any = {"disposition": "merge", "strategy": "delete-insert"}
INSERT_ONLY: Any = {"disposition": "merge", "strategy": "insert-only"}
LOAD_ID = "_dlt_load_id"
DELETED_AT = Column(DELETED, Type.TIMESTAMP, "When the row was found to be gone at the source, UTC.")
_MICROSECONDS = 6
# How BigQuery writes the month of a column of each type.
_MONTHS = {
    Type.DATE: "DATE_TRUNC({column_name}, MONTH)",
    Type.TIMESTAMP: "TIMESTAMP_TRUNC({column_name}, MONTH)",
}
_MOST_CLUSTER_COLUMNS = 4


def column_hint(column: Column, key: tuple[str, ...], json_type: str = "json") -> Any:
    """dlt's column schema of a column. ``json_type`` is ``text`` where a warehouse has no exact JSON."""
    hint: dict[str, Any] = {
        "name": column.name,
        "data_type": json_type if column.type is Type.JSON else str(column.type),
        "nullable": column.name not in key,
        "description": column.description,
    }
    if column.type is Type.DECIMAL:
        hint |= {"precision": MONEY_PRECISION, "scale": MONEY_SCALE}
    if column.type is Type.TIMESTAMP:
        hint |= {"precision": _MICROSECONDS, "timezone": True}
    if column.name == TOMBSTONE:
        hint["hard_delete"] = True
    return hint


def version_column() -> Column:
    return Column(VERSION, Type.TEXT, "SHA-256 of the record as it was received, in hex.", nullable=False)


def history_shape(shape: TableShape) -> TableShape:
    """The table that keeps every version: the same columns without the tombstone, keyed by version too."""
    columns = tuple(c for c in shape.columns if c.name != TOMBSTONE)
    at = max(index for index, column in enumerate(columns) if column.name in shape.key) + 1
    columns = (*columns[:at], version_column(), *columns[at:])
    key = (*shape.key, VERSION)
    doc = f"Every version ever received: {shape.description}"
    name = shape.name + HISTORY_SUFFIX
    return TableShape(name, shape.root, key, shape.parent_key, columns, doc, appended=True)


def layout_hints(shape: TableShape) -> dict[str, Any]:
    """How a table lies in BigQuery: by month, sorted by its key. Other destinations pass these hints over.

    By month and not by day: a day of payables is far less than what BigQuery likes to read at once, and a load
    may change rows of at most 4,000 partitions.
    """
    hints: dict[str, Any] = {
        "x-bigquery-table-description": shape.description,
        "x-bigquery-cluster-columns": list(shape.key[:_MOST_CLUSTER_COLUMNS]),
    }
    if shape.partition is not None:
        hints["x-bigquery-partition"] = {shape.partition.name: _MONTHS[shape.partition.type]}
    return hints


def table_hints(shape: TableShape, json_type: str = "json") -> Any:
    """What dlt must know of a table before its first row: columns, keys, and how a load is merged."""
    if shape.appended:
        merge: Any = {"write_disposition": "append"}
    elif shape.root.append_only or shape.name.endswith(HISTORY_SUFFIX):
        merge = {"write_disposition": INSERT_ONLY, "primary_key": list(shape.key)}
    else:
        # Every key comes once in a load, so what is loaded is never searched for doubles: without a primary key
        # dlt deletes by one plain equality, which a warehouse joins by hash, and inserts as it is.
        replaced = shape.replaced_by or shape.parent_key or shape.key
        merge = {"write_disposition": DELETE_INSERT, "merge_key": list(replaced)}
    columns = (*shape.columns, DELETED_AT) if shape.marks_deletes else shape.columns
    return make_hints(
        table_name=shape.name,
        columns=[column_hint(c, shape.key, json_type) for c in columns],
        additional_table_hints={"description": shape.description, **layout_hints(shape)},
        **merge,
    )


class _KnownWarning(logging.Filter):
    """Hides one warning of dlt that is no news: a JSON column is text in Arrow, always."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "several column hints were different" not in record.getMessage()


_KNOWN_WARNING = _KnownWarning()


class Emitter:
    """Turns Arrow tables into dlt items, each row with the id of the load that runs (``_dlt_load_id``), and
    where deletes are marked with no mark (``_deleted_at``): what is seen is not gone.

    A table's hints go with its first item of a run, and never again, since dlt takes them for a change of
    the table.
    """

    def __init__(self, json_type: str = "json") -> None:
        logging.getLogger("dlt").addFilter(_KNOWN_WARNING)
        self._json_type = json_type
        self._told: set[str] = set()

    def items(self, shapes: Mapping[str, TableShape], tables: Mapping[str, pa.Table]) -> Iterator[Any]:
        """A dlt item for each table that has rows, and for each that dlt has not heard of yet."""
        for name, rows in tables.items():
            table = _unmarked(rows) if shapes[name].marks_deletes else rows
            table = _with_load_id(table)
            if name not in self._told:
                self._told.add(name)
                hints = table_hints(shapes[name], self._json_type)
                yield dlt.mark.with_hints(table, hints, create_table_variant=True)
            elif table.num_rows:
                yield dlt.mark.with_table_name(table, name)


def _unmarked(table: pa.Table) -> pa.Table:
    return table.append_column(DELETED, pa.nulls(table.num_rows, ARROW_TYPES[Type.TIMESTAMP]))


def _with_load_id(table: pa.Table) -> pa.Table:
    load_id = load_package_state()["load_id"]
    values = pa.repeat(pa.scalar(load_id, pa.string()), table.num_rows)
    return table.append_column(pa.field(LOAD_ID, pa.string(), nullable=False), values)
