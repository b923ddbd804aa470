"""Objects as the bytes of a batch: JSON, NDJSON, CSV and generic XML.

Fields whose names start with `_` are notes of the sandbox and never leave it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal

from lxml import etree

from ..core.wire import encode, raw
from .values import Object

JSON, NDJSON, CSV, XML = "application/json", "application/x-ndjson", "text/csv", "application/xml"

Amounts = Literal["string", "number", "mixed"]
"""How decimals are written: every one as text, every one as a number, or both in turn."""

_ROOTS = {
    "COMPANY": ("companies", "company"),
    "COMPANY_CODE": ("companyCodes", "companyCode"),
    "INVOICE": ("invoices", "invoice"),
    "PURCHASE_ORDER": ("purchaseOrders", "purchaseOrder"),
    "PAYMENT_REQUEST": ("paymentRequests", "paymentRequest"),
    "PAYMENT_STATUS": ("paymentStatuses", "paymentStatus"),
    "BANK_STATEMENT": ("bankStatements", "bankStatement"),
}

OBJECT_TYPES = tuple(_ROOTS)


def render(object_type: str, objects: Sequence[Object], content_type: str, amounts: Amounts) -> bytes:
    """Return the payload of a batch of any content type but ISO 20022."""
    if content_type == CSV:
        return render_csv(objects)
    if content_type == XML:
        return render_xml(object_type, objects)
    rows = [encode(_jsonable(item, amounts, n)) for n, item in enumerate(objects)]
    if content_type == NDJSON:
        # Both line ends occur, and an empty line at the end.
        return b"".join(row + (b"\r\n" if n % 5 == 4 else b"\n") for n, row in enumerate(rows)) + b"\n"
    return b"[" + b",\n".join(rows) + b"]"


def _jsonable(value: Any, amounts: Amounts, turn: int) -> Any:
    if isinstance(value, Decimal):
        if amounts == "string" or (amounts == "mixed" and turn % 2):
            return format(value, "f")
        # Every eleventh record writes its numbers with an exponent, which is legal JSON.
        return raw(f"{value:E}") if turn % 11 == 10 else raw(format(value, "f"))
    if isinstance(value, dict):
        return {k: _jsonable(item, amounts, turn) for k, item in value.items() if not k.startswith("_")}
    if isinstance(value, list):
        return [_jsonable(item, amounts, turn) for item in value]
    return value


def render_csv(objects: Sequence[Object]) -> bytes:
    """Return a header row and a row per object; null is an empty cell. Objects must be flat."""
    columns = list(dict.fromkeys(name for item in objects for name in item))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_text(item.get(name)) for name in columns] for item in objects)
    return text.getvalue().encode()


def render_xml(object_type: str, objects: Iterable[Object]) -> bytes:
    """Return an element per object; a list is a repeated element without a wrapper, null an empty element."""
    root_name, name = _ROOTS[object_type]
    root = etree.Element(root_name)
    for item in objects:
        _fill(etree.SubElement(root, name), item)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _fill(element: Any, value: Any) -> None:
    if not isinstance(value, dict):
        element.text = _text(value) or None
        return
    for name, item in value.items():
        if name.startswith("_"):
            continue
        for part in item if isinstance(item, list) else [item]:
            _fill(etree.SubElement(element, name), part)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
