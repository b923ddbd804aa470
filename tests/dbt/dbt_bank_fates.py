"""Payments and bank lines whose end is known beforehand: each payment has a fate, and so has each line.

Amounts are so far apart that nothing is alike by chance; what is alike is so on purpose.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dbt_demo_tereina import master_data

AS_OF = date(2026, 6, 30)
LOADED = "2026-07-05 06:00"
ACCOUNTS = {
    "BR0012345678000010000000001C1": "BRL",
    "BR0012345678000010000000002C1": "BRL",
    "NL00TEST01": "EUR",
}
PERIODS = ((date(2026, 6, 1), AS_OF), (date(2026, 7, 1), date(2026, 7, 4)))
NAME, AS_THE_BANK_WRITES_IT = "Química São José Ltda.", "QUIMICA SAO JOSE LTDA"
ZERO, FEE = Decimal(0), Decimal("0.50")

Record = dict[str, Any]
Row = tuple[str | None, str | None, str, str, Decimal, Decimal, Decimal]
"""Payment, line, state, reason, debited, credited, paid."""


@dataclass
class Fates:
    """Adds payments and lines, and beside them the rows that the reconciliation must give of them."""

    rng: random.Random
    requests: list[Record] = field(default_factory=list)
    statuses: list[Record] = field(default_factory=list)
    lines: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    expected: Counter[Row] = field(default_factory=Counter)
    place: int = 0

    def amount(self) -> Decimal:
        """One that is at least seven units from any other, and from their halves and doubles most of the time."""
        self.place += 1
        return Decimal(1_000_000 + 1_301 * self.place + self.rng.randrange(300)) / 100

    def day(self) -> date:
        return date(2026, 6, 2) + timedelta(days=self.rng.randrange(18))

    def payment(self, amount: Decimal, day: date, *codes: str, **fields: Any) -> Record:
        id_ = f"PR-{len(self.requests):06d}"
        account = fields.pop("account", None) or self.rng.choice(list(ACCOUNTS))
        request = {
            "reference_id": id_,
            "company_code_reference_id": "CC-1",
            "creditor__reference_id": "S-BETA",
            "creditor__name": NAME,
            "debtor_account__iban": account,
            "end_to_end_id": f"E2E-{id_}",
            "execution_date": str(day),
            "currency": ACCOUNTS[account],
            "amount": amount,
            "method": "PIX",
            "version": 1,
            "created_date": f"{day} 09:00:00+00",
            "last_updated_date": f"{day} 09:00:00+00",
            **fields,
        }
        self.requests.append(request)
        for later, code in enumerate(codes):
            self.statuses.append(
                {
                    "reference_id": f"PS-{id_}",
                    "payment_request_reference_id": id_,
                    "end_to_end_id": request["end_to_end_id"],
                    "status": code,
                    "status_at": f"{day + timedelta(days=2 * later)} 15:00:00+00",
                    "amount": amount,
                    "currency": request["currency"],
                }
            )
        return request

    def line(self, account: str, day: date, amount: Decimal, **fields: Any) -> str:
        reference = f"L-{sum(map(len, self.lines.values())):06d}"
        self.lines[account].append(
            {
                "entry_reference": reference,
                "booking_date": str(day),
                "amount": amount,
                "credit_debit": "DBIT",
                "status": "BOOK",
                "bank_transaction_code": "PMNT-ICDT-ESCT",
                **fields,
            }
        )
        return reference

    def expect(
        self,
        request: Record | None,
        line: str | None,
        state: str,
        reason: str,
        debit: Decimal = ZERO,
        credit: Decimal = ZERO,
        paid: Decimal = ZERO,
    ) -> None:
        self.expected[request and request["reference_id"], line, state, reason, debit, credit, paid] += 1

    def records(self) -> dict[str, list[Record]]:
        """Everything as the raw tables have it, lines in no order."""
        statements: list[Record] = []
        details: list[Record] = []
        for account, lines in self.lines.items():
            balance = Decimal("-17.03")
            for number, (first, last) in enumerate(PERIODS):
                entries = [line for line in lines if str(first) <= line["booking_date"] <= str(last)]
                self.rng.shuffle(entries)
                statement = f"STM-{account}-{number}"
                details += [
                    {"bank_statement_reference_id": statement, "entry_position": n, "position": m, **detail}
                    for n, entry in enumerate(entries)
                    for m, detail in enumerate(entry.pop("transactions", []))
                ]
                moved = sum(
                    (e["amount"] if e["credit_debit"] == "CRDT" else -e["amount"] for e in entries), ZERO
                )
                statements.append(
                    {
                        "reference_id": statement,
                        "account_iban": account,
                        "currency": ACCOUNTS[account],
                        "from_date": str(first),
                        "to_date": str(last),
                        "opening_balance": balance,
                        "closing_balance": balance + moved,
                        "version": 1,
                        "entries": entries,
                    }
                )
                balance += moved
        return {
            **master_data(),
            "payment_requests": self.requests,
            "payment_statuses": self.statuses,
            "bank_statements": statements,
            "bank_statements__entries__transactions": details,
        }


def _settled(fates: Fates, **fields: Any) -> tuple[Record, date, Decimal, str]:
    day, amount = fates.day(), fates.amount()
    request = fates.payment(amount, day, "ACSC", **fields)
    return request, day, amount, request["debtor_account__iban"]


def by_id(fates: Fates) -> None:
    request, day, amount, account = _settled(fates)
    line = fates.line(account, day + timedelta(days=9), amount, end_to_end_id=request["end_to_end_id"])
    fates.expect(request, line, "matched", "same_amount", amount, paid=amount)


def by_text(fates: Fates) -> None:
    request, day, amount, account = _settled(fates)
    line = fates.line(account, day, amount, remittance_text=f"Pagto: {request['reference_id']}/06")
    fates.expect(request, line, "matched", "same_amount", amount, paid=amount)


def by_party(fates: Fates) -> None:
    request, day, amount, account = _settled(fates)
    later = day + timedelta(days=fates.rng.randrange(6))
    line = fates.line(
        account, later, amount, counterparty_name=AS_THE_BANK_WRITES_IT, end_to_end_id="NOTPROVIDED"
    )
    fates.expect(request, line, "matched", "same_amount", amount, paid=amount)


def by_account(fates: Fates) -> None:
    request, day, amount, account = _settled(fates)
    line = fates.line(account, day - timedelta(days=1), amount)
    fates.expect(request, line, "matched", "same_amount", amount, paid=amount)


def fee_kept(fates: Fates) -> None:
    request, day, amount, account = _settled(fates)
    line = fates.line(account, day, amount + FEE, counterparty_name=AS_THE_BANK_WRITES_IT)
    fates.expect(request, line, "matched_with_difference", "other_amount", amount + FEE, paid=amount)


def other_amount(fates: Fates) -> None:
    request, day, amount, account = _settled(fates)
    line = fates.line(account, day, amount * 3, end_to_end_id=request["end_to_end_id"])
    fates.expect(request, line, "matched_with_difference", "other_amount", amount * 3, paid=amount)


def in_parts(fates: Fates) -> None:
    request, day, amount, account = _settled(fates)
    for part in (amount - 4000, Decimal(4000)):
        line = fates.line(account, day, part, end_to_end_id=request["end_to_end_id"])
        fates.expect(request, line, "matched", "same_amount", part, paid=part)


def twice(fates: Fates) -> None:
    request, day, amount, account = _settled(fates)
    first, second = (
        fates.line(account, day + timedelta(days=n), amount, end_to_end_id=request["end_to_end_id"])
        for n in range(2)
    )
    fates.expect(request, first, "matched", "same_amount", amount, paid=amount)
    fates.expect(None, second, "missing_in_erp", "no_payment", amount)


def left_out(fates: Fates) -> None:
    request, _, amount, _ = _settled(fates)
    fates.expect(request, None, "missing_in_bank", "not_on_statement", paid=amount)


def wrong_currency(fates: Fates) -> None:
    request, day, amount, account = _settled(fates)
    line = fates.line(account, day, amount, end_to_end_id=request["end_to_end_id"], currency="GBP")
    fates.expect(request, None, "missing_in_bank", "not_on_statement", paid=amount)
    fates.expect(None, line, "missing_in_erp", "no_payment", amount)


def returned(fates: Fates) -> None:
    """With the status or without, by id or by name; less what the bank kept."""
    day, amount = fates.day(), fates.amount()
    codes = ("ACSC", "RJCT") if fates.rng.random() < 0.5 else ("ACSC",)
    request = fates.payment(amount, day, *codes)
    account = request["debtor_account__iban"]
    line = fates.line(account, day, amount, end_to_end_id=request["end_to_end_id"])
    kept = fates.rng.choice((ZERO, Decimal(900)))
    back = fates.line(
        account,
        day + timedelta(days=4),
        amount - kept,
        credit_debit="CRDT",
        bank_transaction_code="PMNT-IRCT-RRTN",
        end_to_end_id=request["end_to_end_id"],
    )
    fates.expect(request, line, "returned", "given_back", amount, paid=amount)
    fates.expect(request, back, "returned", "gives_back", credit=amount - kept)


def rejected(fates: Fates) -> None:
    fates.payment(fates.amount(), fates.day(), "RJCT")


def rejected_but_debited(fates: Fates) -> None:
    day, amount = fates.day(), fates.amount()
    request = fates.payment(amount, day, "RJCT")
    line = fates.line(request["debtor_account__iban"], day, amount, end_to_end_id=request["end_to_end_id"])
    fates.expect(request, line, "missing_in_erp", "failed_in_erp", amount)


def debited_before_the_status(fates: Fates) -> None:
    day, amount = fates.day(), fates.amount()
    request = fates.payment(amount, day, "ACSP")
    line = fates.line(request["debtor_account__iban"], day, amount, counterparty_name=AS_THE_BANK_WRITES_IT)
    fates.expect(request, line, "timing", "not_settled_yet", amount)


def at_month_end(fates: Fates) -> None:
    amount = fates.amount()
    request = fates.payment(amount, AS_OF, "ACSC")
    if fates.rng.random() < 0.5:
        fates.expect(request, None, "timing", "no_statement_yet", paid=amount)
        return
    day = date(2026, 7, 2)
    line = fates.line(request["debtor_account__iban"], day, amount, end_to_end_id=request["end_to_end_id"])
    fates.expect(request, line, "timing", "booked_later", paid=amount)


def batch(fates: Fates) -> None:
    """One line for several payments, which the bank names, with amounts or without, or does not name at all."""
    day, account = date(2026, 6, 2) + timedelta(days=fates.place % 18), fates.rng.choice(list(ACCOUNTS))
    method = f"BOLETO-{fates.place}"
    requests = [
        fates.payment(fates.amount(), day, "ACSC", account=account, method=method)
        for _ in range(fates.rng.randrange(2, 7))
    ]
    total = sum((request["amount"] for request in requests), ZERO)
    kind = fates.rng.choice(("named", "with amounts", "nameless"))
    details = [
        {
            "end_to_end_id": request["end_to_end_id"],
            "amount": request["amount"] if kind == "with amounts" else None,
        }
        for request in requests
    ]
    line = fates.line(account, day, total, transactions=[] if kind == "nameless" else details)
    for request in requests:
        fates.expect(request, line, "matched", "same_amount", request["amount"], paid=request["amount"])


def of_the_bank(fates: Fates) -> None:
    """A fee, a debit that nobody ordered, a mistake and its reversal, and a customer's money."""
    account, day, amount = fates.rng.choice(list(ACCOUNTS)), fates.day(), fates.amount()
    fee = fates.line(account, day, Decimal("12.90"), bank_transaction_code="ACMT-MDOP-CHRG")
    fates.expect(None, fee, "fee", "bank_charge", Decimal("12.90"))
    debit = fates.line(account, day, amount + 5, bank_transaction_code="PMNT-RDDT-PMDD")
    fates.expect(None, debit, "missing_in_erp", "no_payment", amount + 5)
    wrong = fates.line(account, day, amount + 2, remittance_text="Lançamento indevido")
    right = fates.line(account, day, amount + 2, credit_debit="CRDT", reversal=True)
    fates.expect(None, wrong, "returned", "given_back", amount + 2)
    fates.expect(None, right, "returned", "gives_back", credit=amount + 2)
    fates.line(account, day, amount, credit_debit="CRDT", bank_transaction_code="PMNT-RCDT-ESCT")


FATES: tuple[Callable[[Fates], None], ...] = (
    by_id, by_text, by_party, by_account, fee_kept, other_amount, in_parts, twice, left_out, wrong_currency, returned,
    rejected, rejected_but_debited, debited_before_the_status, at_month_end, batch, of_the_bank,
)  # fmt: skip


def make(seed: int, rounds: int) -> Fates:
    """Every fate so many times, in no order."""
    fates = Fates(random.Random(seed))
    chosen = [fate for fate in FATES for _ in range(rounds)]
    fates.rng.shuffle(chosen)
    for fate in chosen:
        fate(fates)
    return fates
