"""Records whose values are all text (CSV, XML) → the JSON that the model's decoder takes.

Only what JSON writes without quotes is changed: whole numbers and booleans. Decimals stay the text that came,
and are exact; so does a cell that is not what its column says, which the decoder then rejects with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ._model import Record
from ._shape import Field, ObjectShape, Type, object_shape

# More digits than 64 bits hold are left to the decoder.
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
# As XML Schema writes them.
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}

_Reader = Callable[[Any], Any]
_Path = tuple[str, ...]


class TextRecords:
    """Writes records of one model as JSON, out of text under the API's own names.

    An empty text is null and is left out. Names that the model does not know stay as they came.
    """

    def __init__(self, model: type[Record]) -> None:
        self._shape = object_shape(model)
        self._readers = _readers(self._shape)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """One record. Values are text, null, mappings for objects, and lists for what is repeated; a list of
        one element may come without its list."""
        return msgspec.json.encode(_typed(self._readers, values))

    def rows(self, names: Sequence[str], rows: Iterable[Sequence[str | None]]) -> list[bytes]:
        """The rows of a table as records. A dotted name (``account.iban``) is a field of one of the model's
        objects; a name that stands more than once is a list."""
        paths = [_path(self._shape, name.strip()) for name in names]
        if len(set(paths)) == len(paths) and all(len(path) == 1 for path in paths):
            flat = [path[0] for path in paths]
            return [self.encode(dict(zip(flat, row, strict=True))) for row in rows]
        return [self.encode(_nested(paths, row)) for row in rows]


def _readers(shape: ObjectShape) -> dict[str, _Reader | None]:
    """How the value under each wire name is read; ``None`` where the text is right as it is."""
    return {name: _reader(f) for f in shape.fields for name in f.wire_names}


def _reader(f: Field) -> _Reader | None:
    if f.object is not None:
        inner = _readers(f.object)
        return lambda value: _typed(inner, value)
    if f.items is not None:
        item = _readers(f.items) if f.items.model is not None else {}
        return lambda value: [_typed(item, each) for each in _listed(value)]
    return _SCALARS.get(f.type) if f.type is not None else None


def _typed(readers: Mapping[str, _Reader | None], value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    typed = {}
    for name, each in value.items():
        if each is None or each == "":
            continue
        reader = readers.get(name)
        typed[name] = each if reader is None else reader(each)
    return typed


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _integer(value: Any) -> Any:
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value


def _boolean(value: Any) -> Any:
    return _BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value


_SCALARS: dict[Type, _Reader] = {Type.BIGINT: _integer, Type.BOOL: _boolean}


def _path(shape: ObjectShape, name: str) -> _Path:
    """The objects of the model that a dotted name goes through, and what is left of it."""
    head, dot, rest = name.partition(".")
    for f in shape.fields:
        if dot and f.object is not None and head in f.wire_names:
            return (head, *_path(f.object, rest))
    return (name,)


def _nested(paths: Sequence[_Path], row: Sequence[str | None]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for path, value in zip(paths, row, strict=True):
        if value is None or value == "":
            continue
        place, name = document, path[-1]
        for step in path[:-1]:
            inner = place.setdefault(step, {})
            if not isinstance(
                inner, dict
            ):  # text stands where the object should be: kept, as an unknown field
                place, name = document, ".".join(path)
                break
            place = inner
        place[name] = [*_listed(place[name]), value] if name in place else value
    return document
