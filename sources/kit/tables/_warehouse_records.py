"""Rows of a warehouse → records under the API's own names: the way back, for what is sent to a system."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from ._model import Record
from ._shape import Field, ObjectShape, object_shape

# What stands between an object and its field in a column's name.
_STEP = "__"
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class WarehouseRecords:
    """Writes rows as records of one model, in JSON.

    A column is called as in the warehouse (``debtor_account__iban``) or as in the API. Lists and objects are
    values of the warehouse's own kinds, or JSON as text. Null is left out, and so are columns that begin with
    ``_``: they are about loads. What the model does not know stays under its own name. Raises ``ValueError`` for
    a floating-point number: it may not be what it was any more.
    """

    def __init__(self, model: type[Record]) -> None:
        self._shape = object_shape(model)

    def encode(self, row: Mapping[str, Any]) -> bytes:
        """One record."""
        return _ENCODER.encode(_object(self._shape, row))


def _object(shape: ObjectShape, row: Mapping[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, value in row.items():
        if value is not None and not name.startswith("_"):
            _put(shape, document, name, value)
    return document


def _put(shape: ObjectShape, document: dict[str, Any], name: str, value: Any) -> None:
    by_name = {f.name: f for f in shape.fields} | shape.by_wire_name
    known = by_name.get(name)
    if known is not None:
        document[known.wire_names[0]] = _scalar(name, _value(known, value))
        return
    head, step, rest = name.partition(_STEP)
    outer = by_name.get(head)
    if step and outer is not None and outer.object is not None:
        _put(outer.object, document.setdefault(outer.wire_names[0], {}), rest, value)
    else:
        document[name] = _scalar(name, value)


def _value(f: Field, value: Any) -> Any:
    """A list or an object with its fields under their own names; anything else, and what is neither, as it is."""
    if f.object is None and f.items is None:
        return value
    parsed = _parsed(value)
    if f.object is not None:
        return _object(f.object, parsed) if isinstance(parsed, Mapping) else parsed
    if f.items is None or f.items.model is None or not isinstance(parsed, list):
        return parsed
    return [_object(f.items, each) if isinstance(each, Mapping) else each for each in parsed]


def _parsed(value: Any) -> Any:
    """A list or an object that may be JSON as text; numbers keep their digits."""
    return json.loads(value, parse_float=Decimal) if isinstance(value, str) else value


def _scalar(name: str, value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError(f"{name} is a floating-point number: cast it to a decimal")  # noqa: TRY004 - of data
    if isinstance(value, Decimal):
        # the warehouse fills up the scale of a column with zeros
        text = f"{value:f}"
        return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value
