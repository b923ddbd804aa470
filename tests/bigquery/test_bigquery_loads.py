"""The same tables in both warehouses, row by row, after two loads with changes in between."""

from __future__ import annotations

import io
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bq_api import faults
from bq_loaded import SCALE, Loaded
from bq_server import PROJECT, Server

from pipelines.backfill import BackfillRequest, backfill
from pipelines.cli import run
from pipelines.cli._output import Output
from pipelines.destinations import Destination
from pipelines.load import LoadRequest, Sweep, reconcile, run_load
from pipelines.plan import plan
from pipelines.registry import spec
from pipelines.status import status

Payables = tuple[Loaded, Server]
# Tables about the loads themselves, which are different loads.
ABOUT_LOADS = {"_dlt_loads", "_dlt_version", "_dlt_pipeline_state", "_jobs"}
# When something was noted, by the clock of the load.
TIMES_OF_LOADS = {"rejected_at", "checked_at", "loaded_at", "read_at", "seen_at", "_deleted_at"}


def rows(destination: Destination, dataset: str, table: str, columns: list[str]) -> list[str]:
    """Every row as text, in a fixed order; zeros at the end of a number are no difference."""
    quoted = ", ".join(f"t.{column}" for column in columns)
    found = destination.query(f"select {quoted} from {destination.table(dataset, table)} as t")
    return sorted(repr(tuple(map(plain, row))) for row in found)


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.normalize() if isinstance(value, Decimal) else value


def columns_of(destination: Any, dataset: str, table: str) -> set[str]:
    if destination.name == "bigquery":
        described = destination._client.get_table(f"{PROJECT}.{dataset}.{table}")
        return {field.name for field in described.schema}
    where = f"table_schema = '{dataset}' and table_name = '{table}'"
    return {
        name
        for (name,) in destination.query(f"select column_name from information_schema.columns where {where}")
    }


def test_every_load_ended_well_and_counted_as_on_duckdb(payables: Payables) -> None:
    loaded, _ = payables
    failed = [f"{r.source}.{r.resource}: {r.error}" for report in loaded.reports for r in report.failures]
    assert not failed
    counted = [
        [(r.resource, r.rows, r.rejected, r.drift) for r in report.results] for report in loaded.reports
    ]
    assert counted[0::2] == counted[1::2]


def test_every_table_holds_the_rows_that_duckdb_holds(payables: Payables) -> None:
    bigquery, duckdb = payables[0].both
    tables = duckdb.tables("roit")
    assert bigquery.tables("roit") == tables
    different = []
    for table in sorted(tables - ABOUT_LOADS):
        columns = columns_of(duckdb, "roit", table)
        assert columns_of(bigquery, "roit", table) == columns, table
        compared = sorted(c for c in columns - TIMES_OF_LOADS if not c.startswith("_dlt_"))
        if rows(bigquery, "roit", table, compared) != rows(duckdb, "roit", table, compared):
            different.append(table)
    assert not different
    assert len(rows(bigquery, "roit", "accounts_payable__history", ["id"])) > SCALE


def test_reconcile_finds_no_difference_on_bigquery(payables: Payables) -> None:
    report = reconcile((), payables[0].bigquery)
    assert report.lines
    assert [line for line in report.lines if not line.ok] == []


def test_every_request_is_one_that_the_api_describes(payables: Payables) -> None:
    sent = payables[1].sent.requests
    assert len(sent) > 100
    assert {fault for request in sent for fault in faults(request)} == set()


def test_every_statement_of_loads_and_commands_is_one_that_google_s_analyzer_takes(
    payables: Payables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they were sent, in their order, on the tables that earlier ones have made; and where months must be named,
    each names some."""
    zetasql = pytest.importorskip("zetasql_engine")
    scripts_on = pytest.importorskip("zetasql_script")
    loaded, server = payables
    before = len(server.sent.requests)
    monkeypatch.setenv("DESTINATION__BIGQUERY__REQUIRE_PARTITION_FILTER", "true")
    look_at(loaded)
    scripts = scripts_on.Scripts(zetasql.ZetaSql(Path(sys.prefix)))
    refused, known = [], set()
    for number, request in enumerate(server.sent.requests):
        for text, parameters in scripts_on.sent(request):
            made = text.lower().startswith(("create", "alter"))
            if text in known or not (made or number >= before):
                continue
            known.add(text)
            try:
                scripts.analyze(text, parameters)
            except zetasql.Refused as error:
                # whether a table is there is asked by asking for it
                refused += [] if str(error).startswith("Table not found") else [str(error)[:400]]
    assert refused == []
    assert scripts.unfiltered == []
    months = {name.rpartition(".")[2] for name in scripts.months}
    assert {"accounts_payable", "accounts_payable__tributes"} <= months
    words = Counter(text.split()[0].lower() for text in known)
    assert words["select"] > 40
    assert words["begin"] + words["declare"] > 10


def look_at(loaded: Loaded) -> None:
    """Every command that asks the warehouse, and one more load with a sweep."""
    destination, now = loaded.bigquery, loaded.sandbox.clock.now()
    sandbox = loaded.sandbox.states["roit"].actions
    sandbox["delete_payables"](count=2)
    sandbox["update_payables"](count=3)
    request = LoadRequest(("roit",), loaded.resources, until=now, sweep=Sweep.ALWAYS)
    report = run_load(request, destination)
    assert [result.error for result in report.results if result.error] == []
    assert reconcile(("roit",), destination).lines
    assert status([spec("roit")], destination, now)
    assert plan(LoadRequest(("roit",), loaded.resources), destination).resources
    days = BackfillRequest("roit", ("accounts_payable",), now - timedelta(days=2), now, 1)
    assert backfill(days, destination, lambda line: None).failures == []
    for ask in (["rejects", "list"], ["state", "show"], ["jobs", "list"]):
        output = Output(io.StringIO(), io.StringIO(), as_json=True)
        assert run([*ask, "roit", "--destination", "bigquery", "--json"], output) == 0, ask
