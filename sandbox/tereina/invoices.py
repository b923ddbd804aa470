"""Invoices and purchase orders: lines add up to headers, and each invoice knows how it falls due."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ..core.parties import SharedDocument
from ..core.world import World
from .masterdata import MasterData, Supplier, due_dates
from .values import Object, at, audit, cents

INVOICES_DEFAULT = 400
"""At the default scale of 2,000, shared documents included."""

INVOICES_LEAST = 160
"""Below this, some kinds of payment would not occur."""

DUE_DAYS_DEFAULT = 30
"""An invoice with neither a due date nor a term is paid after this many days."""

LARGEST_AMOUNT = Decimal("90071992547409.93")
"""2^53 + 1 in cents: read as a binary float, it loses a cent. A typing error, so the invoice is cancelled."""

_GOODS = (
    "Papel A4, 75 g",
    'Parafuso 1/4" inox',
    "Serviço de limpeza",
    "Frete\nrodoviário",
    "Licença de software",
    "Café em grãos ☕",
)


@dataclass(frozen=True)
class Bill:
    """An invoice with what the payment side needs to know of it."""

    invoice: Object
    supplier: Supplier
    pay_on: date


def invoice_count(scale: int) -> int:
    return max(INVOICES_LEAST, INVOICES_DEFAULT * scale // 2_000)


def make_purchase_orders(world: World, master: MasterData) -> list[Object]:
    """Return purchase orders, some of them billed by invoices; a quarter as many as invoices."""
    rng = world.random("tereina purchase orders")
    days = (world.started_at - world.start).days
    orders = []
    for number in range(1, invoice_count(world.scale) // 4 + 1):
        supplier, code = rng.choice(master.suppliers), rng.choice(master.company_codes)["referenceId"]
        day = world.start.date() + timedelta(days=rng.randrange(days))
        lines = [_order_line(rng, n, day) for n in range(1, rng.randrange(2, 6))]
        orders.append(
            {
                "referenceId": f"PO-{number:06d}",
                **audit(rng, at(day)),
                "number": 4_500_000_000 + number,
                "companyCodeReferenceId": code,
                "supplierReferenceId": supplier.reference_id,
                "orderDate": day.isoformat(),
                "currency": "BRL",
                "totalAmount": sum((line["netAmount"] for line in lines), Decimal("0.00")),
                "status": ("OPEN", "PARTIALLY_RECEIVED", "CLOSED", "AWAITING_MOON")[number % 4],
                "lines": lines,
            }
        )
    return orders


def _order_line(rng: random.Random, number: int, day: date) -> Object:
    quantity = Decimal(rng.randrange(1, 400)) / rng.choice([1, 1, 4])
    price = Decimal(rng.randrange(100, 900_000)) / 10_000
    received = rng.choice([Decimal(0), quantity, quantity / 2])
    return {
        "lineNumber": number * 10,
        "description": rng.choice(_GOODS),
        "quantity": quantity,
        "unitPrice": price,
        "netAmount": cents(quantity * price),
        "receivedQuantity": received,
        "invoicedQuantity": Decimal(0),
        "deliveryDate": (day + timedelta(days=14)).isoformat(),
    }


def make_bills(world: World, master: MasterData, orders: list[Object]) -> list[Bill]:
    """Return all invoices in their first version, open, oldest first."""
    rng = world.random("tereina invoices")
    bills = [_shared_bill(rng, master, n, item) for n, item in enumerate(world.shared_documents, start=1)]
    bills += [_order_bill(rng, master, n, order) for n, order in enumerate(orders, start=1) if n % 2]
    days = (world.started_at - world.start).days
    for number in range(len(bills) + 1, max(invoice_count(world.scale), len(bills) + 20) + 1):
        supplier, code = rng.choice(master.suppliers), rng.choice(master.company_codes)["referenceId"]
        day = world.start.date() + timedelta(days=rng.randrange(days))
        currency = rng.choice(master.currencies(code) * 2 + ["BRL"] * 6)
        lines = [_line(rng, n) for n in range(1, rng.randrange(2, 7))]
        bills.append(_bill(rng, f"INV-{number:06d}", supplier, code, day, currency, lines))
    bills += _same_day_bills(rng, master, world.start.date() + timedelta(days=20))
    for bill in bills[::20]:
        bill.invoice["workflow"] = {"step": "second approval", "limit": Decimal("10000.00")}  # unannounced
    bills.append(_huge_bill(rng, master, world.started_at.date() - timedelta(days=20)))
    return sorted(bills, key=lambda bill: (bill.invoice["issueDate"], bill.invoice["referenceId"]))


def _line(rng: random.Random, number: int, **fields: object) -> Object:
    quantity = Decimal(rng.randrange(1, 90_000)) / 1000
    # Up to ten places: the finest that the warehouse keeps.
    price = Decimal(rng.randrange(10**8, 10**12)) / 10 ** rng.choice([8, 9, 10])
    net = cents(quantity * price)
    return {
        "lineNumber": number,
        "description": rng.choice(_GOODS),
        "quantity": quantity,
        "unitPrice": price,
        "netAmount": net,
        "taxCode": rng.choice(["I1", "07", None]),
        "taxAmount": cents(net * rng.choice([Decimal(0), Decimal("0.05"), Decimal("0.18")])),
        "costCenter": rng.choice(["1000", "0200", "MKT"]),
        "glAccount": f"{rng.randrange(400, 500)}0000",
        "purchaseOrderLine": None,
        **fields,
    }


def _number(rng: random.Random) -> str | int:
    """Return a supplier's own number: text, digits as text, or a bare number."""
    digits = rng.randrange(10**5, 10**6)
    numbers: list[str | int] = [digits, str(digits), f"000{digits}-A"]
    return rng.choice(numbers)


