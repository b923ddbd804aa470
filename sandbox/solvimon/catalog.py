"""Who is billed, by whom, and for what: the configuration side of the tenant, all of it invented."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from .parties import billing_entities, make_customer
from .values import Record, drop_some_nulls, identifier, stamp

CUSTOMERS_DEFAULT = 24
"""At the default scale of 2,000."""


@dataclass(frozen=True)
class Tariff:
    """A price: what one unit costs (up to ten places) and how many units a bill usually has."""

    product: Record
    item: Record
    unit_price: Decimal
    most_units: int
    metered: bool


@dataclass(frozen=True)
class Catalog:
    """Everything an invoice refers to. Lists keep the order in which the objects were created."""

    entities: dict[str, Record]
    customers: list[Record]
    tariffs: list[Tariff]
    subscriptions: list[Record]

    def products(self) -> list[Record]:
        """Return the products without repetition."""
        return list({tariff.product["id"]: tariff.product for tariff in self.tariffs}.values())

    def subscriptions_of(self, customer_id: str) -> list[Record]:
        """Return the subscriptions of one customer, oldest first."""
        return [item for item in self.subscriptions if item["customer_id"] == customer_id]


# (category, product, product item, unit price, most units, metered)
_OFFER = (
    ("Pagamentos", "Pix Gateway", "Transação Pix", "0.0345678901", 90_000, True),
    ("Pagamentos", "Pix Gateway", "Devolução Pix", "0.12", 400, True),
    ("Pagamentos", "Boleto Hub", "Boleto registrado", "1.75", 2_500, True),
    ("Plataforma", "Ledger API", "API calls (thousand)", "0.0875", 12_000, True),
    ("Plataforma", "Ledger API", "Seat", "39.90", 60, False),
    ("Plataforma", 'Console "Pro", annual', "Platform fee", "1250.00", 1, False),
    ("Serviços", "Onboarding & training", "Workshop\nremote, one day", "980.00", 4, False),
)


def build_catalog(rng: random.Random, now: datetime, scale: int) -> Catalog:
    """Return the tenant's catalogue as it was a year before `now`."""
    born = now - timedelta(days=365)
    entities = billing_entities(rng, born)
    count = max(8, CUSTOMERS_DEFAULT * scale // 2_000)
    customers: list[Record] = []
    for number in range(count):
        parent = customers[0]["id"] if number % 7 == 6 else None
        customers.append(make_customer(rng, number, born + timedelta(days=number % 200), parent))
    tariffs = _tariffs(rng)
    subscriptions = [_subscription(rng, customer, born) for customer in customers]
    return Catalog(entities, customers, tariffs, subscriptions)


def _tariffs(rng: random.Random) -> list[Tariff]:
    categories: dict[str, Record] = {}
    products: dict[str, Record] = {}
    tariffs = []
    for order, (category, product, item, price, most, metered) in enumerate(_OFFER, start=1):
        if category not in categories:
            categories[category] = _category(rng, category, len(categories) + 1)
        if product not in products:
            products[product] = _product(rng, product, categories[category], len(products) + 1)
        detail = _product_item(rng, item, products[product], order, metered)
        tariffs.append(Tariff(products[product], detail, Decimal(price), most, metered))
    return tariffs


def _category(rng: random.Random, name: str, order: int) -> Record:
    return {
        "object_type": "PRODUCT_CATEGORY",
        "id": identifier(rng, "prca"),
        "name": name,
        "reference": f"category-{order}",
        "description": None,
        "tax_category": "STANDARD",
        "display_order": order,
        "customer_id": None,
    }


def _product(rng: random.Random, name: str, category: Record, order: int) -> Record:
    return drop_some_nulls(
        rng,
        {
            "object_type": "PRODUCT",
            "id": identifier(rng, "prod"),
            "category_id": category["id"],
            "category": category,
            "parent_product_id": None,
            "name": name,
            "reference": f"product-{order:02d}",
            "description": f"{name}: invented for the sandbox",
            "status": "ACTIVE" if order != 4 else "SUNSET",  # not in the published list: enums are open
            "product_type": "DEFAULT",
            "tax_category": "STANDARD",
            "features": [],
            "custom_fields": [_custom_field(rng, "gl_account", f"00{order}120")],
            "display_order": order,
            "linked_integrations": None,
            "billing_entity_id": None,
            "customer_id": None,
        },
    )


def _product_item(rng: random.Random, name: str, product: Record, order: int, metered: bool) -> Record:
    return drop_some_nulls(
        rng,
        {
            "object_type": "PRODUCT_ITEM",
            "id": identifier(rng, "prit"),
            "product_id": product["id"],
            "product": None,
            "name": name,
            "status": "ACTIVE",
            "reference": f"item-{order:02d}",
            "description": None,
            "type": "USAGE_BASED" if metered else "FIXED",
            "model_type": "DEFAULT",
            "usage_based": {"meter_value_calculation_id": identifier(rng, "mvca")} if metered else None,
            "meter_value_calculation_id": None,
            "report_meter_value_calculation_ids": [],
            "tax_category": "STANDARD",
            "display_order": order,
            "unit_name": {"singular": "unit", "plural": "units"},
            "custom_fields": [],
            "customer_id": None,
        },
    )


def _custom_field(rng: random.Random, reference: str, value: str) -> Record:
    return {
        "id": identifier(rng, "cufi"),
        "reference": reference,
        "value": value,
        "values": None,
        "integration_details": None,
    }


def _subscription(rng: random.Random, customer: Record, born: datetime) -> Record:
    started = born + timedelta(days=rng.randrange(0, 200))
    return drop_some_nulls(
        rng,
        {
            "object_type": "PRICING_PLAN_SUBSCRIPTION",
            "id": identifier(rng, "ppsu"),
            "reference": f"{customer['reference']}-plan",
            "customer_id": customer["id"],
            "pricing_plan_id": identifier(rng, "prpl"),
            "pricing_plan_version_id": identifier(rng, "ppve"),
            "status": rng.choice(["ACTIVE", "ACTIVE", "ACTIVE", "CANCELLED"]),
            "billing_period": {"type": "MONTH", "value": 1},
            "start_at": stamp(started),
            "end_at": None,
            "trial_end_at": None,
            "created_at": stamp(started - timedelta(days=1)),
            "updated_at": stamp(started),
            "commitment": {"quantity": f"{rng.randrange(0, 5000)}.00", "currency": "EUR"},
            "custom_fields": [],
        },
    )
