"""The tenant: its invoices and payments, how they change, and what a test may change from outside."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ..core.world import World
from .catalog import Catalog, build_catalog
from .credits import CREDIT_SIGNS, creditable, make_credit
from .invoices import GRACE_PERIOD, Terms, broken, due_for_final, finalize, make_invoice
from .payments import SETTLED_RESULT, make_payment, make_schedule, payment_story, settle
from .values import Record, parse_stamp, quantity_of, stamp

INVOICES_DEFAULT = 150
"""At the default scale of 2,000."""

INVOICES_LEAST = 60
RUN_SIZE = 6
"""Invoices of one billing run. They share `created_at`, so pages are cut inside a tie."""

FIRST_DRAFT_AGE = timedelta(hours=6)
"""The open drafts of a new sandbox are at most this old: none becomes final by itself during a short test."""


class Tenant:
    """Everything that the API can show, by id, in the order of creation."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng: random.Random = world.random("solvimon")
        self.catalog: Catalog = build_catalog(self.rng, world.started_at, world.scale)
        self.invoices: dict[str, Record] = {}
        self.payments: dict[str, Record] = {}
        self._payments_by_invoice: defaultdict[str, list[Record]] = defaultdict(list)
        self.schedules: dict[str, Record] = {}
        self.payment_requests: dict[str, Record] = {}
        self._numbers = 0
        self._populate(max(INVOICES_LEAST, INVOICES_DEFAULT * world.scale // 2_000))

    # What happens by itself

    def tick(self) -> None:
        """Make final the drafts whose grace period has passed since the last look."""
        now = self.world.clock.now()
        for invoice in self.invoices.values():
            if due_for_final(invoice, now):
                self._finalize(invoice, parse_stamp(invoice["created_at"]) + GRACE_PERIOD)

    def payments_of(self, invoice_id: str) -> list[Record]:
        """Return the payments of one invoice, oldest first."""
        return self._payments_by_invoice[invoice_id]

    # What a test makes happen

    def actions(self) -> dict[str, Callable[..., Any]]:
        """Return the changes that the control endpoint offers."""
        return {
            "finalize_invoices": self.finalize_invoices,
            "pay_invoices": self.pay_invoices,
            "add_invoices": self.add_invoices,
            "withdraw_invoices": self.withdraw_invoices,
            "restate": self.restate,
        }

    def finalize_invoices(self, count: int = 1) -> list[str]:
        """Make the oldest drafts final now, those on hold too; returns their ids."""
        drafts = [item for item in self.invoices.values() if item["status"] == "DRAFT"][:count]
        for invoice in drafts:
            self._finalize(invoice, self.world.clock.now())
        return [invoice["id"] for invoice in drafts]

    def pay_invoices(self, count: int = 1) -> list[str]:
        """Pay the rest of the oldest open final invoices; returns their ids."""
        open_ = [item for item in self.invoices.values() if item["status"] == "FINAL" and not item["paid"]]
        for invoice in open_[:count]:
            rest = quantity_of(invoice["open_invoice_amount"])
            self._pay(invoice, make_payment(self.rng, invoice, rest, SETTLED_RESULT, self.world.clock.now()))
        return [invoice["id"] for invoice in open_[:count]]

    def add_invoices(self, count: int = 1, final: bool = False) -> list[str]:
        """Run billing now for some customers; returns the new ids. All share one `created_at`."""
        now = self.world.clock.now().replace(microsecond=0)
        created = [self._bill(now) for _ in range(count)]
        if final:
            for invoice in created:
                self._finalize(invoice, now)
        return [invoice["id"] for invoice in created]

    def withdraw_invoices(self, count: int = 1) -> list[str]:
        """Cancel the newest final invoices: they leave every report of their window; returns their ids."""
        finals = [item for item in self.invoices.values() if item["status"] == "FINAL"][-count:]
        for invoice in finals:
            invoice.update(status="CANCELLED", updated_at=stamp(self.world.clock.now()))
        return [invoice["id"] for invoice in finals]

    def restate(self, count: int = 1) -> list[str]:
        """Correct the legal name of customers with final invoices: reports say so for the past too.

        Returns the ids of the customers.
        """
        billed = {item["customer_id"] for item in self.invoices.values() if item["status"] == "FINAL"}
        companies = [
            item for item in self.catalog.customers if item["id"] in billed and "organization" in item
        ]
        for customer in companies[:count]:
            customer["organization"]["legal_name"] += " (corrected)"
        return [customer["id"] for customer in companies[:count]]

    # How the first data are made

    def _populate(self, count: int) -> None:
        runs = max(1, count // RUN_SIZE)
        start, end = self.world.start, self.world.started_at - FIRST_DRAFT_AGE
        for run in range(runs):
            at = (start + (end - start) * run / max(1, runs - 1)).replace(microsecond=0)
            for _ in range(RUN_SIZE):
                invoice = self._bill(at)
                if self.world.started_at - at > GRACE_PERIOD and not invoice["on_hold"]:
                    self._live(invoice, at + GRACE_PERIOD)
        self._credit_some()
        self._odd_ones()
        original = next(iter(self.invoices.values()))
        for number in range(self.world.options.get("solvimon", {}).get("bad_records", 0)):
            bad = broken(original, number)
            self.invoices[bad["id"]] = bad

    def _bill(self, at: datetime) -> Record:
        customer = self.rng.choice(self.catalog.customers)
        type_ = "ONE_OFF" if self.rng.random() < 0.15 else "STANDARD"
        on_hold = self.rng.random() < 0.03
        invoice = make_invoice(self.rng, self.catalog, Terms(customer, at, type_, on_hold))
        self.invoices[invoice["id"]] = invoice
        return invoice

    def _live(self, invoice: Record, final_at: datetime) -> None:
        """Let an invoice of the past become final and be paid as it may have been by now."""
        self._finalize(invoice, final_at)
        for payment in payment_story(self.rng, invoice, final_at, self._numbers, self.world.started_at):
            self._pay(invoice, payment)
        if self.rng.random() < 0.08 and quantity_of(invoice["invoice_amount_including_tax"]) > 0:
            schedule, requests = make_schedule(self.rng, invoice, final_at)
            self.schedules[schedule["id"]] = schedule
            self.payment_requests.update({item["id"]: item for item in requests})

    def _finalize(self, invoice: Record, at: datetime) -> None:
        self._numbers += 1
        finalize(invoice, f"INV-{at.year}-{self._numbers:06d}", at)
        if invoice["type"] in CREDIT_SIGNS:
            self._settle(invoice, at)
            self._settle(self.invoices[invoice["credit"]["original_invoice_id"]], at)

    def _pay(self, invoice: Record, payment: Record) -> None:
        self.payments[payment["id"]] = payment
        self._payments_by_invoice[invoice["id"]].append(payment)
        self._settle(invoice, parse_stamp(payment["created_at"]))

    def _settle(self, invoice: Record, at: datetime) -> None:
        credit_notes = [
            self.invoices[link["id"]]
            for link in invoice["linked_invoices"]
            if link["link_type"] == "CREDITED_BY" and self.invoices[link["id"]]["status"] == "FINAL"
        ]
        settle(invoice, self.payments_of(invoice["id"]), credit_notes, at)

    def _credit_some(self) -> None:
        """Credit some unpaid final invoices, with either type of credit note."""
        unpaid = [
            item
            for item in self.invoices.values()
            if item["payment_status"] == "UNPAID" and item["status"] == "FINAL" and creditable(item)
        ]
        for number, original in enumerate(unpaid[: max(2, len(self.invoices) // 25)]):
            at = parse_stamp(original["updated_to_final_at"]) + timedelta(hours=1 + number)
            type_ = "CREDIT" if number % 2 == 0 else "ONE_OFF_CREDIT"
            credit = make_credit(self.rng, original, type_, at)
            self.invoices[credit["id"]] = credit
            if at + GRACE_PERIOD <= self.world.started_at:
                self._finalize(credit, at + GRACE_PERIOD)

    def _odd_ones(self) -> None:
        """Give one draft a status that nobody published (so it is not final), and put another on hold."""
        drafts = [item for item in self.invoices.values() if item["status"] == "DRAFT"]
        drafts[0].update(status="PENDING_APPROVAL")
        drafts[1].update(on_hold=True)
