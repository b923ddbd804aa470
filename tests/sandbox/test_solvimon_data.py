"""What the simulated Solvimon holds is coherent: sums, lives of invoices, payments, and the report files."""

import csv
import gzip
import io
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from sandbox.core.clock import ManualClock
from sandbox.core.server import build, running
from sandbox.solvimon.definitions import DEFINITIONS
from sandbox.solvimon.invoice_lines import lines_of
from sandbox.solvimon.report_files import DIALECTS
from sandbox.solvimon.values import quantity_of

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WINDOW = {"from_date": "2026-08-01", "to_date": "2026-11-30"}


@pytest.fixture
def sandbox():
    with running(["solvimon"], seed=3, scale=2_000, clock=ManualClock(NOW)) as sandbox:
        yield sandbox


@pytest.fixture
def tenant(sandbox):
    return sandbox.states["solvimon"].tenant


@pytest.fixture
def client(sandbox):
    key = sandbox.credentials["solvimon"]["api_key"]
    with httpx.Client(base_url=sandbox.urls["solvimon"], headers={"X-API-KEY": key}) as client:
        yield client


@pytest.fixture
def storage(sandbox):
    with httpx.Client(base_url=sandbox.urls["storage"]) as client:
        yield client


def make_report(client, code, values, look=3):
    """Create a request, look at it until it is done, and return its report."""
    parameters = [{"name": name, "value": value} for name, value in values.items()]
    body = {"report_code": code, "parameter_values": parameters}
    request = client.post("/v1/report-generate-requests", json=body).json()
    for _ in range(look):
        status = client.get(f"/v1/report-generate-requests/{request['id']}").json()["status"]
    assert status == "DONE"
    return client.get(f"/v1/report-generate-requests/{request['id']}/report").json()


def rows_of(client, storage, report):
    url = client.get(f"/v1/reports/{report['id']}/download-url").json()["url"]
    content = storage.get(url).content
    if report["file_name"].endswith(".gz"):
        content = gzip.decompress(content)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_header_lines_and_tax_bases_of_every_invoice_agree_to_the_cent(tenant):
    for invoice in tenant.invoices.values():
        lines = lines_of(invoice)
        gross = quantity_of(invoice["invoice_amount_including_tax"])
        net = sum(quantity_of(line["amount_excluding_tax"]) for line in lines)
        assert gross == sum(quantity_of(line["amount_including_tax"]) for line in lines)
        assert net == sum(quantity_of(tax["base_amount"]) for tax in invoice["tax_categories"])
        assert gross == sum(quantity_of(tax["total_amount"]) for tax in invoice["tax_categories"])
        assert gross == quantity_of(invoice["tax_summary"]["total_amount"])
        for line in lines:
            if parts := line["sub_lines"]:
                whole = sum(quantity_of(part["details"]["amount"]) for part in parts)
                assert whole == quantity_of(line["amount_excluding_tax"])


def test_what_is_paid_and_open_follows_from_the_payments_and_credit_notes(tenant):
    seen = set()
    for invoice in tenant.invoices.values():
        payments = tenant.payments_of(invoice["id"])
        paid = sum((quantity_of(p["amount"]) for p in payments if p["result"] == "AUTHORIZED"), Decimal(0))
        gross = quantity_of(invoice["invoice_amount_including_tax"])
        assert quantity_of(invoice["paid_invoice_amount"]) == paid
        closed, left = (quantity_of(invoice[f"{name}_invoice_amount"]) for name in ("closed", "open"))
        assert closed + left == gross
        assert invoice["paid"] == (invoice["payment_status"] in {"PAID", "OVERPAID"})
        seen.add(invoice["payment_status"])
    assert seen == {"UNPAID", "PARTIALLY_PAID", "PAID", "OVERPAID"}


def test_credit_notes_point_to_a_final_original_and_their_sign_goes_by_their_type(tenant):
    notes = [item for item in tenant.invoices.values() if item.get("credit")]
    assert {item["type"] for item in notes} == {"CREDIT", "ONE_OFF_CREDIT"}
    for credit in notes:
        original = tenant.invoices[credit["credit"]["original_invoice_id"]]
        assert original["status"] == "FINAL"
        assert original["linked_invoices_ids"] == [credit["id"]]
        value = quantity_of(credit["invoice_amount_including_tax"])
        assert (value < 0) == (credit["type"] == "CREDIT")
        assert abs(value) <= quantity_of(original["invoice_amount_including_tax"])


