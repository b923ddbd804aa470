"""Tereina's part of the demo rows: master data, invoices, payments, what the bank said, in two loads."""

from __future__ import annotations

from typing import Any

from dbt_demo_roit import BUYER, SUPPLIERS, Record, money


def master_data() -> dict[str, list[Record]]:
    common = {
        "created_date": "2026-01-01 00:00:00+00",
        "last_updated_date": "2026-01-01 00:00:00+00",
        "version": 1,
    }
    terms = {
        "relations": [
            {
                "reference_id": "REL-1",
                "relationship_type": "SUPPLIER",
                "payment_term__reference_id": "T-30-60",
                "payment_term__baseline_type": "INVOICE_DATE",
                "payment_term__asap": False,
            }
        ]
    }
    return {
        "companies": [
            {
                "reference_id": "S-BETA",
                "name": SUPPLIERS["beta"][0],
                "registered_country": "BR",
                "supplier": True,
                "corporate_identifiers": [{"type": "CNPJ", "value": "77.888.999/0001-30"}],
                **terms,
                **common,
            },
            {
                "reference_id": "C-BUYER",
                "name": "Compradora Exemplo SA",
                "registered_country": "BR",
                "supplier": False,
                "corporate_identifiers": [{"type": "CNPJ", "value": BUYER}],
                **common,
            },
        ],
        "companies__relations__payment_term_installments": [
            {
                "company_reference_id": "S-BETA",
                "relation_position": 0,
                "position": n,
                "sequence": n + 1,
                "percentage": money("50"),
                "due_date_type": "RELATIVE_DAYS",
                "due_days": 30 * (n + 1),
            }
            for n in range(2)
        ],
        "company_codes": [
            {
                "reference_id": "CC-1",
                "code": "1000",
                "name": "Compradora Exemplo SA",
                "company_reference_id": "C-BUYER",
                "country": "BR",
                "currency": "BRL",
                **common,
            }
        ],
    }


def invoice(
    id_: str, gross: str, *, open_: str | None = None, status: str = "OPEN", version: int = 1, **fields: Any
) -> Record:
    record: Record = {
        "reference_id": id_,
        "number": id_,
        "company_code_reference_id": "CC-1",
        "supplier_reference_id": "S-BETA",
        "issue_date": "2026-05-01",
        "posting_date": "2026-05-02",
        "due_date": "2026-06-01",
        "currency": "BRL",
        "gross_amount": money(gross),
        "net_amount": money(gross),
        "tax_amount": money("0"),
        "open_amount": money(open_ if open_ is not None else gross),
        "status": status,
        "version": version,
        "created_date": "2026-05-02 12:00:00+00",
        "last_updated_date": f"2026-05-{1 + version:02} 12:00:00+00",
    }
    return record | fields


def request(id_: str, amount: str, day: str, parts: dict[str, str]) -> Record:
    return {
        "reference_id": id_,
        "company_code_reference_id": "CC-1",
        "creditor__reference_id": "S-BETA",
        "creditor__name": SUPPLIERS["beta"][0],
        "debtor_account__iban": "BR0012345678000010000000001C1",
        "end_to_end_id": f"E2E-{id_}",
        "execution_date": day,
        "currency": "BRL",
        "amount": money(amount),
        "method": "PIX",
        "version": 1,
        "created_date": f"{day} 09:00:00+00",
        "last_updated_date": f"{day} 09:00:00+00",
        "remittances": [
            {"invoice_reference_id": number, "amount": money(value)} for number, value in parts.items()
        ],
    }


def status(request_id: str, code: str, at: str, amount: str, **fields: Any) -> Record:
    return {
        "reference_id": f"PS-{request_id}",
        "payment_request_reference_id": request_id,
        "end_to_end_id": f"E2E-{request_id}",
        "status": code,
        "status_at": f"{at}+00",
        "amount": money(amount),
        "currency": "BRL",
        **fields,
    }


def entry(reference: str, day: str, amount: str, **fields: Any) -> Record:
    """A debit, unless it says otherwise."""
    return {
        "entry_reference": reference,
        "booking_date": day,
        "amount": money(amount),
        "credit_debit": "DBIT",
        **fields,
    }


