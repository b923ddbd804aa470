"""Files of rows whose columns are only known from their header → dlt items.

A file tells all there is to tell of one window, so it replaces the window as a whole. What it said before stays
in ``<table>__history``, where the rows of one subject (an invoice) carry one hash of them all, ``_version``; a
version that is known already is not written again. Cells come as text: declared columns have their type, every
other column stays text and is never inferred.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ._arrow import arrow_schema
from ._hints import Emitter, version_column
from ._model import Table
from ._row_versions import RowVersions
from ._shape import HISTORY_SUFFIX, POSITION, TOMBSTONE, VERSION, Column, TableShape, Type
from ._tally import Group, Tally
from ._writer import REJECTS, REJECTS_SHAPE, WriteOptions, reject_row, reject_table

WINDOW_FROM = "window_from"
WINDOW_TO = "window_to"
ROW_NUMBER = "row_number"
_NOT_OF_TYPE = {Type.DECIMAL: "not a number that decimal(38, 10) holds exactly", Type.DATE: "not a date"}
# A date may come as the midnight that it begins with, in UTC.
_MIDNIGHT = r"T00:00(:00(\.0+)?)?(Z|\+00:00)$"


@dataclass(frozen=True)
class Tabular:
    """A table that is filled from files.

    Args:
        table: its name, and the columns for the control totals.
        columns: those that are declared, in order; the table has them even when no file does. Their types are
            text, decimal and date.
        description: what one row is.
        subject: the column whose equal values say that rows belong together; without one a row stands alone.
    """

    table: Table
    columns: tuple[Column, ...]
    description: str
    subject: str | None = None


@dataclass(frozen=True)
class RowFile:
    """One file, which can be read more than once.

    Args:
        headers: its columns as written.
        columns: the same as column names, all different.
        read: its rows from the start, as batches of text columns in that order; null is a cell without text.
        start: start of the window that the file tells of, UTC.
        end: its end.
    """

    headers: Sequence[str]
    columns: Sequence[str]
    read: Callable[[], Iterable[pa.RecordBatch]]
    start: datetime
    end: datetime


_OWN = (
    Column(WINDOW_FROM, Type.TIMESTAMP, "Start of the window that the row tells of, UTC.", nullable=False),
    Column(WINDOW_TO, Type.TIMESTAMP, "End of the window that the row tells of, UTC.", nullable=False),
    Column(ROW_NUMBER, Type.BIGINT, "Place of the row in the file, from 1.", nullable=False),
)
_POSITION = Column(POSITION, Type.BIGINT, "Place among the rows of the version, from 0.", nullable=False)
_TOMBSTONE = Column(TOMBSTONE, Type.BOOL, "Never true: marks, while loading, that a window became empty.")
_RESERVED = frozenset({WINDOW_FROM, WINDOW_TO, ROW_NUMBER, POSITION})


def tabular_tables(tabular: Tabular, extra: Sequence[Column] = ()) -> tuple[TableShape, ...]:
    """The table of the rows that hold now, its history, and ``_rejects``."""
    columns = (*tabular.columns, *extra, *_OWN)
    about = tabular.description
    current = TableShape(
        tabular.table.name,
        tabular.table,
        (WINDOW_FROM, ROW_NUMBER),
        (),
        (*columns, _TOMBSTONE),
        about,
        replaced_by=(WINDOW_FROM,),
    )
    history = TableShape(
        tabular.table.name + HISTORY_SUFFIX,
        tabular.table,
        (WINDOW_FROM, VERSION, POSITION),
        (),
        (*columns, version_column(), _POSITION),
        f"Every version ever received: {about}",
    )
    return current, history, REJECTS_SHAPE


class TabularWriter:
    """Writes files into one table, its history and ``_rejects``. A load brings each window once."""

    def __init__(self, tabular: Tabular, tally: Tally, options: WriteOptions | None = None) -> None:
        self._options = options or WriteOptions()
        self._tabular = tabular
        self._tally = tally
        self._mask = self._options.privacy.masker()
        self._emitter = self._options.emitter or Emitter(self._options.json_type)
        self._declared = {column.name: column for column in tabular.columns}

    def write(self, file: RowFile) -> Iterator[Any]:
        """dlt items for the rows of a file. Rows that do not fit are put aside, whole.

        Reads the file twice, since the version of a subject is known when its last row is.
        """
        file = _without_clashes(file)
        shapes = {s.name: s for s in tabular_tables(self._tabular, self._extra(file))}
        current = next(iter(shapes))
        yield from self._emitter.items(shapes, {name: _empty(shape) for name, shape in shapes.items()})
        before = kept = 0
        with RowVersions(self._tabular.subject) as versions:
            versions.learn(map(_rows, file.read()))
            for rows in map(_rows, file.read()):
                tables = self._batch(shapes, file, rows, versions.of(rows), before)
                before += rows.num_rows
                kept += tables[current].num_rows
                yield from self._emitter.items(shapes, tables)
        if not kept:
            yield from self._emitter.items(shapes, {current: _tombstone(shapes[current], file)})

    def _extra(self, file: RowFile) -> list[Column]:
        """The columns that nobody declared. Nobody has judged them either, so they count as personal."""
        extra = [
            Column(name, Type.TEXT, f"The file's column {header!r}.", personal=True)
            for name, header in zip(file.columns, file.headers, strict=True)
            if name not in self._declared
        ]
        self._tally.drift |= {f"new column {column.name}" for column in extra}
        self._tally.drift |= {f"no column {name}" for name in self._declared.keys() - set(file.columns)}
        return extra

    def _batch(
        self,
        shapes: Mapping[str, TableShape],
        file: RowFile,
        rows: pa.Table,
        versions: tuple[list[str], list[int]],
        before: int,
    ) -> dict[str, pa.Table]:
        """Arrow tables of a batch that begins after ``before`` rows of the file."""
        bad: dict[int, Column] = {}
        arrays = {name: self._cells(name, rows[name].combine_chunks(), bad) for name in rows.column_names}
        self._count(rows, bad)
        arrays |= _window_arrays(file, rows.num_rows)
        arrays[ROW_NUMBER] = pa.array(range(before + 1, before + rows.num_rows + 1), pa.int64())
        arrays[VERSION], arrays[POSITION] = pa.array(versions[0]), pa.array(versions[1], pa.int64())
        good = pa.array([index for index in range(rows.num_rows) if index not in bad], pa.int64())
        tables = {
            name: _shaped(shape, arrays, rows.num_rows).take(good)
            for name, shape in shapes.items()
            if name != REJECTS
        }
        rejects = [self._reject(file, rows, index, column) for index, column in sorted(bad.items())]
        return tables | {REJECTS: reject_table(rejects)}

    def _cells(self, name: str, texts: pa.Array, bad: dict[int, Column]) -> pa.Array:
        """A column in its type. A cell that is not of it becomes null, and ``bad`` has its row."""
        column = self._declared.get(name)
        if column is None or column.type is Type.TEXT:
            return self._masked(texts) if self._hidden(name) else texts
        kind = arrow_schema([column], ()).field(0).type
        if column.type is Type.DATE:
            texts = pc.replace_substring_regex(texts, _MIDNIGHT, "")
        try:
            return texts.cast(kind)
        except pa.ArrowInvalid:
            return pa.concat_arrays([_cell(column, text, index, bad) for index, text in enumerate(texts)])

    def _hidden(self, name: str) -> bool:
        column = self._declared.get(name)
        return self._mask is not None and (column is None or column.personal)

    def _masked(self, texts: pa.Array) -> pa.Array:
        assert self._mask is not None
        return pa.array([None if t is None else self._mask(t) for t in texts.to_pylist()], pa.string())

    def _count(self, rows: pa.Table, bad: Mapping[int, Column]) -> None:
        about = self._tabular.table
        nothing = [None] * rows.num_rows
        currencies, states, amounts = (
            rows[name].to_pylist() if name in rows.column_names else nothing
            for name in (about.currency, about.status, about.amount)
        )
        for index, (currency, state, text) in enumerate(zip(currencies, states, amounts, strict=True)):
            group: Group = (currency, state)
            amount = _number(text)
            self._tally.count(group, amount)
            if index in bad:
                self._tally.reject(group, amount)

    def _reject(self, file: RowFile, rows: pa.Table, index: int, column: Column) -> dict[str, Any]:
        row = rows.slice(index, 1)
        cells = row.to_pylist()[0]
        shown = {
            name: self._masked(row[name])[0].as_py() if self._hidden(name) else cells[name] for name in cells
        }
        raw = json.dumps({"header": list(file.headers), "cells": list(shown.values())}, ensure_ascii=False)
        about = (cells.get(self._tabular.subject or ""), _NOT_OF_TYPE[column.type], f"$.{column.name}", raw)
        whole = json.dumps(cells, ensure_ascii=False).encode()
        return reject_row(self._tabular.table.name, whole, about, self._options.now())


def _without_clashes(file: RowFile) -> RowFile:
    """The file with columns of its own beside ours: a name that we need gets ``_2``, ``_3``, ..."""
    taken = {*_RESERVED, *file.columns}
    names = []
    for name in file.columns:
        unique, count = name, 1
        while name in _RESERVED and unique in taken:
            count += 1
            unique = f"{name}_{count}"
        taken.add(unique)
        names.append(unique)
    return RowFile(
        file.headers, names, lambda: (b.rename_columns(names) for b in file.read()), file.start, file.end
    )


def _rows(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch])


def _cell(column: Column, text: pa.Scalar, index: int, bad: dict[int, Column]) -> pa.Array:
    kind = arrow_schema([column], ()).field(0).type
    try:
        return pa.array([text.as_py()], pa.string()).cast(kind)
    except pa.ArrowInvalid:
        bad.setdefault(index, column)
        return pa.nulls(1, kind)


def _number(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None


def _window_arrays(file: RowFile, length: int) -> dict[str, pa.Array]:
    moment = pa.timestamp("us", tz="UTC")
    return {
        WINDOW_FROM: pa.repeat(pa.scalar(file.start, moment), length),
        WINDOW_TO: pa.repeat(pa.scalar(file.end, moment), length),
    }


def _shaped(shape: TableShape, arrays: Mapping[str, pa.Array], length: int) -> pa.Table:
    schema = arrow_schema(shape.columns, shape.key)
    columns = [arrays[f.name] if f.name in arrays else pa.nulls(length, f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _empty(shape: TableShape) -> pa.Table:
    return arrow_schema(shape.columns, shape.key).empty_table()


def _tombstone(shape: TableShape, file: RowFile) -> pa.Table:
    """One row that empties its window and is not kept itself."""
    arrays = _window_arrays(file, 1) | {ROW_NUMBER: pa.array([0], pa.int64()), TOMBSTONE: pa.array([True])}
    return _shaped(shape, arrays, 1)
