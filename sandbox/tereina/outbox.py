"""What waits in the queue of a new sandbox: every object type, content type and kind of trouble."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from ..core.world import World
from .banking import make_statements
from .batches import Batch, Queue
from .camt import camt_053
from .invoices import make_bills, make_purchase_orders
from .masterdata import MasterData, make_master_data
from .pain import pain_001, pain_002
from .payments import make_payments
from .render import CSV, JSON, NDJSON, XML, Amounts, render
from .values import Object, revised, stamp

BLOCK_BYTES = 64 * 1024
"""About the size of a block; every batch worth it has at least three."""

HELD_BACK = 20
"""Invoices of the batch that is not complete yet."""

STALE = 5
"""Invoices that come again in their first version, in a batch later than their current one."""


@dataclass
class Ledger:
    """All objects behind the batches, by type, each in every version that a batch holds, oldest first."""

    master: MasterData
    objects: dict[str, list[Object]] = field(default_factory=dict)


class Outbox:
    """Makes the objects and puts them into the queue, batch after batch, the last one minutes ago."""

    def __init__(self, world: World, queue: Queue) -> None:
        self._world, self._queue = world, queue
        self._rng: random.Random = world.random("tereina outbox")
        self._number = 0
        self._bad_records: int = world.options.get("tereina", {}).get("bad_records", 0)
        self.ledger = Ledger(make_master_data(world))
        self._fill()

    def add(
        self,
        object_type: str,
        content_type: str,
        payload: bytes,
        count: int,
        *,
        ready: int | None = None,
        age: timedelta | None = None,
    ) -> Batch:
        """Put a payload into the queue. Every other batch tells the hashes of its blocks."""
        self._number += 1
        when = self._world.started_at - age if age else self._world.clock.now()
        blocks = max(3 if len(payload) > 300 else 1, len(payload) // BLOCK_BYTES)
        return self._queue.put(
            Batch(
                self._queue.new_id(),
                f"out-{self._number:05d}",
                object_type,
                content_type,
                payload,
                count,
                when,
                blocks,
                with_hashes=self._number % 2 == 1,
                ready=ready,
            )
        )

    def _fill(self) -> None:
        self._master_data()
        orders = make_purchase_orders(self._world, self.ledger.master)
        bills = make_bills(self._world, self.ledger.master, orders)
        paid = make_payments(self._world, self.ledger.master, bills)
        moved = {item["referenceId"] for item in paid.revisions}
        invoices = [bill.invoice for bill in bills]
        held = [item for item in invoices if item["referenceId"] not in moved][-HELD_BACK:]
        held_ids = {item["referenceId"] for item in held}
        self._orders(orders)
        self._invoices([item for item in invoices if item["referenceId"] not in held_ids], paid.revisions)
        self._partial(held)
        self._payments([item.request for item in paid.payments], [item.statuses for item in paid.payments])
        self._statements(make_statements(self._world, self.ledger.master, paid.payments))
        self._strangers()

    def _put(
        self, object_type: str, content_type: str, objects: Sequence[Object], amounts: Amounts = "string"
    ) -> Batch:
        """Put objects into the queue; the first batch was made two days ago, each later one an hour after."""
        self.ledger.objects.setdefault(object_type, []).extend(objects)
        payload = render(object_type, objects, content_type, amounts)
        return self.add(object_type, content_type, payload, len(objects), age=self._age())

    def _age(self) -> timedelta:
        return timedelta(hours=48 - self._number)

    def _master_data(self) -> None:
        """Companies in both revisions of the names; a few come again in a later version."""
        companies, codes = self.ledger.master.companies, self.ledger.master.company_codes
        third = len(companies) // 3
        self._put("COMPANY", JSON, companies[:third], "number")
        self._put("COMPANY", NDJSON, [other_names(item) for item in companies[third : 2 * third]], "string")
        self._put("COMPANY", XML, companies[2 * third :])
        again = [
            # The list of contacts shrinks to nothing.
            revised(item, self._world.started_at - timedelta(hours=50), contacts=[], customer=True)
            for item in companies[third : third + 3]
        ]
        self._put("COMPANY", JSON, again, "string")
        self._put("COMPANY_CODE", CSV, codes)
        renamed = f"{codes[0]['name']}, São Paulo"
        self._put("COMPANY_CODE", XML, [revised(codes[0], self._world.started_at, name=renamed)])

    def _orders(self, orders: list[Object]) -> None:
        half = len(orders) // 2
        self._put("PURCHASE_ORDER", JSON, orders[:half], "mixed")
        self._put("PURCHASE_ORDER", XML, orders[half:])
        when = self._world.started_at - timedelta(hours=40)
        longest = max(orders[2:], key=lambda item: len(item["lines"]))
        fewer = longest["lines"][:1]
        shrunk = [
            revised(longest, when, lines=fewer, totalAmount=fewer[0]["netAmount"]),
            revised(orders[1], when, lines=[], totalAmount=Decimal("0.00"), status="CANCELLED"),
        ]
        self._put("PURCHASE_ORDER", NDJSON, shrunk, "number")

    def _invoices(self, invoices: list[Object], revisions: list[Object]) -> None:
        bad = [broken(invoices[0], n) for n in range(self._bad_records)]
        first = [*invoices[0::3], *bad]
        self._put("INVOICE", JSON, first, "string")
        self._put("INVOICE", NDJSON, invoices[1::3], "number")
        self._put("INVOICE", XML, invoices[2::3])
        # Several versions of one invoice in one batch, in no order.
        shuffled = self._rng.sample(revisions, len(revisions))
        self._put("INVOICE", JSON, shuffled, "mixed")
        moved = {item["referenceId"] for item in revisions}
        stale = [item for item in invoices if item["referenceId"] in moved][:STALE]
        self._put("INVOICE", NDJSON, stale, "string")

    def _partial(self, held: list[Object]) -> None:
        """The batch that is still being written: three of its five blocks can be read."""
        self.ledger.objects["INVOICE"].extend(held)
        payload = render("INVOICE", held, JSON, "number")
        batch = self.add("INVOICE", JSON, payload, len(held), ready=3, age=self._age())
        batch.block_count = 5

    def _payments(self, requests: list[Object], statuses: list[list[Object]]) -> None:
        """Each quarter of the payments in a form of its own: JSON, CSV or ISO 20022 of two versions."""
        created = stamp(self._world.started_at)
        self._put("PAYMENT_REQUEST", JSON, requests[0::4], "mixed")
        self._put("PAYMENT_REQUEST", NDJSON, requests[1::4], "number")
        for start, version in ((2, 3), (3, 9)):
            payload = pain_001(requests[start::4], version, f"MSG-{version}", created)
            self._iso("PAYMENT_REQUEST", payload, requests[start::4])
        flat = [[item for events in statuses[start::4] for item in events] for start in range(4)]
        self._put("PAYMENT_STATUS", JSON, flat[0], "string")
        self._put("PAYMENT_STATUS", CSV, flat[1])
        for start, version in ((2, 3), (3, 10)):
            self._iso(
                "PAYMENT_STATUS", pain_002(flat[start], version, f"STS-{version}", created), flat[start]
            )

    def _statements(self, statements: list[Object]) -> None:
        """The accounts in BRL as JSON and NDJSON, the others as camt.053 of two versions."""
        created = stamp(self._world.started_at)
        accounts = [account.iban for account in self.ledger.master.accounts]
        by_account = [[item for item in statements if item["accountIban"] == iban] for iban in accounts]
        self._put("BANK_STATEMENT", JSON, by_account[0] + by_account[1], "number")
        self._put("BANK_STATEMENT", NDJSON, by_account[2], "string")
        for items, version in ((by_account[3], 2), (by_account[4], 8)):
            self._iso("BANK_STATEMENT", camt_053(items, version, f"STM-{version}", created), items)

    def _iso(self, object_type: str, payload: bytes, objects: list[Object]) -> None:
        self.ledger.objects.setdefault(object_type, []).extend(objects)
        self.add(object_type, XML, payload, len(objects), age=self._age())

    def _strangers(self) -> None:
        """Batches that no reader of the contract can understand: they must stay where they are."""
        self.add("INVOICE", "application/vnd.apache.parquet", b"PAR1\x00\x01\x02PAR1", 3, age=self._age())
        objects: list[Object] = [{"referenceId": "RA-1", "amount": Decimal("1.00")}]
        advice = render("REMITTANCE_ADVICE", objects, JSON, "string")
        self.add("REMITTANCE_ADVICE", JSON, advice, 1, age=self._age())


def other_names(company: Object) -> Object:
    """Return a company under the names of the other published revision."""
    names = {"registeredRegion": "registeredState", "companyRelations": "companyRelationships"}
    return {names.get(name, name): value for name, value in company.items()}


def broken(invoice: Object, number: int) -> Object:
    """Return an invoice of a reference of its own that no model can accept, each in another way."""
    faults = (
        {"grossAmount": "one hundred"},
        {"issueDate": "2026-02-30"},
        {"lines": "none"},
        {"referenceId": None},
        {"grossAmount": "1.123456789012"},
        {"lines": [{**invoice["lines"][0], "quantity": "many"}]},
    )
    return {**invoice, "referenceId": f"BAD-{number:04d}", **faults[number % len(faults)]}
