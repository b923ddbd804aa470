"""Report files as CSV, in the several dialects that one tenant may send from one day to the next."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .definitions import Definition
from .report_rows import Row

BOM = b"\xef\xbb\xbf"
DECIMAL_ENDS = ("Quantity", "Price", "Rate", "Tax")
_NEED_QUOTES = frozenset(',"\r\n')


@dataclass(frozen=True)
class Dialect:
    """How one file is written. `compression`: none, gzip bytes under a name in `.gz`, or Content-Encoding."""

    bom: bool = False
    compression: Literal["none", "gz", "content-encoding"] = "none"
    newline: str = "\r\n"
    shuffled: bool = False
    custom: bool = False


DIALECTS = (
    Dialect(),
    Dialect(bom=True, custom=True),
    Dialect(compression="gz", newline="\n", shuffled=True),
    Dialect(bom=True, compression="gz", custom=True, shuffled=True),
    Dialect(compression="content-encoding", custom=True),
)


@dataclass(frozen=True)
class ReportFile:
    """A finished file: its name, its bytes as stored, and the Content-Encoding sent with it."""

    name: str
    content: bytes
    content_encoding: str | None


def write_report(
    definition: Definition, rows: Iterable[Row], dialect: Dialect, rng: random.Random, name: str
) -> ReportFile:
    """Return the file. Only None becomes an empty unquoted cell; an empty text is written as `""`."""
    columns = _columns(definition, dialect, rng)
    lines = [",".join(_cell(column) for column in columns)]
    lines += [",".join(_cell(row[column]) for column in columns) for row in rows]
    text = "".join(line + dialect.newline for line in lines)
    content = (BOM if dialect.bom else b"") + text.encode()
    if dialect.compression == "none":
        return ReportFile(f"{name}.csv", content, None)
    packed = gzip.compress(content, mtime=0)
    if dialect.compression == "gz":
        return ReportFile(f"{name}.csv.gz", packed, None)
    return ReportFile(f"{name}.csv", packed, "gzip")


def write_parquet(definition: Definition, rows: Iterable[Row], name: str) -> ReportFile:
    """Return the same rows as Parquet: amounts and rates as decimals, days as dates, all else as text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = definition.columns
    cells = {name: [] for name in names}
    for row in rows:
        for column in names:
            cells[column].append(row[column])
    arrays = {}
    for column, texts in cells.items():
        array = pa.array(texts, pa.string())
        if column.endswith(DECIMAL_ENDS):
            array = array.cast(pa.decimal128(38, 10))
        elif column.endswith("Date"):
            array = array.cast(pa.date32())
        arrays[column] = array
    content = io.BytesIO()
    pq.write_table(pa.table(arrays), content)
    return ReportFile(f"{name}.parquet", content.getvalue(), None)


def _columns(definition: Definition, dialect: Dialect, rng: random.Random) -> Sequence[str]:
    columns = list(definition.columns)
    if dialect.shuffled:
        rng.shuffle(columns)
    # Custom columns stay last and in order: those that normalise alike keep their places.
    return columns + list(definition.custom if dialect.custom else ())


def _cell(value: str | None) -> str:
    if value is None:
        return ""
    # Words that some readers take for nulls are left bare: in this dialect they are text.
    if value == "" or _NEED_QUOTES & set(value):
        return '"' + value.replace('"', '""') + '"'
    return value
