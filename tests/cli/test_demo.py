"""Demo: the simulated systems and nothing else, one file that stays, and an end that is clean in any case."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pipelines import configuration
from pipelines import demo as module
from pipelines.demo import DATABASE, demo
from pipelines.errors import UsageError
from pipelines.load import Comparison, ReconcileReport, ResourceResult, RunReport, Silent, State
from pipelines.sandbox import Ready
from pipelines.transform import TransformReport

NOW = datetime(2026, 5, 1, tzinfo=UTC)
READY = Ready(
    {
        "acme": "http://127.0.0.1:1",
        "globex": "http://127.0.0.1:2",
        "credentials": {"acme": {"token": "made-up"}, "globex": {"token": "made-up"}},
    }
)
TABLES = {"analytics.fct_ap_open_item": 2, "roit.accounts_payable": 2}
GOOD = ResourceResult("acme", "invoices", rows=2)


def _run(tell=lambda line: None):
    return demo(lambda: nullcontext(Silent()), lambda: nullcontext(tell))


def _loaded(status, amount):
    sums = {"source_sum": Decimal(amount), "warehouse_sum": Decimal(amount)}
    rows = {"source_rows": 2, "warehouse_rows": 2}
    return Comparison("acme", "invoices", "invoices", "load", NOW, NOW, "BRL", status, **rows, **sums)


@pytest.fixture
def parts(monkeypatch):
    """The parts of the demo, replaced; what they saw is noted."""
    seen = {"running": False, "results": [GOOD], "lines": [], "fails": None}

    @contextmanager
    def running_sandbox(*options):
        seen["running"] = True
        try:
            yield READY
        finally:
            seen["running"] = False

    def run_load(request, destination, progress):
        seen["token"] = configuration.settings("acme").token
        seen["page_size"] = configuration.settings("acme").page_size
        if seen["fails"]:
            raise seen["fails"]
        destination.prepare()
        destination.execute("create schema roit")
        destination.execute("create table roit.accounts_payable as select * from range(2)")
        destination.execute("create schema analytics")
        destination.execute(
            "create table analytics.fct_ap_open_item as select 'BRL' as currency_code, '1_30' as bucket,"
            " 10.50::decimal(38, 10) as open_amount, 7 as days_past_due from range(2)"
        )
        destination.execute("create table roit._rejects (a int)")
        return RunReport(destination.describe(), NOW, NOW, seen["results"])

    monkeypatch.setattr(module, "running_sandbox", running_sandbox)
    monkeypatch.setattr(module, "run_load", run_load)
    monkeypatch.setattr(module, "reconcile", lambda sources, destination: ReconcileReport(seen["lines"]))
    monkeypatch.setattr(module, "transform", lambda destination, tell: TransformReport(models=2, tests=3))
    return seen


def test_only_the_simulated_systems_are_used_whatever_the_user_has_configured(parts, monkeypatch, place):
    monkeypatch.setenv("SOURCES__ACME__TOKEN", "of the user")
    monkeypatch.setenv("SOURCES__ACME__PAGE_SIZE", "3")
    (place / ".dlt").mkdir()
    (place / ".dlt" / "config.toml").write_text("[sources.acme]\npage_size = 4")
    before = dict(os.environ)
    _run()
    assert (parts["token"], parts["page_size"]) == ("made-up", None)
    assert dict(os.environ) == before


def test_one_file_remains_with_its_tables_counted_and_queries_answered(parts, place):
    report = _run()
    assert [path.name for path in place.iterdir()] == [str(DATABASE)]
    assert report.tables == TABLES
    [example] = report.examples
    assert [str(value) for value in example.rows[0]] == ["BRL", "1_30", "2", "21.0000000000", "7"]


def test_an_earlier_demo_is_replaced_and_that_is_said(parts, cli):
    assert not _run().replaced
    result = cli("demo")
    assert "the earlier ledgerhouse-demo.duckdb is replaced" in result.err
    assert "which replaces the earlier one" in result.out.splitlines()[-1]


def test_a_folder_of_that_name_is_left_alone(parts, place):
    (place / DATABASE).mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        _run()


def test_the_sandbox_is_stopped_and_the_environment_restored_when_the_load_fails(parts):
    parts["fails"] = RuntimeError("broken")
    before = dict(os.environ)
    with pytest.raises(RuntimeError, match="broken"):
        _run()
    assert (parts["running"], dict(os.environ) == before) == (False, True)


def test_the_text_shows_tables_totals_models_and_queries(parts, cli):
    parts["lines"] = [_loaded("PAID", "1.10"), _loaded("OPEN", "2.20")]
    result = cli("demo")
    assert result.code == 0
    assert re.search(r"acme\.invoices +BRL +equal +4 +4 +3\.3 +3\.3", result.out)
    for text in (
        "roit.accounts_payable",
        "2 models built, 3 tests passed",
        "from analytics.fct_ap_open_item",
    ):
        assert text in result.out
    assert result.out.splitlines()[-1].startswith("All of it is in ledgerhouse-demo.duckdb")


def test_a_document_to_explain_is_named_one_with_a_returned_payment_first(parts, cli, monkeypatch):
    def transform(destination, tell):
        for statement in (
            "create table analytics.fct_payable_document as select * from (values ('a', 'roit', 'p-1'),"
            " ('b', 'tereina', 'INV-2')) as t(document_key, source_name, source_document_id)",
            "create table analytics.fct_payable_event as select * from (values ('a', 'INVOICED'),"
            " ('a', 'WITHHELD'), ('a', 'FINE'), ('b', 'PAYMENT_RETURNED')) as t(document_key, event_type)",
        ):
            destination.execute(statement)
        return TransformReport(models=2, tests=3)

    monkeypatch.setattr(module, "transform", transform)
    out = cli("demo").out
    assert "  ledgerhouse explain tereina:INV-2 open_amount --database ledgerhouse-demo.duckdb\n" in out


def test_a_difference_or_a_failure_makes_it_exit_3_or_1(parts, cli):
    parts["lines"] = [
        Comparison("acme", "invoices", "invoices", "api", NOW, NOW, source_rows=2, warehouse_rows=1)
    ]
    assert cli("demo").code == 3
    parts["results"] = [ResourceResult("acme", "invoices", State.FAILED, error="no answer")]
    result = cli("demo")
    assert (result.code, result.err.splitlines()[-1]) == (1, "acme.invoices: no answer")


def test_the_document_holds_the_same(parts, cli):
    document = cli("demo", "--json").document
    assert document["exit_code"] == 0
    assert document["tables"] == TABLES
    assert document["examples"][0]["rows"][0][3] == "21.0000000000"
