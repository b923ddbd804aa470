"""What waits in the simulated Tereina is coherent: documents, payments, statements, in every format."""

import csv
import io
import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from lxml import etree

from sandbox.core.clock import ManualClock
from sandbox.core.server import build
from sandbox.tereina.masterdata import due_dates, payment_terms

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ISO = "{urn:iso:std:iso:20022:tech:xsd:"


def make(seed=1, scale=2_000, **options):
    return build(["tereina"], seed=seed, scale=scale, clock=ManualClock(NOW), options={"tereina": options})


@pytest.fixture(scope="module")
def sandbox():
    return make()


@pytest.fixture(scope="module")
def state(sandbox):
    return sandbox.states["tereina"]


@pytest.fixture(scope="module")
def ledger(state):
    """The current version of every object, by type."""
    current = defaultdict(dict)
    for object_type, items in state.outbox.ledger.objects.items():
        for item in items:
            known = current[object_type].get(item["referenceId"])
            if known is None or item.get("version", 1) >= known.get("version", 1):
                current[object_type][item["referenceId"]] = item
    return current


def waiting(state, object_type=None):
    return sorted(state.queue.listed(object_type), key=lambda batch: batch.reference_id)


def total(values):
    return sum(values, Decimal(0))


def test_every_object_type_and_content_type_waits_in_the_queue(state):
    kinds = Counter((batch.object_type, batch.content_type) for batch in waiting(state))
    types, contents = {kind for kind, _ in kinds}, {content for _, content in kinds}
    assert types == {
        "COMPANY", "COMPANY_CODE", "INVOICE", "PURCHASE_ORDER", "PAYMENT_REQUEST", "PAYMENT_STATUS",
        "BANK_STATEMENT", "REMITTANCE_ADVICE",
    }  # fmt: skip
    assert contents == {
        "application/json", "application/x-ndjson", "text/csv", "application/xml",
        "application/vnd.apache.parquet",
    }  # fmt: skip
    namespaces = {
        etree.fromstring(batch.payload).tag.removeprefix(ISO).partition("}")[0]
        for batch in waiting(state)
        if batch.content_type == "application/xml" and b"urn:iso:std" in batch.payload
    }
    assert namespaces == {
        "pain.001.001.03", "pain.001.001.09", "pain.002.001.03", "pain.002.001.10", "camt.053.001.02",
        "camt.053.001.08",
    }  # fmt: skip


def count_objects(batch):
    if batch.content_type == "application/json":
        return len(json.loads(batch.payload))
    if batch.content_type == "application/x-ndjson":
        return sum(bool(line.strip()) for line in batch.payload.splitlines())
    if batch.content_type == "text/csv":
        return len(list(csv.DictReader(io.StringIO(batch.payload.decode(), newline=""))))
    root = etree.fromstring(batch.payload)
    if not root.tag.startswith(ISO):
        return len(root)
    return sum(1 for name in ("CdtTrfTxInf", "TxInfAndSts", "Stmt") for _ in root.iter(f"{{*}}{name}"))


def test_a_batch_counts_its_objects_and_not_their_lines(state):
    for batch in waiting(state):
        if "parquet" not in batch.content_type:
            assert count_objects(batch) == batch.count, batch.reference_id


def test_both_revisions_of_the_names_and_unannounced_fields_occur(state):
    text = b"".join(batch.payload for batch in waiting(state))
    for name in (
        b"registeredRegion", b"registeredState", b"companyRelations", b"companyRelationships", b"riskProfile",
        b"accessKey", b"workflow", b"XPRC", b"AWAITING_MOON",
    ):  # fmt: skip
        assert name in text


def test_amounts_come_as_text_and_as_numbers_and_lose_no_digit(state):
    first, second = (
        next(b for b in waiting(state, "INVOICE") if b.content_type == content)
        for content in ("application/json", "application/x-ndjson")
    )
    assert {type(item["grossAmount"]) for item in json.loads(first.payload)} == {str}
    rows = [json.loads(line, parse_float=str) for line in second.payload.splitlines() if line.strip()]
    assert any("E" in row["grossAmount"] for row in rows)
    everything = b"".join(batch.payload for batch in waiting(state, "INVOICE"))
    assert b"9007199254740993" in everything.replace(b".", b"")


