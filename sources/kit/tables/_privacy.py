"""Personal data, before anything is written: kept, dropped, or replaced by a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ._shape import ObjectShape

Mode = Literal["keep", "drop", "hash"]
_ENCODER = msgspec.json.Encoder(decimal_format="number")


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
        """A rejected record as it may be kept: whole, but for secrets, and for personal fields unless they
        are kept. ``None`` when it cannot be read and might hold such a field."""
        if not _guarded(shape, self.mode):
            return record.decode("utf-8", "replace")
        try:
            document = json.loads(record, parse_float=Decimal)
            return _ENCODER.encode(self._mask(shape, document)).decode()
        except (ValueError, RecursionError):
            return None

    def _mask(self, shape: ObjectShape, document: Any) -> Any:
        if isinstance(document, list):
            return [self._mask(shape, element) for element in document]
        if not isinstance(document, dict):
            return document
        masked = dict(document)
        masker = self.masker()
        for f in shape.fields:
            for name in f.wire_names:
                if name not in masked:
                    continue
                inner = f.object or f.items
                if f.secret or (f.personal and masker is _dropped):
                    del masked[name]
                elif f.personal and masker is not None:
                    masked[name] = masker(str(masked[name]))
                elif inner is not None and inner.model is not None:
                    masked[name] = self._mask(inner, masked[name])
        return masked


def _dropped(_: str) -> None:
    return None


def _guarded(shape: ObjectShape, mode: Mode) -> bool:
    """Whether a record of this shape holds a field that may not be kept as it came."""
    for f in shape.fields:
        if f.secret or (f.personal and mode != "keep"):
            return True
        inner = f.object or f.items
        if inner is not None and inner.model is not None and _guarded(inner, mode):
            return True
    return False
