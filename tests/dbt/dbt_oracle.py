"""What is open on each installment of a story, reckoned in Python from the records themselves.

It follows the rules of ``dbt_models/README.md`` and shares no code with the models: one document at a time, payment by
payment, in ``Decimal``. Both clocks are its arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.easter import easter
from dbt_streams import CENT, Story

ZERO = Decimal(0)
RATIO = Decimal("1e-10")
BUSINESS_ZONE = ZoneInfo("America/Sao_Paulo")
FAR = date(9999, 12, 31)
TERM_DAYS = (30, 60)
STAGES = {
    "OPEN": "open",
    "APPROVED": "approved",
    "PARTIALLY_PAID": "partially_paid",
    "PAID": "paid",
    "CANCELED": "cancelled",
    "CANCELLED": "cancelled",
    "REJECTED": "rejected",
    "REFUNDED": "refunded",
}
_NOTHING_OWED = ("cancelled", "rejected")
Record = Mapping[str, Any]


@dataclass(frozen=True)
class OpenItem:
    """What is open on an installment at the end of a day."""

    amount: Decimal
    due: date | None
    payment_day: date | None


@dataclass
class _Installment:
    number: int
    payable: Decimal
    due: date | None
    is_paid: bool = False
    paid_on: date | None = None


@dataclass(frozen=True)
class _Payment:
    amount: Decimal
    paid_on: date
    returned_on: date | None = None


@dataclass(frozen=True)
class _Document:
    payable: Decimal
    posted: date
    stage: str
    stage_since: date
    cancelled_on: date | None
    paid_on: date | None
    is_open: bool
    installments: Sequence[_Installment]


def open_items(story: Story, day: date, known_load: int) -> dict[int, OpenItem]:
    """Open items by number of installment at the end of a day, from what was loaded up to and with a load."""
    told = _payable(story, known_load) if story.source == "roit" else _invoice(story, known_load)
    if told is None:
        return {}
    document, payments = told
    open_: dict[int, Decimal] = {}
    for number, on, amount in _ledger(document, payments):
        if on <= day:
            open_[number] = open_.get(number, ZERO) + amount
    due = {installment.number: installment.due for installment in document.installments}
    return {
        number: OpenItem(amount, due[number], payment_day(due[number]))
        for number, amount in open_.items()
        if amount
    }


def payment_day(due: date | None) -> date | None:
    """The day itself, or the next on which banks are open."""
    while due is not None and (due.isoweekday() > 5 or due in bank_holidays(due.year)):
        due += timedelta(days=1)
    return due


def bank_holidays(year: int) -> set[date]:
    fixed = {(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25)}
    if year >= 2024:
        fixed.add((11, 20))
    # Carnival on Monday and Tuesday, Good Friday, Corpus Christi
    moving = {easter(year) + timedelta(days=days) for days in (-48, -47, -2, 60)}
    return {date(year, month, day) for month, day in fixed} | moving


def _local(moment: str | None) -> date | None:
    return None if moment is None else datetime.fromisoformat(moment).astimezone(BUSINESS_ZONE).date()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _payable(story: Story, known_load: int) -> tuple[_Document, list[_Payment]] | None:
    newest = ""
    stage, since, record = "", FAR, None
    for _, version in story.records("accounts_payable", known_load):
        if version["updated_at"] < newest:
            continue  # an older version that came late
        newest, record = version["updated_at"], version
        now = STAGES.get(version["status"], "unknown")
        if now != stage:
            stage, since = now, _local(newest) or FAR
    if record is None:
        return None
    withheld = sum((t["value"] for t in record["tributes"] if t["withheld"]), ZERO)
    payable = record["value__net"] - withheld
    document = _Document(
        payable=payable,
        posted=_date(record["entry_date"]) or _date(record["issue_date"]) or FAR,
        stage=stage,
        stage_since=since,
        cancelled_on=_local(record["canceled__at"]),
        paid_on=_local(record["paid_at"]),
        is_open=record["is_open"],
        installments=_parts(record, payable, withheld),
    )
    payments = [
        _Payment(r["value"], _local(r["paid_at"]) or FAR, since if stage == "refunded" else None)
        for r in record["receipts"]
    ]
    return document, payments


def _parts(record: Record, payable: Decimal, withheld: Decimal) -> list[_Installment]:
    parts = record["installments"]
    if not parts:
        return [_Installment(1, payable, _date(record["due_date"]))]
    total = sum((p["value"] for p in parts), ZERO)
    bears = withheld if withheld and total == record["value__net"] else ZERO
    owed, so_far, borne = [], ZERO, ZERO
    for place, p in enumerate(parts, start=1):
        so_far += p["value"]
        ratio = (so_far / total).quantize(RATIO, ROUND_HALF_UP) if total else ZERO
        until_here = bears if place == len(parts) else (bears * ratio).quantize(CENT, ROUND_HALF_UP)
        owed.append(p["value"] - (until_here - borne))
        borne = until_here
    owed[-1] += payable - sum(owed, ZERO)
    return [
        _Installment(
            p["number"],
            amount,
            _date(p["due_date"]),
            p["status"] == "PAID" or p.get("paid_at") is not None,
            _local(p.get("paid_at")),
        )
        for p, amount in zip(parts, owed, strict=True)
    ]


def _invoice(story: Story, known_load: int) -> tuple[_Document, list[_Payment]] | None:
    stage, since, record = "", FAR, None
    open_, open_since = None, FAR
    for _, version in story.records("invoices", known_load):
        if record is not None and version["version"] < record["version"]:
            continue
        record = version
        said_on = _local(version["last_updated_date"]) or FAR
        now = STAGES.get(version["status"], "unknown")
        stage, since = (stage, since) if now == stage else (now, said_on)
        if open_ is None or version["open_amount"] != open_:
            open_, open_since = version["open_amount"], said_on
    if record is None:
        return None
    amount = record["gross_amount"]
    document = _Document(
        payable=amount,
        posted=_date(record["posting_date"]) or FAR,
        stage=stage,
        stage_since=since,
        cancelled_on=None,
        paid_on=None,
        is_open=True,
        installments=_terms(record, amount),
    )
    payments = list(_settlements(story, known_load))
    if open_ is not None and stage not in (*_NOTHING_OWED, "refunded"):
        said_on = _local(record["last_updated_date"]) or FAR
        explained = sum(
            (
                p.amount
                for p in payments
                if p.paid_on <= said_on and (p.returned_on is None or p.returned_on > said_on)
            ),
            ZERO,
        )
        if amount - open_ > explained:
            payments.append(_Payment(amount - open_ - explained, open_since))
    return document, payments


def _terms(record: Record, amount: Decimal) -> list[_Installment]:
    if not record.get("payment_term_reference_id"):
        return [_Installment(1, amount, _date(record["due_date"]))]
    issued = _date(record["issue_date"]) or FAR
    half = (amount / 2).quantize(CENT, ROUND_HALF_UP)
    return [
        _Installment(n + 1, (half, amount - half)[n], issued + timedelta(days=days))
        for n, days in enumerate(TERM_DAYS)
    ]


def _settlements(story: Story, known_load: int) -> Iterator[_Payment]:
    """A payment counts from the day that the bank settled it to the day that it came back, each time."""
    for _, asked in story.records("payment_requests", known_load):
        words = sorted(
            (
                word
                for _, word in story.records("payment_statuses", known_load)
                if word["end_to_end_id"] == asked["end_to_end_id"] and word["status"] in ("ACSC", "RJCT")
            ),
            key=lambda word: word["status_at"],
        )
        standing: _Payment | None = None
        for word in words:
            on = _local(word["status_at"]) or FAR
            if word["status"] == "ACSC" and standing is None:
                standing = _Payment(asked["amount"], on)
            elif word["status"] == "RJCT" and standing is not None:
                yield replace(standing, returned_on=on)
                standing = None
        if standing is not None:
            yield standing


def _ledger(document: _Document, payments: Sequence[_Payment]) -> Iterator[tuple[int, date, Decimal]]:
    """Number of the installment, day, signed amount: whatever makes or settles the debt."""
    paid: dict[int, Decimal] = {}
    for installment in document.installments:
        yield installment.number, document.posted, installment.payable
    for installment, payment, amount in _applied(document, payments):
        yield installment.number, payment.paid_on, -amount
        if payment.returned_on is not None:
            yield installment.number, payment.returned_on, amount
        else:
            paid[installment.number] = paid.get(installment.number, ZERO) + amount
    for installment in document.installments:
        number = installment.number
        lacking = installment.payable - paid.get(number, ZERO)
        if document.stage != "refunded" and (document.stage == "paid" or installment.is_paid) and lacking > 0:
            yield number, installment.paid_on or document.paid_on or document.stage_since, -lacking
            paid[number] = paid.get(number, ZERO) + lacking
    if document.stage in _NOTHING_OWED or (document.stage == "refunded" and not document.is_open):
        on = max(document.cancelled_on or document.stage_since, document.posted)
        for installment in document.installments:
            yield installment.number, on, paid.get(installment.number, ZERO) - installment.payable


def _applied(
    document: _Document, payments: Sequence[_Payment]
) -> Iterator[tuple[_Installment, _Payment, Decimal]]:
    if len(document.installments) == 1:
        yield from ((document.installments[0], payment, payment.amount) for payment in payments)
        return
    queue = sorted(document.installments, key=lambda i: (not i.is_paid, i.paid_on or i.due or FAR, i.number))
    room = {installment.number: max(installment.payable, ZERO) for installment in queue}
    standing = sorted((p for p in payments if p.returned_on is None), key=lambda p: p.paid_on)
    matched: set[int] = set()
    left = []
    for payment in standing:
        exact = next((i for i in queue if i.payable == payment.amount and i.number not in matched), None)
        if exact is None:
            left.append(payment)
        else:
            matched.add(exact.number)
            yield exact, payment, payment.amount
    yield from _first_in_first_out(queue, room | dict.fromkeys(matched, ZERO), left)
    for payment in payments:
        if payment.returned_on is not None:  # it took no place in the queue
            yield from _first_in_first_out(queue, dict(room), [payment])


def _first_in_first_out(
    queue: Sequence[_Installment], room: dict[int, Decimal], payments: Sequence[_Payment]
) -> Iterator[tuple[_Installment, _Payment, Decimal]]:
    for payment in payments:
        rest = payment.amount
        for installment in queue:
            amount = rest if installment is queue[-1] else min(rest, room[installment.number])
            if amount > 0:
                room[installment.number] -= amount
                rest -= amount
                yield installment, payment, amount
