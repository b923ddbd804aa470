"""The simulated Solvimon is as strict over HTTP as its contract."""

from datetime import UTC, datetime

import httpx
import pytest

from sandbox.core.clock import ManualClock
from sandbox.core.server import build, running

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WINDOW = [
    {"name": "from_date", "value": "2026-08-01"},
    {"name": "to_date", "value": "2026-11-30"},
]


@pytest.fixture
def solvimon():
    with running(["solvimon"], seed=1, scale=2_000, clock=ManualClock(NOW)) as sandbox:
        yield sandbox


@pytest.fixture
def client(solvimon):
    key = solvimon.credentials["solvimon"]["api_key"]
    with httpx.Client(base_url=solvimon.urls["solvimon"], headers={"X-API-KEY": key}) as client:
        yield client


def every_page(client, path, **params):
    rows, page = [], 1
    while True:
        body = client.get(path, params={"page": page, "limit": 100, **params}).json()
        rows += body["data"]
        if "next" not in body["links"]:
            return rows
        page += 1


def test_every_answer_carries_a_request_id_and_wrong_keys_get_401(solvimon):
    base = solvimon.urls["solvimon"]
    for headers in ({}, {"X-API-KEY": "no"}, {"Authorization": "Bearer no"}, {"Authorization": "Basic eA=="}):
        answer = httpx.get(f"{base}/v1/invoices", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["code"] == "UNAUTHORISED"
        assert answer.headers["X-REQUEST-ID"]
    token = solvimon.credentials["solvimon"]["token"]
    answer = httpx.get(f"{base}/v1/invoices", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.headers["X-REQUEST-ID"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=101", "INVALID_FIELD"),
        ("page=0", "INVALID_FIELD"),
        ("order_by=updated_at", "INVALID_FIELD"),
        ("order_direction=up", "INVALID_FIELD"),
        ("updated_at=[2026-01-01,2026-02-01]", "INVALID_FIELD"),
        ("statuses=FINAL", "INVALID_FIELD"),
        ("paid=yes", "INVALID_FIELD"),
        ("invoice_date=2026-01-01", "INVALID_FIELD"),
        ("invoice_date=[2026-02-01,2026-01-01]", "INVALID_FIELD"),
    ],
)
def test_parameters_that_are_not_in_the_contract_are_refused(client, query, code):
    answer = client.get(f"/v1/invoices?{query}")
    assert answer.status_code == 400
    assert answer.json()["type"] == "INVALID_REQUEST"
    assert answer.json()["code"] == code


def test_wrong_methods_paths_and_media_types_are_refused_in_the_published_shape(client):
    for method, path, status in (
        ("DELETE", "/v1/invoices", 405),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/invoices/", 404),
        ("GET", "/v1/invoices/invo_none", 404),
        ("POST", "/v1/report-generate-requests", 415),
    ):
        answer = client.request(method, path)
        assert answer.status_code == status
        assert {"type", "code", "message"} <= set(answer.json())
        assert answer.headers["X-REQUEST-ID"]


def test_pages_are_linked_and_hold_each_invoice_once(client, solvimon):
    first = client.get("/v1/invoices").json()
    assert first["limit"] == 50
    assert len(first["data"]) == 50
    assert "previous" not in first["links"]
    rows = every_page(client, "/v1/invoices", order_by="created_at", order_direction="ASC")
    ids = [row["id"] for row in rows]
    assert [row["created_at"] for row in rows] == sorted(row["created_at"] for row in rows)
    assert len(ids) == len(set(ids)) == len(solvimon.states["solvimon"].tenant.invoices)
    following = client.get(first["links"]["next"]).json()
    assert following["page"] == 2
    past_the_end = client.get("/v1/invoices?page=99").json()
    assert past_the_end["data"] == []
    assert "next" not in past_the_end["links"]


def test_invoices_come_without_lines_unless_both_includes_are_asked_for(client):
    bare = client.get("/v1/invoices?limit=1").json()["data"][0]
    assert "periods" not in bare
    periods = client.get("/v1/invoices?limit=1&include_periods=true").json()["data"][0]["periods"]
    assert "lines" not in periods[0]["groups"][0]
    path = f"/v1/invoices/{bare['id']}?include_periods=true&include_lines=true"
    assert client.get(path).json()["periods"][0]["groups"][0]["lines"]


def test_filters_combine_and_a_range_includes_both_of_its_days(client):
    rows = every_page(client, "/v1/invoices")
    day = rows[len(rows) // 2]["invoice_date"][:10]
    found = every_page(client, "/v1/invoices", invoice_date=f"[{day},{day}]")
    assert {row["invoice_date"][:10] for row in found} == {day}
    assert len(found) == sum(row["invoice_date"].startswith(day) for row in rows)
    open_ = every_page(client, "/v1/invoices", **{"statuses[]": ["FINAL"], "paid": "false"})
    assert {row["id"] for row in open_} == {r["id"] for r in rows if r["status"] == "FINAL" and not r["paid"]}


def test_a_search_takes_only_the_published_shape(client):
    body = {"filter_fields": [{"name": "status", "values": ["DRAFT"]}]}
    answer = client.post("/v1/invoices/search", json=body)
    assert answer.status_code == 200
    assert {row["status"] for row in answer.json()["data"]} == {"DRAFT"}
    assert client.post("/v1/report-generate-requests/search", json={}).status_code == 201
    assert client.post("/v1/reports/search", json={}).status_code == 200
    for wrong in ({"filters": []}, {"filter_fields": [{"name": "nothing"}]}, {"filter_fields": "x"}, []):
        assert client.post("/v1/invoices/search", json=wrong).status_code == 400


def test_the_other_lists_answer_in_pages(client):
    for path in (
        "payments", "payment-requests", "payment-schedules", "customers", "products",
        "pricing-plan-subscriptions", "report-definitions", "report-configurations", "report-subscriptions",
    ):  # fmt: skip
        body = client.get(f"/v1/{path}?limit=2").json()
        assert len(body["data"]) in (1, 2)
        assert body["total_number_of_pages"] >= 1


def test_requests_for_reports_are_checked_against_their_definition(client):
    valid = {"report_code": "INVOICE_LINE", "parameter_values": WINDOW}
    wrong = [
        {},
        {**valid, "report_code": "NOTHING"},
        {**valid, "report_code": "METERING"},
        {**valid, "surprise": 1},
        {**valid, "parameter_values": []},
        {**valid, "parameter_values": WINDOW[:1]},
        {**valid, "parameter_values": [*WINDOW, {"name": "meter", "value": "m"}]},
        {**valid, "parameter_values": [{"name": "from_date", "value": "2026-08-01T00:00:00Z"}, WINDOW[1]]},
        {**valid, "parameter_values": [{"name": "from_date", "value": "2026-12-01"}, WINDOW[1]]},
        {**valid, "parameter_values": [{"name": "from_date", "value": "2026-02-30"}, WINDOW[1]]},
        {**valid, "report_configuration_id": "reco_none"},
        {**valid, "export_location": {"variant": "FTP"}},
    ]
    for body in wrong:
        answer = client.post("/v1/report-generate-requests", json=body)
        assert answer.status_code in (400, 404), body
    assert client.post("/v1/report-generate-requests", json=valid).status_code == 201


def test_a_key_that_may_only_read_cannot_start_a_report_not_even_by_get(client, solvimon):
    read_only = {"X-API-KEY": solvimon.credentials["solvimon"]["read_only_api_key"]}
    path = "/v1/reports/invoice-headers-overview?invoice_date=[2026-08-01,2026-08-31]"
    assert client.get(path, headers=read_only).status_code == 403
    body = {"report_code": "INVOICE_TAX", "parameter_values": WINDOW}
    assert client.post("/v1/report-generate-requests", json=body, headers=read_only).status_code == 403
    before = len(solvimon.states["solvimon"].desk.jobs)
    assert client.get(path).json()["object_type"] == "REPORT_GENERATE_REQUEST"
    assert len(solvimon.states["solvimon"].desk.jobs) == before + 1


def test_an_idempotency_key_replays_its_first_answer_for_48_hours(client, solvimon):
    body = {"report_code": "INVOICE_TAX", "parameter_values": WINDOW}
    key = {"Idempotency-Key": "k-1"}
    path = "/v1/report-generate-requests"
    first = client.post(path, json=body, headers=key)
    again = client.post(path, json=body, headers=key)
    assert again.json() == first.json()
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    other = client.post(path, json={**body, "report_code": "INVOICE_LINE"}, headers=key)
    assert other.status_code == 409
    assert client.post(path, json=body, headers={"Idempotency-Key": "k" * 256}).status_code == 400
    solvimon.clock.advance(48 * 3600 + 1)
    assert client.post(path, json=body, headers=key).json()["id"] != first.json()["id"]


def test_a_lost_answer_is_found_again_under_its_key_and_makes_one_job(client, solvimon):
    state = solvimon.states["solvimon"]
    state.actions["interrupt_creates"]()
    before = len(state.desk.jobs)
    body = {"report_code": "INVOICE_TAX", "parameter_values": WINDOW}
    answers = [
        client.post("/v1/report-generate-requests", json=body, headers={"Idempotency-Key": "lost"})
        for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [500, 422, 201]
    assert answers[0].headers["Idempotency-Retryable"] == "true"
    assert answers[2].headers["Idempotent-Replayed"] == "true"
    assert len(state.desk.jobs) == before + 1


def test_the_same_seed_holds_the_same_invoices_and_another_seed_others():
    def ids(seed):
        twin = build(["solvimon"], seed=seed, scale=400, clock=ManualClock(NOW))
        return list(twin.states["solvimon"].tenant.invoices)

    assert ids(1) == ids(1) != ids(2)
