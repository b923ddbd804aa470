"""What all of Tereina's objects are made of: audit fields, timestamps, cents, account numbers.

Objects are dictionaries under the API's names. Money is `Decimal` until a batch is rendered.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Object = dict[str, Any]

CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    """Round half up to two places."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def stamp(moment: datetime) -> str:
    """Return the moment in UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """Return a moment of that day, in UTC."""
    return datetime.combine(day, time(hour, minute), UTC)


def audit(rng: random.Random, created: datetime, version: int = 1) -> Object:
    """Return what Tereina itself knows of an object."""
    return {
        "id": f"{rng.getrandbits(64):016x}",
        "createdDate": stamp(created),
        "lastUpdatedDate": stamp(created),
        "lastUpdatedBy": rng.choice(["erp-interface", "ana.exemplo", "batch"]),
        "version": version,
    }


def revised(item: Object, when: datetime, **changes: Any) -> Object:
    """Return the next version of an object."""
    return {**item, **changes, "version": item["version"] + 1, "lastUpdatedDate": stamp(when)}


def iban(country: str, bban: str) -> str:
    """Return an IBAN with its check digits (ISO 13616)."""
    digits = "".join(str(int(character, 36)) for character in f"{bban}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{bban}"


def brazilian_iban(bank: int, branch: int, account: int) -> str:
    """Return a Brazilian IBAN of 29 characters; bank code 99999 and above is no bank's."""
    return iban("BR", f"{bank:08d}{branch:05d}{account:010d}C1")


def next_business_day(day: date) -> date:
    """Return the day, or the Monday after it: banks do not book on weekends."""
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
