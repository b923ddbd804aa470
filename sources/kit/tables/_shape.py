"""Models → shapes: which columns and which tables a record makes, before any data is seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, get_args, get_origin, get_type_hints

from ._annotations import ModelError, mark_of, unwrap
from ._model import AlsoNamed, Child, Codes, DateOk, Personal, Record, Secret, Table, _FreeForm, _Loose

EXTRA = "_extra"
POSITION = "position"
TOMBSTONE = "_tombstone"
VERSION = "_version"
DELETED = "_deleted_at"
HISTORY_SUFFIX = "__history"


class Type(StrEnum):
    """Column types, under dlt's names."""

    TEXT = "text"
    DECIMAL = "decimal"
    BIGINT = "bigint"
    BOOL = "bool"
    DATE = "date"
    TIMESTAMP = "timestamp"
    JSON = "json"


@dataclass(frozen=True)
class Field:
    """One field of an object: exactly one of ``type``, ``object`` and ``items`` says what it is."""

    name: str
    wire_names: tuple[str, ...]
    required: bool
    description: str
    type: Type | None = None
    loose: bool = False
    date_ok: bool = False
    secret: bool = False
    personal: bool = False
    codes: frozenset[str] | None = None
    object: ObjectShape | None = None
    items: ObjectShape | None = None
    child: Child = field(default_factory=Child)


@dataclass(frozen=True)
class ObjectShape:
    """The fields of one model."""

    model: type[Record] | None
    fields: tuple[Field, ...]

    @cached_property
    def by_wire_name(self) -> dict[str, Field]:
        """The fields under each of their names."""
        return {name: f for f in self.fields for name in f.wire_names}


@dataclass(frozen=True)
class Column:
    """A column of a table, as the warehouse and the data dictionary know it."""

    name: str
    type: Type
    description: str
    nullable: bool = True
    personal: bool = False
    codes: frozenset[str] | None = None


@dataclass(frozen=True)
class TableShape:
    """A table: its name, its key, its columns in order, and the root record that it belongs to."""

    name: str
    root: Table
    key: tuple[str, ...]
    parent_key: tuple[str, ...]
    columns: tuple[Column, ...]
    description: str
    # Columns whose values a load replaces whole, whatever rows they had; by the key where there are none.
    replaced_by: tuple[str, ...] = ()
    # Rows are only ever added, and the writer sends none that is there already.
    appended: bool = False

    @property
    def is_child(self) -> bool:
        return bool(self.parent_key)

    @property
    def marks_deletes(self) -> bool:
        """Whether rows that are gone at the source are marked: not where rows are only ever added."""
        return not (self.appended or self.root.append_only or self.name.endswith(HISTORY_SUFFIX))

    @property
    def partition(self) -> Column | None:
        """The date or timestamp by which a large warehouse keeps the table in months: a child by its parent's."""
        name = parent_date_name(self.root) if self.is_child else self.root.partition
        return self.column(name) if name else None

    def column(self, name: str) -> Column:
        """The column of that name; ``KeyError`` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


_SCALARS: dict[Any, Type] = {
    str: Type.TEXT,
    Decimal: Type.DECIMAL,
    int: Type.BIGINT,
    bool: Type.BOOL,
    date: Type.DATE,
    datetime: Type.TIMESTAMP,
}


def _compile_field(model: type[Record], name: str, annotation: Any) -> Field:
    info = model.model_fields[name]
    unwrapped = unwrap(annotation)
    marks = unwrapped.marks + tuple(info.metadata)
    also = mark_of(marks, AlsoNamed)
    codes = mark_of(marks, Codes)
    common: dict[str, Any] = {
        "name": name,
        "wire_names": (info.alias or name, *(also.names if also else ())),
        "required": info.is_required() and not unwrapped.nullable,
        "description": " ".join((info.description or "").split()),
        "secret": mark_of(marks, Secret) is not None,
        "personal": mark_of(marks, Personal) is not None,
        "codes": codes.values if codes else None,
        "child": mark_of(marks, Child) or Child(),
    }
    if common["required"] and also is not None:
        raise ModelError(f"{model.__name__}.{name}: a required field has one name; make it optional")
    inner = unwrapped.inner
    if get_origin(inner) is list:
        items = _item_shape(model, name, get_args(inner)[0], personal=common["personal"])
        return Field(**common, items=items)
    if common["personal"] and inner is not str:
        raise ModelError(f"{model.__name__}.{name}: only texts and free-form values can be personal")
    if isinstance(inner, type) and issubclass(inner, Record):
        return Field(**common, object=object_shape(inner))
    if mark_of(marks, _FreeForm):
        return Field(**common, type=Type.JSON)
    if inner not in _SCALARS:
        raise ModelError(f"{model.__name__}.{name}: {inner} has no column type")
    loose, date_ok = mark_of(marks, _Loose) is not None, mark_of(marks, DateOk) is not None
    return Field(**common, type=_SCALARS[inner], loose=loose, date_ok=date_ok)


def _item_shape(model: type[Record], name: str, annotation: Any, *, personal: bool) -> ObjectShape:
    item = unwrap(annotation)
    if isinstance(item.inner, type) and issubclass(item.inner, Record):
        if personal:
            raise ModelError(f"{model.__name__}.{name}: mark the personal fields of its elements instead")
        return object_shape(item.inner)
    if item.inner is not str:
        raise ModelError(f"{model.__name__}.{name}: a list holds records or strings, not {item.inner}")
    personal = personal or mark_of(item.marks, Personal) is not None
    value = Field("value", (), False, "The element itself.", Type.TEXT, personal=personal)
    return ObjectShape(None, (value,))


@cache
def object_shape(model: type[Record]) -> ObjectShape:
    """The shape of a model. Raises ``ModelError`` when the model has no columns or tables of its own."""
    hints = get_type_hints(model, include_extras=True)
    return ObjectShape(model, tuple(_compile_field(model, name, hints[name]) for name in model.model_fields))


def scalar_columns(shape: ObjectShape, prefix: str = "", inherited_null: bool = False) -> Iterator[Column]:
    """The columns of an object and of the objects inside it, in order, without its lists and secrets."""
    for f in shape.fields:
        if f.secret:
            continue
        if f.object is not None:
            yield from scalar_columns(f.object, f"{prefix}{f.name}__", inherited_null or not f.required)
        elif f.type is not None:
            nullable = inherited_null or not f.required
            yield Column(prefix + f.name, f.type, f.description, nullable, f.personal, f.codes)


def lists(shape: ObjectShape, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Field]]:
    """The list fields of an object and of the objects inside it, each with the path of objects to it."""
    for f in shape.fields:
        if f.items is not None and not f.secret:
            yield path, f
        elif f.object is not None:
            yield from lists(f.object, (*path, f.name))


def _extra_column() -> Column:
    return Column(EXTRA, Type.JSON, "Fields that came and are not in the model, under the API's own names.")


def child_table_name(parent: str, path: tuple[str, ...], f: Field) -> str:
    """``parent__list``, or ``parent__object_list`` for a list inside an object."""
    return f.child.whole_name or f"{parent}__{f.child.table or '_'.join((*path, f.name))}"


def singular_of(f: Field) -> str:
    """What one element of a list is called in the keys below it."""
    return f.child.singular or f.name.removesuffix("s")


def parent_key_names(root: Table) -> tuple[str, ...]:
    """The columns by which the children of a root record carry its key."""
    return tuple(f"{root.singular}_{name}" for name in root.key)


def parent_date_name(root: Table) -> str | None:
    """The column by which the children of a root record carry the date that it is partitioned by."""
    return f"{root.singular}_{root.partition}" if root.partition else None


def carried_names(root: Table) -> dict[str, str]:
    """What the children of a root record carry of it: their column's name, and the root's."""
    key = dict(zip(parent_key_names(root), root.key, strict=True))
    date = parent_date_name(root)
    return key | {date: root.partition} if date and root.partition else key


@dataclass(frozen=True)
class _Root:
    """What all the children of a record need to know of it."""

    table: Table
    columns: Mapping[str, Column]

    def carried(self) -> tuple[list[Column], list[Column]]:
        """The parent's key and its date, as the columns that every child row carries."""
        words = self.table.singular.replace("_", " ")
        carried = [
            Column(
                name,
                self.columns[own].type,
                f"The {own} of the {words}.",
                nullable=own not in self.table.key,
            )
            for name, own in carried_names(self.table).items()
        ]
        width = len(self.table.key)
        return carried[:width], carried[width:]


