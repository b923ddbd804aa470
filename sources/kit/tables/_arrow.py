"""Decoded structs → one Arrow table for each target table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa

from ._decode import Decoder, Node
from ._model import MONEY_PRECISION, MONEY_SCALE, Record
from ._privacy import Privacy
from ._shape import (
    EXTRA,
    POSITION,
    TOMBSTONE,
    Column,
    Field,
    TableShape,
    Type,
    lists,
    parent_key_names,
    singular_of,
    table_shapes,
)


class CellError(ValueError):
    """A value that its column cannot hold exactly. ``path`` is the field as a JSON path."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


MONEY = pa.decimal128(MONEY_PRECISION, MONEY_SCALE)
# An empty list is told by one row at this position: dlt removes the parent's rows and keeps none of it.
TOMBSTONE_POSITION = -1

_ARROW: dict[Type, pa.DataType] = {
    Type.TEXT: pa.string(),
    Type.DECIMAL: MONEY,
    Type.BIGINT: pa.int64(),
    Type.BOOL: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Type.JSON: pa.string(),
}


def arrow_schema(columns: Sequence[Column], key: Sequence[str]) -> pa.Schema:
    """The Arrow schema of a table. Only key columns are declared not null."""
    return pa.schema([pa.field(c.name, _ARROW[c.type], nullable=c.name not in key) for c in columns])


@dataclass(frozen=True)
class _Level:
    """Where a list of structs hangs: for each, its root record and its position in every list above."""

    roots: list[int]
    positions: tuple[tuple[str, list[int]], ...]
    passed: tuple[tuple[str, list[int]], ...]


class Shredder:
    """Turns structs of one model into Arrow tables.

    ``build`` raises ``CellError`` when a value does not fit its column (more than 10 decimal places, more
    than 28 digits before the point, NaN): the caller finds the culprit by halving.
    """

    def __init__(self, model: type[Record], decoder: Decoder, privacy: Privacy) -> None:
        self.shapes = table_shapes(model)
        self._decoder = decoder
        self._mask = privacy.masker()
        self._schemas = {s.name: arrow_schema(s.columns, s.key) for s in self.shapes}

    def build(self, objects: Sequence[Any]) -> dict[str, pa.Table]:
        """One Arrow table a target table, under the table's name, with every column, rows in order."""
        own = self.shapes[0]
        root = self._decoder.root
        arrays = self._object_arrays(root, objects, "", "$", nullable=False)
        arrays[EXTRA] = self._extras(root, objects)
        tables = {own.name: self._table(own, arrays)}
        keys = [arrays[name] for name in own.root.key]
        shapes = iter(self.shapes[1:])
        level = _Level(list(range(len(objects))), (), ())
        for shape, table in self._child_tables(root, objects, level, keys, shapes):
            tables[shape.name] = table
        return tables

    def empty(self) -> dict[str, pa.Table]:
        """Every table of the model, without rows: it makes the tables exist."""
        return {name: schema.empty_table() for name, schema in self._schemas.items()}

    def _table(self, shape: TableShape, arrays: dict[str, pa.Array]) -> pa.Table:
        schema = self._schemas[shape.name]
        return pa.Table.from_arrays([arrays[name] for name in schema.names], schema=schema)

    def _object_arrays(
        self, node: Node, objects: Sequence[Any], prefix: str, path: str, *, nullable: bool
    ) -> dict[str, pa.Array]:
        arrays: dict[str, pa.Array] = {}
        for f in node.shape.fields:
            if f.secret or f.items is not None:
                continue
            values = _values(node, f, objects, nullable=nullable)
            here = f"{path}.{f.wire_names[0]}"
            if f.object is not None:
                inner = node.children[f.name]
                arrays |= self._object_arrays(inner, values, f"{prefix}{f.name}__", here, nullable=True)
            else:
                arrays[prefix + f.name] = self._array(f, values, here)
        return arrays

    def _array(self, f: Field, values: list[Any], path: str) -> pa.Array:
        assert f.type is not None
        if f.type is Type.JSON:
            values = [_json_text(value) for value in values]
        elif f.loose:
            values = [_loose_text(value) for value in values]
        if f.personal and self._mask is not None:
            values = [None if value is None else self._mask(str(value)) for value in values]
        try:
            return pa.array(values, _ARROW[f.type])
        except (pa.ArrowInvalid, OverflowError) as error:
            raise CellError(path) from error

    def _extras(self, node: Node, objects: Sequence[Any]) -> pa.Array:
        """Unknown fields, those of inner objects under the inner object's name. Under a privacy setting
        they are not known to be harmless, so they are treated as personal."""
        if not _may_have_unknown(node, self._decoder.rescued):
            return pa.nulls(len(objects), pa.string())
        texts = [_extra_text(node, obj) for obj in objects]
        if self._mask is not None:
            texts = [None if text is None else self._mask(text) for text in texts]
            texts = [None if text is None else json.dumps(text) for text in texts]
        return pa.array(texts, pa.string())

    def _child_tables(
        self,
        node: Node,
        objects: Sequence[Any],
        level: _Level,
        keys: list[pa.Array],
        shapes: Iterator[TableShape],
    ) -> Iterator[tuple[TableShape, pa.Table]]:
        for path, f in lists(node.shape):
            holder, holders = _follow(node, objects, path)
            found = _values(holder, f, holders, nullable=bool(path) or None in holders)
            shape = next(shapes)
            items, parents, places = _flatten(found)
            roots = [level.roots[p] for p in parents]
            below = _descend(f, level, parents, roots, places)
            yield shape, self._child_table(shape, f, holder, items, below, keys)
            if f.name in holder.children:
                mine = (f"{singular_of(f)}_{POSITION}", below.positions[-1][1])
                inner = _Level(roots, (*below.positions[:-1], mine), ())
                yield from self._child_tables(holder.children[f.name], items, inner, keys, shapes)

    def _child_table(
        self, shape: TableShape, f: Field, holder: Node, items: list[Any], level: _Level, keys: list[pa.Array]
    ) -> pa.Table:
        assert f.items is not None
        indexes = pa.array(level.roots, pa.int64())
        arrays = {
            name: key.take(indexes) for name, key in zip(parent_key_names(shape.root), keys, strict=True)
        }
        for name, values in (*level.positions, *level.passed):
            arrays[name] = pa.array(values, pa.int64())
        if f.items.model is None:
            arrays["value"] = self._array(f.items.fields[0], items, f"$..{f.wire_names[0]}[]")
        else:
            child = holder.children[f.name]
            arrays |= self._object_arrays(child, items, "", f"$..{f.wire_names[0]}[]", nullable=False)
            arrays[EXTRA] = self._extras(child, items)
        arrays[TOMBSTONE] = pa.nulls(len(items), pa.bool_())
        table = self._table(shape, arrays)
        return _with_tombstones(shape, table, keys, set(level.roots))


