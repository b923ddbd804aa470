"""Files of rows with columns from their header → tables, in a warehouse."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import dlt
import duckdb
import pytest

from sources.kit.formats import read_csv
from sources.kit.tables import (
    Column,
    Privacy,
    RowFile,
    Table,
    Tabular,
    TabularWriter,
    Tally,
    Type,
    WriteOptions,
)

JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
SALES = Tabular(
    Table("sales", "sale", key=("window_from", "row_number"), currency="currency", amount="amount"),
    (
        Column("invoice", Type.TEXT, "Invoice."),
        Column("day", Type.DATE, "Day."),
        Column("currency", Type.TEXT, "Currency."),
        Column("amount", Type.DECIMAL, "Amount."),
    ),
    "One row per sale.",
    subject="invoice",
)
HEADER = "Invoice,Day,Currency,Amount\n"


class Shop:
    """A warehouse of sales, filled from texts."""

    def __init__(self, folder):
        self._folder, self._loads = folder, 0

    def load(self, *files, options=None, tabular=SALES):
        """Loads texts, each with its window, in one load; gives the tally."""
        tally = Tally("sales")
        writer = TabularWriter(tabular, tally, options)

        @dlt.resource(name="sales")
        def rows():
            for text, start, end in files:
                yield from writer.write(row_file(text, start, end))

        self._loads += 1
        pipeline = dlt.pipeline(
            "shop",
            destination=dlt.destinations.duckdb(str(self._folder / "warehouse.duckdb")),
            dataset_name="shop",
            pipelines_dir=str(self._folder / f"pipelines-{self._loads}"),
        )
        pipeline.sync_destination()
        pipeline.run(rows(), loader_file_format="parquet")
        return tally

    def query(self, sql):
        with duckdb.connect(str(self._folder / "warehouse.duckdb"), read_only=True) as connection:
            connection.execute("set schema = 'shop'")
            return connection.execute(sql).fetchall()


def row_file(text, start=JANUARY, end=FEBRUARY):
    head = read_csv([text.encode()])
    return RowFile(head.names, head.columns, lambda: read_csv([text.encode()]).batches, start, end)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    return Shop(tmp_path)


def test_declared_columns_have_their_type_and_no_digit_is_lost(shop):
    shop.load((HEADER + "a,2026-01-05,EUR,12345678901234567.8900000001\nb,,EUR,1e2\n", JANUARY, FEBRUARY))
    assert shop.query("select invoice, day, amount, row_number from sales order by row_number") == [
        ("a", date(2026, 1, 5), Decimal("12345678901234567.8900000001"), 1),
        ("b", None, Decimal(100), 2),
    ]


def test_only_an_empty_unquoted_cell_is_null(shop):
    shop.load(('Invoice,Note\na,\nb,""\nc,null\nd,NaN\ne,0042\n', JANUARY, FEBRUARY))
    assert dict(shop.query("select invoice, note from sales")) == {
        "a": None,
        "b": "",
        "c": "null",
        "d": "NaN",
        "e": "0042",
    }


def test_columns_come_and_go(shop):
    first = shop.load(("Invoice,Amount,Project\na,1,x\n", JANUARY, FEBRUARY))
    shop.load(("Invoice,Amount,Colour\nb,2,red\n", FEBRUARY, MARCH))
    assert shop.query("select invoice, project, colour from sales order by 1") == [
        ("a", "x", None),
        ("b", None, "red"),
    ]
    assert first.drift == {"new column project", "no column currency", "no column day"}


def test_files_of_one_load_may_have_different_columns(shop):
    shop.load(
        ("Invoice,Amount\na,1\n", JANUARY, FEBRUARY), ("Amount,Invoice,Colour\n2,b,red\n", FEBRUARY, MARCH)
    )
    assert shop.query("select invoice, amount, colour from sales order by 1") == [
        ("a", Decimal(1), None),
        ("b", Decimal(2), "red"),
    ]


def test_a_file_replaces_its_window_and_no_other(shop):
    shop.load((HEADER + "a,,EUR,1\nb,,EUR,2\n", JANUARY, FEBRUARY), (HEADER + "c,,EUR,3\n", FEBRUARY, MARCH))
    shop.load((HEADER + "b,,EUR,5\n", JANUARY, FEBRUARY))
    assert shop.query("select invoice, amount from sales order by 1") == [
        ("b", Decimal(5)),
        ("c", Decimal(3)),
    ]
    shop.load((HEADER, JANUARY, FEBRUARY))
    assert shop.query("select invoice from sales") == [("c",)]


def test_history_keeps_each_version_of_a_subject_once_whole(shop):
    shop.load((HEADER + "a,,EUR,1\na,,EUR,1\nb,,EUR,2\n", JANUARY, FEBRUARY))
    shop.load(("Amount,Currency,Day,Invoice\n2,EUR,,b\n1,EUR,,a\n1,EUR,,a\n", JANUARY, FEBRUARY))
    assert shop.query("select count(*) from sales__history") == [(3,)]
    shop.load((HEADER + "a,,EUR,1\na,,EUR,9\nb,,EUR,2\n", JANUARY, FEBRUARY))
    kept = shop.query(
        "select _version, sum(amount), count(*) from sales__history where invoice = 'a' group by 1"
    )
    assert sorted((total, rows) for _, total, rows in kept) == [(Decimal(2), 2), (Decimal(10), 2)]


def test_rows_that_belong_to_nothing_are_versions_of_their_own(shop):
    loose = Tabular(SALES.table, SALES.columns, "A sale.")
    shop.load((HEADER + "a,,EUR,1\na,,EUR,1\n", JANUARY, FEBRUARY), tabular=loose)
    shop.load((HEADER + "a,,EUR,1\na,,EUR,1\na,,EUR,2\n", JANUARY, FEBRUARY), tabular=loose)
    assert shop.query("select amount, count(*) from sales__history group by 1 order by 1") == [
        (Decimal(1), 2),
        (Decimal(2), 1),
    ]


@pytest.mark.parametrize("amount", ["1.00000000001", "NaN", "12,5", " 1", "1_0", "", "9" * 29])
def test_a_cell_that_is_not_of_its_type_rejects_its_row_whole(shop, amount):
    tally = shop.load((HEADER + f'a,2026-01-05,EUR,"{amount}"\nb,,EUR,2\n', JANUARY, FEBRUARY))
    assert shop.query("select invoice, row_number from sales") == [("b", 2)]
    ((key, field, raw),) = shop.query("select key, field, raw from _rejects")
    assert (key, field) == ("a", "$.amount")
    assert json.loads(raw) == {
        "header": ["Invoice", "Day", "Currency", "Amount"],
        "cells": ["a", "2026-01-05", "EUR", amount],
    }
    assert (tally.source_rows, tally.rejected_rows) == (2, 1)


def test_a_date_may_come_as_midnight_and_nothing_else(shop):
    rows = "a,2026-01-05T00:00:00Z,EUR,1\nb,2026-01-05T01:00:00Z,EUR,1\nc,05/01/2026,EUR,1\n"
    tally = shop.load((HEADER + rows, JANUARY, FEBRUARY))
    assert shop.query("select invoice, day from sales") == [("a", date(2026, 1, 5))]
    assert tally.rejected_rows == 2


def test_rows_are_counted_and_summed_from_the_text(shop):
    tally = shop.load((HEADER + "a,,EUR,0.1\nb,,EUR,0.2\nc,,USD,-1\nd,,,x\n", JANUARY, FEBRUARY))
    assert {group: (t.rows, t.amount) for group, t in tally.source.items()} == {
        ("EUR", None): (2, Decimal("0.3")),
        ("USD", None): (1, Decimal(-1)),
        (None, None): (1, Decimal(0)),
    }


def test_columns_under_our_own_names_stay_beside_ours(shop):
    shop.load(("Invoice,Row Number,Window From,Position\na,x,y,z\n", JANUARY, FEBRUARY))
    assert shop.query("select row_number, row_number_2, window_from_2, position_2 from sales") == [
        (1, "x", "y", "z")
    ]


def test_columns_that_nobody_declared_count_as_personal(shop):
    options = WriteOptions(privacy=Privacy("hash", b"key"))
    shop.load(("Invoice,Amount,Buyer\na,1,Jane\nb,x,Jane\n", JANUARY, FEBRUARY), options=options)
    ((buyer,),) = shop.query("select buyer from sales")
    ((raw,),) = shop.query("select raw from _rejects")
    assert len(buyer) == 64
    assert "Jane" not in raw


def test_a_file_without_rows_makes_its_tables_with_every_column(shop):
    shop.load((HEADER, JANUARY, FEBRUARY))
    assert shop.query("select invoice, day, amount, window_from, row_number from sales") == []
    assert shop.query("select invoice, _version, position from sales__history") == []