def test_lines_add_up_to_headers(ledger):
    for invoice in ledger["INVOICE"].values():
        assert total(line["netAmount"] for line in invoice["lines"]) == invoice["netAmount"]
        assert total(line["taxAmount"] for line in invoice["lines"]) == invoice["taxAmount"]
        assert invoice["netAmount"] + invoice["taxAmount"] == invoice["grossAmount"]
    for order in ledger["PURCHASE_ORDER"].values():
        assert total(line["netAmount"] for line in order["lines"]) == order["totalAmount"]


def test_invoices_fall_due_by_date_by_term_or_by_neither_and_every_reference_exists(ledger):
    ways = Counter()
    for invoice in ledger["INVOICE"].values():
        ways[invoice["dueDate"] is not None, invoice["paymentTermReferenceId"] is not None] += 1
        assert invoice["supplierReferenceId"] in ledger["COMPANY"]
        assert invoice["companyCodeReferenceId"] in ledger["COMPANY_CODE"]
        assert invoice["purchaseOrderReferenceId"] in {None, *ledger["PURCHASE_ORDER"]}
    assert set(ways) == {(True, False), (False, True), (False, False)}
    for code in ledger["COMPANY_CODE"].values():
        assert code["companyReferenceId"] in ledger["COMPANY"]


def test_installments_of_every_term_add_up_to_100_percent():
    for term in payment_terms():
        parts = due_dates(term, date(2026, 12, 31))
        assert total(share for _, share in parts) == 100
        assert all(day >= date(2026, 12, 31) for day, _ in parts)
    fixed = next(term for term in payment_terms() if term["referenceId"] == "TD15")
    assert due_dates(fixed, date(2026, 12, 31)) == [(date(2027, 1, 15), Decimal(100))]


def test_shared_documents_are_invoices_with_the_same_number_supplier_and_amount(sandbox, ledger):
    invoices = {str(item["number"]): item for item in ledger["INVOICE"].values()}
    with_key = 0
    for document in sandbox.world.shared_documents:
        invoice = invoices[document.number]
        supplier = ledger["COMPANY"][invoice["supplierReferenceId"]]
        assert supplier["corporateIdentifiers"][0]["value"] == document.supplier.tax_id
        assert (invoice["grossAmount"], invoice["currency"]) == (document.amount, document.currency)
        assert invoice["issueDate"] == document.issue_date.isoformat()
        with_key += invoice.get("accessKey") == document.access_key
    assert 0 < with_key < len(sandbox.world.shared_documents)


def test_open_amounts_are_what_settled_payments_leave(ledger, state):
    statuses = defaultdict(list)
    for event in state.outbox.ledger.objects["PAYMENT_STATUS"]:
        statuses[event["endToEndId"]].append(event["status"])
    paid = defaultdict(Decimal)
    for request in ledger["PAYMENT_REQUEST"].values():
        seen = statuses[request["endToEndId"]]
        assert total(part["amount"] for part in request["remittances"]) == request["amount"]
        # Settled, and not sent back afterwards.
        if "ACSC" in seen and seen[-1] == "ACSC":
            for part in request["remittances"]:
                paid[part["invoiceReferenceId"]] += part["amount"]
    for reference, invoice in ledger["INVOICE"].items():
        left = invoice["grossAmount"] - paid[reference]
        assert invoice["openAmount"] == (0 if invoice["status"] == "CANCELLED" else left)
        assert (invoice["status"] == "PAID") == (left == 0)
    assert None in paid