def test_a_draft_becomes_final_after_eight_hours_but_not_on_hold(sandbox, client, tenant):
    drafts = [item["id"] for item in tenant.invoices.values() if item["status"] == "DRAFT"]
    held = [id_ for id_ in drafts if tenant.invoices[id_]["on_hold"]]
    assert 0 < len(held) < len(drafts)
    sandbox.clock.advance(8 * 3600)
    client.get("/v1/invoices")
    statuses = {id_: tenant.invoices[id_]["status"] for id_ in drafts}
    assert statuses == {id_: "DRAFT" if id_ in held else "FINAL" for id_ in drafts}
    final = next(tenant.invoices[id_] for id_ in drafts if id_ not in held)
    assert final["invoice_number"]
    assert final["updated_to_final_at"] > final["created_at"]


def test_a_request_goes_from_pending_to_processing_to_done_and_has_no_report_before(client):
    parameters = [{"name": name, "value": value} for name, value in WINDOW.items()]
    body = {"report_code": "INVOICE_HEADER", "parameter_values": parameters}
    request = client.post("/v1/report-generate-requests", json=body).json()
    path = f"/v1/report-generate-requests/{request['id']}"
    assert request["status"] == "PENDING"
    assert client.get(f"{path}/report").status_code == 404
    assert client.get(path).json()["status"] == "DONE"
    assert client.get(f"{path}/report").json()["report_generate_request_id"] == request["id"]


def test_a_report_that_fails_stays_failed_and_the_next_one_works(sandbox, client):
    sandbox.states["solvimon"].actions["fail_reports"](1)
    body = {
        "report_code": "INVOICE_HEADER",
        "parameter_values": [{"name": name, "value": value} for name, value in WINDOW.items()],
    }
    request = client.post("/v1/report-generate-requests", json=body).json()
    path = f"/v1/report-generate-requests/{request['id']}"
    assert [client.get(path).json()["status"] for _ in range(3)] == ["PROCESSING", "FAILED", "FAILED"]
    assert client.get(f"{path}/report").status_code == 404
    assert make_report(client, "INVOICE_HEADER", WINDOW)


def test_headers_lines_and_taxes_are_the_final_invoices_and_agree_with_each_other(client, storage, tenant):
    header, lines, taxes = (
        rows_of(client, storage, make_report(client, code, WINDOW))
        for code in ("INVOICE_HEADER", "INVOICE_LINE", "INVOICE_TAX")
    )
    finals = {item["id"]: item for item in tenant.invoices.values() if item["status"] == "FINAL"}
    assert {row["Invoice ID"] for row in header} == set(finals)
    sums = defaultdict(Decimal)
    for row in lines:
        sums[row["Invoice ID"]] += Decimal(row["Amount Including Tax"])
    bases = defaultdict(Decimal)
    for row in taxes:
        bases[row["Invoice ID"]] += Decimal(row["Taxable Quantity"]) + Decimal(row["Tax Quantity"])
    for row in header:
        assert Decimal(row["Invoice Quantity"]) == sums[row["Invoice ID"]] == bases[row["Invoice ID"]]
        assert (
            row["Invoice Quantity"] == finals[row["Invoice ID"]]["invoice_amount_including_tax"]["quantity"]
        )
    keys = [(row["Invoice ID"], row["Line Number"]) for row in lines]
    assert len(keys) == len(set(keys))


def test_windows_include_both_ends_and_may_go_by_the_day_of_becoming_final(client, storage, tenant):
    finals = [item for item in tenant.invoices.values() if item["status"] == "FINAL"]
    for names, field in (
        (("from_date", "to_date"), "invoice_date"),
        (("updated_to_final_from_date", "updated_to_final_to_date"), "updated_to_final_at"),
    ):
        day = finals[40][field][:10]
        rows = rows_of(client, storage, make_report(client, "INVOICE_HEADER", dict.fromkeys(names, day)))
        assert {r["Invoice ID"] for r in rows} == {item["id"] for item in finals if item[field][:10] == day}
        assert rows


def test_files_come_in_every_dialect_and_only_none_is_an_empty_unquoted_cell(client, storage, sandbox):
    reports = [make_report(client, "INVOICE_HEADER", WINDOW) for _ in DIALECTS]
    contents, headers = [], set()
    for report in reports:
        url = client.get(f"/v1/reports/{report['id']}/download-url").json()["url"]
        answer = storage.get(url)
        content = gzip.decompress(answer.content) if report["file_name"].endswith(".gz") else answer.content
        contents.append(content)
        headers.add(
            (
                content.startswith(b"\xef\xbb\xbf"),
                report["file_name"][-3:],
                answer.headers.get("content-encoding"),
            )
        )
    assert {bom for bom, _, _ in headers} == {True, False}
    assert {name for _, name, _ in headers} == {"csv", ".gz"}
    assert {encoding for _, _, encoding in headers} == {None, "gzip"}
    assert len({content.split(b"\n")[0] for content in contents}) == len(DIALECTS)
    everything = b"".join(contents)
    for cell in (b',"",', b",null,", b",NaN,", b',"two\nlines",', b'"He said ""go"""'):
        assert cell in everything
    defined = set(DEFINITIONS["INVOICE_HEADER"].columns)
    assert any(b"cost-centre" in content for content in contents)
    assert "cost-centre" not in defined


