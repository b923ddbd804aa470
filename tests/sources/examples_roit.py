"""ROIT: one example of each record, with every field of the API's contract under the API's own names.

Written from the contract and not from the models, so that a misspelt field in a model shows as drift.
"""

from __future__ import annotations

from typing import Any

USER = {"id": "user-1", "name": "Pessoa Inventada", "email": "pessoa@example.test"}

ACCOUNT_PAYABLE: dict[str, Any] = {
    "id": "6f0d3a1e-0000-4000-8000-000000000001",
    "masterId": "tenant-1",
    "reference": "5100001234",
    "documentId": "doc-1",
    "documentNumber": "000123",
    "description": "Papel e tinta",
    "documentType": "NFE",
    "accessKey": "4" * 44,
    "purchaseOrders": ["PO-1", "PO-2"],
    "status": "OPEN",
    "isOpen": True,
    "isLocked": {"locked": True, "by": "user-1", "at": "2026-03-01T10:00:00-03:00"},
    "currency": {"code": "BRL", "rate": 1.0},
    "value": {"gross": 100.00, "discount": 0, "interest": 1.5, "fine": 0.5, "net": 102.00},
    "issueDate": "2026-02-27",
    "entryDate": "2026-02-28",
    "dueDate": "2026-03-31",
    "scheduledDate": None,
    "paidAt": None,
    "provider": {"name": "Fornecedora Inventada", "nationalRegister": "00000000000191", "type": "COMPANY"},
    "company": {"name": "Compradora Inventada", "nationalRegister": "00000000000272"},
    "holder": {
        "name": "Fornecedora Inventada",
        "nationalRegister": "00000000000191",
        "bankAccount": {"bankCode": "001", "agency": "0001", "account": "12345-6", "accountType": "CHECKING"},
    },
    "paymentPurpose": {"code": "10", "description": "Crédito em conta"},
    "paymentDetail": {"type": "PIX", "pixKey": "chave@example.test", "barcode": None, "revenueCode": 5952},
    "installments": [
        {
            "number": 1,
            "dueDate": "2026-03-31",
            "value": 102.00,
            "status": "OPEN",
            "paidAt": None,
            "barcode": "0" * 44,
        }
    ],
    "costCenters": [{"code": "CC1", "name": "Escritório", "percentage": 100, "value": 102.00}],
    "tributes": [
        {
            "tribute": "ISS",
            "base": 100,
            "rate": 2.5,
            "value": 2.5,
            "withheld": True,
            "dueDate": "2026-04-10",
        }
    ],
    "receipts": [
        {
            "id": "rec-1",
            "paidAt": "2026-03-30T15:00:00Z",
            "value": 102.00,
            "authentication": "ABC",
            "fileName": "recibo.pdf",
        }
    ],
    "canceled": {"at": "2026-03-30T15:00:00Z", "reason": "duplicada", "user": USER},
    "integration": {"status": "DONE", "entryReference": 42, "entryDate": "2026-03-02", "message": "ok"},
    "metadata": {"any": {"thing": [1, "2"]}},
    "createdAt": "2026-02-28T12:00:00.123-03:00",
    "updatedAt": "2026-03-01T12:00:00Z",
}

ACCOUNT_PAYABLE_EVENT: dict[str, Any] = {
    "id": "evt-1",
    "accountPayableId": ACCOUNT_PAYABLE["id"],
    "type": "APPROVED",
    "createdAt": "2026-03-01T12:00:00Z",
    "user": USER,
    "before": {"status": "PENDING_APPROVAL"},
    "after": {"status": "APPROVED"},
    "message": "ok",
}

EXPORT_REQUEST: dict[str, Any] = {
    "id": "5d0c2b1a-0000-4000-8000-000000000002",
    "user": USER,
    "master": "tenant-1",
    "period": {"from": "2026-03-01", "to": ""},
    "quantity": 150,
    "size": 1024,
    "status": "done",
    "preference": "original",
    "filters": {"type": {"in": [".xml"]}, "createAt": {"gte": "2026-03-01T03:00:00.000Z"}},
    "totalOfParts": 5,
    "totalOfPartsProcessed": 2,
}

EXPORT_FILE: dict[str, Any] = {
    "export_request_id": EXPORT_REQUEST["id"],
    "part_id": "item-1",
    "path": "2026/03/nota.xml",
    "size": 2048,
    "sha256": "ab" * 32,
    "content_type": "application/xml",
    "access_key": "4" * 44,
    "stored_at": None,
}
