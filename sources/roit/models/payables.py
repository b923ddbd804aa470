"""Accounts payable: the record that most of ROIT is about.

The vendor publishes the names of the entities; the fields are assumed. A field that the API sends and this
model lacks is kept in ``_extra``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import CamelRecord, Codes, FreeForm, LooseText, Personal, Table

from ._parties import BankAccount, User

DOCUMENT_TYPES = Codes("NFE", "NFSE", "CTE", "CONSUMPTION_BILL", "TAX_GUIDE", "PAYROLL", "OTHER")
STATUSES = Codes(
    "OPEN",
    "PENDING_APPROVAL",
    "APPROVED",
    "SCHEDULED",
    "PARTIALLY_PAID",
    "PAID",
    "REJECTED",
    "CANCELED",
    "REFUNDED",
)
PARTY_TYPES = Codes("COMPANY", "PERSON")
PAYMENT_TYPES = Codes(
    "PIX",
    "TED",
    "BARCODE",
    "QRCODE",
    "DARF",
    "SIMPLE_DARF",
    "GARE",
    "DARJ",
    "IPVA",
    "DPVAT",
    "LICENSING",
    "PAYROLL",
)
TRIBUTES = Codes("ISS", "IRRF", "PIS", "COFINS", "CSLL", "INSS", "ICMS", "IPI", "CBS", "IBS", "IS")
INTEGRATION_STATUSES = Codes("PENDING", "PROCESSING", "RECEIVED", "DONE", "WARNING", "ERROR")


class Currency(CamelRecord):
    """The currency of every amount of the payable."""

    code: str = Field(description="Currency of all amounts of the payable, ISO 4217.")
    rate: Decimal | None = Field(None, description="Rate to the company's own currency, as the API has it.")


class Value(CamelRecord):
    """What the payable amounts to; net = gross - discount + interest + fine."""

    gross: Decimal | None = Field(None, description="Amount before discount, interest and fine.")
    discount: Decimal | None = Field(None, description="Discount granted, positive.")
    interest: Decimal | None = Field(None, description="Interest for late payment, positive.")
    fine: Decimal | None = Field(None, description="Fine for late payment, positive.")
    net: Decimal = Field(description="Amount after discount, interest and fine; withheld taxes still in.")


class Lock(CamelRecord):
    """Whether somebody holds the payable for editing."""

    locked: bool | None = Field(None, description="True while the payable is locked.")
    by: Annotated[str | None, Personal()] = Field(None, description="Who locked it.")
    at: datetime | None = Field(None, description="When it was locked, UTC.")


class Provider(CamelRecord):
    """The supplier."""

    name: Annotated[str | None, Personal()] = Field(None, description="Name of the supplier.")
    national_register: Annotated[str | None, Personal()] = Field(
        None, description="The supplier's CNPJ (14 characters, also letters from 2026-07) or CPF (11 digits)."
    )
    type: Annotated[str | None, PARTY_TYPES] = Field(None, description="Whether a company or a person.")


class Company(CamelRecord):
    """The company that owes."""

    name: Annotated[str | None, Personal()] = Field(None, description="Name of the company that pays.")
    national_register: Annotated[str | None, Personal()] = Field(
        None, description="CNPJ of the company that pays, 14 characters."
    )


class Holder(CamelRecord):
    """Whose account receives the money, when it is not simply the supplier's."""

    name: Annotated[str | None, Personal()] = Field(None, description="Name of the holder of the account.")
    national_register: Annotated[str | None, Personal()] = Field(
        None, description="CNPJ or CPF of the holder of the account."
    )
    bank_account: BankAccount | None = Field(None, description="The account that receives the money.")


class PaymentPurpose(CamelRecord):
    """What the transfer is for, as the bank wants to know it."""

    code: LooseText | None = Field(None, description="Code of the purpose of the payment.")
    description: str | None = Field(None, description="The purpose of the payment in words.")


