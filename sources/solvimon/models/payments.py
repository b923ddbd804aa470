"""Payments, and what leads to them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import Child, Codes, FreeForm, Personal, Record, Table

from ._values import Amount, ListedResource, Timestamp

PAYMENT_RESULTS = Codes("AUTHORIZED", "CANCELLED", "CHARGED_BACK", "ERROR", "PENDING", "REFUSED", "REFUNDED")
METHOD_TYPES = Codes(
    "CARD", "ONLINE_BANKING", "BUY_NOW_PAY_LATER", "DIRECT_DEBIT", "DIGITAL_WALLET", "UNKNOWN"
)
CONTEXT_TYPES = Codes(
    "INVOICE",
    "PAY_INVOICE",
    "CREATE_PAYMENT_METHOD",
    "INIT_PRICING_PLAN_SUBSCRIPTION",
    "PAYMENT_REQUEST",
    "CHARGE_ON_DEMAND",
    "DIRECT",
)
REQUEST_STATUSES = Codes("SCHEDULED", "IN_PROGRESS", "ON_HOLD", "FAILED", "DONE", "SKIPPED")


class MethodDetails(Record):
    """How the customer paid: the type, and that type's own details."""

    type: Annotated[str | None, METHOD_TYPES] = Field(None, description="How it was paid.")
    card: Annotated[FreeForm | None, Personal()] = Field(None, description="The card, as JSON.")
    online_banking: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The online bank, as JSON."
    )
    buy_now_pay_later: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The lender, as JSON."
    )
    direct_debit: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The debited account, as JSON."
    )
    digital_wallet: Annotated[FreeForm | None, Personal()] = Field(None, description="The wallet, as JSON.")
    unknown: Annotated[FreeForm | None, Personal()] = Field(None, description="Any other way, as JSON.")


class ResultDetails(Record):
    """Why the payment ended as it did."""

    code: str | None = Field(None, description="Solvimon's code of the reason.")
    reason: str | None = Field(None, description="The reason in words.")
    external_code: str | None = Field(None, description="The payment provider's code of the reason.")
    external_reason: str | None = Field(None, description="The payment provider's words.")


class DunningDetails(Record):
    """Which attempt to collect the payment was."""

    attempt: int | None = Field(None, description="Number of the attempt.")
    external_reference: str | None = Field(None, description="The provider's reference of the dunning.")
    next_attempt_scheduled: bool | None = Field(None, description="True when another attempt will follow.")


class PaymentContext(Record):
    """What the payment was made for: the type, and that type's own details."""

    type: Annotated[str | None, CONTEXT_TYPES] = Field(None, description="What it was made for.")
    related_resource_ids: FreeForm | None = Field(None, description="What it is about, as a JSON list.")
    metadata: FreeForm | None = Field(None, description="The caller's own data, as JSON.")
    init_pricing_plan_subscription: FreeForm | None = Field(
        None, description="The subscription that it opened, as JSON."
    )
    create_payment_method: FreeForm | None = Field(
        None, description="The way to pay that it registered, as JSON."
    )
    payment_request: FreeForm | None = Field(None, description="The payment request behind it, as JSON.")
    pay_invoice: FreeForm | None = Field(None, description="The invoice that it paid, as JSON.")
    charge_on_demand: FreeForm | None = Field(None, description="The charge behind it, as JSON.")
    direct: FreeForm | None = Field(None, description="A payment without any of these, as JSON.")


