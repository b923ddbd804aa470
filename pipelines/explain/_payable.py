"""Measures of a payable document, out of the ledger of its entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pipelines.dataset import ReadOnlyWarehouse

from ._result import Document, Entry, Explanation, records_of

_STATED = ("INVOICED", "CREDIT_NOTE", "DISCOUNT_TAKEN", "INTEREST", "FINE")
_PAYMENTS = ("PAYMENT_APPLIED", "PAYMENT_RETURNED")


@dataclass(frozen=True)
class _Measure:
    """Which entries it sums (all when none is named), with which sign, and the column that shows it.

    What a document states holds whatever the day; balances are as of one.
    """

    column: str
    types: tuple[str, ...] = ()
    sign: int = 1
    is_balance: bool = False


_MEASURES = {
    "open_amount": _Measure("open_amount", is_balance=True),
    "paid": _Measure("paid_amount", _PAYMENTS, sign=-1, is_balance=True),
    "net": _Measure("net_amount", _STATED),
    "withheld": _Measure("withheld_amount", ("WITHHELD",), sign=-1),
    "payable": _Measure("payable_amount", (*_STATED, "WITHHELD")),
}
MEASURES = tuple(_MEASURES)


def explain_payable(
    marts: ReadOnlyWarehouse,
    document: Document,
    name: str,
    as_of: date | None,
    known_at: datetime | None,
) -> Explanation:
    """The ledger's entries behind a measure. Without clocks, those of the marts, and the marts' number beside."""
    measure = _MEASURES[name]
    by_the_marts = as_of is None and known_at is None
    if by_the_marts and measure.is_balance:
        as_of, known_at = _clocks(marts)
    currency, deleted, mart = marts.query(
        f"select currency_code, is_deleted_at_source, {measure.column} from {{fct_payable_document}}"
        " where document_key = %s",
        document.key,
    )[0]
    notes = _notes(marts, document, as_of, known_at)
    if deleted and not measure.is_balance:
        # its ledger is taken back, while the document shows what it last said
        notes = (*notes, f"gone at the source, which last said {mart:f}; the ledger takes it back")
        by_the_marts = False
    return Explanation(
        document=document,
        measure=name,
        currency=currency,
        as_of=as_of,
        known_at=known_at,
        mart_column=f"fct_payable_document.{measure.column}",
        mart=mart if by_the_marts else None,
        entries=_entries(marts, document, measure, as_of, known_at),
        notes=notes,
    )


def _clocks(marts: ReadOnlyWarehouse) -> tuple[date | None, datetime | None]:
    """Where the clocks of the marts stand: the last day of the roll-forward, the last load of the open items."""
    day = marts.highest("fct_ap_rollforward", "date_day")
    return day, marts.highest("fct_ap_open_item", "known_at")


def _entries(
    marts: ReadOnlyWarehouse,
    document: Document,
    measure: _Measure,
    as_of: date | None,
    known_at: datetime | None,
) -> tuple[Entry, ...]:
    where, params = _conditions(document, measure, as_of, known_at)
    rows = marts.query(
        "select event_key, event_type, installment_number, is_reversal, is_inferred, effective_date, known_at,"
        f" currency_code, amount from {{fct_payable_event}} where {where}"
        " order by known_at, effective_date, installment_number, event_type, amount, event_key",
        *params,
    )
    evidence = records_of(marts, "fct_payable_event", "event_key", "document_key", document.key)
    return tuple(
        Entry(
            what=event_type,
            amount=amount if measure.sign > 0 else amount.copy_negate(),
            currency=currency,
            day=day,
            known_at=known,
            part=str(installment),
            note=_note(is_reversal, is_inferred),
            records=evidence.get(key, ()),
        )
        for key, event_type, installment, is_reversal, is_inferred, day, known, currency, amount in rows
    )


def _conditions(
    document: Document, measure: _Measure, as_of: date | None, known_at: datetime | None
) -> tuple[str, list[Any]]:
    conditions = ["document_key = %s"]
    params: list[Any] = [document.key]
    for condition, value in (("effective_date <= %s", as_of), ("known_at <= %s", known_at)):
        if value is not None:
            conditions.append(condition)
            params.append(value)
    if measure.types:
        conditions.append(f"event_type in ({', '.join('%s' for _ in measure.types)})")
        params += measure.types
    return " and ".join(conditions), params


def _note(is_reversal: bool, is_inferred: bool) -> str | None:
    words = [word for word, holds in (("taken back", is_reversal), ("inferred", is_inferred)) if holds]
    return ", ".join(words) or None


def _notes(
    marts: ReadOnlyWarehouse, document: Document, as_of: date | None, known_at: datetime | None
) -> tuple[str, ...]:
    """What the clocks hide: entries of later days, and later loads."""
    notes = []
    for clock, words, value in (
        ("effective_date", "of later days", as_of),
        ("known_at", "that later loads brought", known_at),
    ):
        if value is None:
            continue
        sql = f"select count(*) from {{fct_payable_event}} where document_key = %s and {clock} > %s"
        count = marts.query(sql, document.key, value)[0][0]
        if count:
            notes.append(f"{count} entries {words} are not counted")
    return tuple(notes)
