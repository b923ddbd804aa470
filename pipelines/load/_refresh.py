"""Cleaning up: what an unfinished load left behind, and what a full refresh did not find any more."""

from __future__ import annotations

from collections.abc import Sequence

from sources.kit.jobs import Warehouse
from sources.kit.streams import Stream, Window
from sources.kit.tables import REJECTS, TableShape

_LOADS = "_dlt_loads"
_HISTORY = "__history"


def discard_uncommitted(warehouse: Warehouse, streams: Sequence[Stream]) -> None:
    """Removes versions that a load brought which never ended.

    Everything else that such a load left is replaced when it is loaded again; a version that is only ever
    inserted would keep the id of a load that does not exist, and so no time since when it is known.
    """
    if not warehouse.has_table(_LOADS):
        return
    for shape in _tables(streams):
        if shape.name.endswith(_HISTORY) and warehouse.has_table(shape.name):
            committed = f"select load_id from {{{_LOADS}}} where status = 0"
            warehouse.execute((f"delete from {{{shape.name}}} where _dlt_load_id not in ({committed})", ()))


def remove_missing(
    warehouse: Warehouse, stream: Stream, load_ids: Sequence[str], range_read: Window | None
) -> int:
    """Removes the rows that a full refresh did not bring, and their children; gives how many records.

    Only within the range that was read. A record that came and was rejected stays as it was.
    """
    removed = 0
    for model in stream.models:
        table = model.table
        if table is None or not warehouse.has_table(table.name):
            continue
        where, params = _missing(table.name, table.key[0], stream.cursor(), load_ids, range_read)
        removed += warehouse.query(f"select count(*) from {{{table.name}}} where {where}", *params)[0][0]
        children = [
            s for s in stream.tables if s.root is table and s.is_child and not s.name.endswith(_HISTORY)
        ]
        statements: list[tuple[str, tuple[object, ...]]] = [
            (f"delete from {{{table.name}}} where {where}", params)
        ]
        for shape in children:
            keys = f"select {table.key[0]} from {{{table.name}}}"
            statements.append(
                (f"delete from {{{shape.name}}} where {shape.parent_key[0]} not in ({keys})", ())
            )
        warehouse.execute(*statements)
    return removed


def _missing(
    name: str, key: str, cursor: str | None, load_ids: Sequence[str], range_read: Window | None
) -> tuple[str, tuple[object, ...]]:
    marks = ", ".join(["%s"] * len(load_ids))
    rejected = f"select key from {{{REJECTS}}} where table_name = %s and key is not null"
    where = f"_dlt_load_id not in ({marks}) and {key} not in ({rejected})"
    params: tuple[object, ...] = (*load_ids, name)
    if cursor is not None and range_read is not None:
        where += f" and {cursor} >= %s and {cursor} <= %s"
        params = (*params, range_read.start, range_read.end)
    return where, params


def _tables(streams: Sequence[Stream]) -> list[TableShape]:
    return list({shape.name: shape for stream in streams for shape in stream.tables}.values())
