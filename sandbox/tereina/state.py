"""The state of the simulated Tereina, and what a test may change in it from outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ..core.world import World
from .batches import Batch, Queue
from .camt import camt_053
from .inbound import Inbox
from .outbox import Outbox
from .pain import pain_001, pain_002
from .render import JSON, Amounts, render
from .values import Object, revised, stamp

ISO_WRITERS = {"PAYMENT_REQUEST": pain_001, "PAYMENT_STATUS": pain_002, "BANK_STATEMENT": camt_053}


class Tereina:
    """Queue, uploads, credentials and actions.

    Options of the world under `tereina`: `auth` and its secrets; `bad_records` invoices that no model accepts;
    `wrong_item_count` batches that say one object too many; `corrupt_blocks` batches whose first block comes
    wrong once; `inbound_format` and `inbound_block_bytes` of uploads.
    """

    def __init__(self, world: World, credentials: dict[str, str]) -> None:
        options = world.options.get("tereina", {})
        self._world = world
        self._rng = world.random("tereina actions")
        self.credentials = credentials
        self.queue = Queue(world.random("tereina queue"))
        self.outbox = Outbox(world, self.queue)
        self.inbox = Inbox(options, self.queue.new_id)
        self.actions: dict[str, Callable[..., Any]] = {
            "add_batch": self.add_batch,
            "add_payload": self.add_payload,
            "complete_batches": self.complete_batches,
            "corrupt_blocks": self.corrupt_blocks,
            "miscount": self.miscount,
        }
        self.corrupt_blocks(options.get("corrupt_blocks", 0))
        self.miscount(options.get("wrong_item_count", 0))

    def add_batch(
        self,
        object_type: str = "INVOICE",
        content_type: str = JSON,
        count: int = 10,
        objects: list[Object] | None = None,
        new: bool = False,
        amounts: Amounts = "string",
        iso_version: int | None = None,
    ) -> str:
        """Put a batch into the queue, made now; returns its id.

        It holds `objects` as given, or `count` objects of the ledger in their next version, or, when `new`,
        copies of them under references of their own. With `iso_version` it is written as pain.001, pain.002
        or camt.053 of that version.
        """
        chosen = objects if objects is not None else self._next(object_type, count, new=new)
        self.outbox.ledger.objects.setdefault(object_type, []).extend(chosen)
        if iso_version is None:
            payload = render(object_type, chosen, content_type, amounts)
        else:
            created = stamp(self._world.clock.now())
            payload = ISO_WRITERS[object_type](chosen, iso_version, f"MSG-{created}", created)
            content_type = "application/xml"
        return self.outbox.add(object_type, content_type, payload, len(chosen)).batch_id

    def add_payload(self, object_type: str, content_type: str, payload: str, count: int) -> str:
        """Put a payload into the queue exactly as given; returns the batch's id."""
        return self.outbox.add(object_type, content_type, payload.encode(), count).batch_id

    def complete_batches(self) -> list[str]:
        """Let the missing blocks of every partial batch arrive; returns the ids."""
        partial = [batch for batch in self.queue.listed() if batch.is_partial]
        for batch in partial:
            batch.ready = None
        return [batch.batch_id for batch in partial]

    def corrupt_blocks(self, count: int = 1) -> list[str]:
        """Let the first block of some batches with hashes come wrong, once; returns the ids."""
        chosen = [batch for batch in self._by_age() if batch.with_hashes][:count]
        for batch in chosen:
            batch.corrupt_once.add(1)
        return [batch.batch_id for batch in chosen]

    def miscount(self, count: int = 1) -> list[str]:
        """Let some batches say one object more than they hold; returns the ids."""
        chosen = [batch for batch in self._by_age() if batch.content_type == JSON][:count]
        for batch in chosen:
            batch.count += 1
        return [batch.batch_id for batch in chosen]

    def _by_age(self) -> list[Batch]:
        return sorted(self.queue.listed(), key=lambda batch: batch.reference_id)

    def _next(self, object_type: str, count: int, *, new: bool) -> list[Object]:
        current: dict[str, Object] = {}
        for item in self.outbox.ledger.objects[object_type]:
            known = current.get(item["referenceId"])
            if known is None or item.get("version", 1) > known.get("version", 1):
                current[item["referenceId"]] = item
        chosen = self._rng.sample(list(current.values()), min(count, len(current)))
        now = self._world.clock.now()
        if not new:
            return [revised(item, now) if "version" in item else item for item in chosen]
        suffix = f"{self._rng.getrandbits(32):08x}"
        later = stamp(now + timedelta(milliseconds=1))
        if object_type == "PAYMENT_STATUS":
            return [{**item, "statusAt": later} for item in chosen]
        return [
            {**item, "referenceId": f"{item['referenceId']}-{suffix}", "createdDate": later}
            for item in chosen
        ]
