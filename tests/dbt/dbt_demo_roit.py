"""ROIT's part of the demo rows: each case of the payables core once, in two loads. All names are invented."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

BUYER = "11222333000181"
SUPPLIERS = {
    "alpha": ("Alfa Invenções Ltda", "44555666000102"),
    "beta": ("Beta Fantasia SA", "77888999000130"),
    "gama": ("Gama Pessoa Imaginária", "12345678909"),
}

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
            provider__name="Alfa e Filhos Ltda",
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
