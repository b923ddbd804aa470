"""Parquet of rows: the texts that a CSV would have, digit for digit."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.kit.formats import FormatError, read_parquet


def written(tmp_path, **columns):
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


def test_every_plain_type_becomes_text_and_null_stays_null(tmp_path):
    moment = datetime(2026, 1, 31, 9, 30, 0, 5, UTC)
    path = written(
        tmp_path,
        **{
            "Invoice ID": ["a", None],
            "Amount": pa.array([Decimal("12345678901234567.89"), None], pa.decimal128(38, 2)),
            "Due Date": pa.array([date(2026, 1, 31), None]),
            "At": pa.array([moment, None], pa.timestamp("us", "America/Sao_Paulo")),
            "At local": pa.array([moment.replace(tzinfo=None), None], pa.timestamp("us")),
            "paid": pa.array([True, None]),
            "Lines": pa.array([7, None], pa.int32()),
            "code": pa.array(["X", None]).dictionary_encode(),
            "paid ": pa.array(["", None]),
        },
    )
    file = read_parquet(path)
    assert file.columns == [
        "invoice_id", "amount", "due_date", "at", "at_local", "paid", "lines", "code", "paid_2"
    ]  # fmt: skip
    (batch,) = file.batches
    assert set(batch.schema.types) == {pa.string()}
    first, second = batch.to_pylist()
    moments = "2026-01-31T09:30:00.000005Z"
    assert list(first.values()) == [
        "a", "12345678901234567.89", "2026-01-31", moments, moments, "true", "7", "X", ""
    ]  # fmt: skip
    assert set(second.values()) == {None}


def test_lists_and_broken_files_are_refused(tmp_path):
    with pytest.raises(FormatError, match="no plain value"):
        read_parquet(written(tmp_path, lines=[[1], [2]]))
    content = written(tmp_path, a=["x"] * 1000).read_bytes()
    for broken in (content[:-10], b"PAR1" + content[4:-4][:50] + b"PAR1", b""):
        (tmp_path / "broken").write_bytes(broken)
        with pytest.raises(FormatError):
            list(read_parquet(tmp_path / "broken").batches)
