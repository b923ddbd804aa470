"""Invoices and purchase orders.

Numbers of documents, lines, accounts and codes may come as text or as a number: as text they can be joined
whichever it was.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from sources.kit.tables import CamelRecord, LooseText, Table

from ._base import PayloadObject


class InvoiceLine(CamelRecord):
    """One line of a supplier's invoice."""

    line_number: LooseText | None = Field(None, description="Number of the line on the invoice.")
    description: str | None = Field(None, description="What was delivered.")
    quantity: Decimal | None = Field(None, description="How much was delivered.")
    unit_price: Decimal | None = Field(None, description="Price of one unit, without tax.")
    net_amount: Decimal | None = Field(None, description="Amount of the line without tax.")
    tax_code: LooseText | None = Field(None, description="Tax code of the ERP.")
    tax_amount: Decimal | None = Field(None, description="Tax on the line.")
    cost_center: LooseText | None = Field(None, description="Cost centre that bears the line.")
    gl_account: LooseText | None = Field(None, description="General ledger account of the line.")
    purchase_order_line: LooseText | None = Field(
        None, description="Number of the purchase order's line that it bills."
    )


class Invoice(PayloadObject):
    """A supplier's invoice in the ERP."""

    table: ClassVar[Table | None] = Table(
        name="invoices",
        singular="invoice",
        key=("reference_id",),
        version="version",
        history=True,
        status="status",
        currency="currency",
        amount="gross_amount",
        partition="issue_date",
    )

    number: LooseText | None = Field(None, description="The supplier's number of the invoice.")
    company_code_reference_id: str | None = Field(None, description="The company code that owes it.")
    supplier_reference_id: str | None = Field(None, description="The company that issued it.")
    purchase_order_reference_id: str | None = Field(None, description="The purchase order that it bills.")
    issue_date: date | None = Field(None, description="When the supplier issued it.")
    posting_date: date | None = Field(None, description="When it was posted in the books.")
    due_date: date | None = Field(None, description="When it is due.")
    baseline_date: date | None = Field(None, description="The date that the payment term counts from.")
    payment_term_reference_id: str | None = Field(None, description="The payment term that applies.")
    currency: str | None = Field(None, description="Currency of all amounts of the invoice, ISO 4217.")
    gross_amount: Decimal | None = Field(None, description="Amount with tax.")
    net_amount: Decimal | None = Field(None, description="Amount without tax.")
    tax_amount: Decimal | None = Field(None, description="Tax on the invoice.")
    discount_amount: Decimal | None = Field(None, description="Discount for payment in time, positive.")
    discount_due_date: date | None = Field(None, description="Last day on which the discount is granted.")
    open_amount: Decimal | None = Field(None, description="What is still to be paid.")
    status: str | None = Field(None, description="State of the invoice in the ERP.")
    payment_block: LooseText | None = Field(
        None, description="Code of the reason why it must not be paid; null or empty: none."
    )
    lines: list[InvoiceLine] | None = Field(None, description="One row per line of an invoice.")


class PurchaseOrderLine(CamelRecord):
    """One line of a purchase order."""

    line_number: LooseText | None = Field(None, description="Number of the line on the order.")
    description: str | None = Field(None, description="What is ordered.")
    quantity: Decimal | None = Field(None, description="How much is ordered.")
    unit_price: Decimal | None = Field(None, description="Price of one unit, without tax.")
    net_amount: Decimal | None = Field(None, description="Amount of the line without tax.")
    received_quantity: Decimal | None = Field(None, description="How much has been received so far.")
    invoiced_quantity: Decimal | None = Field(None, description="How much has been invoiced so far.")
    delivery_date: date | None = Field(None, description="When the delivery is expected.")


class PurchaseOrder(PayloadObject):
    """An order to a supplier."""

    table: ClassVar[Table | None] = Table(
        name="purchase_orders",
        singular="purchase_order",
        key=("reference_id",),
        version="version",
        status="status",
        currency="currency",
        amount="total_amount",
        partition="order_date",
    )

    number: LooseText | None = Field(None, description="Number of the order.")
    company_code_reference_id: str | None = Field(None, description="The company code that orders.")
    supplier_reference_id: str | None = Field(None, description="The company that delivers.")
    order_date: date | None = Field(None, description="When it was ordered.")
    currency: str | None = Field(None, description="Currency of all amounts of the order, ISO 4217.")
    total_amount: Decimal | None = Field(None, description="Amount of the order.")
    status: str | None = Field(None, description="State of the order in the ERP.")
    lines: list[PurchaseOrderLine] | None = Field(None, description="One row per line of a purchase order.")
