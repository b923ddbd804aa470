"""Outbound batches: the queue through which everything else arrives."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import CamelRecord, Codes, FreeForm, Table

from ._base import Timestamp

PAYLOAD_OBJECT_TYPES = Codes(
    "COMPANY_CODE",
    "COMPANY",
    "INVOICE",
    "PURCHASE_ORDER",
    "PAYMENT_REQUEST",
    "PAYMENT_STATUS",
    "BANK_STATEMENT",
)
BATCH_STATUSES = Codes("PENDING", "PARTIAL_PENDING", "COMPLETE_SUCCESS")


class Batch(CamelRecord):
    """One outbound batch, in the state in which it was last seen in the queue."""

    table: ClassVar[Table | None] = Table(
        name="batches", singular="batch", key=("batch_id",), status="status", partition="created_date"
    )

    batch_id: str = Field(description="Tereina's id of the batch.")
    client_ref_id: str | None = Field(None, description="Reference of the client that the batch is for.")
    reference_id: str | None = Field(None, description="Reference of the batch in the system that made it.")
    payload_object_type: Annotated[str | None, PAYLOAD_OBJECT_TYPES] = Field(
        None, description="The kind of object in the batch."
    )
    status: Annotated[str | None, BATCH_STATUSES] = Field(
        None, description="State of the batch; PARTIAL_PENDING: some blocks are ready, more will follow."
    )
    content_type: str | None = Field(None, description="Media type of the blocks.")
    total_payload_size: int | None = Field(None, description="Final size of all blocks, in bytes.")
    total_line_item_count: int | None = Field(
        None, description="Number of objects in the batch, not of their lines."
    )
    number_of_data_blocks: int | None = Field(None, description="Number of blocks that are ready.")
    data_block_sha256: FreeForm | None = Field(
        None, description="SHA-256 of each block in order, as a JSON list, when the API tells them."
    )
    created_date: Timestamp | None = Field(None, description="When the batch was made, UTC.")
    last_updated_date: Timestamp | None = Field(None, description="When the batch last changed, UTC.")
