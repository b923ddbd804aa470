"""Control totals: what the source gave, counted and summed from the bytes, before any table is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation

from ._model import MONEY_PRECISION, MONEY_SCALE

# Enough digits that no sum of decimal(38, 10) values is ever rounded.
_EXACT = Context(prec=80)
_MONEY = Context(prec=MONEY_PRECISION, traps=[Inexact, InvalidOperation])
_QUANTUM = Decimal(1).scaleb(-MONEY_SCALE)
Group = tuple[str | None, str | None]


@dataclass
class Totals:
    """Rows and the exact sum of their amounts."""

    rows: int = 0
    amount: Decimal = Decimal(0)

    def add(self, amount: Decimal | None) -> None:
        """Counts a row. An amount that no column can hold is not summed: its record is rejected."""
        self.rows += 1
        if amount is not None and _fits(amount):
            self.amount = _EXACT.add(self.amount, amount)

    def __add__(self, other: Totals) -> Totals:
        return Totals(self.rows + other.rows, _EXACT.add(self.amount, other.amount))

    def __sub__(self, other: Totals) -> Totals:
        return Totals(self.rows - other.rows, _EXACT.subtract(self.amount, other.amount))


def _fits(amount: Decimal) -> bool:
    try:
        return amount.quantize(_QUANTUM, context=_MONEY).is_finite()
    except (Inexact, InvalidOperation):
        return False


@dataclass
class Tally:
    """What one load of one table brought, by (currency, status).

    ``source`` counts every record that the source gave, each key once; ``rejected`` those of them that did
    not fit the model. ``superseded`` records were older than what the warehouse holds and are in neither.
    ``expected`` is the API's own count, where it gives one. ``gone`` are keys whose records were asked for one by
    one, and are not at the source.
    """

    table: str
    window_from: datetime | None = None
    window_to: datetime | None = None
    source: dict[Group, Totals] = field(default_factory=dict)
    rejected: dict[Group, Totals] = field(default_factory=dict)
    superseded: int = 0
    expected: int | None = None
    gone: set[str] = field(default_factory=set)
    drift: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def source_rows(self) -> int:
        return sum(totals.rows for totals in self.source.values())

    @property
    def rejected_rows(self) -> int:
        return sum(totals.rows for totals in self.rejected.values())

    def count(self, group: Group, amount: Decimal | None) -> None:
        """One record of the source."""
        self.source.setdefault(group, Totals()).add(amount)

    def reject(self, group: Group, amount: Decimal | None) -> None:
        """One record of the source, counted before, that does not fit the model."""
        self.rejected.setdefault(group, Totals()).add(amount)


@dataclass
class LoadReport:
    """Everything that one load has to say, for the run report and the control table.

    ``jobs`` are the ledger's ids of the exports whose rows the load brings. ``failures`` are errors that left
    something out and do not keep the rest from being loaded: the load is committed, and then fails.
    """

    tallies: list[Tally] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def tally(self, table: str, start: datetime | None = None, end: datetime | None = None) -> Tally:
        """A new tally, known to this report."""
        tally = Tally(table, start, end)
        self.tallies.append(tally)
        return tally

    def skip(self, reason: str) -> None:
        """Something was left at the source on purpose: it is said and does not fail the load."""
        self.skipped.append(reason)

    @property
    def rejected_rows(self) -> int:
        return sum(tally.rejected_rows for tally in self.tallies)

    @property
    def drift(self) -> Iterable[str]:
        """``table: what is new``, sorted."""
        return sorted(f"{tally.table}: {what}" for tally in self.tallies for what in tally.drift)
