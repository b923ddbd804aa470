"""Cleaning up: what an unfinished load left behind, and what a full refresh did not find any more."""

from __future__ import annotations

from collections.abc import Sequence

from sources.kit.jobs import Warehouse
from sources.kit.streams import Stream, Window
from sources.kit.tables import REJECTS, Table, TableShape
from sources.kit.transport import DataError

_LOADS = "_dlt_loads"
_HISTORY = "__history"
# So few rows may go whatever share of their table they are.
_FEW = 100


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
    warehouse: Warehouse,
    stream: Stream,
    load_ids: Sequence[str],
    range_read: Window | None,
    most: float = 1.0,
) -> int:
    """Removes the rows that a full refresh did not bring, and their children; gives how many records.

    Only within the range that was read. A record that came and was rejected stays as it was. Raises ``DataError``
    and removes nothing when more than the share ``most`` of a table would go: then it is rather the source, or
    the credentials, that are not the right ones.
    """
    missing: list[tuple[Table, str, tuple[object, ...]]] = []
    removed = 0
    for model in stream.models:
        table = model.table
        if table is None or not warehouse.has_table(table.name):
            continue
        where, params = _missing(table.name, table.key[0], stream.cursor(), load_ids, range_read)
        removed += _count_missing(warehouse, table.name, where, params, most)
        missing.append((table, where, params))
    for table, where, params in missing:
        warehouse.execute(*_removal(stream, table, where, params))
    return removed


def _count_missing(
    warehouse: Warehouse, name: str, where: str, params: tuple[object, ...], most: float
) -> int:
    gone: int = warehouse.query(f"select count(*) from {{{name}}} where {where}", *params)[0][0]
    if gone > _FEW:
        held = warehouse.query(f"select count(*) from {{{name}}}")[0][0]
        if gone > held * most:
            raise DataError(
                f"{gone} of {held} rows of {name} are not at the source any more: nothing was removed",
                hint="if that is so, set max_deleted_share of the source to 1",
            )
    return gone


def _removal(
    stream: Stream, table: Table, where: str, params: tuple[object, ...]
) -> list[tuple[str, tuple[object, ...]]]:
    """The statements that remove rows of a table, and then the children that have no parent any more."""
    children = [s for s in stream.tables if s.root is table and s.is_child and not s.name.endswith(_HISTORY)]
    keys = f"select {table.key[0]} from {{{table.name}}}"
    orphans = [
        (f"delete from {{{shape.name}}} where {shape.parent_key[0]} not in ({keys})", ())
        for shape in children
    ]
    return [(f"delete from {{{table.name}}} where {where}", params), *orphans]


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
