"""Batches that are confirmed ahead of an older one that still waits.

The queue has no order, so a batch that cannot be had holds up no other. But where objects carry no ``version``, the
later batch decides, and a batch that is confirmed cannot be read again beside the older one to tell. So what a batch
said, key by key, is noted before it is confirmed ahead of an older one; when that one is loaded after all, it does not
replace what was said later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sources.kit.streams import Context
from sources.kit.tables import Column, Record, Spool, Tally, Type

from .batches import QueuedBatch

TABLE = "_confirmed_ahead"
COLUMNS = (
    Column("resource", Type.TEXT, "The resource that the object belongs to."),
    Column("reference_id", Type.TEXT, "The object's reference."),
    Column("version", Type.BIGINT, "Its version, where it has one."),
    Column("batch_id", Type.TEXT, "The batch that was confirmed."),
    Column("created_at", Type.TIMESTAMP, "When Tereina made that batch, UTC."),
)
_PER_STATEMENT = 500


def note(context: Context, model: type[Record], batch: QueuedBatch, pages: Iterator[Sequence[bytes]]) -> None:
    """Writes down what a batch says of which object. Committed when this returns."""
    assert model.table is not None
    resource = model.table.name
    spool = Spool(model, Tally(resource), context.spool_dir)
    for page in pages:
        spool.add(page)
    rows = [
        (resource, key[0], version, batch.batch_id, batch.created)
        for key, version in spool.versions().items()
    ]
    context.warehouse.create_table(TABLE, COLUMNS)
    for start in range(0, len(rows), _PER_STATEMENT):
        some = rows[start : start + _PER_STATEMENT]
        keys = ", ".join(["%s"] * len(some))
        marks = ", ".join(["(%s, %s, %s, %s, %s)"] * len(some))
        names = ", ".join(column.name for column in COLUMNS)
        context.warehouse.execute(
            (
                f"delete from {{{TABLE}}} where resource = %s and reference_id in ({keys})",
                (resource, *(row[1] for row in some)),
            ),
            (
                f"insert into {{{TABLE}}} ({names}) values {marks}",
                tuple(cell for row in some for cell in row),
            ),
        )


def drop_what_was_said_later(context: Context, resource: str, spool: Spool) -> None:
    """Leaves out the objects of which a batch that is confirmed and gone said something later.

    A higher version is none of its business: the warehouse itself holds that.
    """
    if not context.warehouse.has_table(TABLE):
        return
    (latest,) = context.warehouse.query(
        f"select max(created_at) from {{{TABLE}}} where resource = %s", resource
    )[0]
    ranks, versions = spool.ranks(), spool.versions()
    older = [key for key, rank in ranks.items() if latest is not None and rank[0] <= latest]
    for start in range(0, len(older), _PER_STATEMENT):
        for reference_id, version, created, batch_id in _noted(
            context, resource, older[start : start + _PER_STATEMENT]
        ):
            key = (reference_id,)
            if version == versions[key] and (created, batch_id) > ranks[key]:
                spool.drop(key)


def _noted(context: Context, resource: str, keys: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    marks = ", ".join(["%s"] * len(keys))
    sql = (
        f"select reference_id, version, created_at, batch_id from {{{TABLE}}}"
        f" where resource = %s and reference_id in ({marks})"
    )
    return context.warehouse.query(sql, resource, *(key[0] for key in keys))
