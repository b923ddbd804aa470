"""The simulated accounts payable service: as strict as the contract says, and as ready to drift."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sandbox_roit_client import NOW, PAYABLES, Roit, check_money, instant, roit

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
    return world.events()


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
    wanted = {"id": {"in": [rows[3]["id"], rows[900]["id"], "no-such-id"]}}
    assert [row["id"] for row in world.walk(wanted)] == [rows[3]["id"], rows[900]["id"]]
    both = {**wanted, "updatedAt": {"gte": rows[900]["updatedAt"]}}
    assert world.data("POST", f"{PAYABLES}/count", {"filters": both}) == {"count": 1}


def test_a_payable_is_found_by_id_and_by_metadata(world: Roit, rows: list) -> None:
    row = next(r for r in rows if (r.get("metadata") or {}).get("erpNumber"))
    assert world.data("GET", f"{PAYABLES}/{row['id']}") == row
    assert world.refused("GET", f"{PAYABLES}/no-such-id")[0] == 404
    found = world.data("POST", f"{SEARCH}/metadata", {"metadata": {"erpNumber": row["documentNumber"]}})
    assert row["id"] in [r["id"] for r in found["data"]]
    assert world.data("POST", f"{SEARCH}/metadata", {"metadata": {"erpNumber": "none"}})["totalItems"] == 0


def test_events_are_filtered_by_their_time(world: Roit, events: list) -> None:
    low, high = events[100]["createdAt"], events[900]["createdAt"]
    query = {"createdAt[gte]": low, "createdAt[lte]": high, "limit": "1000"}
    found = world.http.get(f"{PAYABLES}/events", params=query).json()["data"]
    expected = [e["id"] for e in events if instant(low) <= instant(e["createdAt"]) <= instant(high)]
    assert [e["id"] for e in found["data"]] == expected
    assert world.refused("GET", f"{PAYABLES}/events?since=1") == (422, [("since", "extra_forbidden")])


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
        check_money(rows)
        query = {"createdAt[gte]": NOW.isoformat(), "limit": "1000"}
        told = client.http.get(f"{PAYABLES}/events", params=query).json()["data"]["data"]
        assert {event["accountPayableId"] for event in told} >= {updated, paid, shrunk}
        assert client.action("restore_payables") == [deleted]
        assert before[deleted] in client.walk()


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
