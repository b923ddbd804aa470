"""What an unfinished load left behind."""

from __future__ import annotations

from collections.abc import Sequence

from sources.kit.jobs import Warehouse
from sources.kit.streams import Stream
from sources.kit.tables import HISTORY_SUFFIX

_LOADS = "_dlt_loads"


def discard_uncommitted(warehouse: Warehouse, streams: Sequence[Stream]) -> None:
    """Removes versions that a load brought which never ended.

    Everything else that such a load left is replaced when it is loaded again; a version that is only ever
    inserted would keep the id of a load that does not exist, and so no time since when it is known.
    """
    if not warehouse.has_table(_LOADS):
        return
    names = {shape.name for stream in streams for shape in stream.tables}
    for name in sorted(names):
        if name.endswith(HISTORY_SUFFIX) and warehouse.has_table(name):
            committed = f"select load_id from {{{_LOADS}}} where status = 0"
            where = f"{warehouse.every(name)} and _dlt_load_id not in ({committed})"
            warehouse.execute((f"delete from {{{name}}} where {where}", ()))
