"""The data of the simulated accounts payable service: coherent, and as odd as the contract says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from sandbox_roit_client import NOW, PAYABLES, Roit, check_money, instant, lists, roit

from sandbox.core.clock import ManualClock
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
    return world.events()


def test_more_rows_than_a_page_have_the_very_same_instant(rows: list) -> None:
    assert Counter(instant(row["updatedAt"]) for row in rows).most_common(1)[0][1] >= 620


def test_money_adds_up_in_every_payable(rows: list) -> None:
    check_money(rows)


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


def test_a_seed_gives_the_same_payables_whatever_else_is_served() -> None:
    def book(seed: int, systems: list[str]) -> list[bytes]:
        sandbox = build(systems, seed=seed, scale=60, clock=ManualClock(NOW))
        payables = sandbox.states["roit"].payables
        return payables.rendered(payables.window(0, 1 << 60))

    assert book(1, ["roit"]) == book(1, ["roit"]) != book(2, ["roit"])
