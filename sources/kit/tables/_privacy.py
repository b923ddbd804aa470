"""Personal data, before anything is written: kept, dropped, or replaced by a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from ._shape import ObjectShape

Mode = Literal["keep", "drop", "hash"]
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class Privacy:
    """What becomes of the columns marked ``Personal``.

    Args:
        mode: ``keep`` them, ``drop`` them (null), or ``hash`` them: HMAC-SHA-256 under ``key``, in hex, so
            that equal values stay equal and joins still work, and nobody without the key can try values out.
        key: the secret key for ``hash``.

    Raises:
        ValueError: ``hash`` without a key, or an unknown mode.
    """

    mode: Mode = "keep"
    key: bytes = b""

    def __post_init__(self) -> None:
        if self.mode not in ("keep", "drop", "hash"):
            raise ValueError(f"personal_data is {self.mode!r}: use keep, drop or hash")
        if self.mode == "hash" and not self.key:
            raise ValueError("personal_data = hash needs personal_data_key, a secret of your own")

    def masker(self) -> Callable[[str], str | None] | None:
        """What replaces one text, or ``None`` when everything is kept."""
        if self.mode == "keep":
            return None
        return self._hash if self.mode == "hash" else _dropped

    def _hash(self, value: str) -> str:
        return hmac.new(self.key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def publishable(self, shape: ObjectShape, record: bytes) -> str | None:
        """A rejected record as it may be kept: whole, but for secrets, and for personal and unknown fields
        unless they are kept. ``None`` when it cannot be read and might hold such a field."""
        if not _guarded(shape, self.mode):
            return record.decode("utf-8", "replace")
        try:
            return self._shown(shape, record).decode("utf-8", "replace")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def _shown(self, shape: ObjectShape, raw: bytes | msgspec.Raw) -> bytes:
        """The JSON text of an object, or a list of them, without what may not be shown. Where something else
        stands than the model says, nobody knows what it is: it is guarded whole."""
        text = bytes(raw).strip()
        if text.startswith(b"["):
            return b"[" + b",".join(self._shown(shape, item) for item in _LIST.decode(text)) + b"]"
        if not text.startswith(b"{"):
            return text if text == b"null" else self._guard(text)
        fields = _OBJECT.decode(text)
        shown = {name: self._field(shape, name, raw) for name, raw in fields.items()}
        if all(shown[name] == bytes(raw) for name, raw in fields.items()):
            return text
        parts = (
            msgspec.json.encode(name) + b":" + value for name, value in shown.items() if value is not None
        )
        return b"{" + b",".join(parts) + b"}"

    def _field(self, shape: ObjectShape, name: str, raw: msgspec.Raw) -> bytes | None:
        f = shape.by_wire_name.get(name)
        if f is not None and f.secret:
            return None
        inner = None if f is None else f.object or f.items
        if inner is not None and inner.model is not None and _guarded(inner, self.mode):
            return self._shown(inner, raw)
        personal = f is None or f.personal or (inner is not None and any(g.personal for g in inner.fields))
        return self._guard(bytes(raw)) if personal and self.mode != "keep" else bytes(raw)

    def _guard(self, text: bytes) -> bytes:
        """What stands for a JSON value that may not be shown; a string is hashed as its column would be."""
        if self.mode != "hash" or text == b"null":
            return b"null"
        if text.startswith(b"["):
            return b"[" + b",".join(self._guard(bytes(item)) for item in _LIST.decode(text)) + b"]"
        value = (
            msgspec.json.decode(text, type=str) if text.startswith(b'"') else text.decode("utf-8", "replace")
        )
        return msgspec.json.encode(self._hash(value))


def _dropped(_: str) -> None:
    return None


def _guarded(shape: ObjectShape, mode: Mode) -> bool:
    """Whether an object of this shape may hold something that may not be kept as it came."""
    if mode != "keep":
        return True
    inner = (f.object or f.items for f in shape.fields)
    return any(f.secret for f in shape.fields) or any(i is not None and _guarded(i, mode) for i in inner)
