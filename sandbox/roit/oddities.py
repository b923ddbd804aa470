"""The odd spellings of a real API: one instant or number can be written in many ways, all of them legal."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import msgspec

from ..core.wire import raw
from .skeleton import SECOND, moment_of

BAD_KINDS = 8
SAO_PAULO = -3
UNKNOWN_STATUS = "IN_DISPUTE"
UNKNOWN_DOCUMENT_TYPE = "FOREIGN_INVOICE"
UNKNOWN_EVERY = 97
"""Every so many, a payable has values outside of the published enumerations."""

EXTRA_EVERY = 31
"""Every so many, a payable has fields that the contract does not know."""

METADATA = (
    '{"erpNumber": "%(number)s", "plant": "0001", "tags": ["a", "b"]}',
    '{"erpNumber": "%(number)s", "id": "x-1", "Id": 2, "ID": null, "_dlt_id": "mine", "_dlt_load_id": 17}',
    '{"exact": 12345678901234567890.12345678901234567890, "tiny": 1e-7, "minus": -0.0, "same": 1.10}',
    '{"descrição": "Nota de serviço nº 7 ✓ 日本", "smile": "\\ud83d\\ude00", "quote": "\\"\\\\\\u0041"}',
    '{"a": {"b": {"c": {"d": {"e": {"f": [{"g": [[], {}, [null, true, 1.50]]}]}}}}}, "value.net": "clash"}',
    '{"id": {"id": {"Id": [1, "1", 1.0]}}, "updatedAt": "yesterday", "status": 7, "": "no name", "a b": 0}',
    "{}",
)
"""Free-form objects as raw text: numbers, escapes and spaces are to arrive byte for byte."""


def stamp(at: int, style: int) -> str:
    """The instant in a form that keeps all of its digits: `Z`, `+00:00` or `-03:00`, 0 to 7 digits."""
    moment = moment_of(at)
    offset = "Z"
    if style % 5 == 1:
        offset = "+00:00"
    elif style % 5 == 2:
        moment, offset = moment_of(at + SAO_PAULO * 3600 * SECOND), "-03:00"
    text = f"{moment:%Y-%m-%dT%H:%M:%S}"
    fraction = at % SECOND
    if fraction % 1_000:
        digits = f"{fraction:06}" if style % 2 else f"{fraction:06}0"
    elif fraction % 100_000 == 0 and style % 3 == 0:
        digits = str(fraction // 100_000) if fraction or style % 2 else ""
    else:
        digits = f"{fraction // 1_000:03}"
    return f"{text}.{digits}{offset}" if digits else f"{text}{offset}"


def spell(value: Decimal, style: int) -> msgspec.Raw | Decimal:
    """The same number in one of its legal JSON spellings: `1500`, `1.5E+3`, `1500.00`, `-0.0`, `1e-7`."""
    if not value:
        return raw(("0", "0.00", "-0.0", "0", "0.0", "0e0", "0")[style % 7])
    if value == value.to_integral_value() and style % 4 == 0:
        plain = value.to_integral_value().normalize()
        return raw(f"{plain:E}" if style % 8 else f"{plain:f}")
    if style % 4 == 1:
        return raw(f"{value.normalize():f}")
    return raw(f"{value:e}" if style % 16 == 2 else f"{value:f}")


def metadata(index: int, number: str) -> msgspec.Raw | None:
    """Raw JSON text of the free-form object, or None for null."""
    if index % 11 == 10:
        return None
    text = METADATA[index % len(METADATA)]
    return raw(text % {"number": number} if "%(" in text else text)


def shown_status(index: int, status: str) -> str:
    """The status as it is shown: now and then one that came after the contract was written."""
    return UNKNOWN_STATUS if index % UNKNOWN_EVERY == UNKNOWN_EVERY - 1 and status == "OPEN" else status


def unknown_enums(index: int, record: dict[str, Any]) -> None:
    """Values that came after the contract was written."""
    record["status"] = shown_status(index, record["status"])
    if index % UNKNOWN_EVERY == UNKNOWN_EVERY - 2 and record["documentType"] == "OTHER":
        record["documentType"] = UNKNOWN_DOCUMENT_TYPE


def unknown_fields(index: int, record: dict[str, Any]) -> None:
    """Fields that came after the contract was written, at the top and inside of lists and objects."""
    if index % EXTRA_EVERY != 7:
        return
    record["riskScore"] = raw("0.300")
    record["esg"] = {"Scope": 3, "co2Kg": raw("1.0e2")}
    record["value"]["roundingDifference"] = raw("0.00")
    record["provider"]["rating"] = "A+"
    for installment in record.get("installments") or []:
        installment["novoCampo"] = {"índice": installment["number"]}


def spoil(record: dict[str, Any], kind: int) -> None:
    """Break the contract in one way: the records of the option `bad_records`."""
    match kind % BAD_KINDS:
        case 0:
            record["value"]["net"] = "n/a"
        case 1:
            del record["id"]
        case 2:
            record["issueDate"] = "2026-13-45"
        case 3:
            record["value"]["gross"] = raw("1234567890123456789012345678.9012345678901")
        case 4:
            record["updatedAt"] = "yesterday"
        case 5:
            record["installments"] = [{"number": "one", "dueDate": None, "value": "much"}]
        case 6:
            record["currency"] = "BRL"
        case _:
            record["isOpen"] = "yes"


def rng_of(seed: int, index: int, name: str) -> random.Random:
    """A stream for one aspect of one record."""
    return random.Random(f"{seed}:{index}:{name}")
