"""BigQuery's types and values, to and from the engine's messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service
from zetasql.wasi._pb2.zetasql.public import type_pb2, value_pb2

EPOCH = date(1970, 1, 1)
EPOCH_TIME = datetime(1970, 1, 1, tzinfo=UTC)
# How many decimals the engine keeps of each exact type.
SCALES = {"NUMERIC": 9, "BIGNUMERIC": 38}
PRECISE = Context(prec=100)

_CODES = {
    "STRING": type_pb2.TYPE_STRING,
    "INT64": type_pb2.TYPE_INT64,
    "BOOL": type_pb2.TYPE_BOOL,
    "FLOAT64": type_pb2.TYPE_DOUBLE,
    "NUMERIC": type_pb2.TYPE_NUMERIC,
    "BIGNUMERIC": type_pb2.TYPE_BIGNUMERIC,
    "DATE": type_pb2.TYPE_DATE,
    "TIMESTAMP": type_pb2.TYPE_TIMESTAMP,
    "BYTES": type_pb2.TYPE_BYTES,
    "JSON": type_pb2.TYPE_JSON,
    "ARRAY": type_pb2.TYPE_ARRAY,
    "STRUCT": type_pb2.TYPE_STRUCT,
}
_NAMES = {code: name for name, code in _CODES.items()}
_FIELDS = {
    "STRING": "string_value",
    "INT64": "int64_value",
    "BOOL": "bool_value",
    "FLOAT64": "double_value",
    "BYTES": "bytes_value",
    "JSON": "json_value",
}
# What an element of an array is, by the field that holds it, where it is not the value itself.
_ELEMENTS = {"date_value": "DATE", "timestamp_value": "TIMESTAMP"}
# Other words for the same types, in DDL and in dbt's files.
_ALIASES = {
    "INTEGER": "INT64",
    "BIGINT": "INT64",
    "BOOLEAN": "BOOL",
    "FLOAT": "FLOAT64",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
    "TEXT": "STRING",
}


@dataclass(frozen=True)
class Parameter:
    """The value of an ``@name``."""

    name: str
    kind: str
    value: Any

    def proto(self) -> Any:
        return service.Parameter(name=self.name, value=encode(self.value, self.kind))


def plain_type(declared: str) -> str:
    """``bignumeric(38,10)`` is ``BIGNUMERIC``."""
    name = declared.strip().partition("(")[0].strip().upper()
    return _ALIASES.get(name, name)


def type_of(name: str) -> Any:
    if name.startswith("ARRAY<"):
        array = type_pb2.TypeProto(type_kind=_CODES["ARRAY"])
        array.array_type.element_type.CopyFrom(type_of(name[len("ARRAY<") : -1]))
        return array
    return type_pb2.TypeProto(type_kind=_CODES[name])


def type_name(type_: Any) -> str:
    return _NAMES.get(type_.type_kind, type_pb2.TypeKind.Name(type_.type_kind))


def encode(value: Any, kind: str) -> Any:
    """A Python value of a type; ``None`` is null."""
    if value is None:
        return value_pb2.ValueProto()
    if kind.startswith("ARRAY<"):
        encoded = value_pb2.ValueProto()
        encoded.array_value.SetInParent()
        encoded.array_value.element.extend(encode(each, kind[len("ARRAY<") : -1]) for each in value)
        return encoded
    if kind in SCALES:
        return value_pb2.ValueProto(**{f"{kind.lower()}_value": _scaled(Decimal(value), SCALES[kind])})
    if kind == "DATE":
        return value_pb2.ValueProto(date_value=(value - EPOCH).days)
    if kind == "TIMESTAMP":
        encoded = value_pb2.ValueProto()
        passed = value - EPOCH_TIME
        encoded.timestamp_value.seconds = passed // timedelta(seconds=1)
        encoded.timestamp_value.nanos = value.microsecond * 1000
        return encoded
    return value_pb2.ValueProto(**{_FIELDS[kind]: value})


def decode(value: Any, kind: str) -> Any:
    """What ``encode`` takes; a list for an array."""
    which = value.WhichOneof("value")
    if which is None:
        return None
    if kind in SCALES:
        return _unscaled(getattr(value, which), SCALES[kind])
    if kind == "DATE":
        return EPOCH + timedelta(days=value.date_value)
    if kind == "TIMESTAMP":
        stamp = value.timestamp_value
        return EPOCH_TIME + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    if kind == "ARRAY":
        return [
            decode(each, _ELEMENTS.get(str(each.WhichOneof("value")), ""))
            for each in value.array_value.element
        ]
    return getattr(value, which)


def _scaled(value: Decimal, scale: int) -> bytes:
    """Two's complement, little end first, of the value in units of its last decimal."""
    units = int(value.scaleb(scale, PRECISE))
    return units.to_bytes((units.bit_length() + 8) // 8, "little", signed=True)


def _unscaled(data: bytes, scale: int) -> Decimal:
    return Decimal(int.from_bytes(data, "little", signed=True)).scaleb(-scale, PRECISE)
