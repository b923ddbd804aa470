"""What is sent to Tereina: objects checked against the models, and written as the payload of one batch."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from sources.kit.tables import Record, Rejected, Validator
from sources.kit.transport import DataError

from .models import Company, CompanyCode, Invoice, PaymentRequest

# The kinds for which the vendor publishes a body.
UPLOADS: dict[str, type[Record]] = {
    "COMPANY": Company,
    "COMPANY_CODE": CompanyCode,
    "PAYMENT_REQUEST": PaymentRequest,
    "INVOICE": Invoice,
}
MEDIA_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "xml": "application/xml",
}
_XML_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# a reader takes a bare one for a line end
_ENTITIES = {"\r": "&#13;"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# So many problems are named; a file with more of them has one cause.
SHOWN_PROBLEMS = 10


class InvalidObjects(DataError):
    """Objects that do not fit: nothing of them may be sent. ``problems`` are the first of them, a line each."""

    def __init__(self, summary: str, problems: Sequence[str] = ()) -> None:
        super().__init__("; ".join([summary, *problems]))
        self.problems = list(problems)


@dataclass(frozen=True)
class Outgoing:
    """A payload in a file, complete and checked. ``size`` is in bytes, ``sha256`` in hex."""

    object_type: str
    media_type: str
    path: Path
    size: int
    objects: int
    sha256: str


def write_payload(
    object_type: str, pages: Iterable[Sequence[bytes]], content_type: str, path: Path
) -> Outgoing:
    """Writes objects (JSON, some at a time) as the payload of one batch, in ``content_type``: a key of
    ``MEDIA_TYPES``.

    Raises ``InvalidObjects`` when one does not fit its model or has a field that the model does not know, when a
    reference comes twice, when a CSV would need a list, when XML has no place for a character, and when there are none.
    """
    checked = path.with_suffix(".checked")
    objects = _check(object_type, pages, checked)
    hasher = hashlib.sha256()
    size = 0
    with path.open("wb") as file:
        for piece in _WRITERS[content_type](checked):
            file.write(piece)
            hasher.update(piece)
            size += len(piece)
    checked.unlink()
    return Outgoing(object_type, MEDIA_TYPES[content_type], path, size, objects, hasher.hexdigest())


def _check(object_type: str, pages: Iterable[Sequence[bytes]], path: Path) -> int:
    """Writes the objects to a file, one a line, and counts them."""
    validator = Validator(UPLOADS[object_type])
    problems: list[str] = []
    wrong = objects = 0
    with path.open("wb") as file:
        for page in pages:
            rejected = validator.check(page)
            wrong += len(rejected)
            problems += [_problem(objects, each) for each in rejected[: SHOWN_PROBLEMS - len(problems)]]
            objects += len(page)
            if not wrong:
                # numbers keep their digits: only blanks between the tokens go
                file.writelines(msgspec.json.format(record, indent=-1) + b"\n" for record in page)
    if wrong:
        raise InvalidObjects(f"{wrong} of {objects} objects do not fit {object_type}", problems)
    if validator.unknown_fields:
        unknown = ", ".join(sorted(validator.unknown_fields)[:SHOWN_PROBLEMS])
        raise InvalidObjects(f"{object_type} has no such fields: {unknown}")
    if not objects:
        raise InvalidObjects("there is no object to send")
    return objects


def _problem(before: int, rejected: Rejected) -> str:
    at = f", {rejected.field}" if rejected.field else ""
    return f"object {before + rejected.index + 1}{at}: {rejected.reason}"


def _json(path: Path) -> Iterator[bytes]:
    yield b"["
    with path.open("rb") as lines:
        for number, line in enumerate(lines):
            yield (b",\n" if number else b"") + line.rstrip(b"\n")
    yield b"]"


def _ndjson(path: Path) -> Iterator[bytes]:
    with path.open("rb") as lines:
        yield from lines


def _csv(path: Path) -> Iterator[bytes]:
    """A header of the API's names, an object inside an object as ``object.field``; null is an empty cell."""
    names: dict[str, None] = {}
    for row in _flat_rows(path):
        names |= dict.fromkeys(row)
    yield _csv_row(names)
    for row in _flat_rows(path):
        yield _csv_row(row.get(name, "") for name in names)


def _csv_row(cells: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _flat_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open("rb") as lines:
        for line in lines:
            # the digits of a number, as they were written
            yield _flat(json.loads(line, parse_float=str, parse_int=str))


def _flat(document: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            cells |= _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value:
            raise InvalidObjects(f"{prefix}{name} is a list, and a CSV holds none: send json or ndjson")
        elif value is not None and value != []:
            cells[prefix + name] = str(value).lower() if isinstance(value, bool) else value
    return cells


def _xml(path: Path) -> Iterator[bytes]:
    """An element an object, under the API's names; a list is the element repeated, null is none at all."""
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<objects>\n'
    with path.open("rb") as lines:
        for line in lines:
            # the digits of a number, as they were written
            document = json.loads(line, parse_float=str, parse_int=str)
            yield _element("object", document).encode() + b"\n"
    yield b"</objects>\n"


def _element(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if not _XML_NAME.fullmatch(name):
        raise InvalidObjects(f"{name!r:.60} cannot be the name of an element: send json or ndjson")
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_element(*each) for each in value.items())}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if _NOT_XML.search(text):
        raise InvalidObjects(f"{name} holds a character that XML has no place for: send json or ndjson")
    return f"<{name}>{escape(text, _ENTITIES)}</{name}>"


_WRITERS: dict[str, Callable[[Path], Iterator[bytes]]] = {
    "json": _json,
    "ndjson": _ndjson,
    "csv": _csv,
    "xml": _xml,
}