class PaymentDetail(CamelRecord):
    """How it is paid: the fields of all payment types side by side, each null for the types without it."""

    type: Annotated[str | None, PAYMENT_TYPES] = Field(None, description="How the payable is paid.")
    pix_key: Annotated[LooseText | None, Personal()] = Field(
        None, description="PIX: key of the receiving account (tax id, e-mail, phone or random key)."
    )
    pix_key_type: LooseText | None = Field(None, description="PIX: kind of key.")
    qr_code: Annotated[LooseText | None, Personal()] = Field(
        None, description="QRCODE: text of the PIX code, which names the receiver."
    )
    tx_id: LooseText | None = Field(None, description="PIX and QRCODE: the receiver's id of the transaction.")
    barcode: LooseText | None = Field(
        None, description="BARCODE and taxes with one: the 44 digits of the bar code."
    )
    digitable_line: LooseText | None = Field(
        None, description="BARCODE: the line as typed, 47 digits (bank) or 48 (utility or tax)."
    )
    bank_code: LooseText | None = Field(None, description="TED and PAYROLL: COMPE code of the bank.")
    agency: Annotated[LooseText | None, Personal()] = Field(
        None, description="TED and PAYROLL: branch of the receiving account."
    )
    account: Annotated[LooseText | None, Personal()] = Field(
        None, description="TED and PAYROLL: number of the receiving account."
    )
    account_type: LooseText | None = Field(
        None, description="TED and PAYROLL: kind of the receiving account."
    )
    revenue_code: LooseText | None = Field(
        None, description="DARF, SIMPLE_DARF, GARE and DARJ: code of the revenue that is collected."
    )
    reference_number: LooseText | None = Field(
        None, description="DARF, GARE and DARJ: reference number of the guide."
    )
    period: LooseText | None = Field(None, description="Tax guides: period of the tax, as the API writes it.")
    principal: Decimal | None = Field(None, description="Tax guides: the tax itself.")
    fine: Decimal | None = Field(None, description="Tax guides: fine for late payment.")
    interest: Decimal | None = Field(None, description="Tax guides: interest for late payment.")
    total: Decimal | None = Field(None, description="Tax guides: principal, fine and interest.")
    gross_revenue: Decimal | None = Field(
        None, description="SIMPLE_DARF: revenue that the tax is reckoned on."
    )
    state_register: Annotated[LooseText | None, Personal()] = Field(
        None, description="GARE and DARJ: state registration of the taxpayer."
    )
    renavam: Annotated[LooseText | None, Personal()] = Field(
        None, description="IPVA, DPVAT and LICENSING: national number of the vehicle."
    )
    license_plate: Annotated[LooseText | None, Personal()] = Field(
        None, description="IPVA, DPVAT and LICENSING: plate of the vehicle."
    )


class Installment(CamelRecord):
    """One part of the payable with a due date of its own."""

    number: int | None = Field(None, description="Number of the installment, from 1.")
    due_date: date | None = Field(None, description="Due date of the installment.")
    value: Decimal | None = Field(None, description="Amount of the installment, in the payable's currency.")
    status: str | None = Field(None, description="State of the installment.")
    paid_at: datetime | None = Field(None, description="When the installment was paid, UTC.")
    barcode: LooseText | None = Field(None, description="Bar code or typed line of the installment's boleto.")


class CostCenter(CamelRecord):
    """A share of the payable that a cost centre bears."""

    code: LooseText | None = Field(None, description="Code of the cost centre in the ERP.")
    name: str | None = Field(None, description="Name of the cost centre.")
    percentage: Decimal | None = Field(None, description="Share of the payable, 0 to 100.")
    value: Decimal | None = Field(None, description="Share of the payable, in its currency.")


class Tribute(CamelRecord):
    """A tax on the payable."""

    tribute: Annotated[str | None, TRIBUTES] = Field(None, description="Which tax.")
    base: Decimal | None = Field(None, description="Amount that the tax is calculated on.")
    rate: Decimal | None = Field(None, description="Rate in percent.")
    value: Decimal | None = Field(None, description="Amount of the tax, in the payable's currency.")
    withheld: bool | None = Field(
        None, description="True when the payer keeps the tax back and collects it for the supplier."
    )
    due_date: date | None = Field(None, description="When the withheld tax has to be collected.")


