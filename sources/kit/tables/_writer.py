"""Records → dlt items: decode, shred, keep history, put aside what does not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ._arrow import Shredder, arrow_schema
from ._decode import Decoder, Rejected
from ._hints import Emitter, history_shape
from ._model import Record, Table
from ._privacy import Privacy
from ._probe import key_of
from ._shape import TOMBSTONE, VERSION, Column, TableShape, Type, object_shape, table_shapes
from ._spool import Spool
from ._tally import Group, Tally
from ._validate import build_fitting

REJECTS = "_rejects"
KnownVersions = Callable[[Sequence[str]], set[str]]
_REJECTS_TABLE = Table(name=REJECTS, singular="reject", key=("reject_id",), append_only=True)
REJECTS_SHAPE = TableShape(
    REJECTS,
    _REJECTS_TABLE,
    ("reject_id",),
    (),
    (
        Column("reject_id", Type.TEXT, "SHA-256 of table, key and record, in hex.", nullable=False),
        Column("table_name", Type.TEXT, "The table that the record was meant for."),
        Column("key", Type.TEXT, "The record's key where it has one; parts are joined by '/'."),
        Column("reason", Type.TEXT, "Why it does not fit, without any of its values."),
        Column("field", Type.TEXT, "The field that does not fit, as a JSON path."),
        Column("raw", Type.TEXT, "The record as it came, but for fields marked secret."),
        Column("rejected_at", Type.TIMESTAMP, "When it was first rejected."),
    ),
    "Records that did not fit their model, whole and with the reason; they can be replayed after a fix.",
)


@dataclass(frozen=True)
class WriteOptions:
    """How tables are written, whatever the source.

    Args:
        json_type: the column type of free-form objects: ``json``, or ``text`` where that is not exact.
        privacy: what becomes of personal data.
        now: the clock for ``rejected_at``.
        emitter: what dlt has been told of the tables so far, shared by all writers of one dlt resource.
    """

    json_type: str = "json"
    privacy: Privacy = field(default_factory=Privacy)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    emitter: Emitter | None = None


@dataclass(frozen=True)
class Refusal:
    """Something that never became a record: its key (a path in an archive), why, where, and its bytes."""

    key: str
    reason: str
    raw: bytes
    field: str | None = None


@dataclass
class _Batch:
    records: Sequence[bytes]
    counted: Sequence[tuple[Group, Decimal | None]]


class TableWriter:
    """Writes the records of one model into its tables, history tables and ``_rejects``.

    ``known_versions`` tells which of some versions the history holds already: those are not added again.
    Each key may come once (``Spool`` sees to that): the tables are merged by key, children by their
    parent's key, so that a list that shrinks in the source shrinks in the warehouse.
    """

    def __init__(
        self,
        model: type[Record],
        tally: Tally,
        options: WriteOptions | None = None,
        known_versions: KnownVersions | None = None,
    ) -> None:
        self._options = options or WriteOptions()
        self._known_versions = known_versions or (lambda _: set())
        self._model = model
        self._tally = tally
        self._decoder = Decoder(model)
        self._shredder = Shredder(model, self._decoder.root, self._options.privacy)
        self._shapes = {shape.name: shape for shape in warehouse_tables(model)}
        self._emitter = self._options.emitter or Emitter(self._options.json_type)
        root = model.table
        assert root is not None
        self._root = root

    def write(self, spool: Spool) -> Iterator[Any]:
        """dlt items for all records that count. Every table is named at least once, so that it exists even
        when nothing came."""
        yield from self._items(self._complete(self._shredder.empty(), []))
        yield from self._items({REJECTS: reject_table([])})
        for records, counted in spool.winners():
            yield from self._write_batch(_Batch(records, counted))
        self._tally.drift |= self._decoder.drift

    def _write_batch(self, batch: _Batch) -> Iterator[Any]:
        decoded = self._decoder.decode(batch.records)
        rejected = list(decoded.rejected)
        tables, indexes = build_fitting(self._shredder, decoded.objects, decoded.indexes, rejected)
        self._note_codes(tables)
        versions = [batch.records[index] for index in indexes] if self._root.history else []
        yield from self._items(self._complete(tables, versions))
        if rejected:
            yield from self._items({REJECTS: self._rejects(batch, rejected)})

    def refuse(self, refusals: Sequence[Refusal]) -> Iterator[Any]:
        """dlt items that put aside what never became a record: a file that is not what it says."""
        rows: dict[str, dict[str, Any]] = {}
        for refusal in refusals:
            self._tally.count((None, None), None)
            self._tally.reject((None, None), None)
            raw = refusal.raw.decode("utf-8", "replace") if self._options.privacy.mode == "keep" else None
            about = (refusal.key, refusal.reason, refusal.field, raw)
            row = reject_row(self._root.name, refusal.raw, about, self._options.now())
            rows[row["reject_id"]] = row
        if rows:
            yield from self._items({REJECTS: reject_table(list(rows.values()))})

    def _items(self, tables: dict[str, pa.Table]) -> Iterator[Any]:
        yield from self._emitter.items(self._shapes, tables)

    def _complete(self, tables: dict[str, pa.Table], records: Sequence[bytes]) -> dict[str, pa.Table]:
        """The tables, and those of the history where the model keeps one."""
        if not self._root.history:
            return tables
        versions = [hashlib.sha256(record).hexdigest() for record in records]
        known = pa.array(sorted(self._known_versions(versions)), pa.string())
        hashes = pa.array(versions, pa.string())
        root = tables[self._root.name]
        history = {
            shape.name: _new(_with_version(shape, tables[current.name], root, hashes, self._root), known)
            for current in self._shredder.shapes
            for shape in (history_shape(current),)
        }
        return tables | history

    def _rejects(self, batch: _Batch, rejected: Sequence[Rejected]) -> pa.Table:
        shape = object_shape(self._model)
        name = self._root.name
        rows = []
        for reject in sorted(rejected, key=lambda r: r.index):
            self._tally.reject(*batch.counted[reject.index])
            record = batch.records[reject.index]
            raw = self._options.privacy.publishable(shape, record)
            about = (key_of(self._model, record), reject.reason, reject.field, raw)
            rows.append(reject_row(name, record, about, self._options.now()))
        return reject_table(rows)

    def _note_codes(self, tables: dict[str, pa.Table]) -> None:
        """Values that an open enumeration did not have when the model was written."""
        for shape in self._shredder.shapes:
            for column in shape.columns:
                if column.codes is None or (column.personal and self._options.privacy.mode != "keep"):
                    continue
                seen = pc.unique(tables[shape.name][column.name]).to_pylist()
                unknown = {str(value) for value in seen if value is not None} - column.codes
                self._tally.drift |= {f"{shape.name}.{column.name} = {value}" for value in unknown}


def warehouse_tables(model: type[Record]) -> tuple[TableShape, ...]:
    """Every table that a root record fills: its own, its children's, their history, and ``_rejects``."""
    shapes = table_shapes(model)
    root = model.table
    history = tuple(history_shape(shape) for shape in shapes) if root is not None and root.history else ()
    return (*shapes, *history, REJECTS_SHAPE)