def test_payments_cover_several_invoices_parts_rejections_retries_and_returns(ledger, state):
    requests = list(ledger["PAYMENT_REQUEST"].values())
    assert any(len(request["remittances"]) > 1 for request in requests)
    invoices = ledger["INVOICE"]
    parts = [part for request in requests for part in request["remittances"] if part["invoiceReferenceId"]]
    assert any(part["amount"] < invoices[part["invoiceReferenceId"]]["grossAmount"] for part in parts)
    events = state.outbox.ledger.objects["PAYMENT_STATUS"]
    by_payment = defaultdict(list)
    for event in events:
        by_payment[event["endToEndId"]].append(event)
    chains = {tuple(event["status"] for event in events) for events in by_payment.values()}
    assert {
        ("ACCP", "PDNG", "ACSP", "ACSC"),
        ("ACCP", "RJCT"),
        ("ACCP", "PDNG", "ACSP", "ACSC", "RJCT"),
    } <= chains
    assert all(event["reasonCode"] for event in events if event["status"] == "RJCT")
    assert all(event["statusAt"] <= NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z") for event in events)
    keys = [(event["endToEndId"], event["status"], event["statusAt"]) for event in events]
    assert len(keys) == len(set(keys))


def test_statements_are_consecutive_and_their_entries_explain_the_balance(state):
    by_account = defaultdict(list)
    for statement in state.outbox.ledger.objects["BANK_STATEMENT"]:
        by_account[statement["accountIban"]].append(statement)
    overdrawn = False
    for statements in by_account.values():
        for statement in statements:
            moved = total(
                entry["amount"] if entry["creditDebit"] == "CRDT" else -entry["amount"]
                for entry in statement["entries"]
            )
            assert statement["openingBalance"] + moved == statement["closingBalance"]
            overdrawn |= statement["closingBalance"] < 0
        for before, after in pairwise(statements):
            assert before["closingBalance"] == after["openingBalance"]
            assert before["statementNumber"] + 1 == after["statementNumber"]
            day = date.fromisoformat(before["toDate"]) + timedelta(days=1)
            assert day.isoformat() == after["fromDate"]
    assert len(by_account) == 5
    assert overdrawn


def test_entries_match_payments_one_to_one_many_to_one_with_differences_and_as_returns(state, ledger):
    amounts = {item["endToEndId"]: item["amount"] for item in ledger["PAYMENT_REQUEST"].values()}
    entries = [e for s in state.outbox.ledger.objects["BANK_STATEMENT"] for e in s["entries"]]
    named = defaultdict(list)
    for entry in entries:
        if entry["endToEndId"]:
            named[entry["endToEndId"], entry["creditDebit"]].append(entry["amount"])
    assert {id_ for id_, _ in named} <= set(amounts)
    differences = {total(booked) - amounts[id_] for (id_, _), booked in named.items()}
    assert differences == {Decimal(0), Decimal("0.50")}
    assert {len(booked) for booked in named.values()} == {1, 2}
    many = [entry for entry in entries if len(entry["_parts"]) > 1]
    assert many
    assert all(entry["amount"] == total(amounts[id_] for id_ in entry["_parts"]) for entry in many)
    codes = {entry["bankTransactionCode"].split("-")[-1] for entry in entries}
    assert codes == {"ESCT", "RRTN", "CHRG", "PMDD"}


def test_some_payments_are_booked_late_or_not_at_all_and_some_entries_no_payment_explains(state, ledger):
    requests = ledger["PAYMENT_REQUEST"].values()
    settled = {
        event["paymentRequestReferenceId"]
        for event in state.outbox.ledger.objects["PAYMENT_STATUS"]
        if event["status"] == "ACSC"
    }
    statements = state.outbox.ledger.objects["BANK_STATEMENT"]
    entries = [entry for statement in statements for entry in statement["entries"]]
    booked = {id_: entry for entry in entries if entry["creditDebit"] == "DBIT" for id_ in entry["_parts"]}
    texts = " ".join(entry["remittanceText"] or "" for entry in entries)
    named = {(entry["counterpartyName"], entry["amount"]) for entry in entries}
    last_day = max(statement["toDate"] for statement in statements)
    left_out = [
        item["referenceId"]
        for item in requests
        if item["referenceId"] in settled
        and item["executionDate"] <= last_day
        and item["endToEndId"] not in booked
        and item["referenceId"] not in texts
        and not {(item["creditor"]["name"], item["amount"] + fee) for fee in (0, Decimal("0.50"))} & named
    ]
    assert 0 < len(left_out) < len(settled) / 10
    assert any(
        item["endToEndId"] in booked and booked[item["endToEndId"]]["bookingDate"] > item["executionDate"]
        for item in requests
    )
    wrong = [entry for entry in entries if "INDEVIDO" in (entry["remittanceText"] or "")]
    assert total(e["amount"] if e["creditDebit"] == "CRDT" else -e["amount"] for e in wrong) == 0
    assert {entry["_reversal"] for entry in wrong} == {True, False}


def test_camt_balances_are_signed_by_their_indicator_and_days_carry_the_banks_offset(state):
    for batch in waiting(state, "BANK_STATEMENT"):
        if b"urn:iso:std" not in batch.payload:
            continue
        for statement in etree.fromstring(batch.payload).iter("{*}Stmt"):
            balances = {}
            for balance in statement.iterfind("{*}Bal"):
                sign = {"CRDT": 1, "DBIT": -1}[balance.findtext("{*}CdtDbtInd")]
                balances[balance.findtext(".//{*}Cd")] = sign * Decimal(balance.findtext("{*}Amt"))
            moved = total(
                Decimal(entry.findtext("{*}Amt")) * {"CRDT": 1, "DBIT": -1}[entry.findtext("{*}CdtDbtInd")]
                for entry in statement.iterfind("{*}Ntry")
            )
            assert balances["OPBD"] + moved == balances["CLBD"]
            assert statement.findtext("{*}FrToDt/{*}FrDtTm").endswith("-03:00")


def test_pain_control_sums_are_those_of_their_transfers(state):
    for batch in waiting(state, "PAYMENT_REQUEST"):
        if b"urn:iso:std" not in batch.payload:
            continue
        root = etree.fromstring(batch.payload)
        header = root.find(".//{*}GrpHdr")
        amounts = [Decimal(item.text) for item in root.iter("{*}InstdAmt")]
        assert Decimal(header.findtext("{*}CtrlSum")) == total(amounts)
        assert int(header.findtext("{*}NbOfTxs")) == len(amounts)


def test_an_invoice_comes_in_several_versions_and_the_stale_one_in_the_latest_batch(state):
    batches = [b for b in waiting(state, "INVOICE") if b.content_type == "application/x-ndjson"]
    stale = [json.loads(line) for line in batches[-1].payload.splitlines() if line.strip()]
    versions = defaultdict(set)
    for invoice in state.outbox.ledger.objects["INVOICE"]:
        versions[invoice["referenceId"]].add(invoice["version"])
    assert stale
    assert all(item["version"] < max(versions[item["referenceId"]]) for item in stale)


def test_bad_records_are_counted_and_miscounted_batches_are_not_believed():
    sandbox = make(scale=400, bad_records=6, wrong_item_count=1)
    batches = waiting(sandbox.states["tereina"])
    text = b"".join(batch.payload for batch in batches)
    assert text.count(b'"referenceId":"BAD-') == 5
    wrong = [b for b in batches if "parquet" not in b.content_type and count_objects(b) != b.count]
    assert [count_objects(batch) + 1 for batch in wrong] == [wrong[0].count]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, b'"version":'),
        ({"new": True, "content_type": "application/xml"}, b"<invoice>"),
        ({"objects": [{"referenceId": "X", "lines": []}]}, b'"lines":[]'),
        ({"object_type": "PAYMENT_REQUEST", "iso_version": 9}, b"pain.001.001.09"),
        ({"object_type": "PAYMENT_STATUS", "iso_version": 10, "new": True}, b"pain.002.001.10"),
        ({"object_type": "BANK_STATEMENT", "iso_version": 8, "count": 2}, b"camt.053.001.08"),
    ],
)
def test_batches_can_be_added_while_it_runs(arguments, expected):
    state = make(scale=400).states["tereina"]
    before = len(waiting(state))
    batch = state.queue.get(state.actions["add_batch"](**arguments))
    assert expected in batch.payload
    assert count_objects(batch) == batch.count
    assert len(waiting(state)) == before + 1


def test_the_same_seed_makes_the_same_payloads_and_another_seed_others():
    payloads = [[b.payload for b in waiting(make(seed, 400).states["tereina"])] for seed in (1, 1, 2)]
    assert payloads[0] == payloads[1] != payloads[2]
