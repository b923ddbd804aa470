"""Every way in which a command can end has its exit code, and a last line that says what to do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import pipelines.load
import pipelines.transform
from pipelines.load import Comparison, ReconcileReport, ResourceResult, RunReport, State
from pipelines.transform import Failure, TransformReport

NOW = datetime(2026, 5, 1, tzinfo=UTC)
GOOD = ResourceResult("acme", "invoices", rows=1234, windows=2, mark=NOW)
BAD = ResourceResult("acme", "payments", State.FAILED, error="401 on GET /payments: token refused")


@pytest.fixture
def loads(monkeypatch):
    """What `run_load` will give; and what it was asked."""
    asked = []

    def result_in(*results, **more):
        def run_load(request, destination, progress):
            asked.append(request)
            for result in results:
                progress.started(result.source, result.resource)
                progress.planned(result.source, result.resource, 2)
                progress.window_done(result.source, result.resource, result.rows)
                progress.finished(result)
            return RunReport("DuckDB x", NOW, NOW, list(results), **more)

        monkeypatch.setattr(pipelines.load, "run_load", run_load)
        return asked

    return result_in


@pytest.fixture
def compared(monkeypatch):
    def result_in(*lines):
        monkeypatch.setattr(
            pipelines.load, "reconcile", lambda sources, destination: ReconcileReport(list(lines))
        )

    return result_in


@pytest.fixture
def built(monkeypatch):
    def result_in(**fields):
        monkeypatch.setattr(pipelines.transform, "transform", lambda *args, **more: TransformReport(**fields))

    return result_in


def _comparison(source_rows, warehouse_rows):
    return Comparison(
        "acme",
        "invoices",
        "invoices",
        "api",
        NOW,
        NOW,
        source_rows=source_rows,
        warehouse_rows=warehouse_rows,
    )


def test_a_load_that_is_done_exits_0_and_says_what_it_brought(cli, loads):
    loads(GOOD, unconfigured=["globex"])
    result = cli("load")
    assert result.code == 0
    assert "1,234" in result.out
    assert "2026-05-01 00:00Z" in result.out
    assert "left out, not configured: globex" in result.out
    assert "acme.invoices: loaded, 1,234 rows" in result.err


def test_a_load_in_which_everything_failed_exits_1(cli, loads):
    loads(BAD)
    assert cli("load").code == 1


def test_a_load_in_which_some_failed_exits_3_and_ends_with_source_resource_and_reason(cli, loads):
    loads(BAD, GOOD)
    result = cli("load")
    assert result.code == 3
    assert result.err.splitlines()[-1] == "acme.payments: 401 on GET /payments: token refused"
    assert result.out.splitlines()[-1].startswith("acme.payments  failed")
    assert result.out.splitlines()[-1].endswith("401 on GET /payments: token refused")


def test_rejects_exit_0_unless_the_setting_says_that_they_count(cli, loads):
    rejecting = ResourceResult("acme", "invoices", rows=10, rejected=2)
    loads(rejecting)
    result = cli("load")
    assert (result.code, "2 records did not fit" in result.out) == (0, True)
    loads(rejecting, rejects_fail=True)
    assert cli("load").code == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lod",), "load"),
        (("load", "--colour"), "--colour"),
        (("load", "sap"), "known: acme, globex"),
        (("status", "sap"), "known: acme, globex"),
        (("check", "sap"), "known: acme, globex"),
        (("catalog", "sap"), "known: acme, globex"),
        (("load", "--since", "yesterday"), "--since 'yesterday'"),
        (("load", "--since", "2026-02-01", "--until", "2026-01-01"), "later than"),
        (("load", "--destination", "oracle"), "duckdb"),
        (("load", "--config", "absent"), "no such folder"),
        (("load", "acme", "--resource", "globex.invoices"), "is not of acme"),
        (("status",), "ledgerhouse load makes it"),
        (("transform",), "ledgerhouse load makes it"),
        (("load", "--database", "absent/x.duckdb"), "does not exist"),
    ],
)
def test_wrong_usage_exits_2_in_one_line_and_makes_nothing(cli, place, configured, arguments, message):
    result = cli(*arguments)
    assert result.code == 2
    assert message in result.err
    assert len(result.err.splitlines()) == 1
    assert list(place.iterdir()) == []


def test_an_unknown_resource_exits_2_and_creates_no_file(cli, place, configured):
    result = cli("load", "acme", "--resource", "invoices")
    assert (result.code, "unknown resource 'invoices'" in result.err) == (2, True)
    assert list(place.iterdir()) == []


def test_a_named_source_without_credentials_exits_2_names_them_and_creates_no_file(cli, place):
    result = cli("load", "acme")
    assert (result.code, "SOURCES__ACME__TOKEN" in result.err) == (2, True)
    assert list(place.iterdir()) == []


def test_a_load_with_no_source_configured_exits_2(cli, place):
    result = cli("load")
    assert (result.code, "SOURCES__GLOBEX__TOKEN" in result.err) == (2, True)
    assert list(place.iterdir()) == []


def test_a_malformed_setting_exits_2_and_names_the_variable(cli, monkeypatch, configured):
    monkeypatch.setenv("SOURCES__ACME__PAGE_SIZE", "abc")
    result = cli("load", "acme")
    assert (result.code, "SOURCES__ACME__PAGE_SIZE: 'abc'" in result.err) == (2, True)


def test_a_range_is_read_as_utc_and_a_dotted_resource_names_its_source(cli, loads):
    asked = loads(GOOD)
    cli("load", "--resource", "acme.invoices", "--since", "2026-01-01", "--until", "2026-01-02T03:00-03:00")
    [request] = asked
    assert (request.sources, request.resources) == (("acme",), ("invoices",))
    assert request.since == datetime(2026, 1, 1, tzinfo=UTC)
    assert request.until == datetime(2026, 1, 2, 6, tzinfo=UTC)


def test_an_interrupted_command_exits_130_and_says_how_to_go_on(cli, monkeypatch):
    def interrupted(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipelines.load, "run_load", interrupted)
    result = cli("load")
    assert (result.code, "same command goes on" in result.err) == (130, True)


def test_a_mistake_of_ours_exits_1_in_one_line_without_secrets(cli, monkeypatch, configured):
    def broken(*_args):
        from pipelines import configuration

        raise RuntimeError(f"two\nlines with {configuration.settings('acme').token}")

    monkeypatch.setattr(pipelines.load, "run_load", broken)
    result = cli("load")
    assert result.code == 1
    assert result.err.splitlines() == [
        "ledgerhouse: unexpected RuntimeError: two lines with ***; run it again with --debug and report what it prints"
    ]
    traced = cli("load", "--debug")
    assert "Traceback" in traced.err
    assert "s3cret-token" not in traced.err


def test_reconcile_exits_1_when_a_comparison_differs(cli, compared):
    compared(_comparison(5, 5))
    assert cli("reconcile").code == 0
    compared(_comparison(5, 5), _comparison(5, 4))
    result = cli("reconcile")
    assert (result.code, "1 of 2 comparisons differ" in result.out) == (1, True)
    assert result.err.splitlines()[-1] == "acme.invoices: invoices: source 5 rows, warehouse 4"


def test_transform_exits_1_and_names_what_failed(cli, built):
    built(models=3, tests=4, seconds=2.0)
    result = cli("transform")
    assert (result.code, result.out) == (0, "3 models built, 4 tests passed, 0 failed (2 s)\n")
    built(models=3, failures=[Failure("not_null_x", "test", "got 1 result")])
    result = cli("transform")
    assert (result.code, result.err.splitlines()[-1]) == (1, "test not_null_x: got 1 result")


def test_run_exits_0_only_when_all_three_parts_are_good(cli, loads, compared, built):
    loads(GOOD)
    compared(_comparison(5, 5))
    built(models=3)
    assert cli("run").code == 0
    compared(_comparison(5, 4))
    assert cli("run").code == 3
    compared(_comparison(5, 5))
    built(failures=[Failure("m", "model", "broken")])
    assert cli("run").code == 3


def test_a_load_sweeps_where_it_is_told_to_and_a_run_where_it_is_due(cli, loads):
    asked = loads(BAD)
    for arguments in (["load"], ["load", "--sweep"], ["run"]):
        cli(*arguments)
    assert [request.sweep for request in asked] == ["never", "always", "due"]
    assert cli("load", "roit", "--resource", "accounts_payable", "--id", "x", "--sweep").code == 2


def test_run_stops_when_nothing_could_be_loaded(cli, loads):
    loads(BAD)
    result = cli("run")
    assert result.code == 1
    assert result.err.splitlines()[-1] == "acme.payments: 401 on GET /payments: token refused"