class PaymentFields(ListedResource):
    """What is known of a payment, wherever it is listed."""

    created_at: Timestamp | None = Field(None, description="When Solvimon came to know of it, UTC.")
    timestamp: Timestamp | None = Field(None, description="When it was made, UTC.")
    customer_id: str | None = Field(None, description="The customer that paid.")
    customer: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The customer that paid, as JSON."
    )
    payment_acceptor_id: str | None = Field(None, description="The way to pay that was taken.")
    payment_acceptor_reference: str | None = Field(
        None, description="The seller's own reference of the way to pay."
    )
    payment_method_id: str | None = Field(None, description="The customer's registered way to pay.")
    payment_method_details: MethodDetails | None = Field(None, description="How it was paid.")
    integration_payment_method_reference: str | None = Field(
        None, description="What the payment provider calls the customer's way to pay."
    )
    external_reference: str | None = Field(None, description="The payment provider's reference.")
    reference: str | None = Field(None, description="The seller's own reference of the payment.")
    amount: Amount | None = Field(None, description="What was paid.")
    result: Annotated[str | None, PAYMENT_RESULTS] = Field(None, description="How it ended.")
    result_details: ResultDetails | None = Field(None, description="Why it ended so.")
    dunning_action_details: DunningDetails | None = Field(
        None, description="Which attempt to collect it was."
    )
    updated_at: Timestamp | None = Field(None, description="When it last changed, UTC.")
    context: PaymentContext | None = Field(None, description="What it was made for.")


class Payment(PaymentFields):
    """One payment, or an attempt at one."""

    table: ClassVar[Table | None] = Table(
        name="payments",
        singular="payment",
        version="updated_at",
        status="result",
        currency="amount__currency",
        amount="amount__quantity",
        partition="created_at",
    )

    invoice_id: str | None = Field(None, description="The invoice that was paid.")


class InvoicePayment(PaymentFields):
    """A payment as the list of an invoice's payments has it."""

    paid_invoice_id: str | None = Field(
        None, alias="invoice_id", description="The invoice that the payment itself names."
    )


class InvoicePayments(Record):
    """One invoice whose payments were read, and the version of it at which they were."""

    table: ClassVar[Table | None] = Table(name="invoice_payment_reads", singular="invoice")

    id: str = Field(description="Solvimon's id of the invoice.")
    updated_at: Timestamp | None = Field(None, description="When the invoice had last changed, UTC.")
    payments: Annotated[
        list[InvoicePayment] | None, Child(whole_name="invoices__payments", singular="payment")
    ] = Field(None, description="One row per payment of an invoice, as its own list of payments has it.")


class PaymentRequest(ListedResource):
    """A payment that a schedule wants."""

    table: ClassVar[Table | None] = Table(
        name="payment_requests",
        singular="payment_request",
        status="status",
        currency="amount__currency",
        amount="amount__quantity",
        partition="execute_at",
    )

    payment_schedule_id: str | None = Field(None, description="The schedule that wants it.")
    customer_id: str | None = Field(None, description="The customer that is to pay.")
    customer: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The customer that is to pay, as JSON."
    )
    status: Annotated[str | None, REQUEST_STATUSES] = Field(None, description="State of the request.")
    created_at: Timestamp | None = Field(None, description="When it was created, UTC.")
    execute_at: Timestamp | None = Field(None, description="When it is to be paid, UTC.")
    index: int | None = Field(None, description="Order of the request within its schedule.")
    amount: Amount | None = Field(None, description="What is to be paid.")


class PaymentSchedule(ListedResource):
    """A plan by which a customer pays in parts: what identifies it; everything else is in ``_extra``."""

    table: ClassVar[Table | None] = Table(
        name="payment_schedules", singular="payment_schedule", version="updated_at", status="status"
    )

    created_at: Timestamp | None = Field(None, description="When it was created, UTC.")
    updated_at: Timestamp | None = Field(None, description="When it last changed, UTC.")
    status: str | None = Field(None, description="State of the schedule.")
    type: str | None = Field(None, description="Kind of schedule.")
    reference: str | None = Field(None, description="The seller's own reference of the schedule.")
    customer_id: str | None = Field(None, description="The customer that pays.")
    customer: Annotated[FreeForm | None, Personal()] = Field(
        None, description="The customer that pays, as JSON."
    )
    payment_method_id: str | None = Field(None, description="The customer's registered way to pay.")
    billing_entity_id: str | None = Field(None, description="The seller's unit that is paid.")
