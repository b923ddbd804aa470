"""Invoices: made as drafts by billing runs, final after the grace period, credited now and then."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from .catalog import Catalog, Tariff
from .invoice_lines import (
    ExchangeRate,
    add_local_amounts,
    dollar_rate,
    lines_of,
    make_line,
    summarize_taxes,
)
from .parties import MARKET_OF_COUNTRY, Market
from .values import Record, amount, drop_some_nulls, identifier, quantity_of, stamp, total

GRACE_PERIOD = timedelta(hours=8)
"""A draft becomes final this long after it was made, unless it is on hold."""

PAYMENT_TERM = timedelta(days=30)
_PROJECTS = ("null", "NaN", "NA", "", 'He said "go"', "two\nlines", "0042", "1e5", "projeto ção")
"""Texts that a careless reader takes for nulls, numbers or the end of a record."""

CREDIT_TYPES = frozenset({"CREDIT", "ONE_OFF_CREDIT"})


@dataclass(frozen=True)
class Terms:
    """What is decided about an invoice before its lines are made."""

    customer: Record
    created_at: datetime
    type: str = "STANDARD"
    on_hold: bool = False


def market_of(customer: Record) -> Market:
    """Return the market that the customer's address belongs to."""
    party = customer.get("organization") or customer["individual"]
    address = party.get("registered_address") or party["residential_address"]
    return MARKET_OF_COUNTRY[address["country"]]


def make_invoice(rng: random.Random, catalog: Catalog, terms: Terms) -> Record:
    """Return a draft whose header, taxes and lines agree to the cent."""
    market = market_of(terms.customer)
    rate = dollar_rate(rng, terms.created_at) if market.currency == "USD" else None
    periods = _periods(rng, catalog.tariffs, market, terms, rate)
    invoice = {
        **_identity(rng, catalog, terms, market),
        "periods": periods,
        "closed_periods": [],
        "used_exchange_rates": [rate.render()] if rate else None,
    }
    _total(invoice, market, rate)
    if rng.random() < 0.04:
        invoice["sustainability"] = {"co2_kg": "1.250", "offset": False}  # a field nobody announced
    return drop_some_nulls(rng, invoice, share=0.4)


def _identity(rng: random.Random, catalog: Catalog, terms: Terms, market: Market) -> Record:
    entity = catalog.entities[market.entity]
    created = stamp(terms.created_at)
    day = terms.created_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "object_type": "INVOICE",
        "id": identifier(rng, "invo"),
        "invoice_number": None,
        "purchase_order_number": f"PO-{rng.randrange(10**4):05d}" if rng.random() < 0.3 else None,
        "platform_id": "plat_sandbox",
        "customer_id": terms.customer["id"],
        "customer_reference": terms.customer["reference"],
        "sales_tax_percentage": str(market.tax_rate),
        "customer": terms.customer,
        "billing_entity_id": entity["id"],
        "billing_entity": entity,
        "status": "DRAFT",
        "on_hold": terms.on_hold,
        "paid": False,
        "type": terms.type,
        "created_at": created,
        "updated_at": created,
        "invoice_date": stamp(day),
        "delivery_date": None,
        "due_date": stamp(day + PAYMENT_TERM),
        "billing_period_date": stamp(day.replace(day=1)),
        "billing_currency": market.currency,
        "timezone": market.timezone,
        "billing_period": {"type": "MONTH", "value": 1},
        "pricing_plan_subscription_ids": [
            item["id"] for item in catalog.subscriptions_of(terms.customer["id"])
        ],
        "pricing_amount_type": "EXCLUDING_TAX",
        "payment_acceptor_ids": [],
        "payment_actions": None,
        "notes": ["Obrigado!\nThank you"] if rng.random() < 0.2 else [],
        "linked_invoices": [],
        "linked_invoices_ids": [],
        "custom_fields": _custom_fields(rng),
        "credit": None,
        "e_invoices": None,
        "to_be_reprocessed": False,
        "footnote": None,
        "approval_status": rng.choice(["APPROVED"] * 9 + ["ESCALATED"]),  # the last is in no published list
        "updated_to_final_at": None,
        "has_usage_based_pricing": True,
        "billing_type": "DEFAULT",
        "payment_status": "UNPAID",
    }


def _custom_fields(rng: random.Random) -> list[Record]:
    project = rng.choice(
        ["null", "NaN", "NA", "", 'He said "go"', "two\nlines", "0042", "1e5", "projeto ção"]
    )
    return [{"id": identifier(rng, "cufi"), "reference": "project", "value": project, "values": None}]


