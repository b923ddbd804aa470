"""Payment requests, what the bank said about each, and what that makes of the invoices they pay."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from ..core.world import World
from .invoices import Bill
from .masterdata import Account, MasterData, Supplier
from .values import Object, at, audit, cents, next_business_day, revised, stamp

Outcome = Literal["settled", "rejected", "returned"]

SETTLED_HOUR = 16
RETRY_AFTER = timedelta(days=2)
RETURNED_AFTER = timedelta(days=3)
REASONS = {
    "AC04": "Conta encerrada",
    "AM04": 'Saldo insuficiente, "tente amanhã"',
    "BE01": "Titular divergente",
}
PAID_BATCHED = "BOLETO"
"""Payments of this method are made every other Thursday, and leave an account as one entry."""

BATCH_DAYS, BATCH_DAY = 14, 4
UNKNOWN_STATUS = "XPRC"
"""In no published list; the bank sends it for some payments."""

_OUTCOMES: tuple[Outcome, ...] = ("settled",) * 5 + ("rejected",) + ("settled",) * 5 + ("returned",)
"""What becomes of payments, in turn: by number and not by chance, so that the smallest world has them all."""

_UNKNOWN_STATUS_EVERY = 13
_PARTS_EVERY = 8
_FORGOTTEN_EVERY = 10


@dataclass(frozen=True)
class Payment:
    """A payment request and its fate. The days are None when they have not come yet."""

    number: int
    request: Object
    account: Account
    supplier: Supplier
    statuses: list[Object]
    booked_on: date | None = None
    returned_on: date | None = None


@dataclass
class Payments:
    """All payments, and the versions that they added to the invoices, oldest first."""

    payments: list[Payment] = field(default_factory=list)
    revisions: list[Object] = field(default_factory=list)


@dataclass(frozen=True)
class _Order:
    """What is to be paid: to whom, from which account, on which day, and for which invoices."""

    supplier: Supplier
    account: Account
    day: date
    parts: list[tuple[Object, Decimal]]
    outcome: Outcome | None = None


class _Desk:
    """Pays bills in the order in which they fall due, up to a few days from now."""

    def __init__(self, world: World, master: MasterData) -> None:
        self.rng: random.Random = world.random("tereina payments")
        self.now = world.started_at
        self.master = master
        self.result = Payments()
        self.current: dict[str, Object] = {}

    def pay(self, order: _Order) -> None:
        """Make the request, its statuses and new versions of the invoices; once more after a rejection."""
        outcome = order.outcome or _OUTCOMES[len(self.result.payments) % len(_OUTCOMES)]
        number = len(self.result.payments) + 1
        request = self._request(order, number)
        statuses = self._statuses(request, order.day, outcome)
        seen = {item["status"] for item in statuses}
        booked = order.day if "ACSC" in seen else None
        returned = order.day + RETURNED_AFTER if outcome == "returned" and booked else None
        if returned and at(returned, SETTLED_HOUR) > self.now:
            returned = None
        self.result.payments.append(
            Payment(number, request, order.account, order.supplier, statuses, booked, returned)
        )
        if booked:
            self._apply(order.parts, -1, at(booked, SETTLED_HOUR))
        if returned:
            self._apply(order.parts, 1, at(returned, SETTLED_HOUR))
        retry = next_business_day(order.day + RETRY_AFTER)
        if "RJCT" in seen and not booked and at(retry) <= self.now:
            self.pay(_Order(order.supplier, order.account, retry, order.parts))

    def _apply(self, parts: Iterable[tuple[Object, Decimal]], sign: int, when: datetime) -> None:
        for invoice, amount in parts:
            reference = invoice.get("referenceId")
            if reference is None:
                continue
            known = self.current.get(reference, invoice)
            left = known["openAmount"] + sign * amount
            status = "PAID" if left == 0 else "OPEN" if left == known["grossAmount"] else "PARTIALLY_PAID"
            self.current[reference] = revised(known, when, openAmount=left, status=status)
            self.result.revisions.append(self.current[reference])

    def _request(self, order: _Order, number: int) -> Object:
        supplier, pix = order.supplier, order.supplier.method == "PIX"
        remittances = [
            {"invoiceReferenceId": item.get("referenceId"), "amount": amount, "text": item.get("text")}
            for item, amount in order.parts
        ]
        return {
            "referenceId": f"PR-{number:06d}",
            **audit(self.rng, at(order.day - timedelta(days=2), 14)),
            "companyCodeReferenceId": order.account.company_code,
            "executionDate": order.day.isoformat(),
            "currency": order.account.currency,
            "amount": sum((amount for _, amount in order.parts), Decimal("0.00")),
            "method": supplier.method,
            "debtorAccount": {"iban": order.account.iban, "bic": order.account.bic},
            "creditor": {"referenceId": supplier.reference_id, "name": supplier.party.name},
            "creditorAccount": {
                "iban": None if pix else supplier.iban,
                "accountNumber": supplier.account_number,
                "bic": supplier.bic,
                "pixKey": supplier.party.tax_id if pix else None,
            },
            "remittances": remittances,
            "endToEndId": self._end_to_end(number, order.day, pix),
        }

    def _end_to_end(self, number: int, day: date, pix: bool) -> str:
        """Return an id of 32 characters that starts with E for PIX, and a short one otherwise."""
        return f"E99999001{day:%Y%m%d}0900{number:011d}" if pix else f"E2E-{number:06d}"

    def _statuses(self, request: Object, day: date, outcome: Outcome) -> list[Object]:
        """Return what the bank has said by now. Every status of a payment has the same reference."""
        steps: list[tuple[str, datetime, str | None]] = [("ACCP", at(day - timedelta(days=1), 18), None)]
        if outcome == "rejected":
            steps.append(("RJCT", at(day, 10, 5), self.rng.choice(list(REASONS))))
        else:
            steps += [("PDNG", at(day, 8), None), ("ACSP", at(day, 10), None)]
            if len(self.result.payments) % _UNKNOWN_STATUS_EVERY == 0:
                steps.append((UNKNOWN_STATUS, at(day, 11), None))
            steps.append(("ACSC", at(day, SETTLED_HOUR), None))
        if outcome == "returned":
            steps.append(("RJCT", at(day + RETURNED_AFTER, SETTLED_HOUR), "AC04"))
        return [self._status(request, code, when, reason) for code, when, reason in steps if when <= self.now]

    def _status(self, request: Object, code: str, when: datetime, reason: str | None) -> Object:
        return {
            "referenceId": f"PS-{request['referenceId']}",
            "paymentRequestReferenceId": request["referenceId"],
            "endToEndId": request["endToEndId"],
            "status": code,
            "reasonCode": reason,
            "reasonText": REASONS[reason] if reason else None,
            "statusAt": stamp(when),
            "amount": request["amount"],
            "currency": request["currency"],
        }


def make_payments(world: World, master: MasterData, bills: list[Bill]) -> Payments:
    """Pay what has fallen due: several invoices at once, in parts, twice after a rejection, or never."""
    desk = _Desk(world, master)
    horizon = world.started_at.date() + timedelta(days=3)
    for order in sorted(_orders(master, bills), key=lambda order: order.day):
        if order.day <= horizon:
            desk.pay(order)
    return desk.result


def _orders(master: MasterData, bills: list[Bill]) -> Iterator[_Order]:
    groups: dict[tuple[str, str, str, int, int], list[Bill]] = {}
    for number, bill in enumerate(bills):
        invoice = bill.invoice
        forgotten = number % _FORGOTTEN_EVERY == 0
        if invoice["status"] == "OPEN" and not invoice["paymentBlock"] and not forgotten:
            key = (invoice["supplierReferenceId"], invoice["companyCodeReferenceId"], invoice["currency"])
            year, week, _ = bill.pay_on.isocalendar()
            groups.setdefault((*key, year, week), []).append(bill)
    for number, ((_, code, currency, _, _), group) in enumerate(groups.items()):
        account = master.account(code, currency)
        day = next_business_day(max(bill.pay_on for bill in group))
        if group[0].supplier.method == PAID_BATCHED:
            day += timedelta(days=(BATCH_DAY - day.toordinal()) % BATCH_DAYS)
        yield from _split(group, account, day, in_parts=number % _PARTS_EVERY == 0)
    yield from _unmatched(master, bills)


def _split(group: list[Bill], account: Account, day: date, *, in_parts: bool) -> Iterator[_Order]:
    """Pay a group at once, or the first invoice of it in two parts, a week apart; of some only one part."""
    supplier = group[0].supplier
    parts = [(bill.invoice, bill.invoice["grossAmount"]) for bill in group]
    if not in_parts:
        yield _Order(supplier, account, day, parts)
        return
    invoice, gross = parts[0]
    half = cents(gross / 2)
    yield _Order(supplier, account, day, [(invoice, half), *parts[1:]])
    if len(parts) == 1:
        later = next_business_day(day + timedelta(days=7))
        yield _Order(supplier, account, later, [(invoice, gross - half)])


def _unmatched(master: MasterData, bills: list[Bill]) -> Iterator[_Order]:
    """Pay in advance, for no invoice that anybody knows."""
    supplier = master.suppliers[1]
    advance = {"text": "Adiantamento pedido 4711"}
    day = next_business_day(min(bill.pay_on for bill in bills))
    yield _Order(supplier, master.accounts[0], day, [(advance, Decimal("1500.00"))], "settled")
