"""What happened to payables, as ROIT's own log tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import CamelRecord, Codes, FreeForm, Personal, Table

from ._parties import User

EVENT_TYPES = Codes(
    "CREATED",
    "UPDATED",
    "APPROVED",
    "REJECTED",
    "SCHEDULED",
    "RESCHEDULED",
    "PAID",
    "CANCELED",
    "REOPENED",
    "INTEGRATION_STATUS",
)


class AccountPayableEvent(CamelRecord):
    """One event in the life of a payable."""

    table: ClassVar[Table | None] = Table(
        name="accounts_payable_events",
        singular="account_payable_event",
        version="created_at",
        partition="created_at",
    )

    id: str = Field(description="ROIT's id of the event.")
    account_payable_id: str = Field(description="The payable that the event is about.")
    type: Annotated[str, EVENT_TYPES] = Field(description="What happened.")
    created_at: datetime = Field(description="When it happened, UTC.")
    user: User | None = Field(None, description="Who did it; null for the system itself.")
    before: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The fields that changed, before the event, as JSON."
    )
    after: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The fields that changed, after the event, as JSON."
    )
    message: str | None = Field(None, description="What was said about the event.")
