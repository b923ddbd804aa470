"""Unknown fields → the ``_extra`` column: under the API's own names, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa

from ._cells import ABSENT, Mask, raw_texts
from ._node import Node

_RESCUED = msgspec.json.Decoder(dict[str, msgspec.Raw])


def extra_column(node: Node, objects: Sequence[Any], path: str, mask: Mask | None) -> pa.Array:
    """For each object the JSON object of its unknown fields, those of inner objects under the inner object's
    name; null where there are none. Under a privacy setting they are not known to be harmless, so they are
    treated as personal. Raises ``CellError`` for what is not UTF-8."""
    found = _unknown(node, objects)
    if not found:
        return pa.nulls(len(objects), pa.string())
    texts = raw_texts([found.get(row, b"") for row in range(len(objects))], path).to_pylist()
    if mask is None:
        return pa.array([text or None for text in texts], pa.string())
    masked = [mask(text) if text else None for text in texts]
    return pa.array([None if text is None else json.dumps(text) for text in masked], pa.string())


def _unknown(node: Node, objects: Sequence[Any]) -> dict[int, bytes]:
    """The unknown fields of those objects that have any, by the object's index."""
    parts: dict[int, list[bytes]] = {}
    for wire_name, attribute in node.learned.items():
        name = _name(wire_name)
        for row, raw in enumerate(map(attrgetter(attribute), objects)):
            if raw is not ABSENT:
                parts.setdefault(row, []).append(name + bytes(raw))
    for row, raw in enumerate(map(attrgetter("rescued"), objects) if node.rescued else ()):
        if raw is not ABSENT:
            parts.setdefault(row, []).extend(_name(k) + bytes(v) for k, v in _RESCUED.decode(raw).items())
    for f in node.shape.fields:
        if f.object is None or f.secret or not node.children[f.name].has_unknown:
            continue
        name = _name(f.wire_names[0])
        for row, text in _unknown(node.children[f.name], node.values(f, objects)).items():
            parts.setdefault(row, []).append(name + text)
    return {row: b"{" + b",".join(found) + b"}" for row, found in parts.items()}


def _name(wire_name: str) -> bytes:
    return msgspec.json.encode(wire_name) + b":"
