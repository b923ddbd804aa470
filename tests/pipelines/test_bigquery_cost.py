"""Bytes that BigQuery would read: the arithmetic, and the table in the docs that is made of it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from pipelines.destinations._cost import Size, merge_bytes
from pipelines.registry import spec
from sources.kit.tables import TableShape

DOCS = Path(__file__).parents[2] / "docs" / "bigquery.md"
GIGA = 10**9


def shape(name: str, source: str = "roit") -> TableShape:
    return next(s for stream in spec(source).streams for s in stream.tables if s.name == name)


def test_the_table_in_the_docs_is_what_the_arithmetic_gives():
    assert importlib.import_module("benchmarks.bigquery_cost").table() in DOCS.read_text(encoding="utf-8")


def test_a_merge_reads_keys_and_dates_of_all_rows_and_the_months_it_changes():
    held = Size(rows=1_000_000, bytes=GIGA, months=10)
    keys_and_dates = 1_000_000 * (38 + 8)
    assert merge_bytes(shape("accounts_payable"), held, months=3) == keys_and_dates + 3 * GIGA // 10
    # it cannot change more months than there are
    assert merge_bytes(shape("accounts_payable"), held, months=99) == keys_and_dates + GIGA


def test_a_child_is_read_as_its_parent_is_by_months():
    held = Size(rows=10_000_000, bytes=10 * GIGA, months=10)
    keys_and_dates = 10_000_000 * (38 + 8)
    assert merge_bytes(shape("accounts_payable__installments"), held, months=3) == keys_and_dates + 3 * GIGA


@pytest.mark.parametrize(
    ("table", "source"), [("accounts_payable__installments", "roit"), ("companies__addresses", "tereina")]
)
def test_a_table_that_lies_in_no_months_is_read_whole(table, source):
    assert merge_bytes(shape(table, source), Size(10_000_000, GIGA), 3) == GIGA


@pytest.mark.parametrize(("table", "width"), [("accounts_payable__history", 66), ("_rejects", 38)])
def test_what_only_grows_is_read_by_one_column(table, width):
    assert merge_bytes(shape(table), Size(1_000_000, GIGA, 10), 3) == 1_000_000 * width


def test_an_empty_table_costs_nothing():
    assert merge_bytes(shape("accounts_payable"), Size(0, 0), 3) == 0