def _values(node: Node, f: Field, objects: Sequence[Any], *, nullable: bool) -> list[Any]:
    """One field of each struct; the first name that is not null counts when it has several."""
    columns = []
    for attribute in node.attributes[f.name]:
        get = attrgetter(attribute)
        columns.append(
            [None if o is None else get(o) for o in objects] if nullable else list(map(get, objects))
        )
    if len(columns) == 1:
        return columns[0]
    return [
        next((v for v in row if v is not None and v is not msgspec.UNSET), None)
        for row in zip(*columns, strict=True)
    ]


def _follow(node: Node, objects: Sequence[Any], path: tuple[str, ...]) -> tuple[Node, Sequence[Any]]:
    for name in path:
        f = next(f for f in node.shape.fields if f.name == name)
        objects = _values(node, f, objects, nullable=None in objects)
        node = node.children[name]
    return node, objects


def _flatten(found: list[list[Any] | None]) -> tuple[list[Any], list[int], list[int]]:
    items: list[Any] = []
    parents: list[int] = []
    places: list[int] = []
    for parent, elements in enumerate(found):
        if elements:
            items += elements
            parents += [parent] * len(elements)
            places += range(len(elements))
    return items, parents, places


def _descend(f: Field, level: _Level, parents: list[int], roots: list[int], places: list[int]) -> _Level:
    """The positions of a list's elements. A lifted list counts over all lists of the same root record."""
    above = tuple((name, [values[p] for p in parents]) for name, values in level.positions)
    passed = tuple((name, [values[p] for p in parents]) for name, values in level.passed)
    if not f.child.lift:
        return _Level(roots, (*above, (POSITION, places)), passed)
    counts: dict[int, int] = {}
    running = []
    for root in roots:
        running.append(counts.get(root, 0))
        counts[root] = running[-1] + 1
    return _Level(roots, ((POSITION, running),), (*passed, *above))


def _with_tombstones(shape: TableShape, table: pa.Table, keys: list[pa.Array], present: set[int]) -> pa.Table:
    empty = pa.array([root for root in range(len(keys[0])) if root not in present], pa.int64())
    if not len(empty):
        return table
    known: dict[str, pa.Array] = {
        name: key.take(empty) for name, key in zip(parent_key_names(shape.root), keys, strict=True)
    }
    for name in shape.key[len(keys) :]:
        known[name] = pa.array([TOMBSTONE_POSITION] * len(empty), pa.int64())
    known[TOMBSTONE] = pa.array([True] * len(empty), pa.bool_())
    arrays = [
        known[field.name] if field.name in known else pa.nulls(len(empty), field.type)
        for field in table.schema
    ]
    return pa.concat_tables([table, pa.Table.from_arrays(arrays, schema=table.schema)])


def _json_text(value: Any) -> str | None:
    if value is None or value is msgspec.UNSET:
        return None
    text = bytes(value).decode()
    return None if text == "null" else text


def _loose_text(value: Any) -> str | None:
    text = _json_text(value)
    if text is None or not text.startswith('"'):
        return text
    return str(msgspec.json.decode(text))


def _may_have_unknown(node: Node, rescued: bool) -> bool:
    objects = (node.children[f.name] for f in node.shape.fields if f.object is not None)
    return rescued or bool(node.learned) or any(_may_have_unknown(child, rescued) for child in objects)


def _extra_text(node: Node, obj: Any) -> str | None:
    found = _unknown(node, obj)
    return None if found is None else found.decode()


def _unknown(node: Node, obj: Any) -> bytes | None:
    if obj is None:
        return None
    parts = node.unknown(obj)
    for f in node.shape.fields:
        if f.object is not None and not f.secret:
            attribute = node.attributes[f.name][0]
            inner = _unknown(node.children[f.name], getattr(obj, attribute))
            if inner is not None:
                parts[f.wire_names[0]] = inner
    if not parts:
        return None
    return b"{" + b",".join(json.dumps(k).encode() + b":" + v for k, v in parts.items()) + b"}"
