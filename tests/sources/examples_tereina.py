"""Tereina: one example of each record, with every field of the API's contract under the API's own names.

Written from the contract and not from the models, so that a misspelt field in a model shows as drift.
"""

from __future__ import annotations

from typing import Any

VERSIONED: dict[str, Any] = {
    "id": "tid-1",
    "createdDate": "2026-03-01T00:00:00Z",
    "lastUpdatedDate": "2026-03-02T00:00:00Z",
    "lastUpdatedBy": "alguem",
    "version": 3,
}

BATCH: dict[str, Any] = {
    "batchId": "b-1",
    "clientRefId": "client-1",
    "referenceId": "ref-1",
    "payloadObjectType": "COMPANY",
    "status": "PENDING",
    "contentType": "application/json",
    "totalPayloadSize": 104857600,
    "totalLineItemCount": 200,
    "numberOfDataBlocks": 4,
    "dataBlockSha256": ["ab" * 32],
    "createdDate": "2026-03-01T00:00:00Z",
    "lastUpdatedDate": "2026-03-02T00:00:00Z",
}

RELATION: dict[str, Any] = {
    "referenceId": "rel-1",
    "companyReferenceId": "C-2",
    "relationshipType": "SUPPLIER",
    "paymentMethod": "PIX",
    "paymentTerm": {
        "referenceId": "T-1",
        "name": "30 days",
        "description": "net 30",
        "baselineType": "INVOICE_DATE",
        "asap": False,
        "installments": [
            {
                "sequence": 1,
                "percentage": "100",
                "dueDateType": "RELATIVE_DAYS",
                "fixedDayOfMonth": None,
                "monthsShift": 0,
                "dueDays": 30,
            }
        ],
    },
}

COMPANY: dict[str, Any] = {
    **VERSIONED,
    "referenceId": "C-1",
    "name": "Empresa Inventada",
    "number": "1000",
    "registeredCountry": "BR",
    "registeredRegion": "SP",
    "registeredState": None,
    "owningOrganizationId": "org-1",
    "counterpartyOrganizationId": "org-2",
    "companyCodeReferenceId": "CC-1",
    "supplier": True,
    "customer": False,
    "addresses": [
        {
            "referenceId": "A-1",
            "name": "Sede",
            "line1": "Rua Inventada, 1",
            "line2": "",
            "city": "São Paulo",
            "region": "SP",
            "postalCode": "01000000",
            "country": "BR",
            "isPrimary": True,
        }
    ],
    "bankAccounts": [
        {
            "referenceId": "BA-1",
            "name": "principal",
            "iban": "XX00TEST",
            "accountNumber": "12345",
            "bic": "TESTBRXX",
            "bankCode": "001",
            "currency": "BRL",
            "country": "BR",
            "isPrimary": True,
        }
    ],
    "corporateIdentifiers": [{"type": "CNPJ", "value": "00000000000191"}],
    "contacts": [
        {
            "referenceId": "K-1",
            "firstName": "Pessoa",
            "lastName": "Inventada",
            "department": "Finance",
            "title": "Analyst",
            "emailAddress": "pessoa@example.test",
            "phone": "+550000000",
        }
    ],
    "companyRelations": [RELATION],
    "companyRelationships": None,
}

COMPANY_CODE: dict[str, Any] = {
    **VERSIONED,
    "referenceId": "CC-1",
    "code": "1000",
    "name": "Unidade",
    "companyReferenceId": "C-1",
    "country": "BR",
    "currency": "BRL",
}

TEREINA_INVOICE: dict[str, Any] = {
    **VERSIONED,
    "referenceId": "I-1",
    "number": "000123",
    "companyCodeReferenceId": "CC-1",
    "supplierReferenceId": "C-2",
    "purchaseOrderReferenceId": "PO-1",
    "issueDate": "2026-02-27",
    "postingDate": "2026-02-28",
    "dueDate": "2026-03-31",
    "baselineDate": "2026-02-28",
    "paymentTermReferenceId": "T-1",
    "currency": "BRL",
    "grossAmount": "110.00",
    "netAmount": 100.00,
    "taxAmount": "10.00",
    "discountAmount": "1.00",
    "discountDueDate": "2026-03-10",
    "openAmount": "110.00",
    "status": "OPEN",
    "paymentBlock": "A",
    "lines": [
        {
            "lineNumber": 10,
            "description": "Papel",
            "quantity": "10",
            "unitPrice": "10.00",
            "netAmount": "100.00",
            "taxCode": "I1",
            "taxAmount": "10.00",
            "costCenter": "CC1",
            "glAccount": 400000,
            "purchaseOrderLine": "10",
        }
    ],
}

