"""Decoded structs → one Arrow table for each target table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ._cells import ARROW_TYPES, CellError, column
from ._extra import extra_column
from ._model import Record
from ._node import Node
from ._privacy import Privacy
from ._shape import (
    EXTRA,
    POSITION,
    TOMBSTONE,
    Column,
    Field,
    TableShape,
    carried_names,
    lists,
    singular_of,
    table_shapes,
)

# An empty list is told by one row at this position: dlt removes the parent's rows and keeps none of it.
TOMBSTONE_POSITION = -1


def arrow_schema(columns: Sequence[Column], key: Sequence[str]) -> pa.Schema:
    """The Arrow schema of a table. Only key columns are declared not null."""
    return pa.schema([pa.field(c.name, ARROW_TYPES[c.type], nullable=c.name not in key) for c in columns])


@dataclass(frozen=True)
class _Level:
    """Where a list of structs hangs: for each, its root record and its position in every list above."""

    roots: list[int]
    positions: tuple[tuple[str, list[int]], ...]
    passed: tuple[tuple[str, list[int]], ...]


class Shredder:
    """Turns structs of one model into Arrow tables.

    ``build`` raises ``CellError`` when values do not fit their column, naming all the root records that it is
    about: without them the others can be built.
    """

    def __init__(self, model: type[Record], root: Node, privacy: Privacy) -> None:
        self.shapes = table_shapes(model)
        self._root = root
        self._mask = privacy.masker()
        self._schemas = {s.name: arrow_schema(s.columns, s.key) for s in self.shapes}

    def build(self, objects: Sequence[Any]) -> dict[str, pa.Table]:
        """One Arrow table a target table, under the table's name, with every column, rows in order."""
        own = self.shapes[0]
        arrays = self._object_arrays(self._root, objects, "", "$")
        arrays[EXTRA] = extra_column(self._root, objects, "$", self._mask)
        tables = {own.name: self._table(own, arrays)}
        carried = {name: arrays[held] for name, held in carried_names(own.root).items()}
        shapes = iter(self.shapes[1:])
        level = _Level(list(range(len(objects))), (), ())
        for shape, table in self._child_tables(self._root, objects, level, carried, shapes, "$"):
            tables[shape.name] = table
        return tables

    def empty(self) -> dict[str, pa.Table]:
        """Every table of the model, without rows: it makes the tables exist."""
        return {name: schema.empty_table() for name, schema in self._schemas.items()}

    def _table(self, shape: TableShape, arrays: dict[str, pa.Array]) -> pa.Table:
        schema = self._schemas[shape.name]
        return pa.Table.from_arrays([arrays[name] for name in schema.names], schema=schema)

    def _object_arrays(
        self, node: Node, objects: Sequence[Any], prefix: str, path: str
    ) -> dict[str, pa.Array]:
        arrays: dict[str, pa.Array] = {}
        for f in node.shape.fields:
            if f.secret or f.items is not None:
                continue
            values = node.values(f, objects)
            here = f"{path}.{f.wire_names[0]}"
            if f.object is not None:
                arrays |= self._object_arrays(node.children[f.name], values, f"{prefix}{f.name}__", here)
            else:
                arrays[prefix + f.name] = column(f, values, here, self._mask)
        return arrays

    def _child_tables(
        self,
        node: Node,
        objects: Sequence[Any],
        level: _Level,
        carried: dict[str, pa.Array],
        shapes: Iterator[TableShape],
        path: str,
    ) -> Iterator[tuple[TableShape, pa.Table]]:
        for inside, f in lists(node.shape):
            holder, holders, here = _follow(node, objects, inside, path)
            here = f"{here}.{f.wire_names[0]}[]"
            items, parents, places = _flatten(holder.values(f, holders))
            roots = [level.roots[p] for p in parents]
            below = _descend(f, level, parents, roots, places)
            shape = next(shapes)
            try:
                yield shape, self._child_table(shape, f, holder, items, below, carried, here)
            except CellError as error:
                raise CellError(error.path, error.reason, {roots[row] for row in error.rows}) from None
            if f.name in holder.children:
                mine = (f"{singular_of(f)}_{POSITION}", below.positions[-1][1])
                inner = _Level(roots, (*below.positions[:-1], mine), ())
                yield from self._child_tables(holder.children[f.name], items, inner, carried, shapes, here)

    def _child_table(
        self,
        shape: TableShape,
        f: Field,
        holder: Node,
        items: list[Any],
        level: _Level,
        carried: dict[str, pa.Array],
        path: str,
    ) -> pa.Table:
        assert f.items is not None
        indexes = pa.array(level.roots, pa.int64())
        arrays = {name: values.take(indexes) for name, values in carried.items()}
        for name, values in (*level.positions, *level.passed):
            arrays[name] = pa.array(values, pa.int64())
        if f.items.model is None:
            arrays["value"] = column(f.items.fields[0], items, path, self._mask)
        else:
            child = holder.children[f.name]
            arrays |= self._object_arrays(child, items, "", path)
            arrays[EXTRA] = extra_column(child, items, path, self._mask)
        arrays[TOMBSTONE] = pa.nulls(len(items), pa.bool_())
        table = self._table(shape, arrays)
        return _with_tombstones(shape, table, carried, set(level.roots))


def _follow(
    node: Node, objects: Sequence[Any], inside: tuple[str, ...], path: str
) -> tuple[Node, Sequence[Any], str]:
    for name in inside:
        f = next(f for f in node.shape.fields if f.name == name)
        objects, node, path = node.values(f, objects), node.children[name], f"{path}.{f.wire_names[0]}"
    return node, objects, path


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


def _with_tombstones(
    shape: TableShape, table: pa.Table, carried: dict[str, pa.Array], present: set[int]
) -> pa.Table:
    records = len(next(iter(carried.values())))
    empty = pa.array([root for root in range(records) if root not in present], pa.int64())
    if not len(empty):
        return table
    known: dict[str, pa.Array] = {name: values.take(empty) for name, values in carried.items()}
    for name in shape.key[len(shape.parent_key) :]:
        known[name] = pa.array([TOMBSTONE_POSITION] * len(empty), pa.int64())
    known[TOMBSTONE] = pa.array([True] * len(empty), pa.bool_())
    arrays = [
        known[field.name] if field.name in known else pa.nulls(len(empty), field.type)
        for field in table.schema
    ]
    return pa.concat_tables([table, pa.Table.from_arrays(arrays, schema=table.schema)])
