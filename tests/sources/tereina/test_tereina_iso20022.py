"""ISO 20022 messages land in the same tables as the objects of a JSON batch, with the same rows."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tereina_support import JSON, XML

from sandbox.tereina.camt import camt_053
from sources.tereina.models import Invoice
from sources.tereina.payloads import payload_format

SPACE = "urn:iso:std:iso:20022:tech:xsd:"
AUDIT = ("id", "version", "lastUpdatedDate", "lastUpdatedBy")


def document(message, body):
    return f'<?xml version="1.0"?><Document xmlns="{SPACE}{message}">{body}</Document>'


def renamed(items, mark, drop=AUDIT):
    """The objects under other references, without what no message says."""
    return [
        {name: value for name, value in item.items() if name not in drop}
        | {"referenceId": f"{item['referenceId']}@{mark}"}
        for item in items
    ]


def by_mark(rows, key):
    """Rows of a table by the mark in their reference, in order, without it."""
    found = defaultdict(list)
    for row in rows:
        reference, _, mark = row[key].rpartition("@")
        kept = {name: value for name, value in row.items() if not name.startswith("_dlt_")}
        found[mark].append(kept | {key: reference})
    places = ("entry_position", "position")
    return {
        mark: sorted(rows, key=lambda row: (row[key], *(row[name] for name in places if name in row)))
        for mark, rows in found.items()
    }


def without(rows, names):
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def test_a_statement_of_any_version_gives_the_rows_of_its_json_form(empty):
    statements = empty.tereina.outbox.ledger.objects["BANK_STATEMENT"]
    chosen = [item for item in statements if any(len(e["_parts"]) > 1 for e in item["entries"])][:2]
    chosen += [item for item in statements if item["openingBalance"] < 0][:1]
    empty.tereina.add_batch("BANK_STATEMENT", JSON, objects=renamed(chosen, "json"), amounts="number")
    for version in (2, 4, 8):
        empty.tereina.add_batch("BANK_STATEMENT", objects=renamed(chosen, version), iso_version=version)
    report = empty.load("bank_statements")["bank_statements"]
    assert (report.failures, report.drift) == ([], [])
    held = empty.rows("bank_statements", "bank_statements__entries", "bank_statements__entries__transactions")
    statements = by_mark(held["bank_statements"], "reference_id")
    assert len(statements["json"]) == len({item["referenceId"] for item in chosen})
    assert statements["json"] == statements["2"] == statements["4"] == statements["8"]
    entries = by_mark(held["bank_statements__entries"], "bank_statement_reference_id")
    assert entries["2"] == entries["4"] == entries["8"]
    said = [{name: value for name, value in row.items() if value is not None} for row in entries["json"]]
    assert said == [
        {name: row[name] for name in expected} for row, expected in zip(entries["8"], said, strict=True)
    ]
    transactions = by_mark(held["bank_statements__entries__transactions"], "bank_statement_reference_id")
    assert transactions["2"] == transactions["4"] == transactions["8"]
    parts = [e["_parts"] for item in chosen for e in item["entries"] if len(e["_parts"]) > 1]
    assert sorted(row["end_to_end_id"] for row in transactions["8"]) == sorted(sum(parts, ()))


@pytest.mark.parametrize("version", [3, 9])
def test_credit_transfers_give_the_rows_of_their_json_form(empty, version):
    requests = empty.tereina.outbox.ledger.objects["PAYMENT_REQUEST"]
    chosen = {item["creditor"]["referenceId"]: item for item in requests}.values()
    for item in chosen:  # a message has the IBAN or the number, and not both
        account = item["creditorAccount"]
        account["accountNumber"] = None if account["iban"] else account["accountNumber"]
    drop = (*AUDIT, "createdDate")
    for mark, options in (("json", {"content_type": JSON}), ("iso", {"iso_version": version})):
        empty.tereina.add_batch("PAYMENT_REQUEST", objects=renamed(chosen, mark, drop), **options)
    report = empty.load("payment_requests")["payment_requests"]
    assert (report.failures, report.drift) == ([], [])
    held = empty.rows("payment_requests", "payment_requests__remittances")
    requests = by_mark(held["payment_requests"], "reference_id")
    only_iso = {"created_date", "message_id", "payment_information_id"}
    if version < 9:  # a PIX key has no place in the older versions
        only_iso.add("creditor_account__pix_key")
    assert without(requests["iso"], only_iso) == without(requests["json"], only_iso)
    assert {row["message_id"] for row in requests["iso"]} != {None}
    remittances = by_mark(held["payment_requests__remittances"], "payment_request_reference_id")
    assert remittances["iso"] == remittances["json"]


@pytest.mark.parametrize("version", [3, 10])
def test_transaction_statuses_give_the_rows_of_their_json_form(empty, version):
    statuses = empty.tereina.outbox.ledger.objects["PAYMENT_STATUS"]
    statuses = [item for item in statuses if item["status"] != "XPRC"][:40]  # a status no code set knows
    empty.tereina.add_batch("PAYMENT_STATUS", objects=statuses, iso_version=version)
    report = empty.load("payment_statuses")["payment_statuses"]
    assert (report.failures, report.drift) == ([], [])
    sql = (
        "select end_to_end_id, status, status_at, reason_code, amount, currency from tereina.payment_statuses"
    )
    assert sorted(empty.query(sql), key=str) == sorted(
        (
            (
                item["endToEndId"],
                item["status"],
                datetime.fromisoformat(item["statusAt"]),
                item["reasonCode"],
                item["amount"],
                item["currency"],
            )
            for item in statuses
        ),
        key=str,
    )


CAMT = """<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>S-1</Id><ElctrncSeqNb>7</ElctrncSeqNb>
<CreDtTm>2026-11-03T00:10:00</CreDtTm><FrToDt><FrDtTm>2026-11-02T00:30:00+03:00</FrDtTm>
<ToDtTm>2026-11-02T23:30:00-03:00</ToDtTm></FrToDt><Acct><Id><Othr><Id>0001-2</Id></Othr></Id><Ccy>BRL</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="BRL">12345678901234567.89</Amt>
<CdtDbtInd>DBIT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="BRL">5.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts>BOOK</Sts>
<BookgDt><DtTm>2026-11-02T23:59:59-03:00</DtTm></BookgDt>
<Chrgs><Rcrd><Amt Ccy="BRL">0.50</Amt></Rcrd></Chrgs></Ntry></Stmt>
<Stmt><Id>S-2</Id></Stmt></BkToCstmrStmt>"""


def test_several_statements_in_one_message_with_reversals_and_charges_and_dates_as_written(empty):
    empty.tereina.add_payload("BANK_STATEMENT", XML, document("camt.053.001.06", CAMT), 2)
    assert not empty.load("bank_statements")["bank_statements"].failures
    sql = "select reference_id, created_date, from_date, to_date, opening_balance, account_number"
    first, second = empty.query(f"{sql} from tereina.bank_statements order by 1")
    assert first == (
        "S-1",
        datetime(2026, 11, 3, 0, 10, tzinfo=UTC),
        date(2026, 11, 2),
        date(2026, 11, 2),
        Decimal("-12345678901234567.89"),
        "0001-2",
    )
    assert second == ("S-2", None, None, None, None, None)
    sql = (
        "select booking_date, credit_debit, reversal, currency, charges from tereina.bank_statements__entries"
    )
    ((booked, direction, reversal, currency, charges),) = empty.query(sql)
    assert (booked, direction, reversal, currency) == (date(2026, 11, 2), "DBIT", True, "BRL")
    assert json.loads(charges) == [{"Rcrd": {"Amt": {"@Ccy": "BRL", "#text": "0.50"}}}]


def test_a_message_without_a_reader_is_skipped_and_one_of_another_kind_fails_its_batch(empty):
    for message in ("camt.054.001.08", "pain.002.001.10"):
        body = "<A><GrpHdr/><OrgnlPmtInfAndSts><TxInfAndSts/></OrgnlPmtInfAndSts></A>"
        empty.tereina.add_payload("BANK_STATEMENT", XML, document(message, body), 1)
    empty.tereina.add_payload("BANK_STATEMENT", XML, document("camt.053.001.08", CAMT), 2)
    report = empty.load("bank_statements")["bank_statements"]
    assert ["camt.054.001.08" in reason for reason in report.skipped] == [True]
    (failure,) = report.failures
    assert "pain.002.001.10 holds PAYMENT_STATUS, not BANK_STATEMENT" in str(failure)
    assert empty.query("select count(*) from tereina.bank_statements") == [(2,)]
    assert empty.query("select objects from tereina._loaded_batches") == [(2,)]


@pytest.mark.parametrize("counted", [True, False], ids=["counted", "not counted"])
def test_a_status_of_a_whole_message_is_put_aside_with_its_reason_and_the_rest_of_the_batch_loads(
    empty, counted
):
    head = "<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-11-02T09:00:00Z</CreDtTm></GrpHdr>"
    whole = f"<A>{head}<OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId><GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts></A>"
    payments = "<OrgnlPmtInfAndSts><OrgnlPmtInfId>P-{}</OrgnlPmtInfId>{}</OrgnlPmtInfAndSts>"
    one = "<TxInfAndSts><OrgnlEndToEndId>E-1</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>"
    both = payments.format(1, one) + payments.format(2, "<PmtInfSts>RJCT</PmtInfSts>")
    for body, objects in ((whole, 0), (f"<A>{head}{both}</A>", 1)):
        empty.tereina.add_payload("PAYMENT_STATUS", XML, document("pain.002.001.10", body), objects + counted)
    report = empty.load("payment_statuses")["payment_statuses"]
    assert not report.failures
    assert empty.query("select end_to_end_id, status from tereina.payment_statuses") == [("E-1", "ACSC")]
    rejects = empty.query("select reason, raw from tereina._rejects order by raw")
    assert [("endToEndId" in reason, "RJCT" in raw) for reason, raw in rejects] == [(True, True)] * 2
    held = empty.query("select objects from tereina._loaded_batches order by 1")
    assert held == [(0 + counted,), (1 + counted,)]


def test_a_message_may_be_cut_anywhere(empty):
    items = renamed(empty.tereina.outbox.ledger.objects["BANK_STATEMENT"][:3], "cut")
    payload = camt_053(items, 8, "Múltipla ☕", "2026-11-20T00:00:00Z")
    empty.tereina.add_payload("BANK_STATEMENT", XML, payload.decode(), 3)
    (batch,) = empty.queue.listed()
    batch.__dict__["blocks"] = [batch.payload[n : n + 97] for n in range(0, len(batch.payload), 97)]
    assert not empty.load("bank_statements")["bank_statements"].failures
    assert empty.query("select count(*) from tereina.bank_statements") == [(3,)]


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("application/json", "JsonFormat"),
        ("application/vnd.tereina.v1+json", "JsonFormat"),
        ("application/x-ndjson", "JsonFormat"),
        ("application/jsonl", "JsonFormat"),
        ("text/csv", "CsvFormat"),
        ("csv", "CsvFormat"),
        ("text/xml", "XmlFormat"),
        ("application/pain.001+xml", "XmlFormat"),
        ("application/iso20022", "XmlFormat"),
        ("iso-20022", "XmlFormat"),
        ("application/vnd.iso20022.camt.053.001.08", "XmlFormat"),
        ("camt.053", "XmlFormat"),
    ],
)
def test_content_types_are_known_in_their_usual_spellings(media_type, name):
    assert type(payload_format(media_type, "INVOICE", Invoice)).__name__ == name


@pytest.mark.parametrize(
    "media_type", ["", "application/octet-stream", "text/html", "application/pdf", "xmlx"]
)
def test_other_content_types_are_not_understood(media_type):
    assert payload_format(media_type, "INVOICE", Invoice) is None
