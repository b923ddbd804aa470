"""The facts of one payable: parties, document, money, dates, all of them adding up.

`net = gross - discount + interest + fine`; the installments, and the receipts once all are paid, add up to
`net` less the withheld tributes; the cost centres add up to 100 % and to `net`.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ..core.parties import Party, access_key, may_issue
from ..core.world import World
from .skeleton import Skeleton, moment_of
from .timeline import Timeline

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
DUPLICATE_EVERY = 149
"""Every so many, a payable repeats the document of the one before: the duplicate that must be found."""

FOREIGN_RATES = {"USD": Decimal("5.4321098765"), "EUR": Decimal("6.0123456789")}

WITHHELD_ON_SERVICES = (
    ("ISS", Decimal("0.05")),
    ("IRRF", Decimal("0.015")),
    ("PIS", Decimal("0.0065")),
    ("COFINS", Decimal("0.03")),
    ("CSLL", Decimal("0.01")),
    ("INSS", Decimal("0.11")),
)
OWN_ON_GOODS = (
    ("ICMS", Decimal("0.18")),
    ("IPI", Decimal("0.05")),
    ("PIS", Decimal("0.0165")),
    ("COFINS", Decimal("0.076")),
    ("CBS", Decimal("0.009")),
    ("IBS", Decimal("0.001")),
    ("IS", Decimal("0.01")),
)
REFORM_SINCE = date(2026, 1, 1)
COST_CENTERS = (("1001", "Produção"), ("2002", "Administração"), ("3003", "Logística"), ("4004", "Comercial"))
EXTREME_KINDS = (Decimal("12345678901234567.89"), Decimal("0.1"), Decimal("1E-7"))
"""Gross amounts of the first REJECTED payables: they test exactness and weigh in no sum of what is owed."""


@dataclass(slots=True)
class Installment:
    number: int
    due: date
    value: Decimal
    paid_at: int | None


@dataclass(slots=True)
class Tribute:
    name: str
    base: Decimal
    rate: Decimal
    value: Decimal
    withheld: bool
    due: date | None


@dataclass(slots=True)
class Facts:
    """What does not depend on how it is written down. Dates are business dates; money is in `currency`."""

    index: int
    id: str
    kind: str
    status: str
    number: str
    access_key: str | None
    supplier: Party
    company: Party
    currency: str
    rate: Decimal
    gross: Decimal
    discount: Decimal
    interest: Decimal
    fine: Decimal
    issued: date
    entered: date
    installments: list[Installment]
    tributes: list[Tribute]
    cost_centers: list[tuple[str, str, Decimal, Decimal]]
    purchase_orders: list[str]

    @property
    def net(self) -> Decimal:
        return self.gross - self.discount + self.interest + self.fine

    @property
    def withheld(self) -> Decimal:
        return sum((t.value for t in self.tributes if t.withheld), ZERO)

    @property
    def payable(self) -> Decimal:
        """What the supplier is paid."""
        return self.net - self.withheld

    @property
    def due(self) -> date:
        return self.installments[0].due


def payable_id(seed: int, index: int) -> str:
    digest = hashlib.blake2b(f"{seed}:payable:{index}".encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def split(amount: Decimal, parts: int) -> list[Decimal]:
    """`amount` in equal parts to the cent, what is left over on the last one; the sum is exact."""
    share = (amount / parts).quantize(CENT) if amount >= 1 else ZERO
    return [*[share] * (parts - 1), amount - share * (parts - 1)]


class FactsMaker:
    """Facts of any index of a skeleton; the same index always gives the same facts."""

    def __init__(self, world: World, skeleton: Skeleton) -> None:
        self._world, self._skeleton = world, skeleton
        self._companies = [p for p in world.suppliers if p.kind == "COMPANY"]
        rejected = [
            i for i, s in enumerate(skeleton.statuses) if s == "REJECTED" and i >= len(world.shared_documents)
        ]
        extremes = (
            rejected[: len(EXTREME_KINDS)] if world.options.get("roit", {}).get("extremes", True) else []
        )
        self.extremes = dict(zip(extremes, EXTREME_KINDS, strict=False))

    def make(self, index: int, timeline: Timeline) -> Facts:
        world, skeleton = self._world, self._skeleton
        shared = world.shared_documents[index] if index < len(world.shared_documents) else None
        twin = index - 1 if not shared and index % DUPLICATE_EVERY == 0 else index
        # The document's own stream: a duplicate draws from its original's.
        rng = random.Random(f"{world.seed}:{twin}:document")
        kind = skeleton.types[twin]
        issued = shared.issue_date if shared else self._issued(rng, twin)
        supplier = shared.supplier if shared else self._supplier(rng, kind, issued)
        gross = shared.amount if shared else self.extremes.get(index) or self._gross(rng, kind, supplier)
        number = shared.number if shared else str(100_000 + twin)
        company = shared.company if shared else rng.choice(world.companies)
        currency, rate = _currency(rng) if kind == "OTHER" and not shared else ("BRL", Decimal(1))
        discount, interest, fine = (ZERO, ZERO, ZERO) if shared else self._additions(rng, index, gross)
        facts = Facts(
            index=index,
            id=payable_id(world.seed, index),
            kind=kind,
            status=timeline.status,
            number=number,
            access_key=shared.access_key if shared else self._key(rng, kind, supplier, issued, int(number)),
            supplier=supplier,
            company=company,
            currency=currency,
            rate=rate,
            gross=gross,
            discount=discount,
            interest=interest,
            fine=fine,
            issued=issued,
            entered=moment_of(skeleton.created[index]).date(),
            installments=[],
            tributes=_tributes(rng, kind, supplier, gross, issued),
            cost_centers=[],
            purchase_orders=_purchase_orders(rng, kind),
        )
        facts.installments = _installments(rng, facts, timeline, shared.due_date if shared else None)
        facts.cost_centers = _cost_centers(rng, facts.net)
        return facts

    def _issued(self, rng: random.Random, index: int) -> date:
        """Mostly days before the document appeared, sometimes weeks."""
        days = rng.randrange(20, 46) if rng.random() < 0.05 else rng.randrange(0, 6)
        return (moment_of(self._skeleton.appeared(index)) - timedelta(days=days)).date()

    def _supplier(self, rng: random.Random, kind: str, issued: date) -> Party:
        if kind in ("NFE", "CTE"):
            return rng.choice([p for p in self._companies if may_issue(p, issued)])
        return rng.choice(self._companies if kind == "NFSE" else self._world.suppliers)

    def _gross(self, rng: random.Random, kind: str, supplier: Party) -> Decimal:
        if kind == "CONSUMPTION_BILL":
            # Bills recur: the same supplier, nearly always the same amount, and no duplicate at all.
            rng = random.Random(f"{self._world.seed}:{supplier.tax_id}:{rng.randrange(3)}")
        cents = int(rng.lognormvariate(12, 1.3)) + 1_000
        return Decimal(cents // 100 * 100 if rng.random() < 0.25 else cents) / 100

    def _additions(self, rng: random.Random, index: int, gross: Decimal) -> tuple[Decimal, Decimal, Decimal]:
        """Discount, interest and fine; the extreme payables carry the extreme ones."""
        if index in self.extremes:
            return ZERO, Decimal("1E-7") if gross < 1 else ZERO, ZERO
        draw = rng.random()
        if draw < 0.10:
            return (gross * Decimal("0.02")).quantize(CENT), ZERO, ZERO
        if draw < 0.16:
            return ZERO, (gross * Decimal("0.0033")).quantize(CENT), (gross * Decimal("0.02")).quantize(CENT)
        return (Decimal("0.1"), ZERO, ZERO) if draw < 0.19 else (ZERO, ZERO, ZERO)

    def _key(self, rng: random.Random, kind: str, supplier: Party, issued: date, number: int) -> str | None:
        if kind not in ("NFE", "CTE"):
            return None
        return access_key(
            supplier.tax_id, issued, 55 if kind == "NFE" else 57, 1, number, rng.randrange(10**8)
        )


def _currency(rng: random.Random) -> tuple[str, Decimal]:
    """Brazilian documents are in BRL; only what has none may be in another currency."""
    code = rng.choices(("BRL", "USD", "EUR"), (30, 45, 25))[0]
    return code, FOREIGN_RATES.get(code, Decimal(1))


def _tributes(rng: random.Random, kind: str, supplier: Party, gross: Decimal, issued: date) -> list[Tribute]:
    """On services withheld and so not paid to the supplier; on goods for information."""
    if kind == "NFSE" and supplier.kind == "COMPANY" and rng.random() < 0.6:
        following = (issued.replace(day=1) + timedelta(days=32)).replace(day=20)
        chosen = WITHHELD_ON_SERVICES[: rng.choice((1, 5, 5, 6))]
        return [Tribute(n, gross, r, (gross * r).quantize(CENT), True, following) for n, r in chosen]
    if kind in ("NFE", "CTE") and gross < 10**12:
        known = 4 if kind == "CTE" or issued < REFORM_SINCE else 7
        chosen = OWN_ON_GOODS[: min(known, rng.choice((4, 6, 7)))]
        return [Tribute(n, gross, r, (gross * r).quantize(CENT), False, None) for n, r in chosen]
    return []


def _purchase_orders(rng: random.Random, kind: str) -> list[str]:
    if kind not in ("NFE", "NFSE"):
        return []
    return [f"45{rng.randrange(10**8):08}" for _ in range(rng.choices((0, 1, 2), (30, 55, 15))[0])]


def _installments(
    rng: random.Random, facts: Facts, timeline: Timeline, due: date | None
) -> list[Installment]:
    """Equal parts a month apart; what is paid was due around its payment, the rest before and after now."""
    paid = timeline.paid()
    last = moment_of(timeline.steps[-1].at).date()
    first = due or max(facts.issued, last + timedelta(days=rng.randrange(-12, 50)))
    result: list[Installment] = []
    for number, value in enumerate(split(facts.payable, timeline.installments), 1):
        at = paid.get(number)
        if at is not None and due is None:
            day = moment_of(at).date() + timedelta(days=rng.choice((-9, -3, 0, 0, 0, 0, 1, 2, 4)))
        else:
            day = first + timedelta(days=30 * (number - 1))
        earliest = result[-1].due if result else facts.issued
        result.append(Installment(number, max(day, earliest), value, at))
    return result


def _cost_centers(rng: random.Random, net: Decimal) -> list[tuple[str, str, Decimal, Decimal]]:
    """Code, name, percentage and value; a third for each leaves a percentage that no float holds."""
    count = rng.choices((0, 1, 2, 3), (20, 45, 25, 10))[0]
    if not count:
        return []
    shares = [(Decimal(100) / count).quantize(Decimal("1E-10"))] * (count - 1)
    shares.append(100 - sum(shares, Decimal(0)))
    chosen = rng.sample(COST_CENTERS, count)
    return [(*c, s, v) for c, s, v in zip(chosen, shares, split(net, count), strict=True)]
