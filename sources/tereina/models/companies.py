"""Companies (suppliers and customers), their relations, and the company codes that do business with them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import AlsoNamed, CamelRecord, Codes, LooseText, Personal, Table

from ._base import PayloadObject

IDENTIFIER_TYPES = Codes("LEI", "CNPJ", "VAT")
RELATIONSHIP_TYPES = Codes("SUPPLIER", "CUSTOMER")
BASELINE_TYPES = Codes("INVOICE_DATE")
DUE_DATE_TYPES = Codes("RELATIVE_DAYS")


class Address(CamelRecord):
    """Where a company is."""

    reference_id: str | None = Field(None, description="The address's reference in the ERP.")
    name: Annotated[str | None, Personal()] = Field(None, description="Name at the address.")
    line1: str | None = Field(None, description="First line: street and number.")
    line2: str | None = Field(None, description="Second line.")
    city: str | None = Field(None, description="City.")
    region: str | None = Field(None, description="State, province or region.")
    postal_code: LooseText | None = Field(None, description="Postal code.")
    country: str | None = Field(None, description="Country, ISO 3166.")
    is_primary: bool | None = Field(None, description="True for the company's main address.")


class BankAccount(CamelRecord):
    """An account of a company."""

    reference_id: str | None = Field(None, description="The account's reference in the ERP.")
    name: Annotated[str | None, Personal()] = Field(None, description="Name of the account or its holder.")
    iban: Annotated[str | None, Personal()] = Field(None, description="International account number.")
    account_number: Annotated[LooseText | None, Personal()] = Field(
        None, description="Account number in the bank's own country."
    )
    bic: str | None = Field(None, description="The bank's identifier, ISO 9362.")
    bank_code: LooseText | None = Field(None, description="The bank's code in its own country.")
    currency: str | None = Field(None, description="Currency of the account, ISO 4217.")
    country: str | None = Field(None, description="Country of the bank, ISO 3166.")
    is_primary: bool | None = Field(None, description="True for the company's main account.")


class CorporateIdentifier(CamelRecord):
    """A number under which a register knows a company."""

    type: Annotated[str | None, IDENTIFIER_TYPES] = Field(None, description="Which register.")
    value: Annotated[LooseText | None, Personal()] = Field(None, description="The number in that register.")


class Contact(CamelRecord):
    """A person at a company."""

    reference_id: str | None = Field(None, description="The contact's reference in the ERP.")
    first_name: Annotated[str | None, Personal()] = Field(None, description="First name.")
    last_name: Annotated[str | None, Personal()] = Field(None, description="Last name.")
    department: str | None = Field(None, description="Department that the person works in.")
    title: Annotated[str | None, Personal()] = Field(None, description="Title or position.")
    email_address: Annotated[str | None, Personal()] = Field(None, description="E-mail address.")
    phone: Annotated[LooseText | None, Personal()] = Field(None, description="Telephone number.")


class TermInstallment(CamelRecord):
    """One part of what a payment term cuts an invoice into, and when that part is due."""

    sequence: int | None = Field(None, description="Order of the part within the term.")
    percentage: Decimal | None = Field(None, description="Share of the invoice, 0 to 100.")
    due_date_type: Annotated[str | None, DUE_DATE_TYPES] = Field(
        None, description="How the due date follows from the baseline date."
    )
    fixed_day_of_month: int | None = Field(None, description="Day of the month on which the part is due.")
    months_shift: int | None = Field(None, description="Months to add to the baseline date.")
    due_days: int | None = Field(None, description="Days to add to the baseline date.")


class PaymentTerm(CamelRecord):
    """When invoices of this relation are due."""

    reference_id: str | None = Field(None, description="The payment term's reference in the ERP.")
    name: str | None = Field(None, description="Name of the payment term.")
    description: str | None = Field(None, description="The payment term in words.")
    baseline_type: Annotated[str | None, BASELINE_TYPES] = Field(
        None, description="The date that due dates are counted from."
    )
    asap: bool | None = Field(None, description="True when payment is due at once.")
    installments: list[TermInstallment] | None = Field(
        None, description="One row per part that a relation's payment term cuts an invoice into."
    )


class Relation(CamelRecord):
    """What one company is to another."""

    reference_id: str | None = Field(None, description="The relation's reference in the ERP.")
    # The parent's key is already called company_reference_id.
    related_company_reference_id: str | None = Field(
        None, alias="companyReferenceId", description="The company at the other end of the relation."
    )
    relationship_type: Annotated[str | None, RELATIONSHIP_TYPES] = Field(
        None, description="What the company is in the relation."
    )
    payment_method: str | None = Field(None, description="How payments are made in this relation.")
    payment_term: PaymentTerm | None = Field(None, description="When invoices are due in this relation.")


class Company(PayloadObject):
    """A company that the group buys from, sells to or consists of."""

    table: ClassVar[Table | None] = Table(
        name="companies", singular="company", key=("reference_id",), version="version"
    )

    name: Annotated[str | None, Personal()] = Field(None, description="Name of the company.")
    number: LooseText | None = Field(None, description="The company's number in the ERP.")
    registered_country: str | None = Field(None, description="Country of registration, ISO 3166.")
    registered_region: Annotated[str | None, AlsoNamed("registeredState")] = Field(
        None, description="Region or state of registration; the API has two names for it."
    )
    owning_organization_id: str | None = Field(None, description="The organization that owns the record.")
    counterparty_organization_id: str | None = Field(
        None, description="The organization that the company stands for in Tereina."
    )
    company_code_reference_id: str | None = Field(
        None, description="The company code that the record belongs to."
    )
    supplier: bool | None = Field(None, description="True when the group buys from it.")
    customer: bool | None = Field(None, description="True when the group sells to it.")
    addresses: list[Address] | None = Field(None, description="One row per address of a company.")
    bank_accounts: list[BankAccount] | None = Field(None, description="One row per account of a company.")
    corporate_identifiers: list[CorporateIdentifier] | None = Field(
        None, description="One row per register that knows a company."
    )
    contacts: list[Contact] | None = Field(None, description="One row per contact person at a company.")
    relations: Annotated[list[Relation] | None, AlsoNamed("companyRelationships")] = Field(
        None,
        alias="companyRelations",
        description="One row per relation of a company to another; the API has two names for the list.",
    )


class CompanyCode(PayloadObject):
    """A legal unit of the group that keeps books of its own."""

    table: ClassVar[Table | None] = Table(
        name="company_codes", singular="company_code", key=("reference_id",), version="version"
    )

    code: LooseText | None = Field(None, description="Code of the unit in the ERP.")
    name: Annotated[str | None, Personal()] = Field(None, description="Name of the unit.")
    company_reference_id: str | None = Field(None, description="The company that the unit is.")
    country: str | None = Field(None, description="Country of the unit, ISO 3166.")
    currency: str | None = Field(None, description="Currency of the unit's books, ISO 4217.")