def test_a_url_expires_a_new_one_works_and_an_expired_report_has_none(client, storage, sandbox):
    report = make_report(client, "INVOICE_TAX", WINDOW)
    link = client.get(f"/v1/reports/{report['id']}/download-url").json()
    assert link["resource"] == {"type": "REPORT", "id": report["id"]}
    sandbox.clock.advance(301)
    assert storage.get(link["url"]).status_code == 403
    fresh = client.get(f"/v1/reports/{report['id']}/download-url").json()["url"]
    assert storage.get(fresh).status_code == 200
    assert storage.get(fresh, headers={"X-API-KEY": "leaked"}).status_code == 400
    sandbox.clock.advance(8 * 86_400)
    assert client.get(f"/v1/reports/{report['id']}/download-url").status_code == 400


def test_actions_change_what_the_next_answers_say(sandbox, client, storage, tenant):
    actions = sandbox.states["solvimon"].actions
    before = {
        row["Invoice ID"] for row in rows_of(client, storage, make_report(client, "INVOICE_HEADER", WINDOW))
    }
    added = actions["add_invoices"](3, final=True)
    (paid,) = actions["pay_invoices"]()
    gone = actions["withdraw_invoices"](1)
    (renamed,) = actions["restate"]()
    assert tenant.invoices[paid]["payment_status"] == "PAID"
    rows = rows_of(client, storage, make_report(client, "INVOICE_HEADER", WINDOW))
    assert {row["Invoice ID"] for row in rows} == (before | set(added)) - set(gone)
    names = {row["Sold To Entity"] for row in rows}
    customer = next(item for item in tenant.catalog.customers if item["id"] == renamed)
    assert customer["organization"]["legal_name"] in names


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("CUSTOMER", {}),
        ("PRODUCT", {}),
        ("PAYMENT", WINDOW),
        ("REVENUE_RECOGNITION", {"report_date": "2026-11-10"}),
    ],
)
def test_other_reports_have_the_columns_of_their_definition(client, storage, code, values):
    rows = rows_of(client, storage, make_report(client, code, values))
    assert set(rows[0]) == set(DEFINITIONS[code].columns)


def test_a_meters_report_tells_what_the_usage_report_bills(client, storage):
    usage = rows_of(client, storage, make_report(client, "INVOICE_USAGE", WINDOW))
    meter = usage[0]["Meter Value"]
    counted = rows_of(client, storage, make_report(client, "METERING", WINDOW | {"meter_id": meter}))
    assert sorted(row["Number"] for row in counted) == sorted(
        row["Usage"] for row in usage if row["Meter Value"] == meter
    )


def test_revenue_is_recognised_or_deferred_to_the_cent(client, storage):
    rows = rows_of(client, storage, make_report(client, "REVENUE_RECOGNITION", {"report_date": "2026-11-10"}))
    assert all(
        Decimal(row["Recognised Amount"]) + Decimal(row["Deferred Amount"]) == Decimal(row["Amount"])
        for row in rows
    )
    assert {row["Deferred Amount"] != "0.00" for row in rows} == {True, False}


def test_bad_records_are_listed_but_stay_out_of_reports():
    options = {"solvimon": {"bad_records": 5}}
    with running(["solvimon"], scale=400, clock=ManualClock(NOW), options=options) as sandbox:
        headers = {"X-API-KEY": sandbox.credentials["solvimon"]["api_key"]}
        with httpx.Client(base_url=sandbox.urls["solvimon"], headers=headers) as client:
            order = {"order_by": "invoice_amount_including_tax", "order_direction": "ASC", "limit": 100}
            listed = client.get("/v1/invoices", params=order).json()["data"]
            assert sum(row["id"].startswith("invo_BAD") for row in listed) == 5
            report = make_report(client, "INVOICE_HEADER", WINDOW)
            url = client.get(f"/v1/reports/{report['id']}/download-url").json()["url"]
            assert b"invo_BAD" not in httpx.get(url).content


def test_a_misspelt_option_is_refused():
    with pytest.raises(ValueError, match="fail_report"):
        build(["solvimon"], options={"solvimon": {"fail_report": 1}})
    with pytest.raises(ValueError, match="bad_record"):
        build(["tereina"], options={"tereina": {"bad_record": 1}})
