"""Answers of an API, taken apart without reading what is inside: records stay the bytes that came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec

from sources.kit.tables import slices
from sources.kit.transport import WrongAnswer

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
# An escaped character of JSON text: a backslash, a pair that stands for one character, or half of such a pair,
# which is valid in JSON's grammar, in no text, and in no database.
_ESCAPE = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_REPLACEMENT = rb"\ufffd"
_ABSENT = (b"null", b"")
_BOM = b"\xef\xbb\xbf"


class Answer:
    """A JSON object whose parts are found by dotted paths (``data.data``). The empty path is the whole.

    Half a surrogate pair becomes U+FFFD; all else stays as it came. Raises ``WrongAnswer`` for what is not
    JSON: reads are then tried again.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.headers = response.headers
        self._body = _valid(response.content.removeprefix(_BOM))
        self._objects: dict[str, dict[str, msgspec.Raw]] = {}

    def raw(self, path: str) -> bytes | None:
        """The JSON text at a path; ``None`` when it is absent or null."""
        text: bytes | msgspec.Raw = self._body
        above = ""
        for name in filter(None, path.split(".")):
            found = self._fields(above, text).get(name)
            if found is None:
                return None
            above, text = f"{above}.{name}", found
        text = bytes(text)
        return None if text in _ABSENT else text

    def _fields(self, path: str, text: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
        """The fields of the object at a path, none for what is no object. A body is large and asked often:
        each object in it is taken apart once."""
        if path not in self._objects:
            try:
                self._objects[path] = _OBJECT.decode(text)
            except msgspec.DecodeError:
                self._objects[path] = {}
        return self._objects[path]

    def records(self, path: str) -> Sequence[bytes]:
        """The elements of the list at a path. Raises ``WrongAnswer`` when there is none."""
        text = self.raw(path)
        if text is None:
            raise WrongAnswer(f"the answer has no list at '{path or 'its top'}'")
        try:
            return slices(text)
        except msgspec.DecodeError:
            raise WrongAnswer(f"what stands at '{path or 'the top'}' of the answer is not a list") from None

    def value(self, path: str) -> Any:
        """The decoded value at a path; ``None`` when it is absent."""
        text = self.raw(path)
        return None if text is None else msgspec.json.decode(text)

    def number(self, path: str) -> int | None:
        """The whole number at a path, also when it is written as a string; ``None`` when it is absent."""
        value = self.value(path) if path else None
        if isinstance(value, str) and value.isdecimal():
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def text(self, path: str) -> str | None:
        """The string at a path; ``None`` when it is absent or something else."""
        value = self.value(path)
        return value if isinstance(value, str) else None


def _valid(body: bytes) -> bytes:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        repaired = _ESCAPE.sub(lambda found: found[1] or _REPLACEMENT, body)
        if repaired == body:
            raise WrongAnswer("the answer is not JSON") from None
        return _valid(repaired)
    except RecursionError:
        raise WrongAnswer("the answer is nested deeper than can be read") from None
    return body
