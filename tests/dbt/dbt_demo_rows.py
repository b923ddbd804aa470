"""A few dozen coherent rows for every source, in three loads.

All names are invented; the tax ids have right check digits and belong to nobody known.
"""

from __future__ import annotations

from typing import Any

from dbt_demo_roit import (
    BUYER,
    SUPPLIERS,
    Record,
    money,
    payable,
    payables_at_first,
    payables_at_second,
)
from dbt_demo_tereina import tereina_at_first, tereina_at_second
from dbt_raw_warehouse import RawWarehouse

FIRST_LOAD = "2026-05-15 06:00"
SECOND_LOAD = "2026-06-10 06:00"
THIRD_LOAD = "2026-06-25 06:00"


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


def controls() -> dict[str, list[Record]]:
    """What the loads were held against: ROIT's by windows, Tereina's queue without."""

    def row(table: str, window: tuple[str | None, str | None], rows: int, at: str, **fields: Any) -> Record:
        window_from, window_to = window
        counts = {"source_rows": rows, "warehouse_rows": rows, "rejected_rows": 0}
        return (
            {"table_name": table, "window_from": window_from, "window_to": window_to}
            | counts
            | {
                "checked_at": at,
                **fields,
            }
        )

    first = ("2026-04-01 03:00:00+00", "2026-05-15 05:55:00+00")
    second = ("2026-05-15 04:55:00+00", "2026-06-30 12:00:00+00")
    return {
        "roit": [
            row("accounts_payable", first, 16, FIRST_LOAD, currency="BRL", status="OPEN"),
            row("accounts_payable", first, 1, FIRST_LOAD, currency="USD", status="OPEN"),
            row("accounts_payable", second, 3, SECOND_LOAD, currency="BRL", status="PAID"),
        ],
        "tereina": [row("invoices", (None, None), 8, SECOND_LOAD, currency="BRL", status="OPEN")],
        "solvimon": [row("invoices", (None, None), 2, FIRST_LOAD, currency="EUR", status="FINAL")],
    }


def fiscal_documents() -> dict[str, list[Record]]:
    """The note of the payable `twin` with its file and its items, one of the payable `single` that has no key, and
    freight that nobody booked."""
    beta = {"issuer__tax_id": SUPPLIERS["beta"][1], "issuer__name": SUPPLIERS["beta"][0]}
    key = "35260477888999000130550010000005551000005552"
    file = {"export_request_id": "X-1", "part_id": "P-1", "path": "nfe/twin.xml", "sha256": "0" * 64}
    item = {
        "item_number": 1,
        "icms_base": money("750.00"),
        "icms_rate": money("18"),
        "icms_value": money("135.00"),
    }
    return {
        "export_files": [file | {"access_key": key}],
        "nfe": [
            beta
            | {"access_key": key, "number": "555", "issued_at": "2026-04-10 12:00:00+00"}
            | {"recipient__tax_id": BUYER, "total__invoice_value": money("750.00"), "items": [item]}
        ],
        "nfse": [
            {
                "id": "note-1",
                "number": "N-single",
                "issued_on": "2026-04-10",
                "provider__tax_id": SUPPLIERS["alpha"][1],
                "customer__tax_id": BUYER,
                "service_value": money("1000.00"),
            }
        ],
        "cte": [
            beta
            | {
                "access_key": "35260477888999000130570010000000011000000015",
                "issued_at": "2026-04-10 12:00:00+00",
            }
            | {"taker__tax_id": BUYER, "total__service_value": money("80.00")}
        ],
    }


def fill(raw: RawWarehouse) -> None:
    """Three loads of each source, and one of ROIT that was never committed."""
    for source, rows in controls().items():
        raw.note(source, "_controls", rows)
    raw.load("roit", FIRST_LOAD, {"accounts_payable": payables_at_first(), **fiscal_documents()})
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
