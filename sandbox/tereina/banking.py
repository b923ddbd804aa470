"""Bank statements: weekly and consecutive; opening + credits - debits = closing."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ..core.world import World
from .masterdata import Account, MasterData
from .payments import PAID_BATCHED, Payment
from .values import Object, at, audit, cents, next_business_day

FEE = Decimal("12.90")
BANK_FEE_ON_TRANSFER = Decimal("0.50")
FEE_KEPT_EVERY, ID_LOST_EVERY = 17, 11
"""How often a bank keeps its fee of a payment, and how often it loses the end-to-end id."""

NAMELESS_EVERY, LATE_EVERY, SPLIT_EVERY, LEFT_OUT_EVERY = 13, 7, 19, 23
"""How often it names nothing but the other party, books a day late, books in two parts, and not at all."""

ENERGY, WRONG = Decimal("843.17"), Decimal("77.70")
DIRECT_DEBIT_WEEKS, WRONG_BOOKING_WEEKS = 4, 6
"""Every so many weeks a direct debit that nobody ordered, and a booking by mistake that is reversed the day after."""

FIRST_STATEMENT_NUMBER = 31

TRANSFER, RETURN, CHARGE, RECEIPT = "PMNT-ICDT-ESCT", "PMNT-IRCT-RRTN", "ACMT-MDOP-CHRG", "PMNT-RCDT-ESCT"
DIRECT_DEBIT = "PMNT-RDDT-PMDD"


@dataclass(frozen=True)
class Booking:
    """A movement on an account; `end_to_end_ids` has several when one entry pays many."""

    day: date
    amount: Decimal
    credit: bool
    code: str
    text: str | None
    end_to_end_ids: tuple[str, ...] = ()
    name: str | None = None
    iban: str | None = None
    reversal: bool = False

    def signed(self) -> Decimal:
        return self.amount if self.credit else -self.amount


def make_statements(world: World, master: MasterData, payments: Iterable[Payment]) -> list[Object]:
    """Return the statements of every account up to yesterday, account by account, oldest first."""
    rng = world.random("tereina banking")
    by_account: dict[str, list[Booking]] = defaultdict(list)
    for account in master.accounts:
        own = [payment for payment in payments if payment.account == account]
        by_account[account.iban] = _payment_bookings(own)
    statements: list[Object] = []
    for account in master.accounts:
        statements += _account_statements(rng, world, account, by_account[account.iban])
    return statements


def _payment_bookings(payments: list[Payment]) -> list[Booking]:
    bookings, batched = [], defaultdict(list)
    for payment in payments:
        if payment.booked_on and payment.supplier.method == PAID_BATCHED:
            batched[payment.booked_on].append(payment)
        elif payment.booked_on and payment.number % LEFT_OUT_EVERY != 8:
            bookings += _debits(payment, payment.booked_on)
        if payment.returned_on:
            bookings.append(_return(payment, payment.returned_on))
    for day, group in batched.items():
        bookings += _debits(group[0], day) if len(group) == 1 else [_batch_debit(group, day)]
    return bookings


def _debits(payment: Payment, day: date) -> list[Booking]:
    """Return the entry of one payment, or two: some banks keep a fee of it, lose its id, or book it a day late."""
    number, amount = payment.number, payment.request["amount"]
    if number % FEE_KEPT_EVERY == 1:
        amount += BANK_FEE_ON_TRANSFER
    if number % LATE_EVERY == 4:
        day = next_business_day(day + timedelta(days=1))
    nameless = number % NAMELESS_EVERY == 10
    text = None if nameless else f"PGTO {payment.request['referenceId']}"
    ids = () if nameless or number % ID_LOST_EVERY == 2 else (payment.request["endToEndId"],)
    name, account = payment.supplier.party.name, payment.request["creditorAccount"]["iban"]
    first = cents(amount / 3) if number % SPLIT_EVERY == 3 else amount
    parts = [part for part in (first, amount - first) if part]
    return [Booking(day, part, False, TRANSFER, text, ids, name, account) for part in parts]


def _batch_debit(group: list[Payment], day: date) -> Booking:
    ids = tuple(payment.request["endToEndId"] for payment in group)
    amount = sum((payment.request["amount"] for payment in group), Decimal("0.00"))
    return Booking(day, amount, False, TRANSFER, f"LOTE {len(group)} BOLETOS", ids)


def _return(payment: Payment, day: date) -> Booking:
    request = payment.request
    ids = (request["endToEndId"],)
    name = payment.supplier.party.name
    return Booking(day, request["amount"], True, RETURN, "DEVOLUÇÃO: conta encerrada", ids, name)


def _account_statements(
    rng: random.Random, world: World, account: Account, bookings: list[Booking]
) -> list[Object]:
    by_week: dict[int, list[Booking]] = defaultdict(list)
    start, end = world.start.date(), world.started_at.date()
    for booking in bookings:
        if start <= booking.day < end:
            by_week[(booking.day - start).days // 7].append(booking)
    balance, statements = account.opening, []
    for week in range((end - start).days // 7):
        first = start + timedelta(days=7 * week)
        entries = by_week[week] + _other_bookings(rng, first, by_week[week]) + _surprises(week, first)
        entries.sort(key=lambda booking: (booking.day, booking.signed()))
        statement = _statement(rng, account, week, first, balance, entries)
        balance = statement["closingBalance"]
        statements.append(statement)
    return statements


def _other_bookings(rng: random.Random, first: date, paid: list[Booking]) -> list[Booking]:
    """Return a fee and what customers paid: sometimes less than went out, so accounts get overdrawn."""
    out = -sum((booking.signed() for booking in paid), Decimal("0.00"))
    received = cents(max(out, Decimal(0)) * Decimal(rng.randrange(80, 125)) / 100)
    bookings = [Booking(first + timedelta(days=4), FEE, False, CHARGE, "TARIFA MENSAL; conta nº 1")]
    if received:
        day = first + timedelta(days=rng.randrange(7))
        bookings.append(
            Booking(day, received, True, RECEIPT, "RECEBIMENTO & COBRANÇA", (), "Cliente Fictício")
        )
    return bookings


def _surprises(week: int, first: date) -> list[Booking]:
    """Return what no payment request explains: a direct debit, and a mistake with its reversal."""
    bookings = []
    if week % DIRECT_DEBIT_WEEKS == 1:
        text = "DÉBITO AUTOMÁTICO ENERGIA"
        bookings.append(
            Booking(first + timedelta(days=3), ENERGY, False, DIRECT_DEBIT, text, (), "Luz Inventada SA")
        )
    if week % WRONG_BOOKING_WEEKS == 2:
        wrong, right = first + timedelta(days=3), first + timedelta(days=4)
        bookings.append(Booking(wrong, WRONG, False, TRANSFER, "LANÇAMENTO INDEVIDO"))
        bookings.append(
            Booking(right, WRONG, True, TRANSFER, "ESTORNO DE LANÇAMENTO INDEVIDO", reversal=True)
        )
    return bookings


def _statement(
    rng: random.Random,
    account: Account,
    week: int,
    first: date,
    opening: Decimal,
    bookings: list[Booking],
) -> Object:
    number = FIRST_STATEMENT_NUMBER + week
    reference = f"STM-{account.iban[-12:]}-{number:04d}"
    last = first + timedelta(days=6)
    return {
        "referenceId": reference,
        **audit(rng, at(last + timedelta(days=1), 5)),
        "accountIban": account.iban,
        "currency": account.currency,
        "statementNumber": number,
        "fromDate": first.isoformat(),
        "toDate": last.isoformat(),
        "openingBalance": opening,
        "closingBalance": opening + sum((booking.signed() for booking in bookings), Decimal("0.00")),
        "entries": [_entry(booking, f"{number:04d}{n:05d}") for n, booking in enumerate(bookings, start=1)],
    }


def _entry(booking: Booking, reference: str) -> Object:
    single = booking.end_to_end_ids[0] if len(booking.end_to_end_ids) == 1 else None
    return {
        "entryReference": reference,
        "bookingDate": booking.day.isoformat(),
        "valueDate": booking.day.isoformat(),
        "amount": booking.amount,
        "creditDebit": "CRDT" if booking.credit else "DBIT",
        "status": "BOOK",
        "endToEndId": single,
        "counterpartyName": booking.name,
        "counterpartyIban": booking.iban,
        "remittanceText": booking.text,
        "bankTransactionCode": booking.code,
        "_parts": booking.end_to_end_ids,
        "_reversal": booking.reversal,
    }
