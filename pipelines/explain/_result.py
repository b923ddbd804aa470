"""What an explanation is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any

from pipelines.dataset import ReadOnlyWarehouse


@dataclass(frozen=True)
class Document:
    """A row of the marts that can be explained. ``kind`` is payable or revenue."""

    kind: str
    key: str
    source: str
    id: str
    number: str | None

    @property
    def label(self) -> str:
        return f"{self.source}:{self.id}" + (f" (number {self.number})" if self.number else "")


@dataclass(frozen=True)
class Record:
    """A source record that a row rests on. ``position`` is its place in a list of the record."""

    role: str
    table: str
    id: str
    position: int | None
    version: str | None
    path: str | None
    load_id: str
    loaded_at: datetime


@dataclass(frozen=True)
class Entry:
    """One signed row of the sum."""

    what: str
    amount: Decimal
    currency: str
    day: date | None = None
    known_at: datetime | None = None
    part: str | None = None
    note: str | None = None
    records: tuple[Record, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """``total`` is the sum of the entries in ``currency``; ``mart`` is the number in ``mart_column``.

    ``mart`` is ``None`` where there is no such number: the clocks are others than those of the marts.
    """

    document: Document
    measure: str
    currency: str
    as_of: date | None
    known_at: datetime | None
    mart_column: str
    mart: Decimal | None
    entries: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def total(self) -> Decimal:
        return exact_sum(entry.amount for entry in self.entries if entry.currency == self.currency)

    @property
    def agrees(self) -> bool:
        """Whether the entries make the marts' number; true where there is none to compare with."""
        return self.mart is None or self.mart == self.total

    def as_dict(self) -> dict[str, Any]:
        """JSON values, decimals and times as they are."""
        return asdict(self) | {"total": self.total, "agrees": self.agrees}


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum to the last digit: the default context would round to 28 of them."""
    with localcontext() as context:
        context.prec = 76
        return sum(amounts, Decimal(0))


def records_of(
    marts: ReadOnlyWarehouse, fact: str, key: str, owner: str, owner_key: str
) -> dict[str, tuple[Record, ...]]:
    """The evidence of a fact's rows that belong to one document, by the rows' key."""
    rows = marts.query(
        "select evidence.mart_key, evidence.evidence_role, evidence.source_relation, evidence.record_id,"
        " evidence.record_position, evidence.version_id, evidence.path, evidence._dlt_load_id,"
        f" evidence._loaded_at from {{fct_record_evidence}} as evidence inner join {{{fact}}} as facts"
        f" on evidence.mart_key = facts.{key} where evidence.mart_name = %s and facts.{owner} = %s"
        " order by evidence._loaded_at, evidence.evidence_role, evidence.record_id, evidence.evidence_key",
        fact,
        owner_key,
    )
    found: dict[str, tuple[Record, ...]] = {}
    for mart_key, *values in rows:
        found[mart_key] = (*found.get(mart_key, ()), Record(*values))
    return found


def joined(values: Sequence[str]) -> str:
    """Words in a message."""
    return ", ".join(values)
