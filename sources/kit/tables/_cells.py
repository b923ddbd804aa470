"""One column: the values of one field, as they were decoded → an Arrow array that holds them exactly."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from ._model import MONEY_PRECISION, MONEY_SCALE
from ._shape import Field, Type

MONEY = pa.decimal128(MONEY_PRECISION, MONEY_SCALE)
ARROW_TYPES: dict[Type, pa.DataType] = {
    Type.TEXT: pa.string(),
    Type.DECIMAL: MONEY,
    Type.BIGINT: pa.int64(),
    Type.BOOL: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Type.JSON: pa.string(),
}
# What stands for a raw value that did not come.
ABSENT = msgspec.Raw(b"")
_NULL = "null"
_NOTHING = pa.array(["", _NULL])
# 0001-01-01 and the end of 9999-12-31 in UTC, in microseconds: an offset may lead out of the calendar.
_FIRST_MOMENT, _LAST_MOMENT = -62_135_596_800_000_000, 253_402_300_799_999_999

NOT_EXACT = f"not a number that decimal({MONEY_PRECISION}, {MONEY_SCALE}) holds exactly"
NOT_TEXT = "Expected a string or a number"
NOT_UTF8 = "not valid UTF-8"
NOT_NULLABLE = "null, and a value is required"
NO_MOMENT = "not a moment between the years 1 and 9999 in UTC"

Mask = Callable[[str], str | None]


class CellError(ValueError):
    """Values that their column cannot hold: where (a JSON path), why (without the values), in which rows."""

    def __init__(self, path: str, reason: str, rows: set[int]) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
        self.rows = rows


def is_raw(f: Field) -> bool:
    """Whether a field is decoded as the text that came, because only that is exact, and checked here."""
    return f.secret or f.loose or f.type in (Type.JSON, Type.DECIMAL)


def column(f: Field, values: Sequence[Any], path: str, mask: Mask | None) -> pa.Array:
    """The array of a field. Raises ``CellError`` naming every row that does not fit."""
    assert f.type is not None
    if is_raw(f):
        array = _from_raw(f, raw_texts(values, path), path)
    else:
        array = pa.array(values, ARROW_TYPES[f.type])
        if f.type is Type.TIMESTAMP:
            _check_calendar(array, path)
    return _masked(f, array, mask) if f.personal and mask is not None else array


def raw_texts(values: Sequence[Any], path: str) -> pa.Array:
    """The JSON texts of raw values; an empty text is a value that did not come."""
    came = pa.array(list(map(bytes, values)), pa.binary())
    return _converted(came, lambda part: part.cast(pa.string()), path, NOT_UTF8)


def _from_raw(f: Field, came: pa.Array, path: str) -> pa.Array:
    if f.required:
        _refuse(pc.equal(came, _NULL), path, NOT_NULLABLE)
    texts = pc.if_else(pc.is_in(came, _NOTHING), None, came)
    if f.type is Type.DECIMAL:
        return _converted(texts, lambda part: pc.utf8_trim(part, '"').cast(MONEY), path, NOT_EXACT)
    return _unquoted(texts, path) if f.loose else texts


def _unquoted(texts: pa.Array, path: str) -> pa.Array:
    """Strings without their quotes, and numbers as they were written."""
    _refuse(pc.match_substring_regex(texts, r"^[\[{tf]"), path, NOT_TEXT)
    if not pc.any(pc.match_substring(texts, "\\")).as_py():
        return pc.utf8_trim(texts, '"')
    decode = msgspec.json.Decoder(str).decode
    return pa.array(
        [decode(text) if text and text[0] == '"' else text for text in texts.to_pylist()], pa.string()
    )


def _masked(f: Field, array: pa.Array, mask: Mask) -> pa.Array:
    texts = [None if value is None else mask(value) for value in array.to_pylist()]
    if f.type is Type.JSON:
        texts = [None if text is None else json.dumps(text) for text in texts]
    return pa.array(texts, pa.string())


def _check_calendar(array: pa.Array, path: str) -> None:
    moments = array.view(pa.int64())
    outside = pc.or_(pc.less(moments, _FIRST_MOMENT), pc.greater(moments, _LAST_MOMENT))
    _refuse(outside, path, NO_MOMENT)


def _refuse(bad: pa.Array, path: str, reason: str) -> None:
    if pc.any(bad).as_py():
        raise CellError(path, reason, set(pc.indices_nonzero(bad).to_pylist()))


def _converted(array: pa.Array, convert: Callable[[pa.Array], pa.Array], path: str, reason: str) -> pa.Array:
    try:
        return convert(array)
    except pa.ArrowInvalid:
        raise CellError(path, reason, _culprits(array, convert)) from None


def _culprits(array: pa.Array, convert: Callable[[pa.Array], pa.Array], first: int = 0) -> set[int]:
    """The rows that cannot be converted, found by halving: those that can cost next to nothing."""
    try:
        convert(array)
    except pa.ArrowInvalid:
        if len(array) == 1:
            return {first}
    else:
        return set()
    half = len(array) // 2
    return _culprits(array[:half], convert, first) | _culprits(array[half:], convert, first + half)
