"""Outbound batches: a payload cut into blocks, and the queue in which batches wait to be confirmed."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from .values import Object, stamp

CLIENT_REF_ID = "client_sandbox"
MIDDLE_OF_CHARACTER = range(0x80, 0xC0)
"""Bytes of UTF-8 that continue a character: a block that starts with one has cut it in two."""

SEARCH_BYTES = 4_096


def cut(payload: bytes, count: int) -> list[bytes]:
    """Cut into about `count` blocks of unequal size, in the middle of a character wherever one is near."""
    ends = [_middle_of_character(payload, len(payload) * n // count) for n in range(1, count)]
    ends = sorted({end for end in ends if 0 < end < len(payload)})
    return [payload[start:end] for start, end in zip([0, *ends], [*ends, len(payload)], strict=True)]


def _middle_of_character(payload: bytes, near: int) -> int:
    for position in range(near, min(near + SEARCH_BYTES, len(payload))):
        if payload[position] in MIDDLE_OF_CHARACTER:
            return position
    return near


@dataclass
class Batch:
    """A batch as the queue holds it. `ready` is the number of blocks that can be read; None: all of them."""

    batch_id: str
    reference_id: str
    object_type: str
    content_type: str
    payload: bytes
    count: int
    created: datetime
    block_count: int
    with_hashes: bool
    ready: int | None = None
    corrupt_once: set[int] = field(default_factory=set)

    @cached_property
    def blocks(self) -> list[bytes]:
        return cut(self.payload, self.block_count)

    @property
    def is_partial(self) -> bool:
        return self.ready is not None

    def public(self) -> Object:
        """Return the batch as the list shows it: the number of blocks counts those that are ready."""
        ready = self.blocks[: self.ready]
        item: Object = {
            "batchId": self.batch_id,
            "clientRefId": CLIENT_REF_ID,
            "referenceId": self.reference_id,
            "payloadObjectType": self.object_type,
            "status": "PARTIAL_PENDING" if self.is_partial else "PENDING",
            "contentType": self.content_type,
            "totalPayloadSize": len(self.payload),
            "totalLineItemCount": self.count,
            "numberOfDataBlocks": len(ready),
            "createdDate": stamp(self.created),
            "lastUpdatedDate": stamp(self.created),
        }
        if self.with_hashes:
            item["dataBlockSha256"] = [hashlib.sha256(block).hexdigest() for block in ready]
        return item

    def block(self, number: int) -> bytes | None:
        """Return block `number`, counted from 1, or None when it is not there (yet)."""
        if not 1 <= number <= len(self.blocks[: self.ready]):
            return None
        content = self.blocks[number - 1]
        if number in self.corrupt_once:
            self.corrupt_once.discard(number)
            return bytes([content[0] ^ 1]) + content[1:]
        return content


class Queue:
    """The batches that wait. What is confirmed is gone."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._batches: dict[str, Batch] = {}
        self.confirmed: list[str] = []

    def put(self, batch: Batch) -> Batch:
        self._batches[batch.batch_id] = batch
        return batch

    def get(self, batch_id: str) -> Batch | None:
        return self._batches.get(batch_id)

    def listed(self, object_type: str | None = None) -> list[Batch]:
        """Return what waits, in another order every time: none is promised."""
        found = [item for item in self._batches.values() if object_type in (None, item.object_type)]
        self._rng.shuffle(found)
        return found

    def confirm(self, batch: Batch) -> None:
        del self._batches[batch.batch_id]
        self.confirmed.append(batch.batch_id)

    def new_id(self) -> str:
        return f"b-{self._rng.getrandbits(64):016x}"
