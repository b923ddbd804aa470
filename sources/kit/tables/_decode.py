"""Record bytes → msgspec structs compiled from the model, exactly, at the speed of one C decoder.

A batch is decoded in one go. Only when that fails are its records taken one by one, so that a bad record
costs itself and nothing else (the ladder):

1. the whole batch;
2. on an unknown field: learn every unknown field of the batch, as raw text, and decode again;
3. else record by record; what fails gets a second chance with repaired spelling (a timestamp that
   RFC 3339 does not know, a number of objects that only ``json`` reads), and then is rejected.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from ._model import Record
from ._shape import Field, ObjectShape, Type, object_shape

# More unknown fields than this in one model is no drift but a free-form object that the model takes for a
# record: the rest is collected record by record, which costs time and not memory.
MAX_LEARNED_FIELDS = 400
_INT64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_TIMESTAMP = Annotated[datetime, msgspec.Meta(tz=True)]
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field")
_AT = re.compile(r"\s*- at `(?P<path>[^`]*)`")
_TYPES: dict[Type, Any] = {
    Type.TEXT: str,
    Type.DECIMAL: Decimal,
    Type.BIGINT: _INT64,
    Type.BOOL: bool,
    Type.DATE: date,
    Type.TIMESTAMP: _TIMESTAMP,
}
_RAW = msgspec.Raw | msgspec.UnsetType
# A key that no API can send twice with a meaning: where the second chance puts what it found unknown.
_RESCUED_KEY = "\u2063ledgerhouse:unknown\u2063"


@dataclass(frozen=True)
class Rejected:
    """A record that does not fit: its index in the batch, why, and the field as a JSON path."""

    index: int
    reason: str
    field: str | None


@dataclass
class Decoded:
    """Structs of the records that fit, with their indexes in the batch, and those that do not."""

    objects: list[Any]
    indexes: list[int]
    rejected: list[Rejected]


@dataclass
class Node:
    """One object of the model with its struct: ``attributes`` are the struct's names of each field."""

    shape: ObjectShape
    struct: Any = None
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)
    learned: dict[str, str] = field(default_factory=dict)

    def unknown(self, obj: Any) -> dict[str, bytes]:
        """The unknown fields of one struct of this node, as the raw text that came."""
        found: dict[str, bytes] = {}
        for wire_name, attribute in self.learned.items():
            raw = getattr(obj, attribute)
            if raw is not msgspec.UNSET:
                found[wire_name] = bytes(raw)
        rescued = obj.rescued
        if rescued is not msgspec.UNSET:
            found.update((k, bytes(v)) for k, v in _RESCUED.decode(rescued).items())
        return found


_RESCUED = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SLICES = msgspec.json.Decoder(list[msgspec.Raw])
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def slices(array: bytes | msgspec.Raw) -> list[bytes]:
    """The records of a JSON list, byte for byte. Raises ``msgspec.DecodeError`` when it is not one."""
    return [bytes(raw) for raw in _SLICES.decode(array)]


class Decoder:
    """Decodes records of one model. It learns unknown fields as it goes and keeps them, with ``drift``
    naming them as JSON paths (``$.value.newField``, ``$.installments[].newField``). Not thread-safe."""

    def __init__(self, model: type[Record]) -> None:
        self.root = _node(object_shape(model))
        self.drift: set[str] = set()
        self.rescued = False
        self._learned = 0
        self._compile()

    def decode(self, records: Sequence[bytes]) -> Decoded:
        """Structs for those records that fit the model; a reason for each that does not."""
        try:
            return self._all(records)
        except msgspec.ValidationError as error:
            if _UNKNOWN_FIELD.search(str(error)) and self._learn(records):
                return self._after_learning(records)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        return self._one_by_one(records)

    def _all(self, records: Sequence[bytes]) -> Decoded:
        objects = self._list.decode(b"[" + b",".join(records) + b"]")
        return Decoded(objects, list(range(len(objects))), [])

    def _after_learning(self, records: Sequence[bytes]) -> Decoded:
        try:
            return self._all(records)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._one_by_one(records)

    def _compile(self) -> None:
        self._list = msgspec.json.Decoder(list[_compile(self.root)])  # type: ignore[misc]
        self._single = msgspec.json.Decoder(self.root.struct)

    def _learn(self, records: Sequence[bytes]) -> bool:
        before = self._learned
        for record in records:
            try:
                document = json.loads(record)
            except (ValueError, RecursionError):
                continue
            for node, path, name in _unknown_fields(self.root, document, "$"):
                self.drift.add(f"{path}.{name}")
                if name not in node.learned and self._learned < MAX_LEARNED_FIELDS:
                    node.learned[name] = f"x{len(node.learned)}"
                    self._learned += 1
        if self._learned > before:
            self._compile()
        return self._learned > before

    def _one_by_one(self, records: Sequence[bytes]) -> Decoded:
        result = Decoded([], [], [])
        for index, record in enumerate(records):
            try:
                result.objects.append(self._one(record))
                result.indexes.append(index)
            except RecursionError:
                result.rejected.append(Rejected(index, "nested deeper than can be read", None))
            except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
                result.rejected.append(_reject(index, error))
        return result

    def _one(self, record: bytes) -> Any:
        try:
            return self._single.decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.rescued = True
            document = _repair(self.root, json.loads(record, parse_float=Decimal), self._note_unknown)
            return self._single.decode(_ENCODER.encode(document))

    def _note_unknown(self, path: str) -> None:
        self.drift.add(path)


