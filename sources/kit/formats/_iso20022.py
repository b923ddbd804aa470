"""ISO 20022 messages → the objects that a batch in JSON would hold: pain.001, pain.002, camt.053, any version.

Elements are found by local names, so a version makes no difference but where the standard moved something; then
both places are looked at. Amounts, dates and codes are the text of the message: nothing is rounded or shifted. A
time without an offset, which the standard allows, is taken for UTC.
Source: the message definition reports of the ISO 20022 catalogue, Payments Initiation and Bank-to-Customer Cash
Management.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from sources.kit.formats._errors import FormatError
from sources.kit.formats._xml import element_value, local_name
from sources.kit.formats._xml_records import record_elements

DATE_LENGTH = 10
"""``2026-01-31`` out of a date, a date with offset, or a date-time: the day as it was written."""

OPENING, CLOSING = "OPBD", "CLBD"

NO_ID = "NOTPROVIDED"
"""What the standard has a sender write where an end-to-end id is required and there is none."""

NOTHING = "ISO 20022: the message holds no transaction and no statement"

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
OFFSET = re.compile(r"(Z|[+-]\d{2}:\d{2})$")
Object = dict[str, Any]


def payment_requests(chunks: Iterable[bytes]) -> Iterator[Object]:
    """The credit transfers of a pain.001, one PAYMENT_REQUEST each, in order; memory for one of them.

    ``referenceId`` is ``InstrId``, which the debtor chose, and ``EndToEndId`` where there is none. ``method`` is
    the local instrument (such as PIX) where the message names one, and else the payment method.
    """
    for transfer in _elements(chunks, {2: ("PmtInf",), 3: ("CdtTrfTxInf",)}):
        if local_name(str(transfer.tag)) == "CdtTrfTxInf":
            yield _payment_request(transfer)


class GroupStatus(dict[str, Any]):
    """What a pain.002 says of a whole message or payment information, and of no transaction in it.

    A PAYMENT_STATUS without ``endToEndId``: which payments it is about is known only to who sent them.
    """


def payment_statuses(chunks: Iterable[bytes]) -> Iterator[Object]:
    """The transaction statuses of a pain.002, one PAYMENT_STATUS each.

    ``statusAt`` is the transaction's own time where it has one, and else the report's creation, which is in
    ``reportedAt`` either way. A payment without an end-to-end id is known by its instruction id. A payment
    information that has a status and no transactions is a ``GroupStatus``; so is the message where it has neither.
    """
    wanted = {2: ("OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts"), 3: ("TxInfAndSts",)}
    message: GroupStatus | None = None
    nothing, inside = True, False
    for element in _elements(chunks, wanted):
        name, found = local_name(str(element.tag)), None
        if name == "TxInfAndSts":
            found, inside = _payment_status(element), True
        elif name == "OrgnlPmtInfAndSts":
            found = None if inside else _group_status(element, "OrgnlPmtInfId", "PmtInfSts")
            inside = False
        else:
            message = _group_status(element, "OrgnlMsgId", "GrpSts")
        if found is not None:
            nothing = False
            yield found
    if nothing and message is None:
        raise FormatError(NOTHING)
    if nothing and message is not None:
        yield message


def bank_statements(chunks: Iterable[bytes]) -> Iterator[Object]:
    """The statements of a camt.053, one BANK_STATEMENT each with its entries; memory for one statement.

    Balances are signed. An entry's ``creditDebit`` is its own direction, also where ``reversal`` is true; that is
    None where the message does not say. A batch booking is one entry with what its payments have in common; each
    of them is in ``transactions``.
    """
    entries: list[Object] = []
    for element in _elements(chunks, {2: ("Stmt",), 3: ("Ntry",)}):
        if local_name(str(element.tag)) == "Ntry":
            entries.append(_entry(element))
        else:
            yield _statement(element, entries)
            entries = []


def _elements(chunks: Iterable[bytes], wanted: Mapping[int, tuple[str, ...]]) -> Iterator[etree._Element]:
    names = {level: frozenset(found) for level, found in wanted.items()}
    nothing = True
    for element in record_elements(chunks, names, inside="Document"):
        nothing = False
        yield element
    if nothing:
        raise FormatError(NOTHING)


def _payment_request(transfer: etree._Element) -> Object:
    payment = _parent(transfer)
    message = _parent(payment)
    end_to_end_id = _end_to_end_id(transfer, "PmtId/EndToEndId")
    amount = _find(transfer, "Amt/InstdAmt", "Amt/EqvtAmt/Amt")
    return {
        "referenceId": _text(transfer, "PmtId/InstrId") or end_to_end_id,
        "createdDate": _moment(message, "GrpHdr/CreDtTm"),
        "companyCodeReferenceId": _text(payment, "Dbtr/Id/OrgId/Othr/Id", "Dbtr/Id/OrgId/LEI"),
        "executionDate": _date(payment, "ReqdExctnDt/Dt", "ReqdExctnDt/DtTm", "ReqdExctnDt"),
        "currency": _currency(amount),
        "amount": _own_text(amount),
        "method": _method(transfer) or _method(payment) or _text(payment, "PmtMtd"),
        "debtorAccount": {
            "iban": _text(payment, "DbtrAcct/Id/IBAN"),
            "bic": _text(payment, "DbtrAgt/FinInstnId/BICFI", "DbtrAgt/FinInstnId/BIC"),
        },
        "creditor": {
            "referenceId": _text(
                transfer, "Cdtr/Id/OrgId/Othr/Id", "Cdtr/Id/PrvtId/Othr/Id", "Cdtr/Id/OrgId/LEI"
            ),
            "name": _text(transfer, "Cdtr/Nm"),
        },
        "creditorAccount": {
            "iban": _text(transfer, "CdtrAcct/Id/IBAN"),
            "accountNumber": _text(transfer, "CdtrAcct/Id/Othr/Id"),
            "bic": _text(transfer, "CdtrAgt/FinInstnId/BICFI", "CdtrAgt/FinInstnId/BIC"),
            "pixKey": _text(transfer, "CdtrAcct/Prxy/Id"),
        },
        "remittances": _remittances(transfer),
        "endToEndId": end_to_end_id,
        "messageId": _text(message, "GrpHdr/MsgId"),
        "paymentInformationId": _text(payment, "PmtInfId"),
    }


def _remittances(transfer: etree._Element) -> list[Object]:
    structured = [
        {
            "invoiceReferenceId": _text(part, "RfrdDocInf/Nb", "CdtrRefInf/Ref"),
            "amount": _text(part, "RfrdDocAmt/RmtdAmt", "RfrdDocAmt/DuePyblAmt"),
            "text": _joined(part, "AddtlRmtInf"),
        }
        for part in _all(transfer, "RmtInf/Strd")
    ]
    free = [
        {"invoiceReferenceId": None, "amount": None, "text": _own_text(part)}
        for part in _all(transfer, "RmtInf/Ustrd")
    ]
    return structured + free


def _payment_status(status: etree._Element) -> Object:
    message = _parent(status)
    if local_name(str(message.tag)) == "OrgnlPmtInfAndSts":
        message = _parent(message)
    instruction_id = _text(status, "OrgnlInstrId")
    end_to_end_id = _end_to_end_id(status, "OrgnlEndToEndId") or instruction_id
    request = instruction_id or end_to_end_id
    reported_at = _moment(message, "GrpHdr/CreDtTm")
    amount = _find(status, "OrgnlTxRef/Amt/InstdAmt", "OrgnlTxRef/Amt/EqvtAmt/Amt")
    return {
        "referenceId": request,
        "paymentRequestReferenceId": request,
        "endToEndId": end_to_end_id,
        "status": _text(status, "TxSts"),
        "reasonCode": _text(status, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry"),
        "reasonText": _joined(status, "StsRsnInf/AddtlInf"),
        "statusAt": _moment(status, "AccptncDtTm") or reported_at,
        "amount": _own_text(amount),
        "currency": _currency(amount),
        "reportedAt": reported_at,
        "statusId": _text(status, "StsId"),
        "messageId": _text(message, "GrpHdr/MsgId"),
    }


def _group_status(element: etree._Element, original: str, status: str) -> GroupStatus | None:
    said = _text(element, status)
    if said is None:
        return None
    message = _parent(element)
    reported_at = _moment(message, "GrpHdr/CreDtTm")
    return GroupStatus(
        referenceId=_text(element, original),
        status=said,
        reasonCode=_text(element, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry"),
        reasonText=_joined(element, "StsRsnInf/AddtlInf"),
        statusAt=reported_at,
        reportedAt=reported_at,
        messageId=_text(message, "GrpHdr/MsgId"),
        isAbout=original,
    )


def _statement(statement: etree._Element, entries: list[Object]) -> Object:
    balances = {_text(balance, "Tp/CdOrPrtry/Cd"): balance for balance in _all(statement, "Bal")}
    amount = _find(statement, "Bal/Amt")
    return {
        "referenceId": _text(statement, "Id"),
        "createdDate": _moment(statement, "CreDtTm"),
        "accountIban": _text(statement, "Acct/Id/IBAN"),
        "accountNumber": _text(statement, "Acct/Id/Othr/Id"),
        "currency": _text(statement, "Acct/Ccy") or _currency(amount),
        "statementNumber": _text(statement, "ElctrncSeqNb"),
        "fromDate": _date(statement, "FrToDt/FrDtTm", "FrToDt/FrDt"),
        "toDate": _date(statement, "FrToDt/ToDtTm", "FrToDt/ToDt"),
        "openingBalance": _signed(balances.get(OPENING)),
        "closingBalance": _signed(balances.get(CLOSING)),
        "entries": entries,
    }


def _entry(entry: etree._Element) -> Object:
    details = list(_all(entry, "NtryDtls/TxDtls"))
    direction = _text(entry, "CdtDbtInd")
    is_reversal = BOOLEANS.get(_text(entry, "RvslInd") or "")
    # a reversal goes the other way than the payment whose parties it still names
    counterparty = "Dbtr" if (direction == "CRDT") is not bool(is_reversal) else "Cdtr"
    transactions = [_transaction(detail, counterparty) for detail in details]
    charges = [element_value(found) for found in _all(entry, "Chrgs")]
    return {
        "entryReference": _text(entry, "NtryRef", "AcctSvcrRef"),
        "bookingDate": _date(entry, "BookgDt/Dt", "BookgDt/DtTm"),
        "valueDate": _date(entry, "ValDt/Dt", "ValDt/DtTm"),
        "amount": _text(entry, "Amt"),
        "currency": _currency(_find(entry, "Amt")),
        "creditDebit": direction,
        "status": _text(entry, "Sts/Cd", "Sts/Prtry", "Sts"),
        "endToEndId": _shared(transactions, "endToEndId"),
        "counterpartyName": _shared(transactions, "counterpartyName"),
        "counterpartyIban": _shared(transactions, "counterpartyIban"),
        "remittanceText": _shared(transactions, "remittanceText") or _text(entry, "AddtlNtryInf"),
        "bankTransactionCode": _transaction_code(entry),
        "accountServicerReference": _text(entry, "AcctSvcrRef"),
        "reversal": is_reversal,
        "charges": charges or None,
        "transactions": transactions if len(transactions) > 1 else None,
    }


def _transaction(detail: etree._Element, party: str) -> Object:
    amount = _find(detail, "Amt", "AmtDtls/TxAmt/Amt")
    return {
        "endToEndId": _end_to_end_id(detail, "Refs/EndToEndId"),
        "amount": _own_text(amount),
        "currency": _currency(amount),
        "counterpartyName": _text(detail, f"RltdPties/{party}/Pty/Nm", f"RltdPties/{party}/Nm"),
        "counterpartyIban": _text(detail, f"RltdPties/{party}Acct/Id/IBAN"),
        "remittanceText": _joined(detail, "RmtInf/Ustrd"),
    }


def _shared(transactions: list[Object], name: str) -> Any:
    """What all transactions of an entry say alike."""
    values = {transaction[name] for transaction in transactions}
    return values.pop() if len(values) == 1 else None


def _transaction_code(entry: etree._Element) -> str | None:
    domain = "BkTxCd/Domn"
    parts = (f"{domain}/Cd", f"{domain}/Fmly/Cd", f"{domain}/Fmly/SubFmlyCd")
    return "-".join(filter(None, (_text(entry, part) for part in parts))) or _text(entry, "BkTxCd/Prtry/Cd")


def _method(element: etree._Element) -> str | None:
    return _text(element, "PmtTpInf/LclInstrm/Cd", "PmtTpInf/LclInstrm/Prtry")


def _end_to_end_id(element: etree._Element, path: str) -> str | None:
    found = _text(element, path)
    return None if found == NO_ID else found


def _signed(balance: etree._Element | None) -> str | None:
    if balance is None or (amount := _text(balance, "Amt")) is None:
        return None
    return f"-{amount}" if _text(balance, "CdtDbtInd") == "DBIT" else amount


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    if parent is None:
        raise FormatError("ISO 20022: an element stands outside its message")
    return parent


@lru_cache(maxsize=256)
def _any_namespace(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def _all(element: etree._Element, path: str) -> Iterator[etree._Element]:
    return element.iterfind(_any_namespace(path))


def _find(element: etree._Element, *paths: str) -> etree._Element | None:
    return next((found for path in paths for found in _all(element, path)), None)


def _own_text(element: etree._Element | None) -> str | None:
    return ((element.text or "").strip() or None) if element is not None else None


def _text(element: etree._Element, *paths: str) -> str | None:
    """The first text that is not empty, in the order of the paths."""
    return next(filter(None, (_own_text(found) for path in paths for found in _all(element, path))), None)


def _joined(element: etree._Element, path: str) -> str | None:
    """The texts at the path, a line each: long text is cut into several elements."""
    return "\n".join(filter(None, map(_own_text, _all(element, path)))) or None


def _date(element: etree._Element, *paths: str) -> str | None:
    found = _text(element, *paths)
    return found[:DATE_LENGTH] if found else None


def _moment(element: etree._Element, path: str) -> str | None:
    found = _text(element, path)
    return found if found is None or OFFSET.search(found) else f"{found}Z"


def _currency(amount: etree._Element | None) -> str | None:
    return None if amount is None else amount.get("Ccy")
