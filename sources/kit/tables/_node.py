"""Models → msgspec structs: one for each object, whose fields may have any name on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from ._cells import ABSENT, is_raw
from ._shape import Field, ObjectShape, Type

_INT64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_TIMESTAMP = Annotated[datetime, msgspec.Meta(tz=True)]
_TYPES: dict[Type, Any] = {
    Type.TEXT: str,
    Type.BIGINT: _INT64,
    Type.BOOL: bool,
    Type.DATE: date,
    Type.TIMESTAMP: _TIMESTAMP,
}
# A key that no API can send twice with a meaning: where the second chance puts what it found unknown.
RESCUED_KEY = "\u2063ledgerhouse:unknown\u2063"
_NULLS = (b"", b"null")


@dataclass
class Node:
    """One object of the model with its struct: ``attributes`` are the struct's names of each field, and of
    each unknown field that was ``learned``. ``blank`` stands for an object that did not come."""

    shape: ObjectShape
    struct: Any = None
    blank: Any = None
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)
    learned: dict[str, str] = field(default_factory=dict)
    rescued: bool = False

    def values(self, f: Field, objects: Sequence[Any]) -> list[Any]:
        """One field of each struct; the first name that is not null counts when it has several."""
        columns = [list(map(attrgetter(name), objects)) for name in self.attributes[f.name]]
        found = columns[0] if len(columns) == 1 else [_first_told(row) for row in zip(*columns, strict=True)]
        if f.object is None:
            return found
        blank = self.children[f.name].blank
        return [blank if value is None else value for value in found]

    @property
    def has_unknown(self) -> bool:
        """Whether an object of this node, or one inside it that is no list's element, may have any."""
        inner = (self.children[f.name] for f in self.shape.fields if f.object is not None)
        return self.rescued or bool(self.learned) or any(node.has_unknown for node in inner)


def _first_told(values: tuple[Any, ...]) -> Any:
    for value in values:
        if value is not None and not (isinstance(value, msgspec.Raw) and bytes(value) in _NULLS):
            return value
    return values[0]


def make_node(shape: ObjectShape) -> Node:
    node = Node(shape)
    for f in shape.fields:
        inner = f.object or (f.items if f.items is not None and f.items.model is not None else None)
        if inner is not None:
            node.children[f.name] = make_node(inner)
    return node


def compile_node(node: Node) -> Any:
    """A struct with attributes f1, f2, ... (so any wire name will do), and x0, ... for what was learned."""
    fields: list[Any] = []
    rename: dict[str, str] = {"rescued": RESCUED_KEY}
    node.attributes = {}
    for f in node.shape.fields:
        inner = compile_node(node.children[f.name]) if f.name in node.children else None
        names = []
        for wire_name in f.wire_names:
            attribute = f"f{len(rename)}"
            rename[attribute] = wire_name
            names.append(attribute)
            fields.append(_struct_field(f, attribute, inner))
        node.attributes[f.name] = tuple(names)
    for wire_name, attribute in node.learned.items():
        rename[attribute] = wire_name
        fields.append((attribute, msgspec.Raw, ABSENT))
    fields.append(("rescued", msgspec.Raw, ABSENT))
    name = node.shape.model.__name__ if node.shape.model else "Value"
    node.struct = msgspec.defstruct(
        name, fields, rename=rename, forbid_unknown_fields=True, gc=False, kw_only=True
    )
    node.blank = node.struct(**{f[0]: ABSENT if f[1] is msgspec.Raw else None for f in fields})
    return node.struct


def _struct_field(f: Field, attribute: str, inner: Any) -> tuple[Any, ...]:
    if is_raw(f):
        return (attribute, msgspec.Raw) if f.required else (attribute, msgspec.Raw, ABSENT)
    if f.items is not None:
        of = inner if inner is not None else str | None
        return (attribute, list[of] | None, None)  # type: ignore[valid-type]
    kind = inner if inner is not None else _TYPES[f.type]  # type: ignore[index]
    return (attribute, kind) if f.required else (attribute, kind | None, None)
