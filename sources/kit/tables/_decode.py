"""Record bytes → msgspec structs compiled from the model, exactly, at the speed of one C decoder.

A batch is decoded in one go. Only when that fails are its records taken one by one, so that a bad record
costs itself and nothing else (the ladder):

1. the whole batch;
2. on an unknown field: learn the unknown fields of the batch, as raw text, and decode again;
3. else record by record; what fails gets a second chance with repaired spelling (a timestamp that
   RFC 3339 does not know, more unknown fields than are learned), and then is rejected.

Numbers with decimals, free-form objects, strings that may be numbers, and unknown fields stay the bytes that
came; they become columns, and are checked, in ``_cells``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ._model import Record
from ._node import Node, compile_node, make_node
from ._repair import Repair
from ._shape import object_shape

# More unknown fields than this in one model is no drift but a free-form object that the model takes for a
# record: the rest is collected record by record, which costs time and not memory.
MAX_LEARNED_FIELDS = 400
_UNKNOWN_FIELD = "Object contains unknown field"
# The records of a batch that are read for unknown fields first: what is new in one is new in most.
_FIRST_LESSON = 50
_AT = re.compile(r"\s*- at `(?P<path>[^`]*)`")
_ROW = re.compile(r"- at `\$\[(\d+)\]")
_PLACE = re.compile(r"\[\d+\]")
_MISSING = re.compile(r"missing required field `([^`]*)`")
# What msgspec refuses in the name of a field; a field with such a name is collected record by record.
_NO_STRUCT_NAME = re.compile(r'["\\\x00-\x1f]')
_MORE_DRIFT = f"more than {MAX_LEARNED_FIELDS} unknown fields"
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


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


_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def slices(array: bytes | msgspec.Raw) -> list[bytes]:
    """The records of a JSON list, byte for byte. Raises ``msgspec.DecodeError`` when it is not one."""
    return [bytes(raw) for raw in _LIST.decode(array)]


class Decoder:
    """Decodes records of one model. It learns unknown fields as it goes and keeps them, with ``drift``
    naming them as JSON paths (``$.value.newField``, ``$.installments[].newField``). Not thread-safe."""

    def __init__(self, model: type[Record]) -> None:
        self.root = make_node(object_shape(model))
        self.drift: set[str] = set()
        self._learned = 0
        self._compile()

    def decode(self, records: Sequence[bytes]) -> Decoded:
        """Structs for those records that fit the model; a reason for each that does not."""
        lesson = _FIRST_LESSON
        while True:
            try:
                return self._all(records)
            except _UNREADABLE as error:
                if not _is_unknown_field(error) or not self._learn(records[_row_of(error) :][:lesson]):
                    return self._one_by_one(records)
            lesson *= 10

    def _all(self, records: Sequence[bytes]) -> Decoded:
        objects = self._list.decode(b"[" + b",".join(records) + b"]")
        if len(objects) != len(records):
            raise msgspec.DecodeError("a record is half of one, or two")
        return Decoded(objects, list(range(len(objects))), [])

    def _compile(self) -> None:
        self._list = msgspec.json.Decoder(list[compile_node(self.root)])  # type: ignore[misc]
        self._single = msgspec.json.Decoder(self.root.struct)

    def _learn(self, records: Sequence[bytes]) -> bool:
        before = self._learned
        for record in records:
            try:
                document = msgspec.json.decode(record)
            except _UNREADABLE:
                continue
            for node, path, name in _unknown_fields(self.root, document, "$"):
                self._note(f"{path}.{name}")
                if name not in node.learned and self._learnable(name):
                    node.learned[name] = f"x{len(node.learned)}"
                    self._learned += 1
        if self._learned > before:
            self._compile()
        return self._learned > before

    def _learnable(self, name: str) -> bool:
        return self._learned < MAX_LEARNED_FIELDS and not _NO_STRUCT_NAME.search(name)

    def _one_by_one(self, records: Sequence[bytes]) -> Decoded:
        fitting: dict[int, Any] = {}
        failed: dict[int, Exception] = {}
        for index, record in enumerate(records):
            try:
                fitting[index] = self._single.decode(record)
            except _UNREADABLE as error:
                failed[index] = error
        strangers = [records[index] for index, error in failed.items() if _is_unknown_field(error)]
        if strangers and self._learn(strangers):
            return self.decode(records)
        rejected = []
        for index in failed:
            try:
                fitting[index] = self._single.decode(Repair(self._note).record(self.root, records[index]))
            except _UNREADABLE as error:
                rejected.append(_reject(index, error))
        indexes = sorted(fitting)
        return Decoded([fitting[index] for index in indexes], indexes, rejected)

    def _note(self, path: str) -> None:
        if len(self.drift) < MAX_LEARNED_FIELDS:
            self.drift.add(path)
        else:
            self.drift.add(_MORE_DRIFT)


def _unknown_fields(node: Node, document: Any, path: str) -> Iterator[tuple[Node, str, str]]:
    if not isinstance(document, dict):
        return
    for name, value in document.items():
        f = node.shape.by_wire_name.get(name)
        if f is None:
            yield node, path, name
        elif f.name in node.children:
            child = node.children[f.name]
            if isinstance(value, list):
                for element in value:
                    yield from _unknown_fields(child, element, f"{path}.{name}[]")
            elif value is not None:
                yield from _unknown_fields(child, value, f"{path}.{name}")


def _is_unknown_field(error: Exception) -> bool:
    return isinstance(error, msgspec.ValidationError) and str(error).startswith(_UNKNOWN_FIELD)


def _row_of(error: Exception) -> int:
    """The place in its batch of the record that an error is about."""
    found = _ROW.search(str(error))
    return int(found[1]) if found else 0


def _reject(index: int, error: Exception) -> Rejected:
    """msgspec's messages name types and paths and never hold a value, so they may be shown."""
    if isinstance(error, RecursionError):
        return Rejected(index, "nested deeper than can be read", None)
    if not isinstance(error, msgspec.ValidationError):
        return Rejected(index, "not readable as JSON", None)
    message = str(error)
    at = _AT.search(message)
    path = _PLACE.sub("[]", at["path"]) if at else "$"
    reason = _AT.sub("", message)
    missing = _MISSING.search(reason)
    return Rejected(index, reason, f"{path}.{missing[1]}" if missing else path)
