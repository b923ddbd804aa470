"""What must be known of every payable before any is rendered: when it was made and changed, status and type.

Four flat lists, so that 100,000 payables cost little at start; everything else of a payable is derived from
its index on demand. Times are microseconds since the epoch, UTC.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from ..core.world import World

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

STATUS_WEIGHTS = {
    "PAID": 46,
    "OPEN": 12,
    "APPROVED": 10,
    "SCHEDULED": 10,
    "PENDING_APPROVAL": 8,
    "PARTIALLY_PAID": 6,
    "CANCELED": 4,
    "REJECTED": 2,
    "REFUNDED": 2,
}
TYPE_WEIGHTS = {
    "NFE": 50,
    "NFSE": 18,
    "CTE": 10,
    "CONSUMPTION_BILL": 8,
    "TAX_GUIDE": 6,
    "PAYROLL": 4,
    "OTHER": 4,
}
FISCAL_TYPES = ("NFE", "NFSE", "CTE")

LIFE_DAYS = {
    "OPEN": (0.05, 4.0),
    "PENDING_APPROVAL": (0.2, 6.0),
    "APPROVED": (0.5, 10.0),
    "SCHEDULED": (1.0, 15.0),
    "PARTIALLY_PAID": (10.0, 50.0),
    "PAID": (6.0, 45.0),
    "CANCELED": (0.5, 20.0),
    "REJECTED": (0.3, 8.0),
    "REFUNDED": (15.0, 60.0),
}
"""From creation to the last change, by final status."""

SETTLED = ("PAID", "CANCELED", "REJECTED", "REFUNDED")
OPEN_SKEW = 0.4
"""What is still open was mostly touched lately: exponent of its share of the period."""

TIES_MIN = 620
"""More rows with one and the same `updatedAt` than a page of the default limit holds."""

RECENT_ROWS = 5
"""Rows of the last minutes: younger than any sensible hold-back."""


@dataclass
class Skeleton:
    """Parallel lists by index. `tied` are the rows that one nightly job touched in the same instant."""

    updated: list[int] = field(default_factory=list)
    created: list[int] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    tied: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.updated)

    def appeared(self, index: int) -> int:
        """When the document behind the payable first appeared: minutes to two days before the payable."""
        return self.created[index] - (60 + index * 7919 % 172_800) * SECOND

    def append(self, created: int, updated: int, status: str, kind: str) -> int:
        self.created.append(created)
        self.updated.append(updated)
        self.statuses.append(status)
        self.types.append(kind)
        return len(self.updated) - 1


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment_of(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def grain(rng: random.Random, at: int) -> int:
    """Sources differ in resolution: most times are in milliseconds, some in microseconds or whole seconds."""
    unit = rng.choice((1_000, 1_000, 1_000, 100_000, SECOND, 1))
    return at // unit * unit


def make_skeleton(world: World) -> Skeleton:
    """`world.scale` payables over the world's period, the shared documents first."""
    rng = world.random("roit skeleton")
    start, now = micros(world.start), micros(world.started_at)
    skeleton = Skeleton()
    statuses = _drawn(rng, STATUS_WEIGHTS, world.scale)
    types = _drawn(rng, TYPE_WEIGHTS, world.scale)
    latest = now - 15 * 60 * SECOND
    for index, document in enumerate(world.shared_documents[: world.scale]):
        at = micros(datetime.combine(document.issue_date, time(11, 30), UTC)) + 8 * HOUR
        life = _life(rng, statuses[index])
        skeleton.append(at, max(at, min(at + life, latest)), statuses[index], "NFE")
    for index in range(len(skeleton), world.scale):
        share = rng.random() if statuses[index] in SETTLED else rng.random() ** OPEN_SKEW
        updated = grain(rng, int(start + (latest - start) * share))
        created = updated - _life(rng, statuses[index])
        skeleton.append(created, updated, statuses[index], types[index])
    _tie(skeleton, rng, now)
    for back in range(1, min(RECENT_ROWS, world.scale - len(world.shared_documents)) + 1):
        if world.scale - back not in skeleton.tied:
            skeleton.updated[-back] = now - back * 40 * SECOND
    return skeleton


def _drawn(rng: random.Random, weights: dict[str, int], count: int) -> list[str]:
    """`count` values, the rare ones among the first so that small worlds have each."""
    every = list(weights)
    drawn = rng.choices(every, list(weights.values()), k=max(count - 2 * len(every), 0))
    return (every * 2 + drawn)[:count]


def _life(rng: random.Random, status: str) -> int:
    if status == "OPEN" and rng.random() < 0.6:
        return 0
    shortest, longest = LIFE_DAYS[status]
    return int(rng.uniform(shortest, longest) * DAY) // 1_000 * 1_000


def _tie(skeleton: Skeleton, rng: random.Random, now: int) -> None:
    """A nightly job three weeks ago touched many rows in one instant; pairs and triples tie by chance."""
    count = len(skeleton)
    job = (now - 21 * DAY) // DAY * DAY + 3 * HOUR
    wanted = min(count // 3, max(TIES_MIN, count // 20))
    old = [index for index in range(count) if skeleton.created[index] < job - DAY]
    skeleton.tied = set(rng.sample(old, min(wanted, len(old))))
    for index in skeleton.tied:
        skeleton.updated[index] = job
    for index in _pairs(count, skeleton.tied):
        skeleton.updated[index] = max(skeleton.updated[index - 1], skeleton.created[index])


def _pairs(count: int, tied: set[int]) -> Iterable[int]:
    return (i for i in range(125, count, 25) if i not in tied and i - 1 not in tied)
