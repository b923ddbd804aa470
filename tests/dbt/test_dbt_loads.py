"""What the models make of what was loaded, when it was loaded, and what was not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from dbt_bed import Bed
from dbt_compiled import Compiled
from dbt_demo_roit import payable, receipt
from dbt_oracle import bank_holidays
from dbt_project import PROJECT, Dbt, worker
from dbt_raw_warehouse import RawWarehouse
from dbt_streams import LOADS

from pipelines.dbt_sources import SOURCES, render

AS_OF = "2026-06-30"
MAKE = Callable[..., Dbt]


def test_the_project_parses_without_any_setting() -> None:
    """The worker has no environment but PATH; it answers only once it has parsed."""
    assert set(worker().environment) == {"PATH"}
    assert "Performance info" in worker().parsed


@pytest.mark.parametrize("source", SOURCES)
def test_the_source_files_say_what_the_models_of_the_extraction_say(source: str) -> None:
    committed = PROJECT / "models" / "staging" / source / f"_{source}__sources.yml"
    assert committed.read_text() == render(source), "run: python -m pipelines.dbt_sources"


def test_a_source_without_some_tables_and_columns_gives_nulls_of_the_right_type(make_dbt: MAKE) -> None:
    dbt = make_dbt(as_of_date=AS_OF)
    raw = RawWarehouse(dbt.database, ["roit"])
    raw.load("roit", LOADS[0], {"accounts_payable": [payable("p", "10.00", "2026-05-01")]})
    with duckdb.connect(str(dbt.database)) as connection:
        for table in ("accounts_payable", "accounts_payable__history"):
            connection.execute(f"alter table roit.{table} drop column currency__rate")
            connection.execute(f"alter table roit.{table} add column something_new varchar")
        connection.execute("drop table roit.accounts_payable__receipts__history")
        connection.execute("drop table roit.nfe")
    wanted = ("stg_roit__accounts_payables", "stg_roit__receipt_versions", "stg_roit__nfe_headers")
    dbt.run("run", "--select", *wanted)
    rows = dbt.query(
        "select exchange_rate, typeof(exchange_rate) from analytics_staging.stg_roit__accounts_payables"
    )
    assert rows == [(None, "DECIMAL(38,10)")]
    assert dbt.query("select count(*) from analytics_staging.stg_roit__receipt_versions") == [(0,)]


def test_a_source_is_stale_when_its_last_committed_load_is_and_others_do_not_count(make_dbt: MAKE) -> None:
    dbt = make_dbt()
    loads = [("roit", 0, 1), ("tereina", 0, 30), ("solvimon", 0, 60), ("solvimon", 1, 1)]
    with duckdb.connect(str(dbt.database)) as connection:
        for source in SOURCES:
            connection.execute(f"create schema {source}")
            connection.execute(f"create table {source}._dlt_loads (status bigint, inserted_at timestamptz)")
        for source, status, hours in loads:
            connection.execute(
                f"insert into {source}._dlt_loads values (?, now() - to_hours(?))", [status, hours]
            )
    with pytest.raises(AssertionError, match="solvimon"):
        dbt.run("source", "freshness")
    results = json.loads((dbt.target / "sources.json").read_text())["results"]
    assert {result["unique_id"].split(".")[2]: result["status"] for result in results} == {
        "roit": "pass",
        "tereina": "warn",
        "solvimon": "error",
    }


def test_the_holidays_are_those_of_the_brazilian_calendar() -> None:
    lines = (PROJECT / "seeds" / "seed_holidays.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {date.fromisoformat(line.split(",")[0]) for line in lines} == {
        day for year in range(2015, 2037) for day in bank_holidays(year)
    }


def test_a_payable_that_is_gone_is_open_until_that_was_known_and_not_after(project: Compiled) -> None:
    bed = Bed(project, as_of=AS_OF, sources=["roit"])
    raw = bed.raw
    stays, removed = payable("stays", "10.00", "2026-05-01"), payable("removed", "7.00", "2026-05-01")
    paid = receipt("r", "2026-04-20 15:00:00+00", "2.00")
    marked = payable("marked", "5.00", "2026-05-01", receipts=[paid])
    raw.load("roit", LOADS[0], {"accounts_payable": [stays, removed, marked]})
    raw.mark("roit", "accounts_payable", "marked", LOADS[2])
    raw.remove("roit", "accounts_payable", "removed")
    raw.load("roit", LOADS[3], {"accounts_payable": [stays]})
    bed.build("fct_payable_document")
    question = project.inline["open_items"]
    sql = f"select source_document_id from ({question}) order by 1".replace("AS_OF", AS_OF)
    known = {at: [row[0] for row in bed.query(sql.replace("KNOWN", f"{LOADS[at]}:00"))] for at in (1, 2, 3)}
    assert known == {1: ["marked", "removed", "stays"], 2: ["removed", "stays"], 3: ["stays"]}
    assert bed.query(
        "select source_document_id, open_amount, is_deleted_at_source from analytics.fct_payable_document"
        " order by 1"
    ) == [("marked", Decimal(0), True), ("removed", Decimal(0), True), ("stays", Decimal(10), False)]