def _with_version(
    shape: TableShape, table: pa.Table, root: pa.Table, hashes: pa.Array, of: Table
) -> pa.Table:
    """A table's rows with the version of the record that they belong to, without tombstones."""
    if not shape.parent_key:
        return _ordered(shape, table.append_column(VERSION, hashes))
    alive = table.filter(pc.is_null(table[TOMBSTONE]))
    parents = root[of.key[0]].combine_chunks()
    at = pc.index_in(alive[shape.parent_key[0]], value_set=parents).combine_chunks()
    versions = hashes.take(at) if alive.num_rows else pa.array([], pa.string())
    return _ordered(shape, alive.append_column(VERSION, versions))


def _new(table: pa.Table, known: pa.Array) -> pa.Table:
    """The rows of versions that the history does not hold yet."""
    return table.filter(pc.invert(pc.is_in(table[VERSION], value_set=known))) if len(known) else table


def _ordered(shape: TableShape, table: pa.Table) -> pa.Table:
    return table.select([c.name for c in shape.columns]).cast(arrow_schema(shape.columns, shape.key))


def reject_id(table: str, key: str | None, record: bytes) -> str:
    """The id of a reject: it tells whether what is kept of a record is the whole of it, byte for byte."""
    return hashlib.sha256(f"{table}\0{key}\0".encode() + record).hexdigest()


def reject_row(
    table: str, record: bytes, about: tuple[str | None, str, str | None, str | None], now: datetime
) -> dict[str, Any]:
    key, reason, at, raw = about
    return {
        "reject_id": reject_id(table, key, record),
        "table_name": table,
        "key": key,
        "reason": reason,
        "field": at,
        "raw": raw,
        "rejected_at": now,
    }


def reject_table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=arrow_schema(REJECTS_SHAPE.columns, REJECTS_SHAPE.key))
