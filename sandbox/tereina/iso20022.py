"""ISO 20022 documents from a declarative tree: what all message types share.

A tree is a dictionary from element name to text, to another tree, to `Amount`, or to a list of these (the
element is repeated). None is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import etree

from .values import Object

Tree = dict[str, Any]
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


@dataclass(frozen=True)
class Amount:
    """An amount with its currency as an attribute."""

    quantity: Decimal
    currency: str


def document(message: str, body: Tree, prefix: str | None = None) -> bytes:
    """Return the XML of a message such as `pain.001.001.09`, its namespace as default or under a prefix."""
    namespace = NAMESPACE + message
    prefixes: Any = {prefix: namespace}
    root = etree.Element(f"{{{namespace}}}Document", nsmap=prefixes)
    _fill(root, body, namespace)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=prefix is None)


def _fill(element: Any, tree: Tree, namespace: str) -> None:
    for name, value in tree.items():
        for item in value if isinstance(value, list) else [value]:
            if item is None:
                continue
            child = etree.SubElement(element, f"{{{namespace}}}{name}")
            if isinstance(item, dict):
                _fill(child, item, namespace)
            elif isinstance(item, Amount):
                child.text = format(item.quantity, "f")
                child.set("Ccy", item.currency)
            else:
                child.text = str(item)


def bank(version: int, bic: str, first_bicfi_version: int) -> Tree:
    """Return the agent's identification: BICFI since one version of each message, BIC before it."""
    return {"FinInstnId": {"BICFI" if version >= first_bicfi_version else "BIC": bic}}


def organisation(reference: str | None) -> Tree | None:
    return {"OrgId": {"Othr": {"Id": reference}}} if reference else None


def control_sum(items: Iterable[Object]) -> str:
    return format(sum((item["amount"] for item in items), Decimal("0.00")), "f")
