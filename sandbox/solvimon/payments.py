"""Payments of every result, and what they do to the invoice that they pay."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from .credits import CREDIT_SIGNS
from .values import CENT, Record, amount, cents, drop_some_nulls, identifier, quantity_of, stamp, total

SETTLED_RESULT = "AUTHORIZED"
"""The only result that counts as paid: what was charged back or refunded has left again."""

FRUITLESS_RESULTS = ("CANCELLED", "ERROR", "PENDING", "REFUSED")
RETURNED_RESULTS = ("CHARGED_BACK", "REFUNDED")


def make_payment(rng: random.Random, invoice: Record, quantity: Decimal, result: str, at: datetime) -> Record:
    """Return a payment of an invoice, in the invoice's currency."""
    refused = result in {"REFUSED", "ERROR"}
    method = rng.choice(["CARD", "DIRECT_DEBIT", "ONLINE_BANKING", "UNKNOWN", "PIX"])  # PIX is not published
    return drop_some_nulls(
        rng,
        {
            "object_type": "PAYMENT",
            "id": identifier(rng, "paym"),
            "created_at": stamp(at),
            "timestamp": stamp(at + timedelta(seconds=rng.randrange(0, 90))),
            "customer_id": invoice["customer_id"],
            "customer": None,
            "invoice_id": invoice["id"],
            "payment_acceptor_id": None,
            "payment_acceptor_reference": None,
            "payment_method_id": identifier(rng, "pame"),
            "payment_method_details": {"type": method},
            "integration_payment_method_reference": None,
            "external_reference": f"psp-{rng.randrange(10**10):010d}",
            "reference": None,
            "amount": amount(quantity, invoice["billing_currency"]),
            "result": result,
            "result_details": {
                "code": "51" if refused else None,
                "reason": 'Insufficient funds, "try later"' if refused else None,
                "external_code": None,
                "external_reason": None,
            },
            "dunning_action_details": {"attempt": 1, "external_reference": None} if refused else None,
            "updated_at": stamp(at),
            "context": {
                "type": "PAY_INVOICE",
                "related_resource_ids": [{"type": "INVOICE", "id": invoice["id"]}],
                "metadata": {"channel": "portal"} if rng.random() < 0.3 else None,
            },
        },
    )


def settle(invoice: Record, payments: Iterable[Record], credit_notes: Iterable[Record], at: datetime) -> None:
    """Write what is paid, open and closed, and the payment status, from the payments and credit notes.

    An amount is closed when it is paid or credited. What leaves nothing to pay (a credit
    note, a discount above the price) is settled as it is.
    """
    currency = invoice["billing_currency"]
    gross = quantity_of(invoice["invoice_amount_including_tax"])
    paid = total(quantity_of(item["amount"]) for item in payments if item["result"] == SETTLED_RESULT)
    credited = total(abs(quantity_of(item["invoice_amount_including_tax"])) for item in credit_notes)
    if invoice["type"] in CREDIT_SIGNS or gross <= 0:
        closed, status = gross, "PAID"
    else:
        closed = min(paid + credited, gross)
        status = _payment_status(gross, paid + credited)
    invoice.update(
        paid_invoice_amount=amount(paid, currency),
        closed_invoice_amount=amount(closed, currency),
        open_invoice_amount=amount(gross - closed, currency),
        payment_status=status,
        paid=status in {"PAID", "OVERPAID"},
        updated_at=stamp(at),
    )


def _payment_status(gross: Decimal, closed: Decimal) -> str:
    if closed <= 0:
        return "UNPAID"
    if closed < gross:
        return "PARTIALLY_PAID"
    return "PAID" if closed == gross else "OVERPAID"


def payment_story(
    rng: random.Random, invoice: Record, final_at: datetime, number: int, now: datetime
) -> list[Record]:
    """Return the payments that the `number`-th final invoice has seen by `now`.

    Most are paid in the end, some never. Fates come in turn, so that the smallest tenant has them all.
    """
    gross = quantity_of(invoice["invoice_amount_including_tax"])
    if gross <= 0:
        return []
    at = final_at + timedelta(hours=rng.randrange(4, 24 * 45))
    story: list[Record] = []
    for every, results in ((4, FRUITLESS_RESULTS), (12, RETURNED_RESULTS)):
        if number % every == 1:
            before = at - timedelta(hours=3)
            result = results[number // every % len(results)]
            story.append(make_payment(rng, invoice, gross, result, before))
    for days, part in enumerate(_parts(gross, number % len(_FATES))):
        story.append(make_payment(rng, invoice, part, SETTLED_RESULT, at + timedelta(days=3 * days)))
    return [payment for payment in story if payment["created_at"] <= stamp(now)]


_FATES = ("whole",) * 3 + ("thirds", "half", "whole", "above", "never") + ("whole",) * 4


def _parts(gross: Decimal, turn: int) -> list[Decimal]:
    """Return the amounts in which an invoice is paid: at once, in two, half of it, a cent too much, never."""
    third, half = cents(gross / 3), cents(gross / 2)
    return {
        "whole": [gross],
        "thirds": [third, gross - third],
        "half": [half],
        "above": [gross + CENT],
        "never": [],
    }[_FATES[turn]]


def make_schedule(rng: random.Random, invoice: Record, at: datetime) -> tuple[Record, list[Record]]:
    """Return a payment schedule over an invoice in three parts, and its payment requests."""
    gross = quantity_of(invoice["invoice_amount_including_tax"])
    third = cents(gross / 3)
    currency = invoice["billing_currency"]
    schedule = {
        "object_type": "PAYMENT_SCHEDULE",
        "id": identifier(rng, "pasc"),
        "customer_id": invoice["customer_id"],
        "invoice_id": invoice["id"],
        "status": "ACTIVE",
        "created_at": stamp(at),
        "updated_at": stamp(at),
        "start_at": stamp(at),
        "interval": {"type": "MONTH", "value": 1},
        "amount": amount(gross, currency),
        "number_of_payments": 3,
    }
    statuses = ("DONE", rng.choice(["SCHEDULED", "IN_PROGRESS", "FAILED", "RETRYING"]), "SCHEDULED")
    requests = [
        {
            "object_type": "PAYMENT_REQUEST",
            "id": identifier(rng, "pare"),
            "payment_schedule_id": schedule["id"],
            "customer_id": invoice["customer_id"],
            "status": status,  # RETRYING is in no published list
            "created_at": stamp(at),
            "execute_at": stamp(at + timedelta(days=30 * index)),
            "index": index,
            "amount": amount(third if index < 2 else gross - 2 * third, currency),
        }
        for index, status in enumerate(statuses)
    ]
    return schedule, requests
