"""P1, P2, P3, P4, P6, P11 and P13 on accounts payable, from the API to the warehouse."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pipelines import configuration
from pipelines.load import ExitCode, State, Sweep
from sources.kit.tables import Spool
from sources.roit.api import Payables, connect, count


def load_payables(lab, **request):
    report = lab.load("roit", "accounts_payable", **request)
    assert report.results[0].error is None
    return report.results[0]


def test_p1_a_number_reaches_the_warehouse_digit_for_digit(make_lab):
    lab = make_lab(options={"roit": {"extremes": True}})
    load_payables(lab)
    amounts = {value for (value,) in lab.rows("select value__net from roit.accounts_payable")}
    assert Decimal("12345678901234567.89") in amounts
    assert all(isinstance(amount, Decimal) for amount in amounts)
    types = lab.rows(
        "select distinct data_type from information_schema.columns where table_schema = 'roit'"
        " and (column_name like 'value\\_\\_%' escape '\\' or column_name in ('value', 'base', 'rate'))"
        " and table_name in ('accounts_payable', 'accounts_payable__installments', 'accounts_payable__tributes')"
    )
    assert types == [("DECIMAL(38,10)",)]


def test_p2_rows_that_share_one_instant_and_rows_that_come_late_are_all_loaded(make_lab, monkeypatch):
    monkeypatch.setenv("SOURCES__ROIT__PAGE_SIZE", "7")
    monkeypatch.setenv("SOURCES__ROIT__HOLD_BACK_SECONDS", "0")
    lab = make_lab(scale=150)
    load_payables(lab)
    ties = lab.value("select max(n) from (select count(*) n from roit.accounts_payable group by updated_at)")
    assert ties > 7, "the data must hold a tie that is larger than a page"
    late = lab.act("roit", "add_payables", count=5, seconds_ago=1800)
    load_payables(lab)
    found = lab.value(f"select count(*) from roit.accounts_payable where id in ({_marks(late)})", *late)
    assert found == 5


def _marks(values):
    return ", ".join("?" * len(values))


def _ids_at_the_source(lab):
    """As of now and visible: those that the sandbox adds later in its story are not there yet."""
    now = lab.sandbox.clock.now()
    ids: set[str] = set()
    with connect(configuration.settings("roit")) as api:
        for number in range(1, 1000):
            body = {
                "filters": {"updatedAt": {"lte": now.isoformat()}},
                "page": number,
                "limit": 1000,
                "orderBy": "updatedAt",
                "orderByDirection": "asc",
            }
            path = "/accounts-payable/api/v1/accounts-payable/search"
            page = api.read("POST", path, json=body, parse=lambda r: r.json())["data"]["data"]
            ids |= {row["id"] for row in page}
            if len(page) < 1000:
                return ids
    return ids


def test_p3_rows_updated_while_the_pages_are_walked_are_neither_lost_nor_doubled(make_lab, monkeypatch):
    monkeypatch.setenv("SOURCES__ROIT__PAGE_SIZE", "10")
    lab = make_lab(scale=200, options={"roit": {"drift": 6}})
    report = lab.load("roit", "accounts_payable")
    assert report.results[0].error is None
    ids = [key for (key,) in lab.rows("select id from roit.accounts_payable")]
    assert len(ids) == len(set(ids))
    assert not report.results[0].notes, (
        "one walk must do: a second one would only hide what the first has lost"
    )
    # six rows change with every page: all but those of the last pages have been followed behind the window
    missing = set(_ids_at_the_source(lab)) - set(ids)
    assert len(missing) <= 3 * 6
    # what changes after the last look is for the next load, which must bring it
    monkeypatch.setenv("SOURCES__ROIT__HOLD_BACK_SECONDS", "0")
    lab.act("roit", "set_options", drift=0)
    load_payables(lab)
    after = {key for (key,) in lab.rows("select id from roit.accounts_payable")}
    assert missing <= after
    assert after == _ids_at_the_source(lab)


def test_p4_a_load_that_runs_again_changes_no_row_and_no_column_but_those_of_dlt(make_lab, monkeypatch):
    monkeypatch.setenv("SOURCES__ROIT__LOOK_BACK_SECONDS", str(200 * 86400))
    lab = make_lab(scale=120, options={"roit": {"bad_records": 3}})
    load_payables(lab)
    before = lab.snapshot("roit")
    again = load_payables(lab)
    assert again.rows >= len(before["accounts_payable"]), "the second load must read everything again"
    assert lab.snapshot("roit") == before
    load_payables(lab, since=lab.sandbox.clock.now() - timedelta(days=60))
    assert lab.snapshot("roit") == before


def test_p6_a_record_that_does_not_fit_is_kept_whole_with_the_reason_and_the_rest_is_loaded(make_lab):
    lab = make_lab(scale=100, options={"roit": {"bad_records": 4}})
    result = load_payables(lab)
    rejects = lab.rows("select table_name, key, reason, field, raw from roit._rejects")
    assert len(rejects) == result.rejected == 4
    assert lab.value("select count(*) from roit.accounts_payable") == result.rows - 4
    for table, key, reason, field, raw in rejects:
        assert table == "accounts_payable"
        assert reason
        assert field.startswith("$")
        assert key is None or json.loads(raw, parse_float=str)["id"] == key
    assert (
        sum(
            n
            for (n,) in lab.rows(
                "select rejected_rows from roit._controls where table_name = 'accounts_payable'"
            )
        )
        == 4
    )


def test_p8_both_sides_are_counted_and_summed_and_kept_side_by_side(make_lab):
    lab = make_lab(scale=100, options={"roit": {"bad_records": 2}})
    result = load_payables(lab)
    sides = lab.rows(
        "select currency, status, source_rows, warehouse_rows + rejected_rows, source_sum, warehouse_sum,"
        " rejected_rows from roit._controls where table_name = 'accounts_payable'"
    )
    assert len(sides) > 5
    assert all(source == held for _, _, source, held, *_ in sides)
    assert all(there == here for *_, there, here, rejected in sides if not rejected)
    with connect(configuration.settings("roit")) as api:
        beginning = datetime(2000, 1, 1, tzinfo=UTC)
        counted = count(api, configuration.settings("roit"), beginning, result.mark)
    assert sum(source for _, _, source, *_ in sides) == counted


def test_p8_a_record_that_gets_lost_on_the_way_fails_the_run(make_lab, monkeypatch):
    whole = Spool.winners

    def one_short(spool):
        for records, counted in whole(spool):
            yield records[1:], counted[1:]

    monkeypatch.setattr(Spool, "winners", one_short)
    lab = make_lab(scale=60)
    report = lab.load("roit", "accounts_payable")
    assert report.exit_code is ExitCode.FAILED
    assert "1 of them are not in the warehouse" in (report.failures[0].error or "")


def test_p8_pages_that_bring_fewer_records_than_the_api_counts_are_not_taken_for_all(make_lab, monkeypatch):
    honest = Payables.count
    monkeypatch.setattr(Payables, "count", lambda *arguments: (honest(*arguments) or 0) + 7)
    monkeypatch.setattr(Payables, "page", _total_too_high(Payables.page))
    lab = make_lab(scale=60)
    failure = lab.load("roit", "accounts_payable").failures[0]
    assert re.search(r"pages bring \d+ records", failure.error or "")
    assert failure.mark is None


def _total_too_high(page):
    def with_more(*arguments):
        honest = page(*arguments)
        return replace(honest, total=(honest.total or 0) + 7)

    return with_more


def test_p11_a_list_that_shrinks_in_the_source_shrinks_in_the_warehouse(make_lab, monkeypatch):
    monkeypatch.setenv("SOURCES__ROIT__HOLD_BACK_SECONDS", "0")
    lab = make_lab(scale=150)
    load_payables(lab)
    count = "select count(*) from roit.accounts_payable__installments where account_payable_id = ?"
    shorter = lab.act("roit", "shrink_installments", count=2)
    before = {key: lab.value(count, key) for key in shorter}
    load_payables(lab)
    book = lab.sandbox.states["roit"].payables
    shown = {record["id"]: record.get("installments") or [] for record in map(book.record, range(150))}
    for key in shorter:  # the one that is left may not be listed at all
        assert lab.value(count, key) == len(shown[key]) < before[key]
    emptied = lab.act("roit", "shrink_installments", count=2, to=0)
    load_payables(lab)
    for key in emptied:
        assert lab.value(count, key) == 0
        history = "select count(distinct _version) from roit.accounts_payable__history where id = ?"
        assert lab.value(history, key) >= 2


def test_p13_new_fields_and_new_codes_are_kept_and_reported(make_lab):
    lab = make_lab(scale=400)
    result = load_payables(lab)
    assert any(line.startswith("accounts_payable: $.") for line in result.drift)
    assert any(" = " in line for line in result.drift), "a code that is not in the model must be reported"
    extras = [
        json.loads(text)
        for (text,) in lab.rows("select _extra from roit.accounts_payable where _extra is not null")
    ]
    assert extras
    new = {line.removeprefix("accounts_payable: $.") for line in result.drift if ": $." in line}
    top = {name for name in new if "." not in name and "[" not in name}
    assert top
    assert top <= {name for extra in extras for name in extra}


def test_a_failing_resource_keeps_its_mark_and_takes_no_other_with_it(make_lab, monkeypatch):
    monkeypatch.setenv("SOURCES__ROIT__RETRY_ATTEMPTS", "2")
    monkeypatch.setenv("SOURCES__ROIT__RETRY_SECONDS", "0")
    lab = make_lab(scale=60)
    lab.sandbox.faults.add("roit", "events", "500", times=-1)
    report = lab.load("roit", "accounts_payable", "accounts_payable_events")
    states = {result.resource: result.state for result in report.results}
    assert states == {"accounts_payable": State.LOADED, "accounts_payable_events": State.FAILED}
    assert report.exit_code is ExitCode.PARTLY
    assert "status 500" in (report.failures[0].error or "")
    assert report.failures[0].mark is None
    lab.sandbox.faults.clear()
    assert lab.load("roit", "accounts_payable_events").exit_code is ExitCode.DONE
    assert lab.value("select count(*) from roit.accounts_payable_events") > 0


@pytest.mark.parametrize(
    "kind",
    [
        "429_seconds",
        "429_date",
        "503",
        "reset",
        "truncated",
        "401",
        "failed_200",
        "html_200",
        "malformed_json",
    ],
)
def test_a_fault_that_passes_leaves_no_trace_in_the_data(make_lab, kind):
    lab = make_lab(scale=60)
    lab.sandbox.faults.add(
        "roit", "accounts-payable", kind, times=2 if kind != "401" else 1, params={"seconds": 1}
    )
    result = load_payables(lab)
    assert result.rows == lab.value("select count(*) from roit.accounts_payable") > 50


def test_a_second_load_with_nothing_new_makes_few_requests(make_lab):
    lab = make_lab(scale=200)
    lab.load("roit", "accounts_payable", "accounts_payable_events", "export_files")
    before = len(lab.requests())
    lab.load("roit", "accounts_payable", "accounts_payable_events", "export_files")
    assert len(lab.requests()) - before <= 20


def _marked(lab):
    """The payables that are marked as gone. So are their children, and no others."""
    marked = dict(lab.rows("select id, _deleted_at from roit.accounts_payable where _deleted_at is not null"))
    for table in lab.tables("roit"):
        if table.startswith("accounts_payable__") and not table.endswith("__history"):
            sql = f"select distinct account_payable_id, _deleted_at from roit.{table}"
            held = dict(lab.rows(sql))
            assert {key: at for key, at in held.items() if at or key in marked} == {
                key: at for key, at in marked.items() if key in held
            }, table
    return set(marked)


def test_a_sweep_marks_what_is_gone_and_a_row_that_comes_back_loses_its_mark(make_lab, monkeypatch):
    monkeypatch.setenv("SOURCES__ROIT__HOLD_BACK_SECONDS", "0")
    lab = make_lab(scale=100)
    load_payables(lab)
    before = lab.value("select count(*) from roit.accounts_payable")
    gone = set(lab.act("roit", "delete_payables", count=4))
    code, report = lab.ask("load", "roit", "--resource", "accounts_payable", "--sweep")
    assert (code, report["results"][0]["notes"]) == (0, ["4 records are gone at the source and were marked"])
    assert _marked(lab) == gone
    assert lab.value("select count(*) from roit.accounts_payable") == before
    assert lab.ask("reconcile", "roit")[0] == ExitCode.DONE
    back = set(lab.act("roit", "restore_payables", count=1))
    load_payables(lab, sweep=Sweep.ALWAYS)
    assert _marked(lab) == gone - back


def test_where_too_much_is_gone_the_rest_is_done_and_said(make_lab, monkeypatch):
    monkeypatch.setenv("SOURCES__ROIT__MAX_DELETED_SHARE", "0.3")
    lab = make_lab(scale=250)
    load_payables(lab)
    lab.act("roit", "delete_payables", count=120)
    code, report = lab.ask("load", "roit", "--resource", "accounts_payable", "--sweep")
    assert code == ExitCode.PARTLY
    assert [result["state"] for result in report["results"]] == ["loaded", "failed"]
    assert re.match(r"\d+ of \d+ rows of accounts_payable are not at", report["results"][1]["error"])
    assert _marked(lab) == set()


def test_a_full_refresh_marks_what_the_source_has_no_more_and_nothing_else(make_lab, monkeypatch):
    monkeypatch.setenv("SOURCES__ROIT__PAGE_SIZE", "10")
    lab = make_lab(scale=100)
    load_payables(lab)
    gone = set(lab.act("roit", "delete_payables", count=4))
    # rows that change while they are read again leave the range, and are not gone
    lab.act("roit", "set_options", drift=6)
    load_payables(lab, full_refresh=True)
    assert _marked(lab) == gone
    marks = _marks(gone)
    assert lab.value(f"select count(*) from roit.accounts_payable__history where id in ({marks})", *gone) == 4
    lab.act("roit", "set_options", drift=0)
    lab.act("roit", "restore_payables", count=4)
    load_payables(lab, full_refresh=True)
    assert _marked(lab) == set()
