"""Invoices and the other lists against the simulated system."""

from __future__ import annotations

from decimal import Decimal

import pytest
from solvimon_support import NOW

from sources.solvimon import SPEC

LISTS = ("payments", "customers")


def lines(invoice):
    return [line for period in invoice["periods"] for group in period["groups"] for line in group["lines"]]


def ids(entries):
    """The invoices that were asked for one by one."""
    return [entry.path.rpartition("/")[2] for entry in entries if entry.path.startswith("/v1/invoices/")]


def test_a_first_load_brings_every_invoice_with_its_lines_exactly(loader):
    loader.load("invoices")
    there = loader.tenant.invoices
    assert dict(loader.query("select id, invoice_amount_including_tax__quantity from invoices")) == {
        key: Decimal(invoice["invoice_amount_including_tax"]["quantity"]) for key, invoice in there.items()
    }
    held = dict(loader.query("select invoice_id, count(*) from invoices__lines group by 1"))
    assert held == {key: len(lines(invoice)) for key, invoice in there.items()}
    assert loader.values("select count(*) from _rejects") == [0]


def test_a_second_load_with_nothing_new_asks_little_and_changes_nothing(loader):
    loader.load("invoices", *LISTS)
    before = loader.contents()
    loader.forget()
    loader.load("invoices", *LISTS)
    assert loader.contents() == before
    assert ids(loader.requests()) == []
    assert len([e for e in loader.requests() if e.path == "/v1/invoices"]) == 4
    assert len(loader.requests()) == 4 + len(LISTS)


def test_pages_are_walked_to_the_end(loader, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__PAGE_SIZE", "7")
    loader.load("invoices", "payments", "customers")
    assert loader.values("select count(*) from invoices") == [len(loader.tenant.invoices)]
    assert loader.values("select count(*) from payments") == [len(loader.tenant.payments)]
    assert loader.values("select count(*) from customers") == [len(loader.tenant.catalog.customers)]


def test_lists_are_asked_for_in_an_order_that_updates_do_not_change(loader):
    loader.load("invoices", "customers")
    asked = [entry.query for entry in loader.requests(path="/v1/")]
    assert asked
    assert all("order_by=created_at" in query and "order_direction=ASC" in query for query in asked)


def test_what_was_open_is_read_again_and_what_was_closed_is_asked_for_one_by_one(loader, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__PAGE_SIZE", "3")
    loader.load("invoices")
    paid = loader.tenant.pay_invoices(2)
    (final,) = loader.tenant.finalize_invoices(1)
    loader.sandbox.clock.advance(7200)
    (new,) = loader.tenant.add_invoices(1)
    loader.forget()
    loader.load("invoices")
    assert sorted(ids(loader.requests())) == sorted(paid)
    held = dict(loader.query("select id, (status, paid) from invoices"))
    assert held == {key: (i["status"], i["paid"]) for key, i in loader.tenant.invoices.items()}
    assert held[final][0] == "FINAL"
    assert new in held


def test_every_version_of_an_invoice_is_kept(loader):
    loader.load("invoices")
    (final,) = loader.tenant.finalize_invoices(1)
    loader.load("invoices")
    kept = loader.values("select status from invoices__history where id = ? order by updated_at", final)
    assert len(kept) == 2
    assert kept[-1] == "FINAL"
    assert loader.values("select status from invoices where id = ?", final) == ["FINAL"]


def test_an_invoice_that_was_deleted_at_the_source_is_said_and_removed_by_nobody(loader):
    loader.load("invoices")
    draft = next(key for key, invoice in loader.tenant.invoices.items() if invoice["status"] == "DRAFT")
    del loader.tenant.invoices[draft]
    report = loader.load("invoices")["invoices"]
    assert report.tallies[0].notes == ["1 records are gone at the source"]
    assert report.tallies[0].gone == {draft}
    assert loader.values("select count(*) from invoices where id = ?", draft) == [1]


def test_an_unknown_status_is_kept_reported_and_still_open(loader):
    report = loader.load("invoices")["invoices"]
    assert "invoices: invoices.status = PENDING_APPROVAL" in report.drift
    loader.forget()
    loader.load("invoices")
    assert any("PENDING_APPROVAL" in entry.query for entry in loader.requests())


def test_a_full_refresh_reads_everything_again(loader, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__PAGE_SIZE", "20")
    loader.load("invoices")
    loader.forget()
    loader.load("invoices", full_refresh=True)
    assert len({entry.query for entry in loader.requests(path="/v1/invoices")}) > 2
    assert not any("paid=" in entry.query for entry in loader.requests())


@pytest.mark.parametrize("kind", ["malformed_json", "html_200", "502"])
def test_a_wrong_answer_is_asked_for_again(loader, kind):
    loader.sandbox.faults.add("solvimon", "/v1/customers", kind)
    loader.load("customers")
    assert loader.values("select count(*) from customers") == [len(loader.tenant.catalog.customers)]


def test_the_lists_of_requests_and_reports_hold_those_of_the_load_itself(loader):
    loader.load("report_invoice_tax", "report_generate_requests", "reports")
    assert set(loader.values("select remote_id from _jobs where part is null")) <= set(
        loader.values("select id from report_generate_requests where status = 'DONE'")
    )
    assert set(loader.values("select remote_id from _jobs where part is not null")) <= set(
        loader.values("select id from reports")
    )


def test_definitions_are_loaded_with_their_columns(loader):
    loader.load("report_definitions")
    ((columns,),) = loader.query(
        "select count(*) from report_definitions__columns where report_definition_report_code = 'INVOICE_TAX'"
    )
    assert columns == 8


def test_a_load_creates_report_requests_and_nothing_else(loader):
    loader.load()
    writes = {(e.method, e.path) for e in loader.sandbox.requests if e.method != "GET"}
    assert writes == {("POST", "/v1/report-generate-requests")}
    assert not [e for e in loader.sandbox.requests if e.path.endswith("-overview")]


def test_expected_counts_are_the_apis_own_and_planning_creates_nothing(loader):
    pipeline = loader.pipeline()
    context = loader.context(pipeline)
    counted = {stream.name: stream.expected(context, None) for stream in SPEC.streams if not stream.windowed}
    assert counted["invoices"] == len(loader.tenant.invoices)
    assert counted["payments"] == len(loader.tenant.payments)
    said = [stream.requests(context, None) for stream in SPEC.streams]
    assert all("request" in text or "report" in text for text in said)
    assert {entry.method for entry in loader.sandbox.requests} == {"GET"}
    assert context.clock.now() == NOW
