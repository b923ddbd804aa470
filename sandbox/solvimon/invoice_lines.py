"""Lines of an invoice, grouped and taxed: header = sum of lines = sum of tax bases, to the cent."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from .catalog import Tariff
from .parties import Market
from .values import Record, amount, cents, drop_some_nulls, identifier, quantity_of, stamp, total

DISCOUNT_EVERY = 9
"""One line in this many is a discount, so a negative amount."""

TIERED_EVERY = 5
EXEMPT_EVERY = 6
"""One line in this many is exempt, so that an invoice has more than one tax category."""

_RATE_PLACES = Decimal("0.0000001")


@dataclass(frozen=True)
class ExchangeRate:
    """What one unit of `base_currency` was worth in `currency` at a moment."""

    currency: str
    base_currency: str
    rate: Decimal
    at: datetime

    def render(self) -> Record:
        return {
            "currency": self.currency,
            "base_currency": self.base_currency,
            "rate_timestamp": stamp(self.at),
            "rate": str(self.rate),
            "source": "ECB",
        }

    def convert(self, value: Decimal) -> Decimal:
        return cents(value * self.rate)


def dollar_rate(rng: random.Random, at: datetime) -> ExchangeRate:
    """A USD to EUR rate with seven places, near 0.92."""
    rate = (Decimal("0.92") + Decimal(rng.randrange(-200_000, 200_000)) / 10**7).quantize(
        _RATE_PLACES, rounding=ROUND_HALF_UP
    )
    return ExchangeRate("EUR", "USD", rate, at)


def make_line(rng: random.Random, order: int, tariff: Tariff, market: Market) -> Record:
    """Return one priced line. The unit price may have ten places; its amount has two."""
    units = Decimal(rng.randrange(1, tariff.most_units + 1))
    if tariff.metered and rng.random() < 0.2:
        units += Decimal(rng.randrange(1, 1000)) / 1000
    discount = rng.randrange(DISCOUNT_EVERY) == 0
    price = -tariff.unit_price if discount else tariff.unit_price
    net = cents(units * price)
    if rng.randrange(EXEMPT_EVERY) == 0:
        market = replace(market, tax_name="Isento", tax_category="EXEMPT", tax_rate=Decimal("0.00"))
    sub_lines = _sub_lines(rng, net, market.currency) if rng.randrange(TIERED_EVERY) == 0 else []
    return drop_some_nulls(
        rng,
        {
            "id": identifier(rng, "inli"),
            "line_order": order,
            "description": tariff.item["name"],
            "pricing_item_id": identifier(rng, "pric"),
            "pricing_item_config_id": None,
            "product_items": [tariff.item],
            "type": "PRICING_ITEM",
            "pricing_type": "USAGE_BASED" if tariff.metered else "FIXED",
            "commitment_type": None,
            "discount_type": "FIXED_AMOUNT" if discount else None,
            "coupon_data": None,
            "tax_categories": [tax_summary(market, net)],
            "amount_excluding_tax": amount(net, market.currency),
            "amount_including_tax": amount(net + tax_on(market, net), market.currency),
            "conditions": None,
            "meter_value": None,
            "details": price_details(net, units, price, market.currency),
            "sub_lines": sub_lines,
        },
    )


def price_details(net: Decimal, units: Decimal, price: Decimal, currency: str) -> Record:
    """Return how a line's amount came about: `meter_value.number` units at `band.amount` each."""
    return {
        "amount": amount(net, currency),
        "pricing_currency": currency,
        "pricing_amount": amount(price, currency),
        "band": {"amount": amount(price, currency), "percentage": None, "volume_share": "1"},
        "meter_value": {"id": None, "reference": "units", "number": str(units), "type": "NUMBER"},
        "price_bound": None,
        "used_exchange_rates": None,
    }


def _sub_lines(rng: random.Random, net: Decimal, currency: str) -> list[Record]:
    """Return two tiers whose amounts add up to the line's."""
    first = cents(net * Decimal(rng.randrange(10, 90)) / 100)
    return [
        {
            "sub_line_order": order,
            "description": f"Tier {order}",
            "type": "USAGE_BASED_CONVERSION" if order == 1 else None,
            "details": {"amount": amount(part, currency), "pricing_currency": currency},
        }
        for order, part in enumerate((first, net - first), start=1)
    ]


def tax_on(market: Market, net: Decimal) -> Decimal:
    """Return the tax of one line: rounded line by line, so that every sum is exact."""
    return cents(net * market.tax_rate / 100)


def tax_summary(market: Market, base: Decimal, tax: Decimal | None = None) -> Record:
    """Return an InvoiceTaxCategorySummary of one line, or of many when their tax is given."""
    tax = tax_on(market, base) if tax is None else tax
    rates = [{"name": market.tax_name, "percentage": str(market.tax_rate)}]
    return {
        "base_amount": amount(base, market.currency),
        "tax_amount": amount(tax, market.currency),
        "total_amount": amount(base + tax, market.currency),
        "percentage": str(market.tax_rate),
        "name": market.tax_name,
        "category": market.tax_category,
        "notes": ["Reverse charge"] if "reverse" in market.tax_name else None,
        "rates": [{**rate, "tax_amount": amount(tax, market.currency)} for rate in rates],
    }


def summarize_taxes(lines: Iterable[Record], rate: ExchangeRate | None) -> list[Record]:
    """Return one summary for each (category, name, percentage) of the lines, in order of appearance."""
    by_key: dict[tuple[str, str, str], list[Record]] = {}
    for line in lines:
        for tax in line.get("tax_categories") or []:
            by_key.setdefault((tax["category"], tax["name"], tax["percentage"]), []).append(tax)
    return [_merge_taxes(taxes, rate) for taxes in by_key.values()]


def _merge_taxes(taxes: Sequence[Record], rate: ExchangeRate | None) -> Record:
    currency = taxes[0]["base_amount"]["currency"]
    base = total(quantity_of(tax["base_amount"]) for tax in taxes)
    tax = total(quantity_of(tax["tax_amount"]) for tax in taxes)
    merged = {
        **taxes[0],
        "base_amount": amount(base, currency),
        "tax_amount": amount(tax, currency),
        "total_amount": amount(base + tax, currency),
        "rates": [{**taxes[0]["rates"][0], "tax_amount": amount(tax, currency)}],
    }
    if rate:
        merged["local_amounts"] = local_amounts(base, tax, rate)
    return merged


def local_amounts(base: Decimal, tax: Decimal, rate: ExchangeRate) -> Record:
    """Return base, tax and total in the seller's own currency; total = base + tax there too."""
    local_base, local_tax = rate.convert(base), rate.convert(tax)
    return _local(local_base, local_tax, rate)


def add_local_amounts(parts: Sequence[Record], rate: ExchangeRate) -> Record:
    """Return the sum of rounded local amounts, which may differ by a cent from the rounded sum."""
    base = total(quantity_of(part["base_amount"]) for part in parts)
    return _local(base, total(quantity_of(part["tax_amount"]) for part in parts), rate)


def _local(base: Decimal, tax: Decimal, rate: ExchangeRate) -> Record:
    return {
        "base_amount": amount(base, rate.currency),
        "tax_amount": amount(tax, rate.currency),
        "total_amount": amount(base + tax, rate.currency),
        "used_exchange_rate": rate.render(),
        "display": True,
    }


def lines_of(invoice: Record) -> list[Record]:
    """Return the lines of an invoice flat, over periods and groups in their order."""
    return [
        line
        for period in invoice["periods"]
        for group in period.get("groups") or []
        for line in group.get("lines") or []
    ]
