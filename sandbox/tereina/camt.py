"""camt.053: bank statements."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from .iso20022 import Amount, Tree, document
from .values import Object

CODED_STATUS_SINCE = 8
"""From this version on, an entry's status is a code inside an element and a party is wrapped in `Pty`."""

OFFSET = "-03:00"
"""Statements cover days of Brazil: a reader that shifts them to UTC gets other days."""


def camt_053(statements: Sequence[Object], version: int, message_id: str, created: str) -> bytes:
    """Return a bank to customer statement message with one `Stmt` per statement."""
    body = {
        "BkToCstmrStmt": {
            "GrpHdr": {"MsgId": message_id, "CreDtTm": created},
            "Stmt": [_statement(item, version) for item in statements],
        }
    }
    return document(f"camt.053.001.{version:02d}", body)


def _statement(item: Object, version: int) -> Tree:
    currency = item["currency"]
    return {
        "Id": item["referenceId"],
        "ElctrncSeqNb": item["statementNumber"],
        "CreDtTm": item["createdDate"],
        "FrToDt": {
            "FrDtTm": f"{item['fromDate']}T00:00:00{OFFSET}",
            "ToDtTm": f"{item['toDate']}T23:59:59{OFFSET}",
        },
        "Acct": {"Id": {"IBAN": item["accountIban"]}, "Ccy": currency},
        "Bal": [
            _balance("OPBD", item["openingBalance"], currency, item["fromDate"]),
            _balance("CLBD", item["closingBalance"], currency, item["toDate"]),
            # What is available is another kind of balance, and not the statement's.
            _balance("CLAV", item["closingBalance"] + Decimal(1000), currency, item["toDate"]),
        ],
        "Ntry": [_entry(entry, currency, version) for entry in item["entries"]],
    }


def _balance(code: str, balance: Decimal, currency: str, day: str) -> Tree:
    """Return a balance: never negative, the sign is in the indicator."""
    return {
        "Tp": {"CdOrPrtry": {"Cd": code}},
        "Amt": Amount(abs(balance), currency),
        "CdtDbtInd": "DBIT" if balance < 0 else "CRDT",
        "Dt": {"Dt": day},
    }


def _entry(entry: Object, currency: str, version: int) -> Tree:
    domain, family, sub_family = entry["bankTransactionCode"].split("-")
    coded = version >= CODED_STATUS_SINCE
    parts = entry["_parts"]
    return {
        "NtryRef": entry["entryReference"],
        "Amt": Amount(entry["amount"], currency),
        "CdtDbtInd": entry["creditDebit"],
        "RvslInd": "true" if entry["_reversal"] else None,
        "Sts": {"Cd": entry["status"]} if coded else entry["status"],
        "BookgDt": {"Dt": entry["bookingDate"]},
        "ValDt": {"Dt": entry["valueDate"]},
        "AcctSvcrRef": f"BANK{entry['entryReference']}",
        "BkTxCd": {"Domn": {"Cd": domain, "Fmly": {"Cd": family, "SubFmlyCd": sub_family}}},
        "NtryDtls": {
            "Btch": {"NbOfTxs": len(parts)} if len(parts) > 1 else None,
            "TxDtls": [_details(entry, end_to_end_id, coded) for end_to_end_id in parts or (None,)],
        },
    }


def _details(entry: Object, end_to_end_id: str | None, coded: bool) -> Tree:
    """Return one transaction of an entry. A bank writes NOTPROVIDED where there is no end-to-end id."""
    side = "Dbtr" if entry["creditDebit"] == "CRDT" else "Cdtr"
    name, iban = entry["counterpartyName"], entry["counterpartyIban"]
    parties: Tree = {}
    if name:
        parties[side] = {"Pty": {"Nm": name}} if coded else {"Nm": name}
    if iban:
        parties[f"{side}Acct"] = {"Id": {"IBAN": iban}}
    return {
        "Refs": {"EndToEndId": end_to_end_id or "NOTPROVIDED"},
        "RltdPties": parties or None,
        "RmtInf": {"Ustrd": entry["remittanceText"]} if entry["remittanceText"] else None,
    }
