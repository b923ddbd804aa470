"""pain.001 (payment requests) and pain.002 (what the bank says about them)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from .iso20022 import Amount, Tree, bank, control_sum, document, organisation
from .values import Object

BICFI_SINCE = 9


def pain_001(requests: Sequence[Object], version: int, message_id: str, created: str) -> bytes:
    """Return a customer credit transfer initiation: transfers grouped by account and execution date."""

    def key(request: Object) -> tuple[str, str, str]:
        account = request["debtorAccount"]
        return account["iban"], request["executionDate"], request["companyCodeReferenceId"]

    groups = [list(group) for _, group in groupby(sorted(requests, key=key), key)]
    header = {
        "MsgId": message_id,
        "CreDtTm": created,
        "NbOfTxs": len(requests),
        "CtrlSum": control_sum(requests),
        "InitgPty": {"Nm": "Casa Ledger Fictícia"},
    }
    body = {
        "CstmrCdtTrfInitn": {
            "GrpHdr": header,
            "PmtInf": [
                _payment_info(group, version, f"{message_id}-{n}") for n, group in enumerate(groups, 1)
            ],
        }
    }
    # The older version comes under a prefix, as some ERPs write it.
    return document(f"pain.001.001.{version:02d}", body, "doc" if version < BICFI_SINCE else None)


def _payment_info(group: list[Object], version: int, info_id: str) -> Tree:
    first = group[0]
    day = first["executionDate"]
    return {
        "PmtInfId": info_id,
        "PmtMtd": "TRF",
        "BtchBookg": "true",
        "NbOfTxs": len(group),
        "CtrlSum": control_sum(group),
        "ReqdExctnDt": {"Dt": day} if version >= BICFI_SINCE else day,
        "Dbtr": {"Nm": "Casa Ledger Fictícia", "Id": organisation(first["companyCodeReferenceId"])},
        "DbtrAcct": {"Id": {"IBAN": first["debtorAccount"]["iban"]}, "Ccy": first["currency"]},
        "DbtrAgt": bank(version, first["debtorAccount"]["bic"], BICFI_SINCE),
        "CdtTrfTxInf": [_transfer(request, version) for request in group],
    }


def _transfer(request: Object, version: int) -> Tree:
    account, currency = request["creditorAccount"], request["currency"]
    number = {"IBAN": account["iban"]} if account["iban"] else {"Othr": {"Id": account["accountNumber"]}}
    creditor_account: Tree = {"Id": number}
    if account["pixKey"] and version >= BICFI_SINCE:
        creditor_account["Prxy"] = {"Tp": {"Prtry": "PIX"}, "Id": account["pixKey"]}
    return {
        "PmtId": {"InstrId": request["referenceId"], "EndToEndId": request["endToEndId"]},
        "PmtTpInf": {"LclInstrm": {"Prtry": request["method"]}},
        "Amt": {"InstdAmt": Amount(request["amount"], currency)},
        "CdtrAgt": bank(version, account["bic"], BICFI_SINCE),
        "Cdtr": {
            "Nm": request["creditor"]["name"],
            "Id": organisation(request["creditor"]["referenceId"]),
        },
        "CdtrAcct": creditor_account,
        "RmtInf": {"Strd": [_remittance(item, currency) for item in request["remittances"]]},
    }


def _remittance(item: Object, currency: str) -> Tree:
    reference = item["invoiceReferenceId"]
    return {
        "RfrdDocInf": {"Tp": {"CdOrPrtry": {"Cd": "CINV"}}, "Nb": reference} if reference else None,
        "RfrdDocAmt": {"RmtdAmt": Amount(item["amount"], currency)},
        "AddtlRmtInf": item["text"],
    }


def pain_002(statuses: Sequence[Object], version: int, message_id: str, created: str) -> bytes:
    """Return a customer payment status report. The same payment may be in it several times."""
    body = {
        "CstmrPmtStsRpt": {
            "GrpHdr": {"MsgId": message_id, "CreDtTm": created},
            "OrgnlGrpInfAndSts": {
                "OrgnlMsgId": "NOTPROVIDED",
                "OrgnlMsgNmId": "pain.001.001.09" if version >= BICFI_SINCE else "pain.001.001.03",
            },
            "OrgnlPmtInfAndSts": {
                "OrgnlPmtInfId": "NOTPROVIDED",
                "TxInfAndSts": [_transaction_status(item, n) for n, item in enumerate(statuses, start=1)],
            },
        }
    }
    return document(f"pain.002.001.{version:02d}", body)


def _transaction_status(item: Object, number: int) -> Tree:
    reason = {"Rsn": {"Cd": item["reasonCode"]}, "AddtlInf": item["reasonText"]}
    return {
        "StsId": f"S{number:06d}",
        "OrgnlInstrId": item["paymentRequestReferenceId"],
        "OrgnlEndToEndId": item["endToEndId"],
        "TxSts": item["status"],
        "StsRsnInf": reason if item["reasonCode"] else None,
        "AccptncDtTm": item["statusAt"],
        "OrgnlTxRef": {"Amt": {"InstdAmt": Amount(item["amount"], item["currency"])}},
    }
