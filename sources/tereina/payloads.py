"""What is in a batch: its bytes as records, by content type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sources.kit.formats import (
    FormatError,
    GroupStatus,
    read_csv,
    read_json_lines,
    read_json_list,
    read_xml_payload,
)
from sources.kit.tables import Record, TextRecords

_CHUNK_BYTES = 1024 * 1024
# Records are handed on in pages of about this size, whichever is reached first.
_PAGE_RECORDS = 1000
_PAGE_BYTES = 4 * 1024**2


@dataclass(frozen=True)
class Count:
    """Objects of a file. ``beside``: what is none by itself, and comes as a record: its sender may have counted it."""

    objects: int
    beside: int = 0


class PayloadFormat(Protocol):
    """One content type. Both methods raise ``FormatError`` for bytes that are not of it."""

    def count(self, path: Path) -> Count:
        """How many objects a file holds. Reads it to its end, so what is wrong with it is found here."""
        ...

    def pages(self, path: Path) -> Iterator[list[bytes]]:
        """The objects of a file as JSON, some at a time."""
        ...


class JsonFormat:
    """JSON in either form: objects stay the bytes that came."""

    def __init__(self, split: Callable[[Iterable[bytes]], Iterator[bytes]]) -> None:
        self._split = split

    def count(self, path: Path) -> Count:
        return Count(sum(1 for _ in self._split(_chunks(path))))

    def pages(self, path: Path) -> Iterator[list[bytes]]:
        return _paged(self._split(_chunks(path)))


class CsvFormat:
    """CSV with a header of the API's names; an object inside an object is ``object.field``."""

    def __init__(self, model: type[Record]) -> None:
        self._records = TextRecords(model)

    def count(self, path: Path) -> Count:
        return Count(sum(batch.num_rows for batch in read_csv(_chunks(path)).batches))

    def pages(self, path: Path) -> Iterator[list[bytes]]:
        file = read_csv(_chunks(path))
        for batch in file.batches:
            for start in range(0, batch.num_rows, _PAGE_RECORDS):
                columns = [column.to_pylist() for column in batch.slice(start, _PAGE_RECORDS).columns]
                yield self._records.rows(file.names, zip(*columns, strict=True))


class XmlFormat:
    """XML with an element per object, or an ISO 20022 message whose transactions or statements are objects.

    Which it is, and of which version, is told by the namespace. A message of another kind than the objects that
    were announced is a ``FormatError``, and one without a reader an ``UnknownMessage``.
    """

    def __init__(self, object_type: str, model: type[Record]) -> None:
        self._object_type = object_type
        self._records = TextRecords(model)

    def count(self, path: Path) -> Count:
        objects = beside = 0
        for each in self._objects(path):
            is_group = isinstance(each, GroupStatus)
            objects, beside = objects + (not is_group), beside + is_group
        return Count(objects, beside)

    def pages(self, path: Path) -> Iterator[list[bytes]]:
        return _paged(map(self._records.encode, self._objects(path)))

    def _objects(self, path: Path) -> Iterator[dict[str, Any]]:
        payload = read_xml_payload(_chunks(path))
        if payload.object_type not in (None, self._object_type):
            raise FormatError(f"{payload.message} holds {payload.object_type}, not {self._object_type}")
        return payload.records


_Make = Callable[[str, type[Record]], PayloadFormat]
# By what a media type says after its slash. The vendor publishes no media types, so the usual spellings of each
# are known, with `x-` or a vendor's prefix, and for ISO 20022 also a message's name alone.
_FORMATS: tuple[tuple[re.Pattern[str], _Make], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"(x-)?(ndjson|jsonl|jsonlines|json-lines)", lambda _, __: JsonFormat(read_json_lines)),
        (r"(.*\+)?json", lambda _, __: JsonFormat(read_json_list)),
        (r"(x-)?csv|comma-separated-values", lambda _, model: CsvFormat(model)),
        (r"(.*\+)?xml|.*\biso[-_. ]?20022\b.*|.*\b(pain\.00[12]|camt\.053)\b.*", XmlFormat),
    )
)


def payload_format(media_type: str, object_type: str, model: type[Record]) -> PayloadFormat | None:
    """How objects of a kind are read out of a content type (in lower case, without parameters); ``None`` for
    one that is not understood."""
    subtype = media_type.rpartition("/")[2]
    return next((make(object_type, model) for known, make in _FORMATS if known.fullmatch(subtype)), None)


def _paged(records: Iterable[bytes]) -> Iterator[list[bytes]]:
    page: list[bytes] = []
    size = 0
    for record in records:
        page.append(record)
        size += len(record)
        if len(page) == _PAGE_RECORDS or size >= _PAGE_BYTES:
            yield page
            page, size = [], 0
    if page:
        yield page


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
