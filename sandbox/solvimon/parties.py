"""Billing entities and customers. Names are obviously invented; tax ids are well formed where it is cheap."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ..core.parties import cnpj
from .values import Record, drop_some_nulls, identifier, stamp


@dataclass(frozen=True)
class Market:
    """How customers of one country are billed: by whom, in what, and with which tax."""

    country: str
    currency: str
    entity: str
    tax_name: str
    tax_category: str
    tax_rate: Decimal
    timezone: str


MARKETS = (
    Market("BR", "BRL", "BR", "ISS", "STANDARD", Decimal("5.00"), "America/Sao_Paulo"),
    Market("NL", "EUR", "NL", "BTW", "STANDARD", Decimal("21.00"), "Europe/Amsterdam"),
    Market("DE", "EUR", "NL", "VAT reverse charge", "NO_TAX", Decimal("0.00"), "Europe/Berlin"),
    # a US rate has three places, and its tax is also shown in the seller's own currency
    Market("US", "USD", "NL", "Sales tax", "STANDARD", Decimal("8.875"), "America/New_York"),
)
MARKET_OF_COUNTRY = {market.country: market for market in MARKETS}

# Half the customers are Brazilian.
_COUNTRIES = ("BR", "NL", "BR", "US", "BR", "DE")
_COMPANY_WORDS = (
    "Aurora Fictícia",
    "Caju Imaginário",
    "Exemplo Sul",
    "Modelo & Cia",
    "Ipê Inventado",
    "Zênite Demo",
)
_ADDRESSES = {
    "BR": ("Rua do Exemplo, 100", "São Paulo", "01000-000", "SP"),
    "NL": ("Voorbeeldstraat 1", "Amsterdam", "1000 AA", None),
    "DE": ("Musterstraße 7", "Köln", "50667", None),
    "US": ("1 Sample Street", "Springfield", "00501", "NY"),
}
_TAX_ID_TYPES = {"BR": "BR_CNPJ", "NL": "NL_VAT", "DE": "DE_VAT", "US": "US_EIN"}


def billing_entities(rng: random.Random, born: datetime) -> dict[str, Record]:
    """Return the two selling entities, by country."""
    return {
        "BR": _entity(rng, "Cobranças Fictícias Ltda.", "BR", cnpj("980000010001"), born),
        "NL": _entity(rng, "Imaginary Billing B.V.", "NL", "NL000099998B57", born),
    }


def make_customer(rng: random.Random, number: int, created: datetime, parent: str | None) -> Record:
    """Return the `number`-th customer; every eighth is a private person."""
    country = _COUNTRIES[number % len(_COUNTRIES)]
    private = number % 8 == 5
    market = MARKET_OF_COUNTRY[country]
    record: Record = {
        "object_type": "CUSTOMER",
        "id": identifier(rng, "cust"),
        "created_at": stamp(created),
        "parent_customer_id": parent,
        "parent_customer_ids": [parent] if parent else None,
        "reference": f"customer-{number:04d}",
        "status": "ARCHIVED" if number % 11 == 10 else "ACTIVE",
        "timezone": market.timezone,
        "type": "INDIVIDUAL" if private else "ORGANIZATION",
        "email": f"billing+{number}@customer.invalid",
        "notification_preferences": None,
        "locale": "pt-BR" if country == "BR" else None,
        "custom_fields": _custom_fields(rng, number),
        "processing_only": False,
        "linked_integrations": [{"id": identifier(rng, "intg"), "link_details": []}]
        if number % 3 == 0
        else [],
        "roles": ["DEFAULT"] if number % 9 else ["DEFAULT", "RESELLER"],  # RESELLER is in no published list
    }
    if private:
        record["individual"] = _individual(number, country)
    else:
        record["organization"] = _organization(rng, number, country)
    if number % 10 == 3:
        record["credit_score_band"] = {"band": "B", "provider": "internal"}  # a field nobody announced
    return drop_some_nulls(rng, record)


def _custom_fields(rng: random.Random, number: int) -> list[Record]:
    # The text `null` and leading zeros: both must survive every step as text.
    value = ("null", "00123", "NA", "çaíque; ltda")[number % 4]
    return [{"id": identifier(rng, "cufi"), "reference": "cost_centre", "value": value, "values": None}]


def _address(country: str) -> Record:
    line, city, postal_code, state = _ADDRESSES[country]
    return {
        "line1": line,
        "line2": None,
        "city": city,
        "postal_code": postal_code,
        "state": state,
        "country": country,
    }


def _tax_id(rng: random.Random, number: int, country: str) -> Record:
    text = cnpj(f"98{number:06}0001") if country == "BR" else f"{country}{number:09d}X"
    return {"id": text, "type": _TAX_ID_TYPES[country], "display_name": None}


def _organization(rng: random.Random, number: int, country: str) -> Record:
    tax_id = _tax_id(rng, number, country)
    return drop_some_nulls(
        rng,
        {
            "legal_name": f"{_COMPANY_WORDS[number % len(_COMPANY_WORDS)]} {number:02d} {country}",
            "tax_id": tax_id["id"],
            "tax_ids": [tax_id],
            "registration_number": None,
            "tax_exempt": country == "DE",
            "tax_exempt_note": None,
            "registered_address": _address(country),
            "tax_registrations": [],
        },
    )


def _individual(number: int, country: str) -> Record:
    return {
        "name": {"first_name": "Fulana", "last_name": f"de Exemplo {number}", "infix": None},
        "residential_address": _address(country),
    }


def _entity(rng: random.Random, name: str, country: str, tax_id: str, born: datetime) -> Record:
    return drop_some_nulls(
        rng,
        {
            "object_type": "BILLING_ENTITY",
            "id": identifier(rng, "bien"),
            "created_at": stamp(born - timedelta(days=100)),
            "reference": f"entity-{country.lower()}",
            "status": "ACTIVE",
            "timezone": MARKET_OF_COUNTRY[country].timezone,
            "legal_name": name,
            "tax_id": tax_id,
            "tax_ids": [{"id": tax_id, "type": _TAX_ID_TYPES[country], "display_name": None}],
            "registration_number": None,
            "registered_address": _address(country),
            "email": "finance@seller.invalid",
            "tax_settings": {"default_tax_category": "STANDARD"},
            "tax_registrations": [],
            "custom_fields": [],
            "linked_integrations": None,
        },
    )