def _periods(
    rng: random.Random, tariffs: list[Tariff], market: Market, terms: Terms, rate: ExchangeRate | None
) -> list[Record]:
    start = terms.created_at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    periods = []
    for order in range(1, rng.choice([1, 1, 1, 2]) + 1):
        end = (start + timedelta(days=32)).replace(day=1)
        groups = [
            _group(rng, tariffs, market, number, start, end) for number in range(1, rng.choice([1, 2, 3]) + 1)
        ]
        lines = [line for group in groups for line in group["lines"]]
        periods.append(
            {
                "period_order": order,
                **_amounts(lines, market),
                "billing_period": {"type": "MONTH", "value": 1},
                "start_at": stamp(start),
                "end_at": stamp(end),
                "tax_categories": summarize_taxes(lines, rate),
                "groups": groups,
            }
        )
        start = end
    return periods


def _group(
    rng: random.Random, tariffs: list[Tariff], market: Market, order: int, start: datetime, end: datetime
) -> Record:
    chosen = rng.choices(tariffs, k=rng.choice([1, 1, 2, 3, 4]))
    # `line_order` starts at 1 in every group: it is no key of an invoice's line.
    lines = [make_line(rng, number, tariff, market) for number, tariff in enumerate(chosen, start=1)]
    return {
        "group_order": order,
        **_amounts(lines, market),
        "start_at": stamp(start),
        "end_at": stamp(end),
        "type": "PRICING",
        "product_category": chosen[0].product["category"],
        "products": [chosen[0].product],
        "description": None,
        "tax_categories": summarize_taxes(lines, None),
        "lines": lines,
    }


def _amounts(lines: list[Record], market: Market) -> Record:
    return {
        name: amount(total(quantity_of(line[name]) for line in lines), market.currency)
        for name in ("amount_excluding_tax", "amount_including_tax")
    }


def _total(invoice: Record, market: Market, rate: ExchangeRate | None) -> None:
    """Write the header's amounts and taxes from the lines."""
    lines = lines_of(invoice)
    sums = _amounts(lines, market)
    base, gross = (quantity_of(sums[name]) for name in ("amount_excluding_tax", "amount_including_tax"))
    currency = market.currency
    invoice["invoice_amount_including_tax"] = amount(gross, currency)
    invoice["open_invoice_amount"] = amount(gross, currency)
    invoice["closed_invoice_amount"] = amount(Decimal("0.00"), currency)
    invoice["paid_invoice_amount"] = amount(Decimal("0.00"), currency)
    invoice["tax_categories"] = summarize_taxes(lines, rate)
    invoice["tax_summary"] = {
        "base_amount": amount(base, currency),
        "tax_amount": amount(gross - base, currency),
        "total_amount": amount(gross, currency),
        "notes": None,
        "country_code": market.country,
    }
    if rate:
        locals_ = [tax["local_amounts"] for tax in invoice["tax_categories"]]
        invoice["tax_summary"]["local_amounts"] = add_local_amounts(locals_, rate)


def finalize(invoice: Record, number: str, at: datetime) -> None:
    """Turn a draft into a final invoice: it gets its number, and its lines never change again."""
    invoice.update(
        status="FINAL",
        on_hold=False,
        invoice_number=number,
        updated_to_final_at=stamp(at),
        updated_at=stamp(at),
    )


def broken(invoice: Record, number: int) -> Record:
    """Return a copy under an id of its own that no model can accept, each in another way.

    Its status keeps it out of the reports and of everything that happens to invoices.
    """
    faults: tuple[Record, ...] = (
        {"invoice_amount_including_tax": {"quantity": "much", "currency": "BRL"}},
        {"invoice_date": "2026-02-30T00:00:00Z"},
        {"on_hold": "perhaps"},
        {"open_invoice_amount": {"quantity": "1.123456789012", "currency": "BRL"}},
    )
    return {**invoice, **faults[number % len(faults)], "id": f"invo_BAD{number:04d}", "status": "ERROR"}


def due_for_final(invoice: Record, now: datetime) -> bool:
    """Whether the grace period of a draft that is not on hold has passed."""
    return (
        invoice["status"] == "DRAFT"
        and not invoice["on_hold"]
        and invoice["created_at"] <= stamp(now - GRACE_PERIOD)
    )
