"""Invoices: the header, its taxes, and what it stands on.

Money has columns wherever it is: numbers lose digits when they are read out of JSON.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import Child, Codes, FreeForm, Personal, Record, Table

from ._values import Amount, ListedResource, Period, Timestamp, UsedExchangeRate
from .invoice_lines import InvoicePeriod

INVOICE_STATUSES = Codes("DRAFT", "FINAL")
INVOICE_TYPES = Codes("STANDARD", "CREDIT", "ONE_OFF", "ONE_OFF_CREDIT")
PRICING_AMOUNT_TYPES = Codes("EXCLUDING_TAX", "INCLUDING_TAX")
APPROVAL_STATUSES = Codes("PENDING_REVIEW", "APPROVED", "DECLINED", "CANCELLED")
BILLING_TYPES = Codes("DEFAULT", "SELF_BILLING")
PAYMENT_STATUSES = Codes("UNPAID", "PARTIALLY_PAID", "PAID", "OVERPAID")
CREDIT_SOURCES = Codes("CURRENT", "ORIGINAL")


class LocalAmounts(Record):
    """The tax in the currency of the country that collects it."""

    base_amount: Amount | None = Field(None, description="Taxed amount, in the tax currency.")
    tax_amount: Amount | None = Field(None, description="Tax, in the tax currency.")
    total_amount: Amount | None = Field(None, description="Amount with tax, in the tax currency.")
    used_exchange_rate: UsedExchangeRate | None = Field(None, description="The rate of the conversion.")
    display: bool | None = Field(None, description="True when the invoice shows these amounts.")


class TaxRate(Record):
    """One of the rates that a tax category is made of."""

    name: str | None = Field(None, description="Name of the rate.")
    percentage: Decimal | None = Field(None, description="The rate, in percent.")
    tax_amount: Amount | None = Field(None, description="Tax at this rate.")


class TaxCategory(Record):
    """What the invoice is taxed with, by category."""

    base_amount: Amount | None = Field(None, description="Taxed amount.")
    tax_amount: Amount | None = Field(None, description="Tax.")
    total_amount: Amount | None = Field(None, description="Amount with tax.")
    percentage: Decimal | None = Field(None, description="Rate of the category, in percent.")
    name: str | None = Field(None, description="Name of the tax.")
    category: str | None = Field(None, description="Category of the tax.")
    local_amounts: LocalAmounts | None = Field(None, description="The same in the tax currency.")
    notes: FreeForm | None = Field(None, description="Notes on the tax, as a JSON list.")
    rates: list[TaxRate] | None = Field(
        None, description="One row per rate that a tax category of an invoice is made of."
    )


class TaxSummary(Record):
    """The tax of the whole invoice."""

    base_amount: Amount | None = Field(None, description="Taxed amount.")
    tax_amount: Amount | None = Field(None, description="Tax.")
    total_amount: Amount | None = Field(None, description="Amount with tax.")
    local_amounts: LocalAmounts | None = Field(None, description="The same in the tax currency.")
    notes: FreeForm | None = Field(None, description="Notes on the tax, as a JSON list.")
    country_code: str | None = Field(None, description="Country that collects the tax, ISO 3166.")


class LinkedInvoice(Record):
    """Another invoice that belongs to it, such as the one that it credits."""

    id: str | None = Field(None, description="Solvimon's id of the other invoice.")
    link_type: str | None = Field(None, description="What the other invoice is to this one.")
    note: str | None = Field(None, description="Note on the link.")
    invoice_number: str | None = Field(None, description="Number of the other invoice.")
    amount: Amount | None = Field(None, description="Amount that the link is about.")
    invoice_date: Timestamp | None = Field(None, description="Date of the other invoice, UTC.")


class OriginalInvoice(Record):
    """The invoice that a credit note takes back."""

    id: str | None = Field(None, description="Solvimon's id of the invoice that is credited.")
    invoice_number: str | None = Field(None, description="Number of the invoice that is credited.")


class CreditDetail(Record):
    """What a credit note takes back."""

    original_invoice_id: str | None = Field(None, description="The invoice that is credited.")
    original_invoice_info: OriginalInvoice | None = Field(None, description="Its id and number.")
    note: str | None = Field(None, description="Why it is credited.")
    credit_details_source: Annotated[str | None, CREDIT_SOURCES] = Field(
        None, description="Whether the parties' details are today's or the original invoice's."
    )


class PortalLink(Record):
    """A page on which the customer can pay without signing in."""

    expiry_period: Period | None = Field(None, description="How long the page can be opened.")
    portal_url_id: str | None = Field(None, description="Solvimon's id of the link.")
    url: Annotated[str | None, Personal()] = Field(
        None, description="Address of the page; whoever has it can open it."
    )


class Reprocessing(Record):
    """When and how the invoice is calculated again."""

    to_be_reprocessed_at: Timestamp | None = Field(None, description="When it is calculated again, UTC.")
    reprocess_status: str | None = Field(None, description="State of the calculation.")
    reprocess_id: str | None = Field(None, description="Solvimon's id of the calculation.")


class Invoice(ListedResource):
    """An invoice or credit note to a customer."""

    table: ClassVar[Table | None] = Table(
        name="invoices",
        singular="invoice",
        version="updated_at",
        history=True,
        status="status",
        currency="invoice_amount_including_tax__currency",
        amount="invoice_amount_including_tax__quantity",
        partition="invoice_date",
    )

    invoice_number: str | None = Field(None, description="Number of the invoice; drafts have none.")
    purchase_order_number: str | None = Field(None, description="The customer's purchase order.")
    platform_id: str | None = Field(None, description="Solvimon's id of the seller's platform.")
    customer_id: str | None = Field(None, description="The customer that is billed.")
    customer_reference: str | None = Field(None, description="The seller's own reference of the customer.")
    sales_tax_percentage: Decimal | None = Field(None, description="Rate of the sales tax, in percent.")
    customer: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The customer as it was when billed, as JSON."
    )
    billing_entity_id: str | None = Field(None, description="The seller's unit that bills.")
    billing_entity: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The seller's unit as it was when billing, as JSON."
    )
    status: Annotated[str | None, INVOICE_STATUSES] = Field(
        None, description="State of the invoice; FINAL ones do not change."
    )
    on_hold: bool | None = Field(None, description="True while it is kept from becoming final.")
    paid: bool | None = Field(None, description="True when it is paid.")
    type: Annotated[str | None, INVOICE_TYPES] = Field(None, description="Kind of invoice or credit note.")
    created_at: Timestamp | None = Field(None, description="When it was created, UTC.")
    updated_at: Timestamp | None = Field(None, description="When it last changed, UTC.")
    invoice_date: Timestamp | None = Field(None, description="Date of the invoice, UTC.")
    delivery_date: str | None = Field(None, description="When it was delivered, as the API writes it.")
    due_date: Timestamp | None = Field(None, description="When it is due, UTC.")
    billing_period_date: str | None = Field(
        None, description="The date that names the billing period, as the API writes it."
    )
    billing_currency: str | None = Field(None, description="Currency of the invoice, ISO 4217.")
    invoice_amount_including_tax: Amount | None = Field(None, description="Amount with tax.")
    open_invoice_amount: Amount | None = Field(None, description="What is still to be billed or paid.")
    closed_invoice_amount: Amount | None = Field(None, description="What is settled.")
    paid_invoice_amount: Amount | None = Field(None, description="What was paid.")
    timezone: str | None = Field(None, description="Time zone that its days are counted in, IANA name.")
    billing_period: Period | None = Field(None, description="How often it is billed.")
    pricing_plan_subscription_ids: FreeForm | None = Field(
        None, description="The subscriptions that it bills, as a JSON list of ids."
    )
    pricing_amount_type: Annotated[str | None, PRICING_AMOUNT_TYPES] = Field(
        None, description="Whether prices contain tax."
    )
    periods: list[InvoicePeriod] | None = Field(None, description="One row per period that an invoice bills.")
    closed_periods: FreeForm | None = Field(None, description="Periods that are closed, as JSON.")
    tax_categories: Annotated[list[TaxCategory] | None, Child(singular="tax_category")] = Field(
        None, description="One row per tax category of an invoice as a whole."
    )
    tax_summary: TaxSummary | None = Field(None, description="The tax of the whole invoice.")
    auto_rescues: FreeForm | None = Field(None, description="Attempts to collect again, as JSON.")
    dunning_actions: FreeForm | None = Field(None, description="What was done to be paid, as JSON.")
    payment_acceptor_ids: FreeForm | None = Field(
        None, description="The ways to pay that are offered, as a JSON list of ids."
    )
    payment_actions: Annotated[FreeForm | None, Personal()] = Field(
        None, description="How to pay, with bank accounts, as JSON."
    )
    pay_invoice_link: PortalLink | None = Field(None, description="Where the customer can pay.")
    notes: FreeForm | None = Field(None, description="Notes on the invoice, as a JSON list.")
    linked_invoices: list[LinkedInvoice] | None = Field(
        None, description="One row per invoice that belongs to an invoice."
    )
    linked_invoices_ids: FreeForm | None = Field(
        None, description="The invoices that belong to it, as a JSON list of ids."
    )
    custom_fields: FreeForm | None = Field(None, description="The seller's own fields, as JSON.")
    other_custom_fields: FreeForm | None = Field(
        None, description="The seller's own fields of what the invoice refers to, as JSON."
    )
    credit: CreditDetail | None = Field(None, description="What a credit note takes back.")
    e_invoices: FreeForm | None = Field(None, description="Electronic invoices and their states, as JSON.")
    used_exchange_rates: list[UsedExchangeRate] | None = Field(
        None, description="One row per exchange rate that an invoice was calculated with."
    )
    processing_only_customers: Annotated[FreeForm | None, Personal()] = Field(
        None, description="Customers that use but are not billed, as JSON."
    )
    meter_values: FreeForm | None = Field(None, description="The meters behind the invoice, as JSON.")
    credit_types: FreeForm | None = Field(None, description="The kinds of credit behind it, as JSON.")
    display_invoice_sub_lines_per_processing_only_customer: bool | None = Field(
        None, description="True when lines are split by customers that are not billed."
    )
    forwarded_from_customers: Annotated[FreeForm | None, Personal()] = Field(
        None, description="Customers whose usage is billed to this one, as JSON."
    )
    validation_result: FreeForm | None = Field(None, description="Outcome of the checks, as JSON.")
    to_be_reprocessed: bool | None = Field(None, description="True when it will be calculated again.")
    to_be_reprocessed_at: Timestamp | None = Field(None, description="When it is calculated again, UTC.")
    reprocess: Reprocessing | None = Field(None, description="The next calculation.")
    used_tax_registration: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The seller's tax registration that applies, as JSON."
    )
    footnote: str | None = Field(None, description="Text at the foot of the invoice.")
    approval_status: Annotated[str | None, APPROVAL_STATUSES] = Field(
        None, description="State of the review before it becomes final."
    )
    updated_to_final_at: Timestamp | None = Field(None, description="When it became final, UTC.")
    has_usage_based_pricing: bool | None = Field(None, description="True when usage is billed.")
    coupons: FreeForm | None = Field(None, description="Coupons that were applied, as JSON.")
    promotion_codes: FreeForm | None = Field(None, description="Promotion codes that were used, as JSON.")
    linked_integrations: FreeForm | None = Field(
        None, description="What other systems call the invoice, as JSON."
    )
    billing_type: Annotated[str | None, BILLING_TYPES] = Field(None, description="Who writes the invoice.")
    payment_status: Annotated[str | None, PAYMENT_STATUSES] = Field(
        None, description="How much of it is paid."
    )
