"""The simulated accounts payable service: as strict, and with data as odd, as the contract says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest
from sandbox_roit_client import NOW, PAYABLES, Roit, roit

from sandbox.core.parties import mod11
from sandbox.core.server import build
from sandbox.roit.payment import digitable_line

SEARCH = f"{PAYABLES}/search"


@pytest.fixture(scope="module")
def world() -> Iterator[Roit]:
    with roit(scale=2_000) as client:
        yield client


@pytest.fixture(scope="module")
def rows(world: Roit) -> list[dict[str, Any]]:
    return world.walk()


@pytest.fixture(scope="module")
def events(world: Roit) -> list[dict[str, Any]]:
    total = world.data("GET", f"{PAYABLES}/events?limit=1")["totalItems"]
    pages = range(1, -(-total // 1000) + 1)
    return [
        e for page in pages for e in world.data("GET", f"{PAYABLES}/events?limit=1000&page={page}")["data"]
    ]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def lists(row: dict[str, Any], name: str) -> list[Any]:
    return row.get(name) or []


def test_wrong_credentials_and_tokens_that_are_not_bare_are_unauthorized(world: Roit) -> None:
    wrong = {"clientId": "client-1", "clientSecret": "no"}
    assert httpx.post(f"{world.http.base_url}/authentication/api/v1/token", json=wrong).status_code == 401
    for token in ("", f"Bearer {world.token}", world.token.upper()):
        answer = world.http.post(SEARCH, json={}, headers={"Authorization": token})
        assert answer.status_code == 401


def test_a_token_expires_and_a_new_one_is_given() -> None:
    with roit(scale=10, token_seconds=60) as client:
        client.sandbox.clock.advance(60)
        assert client.refused("POST", SEARCH, {})[0] == 401
        client.http.headers["Authorization"] = client.state.issue_token()
        assert len(client.walk()) == 10


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"filter": {}}, [("filter", "extra_forbidden")]),
        ({"filters": {"updated": {"gte": "x"}}}, [("updated", "extra_forbidden")]),
        ({"filters": {"status": {"like": "P"}}}, [("like", "extra_forbidden")]),
        ({"filters": {"status": {"eq": 1}}}, [("eq", "type_error")]),
        ({"filters": {"status": {"in": "PAID"}}}, [("in", "type_error")]),
        ({"filters": {"updatedAt": {"gte": "2026-01-01"}}}, [("gte", "type_error")]),
        ({"filters": {"updatedAt": {"gte": "2026-01-01T00:00:00"}}}, [("gte", "type_error")]),
        ({"filters": {"value.net": {"gte": "1"}}}, [("gte", "type_error")]),
        ({"page": "1"}, [("page", "type_error")]),
        ({"page": 0}, [("page", "greater_than_equal")]),
        ({"orderBy": "color"}, [("orderBy", "enum")]),
    ],
)
def test_a_wrong_search_is_refused_with_its_place(world: Roit, body: dict, wrong: list) -> None:
    assert world.refused("POST", SEARCH, body) == (422, wrong)


def test_a_limit_above_a_thousand_and_a_wrong_method_are_refused(world: Roit) -> None:
    assert world.refused("POST", SEARCH, {"limit": 1001})[0] == 400
    assert world.http.get(SEARCH).status_code == 404, "by id: there is none called search"
    assert world.http.put(SEARCH).status_code == 405
    assert world.http.post(SEARCH, content=b"{").status_code == 422


def test_pages_are_ordered_by_the_instant_whatever_its_spelling(rows: list) -> None:
    times = [instant(row["updatedAt"]) for row in rows]
    assert times == sorted(times)
    assert {re.sub(r".*T\d\d:\d\d:\d\d(\.\d*)?", "", row["updatedAt"]) for row in rows} == {
        "Z",
        "+00:00",
        "-03:00",
    }
    digits = {len(re.search(r":\d\d(?:\.(\d*))?(?:Z|[+-])", row["updatedAt"])[1] or "") for row in rows}
    assert digits >= {0, 1, 3, 6, 7}


def test_more_rows_than_a_page_have_the_very_same_instant(rows: list) -> None:
    assert Counter(instant(row["updatedAt"]) for row in rows).most_common(1)[0][1] >= 620


def test_a_range_selects_both_ends_and_count_agrees(world: Roit, rows: list) -> None:
    low, high = instant(rows[300]["updatedAt"]), instant(rows[1500]["updatedAt"])
    expected = [row["id"] for row in rows if low <= instant(row["updatedAt"]) <= high]
    filters = {"updatedAt": {"gte": rows[300]["updatedAt"], "lte": high.isoformat()}}
    assert [row["id"] for row in world.walk(filters, 333)] == expected
    assert world.data("POST", f"{PAYABLES}/count", {"filters": filters}) == {"count": len(expected)}


def test_any_scalar_field_filters(world: Roit, rows: list) -> None:
    filters = {"status": {"in": ["PAID", "OPEN"]}, "value.net": {"gte": 1000}, "company.name": {"nin": ["x"]}}
    expected = [r["id"] for r in rows if r["status"] in ("PAID", "OPEN") and r["value"]["net"] >= 1000]
    assert [row["id"] for row in world.walk(filters)] == expected


def test_a_payable_is_found_by_id_and_by_metadata(world: Roit, rows: list) -> None:
    row = next(r for r in rows if (r.get("metadata") or {}).get("erpNumber"))
    assert world.data("GET", f"{PAYABLES}/{row['id']}") == row
    assert world.refused("GET", f"{PAYABLES}/no-such-id")[0] == 404
    found = world.data("POST", f"{SEARCH}/metadata", {"metadata": {"erpNumber": row["documentNumber"]}})
    assert row["id"] in [r["id"] for r in found["data"]]
    assert world.data("POST", f"{SEARCH}/metadata", {"metadata": {"erpNumber": "none"}})["totalItems"] == 0


def test_money_adds_up_in_every_payable(rows: list) -> None:
    for row in rows:
        value = row["value"]
        assert value["net"] == value["gross"] - value["discount"] + value["interest"] + value["fine"]
        payable = value["net"] - sum(t["value"] for t in lists(row, "tributes") if t["withheld"])
        parts = lists(row, "installments")
        assert not parts or sum(p["value"] for p in parts) == payable
        receipts = lists(row, "receipts")
        assert not parts or sum(r["value"] for r in receipts) == sum(p["value"] for p in parts if p["paidAt"])
        if row["status"] == "PAID":
            assert sum(r["value"] for r in receipts) == payable
            assert instant(row["paidAt"]) == max(instant(r["paidAt"]) for r in receipts)
        centers = lists(row, "costCenters")
        assert not centers or sum(c["percentage"] for c in centers) == 100
        assert not centers or sum(c["value"] for c in centers) == value["net"]
        for tribute in lists(row, "tributes"):
            assert abs(tribute["base"] * tribute["rate"] - tribute["value"]) <= Decimal("0.01")


def test_dates_of_installments_ascend_and_due_dates_lie_before_and_after_now(rows: list) -> None:
    for row in rows:
        due = [part["dueDate"] for part in lists(row, "installments")]
        assert due == sorted(due)
        assert not due or due[0] == row["dueDate"] >= row["issueDate"]
    unpaid = [row["dueDate"] for row in rows if row["isOpen"]]
    assert min(unpaid) < NOW.date().isoformat() < max(unpaid)


def test_events_tell_the_story_that_ends_in_the_payable(rows: list, events: list) -> None:
    times = [instant(event["createdAt"]) for event in events]
    assert times == sorted(times)
    stories: dict[str, list[Any]] = {}
    for event in events:
        stories.setdefault(event["accountPayableId"], []).append(event)
    assert len({event["id"] for event in events}) == len(events)
    for row in rows:
        story = stories[row["id"]]
        changes = [e for e in story if "after" in e]
        assert story[0]["type"] == "CREATED"
        assert instant(story[0]["createdAt"]) == instant(row["createdAt"]) <= instant(row["updatedAt"])
        assert instant(story[-1]["createdAt"]) <= instant(row["updatedAt"])
        for earlier, later in pairwise(changes):
            assert earlier["after"]["status"] == later["before"]["status"]
        status = changes[-1]["after"]["status"]
        assert row["status"] in (status, "IN_DISPUTE")
        paid = sum(e["after"]["value"] for e in story if e["type"] == "PAID")
        returned = sum(e["after"]["value"] for e in story if e["type"] == "REOPENED" and row["isOpen"])
        assert paid - returned == sum(r["value"] for r in lists(row, "receipts"))
    kinds = {event["type"] for event in events}
    assert kinds >= {"CREATED", "APPROVED", "SCHEDULED", "PAID", "CANCELED", "REJECTED", "REOPENED"}


def test_events_are_filtered_by_their_time(world: Roit, events: list) -> None:
    low, high = events[100]["createdAt"], events[900]["createdAt"]
    query = {"createdAt[gte]": low, "createdAt[lte]": high, "limit": "1000"}
    found = world.http.get(f"{PAYABLES}/events", params=query).json()["data"]
    expected = [e["id"] for e in events if instant(low) <= instant(e["createdAt"]) <= instant(high)]
    assert [e["id"] for e in found["data"]] == expected
    assert world.refused("GET", f"{PAYABLES}/events?since=1") == (422, [("since", "extra_forbidden")])


def test_every_odd_case_of_the_contract_occurs(rows: list) -> None:
    assert {row["status"] for row in rows} == {
        *("OPEN", "PENDING_APPROVAL", "APPROVED", "SCHEDULED", "PARTIALLY_PAID", "PAID", "REJECTED"),
        *("CANCELED", "REFUNDED", "IN_DISPUTE"),
    }
    types = {"NFE", "NFSE", "CTE", "CONSUMPTION_BILL", "TAX_GUIDE", "PAYROLL", "OTHER", "FOREIGN_INVOICE"}
    assert {row["documentType"] for row in rows} == types
    details = {row["paymentDetail"]["type"] for row in rows if row["paymentDetail"]}
    assert details >= {
        "PIX",
        "TED",
        "BARCODE",
        "QRCODE",
        "DARF",
        "SIMPLE_DARF",
        "GARE",
        "DARJ",
        "IPVA",
        "DPVAT",
    }
    for name in ("purchaseOrders", "installments", "costCenters", "tributes", "receipts"):
        forms = {"absent" if name not in r else "null" if r[name] is None else bool(r[name]) for r in rows}
        assert forms == {"absent", "null", False, True}, name
    assert {row["reference"] for row in rows} >= {None, ""}
    assert {row["currency"]["code"] for row in rows} == {"BRL", "USD", "EUR"}
    assert any(re.search("[A-Z]", row["provider"]["nationalRegister"]) for row in rows)
    assert any(row["holder"] is None for row in rows)
    assert any(row["canceled"] for row in rows)
    references = {type((row["integration"] or {}).get("entryReference")) for row in rows}
    assert references >= {int, str}
    assert any("riskScore" in row for row in rows)
    assert any("novoCampo" in part for row in rows for part in lists(row, "installments"))


def test_numbers_and_free_objects_are_sent_as_written(world: Roit) -> None:
    text = world.http.post(SEARCH, json={"limit": 1000, "page": 1}).text
    text += world.http.post(SEARCH, json={"limit": 1000, "page": 2}).text
    for spelling in (
        "12345678901234567.89",
        "-0.0",
        "1e-7",
        "33.3333333333",
        r"\ud83d\ude00",
        '"same": 1.10',
    ):
        assert spelling in text, spelling
    assert re.search(r"\d\.\d+E\+\d", text)


def test_access_keys_have_44_characters_and_their_check_digit(rows: list) -> None:
    keys = [row["accessKey"] for row in rows if row["accessKey"]]
    assert len(keys) > 1000
    for key in keys:
        assert len(key) == 44
        assert mod11(key[:43], [2 + (42 - i) % 8 for i in range(43)]) == int(key[43])


def test_barcodes_and_payment_ids_have_their_lengths_and_check_digits(rows: list) -> None:
    details = [row["paymentDetail"] for row in rows if row["paymentDetail"]]
    lines = [detail["digitableLine"] for detail in details if detail["type"] == "BARCODE"]
    assert {(len(line), line.startswith("8")) for line in lines} == {(47, False), (48, True)}
    # The textbook example of a boleto: its barcode and the line that banks print above it.
    barcode = "00193373700000001000500940144816060680935031"
    assert digitable_line(barcode) == "00190500954014481606906809350314337370000000100"
    ids = [
        receipt["authentication"]
        for row in rows
        if (row["paymentDetail"] or {}).get("type") == "PIX"
        for receipt in lists(row, "receipts")
    ]
    assert ids
    assert all(re.fullmatch(r"E\d{20}[a-z0-9]{11}", each) for each in ids)


def test_the_shared_documents_are_payables(world: Roit, rows: list) -> None:
    mine = {row["accessKey"]: row for row in rows}
    for document in world.sandbox.world.shared_documents:
        row = mine[document.access_key]
        assert (row["documentNumber"], row["value"]["net"]) == (document.number, document.amount)
        assert row["issueDate"] == document.issue_date.isoformat()
        assert row["provider"]["nationalRegister"] == document.supplier.tax_id


def test_a_few_documents_are_there_twice_under_two_ids(rows: list) -> None:
    keys = Counter(row["accessKey"] for row in rows if row["accessKey"])
    assert max(keys.values()) == 2
    assert len(rows) == len({row["id"] for row in rows})


def test_bad_records_break_the_contract_only_where_asked() -> None:
    with roit(scale=200, bad_records=8) as client:
        rows = client.walk()
        assert len(rows) == 200
        assert sum("id" not in row for row in rows) == 1
        assert sum(row["value"]["net"] == "n/a" for row in rows) == 1
        assert sum(row["issueDate"] == "2026-13-45" for row in rows) == 1
        assert "1234567890123456789012345678.9012345678901" in client.http.post(SEARCH, json={}).text


def test_a_row_that_is_updated_between_two_pages_moves_to_the_end() -> None:
    with roit(scale=300, drift=20) as client:
        seen = [row["id"] for row in client.walk(limit=50)]
        assert len(set(seen)) < 300, "a walk by page number misses rows while data drifts"
        client.action("set_options", drift=0)
        assert len({row["id"] for row in client.walk()}) == 300


def test_actions_change_payables_and_write_their_events() -> None:
    with roit(scale=300) as client:
        assert client.data("GET", f"{PAYABLES}/events")["data"]
        before = {row["id"]: row for row in client.walk()}
        (updated,) = client.action("update_payables", count=1)
        (late,) = client.action("add_payables", count=1, seconds_ago=3_600)
        (deleted,) = client.action("delete_payables", count=1)
        (paid,) = client.action("pay_payables", count=1)
        (shrunk,) = client.action("shrink_installments", count=1)
        (emptied,) = client.action("shrink_installments", count=1, to=0)
        rows = client.walk()
        after = {row["id"]: row for row in rows}
        assert instant(after[updated]["updatedAt"]) == NOW
        assert instant(after[late]["updatedAt"]) == NOW - timedelta(hours=1)
        assert set(before) - set(after) == {deleted}
        assert (after[paid]["status"], bool(after[paid]["receipts"])) == ("PAID", True)
        assert len(after[shrunk]["installments"]) == len(before[shrunk]["installments"]) - 1
        assert after[emptied]["installments"] == []
        test_money_adds_up_in_every_payable(rows)
        query = {"createdAt[gte]": NOW.isoformat(), "limit": "1000"}
        told = client.http.get(f"{PAYABLES}/events", params=query).json()["data"]["data"]
        assert {event["accountPayableId"] for event in told} >= {updated, paid, shrunk}


def test_other_orders_sort_nulls_last_and_reverse(world: Roit) -> None:
    def dates(direction: str) -> list[str]:
        body = {"orderBy": "dueDate", "orderByDirection": direction, "limit": 1000}
        return [row["dueDate"] for row in world.data("POST", SEARCH, body)["data"]]

    assert dates("asc") == sorted(dates("asc"))
    assert dates("desc") == sorted(dates("desc"), reverse=True)
    assert dates("asc")[0] < dates("desc")[0]


@pytest.mark.parametrize("kind", ["reset", "truncated"])
def test_a_connection_that_breaks_during_a_search_is_an_error_of_transport(kind: str) -> None:
    with roit(scale=50) as client:
        client.sandbox.faults.add("roit", "/search$", kind)
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            client.http.post(SEARCH, json={})
        assert len(client.walk()) == 50


def test_a_seed_gives_the_same_payables_whatever_else_is_served() -> None:
    def book(seed: int, systems: list[str]) -> list[bytes]:
        from sandbox.core.clock import ManualClock

        sandbox = build(systems, seed=seed, scale=60, clock=ManualClock(NOW))
        payables = sandbox.states["roit"].payables
        return payables.rendered(payables.window(0, 1 << 60))

    assert book(1, ["roit"]) == book(1, ["roit"]) != book(2, ["roit"])
