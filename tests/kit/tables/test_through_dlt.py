"""The tables as they stand in DuckDB after real loads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from kit_models import NOW, Bill, Order, order

from sources.kit.jobs import DltWarehouse
from sources.kit.streams import Context, write_records
from sources.kit.tables import (
    Emitter,
    Record,
    Refusal,
    Spool,
    TableWriter,
    Tally,
    WriteOptions,
    warehouse_tables,
)

Load = Callable[..., Any]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "w.duckdb"


@pytest.fixture
def pipeline(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    found = dlt.pipeline(
        "kit_tables",
        pipelines_dir=str(tmp_path / "work"),
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="shop",
    )
    yield found
    found.deactivate()


@pytest.fixture
def load(pipeline: Any, caplog: pytest.LogCaptureFixture) -> Iterator[Load]:
    """One load of records of one model, as a stream would do it. It may not make dlt warn of anything."""

    def run(
        records: Sequence[bytes],
        model: type[Record] = Order,
        now: datetime = NOW,
        refusals: Sequence[Refusal] = (),
    ) -> Tally:
        tally = Tally("t")
        warehouse = DltWarehouse(pipeline)

        def items() -> Iterator[Any]:
            options = WriteOptions(now=lambda: now, emitter=Emitter())
            context = Context(None, None, warehouse, write=options)  # type: ignore[arg-type]
            spool = Spool(model, tally)
            spool.add(records)
            yield from write_records(context, model, spool, tally)
            yield from TableWriter(model, tally, options).refuse(refusals)

        with caplog.at_level(logging.WARNING):
            source = dlt.source(lambda: dlt.resource(items, name="orders"), name="shop", max_table_nesting=0)
            pipeline.run(source(), loader_file_format="parquet")
        return tally

    yield run
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.fixture
def query(file: Path) -> Callable[..., list[tuple[Any, ...]]]:
    def run(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(file)) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    return run


def tables(query: Any) -> set[str]:
    found = query("select table_name from information_schema.tables where table_schema = 'shop'")
    return {name for (name,) in found if not name.startswith("_dlt")}


def everything(query: Any) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, without the column that dlt fills."""
    sql = "select * exclude (_dlt_load_id) from shop.{}"
    return {name: sorted(query(sql.format(name)), key=repr) for name in tables(query)}


FULL = (
    '"status":"PAID","total":{"net":12345678901234567.89,"currency":"BRL","fees":[{"code":"f","value":0.1}]},'
    '"memo":{ "v":1.10 },"tags":["x",null],"due":"2026-02-03","quantity":7,"paid":true,"odd":1e-7,'
    '"lines":[{"amount":1.5E3,"sku":12,"taxes":[{"code":"a"},{"code":"b"}]},{"amount":-0.0}]'
)


def test_every_table_exists_even_when_nothing_came(load: Load, query: Any) -> None:
    load([])
    load([], Bill)
    assert tables(query) == {s.name for model in (Order, Bill) for s in warehouse_tables(model)}


def test_values_arrive_exact_and_the_json_text_byte_for_byte(load: Load, query: Any) -> None:
    load([order(FULL)])
    columns = "id, updated_at, status, total__net, memo::varchar, due, quantity, paid, _extra::varchar"
    assert query(f"select {columns} from shop.orders") == [
        (
            "o1",
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "PAID",
            Decimal("12345678901234567.89"),
            '{ "v":1.10 }',
            datetime(2026, 2, 3, tzinfo=UTC).date(),
            7,
            True,
            '{"odd":1e-7}',
        )
    ]
    assert query("select position, amount, sku from shop.orders__lines order by 1") == [
        (0, Decimal(1500), "12"),
        (1, Decimal(0), None),
    ]
    assert query(
        "select order_id, line_position, position, code from shop.orders__lines__taxes order by 3"
    ) == [
        ("o1", 0, 0, "a"),
        ("o1", 0, 1, "b"),
    ]


def test_columns_have_the_types_that_the_model_says(load: Load, query: Any) -> None:
    load([])
    types = dict(
        query(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = 'shop' and table_name = 'orders'"
        )
    )
    wanted = {
        "id": "VARCHAR",
        "updated_at": "TIMESTAMP WITH TIME ZONE",
        "total__net": "DECIMAL(38,10)",
        "quantity": "BIGINT",
        "paid": "BOOLEAN",
        "due": "DATE",
        "memo": "JSON",
        "_extra": "JSON",
        "_dlt_load_id": "VARCHAR",
    }
    assert types.items() >= wanted.items()


