"""Random stories of payables and invoices, told load by load: what the sources say, and nothing of what it means.

Each document is a story of its own: installments, withheld tributes, receipts, corrections, cancellations, refunds,
payments that settle, fail and come back, statuses that become known late, versions that come late. What it means is
for the models to say, and for ``dbt_oracle``, which shares no line with them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dbt_demo_roit import part, payable, receipt
from dbt_demo_tereina import invoice, master_data, request, status
from dbt_raw_warehouse import RawWarehouse

Record = dict[str, Any]
LOADS = tuple(f"2026-{month:02}-{day:02} 06:00" for month in (4, 5, 6) for day in (5, 15, 25))
CENT = Decimal("0.01")
STATES = (
    ("OPEN", 4),
    ("APPROVED", 2),
    ("PARTIALLY_PAID", 5),
    ("PAID", 6),
    ("CANCELED", 2),
    ("REJECTED", 1),
    ("REFUNDED", 2),
    ("SOMETHING_ELSE", 1),
)


def day_of(load: int) -> date:
    return date.fromisoformat(LOADS[load][:10])


@dataclass
class Story:
    """One document: what each load brought of it. ``said[n]`` holds pairs of table and record."""

    source: str
    id_: str
    said: list[list[tuple[str, Record]]] = field(default_factory=lambda: [[] for _ in LOADS])

    def records(self, table: str, known_load: int) -> list[tuple[int, Record]]:
        """The records of a table that were known by a load, each with the load that brought it."""
        return [
            (load, record)
            for load in range(known_load + 1)
            for name, record in self.said[load]
            if name == table
        ]


def stories(rng: random.Random, count: int) -> list[Story]:
    """Three of five are ROIT's payables, the others Tereina's invoices; no two are the same invoice."""
    return [
        _payable_story(rng, f"ap-{n:05}") if n % 5 < 3 else _invoice_story(rng, f"inv-{n:05}")
        for n in range(count)
    ]


def tell(raw: RawWarehouse, told: Iterable[Story], loads: Iterable[int] = range(len(LOADS))) -> None:
    """Load the stories, load by load; master data comes with the first."""
    told = list(told)
    for load in loads:
        packages: dict[str, dict[str, list[Record]]] = {"roit": {}, "tereina": {}}
        if load == 0:
            packages["tereina"].update(master_data())
        for story in told:
            for table, record in story.said[load]:
                packages[story.source].setdefault(table, []).append(record)
        for source, package in packages.items():
            raw.load(source, LOADS[load], package)


def _cents(rng: random.Random, most: int = 10**7) -> Decimal:
    return Decimal(rng.randrange(100, most)) / 100


def _payable_story(rng: random.Random, id_: str) -> Story:
    story = Story("roit", id_)
    first = rng.randrange(len(LOADS))
    entered = day_of(first) - timedelta(days=rng.randrange(1, 9))
    net = _cents(rng) if rng.random() > 0.02 else Decimal(rng.randrange(10**18, 10**19)) / 100
    loads = sorted({first, *(rng.randrange(first, len(LOADS)) for _ in range(rng.randrange(4)))})
    for load in loads:
        net = _cents(rng) if rng.random() < 0.3 else net
        version = _payable_version(rng, id_, load, entered, net)
        if load > first and rng.random() < 0.15:  # an old version that a backfill brings late
            version["updated_at"] = f"{entered - timedelta(days=30)} 05:00:00+00"
        story.said[load].append(("accounts_payable", version))
    return story


def _parts(rng: random.Random, total: Decimal, entered: date) -> list[Record]:
    count = rng.choice((0, 1, 2, 3, 4))
    if not count:
        return []
    if rng.random() < 0.5:  # equal parts, the rest on the last
        values = [(total / count).quantize(CENT)] * (count - 1)
    else:
        values = [(total * rng.randrange(1, 100) / (100 * count)).quantize(CENT) for _ in range(count - 1)]
    values.append(total - sum(values, Decimal(0)))
    if rng.random() < 0.1:  # the source does not add up
        values[-1] += CENT
    return [
        part(n + 1, str(entered + timedelta(days=20 + 10 * n)), str(value)) for n, value in enumerate(values)
    ]


def _receipts(
    rng: random.Random, id_: str, parts: list[Record], owed: Decimal, since: date, until: date
) -> list[Record]:
    receipts = []
    for number in range(rng.choice((0, 1, 1, 1, 2, 3))):
        exact = parts and rng.random() < 0.5
        amount = (
            rng.choice(parts)["value"]
            if exact
            else (owed * rng.choice((100, rng.randrange(1, 130))) / 100).quantize(CENT)
        )
        paid_on = since + timedelta(days=rng.randrange((until - since).days + 1))
        if amount > 0:
            receipts.append(receipt(f"r-{id_}-{number}", f"{paid_on} 15:00:00+00", str(amount)))
    return receipts


def _payable_version(rng: random.Random, id_: str, load: int, entered: date, net: Decimal) -> Record:
    withheld = (net / 10).quantize(CENT) if rng.random() < 0.4 else Decimal(0)
    discount = CENT * rng.randrange(1, 50) if rng.random() < 0.2 else Decimal(0)
    fine = CENT * rng.randrange(1, 50) if rng.random() < 0.2 else Decimal(0)
    interest = CENT * rng.randrange(1, 50) if rng.random() < 0.2 else Decimal(0)
    before_withholding = withheld and rng.random() < 0.3
    parts = _parts(rng, net if before_withholding else net - withheld, entered)
    state = rng.choices([name for name, _ in STATES], [weight for _, weight in STATES])[0]
    since, until = entered, day_of(load)
    some_day = since + timedelta(days=rng.randrange((until - since).days + 1))
    receipts = []
    if state in ("PARTIALLY_PAID", "PAID", "REFUNDED") or (state == "CANCELED" and rng.random() < 0.3):
        receipts = _receipts(rng, id_, parts, net - withheld, since, until)
    if state == "PARTIALLY_PAID" and parts and rng.random() < 0.5:
        chosen = rng.choice(parts)
        chosen |= {"status": "PAID", "paid_at": f"{some_day} 15:00:00+00" if rng.random() < 0.6 else None}
    return payable(
        id_,
        str(net),
        str(entered + timedelta(days=20)),
        status=state,
        is_open=state not in ("PAID", "CANCELED", "REJECTED") and (state != "REFUNDED" or rng.random() < 0.3),
        value__gross=net + discount - interest - fine,
        value__discount=discount,
        value__interest=interest,
        value__fine=fine,
        entry_date=str(entered) if rng.random() < 0.9 else None,
        issue_date=str(entered - timedelta(days=2)),
        updated_at=f"{day_of(load)} 05:00:00+00",
        paid_at=f"{some_day} 15:00:00+00" if state == "PAID" and rng.random() < 0.5 else None,
        canceled__at=f"{some_day} 15:00:00+00" if state == "CANCELED" and rng.random() < 0.8 else None,
        tributes=[{"tribute": "IRRF", "value": withheld, "withheld": True}] if withheld else [],
        installments=parts,
        receipts=receipts,
    )


def _invoice_story(rng: random.Random, id_: str) -> Story:
    story = Story("tereina", id_)
    first = rng.randrange(len(LOADS) - 1)
    posted, amount = day_of(first) - timedelta(days=3), _cents(rng)
    if rng.random() < 0.05:  # a credit note
        amount = -amount
    by_term = rng.random() < 0.3
    terms = {"due_date": None, "payment_term_reference_id": "T-30-60"} if by_term else {}
    open_known = rng.random() < 0.5

    def version(number: int, load: int, open_: Decimal | None, state: str) -> None:
        said = posted if number == 1 else day_of(load) - timedelta(days=1)
        record = invoice(
            id_,
            str(amount),
            status=state,
            version=number,
            posting_date=str(posted),
            issue_date=str(posted - timedelta(days=1)),
            last_updated_date=f"{said} 12:00:00+00",
            created_date=f"{posted} 12:00:00+00",
            open_amount=open_,
            **terms,
        )
        story.said[load].append(("invoices", record))

    version(1, first, amount if open_known else None, "OPEN")
    for attempt in range(rng.choice((0, 1, 1, 2)) if amount > 0 else 0):
        _payment_story(rng, story, first, attempt, amount)
    if rng.random() < 0.3:
        later = rng.randrange(first + 1, len(LOADS))
        if rng.random() < 0.3:
            version(2, later, Decimal(0), "CANCELLED")
        elif open_known and amount > 0:
            version(2, later, (amount * rng.randrange(0, 100) / 100).quantize(CENT), "PARTIALLY_PAID")
    return story


def _payment_story(rng: random.Random, story: Story, first: int, attempt: int, amount: Decimal) -> None:
    """A payment request and what the bank says of it; each word becomes known with a load of its own."""
    load = rng.randrange(first, len(LOADS))
    day = day_of(load) - timedelta(days=2)
    paid = (amount * rng.choice((100, 100, 50, rng.randrange(1, 120))) / 100).quantize(CENT)
    name = f"PR{attempt}-{story.id_}"
    story.said[load].append(("payment_requests", request(name, str(paid), str(day), {story.id_: str(paid)})))
    codes = rng.choice(
        (
            ["ACSC"],
            ["ACCP", "ACSC"],
            ["RJCT"],
            ["PDNG"],
            ["ACSC", "RJCT"],
            ["ACSC", "RJCT", "ACSC"],
            ["RJCT", "ACSC"],
        )
    )
    said_on = day
    for number, code in enumerate(codes):
        said_on += timedelta(days=rng.randrange(1 if number else 0, 12))
        known = [n for n in range(load, len(LOADS)) if day_of(n) >= said_on]
        if not known:
            break
        late = known[min(len(known) - 1, rng.choice((0, 0, 0, 1, 2)))]
        fields = {"payment_request_reference_id": None} if rng.random() < 0.2 else {}
        word = status(name, code, f"{said_on} 12:00:00", str(paid), **fields)
        story.said[late].append(("payment_statuses", word | {"reference_id": f"PS-{name}-{number}"}))
