"""ROIT's documents, integration and tax reform data: one example of each record, as in ``examples_roit``."""

from __future__ import annotations

from typing import Any

PARTY = {
    "name": "Fornecedora Inventada",
    "nationalRegister": "00000000000191",
    "stateRegister": "110042490114",
    "address": {
        "street": "Rua Inventada",
        "number": "100",
        "district": "Centro",
        "cityCode": "3550308",
        "city": "São Paulo",
        "state": "SP",
        "zipCode": "01000000",
        "country": "BR",
    },
}

DOCUMENT: dict[str, Any] = {
    "id": "doc-1",
    "masterId": "tenant-1",
    "classification": "/fiscal/nfe",
    "number": "000123",
    "series": "1",
    "accessKey": "4" * 44,
    "issueDate": "2026-02-27",
    "entryDate": "2026-02-28",
    "createAt": "2026-02-28T12:00:00.123-03:00",
    "updatedAt": "2026-03-01T12:00:00Z",
    "step": "COMPLEMENTATION",
    "origin": "EMAIL",
    "isConsolidated": True,
    "finalized": False,
    "movement": "INPUT",
    "totalValue": 102.00,
    "hasIssRetention": False,
    "originCity": "3550308",
    "destinyCity": "4106902",
    "serviceMadeCity": None,
    "issuer": PARTY,
    "receiver": PARTY,
    "carrier": PARTY,
    "purchaseOrders": ["PO-1"],
    "items": [
        {
            "number": 1,
            "code": "P00001",
            "description": "Papel",
            "ncm": "48025610",
            "cfop": "5102",
            "serviceCode": None,
            "quantity": 3,
            "unit": "UN",
            "unitValue": 33.3333333333,
            "totalValue": 100.00,
            "cClassTrib": "000001",
        }
    ],
    "tributes": [
        {
            "tribute": "CBS",
            "base": 100,
            "rate": 0.9,
            "value": 0.9,
            "withheld": False,
            "dueDate": "2026-04-10",
        }
    ],
    "installments": [
        {
            "number": 1,
            "dueDate": "2026-03-31",
            "value": 102.00,
            "status": "OPEN",
            "paidAt": None,
            "barcode": None,
        }
    ],
    "files": [{"name": "nota.xml", "type": ".xml", "size": 4096}],
}

INTEGRATION_REQUEST: dict[str, Any] = {
    "id": "entry-1",
    "entity": "DOCUMENT",
    "masterId": "tenant-1",
    "requestId": "req-1",
    "reference": "REF-1",
    "integrationId": "integration-1",
    "type": "CREATE",
    "status": "PROCESSING",
    "isPriority": True,
    "retryAfter": 0,
    "message": "",
    "metadata": {"attempt": 1},
    "entryReference": 5100001234,
    "entryDate": "2026-03-02",
    "systemInfo": {"erp": "made up"},
    "data": {"any": {"thing": [1, "2"]}},
}

INTEGRATION_ATTACHMENT: dict[str, Any] = {
    "requestId": "req-1",
    "integrationId": "integration-1",
    "id": "file-1",
    "name": "nota.pdf",
    "type": ".pdf",
    "size": 59,
    "url": "https://storage.example.test/nota.pdf?X-Amz-Signature=abcdef",
    "expiresAt": "2026-03-01T12:05:00Z",
}

DATA_INTEGRATION_REQUEST: dict[str, Any] = {
    "processUniqueId": "bb0c892a-0000-4000-8000-000000000003",
    "processStatus": "PENDING",
    "createdAt": "2026-03-01T12:00:00Z",
    "updatedAt": "2026-03-01T13:00:00Z",
    "callbackUrl": "https://erp.example.test/callback",
    "callbackAuthToken": "a-secret-token",
    "operationType": "INPUT",
    "documentType": "NFE",
    "dataBaseDest": {
        "secret": "a-secret-of-the-database",
        "tables": [{"name": "nfe_items", "dataset": "fiscal", "metadata": {"rows": 10}}],
    },
    "nationalRegister": "00000000000191",
    "metadata": {"id": 1, "Id": "1"},
    "audit": {"differences": 0},
}

CCLASSTRIB: dict[str, Any] = {
    "code": "200032",
    "description": "Situação inventada",
    "cst": "200",
    "legalBasis": "LC 214/2025, art. 1",
    "ibsReduction": 60.0000,
    "cbsReduction": 60.0000,
    "validFrom": "2026-01-01",
    "validTo": None,
}
