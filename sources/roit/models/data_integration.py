"""Data integration for the tax reform: its requests, and the reference list of classifications."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import CamelRecord, Codes, FreeForm, LooseText, Personal, Secret, Table

PROCESS_STATUSES = Codes("PENDING", "START", "PROCESSING", "AUDIT", "CONSOLIDATION", "FINISHED", "FAILED")


class DestinationTable(CamelRecord):
    """A table that the request's data goes to."""

    name: str | None = Field(None, description="Name of the table.")
    dataset: str | None = Field(None, description="The dataset that holds the table.")
    metadata: FreeForm | None = Field(None, description="About the table, as JSON, as it came.")


class DataBaseDest(CamelRecord):
    """Where the request's data goes."""

    secret: Annotated[LooseText | None, Secret()] = Field(None, description="Access to the database.")
    tables: list[DestinationTable] | None = Field(
        None, description="One row per table that the data of a request goes to."
    )


class DataIntegrationRequest(CamelRecord):
    """One request to process documents for the tax reform."""

    table: ClassVar[Table | None] = Table(
        name="data_integration_requests",
        singular="data_integration_request",
        key=("process_unique_id",),
        version="updated_at",
        status="process_status",
        partition="created_at",
    )

    process_unique_id: str = Field(description="ROIT's id of the request; it says nothing of its age.")
    process_status: Annotated[str | None, PROCESS_STATUSES] = Field(
        None, description="How far the request has come."
    )
    created_at: datetime = Field(description="When the request was created, UTC.")
    updated_at: datetime | None = Field(None, description="When the request last changed, UTC.")
    callback_url: str | None = Field(None, description="Whom ROIT tells how the request ended.")
    callback_auth_token: Annotated[LooseText | None, Secret()] = Field(
        None, description="The token for that call."
    )
    operation_type: str | None = Field(None, description="Kind of operation, as the API has it.")
    document_type: str | None = Field(None, description="Kind of documents.")
    data_base_dest: DataBaseDest | None = Field(None, description="Where the data goes.")
    national_register: Annotated[LooseText | None, Personal()] = Field(
        None, description="CNPJ of the company whose documents they are."
    )
    metadata: FreeForm | None = Field(None, description="The customer's own data, as JSON, as it came.")
    audit: FreeForm | None = Field(None, description="What the audit found, as JSON, as it came.")


class Cclasstrib(CamelRecord):
    """One classification of the tax reform, cClassTrib, while it is in force."""

    table: ClassVar[Table | None] = Table(
        name="cclasstrib", singular="cclasstrib", key=("code", "valid_from"), history=True
    )

    code: str = Field(description="The classification: six digits, of which the first three are its CST.")
    description: str | None = Field(None, description="The classification in words.")
    cst: LooseText | None = Field(None, description="Tax situation that it belongs to, three digits.")
    legal_basis: str | None = Field(None, description="The law that it rests on.")
    ibs_reduction: Decimal | None = Field(None, description="Reduction of the rate of IBS, in percent.")
    cbs_reduction: Decimal | None = Field(None, description="Reduction of the rate of CBS, in percent.")
    valid_from: date = Field(description="First day on which it is in force.")
    valid_to: date | None = Field(None, description="Last day on which it is in force; null: not known.")