PURCHASE_ORDER: dict[str, Any] = {
    **VERSIONED,
    "referenceId": "PO-1",
    "number": "4500000001",
    "companyCodeReferenceId": "CC-1",
    "supplierReferenceId": "C-2",
    "orderDate": "2026-02-01",
    "currency": "BRL",
    "totalAmount": "100.00",
    "status": "OPEN",
    "lines": [
        {
            "lineNumber": 10,
            "description": "Papel",
            "quantity": "10",
            "unitPrice": "10.00",
            "netAmount": "100.00",
            "receivedQuantity": "10",
            "invoicedQuantity": "0",
            "deliveryDate": "2026-03-01",
        }
    ],
}

TEREINA_PAYMENT_REQUEST: dict[str, Any] = {
    **VERSIONED,
    "referenceId": "PR-1",
    "companyCodeReferenceId": "CC-1",
    "executionDate": "2026-03-31",
    "currency": "BRL",
    "amount": "110.00",
    "method": "TRF",
    "debtorAccount": {"iban": "XX00TEST", "bic": "TESTBRXX"},
    "creditor": {"referenceId": "C-2", "name": "Fornecedora Inventada"},
    "creditorAccount": {"iban": "XX01TEST", "accountNumber": "12345", "bic": "TESTBRXX", "pixKey": "chave"},
    "remittances": [{"invoiceReferenceId": "I-1", "amount": "110.00", "text": "nota 123"}],
    "endToEndId": "E2E-1",
    # what only a pain.001 says
    "messageId": "MSG-1",
    "paymentInformationId": "MSG-1-1",
}

PAYMENT_STATUS: dict[str, Any] = {
    **VERSIONED,
    "referenceId": "PS-1",
    "paymentRequestReferenceId": "PR-1",
    "endToEndId": "E2E-1",
    "status": "RJCT",
    "reasonCode": "AC04",
    "reasonText": "closed account",
    "statusAt": "2026-03-31T18:00:00Z",
    "amount": "110.00",
    "currency": "BRL",
    # what only a pain.002 says
    "reportedAt": "2026-03-31T18:05:00Z",
    "statusId": "S-1",
    "messageId": "MSG-2",
}

BANK_STATEMENT: dict[str, Any] = {
    **VERSIONED,
    "referenceId": "BS-1",
    "accountIban": "XX00TEST",
    "accountNumber": "12345",
    "currency": "BRL",
    "statementNumber": 31,
    "fromDate": "2026-03-31",
    "toDate": "2026-03-31",
    "openingBalance": "1000.00",
    "closingBalance": "-10.00",
    "entries": [
        {
            "entryReference": "E-1",
            "bookingDate": "2026-03-31",
            "valueDate": "2026-03-31",
            "amount": "110.00",
            "creditDebit": "DBIT",
            "status": "BOOK",
            "endToEndId": "E2E-1",
            "counterpartyName": "Fornecedora Inventada",
            "counterpartyIban": "XX01TEST",
            "remittanceText": "nota 123",
            "bankTransactionCode": "PMNT-ICDT",
            # what only a camt.053 says
            "currency": "BRL",
            "accountServicerReference": "BANK-1",
            "reversal": False,
            "charges": [{"Rcrd": {"Amt": {"@Ccy": "BRL", "#text": "1.50"}}}],
            "transactions": [
                {
                    "endToEndId": "E2E-1",
                    "amount": "110.00",
                    "currency": "BRL",
                    "counterpartyName": "Fornecedora Inventada",
                    "counterpartyIban": "XX01TEST",
                    "remittanceText": "nota 123",
                }
            ],
        }
    ],
}
