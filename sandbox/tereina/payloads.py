"""Uploaded payloads: read in the client's configured format, and checked for what every object must have."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from .errors import refuse

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


def references(payload: bytes, format_: str) -> list[str]:
    """Return the reference of each object; a payload that cannot be read, or lacks one, is refused (422)."""
    try:
        found = _READERS[format_](payload)
    except (ValueError, etree.XMLSyntaxError) as error:
        raise refuse(422, f"the payload is no valid {format_}: {error}") from None
    if missing := [number for number, reference in enumerate(found, start=1) if not reference]:
        raise refuse(422, f"referenceId is missing in object {missing[0]}")
    return found


def _from_json(payload: bytes) -> list[str]:
    value: Any = json.loads(payload)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("a list of objects is expected")
    return [str(item.get("referenceId") or "") for item in value]


def _from_csv(payload: bytes) -> list[str]:
    rows = csv.DictReader(io.StringIO(payload.decode(), newline=""))
    return [row.get("referenceId") or "" for row in rows]


def _from_xml(payload: bytes) -> list[str]:
    return [item.findtext("referenceId") or "" for item in etree.fromstring(payload, _PARSER)]


def _from_iso(payload: bytes) -> list[str]:
    transfers = etree.fromstring(payload, _PARSER).iter("{*}CdtTrfTxInf")
    return [item.findtext("{*}PmtId/{*}InstrId") or "" for item in transfers]


_READERS: Mapping[str, Callable[[bytes], list[str]]] = {
    "json": _from_json,
    "csv": _from_csv,
    "xml": _from_xml,
    "iso": _from_iso,
}
FORMATS = tuple(_READERS)
