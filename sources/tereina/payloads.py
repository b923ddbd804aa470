"""What is in a batch: its bytes as records, by content type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from sources.kit.formats import read_csv, read_json_lines, read_json_list
from sources.kit.tables import Record, TextRecords

_CHUNK_BYTES = 1024 * 1024
# Records are handed on in pages of about this size, whichever is reached first.
_PAGE_RECORDS = 1000
_PAGE_BYTES = 4 * 1024**2


class PayloadFormat(Protocol):
    """One content type. Both methods raise ``FormatError`` for bytes that are not of it."""

    def count(self, path: Path) -> int:
        """How many objects a file holds. Reads it to its end, so what is wrong with it is found here."""
        ...

    def pages(self, path: Path) -> Iterator[list[bytes]]:
        """The objects of a file as JSON, some at a time."""
        ...


class JsonFormat:
    """JSON in either form: objects stay the bytes that came."""

    def __init__(self, split: Callable[[Iterable[bytes]], Iterator[bytes]]) -> None:
        self._split = split

    def count(self, path: Path) -> int:
        return sum(1 for _ in self._split(_chunks(path)))

    def pages(self, path: Path) -> Iterator[list[bytes]]:
        page: list[bytes] = []
        size = 0
        for record in self._split(_chunks(path)):
            page.append(record)
            size += len(record)
            if len(page) == _PAGE_RECORDS or size >= _PAGE_BYTES:
                yield page
                page, size = [], 0
        if page:
            yield page


class CsvFormat:
    """CSV with a header of the API's names; an object inside an object is ``object.field``."""

    def __init__(self, model: type[Record]) -> None:
        self._records = TextRecords(model)

    def count(self, path: Path) -> int:
        return sum(batch.num_rows for batch in read_csv(_chunks(path)).batches)

    def pages(self, path: Path) -> Iterator[list[bytes]]:
        file = read_csv(_chunks(path))
        for batch in file.batches:
            for start in range(0, batch.num_rows, _PAGE_RECORDS):
                columns = [column.to_pylist() for column in batch.slice(start, _PAGE_RECORDS).columns]
                yield self._records.rows(file.names, zip(*columns, strict=True))


_FORMATS: dict[str, Callable[[type[Record]], PayloadFormat]] = {
    "application/json": lambda model: JsonFormat(read_json_list),
    "application/x-ndjson": lambda model: JsonFormat(read_json_lines),
    "text/csv": CsvFormat,
}


def payload_format(media_type: str, model: type[Record]) -> PayloadFormat | None:
    """How objects of a model are read out of a content type; ``None`` for one that is not understood."""
    make = _FORMATS.get(media_type)
    return None if make is None else make(model)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
