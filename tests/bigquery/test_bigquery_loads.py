"""The three systems in both warehouses, table by table and value by value, after two loads with changes in between."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from bq_api import faults
from bq_compared import columns_of, difference, rows
from bq_loaded import SCALE, Loaded, Side
from bq_server import Server

from pipelines.backfill import BackfillRequest, backfill
from pipelines.load import LoadRequest, Sweep, reconcile, run_load
from pipelines.plan import plan
from pipelines.registry import spec, specs
from pipelines.status import status
from sandbox.core.server import SYSTEMS

# dlt's own notes: what it looks like is hashed with the types of the warehouse, and dated by the machine's clock.
OF_DLT = {"_dlt_version", "_dlt_pipeline_state"}
# What is drawn by lot when an export is asked for, what dlt draws for a row, and the hash of a schema.
BY_LOT = {"_jobs": {"id", "idempotency_key"}, "_dlt_loads": {"schema_version_hash"}}


def test_every_resource_is_loaded_and_says_the_same_of_itself(loaded: Loaded) -> None:
    for ours, theirs in zip(loaded.bigquery.loads, loaded.duckdb.loads, strict=True):
        assert (ours.code, theirs.code) == (0, 0)
        mine, others = (
            [each | {"seconds": 0} for each in said.document["results"]] for said in (ours, theirs)
        )
        assert mine == others
    results = loaded.bigquery.loads[0].document["results"]
    assert {(each["source"], each["resource"]) for each in results} == {
        (each.name, stream.name) for each in specs() for stream in each.streams
    }


@pytest.mark.parametrize("source", SYSTEMS)
def test_every_table_holds_what_duckdb_holds_to_the_last_value(loaded: Loaded, source: str) -> None:
    bigquery, duckdb = (side.destination for side in loaded.both)
    tables = duckdb.tables(source)
    assert bigquery.tables(source) == tables
    differences = {}
    for table in sorted(tables - OF_DLT):
        columns = columns_of(duckdb, source, table)
        assert columns_of(bigquery, source, table) == columns, table
        compared = sorted(columns - BY_LOT.get(table, set()))
        ours, theirs = (rows(each, source, table, compared) for each in (bigquery, duckdb))
        if different := difference(ours, theirs):
            differences[table] = different
    assert differences == {}


def test_the_second_load_changed_removed_and_kept_what_it_found(loaded: Loaded) -> None:
    """What makes the comparison worth something: there is history, there are rejects, and lists that shrank."""
    bigquery = loaded.bigquery.destination

    def count(table: str, where: str = "true") -> int:
        dataset, _, name = table.partition(".")
        return int(
            bigquery.query(f"select count(*) from {bigquery.table(dataset, name)} where {where}")[0][0]
        )

    assert count("roit.accounts_payable__history") > count("roit.accounts_payable") > SCALE
    assert count("roit.accounts_payable__installments__history") > count(
        "roit.accounts_payable__installments"
    )
    assert count("roit._rejects") == 3
    assert count("tereina._rejects") == 1
    assert count("solvimon._jobs") > 6
    assert count("tereina.invoices__lines") > count("tereina.invoices") > 0
    assert {source: count(f"{source}._controls") > 0 for source in SYSTEMS} == dict.fromkeys(SYSTEMS, True)


def test_every_request_is_one_that_the_api_describes(loaded: Loaded, server: Server) -> None:
    assert loaded.bigquery.loads
    sent = server.sent.requests
    assert len(sent) > 1000
    assert {fault for request in sent for fault in faults(request)} == set()


def test_every_statement_of_loads_and_commands_is_one_that_google_s_analyzer_takes(
    loaded: Loaded, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they were sent, in their order, on the tables that earlier ones have made; and where months must be named,
    each names some."""
    zetasql = pytest.importorskip("zetasql_engine")
    scripts_on = pytest.importorskip("zetasql_script")
    before = len(server.sent.requests)
    monkeypatch.setenv("DESTINATION__BIGQUERY__REQUIRE_PARTITION_FILTER", "true")
    for side in loaded.both:
        look_at(side)
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


def look_at(side: Side) -> None:
    """Every command that asks the warehouse, and one more load with a sweep."""
    side.enter()
    destination, now = side.destination, side.sandbox.clock.now()
    sandbox = side.sandbox.states["roit"].actions
    sandbox["delete_payables"](count=2)
    sandbox["update_payables"](count=3)
    resources = ("accounts_payable", "accounts_payable_events", "cclasstrib")
    request = LoadRequest(("roit",), resources, until=now, sweep=Sweep.ALWAYS)
    report = run_load(request, destination)
    assert [result.error for result in report.results if result.error] == []
    assert reconcile(("roit",), destination).lines
    assert status([spec("roit")], destination, now)
    assert plan(LoadRequest(("roit",), resources), destination).resources
    days = BackfillRequest("roit", ("accounts_payable",), now - timedelta(days=2), now, 1)
    assert backfill(days, destination, lambda line: None).failures == []
    for ask in ("rejects list roit", "state show roit", "jobs list roit"):
        assert side.run(*ask.split()).code == 0, ask
