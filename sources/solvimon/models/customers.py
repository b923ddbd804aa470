"""Customers."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import Codes, FreeForm, Personal, Record, Table

from ._values import Address, ListedResource, Timestamp

CUSTOMER_STATUSES = Codes("DRAFT", "ACTIVE", "ARCHIVED", "DEPRECATED", "CLOSED")
CUSTOMER_TYPES = Codes("ORGANIZATION", "INDIVIDUAL")


class Individual(Record):
    """A customer who is a person."""

    name: Annotated[FreeForm | None, Personal()] = Field(None, description="Parts of the name, as JSON.")
    residential_address: Address | None = Field(None, description="Where the person lives.")


class Organization(Record):
    """A customer that is a company."""

    legal_name: Annotated[str | None, Personal()] = Field(None, description="Name in the register.")
    tax_id: Annotated[str | None, Personal()] = Field(None, description="Main tax id.")
    tax_ids: Annotated[FreeForm | None, Personal()] = Field(
        None, description="All tax ids with their kinds and checks, as JSON."
    )
    registration_number: Annotated[str | None, Personal()] = Field(
        None, description="Number in the register of companies."
    )
    tax_exempt: bool | None = Field(None, description="True when no tax is charged.")
    tax_exempt_note: str | None = Field(None, description="Why no tax is charged.")
    registered_address: Address | None = Field(None, description="Address in the register of companies.")
    tax_registrations: Annotated[FreeForm | None, Personal()] = Field(
        None, description="Registrations with tax offices, as JSON."
    )


class Customer(ListedResource):
    """Who is billed, or who uses what somebody else is billed for."""

    table: ClassVar[Table | None] = Table(name="customers", singular="customer", status="status")

    created_at: Timestamp | None = Field(None, description="When the customer was created, UTC.")
    parent_customer_id: str | None = Field(None, description="The customer that it belongs to.")
    parent_customer_ids: FreeForm | None = Field(
        None, description="The customers that it belongs to, from the nearest, as a JSON list of ids."
    )
    reference: str | None = Field(None, description="The seller's own reference of the customer.")
    status: Annotated[str | None, CUSTOMER_STATUSES] = Field(None, description="State of the customer.")
    timezone: str | None = Field(None, description="Time zone of the customer, IANA name.")
    type: Annotated[str | None, CUSTOMER_TYPES] = Field(None, description="Whether a company or a person.")
    email: Annotated[str | None, Personal()] = Field(None, description="E-mail address.")
    notification_preferences: FreeForm | None = Field(None, description="Who is told what, as JSON.")
    locale: str | None = Field(None, description="Language and country of the customer's texts.")
    individual: Individual | None = Field(None, description="The person, for INDIVIDUAL.")
    organization: Organization | None = Field(None, description="The company, for ORGANIZATION.")
    custom_fields: FreeForm | None = Field(None, description="The seller's own fields, as JSON.")
    processing_only: bool | None = Field(None, description="True when it uses but is not billed.")
    pricing_plan_subscription_selector: FreeForm | None = Field(
        None, description="Which subscription its usage counts for, as JSON."
    )
    linked_integrations: FreeForm | None = Field(
        None, description="What other systems call the customer, as JSON."
    )
    roles: FreeForm | None = Field(None, description="What the customer is to the seller, as a JSON list.")
    seller_details: FreeForm | None = Field(None, description="What it sells itself, as JSON.")
