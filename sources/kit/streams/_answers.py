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
# Half of a pair that stands for one character: valid in JSON's grammar, in no text, and in no database.
_LONE_SURROGATE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_ABSENT = (b"null", b"")
_BOM = b"\xef\xbb\xbf"


class Answer:
    """A JSON object whose parts are found by dotted paths (``data.data``). The empty path is the whole.

    Raises ``WrongAnswer`` for what is not JSON: reads are then tried again.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.headers = response.headers
        self._body = _valid(response.content.removeprefix(_BOM))

    def raw(self, path: str) -> bytes | None:
        """The JSON text at a path; ``None`` when it is absent or null."""
        text: bytes | msgspec.Raw = self._body
        for name in filter(None, path.split(".")):
            try:
                found = _OBJECT.decode(text).get(name)
            except msgspec.DecodeError:
                return None
            if found is None:
                return None
            text = found
        text = bytes(text)
        return None if text in _ABSENT else text

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
        repaired = _LONE_SURROGATE.sub(rb"\\ufffd", body)
        if repaired == body:
            raise WrongAnswer("the answer is not JSON") from None
        return _valid(repaired)
    except RecursionError:
        raise WrongAnswer("the answer is nested deeper than can be read") from None
    return body
