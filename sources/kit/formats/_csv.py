"""CSV reports, streamed: header first, then record batches of text.

Arrow's reader, since Python's cannot tell an empty cell from an empty quoted one before 3.12. Everything is text
here: which column is a number is the report definition's business, and guessing it would round money.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import csv as arrow_csv

from sources.kit.formats._errors import FormatError
from sources.kit.formats._gzip import gunzipped
from sources.kit.formats._headers import normalise_headers

BLOCK_BYTES = 1024 * 1024
"""Arrow reads this much at a time. A record may be twice as long at most; one batch is a block."""

BOM = b"\xef\xbb\xbf"

ODD_ROW = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
ROW_NUMBER = re.compile(r"Row #(\d+)")

END = "__end_of_file__"
"""First cell of a record that is put behind the last one. An open quote at the end of the file swallows it, which
Arrow would let pass as a cell."""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file that is being read.

    ``names`` are the header as written, ``columns`` the same normalised and unique. ``batches`` can be read once;
    their columns are strings under the names of ``columns``. Null is an empty, unquoted cell; ``""`` is empty text,
    and ``null``, ``NaN``, ``NA`` are text. The rows are those of the file: none is skipped but blank lines (and
    those are rows of null where there is one column only).
    """

    names: list[str]
    columns: list[str]
    batches: Iterator[pa.RecordBatch]


def read_csv(chunks: Iterable[bytes], block_bytes: int = BLOCK_BYTES) -> CsvFile:
    """Opens a CSV: comma, ``"`` quoting doubled inside, any line end, UTF-8 with or without BOM, gzip or plain.

    Memory is a few blocks, whatever the file's size. Raises FormatError at once when there is no header, and while
    reading when a row is short or long (naming it), a quote is never closed, the bytes are not UTF-8 or a record
    is longer than two blocks.
    """
    stream = gunzipped(iter(chunks))
    header, rest = _split_header(stream, block_bytes)
    names = _header_names(header)
    columns = normalise_headers(names)
    body = _Body(_with_end(rest, stream, len(columns)))
    return CsvFile(names, columns, _batches(body, columns, block_bytes))


def _split_header(stream: Iterator[bytes], most: int) -> tuple[bytes, bytes]:
    """The first line that is not blank, and what has been read after it. A quoted name may hold line ends."""
    head = b""
    searched = 0
    while True:
        end = head.find(b"\n", searched)
        if end < 0:
            if len(head) > most:
                raise FormatError(f"CSV: no header in the first {most} bytes")
            chunk = next(stream, None)
            if chunk is None:
                return head.removeprefix(BOM), b""
            head += chunk
        elif not head[:end].removeprefix(BOM).strip():
            head, searched = head[end + 1 :], 0
        elif head.count(b'"', 0, end) % 2:
            searched = end + 1
        else:
            return head[:end].removeprefix(BOM), head[end + 1 :]


def _header_names(header: bytes) -> list[str]:
    try:
        text = header.decode()
        names = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"CSV: the header cannot be read: {type(error).__name__}") from None
    if not any(name.strip() for name in names):
        raise FormatError("CSV: the file is empty, it has not even a header")
    return names


def _with_end(first: bytes, stream: Iterator[bytes], width: int) -> Iterator[bytes]:
    last = b"\n"
    for chunk in _chain(first, stream):
        last = chunk[-1:]
        yield chunk
    if last != b"\n":
        yield b"\n"
    yield END.encode() + b"," * (width - 1) + b"\n"


def _chain(first: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from filter(None, stream)


class _Body(io.RawIOBase):
    """An iterator of chunks as the file that Arrow wants."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes; nothing at the end only."""
        parts, room = [], size
        while room > 0:
            if not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                self._rest = memoryview(chunk)
            part, self._rest = self._rest[:room], self._rest[room:]
            room -= len(part)
            parts.append(part)
        return b"".join(parts)


def _batches(body: _Body, columns: list[str], block_bytes: int) -> Iterator[pa.RecordBatch]:
    """The batches, each held back until the next one is there: the last row of the last one is the end mark."""
    held: pa.RecordBatch | None = None
    try:
        for batch in _open(body, columns, block_bytes):
            if not batch.num_rows:  # a block inside one long record
                continue
            if held is not None:
                yield held
            held = batch
    except pa.ArrowInvalid as error:
        raise FormatError(f"CSV: {_reason(str(error))}") from None
    if held is None or held.column(0)[-1].as_py() != END:
        raise FormatError("CSV: a quoted cell is not closed before the end of the file")
    if held.num_rows > 1:
        yield held.slice(0, held.num_rows - 1)


def _open(body: _Body, columns: list[str], block_bytes: int) -> Iterator[pa.RecordBatch]:
    reader = arrow_csv.open_csv(
        pa.PythonFile(body, mode="r"),
        # one thread: only then does Arrow know the numbers of rows
        read_options=arrow_csv.ReadOptions(column_names=columns, block_size=block_bytes, use_threads=False),
        parse_options=arrow_csv.ParseOptions(
            newlines_in_values=True,
            ignore_empty_lines=len(columns) > 1,
            # no handler for odd rows: on one with bad UTF-8 it would print a traceback to stderr
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    with reader:
        yield from reader


def _reason(message: str) -> str:
    """What went wrong, taken out of Arrow's message, which quotes the row: that may be personal."""
    if odd := ODD_ROW.search(message):
        return "row {} below the header has {} cells, not {}".format(*odd.group(1, 3, 2))
    if "UTF8" in message:
        row = ROW_NUMBER.search(message)
        return f"row {row.group(1) if row else '?'} below the header is not UTF-8"
    if "straddl" in message:
        return "a record is longer than two blocks"
    return "it cannot be parsed"
