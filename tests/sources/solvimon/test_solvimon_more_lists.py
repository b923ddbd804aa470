"""Configurations and subscriptions of reports, the payments of invoices, and invoices in all their parts."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from sources.kit.tables import LoadReport
from sources.kit.transport import NotFound, PermissionDenied
from sources.solvimon.lists import OptionalList
from sources.solvimon.models import ReportConfiguration

PAYMENTS = "invoices__payments"


@pytest.fixture
def asked(monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__INVOICE_PAYMENTS", "true")


def payments_of(loader):
    """The payments of every invoice as the source has them."""
    return {
        payment["id"]: key for key in loader.tenant.invoices for payment in loader.tenant.payments_of(key)
    }


def held(loader):
    return dict(loader.query(f"select id, invoice_id from {PAYMENTS}"))


def reads(loader):
    """The invoices whose payments were asked for since the last call of ``forget``."""
    return [
        e.path.split("/")[3]
        for e in loader.requests()
        if e.path.endswith("/payments") and "/invoices/" in e.path
    ]


def test_configurations_and_subscriptions_of_reports_are_tables(loader):
    loader.load("report_configurations", "report_subscriptions")
    there = {(item["id"], item["report_code"]) for item in loader.desk.configurations}
    assert set(loader.query("select id, report_code from report_configurations")) == there
    (subscription,) = loader.desk.subscriptions
    assert loader.query("select id, schedule__time_of_day, active from report_subscriptions") == [
        (subscription["id"], 6, True)
    ]


@pytest.mark.parametrize("error", [NotFound, PermissionDenied])
def test_a_list_that_the_key_may_not_see_is_said_and_fails_nothing(error):
    def refused(context, number):
        raise error("no such list", status=404, request_id="abc-1")

    api = SimpleNamespace(page=refused, page_size=lambda context: 10)
    context = SimpleNamespace(report=LoadReport(), spool_dir=None)
    stream = OptionalList("report_configurations", ReportConfiguration, api)
    assert list(stream.extract(context, None)) == []
    assert context.report.skipped == ["report_configurations: status 404, request id abc-1: no such list"]
    assert not stream.finds_deletes


def test_an_api_without_configurations_of_reports_is_no_failure(loader, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__ENDPOINTS__REPORT_CONFIGURATIONS", "/v1/nothing")
    report = loader.load("report_configurations")["report_configurations"]
    assert "status 404" in report.skipped[0]


def test_the_payments_of_invoices_are_asked_for_only_where_that_is_wanted(loader):
    report = loader.load(PAYMENTS)[PAYMENTS]
    assert "INVOICE_PAYMENTS" in report.skipped[0]
    assert reads(loader) == []


def test_every_invoice_has_its_payments_and_only_those_that_changed_are_asked_again(loader, asked):
    loader.load("invoices", PAYMENTS)
    assert held(loader) == payments_of(loader)
    assert sorted(reads(loader)) == sorted(loader.tenant.invoices)
    paid = loader.tenant.pay_invoices(2)
    loader.forget()
    loader.load("invoices", PAYMENTS)
    assert sorted(reads(loader)) == sorted(paid)
    assert held(loader) == payments_of(loader)
    loader.forget()
    loader.load(PAYMENTS)
    assert reads(loader) == []


def test_a_payment_that_leaves_its_invoice_leaves_the_table(loader, asked):
    (key,) = loader.tenant.pay_invoices(1)
    loader.load("invoices", PAYMENTS)
    loader.tenant.payments_of(key).clear()
    loader.load(PAYMENTS, full_refresh=True)
    assert held(loader) == payments_of(loader)
    assert key not in held(loader).values()


def test_an_invoice_that_is_gone_at_the_source_is_said(loader, asked):
    loader.load("invoices")
    loader.tenant.invoices.popitem()
    report = loader.load(PAYMENTS)[PAYMENTS]
    assert report.tallies[0].notes == ["1 invoices are gone at the source"]


def test_every_part_of_an_invoice_lands_whole(loader):
    loader.load("invoices")
    invoices = loader.tenant.invoices
    periods = [(k, p) for k, i in invoices.items() for p in i["periods"]]
    groups = [(k, g) for k, p in periods for g in p["groups"]]
    lines = [(k, line) for k, g in groups for line in g["lines"]]
    subs = [(k, s) for k, line in lines for s in line.get("sub_lines") or []]
    taxes = [(k, t) for k, i in invoices.items() for t in i["tax_categories"]]
    linked = [(k, x) for k, i in invoices.items() for x in i.get("linked_invoices") or []]
    for table, there in {
        "invoices__periods": periods,
        "invoices__periods__groups": groups,
        "invoices__lines": lines,
        "invoices__lines__sub_lines": subs,
        "invoices__tax_categories": taxes,
        "invoices__linked_invoices": linked,
    }.items():
        counts: dict[str, int] = {}
        for key, _ in there:
            counts[key] = counts.get(key, 0) + 1
        assert dict(loader.query(f"select invoice_id, count(*) from {table} group by 1")) == counts, table


def test_the_single_parts_of_an_invoice_are_columns(loader):
    key = next(k for k, i in loader.tenant.invoices.items() if i.get("credit"))
    invoice = loader.tenant.invoices[key]
    invoice["e_invoices"] = [{"applied_mandate": "NFE", "processor": "P", "status": {"status": "SENT"}}]
    loader.load("invoices")
    ((status, tax, original, electronic),) = loader.query(
        "select payment_status, tax_summary__tax_amount__quantity::varchar, credit__original_invoice_id,"
        " e_invoices::varchar from invoices where id = ?",
        key,
    )
    assert status == invoice["payment_status"]
    assert float(tax) == float(invoice["tax_summary"]["tax_amount"]["quantity"])
    assert original == invoice["credit"]["original_invoice_id"]
    assert json.loads(electronic) == invoice["e_invoices"]
