"""The second chance of a record that the decoder does not take as it came."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from ._node import RESCUED_KEY, Node
from ._shape import Field, Type

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_PLAIN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Repair:
    """A record in the spelling that the decoder takes: ISO 8601 timestamps that RFC 3339 does not know, plain
    dates where the model allows them, unknown fields put aside. All other bytes stay as they came."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note

    def record(self, node: Node, raw: bytes | msgspec.Raw, path: str = "$") -> bytes:
        try:
            fields = _OBJECT.decode(raw)
        except msgspec.DecodeError:
            return bytes(raw)
        known: dict[str, bytes] = {}
        unknown: dict[str, bytes] = {}
        for name, value in fields.items():
            f = node.shape.by_wire_name.get(name)
            if f is not None:
                known[name] = self._field(node, f, value, f"{path}.{name}")
            elif name in node.learned:
                known[name] = bytes(value)
            else:
                unknown[name] = bytes(value)
                self._note(f"{path}.{name}")
        if unknown:
            node.rescued = True
            known[RESCUED_KEY] = _object_text(unknown)
        return _object_text(known)

    def _field(self, node: Node, f: Field, raw: msgspec.Raw, path: str) -> bytes:
        child = node.children.get(f.name)
        if child is None:
            return _respelled(f, bytes(raw))
        if f.items is None:
            return self.record(child, raw, path)
        try:
            elements = _LIST.decode(raw)
        except msgspec.DecodeError:
            return bytes(raw)
        return b"[" + b",".join(self.record(child, element, f"{path}[]") for element in elements) + b"]"


def _object_text(fields: dict[str, bytes]) -> bytes:
    return b"{" + b",".join(msgspec.json.encode(k) + b":" + v for k, v in fields.items()) + b"}"


def _respelled(f: Field, text: bytes) -> bytes:
    if f.type is not Type.TIMESTAMP or not text.startswith(b'"'):
        return text
    moment = read_moment(msgspec.json.decode(text), date_ok=f.date_ok)
    return text if moment is None else msgspec.json.encode(moment)


def read_moment(text: str, *, date_ok: bool) -> datetime | None:
    """A timestamp in any spelling of ISO 8601; ``None`` when it has no offset and is no date that may stand
    for its midnight, UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC) if date_ok and _PLAIN_DATE.fullmatch(text) else None