class Receipt(CamelRecord):
    """Proof of a payment that was made."""

    id: str | None = Field(None, description="ROIT's id of the receipt.")
    paid_at: datetime | None = Field(None, description="When the payment was made, UTC.")
    value: Decimal | None = Field(None, description="Amount paid, in the payable's currency.")
    authentication: LooseText | None = Field(None, description="The bank's authentication code.")
    file_name: str | None = Field(None, description="Name of the receipt's file in ROIT.")


class Cancellation(CamelRecord):
    """When, why and by whom the payable was cancelled."""

    at: datetime | None = Field(None, description="When the payable was cancelled, UTC.")
    reason: str | None = Field(None, description="Why the payable was cancelled.")
    user: User | None = Field(None, description="Who cancelled the payable.")


class Integration(CamelRecord):
    """How far the payable has come on its way into the ERP."""

    status: Annotated[str | None, INTEGRATION_STATUSES] = Field(
        None, description="State of the hand-over to the ERP."
    )
    entry_reference: LooseText | None = Field(
        None, description="Number of the entry in the ERP; a number and a text look alike here."
    )
    entry_date: date | None = Field(None, description="Date of the entry in the ERP.")
    message: str | None = Field(None, description="What the ERP answered.")


class AccountPayable(CamelRecord):
    """One obligation to pay a supplier, with its installments, taxes, cost centres and receipts."""

    table: ClassVar[Table | None] = Table(
        name="accounts_payable",
        singular="account_payable",
        key=("id",),
        version="updated_at",
        history=True,
        status="status",
        currency="currency__code",
        amount="value__net",
        partition="issue_date",
    )

    id: str = Field(description="ROIT's id of the payable, a UUID.")
    master_id: str | None = Field(None, description="ROIT's id of the tenant.")
    reference: LooseText | None = Field(None, description="The ERP's own number of the payable.")
    document_id: str | None = Field(None, description="ROIT's id of the document that it comes from.")
    document_number: LooseText | None = Field(None, description="Number of the supplier's document.")
    description: str | None = Field(None, description="What is paid for, in words.")
    document_type: Annotated[str | None, DOCUMENT_TYPES] = Field(
        None, description="Kind of document that it comes from."
    )
    access_key: str | None = Field(
        None, description="Access key of the fiscal document, 44 characters; letters occur from 2026-07."
    )
    purchase_orders: list[str] | None = Field(
        None, description="One row per purchase order that the payable names."
    )
    status: Annotated[str, STATUSES] = Field(description="State of the payable.")
    is_open: bool | None = Field(None, description="True while something is left to pay.")
    is_locked: Lock | None = Field(None, description="Whether somebody holds it for editing.")
    currency: Currency = Field(description="Currency of the payable.")
    value: Value = Field(description="What the payable amounts to.")
    issue_date: date = Field(description="When the supplier issued the document.")
    entry_date: date | None = Field(None, description="When the document was entered.")
    due_date: date = Field(description="When the payable is due; installments have due dates of their own.")
    scheduled_date: date | None = Field(None, description="When the payment is scheduled for.")
    paid_at: datetime | None = Field(None, description="When the payable was paid in full, UTC.")
    provider: Provider | None = Field(None, description="The supplier.")
    company: Company | None = Field(None, description="The company that pays.")
    holder: Holder | None = Field(None, description="Whose account receives the money.")
    payment_purpose: PaymentPurpose | None = Field(None, description="What the payment is for.")
    payment_detail: PaymentDetail | None = Field(None, description="How it is paid.")
    installments: list[Installment] | None = Field(
        None, description="One row per installment of a payable, in the order of the API."
    )
    cost_centers: list[CostCenter] | None = Field(
        None, description="One row per cost centre that bears a share of a payable."
    )
    tributes: list[Tribute] | None = Field(None, description="One row per tax on a payable.")
    receipts: list[Receipt] | None = Field(None, description="One row per receipt of a payment of a payable.")
    canceled: Cancellation | None = Field(None, description="The cancellation, if there was one.")
    integration: Integration | None = Field(None, description="The hand-over to the ERP.")
    metadata: FreeForm | None = Field(None, description="The customer's own data, as JSON, as it came.")
    created_at: datetime = Field(description="When the payable was created in ROIT, UTC.")
    updated_at: datetime = Field(description="When the payable last changed in ROIT, UTC.")
