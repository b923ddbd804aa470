"""What waits at ROIT for the ERP, as it was claimed, and the documents attached to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import CamelRecord, Codes, DateOk, FreeForm, LooseText, Personal, Secret, Table

ENTITIES = Codes(
    "DOCUMENT",
    "ACCOUNTS_PAYABLE",
    "PURCHASE_ORDER",
    "ERP_PARAMS",
    "SUPPLIER",
    "GENERIC",
    "TAX_VALIDATION",
    "DOCUMENT_REVERSE",
    "SERVICE_ENTRY_SHEET",
)
STATUSES = Codes("PROCESSING", "RECEIVED", "PENDING", "ERROR", "DONE", "WARNING")


class IntegrationRequest(CamelRecord):
    """One request to hand an entity to the ERP, as it was when it was claimed."""

    table: ClassVar[Table | None] = Table(
        name="integration_requests",
        singular="integration_request",
        key=("request_id",),
        status="status",
    )

    request_id: str = Field(description="The request that ROIT wants an answer to.")
    id: str | None = Field(None, description="ROIT's id of the entry.")
    entity: Annotated[str | None, ENTITIES] = Field(None, description="What is handed over.")
    master_id: str | None = Field(None, description="ROIT's id of the tenant.")
    reference: LooseText | None = Field(None, description="Reference of the entity at ROIT.")
    integration_id: str | None = Field(None, description="The integration that it is handed over to.")
    type: str | None = Field(None, description="What the ERP has to do with it.")
    status: Annotated[str | None, STATUSES] = Field(None, description="State of the hand-over when claimed.")
    is_priority: bool | None = Field(None, description="True when it goes before others.")
    retry_after: LooseText | None = Field(None, description="When to try again, as the API has it.")
    message: str | None = Field(None, description="What was said about it last.")
    metadata: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The customer's own data, as JSON, as it came."
    )
    entry_reference: LooseText | None = Field(
        None, description="Number of the entry in the ERP; a number and a text look alike here."
    )
    entry_date: LooseText | None = Field(None, description="Date of the entry in the ERP, as it was told.")
    system_info: FreeForm | None = Field(None, description="About the ERP, as JSON, as it came.")
    data: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The entity itself, as JSON, as it came: each customer's has a shape of its own."
    )


class IntegrationAttachment(CamelRecord):
    """One document attached to a request; its signed address lasts minutes and is not kept."""

    table: ClassVar[Table | None] = Table(
        name="integration_attachments", singular="integration_attachment", key=("request_id", "id")
    )

    request_id: str = Field(description="The request that the document is attached to.")
    integration_id: str | None = Field(None, description="The integration that was asked for.")
    id: str = Field(description="ROIT's id of the attached document.")
    name: str | None = Field(None, description="Name of the file.")
    type: str | None = Field(None, description="Extension of the file, with its dot.")
    size: int | None = Field(None, description="Size of the file, in bytes.")
    url: Annotated[str | None, Secret()] = Field(None, description="Where to fetch it: signed, never kept.")
    expires_at: Annotated[datetime | None, DateOk()] = Field(
        None, description="Until when the address was good, UTC."
    )
