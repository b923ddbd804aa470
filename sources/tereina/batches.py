"""Outbound batches: what the queue says of them, and the way of their blocks to disk."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from sources.kit.streams import Context
from sources.kit.transport import DataError, HashMismatch, LimitExceeded, SizeMismatch

from .api import read_block

PENDING = "PENDING"
PARTIAL_PENDING = "PARTIAL_PENDING"

# Blocks on their way at one time may take so much memory, whatever size the source gives them.
IN_FLIGHT_BYTES = 64 * 1024**2
# No batch is larger; one that says nothing of its size is stopped here.
MAX_PAYLOAD_BYTES = 16 * 1024**3
# A payload of another size than announced is fetched so often: without hashes nobody knows which block it was.
PAYLOAD_TRANSFERS = 2
# Two blocks of one batch that are alike byte for byte are one that came twice, unless they are this small.
DISTINCT_FROM_BYTES = 1024


class RepeatedBlock(HashMismatch):
    """A block came in the place of another: only their bytes tell, where no hashes are announced."""


class QueuedBatch(msgspec.Struct, rename="camel", frozen=True):
    """A batch as the list shows it. Sizes are in bytes; blocks are numbered from 1."""

    batch_id: str
    payload_object_type: str | None = None
    status: str | None = None
    content_type: str | None = None
    total_payload_size: int | None = None
    total_line_item_count: int | None = None
    number_of_data_blocks: int | None = None
    data_block_sha256: list[str | None] | None = None
    created_date: str | None = None
    last_updated_date: str | None = None

    @property
    def id(self) -> str:
        return self.batch_id

    @property
    def objects(self) -> int | None:
        return self.total_line_item_count

    @property
    def parts(self) -> int:
        return self.number_of_data_blocks or 0

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return (self.content_type or "").partition(";")[0].strip().lower()

    @property
    def created(self) -> datetime | None:
        """When it was made, UTC; ``None`` when that cannot be read."""
        try:
            created = datetime.fromisoformat(self.created_date or "")
        except ValueError:
            return None
        return created.replace(tzinfo=UTC) if created.tzinfo is None else created.astimezone(UTC)

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hex, of all that says what the batch holds."""
        return hashlib.sha256(
            msgspec.json.encode(
                [
                    self.payload_object_type,
                    self.content_type,
                    self.total_payload_size,
                    self.total_line_item_count,
                    self.number_of_data_blocks,
                    self.data_block_sha256,
                    self.last_updated_date,
                ]
            )
        ).hexdigest()

    def block_sha256(self, number: int) -> str | None:
        """The announced hash of a block, if there is one."""
        hashes = self.data_block_sha256 or []
        return hashes[number - 1] if number <= len(hashes) else None


_BATCH = msgspec.json.Decoder(QueuedBatch, strict=False)


def read_batch(record: bytes) -> QueuedBatch:
    """A batch out of the list. Raises ``DataError`` when it is none."""
    try:
        return _BATCH.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"the list holds a batch that cannot be read: {error}") from None


def download(context: Context, batch: QueuedBatch, target: Path) -> None:
    """Writes a whole batch to a file: its blocks one after the other, several on their way at a time.

    Raises ``SourceError``: ``HashMismatch`` for a block and ``SizeMismatch`` for a batch that is not what was
    announced, and ``RepeatedBlock`` for one that came twice, also when it was fetched again; ``LimitExceeded``; or
    what became of a request.
    """
    for transfer in range(1, PAYLOAD_TRANSFERS + 1):
        try:
            return _transfer(context, batch, target)
        except (SizeMismatch, RepeatedBlock):
            if transfer == PAYLOAD_TRANSFERS:
                raise
    raise AssertionError("unreachable")


def _transfer(context: Context, batch: QueuedBatch, target: Path) -> None:
    announced, blocks = batch.total_payload_size, batch.number_of_data_blocks
    if blocks is None:
        raise DataError(f"batch {batch.batch_id} does not say how many blocks it has")
    if announced is not None and announced > MAX_PAYLOAD_BYTES:
        raise LimitExceeded(f"batch {batch.batch_id} has {announced} bytes, the limit is {MAX_PAYLOAD_BYTES}")

    def block(number: int) -> bytes:
        sha256 = batch.block_sha256(number)
        return read_block(context.client, context.settings, batch.batch_id, number, sha256)

    size, seen = 0, dict[bytes, int]()
    with target.open("wb") as file:
        for number, content in enumerate(_in_order(block, blocks, _in_flight(context, batch)), start=1):
            size += len(content)
            if batch.block_sha256(number) is None and len(content) >= DISTINCT_FROM_BYTES:
                before = seen.setdefault(hashlib.sha256(content).digest(), number)
                if before != number:
                    raise RepeatedBlock(f"batch {batch.batch_id}: block {number} is block {before} once more")
            if size > (MAX_PAYLOAD_BYTES if announced is None else announced):
                break
            file.write(content)
    if announced is None and size > MAX_PAYLOAD_BYTES:
        raise LimitExceeded(f"batch {batch.batch_id} is larger than {MAX_PAYLOAD_BYTES} bytes")
    if announced is not None and size != announced:
        came = f"{size} bytes" if size < announced else "more"
        raise SizeMismatch(f"batch {batch.batch_id} was announced with {announced} bytes, {came} arrived")


def _in_flight(context: Context, batch: QueuedBatch) -> int:
    """How many blocks to fetch at a time."""
    average = (batch.total_payload_size or 0) // max(batch.number_of_data_blocks or 1, 1)
    return max(1, min(int(context.settings.max_connections), IN_FLIGHT_BYTES // max(average, 1)))


def _in_order(fetch: Callable[[int], bytes], count: int, at_once: int) -> Iterator[bytes]:
    """Blocks 1 to ``count`` in order. Those that arrive early wait, and no more than ``at_once`` of them."""
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="blocks")
    ahead: deque[Future[bytes]] = deque()
    try:
        for number in range(1, count + 1):
            ahead.append(pool.submit(fetch, number))
            if len(ahead) == at_once:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
