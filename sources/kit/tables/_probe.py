"""Key, version, currency, status and amount of a record: what deciding and counting need, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from ._annotations import ModelError
from ._cells import ABSENT
from ._model import Record
from ._repair import read_moment
from ._shape import Field, ObjectShape, Type, object_shape
from ._tally import Group

Key = tuple[Any, ...]
Probed = tuple[Key, Any, Group, Decimal | None]
_Path = list[Field]

_TYPES: dict[Type | None, Any] = {
    Type.TEXT: str,
    Type.BIGINT: int,
    Type.DECIMAL: Decimal,
    Type.BOOL: bool,
    Type.DATE: date,
    Type.TIMESTAMP: datetime,
}
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Probe:
    """Reads records of one model. What has the wrong type is taken for not there: the record is rejected later.

    Raises ``ModelError`` when one of the columns does not exist, or goes by several names.
    """

    def __init__(self, model: type[Record]) -> None:
        table = model.table
        if table is None:
            raise ModelError(f"{model.__name__} has no table: it is not a root record")
        shape = object_shape(model)
        columns = (*table.key, table.version, table.currency, table.status, table.amount)
        self._paths = [_path(model, shape, name) if name else None for name in columns]
        self._key_width = len(table.key)
        struct = _struct(self._paths)
        self._list = msgspec.json.Decoder(list[struct])  # type: ignore[valid-type]
        self._single = msgspec.json.Decoder(struct)

    def read(self, records: Sequence[bytes]) -> list[Probed | None]:
        """For each record (key, version, group, amount), or ``None`` when it has no key."""
        try:
            objects = self._list.decode(b"[" + b",".join(records) + b"]")
        except _UNREADABLE:
            objects = []
        if len(objects) != len(records):
            return [self._one(record) for record in records]
        return [self._result([_follow(o, path) for path in self._paths]) for o in objects]

    def _one(self, record: bytes) -> Probed | None:
        try:
            found = self._single.decode(record)
        except _UNREADABLE:
            return self._result([_dig(record, path) for path in self._paths])
        return self._result([_follow(found, path) for path in self._paths])

    def _result(self, values: list[Any]) -> Probed | None:
        key = tuple(values[: self._key_width])
        if None in key:
            return None
        version, currency, status, amount = values[self._key_width :]
        return key, version, (currency, status), amount


@cache
def probe_of(model: type[Record]) -> Probe:
    """The model's probe, which keeps nothing of what it reads."""
    return Probe(model)


def key_of(model: type[Record], record: bytes) -> str | None:
    """The record's key as text, its parts joined by ``/``; ``None`` when it has none."""
    found = probe_of(model).read([record])[0]
    return None if found is None else "/".join(str(part) for part in found[0])


def _path(model: type[Record], shape: ObjectShape, column: str) -> _Path:
    """The fields that lead to a column (``value__net``): all but the last are objects."""
    for f in shape.fields:
        if len(f.wire_names) > 1 and (f.name == column or column.startswith(f.name + "__")):
            raise ModelError(f"{model.__name__}: {column} decides what counts, so it can have one name only")
        if f.name == column and f.type is not None:
            return [f]
        if f.object is not None and column.startswith(f.name + "__"):
            return [f, *_path(model, f.object, column[len(f.name) + 2 :])]
    raise ModelError(f"{model.__name__} has no column {column}")


def _struct(paths: Sequence[_Path | None]) -> Any:
    tree: dict[str, Any] = {}
    for path in filter(None, paths):
        branch = tree
        for f in path[:-1]:
            branch = branch.setdefault(f.name, (f, {}))[1]
        branch[path[-1].name] = (path[-1], None)
    return _struct_of(tree)


def _struct_of(tree: dict[str, Any]) -> Any:
    fields: list[Any] = []
    rename = {}
    for name, (f, inner) in tree.items():
        rename[name] = f.wire_names[0]
        kind = _struct_of(inner) if inner is not None else _TYPES[f.type]
        fields.append((name, msgspec.Raw, ABSENT) if f.loose else (name, kind | None, None))
    return msgspec.defstruct("Probe", fields, rename=rename, gc=False, kw_only=True)


def _follow(obj: Any, path: _Path | None) -> Any:
    if path is None:
        return None
    for f in path:
        obj = getattr(obj, f.name)
        if obj is None:
            return None
    return _as_written(obj) if path[-1].loose else _aware(obj)


def _dig(record: bytes, path: _Path | None) -> Any:
    """The same as ``_follow`` for a record of which some part has the wrong type."""
    raw: bytes | msgspec.Raw = record
    try:
        for f in path or ():
            raw = _OBJECT.decode(raw)[f.wire_names[0]]
        return None if path is None else _read(path[-1], raw)
    except (KeyError, *_UNREADABLE):
        return None


def _read(f: Field, raw: bytes | msgspec.Raw) -> Any:
    if f.loose:
        return _as_written(raw)
    try:
        return _aware(msgspec.json.decode(raw, type=_TYPES[f.type]))
    except msgspec.ValidationError:
        if f.type is not Type.TIMESTAMP:
            return None
        return read_moment(msgspec.json.decode(raw, type=str), date_ok=f.date_ok)


def _as_written(raw: bytes | msgspec.Raw) -> str | None:
    """A string, or a number in the spelling that came."""
    text = bytes(raw).decode()
    if text.startswith('"'):
        return msgspec.json.decode(text, type=str)
    return text if text[:1].isdecimal() or text.startswith("-") else None


def _aware(value: Any) -> Any:
    """A timestamp without an offset cannot be ordered among the others: the record is rejected later."""
    return None if isinstance(value, datetime) and value.tzinfo is None else value