@cache
def table_shapes(model: type[Record]) -> tuple[TableShape, ...]:
    """All the tables of a root record, the root's own first. Raises ``ModelError`` without a ``table``."""
    table = model.table
    if table is None:
        raise ModelError(f"{model.__name__} has no table: it is not a root record")
    shape = object_shape(model)
    columns = {c.name: c for c in (*scalar_columns(shape), _extra_column())}
    wrong = [name for name in table.key if name not in columns or columns[name].nullable]
    if wrong:
        raise ModelError(f"{model.__name__}: the key columns {wrong} do not exist, or may be null")
    if table.history and len(table.key) != 1 and any(lists(shape)):
        raise ModelError(f"{model.__name__}: history of a record with lists needs a key of one column")
    description = " ".join((model.__doc__ or "").split())
    own = TableShape(table.name, table, table.key, (), tuple(columns.values()), description)
    root = _Root(table, columns)
    return (own, *_children(root, shape, table.name, (), ()))


def _children(
    root: _Root, shape: ObjectShape, parent: str, positions: tuple[str, ...], passed: tuple[str, ...]
) -> Iterator[TableShape]:
    """``positions`` are the key columns between the root's key and the child's own position;
    ``passed`` are positions of lists above a lifted table, which are plain columns there."""
    for path, f in lists(shape):
        assert f.items is not None
        above = root.table.name if f.child.lift else parent
        name = child_table_name(above, () if f.child.lift else path, f)
        keys: tuple[str, ...] = () if f.child.lift else positions
        plain = (*passed, *positions) if f.child.lift else ()
        yield _child_table(root, f, name, keys, plain)
        yield from _children(root, f.items, name, (*keys, f"{singular_of(f)}_{POSITION}"), ())


def _child_table(
    root: _Root, f: Field, name: str, positions: tuple[str, ...], plain: tuple[str, ...]
) -> TableShape:
    assert f.items is not None
    above = [
        Column(p, Type.BIGINT, f"The {p.replace('_', ' ')} of the element above, from 0.", nullable=False)
        for p in (*positions, *plain)
    ]
    own = Column(POSITION, Type.BIGINT, "The place of the element in its list, from 0.", nullable=False)
    body = list(scalar_columns(f.items))
    if f.items.model is not None:
        body.append(_extra_column())
    parent, dates = root.carried()
    keys = [*parent, *above, own, *dates]
    clash = {c.name for c in body} & {c.name for c in keys}
    if clash:
        raise ModelError(
            f"{name}: the fields {sorted(clash)} have the names of columns that say whose row it is; rename them"
        )
    tomb = Column(TOMBSTONE, Type.BOOL, "Never true: marks, while loading, that a list became empty.")
    parent_key = parent_key_names(root.table)
    doc = f.description or f"One row for each element of {name.rpartition('__')[2]}."
    key = (*parent_key, *positions, POSITION)
    return TableShape(name, root.table, key, parent_key, (*keys, *body, tomb), doc)
