"""The small values of which every Solvimon object is made: identifiers, timestamps, amounts."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Record = dict[str, Any]

CENT = Decimal("0.01")
_ID_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz"
_ID_LENGTH = 20


def identifier(rng: random.Random, prefix: str) -> str:
    """Return a resource id such as `inv_4Q…`: the prefix tells the type, the rest has no order."""
    return f"{prefix}_{''.join(rng.choices(_ID_ALPHABET, k=_ID_LENGTH))}"


def stamp(moment: datetime) -> str:
    """Return ISO 8601 in UTC without milliseconds, as every timestamp of this API is written."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_stamp(text: str) -> datetime:
    """Return the aware moment that `stamp` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def cents(value: Decimal) -> Decimal:
    """Round half up to two places, the way invoices are rounded."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def amount(quantity: Decimal, currency: str) -> Record:
    """Return `{quantity, currency}` with the quantity as a plain decimal string."""
    return {"quantity": format(quantity, "f"), "currency": currency}


def quantity_of(money: Mapping[str, str] | None) -> Decimal:
    """Return the exact quantity of an amount; nothing counts as zero."""
    return Decimal(money["quantity"]) if money else Decimal(0)


def total(values: Iterable[Decimal]) -> Decimal:
    """Return the exact sum, with two places even when there is nothing to add."""
    return sum(values, Decimal("0.00"))


def drop_some_nulls(rng: random.Random, record: Record, share: float = 0.5) -> Record:
    """Leave out some of the fields that are null: the API sends `null` or nothing, as it likes."""
    return {name: value for name, value in record.items() if value is not None or rng.random() >= share}
