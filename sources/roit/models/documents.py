"""Structured documents: what ROIT has read from a fiscal document, without opening the file.

The vendor publishes the names of the entities; the fields are assumed. A field that the API sends and this
model lacks is kept in ``_extra``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import CamelRecord, Codes, LooseText, Personal, Table

from .payables import Installment, Tribute

CLASSIFICATIONS = Codes("/fiscal/nfe", "/fiscal/cte", "/fiscal/nfse")
MOVEMENTS = Codes("INPUT", "OUTPUT")


class Address(CamelRecord):
    """Where a party is."""

    street: Annotated[str | None, Personal()] = Field(None, description="Street.")
    number: Annotated[LooseText | None, Personal()] = Field(None, description="Number in the street.")
    district: Annotated[str | None, Personal()] = Field(None, description="District of the city.")
    city_code: LooseText | None = Field(None, description="IBGE code of the city, seven digits.")
    city: str | None = Field(None, description="Name of the city.")
    state: str | None = Field(None, description="State, two letters.")
    zip_code: Annotated[LooseText | None, Personal()] = Field(None, description="CEP, eight digits.")
    country: str | None = Field(None, description="Country, as the API has it.")


class Party(CamelRecord):
    """Who issues, receives or carries."""

    name: Annotated[str | None, Personal()] = Field(None, description="Name of the party.")
    national_register: Annotated[LooseText | None, Personal()] = Field(
        None, description="CNPJ (14 characters, also letters from 2026-07) or CPF (11 digits)."
    )
    state_register: Annotated[LooseText | None, Personal()] = Field(
        None, description="State registration of the party."
    )
    address: Address | None = Field(None, description="Where the party is.")


class DocumentItem(CamelRecord):
    """A line of a document: a product or a service."""

    number: int | None = Field(None, description="Number of the line, from 1.")
    code: LooseText | None = Field(None, description="The issuer's code of the product or service.")
    description: str | None = Field(None, description="The product or service in words.")
    ncm: LooseText | None = Field(None, description="Products: code of the Mercosur nomenclature, NCM.")
    cfop: LooseText | None = Field(None, description="Products: code of the fiscal operation, CFOP.")
    service_code: LooseText | None = Field(
        None, description="Services: code of the list of services (LC 116/2003)."
    )
    quantity: Decimal | None = Field(None, description="Quantity in the line's unit.")
    unit: str | None = Field(None, description="Unit of the quantity, as the issuer writes it.")
    unit_value: Decimal | None = Field(None, description="Price of one unit, up to ten decimal places.")
    total_value: Decimal | None = Field(None, description="Amount of the line.")
    c_class_trib: LooseText | None = Field(
        None, description="cClassTrib: how the tax reform classifies the line; see `cclasstrib`."
    )


class DocumentFile(CamelRecord):
    """A file that belongs to a document."""

    name: str | None = Field(None, description="Name of the file.")
    type: str | None = Field(None, description="Extension of the file, with its dot.")
    size: int | None = Field(None, description="Size of the file, in bytes.")


class Document(CamelRecord):
    """One fiscal document as ROIT has read it, in the state in which it was last seen."""

    table: ClassVar[Table | None] = Table(
        name="documents",
        singular="document",
        version="updated_at",
        amount="total_value",
        partition="issue_date",
    )

    id: str = Field(description="ROIT's id of the document.")
    master_id: str | None = Field(None, description="ROIT's id of the tenant.")
    classification: Annotated[str | None, CLASSIFICATIONS] = Field(
        None, description="What kind of document it is, as a path: `/fiscal/nfe`."
    )
    number: LooseText | None = Field(None, description="Number of the document.")
    series: LooseText | None = Field(None, description="Series of the document.")
    access_key: str | None = Field(
        None, description="Access key of the fiscal document, 44 characters; letters occur from 2026-07."
    )
    issue_date: date | None = Field(None, description="When the document was issued.")
    entry_date: date | None = Field(None, description="When the document was entered.")
    create_at: datetime = Field(description="When the document first appeared in ROIT, UTC.")
    updated_at: datetime | None = Field(None, description="When the document last changed in ROIT, UTC.")
    step: str | None = Field(None, description="Step of ROIT's process that the document has come to.")
    origin: str | None = Field(None, description="How the document came to ROIT.")
    is_consolidated: bool | None = Field(None, description="True once the document has been processed.")
    finalized: bool | None = Field(
        None,
        description="True once the document has been processed and finished; until then it is read again.",
    )
    movement: Annotated[str | None, MOVEMENTS] = Field(
        None, description="Whether goods or services come in or go out."
    )
    total_value: Decimal | None = Field(None, description="Amount of the document, in reais.")
    has_iss_retention: bool | None = Field(
        None, description="True when the receiver keeps back the municipal tax on services, ISS."
    )
    origin_city: LooseText | None = Field(None, description="IBGE code of the issuer's city.")
    destiny_city: LooseText | None = Field(None, description="IBGE code of the receiver's city.")
    service_made_city: LooseText | None = Field(
        None, description="IBGE code of the city where the service was provided."
    )
    issuer: Party | None = Field(None, description="Who issued the document.")
    receiver: Party | None = Field(None, description="Whom the document is for.")
    carrier: Party | None = Field(None, description="Who carries the goods.")
    purchase_orders: list[str] | None = Field(
        None, description="One row per purchase order that the document names."
    )
    items: list[DocumentItem] | None = Field(None, description="One row per line of a document.")
    tributes: list[Tribute] | None = Field(None, description="One row per tax on a document.")
    installments: list[Installment] | None = Field(
        None, description="One row per installment that a document announces."
    )
    files: list[DocumentFile] | None = Field(None, description="One row per file of a document.")