def tereina_at_first() -> dict[str, list[Record]]:
    return {
        **master_data(),
        "invoices": [
            invoice("INV-SETTLED", "400.00"),
            invoice("INV-RETURNED", "250.00"),
            invoice("INV-REJECTED-PAYMENT", "90.00"),
            invoice("INV-TERM", "101.01", due_date=None, payment_term_reference_id="T-30-60"),
            invoice("INV-NO-DUE-DATE", "12.00", due_date=None),
            invoice("INV-CANCELLED", "90071992547409.93", status="CANCELLED", open_="0"),
            invoice("INV-CREDIT", "-30.00"),
            invoice("INV-TWIN", "750.00", number="555-A"),
        ],
        "payment_requests": [
            request("PR-1", "400.00", "2026-05-12", {"INV-SETTLED": "400.00"}),
            request("PR-2", "250.00", "2026-05-12", {"INV-RETURNED": "250.00"}),
            request("PR-3", "90.00", "2026-05-12", {"INV-REJECTED-PAYMENT": "90.00"}),
            # paid in advance: the bank kept a fee of one, never booked the next, and has not come to the last
            request("PR-4", "50.00", "2026-05-20", {}),
            request("PR-5", "60.00", "2026-05-20", {}),
            request("PR-6", "70.00", "2026-06-29", {}),
        ],
        "payment_statuses": [
            status("PR-1", "ACCP", "2026-05-11 18:00:00", "400.00"),
            status("PR-1", "ACSC", "2026-05-12 12:00:00", "400.00"),
            status("PR-2", "ACSC", "2026-05-12 12:00:00", "250.00"),
            status("PR-3", "RJCT", "2026-05-12 10:00:00", "90.00", reason_code="AC03"),
        ],
        "bank_statements": [
            {
                "reference_id": "STM-1",
                "account_iban": "BR0012345678000010000000001C1",
                "currency": "BRL",
                "statement_number": "1",
                "from_date": "2026-05-11",
                "to_date": "2026-05-17",
                "opening_balance": money("1000.00"),
                "closing_balance": money("350.00"),
                "version": 1,
                "entries": [
                    entry("1", "2026-05-12", "400.00", end_to_end_id="E2E-PR-1"),
                    entry("2", "2026-05-12", "250.00", end_to_end_id="E2E-PR-2"),
                ],
            }
        ],
    }


def tereina_at_second() -> dict[str, list[Record]]:
    return {
        "invoices": [
            invoice("INV-SETTLED", "400.00", open_="0", status="PAID", version=20),
            # paid in the ERP by something that Tereina does not send
            invoice(
                "INV-NO-DUE-DATE", "12.00", open_="2.00", status="PARTIALLY_PAID", version=21, due_date=None
            ),
        ],
        "payment_statuses": [
            status("PR-2", "RJCT", "2026-05-18 12:00:00", "250.00", reason_code="AC04"),
            status("PR-4", "ACSC", "2026-05-20 12:00:00", "50.00"),
            status("PR-5", "ACSC", "2026-05-20 12:00:00", "60.00"),
            status("PR-6", "ACSC", "2026-06-29 12:00:00", "70.00"),
        ],
        "bank_statements": [
            {
                "reference_id": "STM-2",
                "account_iban": "BR0012345678000010000000001C1",
                "currency": "BRL",
                "statement_number": "2",
                "from_date": "2026-05-18",
                "to_date": "2026-05-24",
                "opening_balance": money("350.00"),
                "closing_balance": money("-306.57"),
                "version": 1,
                "entries": [
                    entry("1", "2026-05-19", "250.00", credit_debit="CRDT", end_to_end_id="E2E-PR-2"),
                    entry("2", "2026-05-20", "50.50", end_to_end_id="E2E-PR-4"),
                    entry("3", "2026-05-21", "12.90", bank_transaction_code="ACMT-MDOP-CHRG"),
                    entry("4", "2026-05-21", "843.17", remittance_text="DÉBITO AUTOMÁTICO ENERGIA"),
                    entry("5", "2026-05-25", "999.99", status="PDNG"),
                ],
            }
        ],
    }
