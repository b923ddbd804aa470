"""Parquet files of rows, streamed as text: the same as a CSV of them would say, digit for digit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.kit.formats._csv import CsvFile
from sources.kit.formats._errors import FormatError
from sources.kit.formats._headers import normalise_headers

MAGIC = b"PAR1"
BATCH_ROWS = 10_000


def read_parquet(path: Path) -> CsvFile:
    """Opens a Parquet file as the rows of text that ``read_csv`` gives.

    Decimals keep their digits, days are ``2026-01-31`` and moments ``2026-01-31T09:30:00Z`` with their fractions;
    one without a zone is UTC. Null is null. Memory is a batch and a column chunk. Raises FormatError for what is no
    Parquet, and for columns that are no plain values.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"Parquet: it cannot be read: {type(error).__name__}") from None
    schema = file.schema_arrow
    names = list(schema.names)
    for field in schema:
        if pa.types.is_nested(field.type):
            raise FormatError(f"Parquet: the column {field.name!r:.100} is a {field.type}, no plain value")
    if not names:
        raise FormatError("Parquet: there are no columns")
    columns = normalise_headers(names)
    return CsvFile(names, columns, _batches(file, columns))


def _batches(file: pq.ParquetFile, columns: list[str]) -> Iterator[pa.RecordBatch]:
    try:
        with file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                texts = [_texts(column) for column in batch.columns]
                yield pa.RecordBatch.from_arrays(texts, names=columns)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"Parquet: it cannot be read: {type(error).__name__}") from None


def _texts(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
        kind = values.type
    if pa.types.is_timestamp(kind):
        # the zone only says how to show it: the moment is UTC either way
        shown = values.cast(pa.timestamp(kind.unit)).cast(pa.string())
        return pc.binary_join_element_wise(pc.replace_substring(shown, " ", "T"), "Z", "")
    if pa.types.is_decimal(kind):
        return pa.array([None if v is None else format(v, "f") for v in values.to_pylist()], pa.string())
    return values.cast(pa.string())
