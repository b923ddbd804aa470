"""A few dozen coherent rows for every source: each case of the payables core once, in three loads.

All names are invented; the tax ids have right check digits and belong to nobody known.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dbt_raw_warehouse import RawWarehouse

BUYER = "11222333000181"
SUPPLIERS = {
    "alpha": ("Alfa Invenções Ltda", "44555666000102"),
    "beta": ("Beta Fantasia SA", "77888999000130"),
    "gama": ("Gama Pessoa Imaginária", "12345678909"),
}
FIRST_LOAD = "2026-05-15 06:00"
SECOND_LOAD = "2026-06-10 06:00"
THIRD_LOAD = "2026-06-25 06:00"

Record = dict[str, Any]


def money(text: str) -> Decimal:
    return Decimal(text)


def payable(
    id_: str, net: str, due: str, *, status: str = "OPEN", supplier: str = "alpha", **fields: Any
) -> Record:
    """A payable of one installment in BRL, issued and entered on 2026-04-10."""
    name, tax_id = SUPPLIERS[supplier]
    record: Record = {
        "id": id_,
        "master_id": "tenant-1",
        "document_number": f"N-{id_}",
        "document_type": "NFE",
        "status": status,
        "is_open": status not in ("PAID", "CANCELED", "REJECTED", "REFUNDED"),
        "currency__code": "BRL",
        "currency__rate": money("1"),
        "value__gross": money(net),
        "value__discount": money("0"),
        "value__interest": money("0"),
        "value__fine": money("0"),
        "value__net": money(net),
        "issue_date": "2026-04-10",
        "entry_date": "2026-04-10",
        "due_date": due,
        "provider__name": name,
        "provider__national_register": tax_id,
        "provider__type": "PERSON" if len(tax_id) == 11 else "COMPANY",
        "company__name": "Compradora Exemplo SA",
        "company__national_register": BUYER,
        "created_at": "2026-04-10 12:00:00+00",
        "updated_at": "2026-04-11 12:00:00+00",
    }
    return record | fields


def part(number: int | None, due: str, value: str, **fields: Any) -> Record:
    return {"number": number, "due_date": due, "value": money(value), "status": "OPEN", **fields}


def receipt(id_: str, paid_at: str, value: str) -> Record:
    return {"id": id_, "paid_at": paid_at, "value": money(value)}


def tribute(code: str, base: str, rate: str, value: str, withheld: bool) -> Record:
    return {
        "tribute": code,
        "base": money(base),
        "rate": money(rate),
        "value": money(value),
        "withheld": withheld,
        "due_date": "2026-05-20",
    }


def payables_at_first() -> list[Record]:
    thirds = [part(n, due, "100.00") for n, due in ((1, "2026-05-10"), (2, "2026-06-10"), (3, "2026-07-10"))]
    thirds[0] |= {"status": "PAID", "paid_at": "2026-05-11 15:00:00+00"}
    return [
        payable("single", "1000.00", "2026-05-05"),
        payable(
            "thirds",
            "300.00",
            "2026-05-10",
            status="PARTIALLY_PAID",
            installments=thirds,
            receipts=[receipt("r-thirds-1", "2026-05-11 15:00:00+00", "100.00")],
            cost_centers=[
                {"code": "100", "name": "Fábrica", "percentage": money("60"), "value": money("180.00")},
                {"code": "200", "name": "Vendas", "percentage": money("40"), "value": money("120.00")},
            ],
            purchase_orders=[{"value": "PO-1"}],
        ),
        payable(
            "withheld",
            "10000.00",
            "2026-05-08",
            status="PAID",
            supplier="beta",
            paid_at="2026-05-08 14:00:00+00",
            installments=[part(1, "2026-05-08", "9350.00", status="PAID", paid_at="2026-05-08 14:00:00+00")],
            tributes=[
                tribute("ISS", "10000.00", "5", "500.00", True),
                tribute("IRRF", "10000.00", "1.5", "150.00", True),
                tribute("ICMS", "10000.00", "18", "1800.00", False),
            ],
            receipts=[receipt("r-withheld", "2026-05-08 14:00:00+00", "9350.00")],
        ),
        payable(
            "withheld-in-two",
            "1000.00",
            "2026-06-01",
            installments=[part(1, "2026-06-01", "333.33"), part(2, "2026-07-01", "666.67")],
            tributes=[tribute("INSS", "1000.00", "11", "110.00", True)],
        ),
        payable("paid-later", "500.00", "2026-05-20", supplier="beta", status="SCHEDULED"),
        payable(
            "canceled",
            "70.00",
            "2026-05-02",
            status="CANCELED",
            canceled__at="2026-05-03 02:30:00+00",
            canceled__reason="issued in error",
        ),
        payable("rejected", "80.00", "2026-05-02", status="REJECTED"),
        payable("dollars", "100.10", "2026-06-30", currency__code="USD", currency__rate=money("5.4321")),
        payable("euros", "200.20", "2026-06-30", currency__code="EUR", currency__rate=None),
        payable(
            "overpaid",
            "50.00",
            "2026-05-04",
            status="PAID",
            receipts=[receipt("r-overpaid", "2026-05-04 15:00:00+00", "60.00")],
        ),
        payable(
            "paid-without-receipt", "40.00", "2026-05-04", status="PAID", paid_at="2026-05-05 01:00:00+00"
        ),
        payable(
            "late",
            "1015.00",
            "2026-05-01",
            value__gross=money("1010.00"),
            value__discount=money("10.00"),
            value__interest=money("5.00"),
            value__fine=money("10.00"),
        ),
        payable(
            "shrinks",
            "900.00",
            "2026-05-30",
            installments=[part(n, f"2026-0{4 + n}-30", "300.00") for n in (1, 2, 3)],
        ),
        payable("huge", "12345678901234567.89", "2026-12-31"),
        payable("person", "15.55", "2026-06-15", supplier="gama"),
        payable("disputed", "33.00", "2026-06-15", status="IN_DISPUTE"),
        payable("numberless", "20.00", "2026-06-15", installments=[part(None, "2026-06-15", "20.01")]),
        payable(
            "twin",
            "750.00",
            "2026-06-20",
            supplier="beta",
            document_number="000555-A",
            access_key="35260477888999000130550010000005551000005552",
        ),
    ]


def payables_at_second() -> list[Record]:
    return [
        payable(
            "paid-later",
            "500.00",
            "2026-05-20",
            supplier="beta",
            status="PAID",
            paid_at="2026-06-05 15:00:00+00",
            updated_at="2026-06-05 15:00:00+00",
            receipts=[receipt("r-paid-later", "2026-06-05 15:00:00+00", "500.00")],
        ),
        payable(
            "shrinks",
            "900.00",
            "2026-05-30",
            updated_at="2026-06-01 12:00:00+00",
            installments=[part(1, "2026-05-30", "450.00"), part(2, "2026-06-30", "450.00")],
        ),
        payable(
            "refunded",
            "60.00",
            "2026-05-25",
            status="REFUNDED",
            updated_at="2026-06-02 12:00:00+00",
            receipts=[receipt("r-refunded", "2026-05-25 15:00:00+00", "60.00")],
        ),
    ]


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
                    {
                        "entry_reference": "1",
                        "booking_date": "2026-05-12",
                        "amount": money("400.00"),
                        "credit_debit": "DBIT",
                        "end_to_end_id": "E2E-PR-1",
                    },
                    {
                        "entry_reference": "2",
                        "booking_date": "2026-05-12",
                        "amount": money("250.00"),
                        "credit_debit": "DBIT",
                        "end_to_end_id": "E2E-PR-2",
                    },
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
        ],
    }


def revenue() -> dict[str, list[Record]]:
    def line(text: str, net: str, gross: str) -> Record:
        return {
            "period_position": 0,
            "group_position": 0,
            "id": f"line-{text}",
            "description": text,
            "amount_excluding_tax__quantity": money(net),
            "amount_excluding_tax__currency": "EUR",
            "amount_including_tax__quantity": money(gross),
            "amount_including_tax__currency": "EUR",
        }

    def bill(id_: str, net: str, tax: str, gross: str, **fields: Any) -> Record:
        return {
            "id": id_,
            "invoice_number": f"N-{id_}",
            "platform_id": "plat-1",
            "customer_id": "cust-1",
            "status": "FINAL",
            "type": "STANDARD",
            "payment_status": "UNPAID",
            "billing_currency": "EUR",
            "invoice_date": "2026-05-01 00:00:00+00",
            "due_date": "2026-05-31 00:00:00+00",
            "created_at": "2026-05-01 08:00:00+00",
            "updated_to_final_at": "2026-05-01 16:00:00+00",
            "invoice_amount_including_tax__quantity": money(gross),
            "invoice_amount_including_tax__currency": "EUR",
            "open_invoice_amount__quantity": money(gross),
            "tax_summary__base_amount__quantity": money(net),
            "tax_summary__tax_amount__quantity": money(tax),
            "tax_summary__country_code": "NL",
            "tax_categories": [
                {
                    "name": "VAT",
                    "category": "STANDARD",
                    "percentage": money("21"),
                    "base_amount__quantity": money(net),
                    "base_amount__currency": "EUR",
                    "tax_amount__quantity": money(tax),
                }
            ],
            **fields,
        }

    return {
        "customers": [
            {
                "id": "cust-1",
                "reference": "K-1",
                "type": "ORGANIZATION",
                "organization__legal_name": "Kunde BV",
            }
        ],
        "invoices": [
            bill(
                "inv-1",
                "100.00",
                "21.00",
                "121.00",
                lines=[line("a", "60.00", "72.60"), line("b", "40.00", "48.40")],
            ),
            bill(
                "inv-2",
                "40.00",
                "8.40",
                "48.40",
                type="ONE_OFF_CREDIT",
                credit__original_invoice_id="inv-1",
                lines=[line("b", "40.00", "48.40")],
            ),
        ],
        "payments": [
            {
                "id": "pay-1",
                "customer_id": "cust-1",
                "invoice_id": "inv-1",
                "amount__quantity": money("10.00"),
                "amount__currency": "EUR",
                "result": "AUTHORIZED",
                "timestamp": "2026-05-03 10:00:00+00",
            }
        ],
        "report_invoice_header": [
            {
                "invoice_id": id_,
                "invoice_number": f"N-{id_}",
                "invoice_date": "2026-05-01",
                "due_date": "2026-05-31",
                "invoice_status": "FINAL",
                "invoice_currency": "EUR",
                "invoice_quantity": money("121.00"),
                "tax_currency": "EUR",
                "tax_quantity": money("21.00"),
                "window_from": "2026-05-01 00:00:00+00",
                "window_to": "2026-06-01 00:00:00+00",
                "row_number": n,
            }
            for n, id_ in enumerate(("inv-1", "inv-report-only"), start=1)
        ],
    }


def fill(raw: RawWarehouse) -> None:
    """Three loads of each source, and one of ROIT that was never committed."""
    raw.load("roit", FIRST_LOAD, {"accounts_payable": payables_at_first()})
    raw.load("tereina", FIRST_LOAD, tereina_at_first())
    raw.load("solvimon", FIRST_LOAD, revenue())
    raw.load(
        "roit",
        SECOND_LOAD,
        {
            "accounts_payable": payables_at_second(),
            "accounts_payable_events": [
                {
                    "id": "evt-1",
                    "account_payable_id": "paid-later",
                    "type": "APPROVED",
                    "created_at": "2026-05-14 02:00:00+00",
                }
            ],
            "_rejects": [
                {
                    "reject_id": "rej-1",
                    "table_name": "accounts_payable",
                    "key": "broken",
                    "reason": "not a number",
                    "field": "value.net",
                    "raw": "{}",
                    "rejected_at": "2026-06-10 06:00:00+00",
                }
            ],
        },
    )
    raw.load("tereina", SECOND_LOAD, tereina_at_second())
    raw.load(
        "roit",
        THIRD_LOAD,
        {"accounts_payable": [payable("unfinished", "9.99", "2026-07-01")]},
        committed=False,
    )