def _bill(
    rng: random.Random,
    reference: str,
    supplier: Supplier,
    code: str,
    day: date,
    currency: str,
    lines: list[Object],
) -> Bill:
    """Return an invoice that falls due by a date of its own, by the supplier's term, or by nothing."""
    net = sum((line["netAmount"] for line in lines), Decimal("0.00"))
    tax = sum((line["taxAmount"] for line in lines), Decimal("0.00"))
    way = rng.choice(["explicit", "term", "term", "neither"])
    pay_on = day + timedelta(days=DUE_DAYS_DEFAULT)
    if way == "term":
        pay_on = due_dates(supplier.term, day)[-1][0]
    elif way == "explicit":
        pay_on = day + timedelta(days=rng.choice([7, 15, 28, 45]))
    discounted = rng.random() < 0.15
    invoice = {
        "referenceId": reference,
        **audit(rng, at(day, 12) + timedelta(minutes=rng.randrange(600))),
        "number": rng.choice(
            [str(rng.randrange(10**6)), rng.randrange(10**6), f"000{rng.randrange(10**4)}-A"]
        ),
        "companyCodeReferenceId": code,
        "supplierReferenceId": supplier.reference_id,
        "purchaseOrderReferenceId": None,
        "issueDate": day.isoformat(),
        "postingDate": (day + timedelta(days=rng.randrange(4))).isoformat(),
        "dueDate": pay_on.isoformat() if way == "explicit" else None,
        "baselineDate": day.isoformat() if way == "term" else None,
        "paymentTermReferenceId": supplier.term["referenceId"] if way == "term" else None,
        "currency": currency,
        "grossAmount": net + tax,
        "netAmount": net,
        "taxAmount": tax,
        "discountAmount": cents((net + tax) * Decimal("0.02")) if discounted else None,
        "discountDueDate": (day + timedelta(days=10)).isoformat() if discounted else None,
        "openAmount": net + tax,
        "status": "OPEN",
        "paymentBlock": rng.choice([None] * 12 + ["A"]),
        "lines": lines,
    }
    return Bill(invoice, supplier, pay_on)


def _shared_bill(rng: random.Random, master: MasterData, number: int, document: SharedDocument) -> Bill:
    """Return the invoice that ROIT holds too: same number, supplier, dates and gross amount."""
    supplier = next(item for item in master.suppliers if item.party == document.supplier)
    code = next(item["referenceId"] for item in master.company_codes if item["name"] == document.company.name)
    tax = cents(document.amount * Decimal("0.09"))
    first = cents((document.amount - tax) / 3)
    parts = ((first, tax), (document.amount - tax - first, Decimal("0.00")))
    lines = [
        _line(rng, n, quantity=Decimal(1), unitPrice=net, netAmount=net, taxAmount=part_tax)
        for n, (net, part_tax) in enumerate(parts, start=1)
    ]
    bill = _bill(rng, f"INV-{number:06d}", supplier, code, document.issue_date, document.currency, lines)
    bill.invoice.update(
        number=document.number,
        dueDate=document.due_date.isoformat(),
        baselineDate=None,
        paymentTermReferenceId=None,
    )
    if number % 2:
        bill.invoice["accessKey"] = document.access_key  # not in the contract: not every revision sends it
    return Bill(bill.invoice, supplier, document.due_date)


def _order_bill(rng: random.Random, master: MasterData, number: int, order: Object) -> Bill:
    """Return the invoice of what was received of a purchase order, and count it there as invoiced."""
    supplier = next(item for item in master.suppliers if item.reference_id == order["supplierReferenceId"])
    lines = []
    for line in order["lines"]:
        quantity = line["receivedQuantity"] or line["quantity"]
        line["invoicedQuantity"] = quantity
        # Some suppliers bill more than was agreed.
        price = line["unitPrice"] * (Decimal("1.10") if rng.random() < 0.1 else 1)
        net = cents(quantity * price)
        lines.append(
            _line(
                rng,
                line["lineNumber"],
                description=line["description"],
                quantity=quantity,
                unitPrice=price,
                netAmount=net,
                taxAmount=cents(net * Decimal("0.18")),
                purchaseOrderLine=line["lineNumber"],
            )
        )
    day = date.fromisoformat(order["orderDate"])
    code = order["companyCodeReferenceId"]
    bill = _bill(rng, f"INV-9{number:05d}", supplier, code, day, order["currency"], lines)
    bill.invoice["purchaseOrderReferenceId"] = order["referenceId"]
    return bill


def _same_day_bills(rng: random.Random, master: MasterData, day: date) -> list[Bill]:
    """Return three invoices of one supplier that fall due together: they are paid by one payment."""
    supplier, code = master.suppliers[3], master.company_codes[0]["referenceId"]
    bills = []
    for number in range(1, 4):
        bill = _bill(rng, f"INV-8{number:05d}", supplier, code, day, "BRL", [_line(rng, 1), _line(rng, 2)])
        due = day + timedelta(days=DUE_DAYS_DEFAULT)
        bill.invoice.update(dueDate=due.isoformat(), baselineDate=None)
        bill.invoice.update(paymentTermReferenceId=None, paymentBlock=None)
        bills.append(Bill(bill.invoice, supplier, due))
    return bills


def _huge_bill(rng: random.Random, master: MasterData, day: date) -> Bill:
    line = _line(rng, 1, quantity=Decimal(1), unitPrice=LARGEST_AMOUNT, netAmount=LARGEST_AMOUNT)
    line["taxAmount"] = Decimal("0.00")
    code = master.company_codes[0]["referenceId"]
    bill = _bill(rng, "INV-HUGE", master.suppliers[0], code, day, "BRL", [line])
    bill.invoice.update(status="CANCELLED", openAmount=Decimal("0.00"))
    return bill
