"""Children lie in the months of their record's date: what a load replaces is found wherever that date has been."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import dlt
import pytest
from bq_proxy import Recorder
from bq_server import Server
from pydantic import Field

from pipelines.destinations import Destination
from sources.kit.tables import Emitter, Record, Spool, Table, TableWriter, Tally, WriteOptions

LINES = "orders__lines"
# As they were before children had a date.
COLUMNS = "order_id string not null, position int64 not null, sku string, _dlt_load_id string not null"


class Line(Record):
    """A line."""

    sku: str | None = Field(None, description="What.")


class Order(Record):
    """An order."""

    table: ClassVar[Table | None] = Table(name="orders", singular="order", partition="due")

    id: str = Field(description="Key.")
    due: date | None = Field(None, description="When it is due.")
    lines: list[Line] | None = Field(None, description="Its lines.")


@dataclass
class Shop:
    """A dataset of the test's own, and loads of orders into it as a stream would do them."""

    bigquery: Destination
    pipeline: Any
    sent: Recorder

    @property
    def dataset(self) -> str:
        return str(self.pipeline.dataset_name)

    def load(self, *orders: tuple[str, str | None, str]) -> None:
        """Orders by key and date, each letter a line."""

        def items() -> Iterator[Any]:
            tally = Tally("orders")
            spool = Spool(Order, tally)
            spool.add(
                [
                    json.dumps({"id": key, "due": due, "lines": [{"sku": sku} for sku in lines]}).encode()
                    for key, due, lines in orders
                ]
            )
            options = WriteOptions(json_type="text", emitter=Emitter("text"))
            yield from TableWriter(Order, tally, options).write(spool)

        source = dlt.source(lambda: dlt.resource(items, name="orders"), name="shop", max_table_nesting=0)
        self.pipeline.run(source(), loader_file_format="parquet")

    def lines(self) -> list[tuple[Any, ...]]:
        table = self.bigquery.table(self.dataset, LINES)
        return self.bigquery.query(f"select order_id, position, sku, order_due from {table} order by 1, 2")

    def merges(self, table: str) -> list[str]:
        """The scripts that have deleted rows of a table."""
        name = f"`{self.dataset}`.`{table}`"
        return [sql for sql in self.sent.queries() if f"{name} AS d" in sql and "DELETE FROM" in sql]


@pytest.fixture
def shop(
    bigquery: Destination, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    monkeypatch.setattr("dlt.destinations.impl.bigquery.bigquery.sleep", lambda _: None)
    name = f"shop_{uuid4().hex}"
    pipeline = dlt.pipeline(
        name, pipelines_dir=str(tmp_path / "work"), destination=bigquery.dlt(), dataset_name=name
    )
    yield Shop(bigquery, pipeline, server.sent)
    pipeline.deactivate()


def test_lines_are_replaced_in_the_month_that_their_order_was_in(shop: Shop) -> None:
    shop.load(("a", "2026-03-31", "xy"), ("b", None, "z"), ("c", "2026-03-31", "x"))
    shop.load(("a", "2026-05-31", "z"), ("b", "2026-05-31", "x"), ("c", "2026-03-31", ""))
    assert shop.lines() == [("a", 0, "z", date(2026, 5, 31)), ("b", 0, "x", date(2026, 5, 31))]
    shop.load(("a", None, "y"))
    assert shop.lines() == [("a", 0, "y", None), ("b", 0, "x", date(2026, 5, 31))]
    assert all("_months" in merge for merge in shop.merges(LINES))


def test_lines_that_an_earlier_release_has_loaded_without_the_date_are_replaced(shop: Shop) -> None:
    table = shop.bigquery.table(shop.dataset, LINES)
    shop.bigquery.execute(f"create schema `{shop.dataset}`")
    shop.bigquery.execute(f"create table {table} ({COLUMNS})")
    old = "('a', 0, 'x', '1'), ('a', 1, 'y', '1'), ('b', 0, 'z', '1')"
    shop.bigquery.execute(f"insert into {table} (order_id, position, sku, _dlt_load_id) values {old}")
    shop.load(("a", "2026-03-31", "z"))
    assert shop.lines() == [("a", 0, "z", date(2026, 3, 31)), ("b", 0, "z", None)]
    # the old table has no months, so that nothing is read to find them; that of the orders is new, and has
    assert ["_months" in merge for merge in shop.merges(LINES)] == [False]
    assert ["_months" in merge for merge in shop.merges("orders")] == [True]