def _node(shape: ObjectShape) -> Node:
    node = Node(shape)
    for f in shape.fields:
        inner = f.object or (f.items if f.items is not None and f.items.model is not None else None)
        if inner is not None:
            node.children[f.name] = _node(inner)
    return node


def _compile(node: Node) -> Any:
    """A struct with attributes f1, f2, ... (so any wire name will do), and x0, ... for what was learned."""
    fields: list[Any] = []
    rename: dict[str, str] = {"rescued": _RESCUED_KEY}
    node.attributes = {}
    for f in node.shape.fields:
        inner = _compile(node.children[f.name]) if f.name in node.children else None
        names = []
        for wire_name in f.wire_names:
            attribute = f"f{len(rename)}"
            rename[attribute] = wire_name
            names.append(attribute)
            fields.append(_struct_field(f, attribute, inner))
        node.attributes[f.name] = tuple(names)
    for wire_name, attribute in node.learned.items():
        rename[attribute] = wire_name
        fields.append((attribute, _RAW, msgspec.UNSET))
    fields.append(("rescued", _RAW, msgspec.UNSET))
    name = node.shape.model.__name__ if node.shape.model else "Value"
    node.struct = msgspec.defstruct(
        name, fields, rename=rename, forbid_unknown_fields=True, gc=False, kw_only=True
    )
    return node.struct


def _struct_field(f: Field, attribute: str, inner: Any) -> tuple[Any, ...]:
    if f.secret or f.type is Type.JSON or f.loose:
        return (attribute, msgspec.Raw) if f.required else (attribute, _RAW, msgspec.UNSET)
    if f.items is not None:
        of = inner if inner is not None else str | None
        return (attribute, list[of] | None, None)  # type: ignore[valid-type]
    kind = inner if inner is not None else _TYPES[f.type]  # type: ignore[index]
    return (attribute, kind) if f.required and len(f.wire_names) == 1 else (attribute, kind | None, None)


def _unknown_fields(node: Node, document: Any, path: str) -> Iterator[tuple[Node, str, str]]:
    if not isinstance(document, dict):
        return
    known = {name: f for f in node.shape.fields for name in f.wire_names}
    for name, value in document.items():
        f = known.get(name)
        if f is None:
            yield node, path, name
        elif f.name in node.children:
            child = node.children[f.name]
            if isinstance(value, list):
                for element in value:
                    yield from _unknown_fields(child, element, f"{path}.{name}[]")
            else:
                yield from _unknown_fields(child, value, f"{path}.{name}")


def _repair(node: Node, document: Any, note: Any, path: str = "$") -> Any:
    """The same record in the spelling that the decoder takes: ISO 8601 timestamps that RFC 3339 does not
    know, plain dates where the model allows them, unknown fields put aside. Values are never changed."""
    if not isinstance(document, dict):
        return document
    known = {name: f for f in node.shape.fields for name in f.wire_names}
    repaired: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for name, value in document.items():
        f = known.get(name)
        if f is None and name in node.learned:
            repaired[name] = value
        elif f is None:
            unknown[name] = value
            note(f"{path}.{name}")
        elif f.name in node.children and isinstance(value, list):
            child = node.children[f.name]
            repaired[name] = [_repair(child, element, note, f"{path}.{name}[]") for element in value]
        elif f.name in node.children:
            repaired[name] = _repair(node.children[f.name], value, note, f"{path}.{name}")
        else:
            repaired[name] = _respell(f, value)
    if unknown:
        repaired[_RESCUED_KEY] = unknown
    return repaired


def _respell(f: Field, value: Any) -> Any:
    if f.type is not Type.TIMESTAMP or not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is None:
        return f"{value}T00:00:00Z" if f.date_ok and len(value) == len("2026-01-01") else value
    return moment.isoformat()


def _reject(index: int, error: Exception) -> Rejected:
    """msgspec's messages name types and paths and never hold a value, so they may be shown."""
    if not isinstance(error, msgspec.ValidationError):
        return Rejected(index, "not readable as JSON", None)
    message = str(error)
    at = _AT.search(message)
    path = at["path"] if at else "$"
    reason = _AT.sub("", message)
    missing = re.search(r"missing required field `([^`]*)`", reason)
    if missing:
        path = f"{path}.{missing[1]}"
    return Rejected(index, reason, path)