def test_every_row_says_which_load_brought_it(load: Load, query: Any) -> None:
    load([order(FULL), order('"quantity":"x"', key="bad")])
    loads = {load_id for (load_id,) in query("select load_id from shop._dlt_loads")}
    for name in tables(query):
        assert {row[0] for row in query(f"select distinct _dlt_load_id from shop.{name}")} <= loads
        assert query(f"select count(*) from shop.{name} where _dlt_load_id is null") == [(0,)]


def test_a_list_that_becomes_empty_null_or_absent_is_emptied(load: Load, query: Any) -> None:
    later = {"empty": '"lines":[],"tags":[]', "null": '"lines":null,"tags":null', "absent": ""}
    load([order(FULL, key) for key in (*later, "untouched")])
    load([order(text, key, "2026-01-03T00:00:00Z") for key, text in later.items()])
    for table in ("orders__lines", "orders__tags", "orders__lines__taxes", "orders__total_fees"):
        assert query(f"select distinct order_id from shop.{table}") == [("untouched",)], table
        assert query(f"select count(*) from shop.{table} where position < 0 or _tombstone") == [(0,)]


def test_a_list_that_shrinks_shrinks_at_every_level(load: Load, query: Any) -> None:
    load([order(FULL)])
    load([order('"lines":[{"amount":9,"taxes":[{"code":"z"}]}]', at="2026-01-03T00:00:00Z")])
    assert query("select position, amount from shop.orders__lines") == [(0, Decimal(9))]
    assert query("select line_position, position, code from shop.orders__lines__taxes") == [(0, 0, "z")]


def test_a_lifted_list_shrinks_too(load: Load, query: Any) -> None:
    bill = '{{"series":"A","number":1,"periods":[{{"groups":[{{"items":[{}]}}]}}]}}'
    load([bill.format('{"sku":"a"},{"sku":"b"}').encode()], Bill)
    load([bill.format('{"sku":"c"}').encode()], Bill)
    assert query("select position, sku from shop.bills__items") == [(0, "c")]
    load([bill.format("").encode()], Bill)
    assert query("select count(*) from shop.bills__items") == [(0,)]


def test_the_same_load_twice_changes_nothing(load: Load, query: Any) -> None:
    records = [order(FULL), order(key="bare"), order('"quantity":"x"', key="bad"), b"nonsense"]
    refusals = [Refusal("a.zip/b.xml", "not an invoice", b"<x/>")]
    load(records, refusals=refusals)
    before = everything(query)
    load(records, now=datetime(2027, 1, 1, tzinfo=UTC), refusals=refusals)
    assert everything(query) == before
    assert {name: len(rows) for name, rows in before.items() if not name.startswith("orders__")} == {
        "orders": 2,
        "_rejects": 3,
    }


def test_history_keeps_every_version_and_the_load_that_first_brought_it(load: Load, query: Any) -> None:
    first, second = order(FULL), order('"lines":[{"amount":2}]', at="2026-01-03T00:00:00Z")
    for records in ([first], [second], [first, order(key="x")]):
        load(records)
    versions = query(
        "select h.id, count(*), count(distinct _version), min(l.rank), max(l.rank) from shop.orders__history h"
        " join (select load_id, row_number() over (order by inserted_at) as rank from shop._dlt_loads) l"
        " on l.load_id = h._dlt_load_id group by 1 order by 1"
    )
    assert versions == [("o1", 2, 2, 1, 2), ("x", 1, 1, 3, 3)]
    lines = query("select count(*) from shop.orders__lines__history group by _version order by 1")
    assert lines == [(1,), (2,)]


def test_equal_refusals_in_one_load_are_one_reject(load: Load, query: Any) -> None:
    twice = [Refusal("a.zip/b.xml", "not an invoice", b"<x/>")] * 2
    load([], refusals=twice)
    load([], refusals=twice)
    assert query("select count(*), min(raw), min(key) from shop._rejects") == [(1, "<x/>", "a.zip/b.xml")]


def test_the_text_that_ends_strings_elsewhere_is_kept(load: Load, query: Any) -> None:
    load([order(r'"region":"a\u0000b","memo":"\u0000"')])
    assert query("select region, memo::varchar from shop.orders") == [("a\x00b", r'"\u0000"')]


def test_the_words_of_the_model_reach_the_schema(load: Load, pipeline: Any) -> None:
    load([])
    orders = pipeline.default_schema.tables["orders"]
    assert (orders["description"], orders["columns"]["total__net"]["description"]) == ("An order.", "Net.")
