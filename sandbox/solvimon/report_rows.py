"""The rows of each report, computed from the tenant's own invoices, customers and payments.

A cell is None (empty, unquoted) or text. Money and rates are decimal strings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .definitions import FINAL_WINDOW, WINDOW
from .invoice_lines import lines_of
from .invoices import market_of
from .listing import moment
from .state import Tenant
from .values import Record, stamp

Row = dict[str, str | None]


@dataclass(frozen=True)
class Selection:
    """Which objects a report is about: ends of windows are included and compare as text."""

    window: tuple[str, str] | None
    final_window: tuple[str, str] | None
    customer_id: str | None
    invoice_id: str | None
    statuses: frozenset[str]
    meter_id: str | None = None
    report_date: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Selection:
        statuses = values.get("statuses")
        return cls(
            _window(values, WINDOW),
            _window(values, FINAL_WINDOW),
            values.get("customer_id"),
            values.get("invoice_id"),
            frozenset(statuses.split(",") if statuses else ["FINAL"]),
            values.get("meter_id"),
            values.get("report_date"),
        )

    def takes_invoice(self, invoice: Record) -> bool:
        return (
            invoice["status"] in self.statuses
            and _inside(self.window, invoice["invoice_date"])
            and _inside(self.final_window, invoice.get("updated_to_final_at") or "")
            and self.customer_id in (None, invoice["customer_id"])
            and self.invoice_id in (None, invoice["id"])
        )

    def takes_payment(self, payment: Record) -> bool:
        return (
            _inside(self.window, payment["created_at"])
            and self.customer_id in (None, payment["customer_id"])
            and self.invoice_id in (None, payment["invoice_id"])
        )


def _window(values: Mapping[str, str], names: tuple[str, str]) -> tuple[str, str] | None:
    start, end = (values.get(name) for name in names)
    if start is None or end is None:
        return None
    return stamp(moment(names[0], start, end=False)), stamp(moment(names[1], end, end=True))


def _inside(window: tuple[str, str] | None, text: str) -> bool:
    return window is None or window[0] <= text <= window[1]


def _field(owner: Record, reference: str) -> str | None:
    fields = owner.get("custom_fields") or []
    return next((field["value"] for field in fields if field["reference"] == reference), None)


def _day(text: str | None) -> str | None:
    return text[:10] if text else None


def _name(customer: Record) -> str:
    if organization := customer.get("organization"):
        return str(organization["legal_name"])
    name = customer["individual"]["name"]
    return f"{name['first_name']} {name['last_name']}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _common(invoice: Record) -> Row:
    # A draft has no number yet.
    return {"Invoice Number": invoice.get("invoice_number"), "Invoice ID": invoice["id"]}


def header_rows(tenant: Tenant, selection: Selection) -> Iterator[Row]:
    for invoice in _invoices(tenant, selection):
        entity, customer, taxes = invoice["billing_entity"], invoice["customer"], invoice["tax_summary"]
        local = taxes.get("local_amounts") or taxes
        yield {
            **_common(invoice),
            "Invoice Date": _day(invoice["invoice_date"]),
            "Due Date": _day(invoice["due_date"]),
            "Invoice status": invoice["status"],
            "Sold From Entity": entity["legal_name"],
            "Sold From Tax ID": entity["tax_id"],
            "Sold From Country": entity["registered_address"]["country"],
            "Sold To Entity": _name(customer),
            "Sold To Country": market_of(customer).country,
            "Tax Currency": local["tax_amount"]["currency"],
            "Tax Quantity": local["tax_amount"]["quantity"],
            "Status": invoice["payment_status"],
            "Invoice Currency": invoice["billing_currency"],
            "Invoice Quantity": invoice["invoice_amount_including_tax"]["quantity"],
            "Projeto / Custo": _field(invoice, "project"),
            "Cost Centre": _field(customer, "cost_centre"),
            "cost-centre": None,
        }


def line_rows(tenant: Tenant, selection: Selection) -> Iterator[Row]:
    """Line numbers run through the invoice; the API's `line_order` starts anew in every group."""
    for invoice in _invoices(tenant, selection):
        lines = [(period, line) for period in invoice["periods"] for line in lines_of({"periods": [period]})]
        for number, (period, line) in enumerate(lines, start=1):
            yield {
                **_common(invoice),
                "Line Number": str(number),
                **_line(line),
                "Service Start Date": _day(period["start_at"]),
                "Service End Date": _day(period["end_at"]),
                "Projeto / Custo": _field(invoice, "project"),
            }


def _line(line: Record) -> Row:
    item = line["product_items"][0]
    details = line["details"]
    return {
        "Product": item["name"],
        "Product Reference": item["reference"],
        "Description": line["description"],
        "Quantity": details["meter_value"]["number"],
        "Unit Price": details["band"]["amount"]["quantity"],
        "Currency": line["amount_excluding_tax"]["currency"],
        "Amount Excluding Tax": line["amount_excluding_tax"]["quantity"],
        "Tax Rate": line["tax_categories"][0]["percentage"],
        "Amount Including Tax": line["amount_including_tax"]["quantity"],
    }


def tax_rows(tenant: Tenant, selection: Selection) -> Iterator[Row]:
    for invoice in _invoices(tenant, selection):
        for tax in invoice["tax_categories"]:
            yield {
                **_common(invoice),
                "Tax Country": invoice["tax_summary"]["country_code"],
                "Tax Category": tax["category"],
                "Tax Rate": tax["percentage"],
                "Tax Currency": tax["tax_amount"]["currency"],
                "Taxable Quantity": tax["base_amount"]["quantity"],
                "Tax Quantity": tax["tax_amount"]["quantity"],
            }


def customer_rows(tenant: Tenant, selection: Selection) -> Iterator[Row]:
    for customer in tenant.catalog.customers:
        yield {
            "Customer ID": customer["id"],
            "Reference": customer["reference"],
            "Name": _name(customer),
            "Type": customer["type"],
            "Status": customer["status"],
            "Country": market_of(customer).country,
            "Created At": customer["created_at"],
        }


def product_rows(tenant: Tenant, selection: Selection) -> Iterator[Row]:
    for product in tenant.catalog.products():
        yield {
            "Product ID": product["id"],
            "Reference": product["reference"],
            "Name": product["name"],
            "Category": product["category"]["name"],
            "Status": product["status"],
        }


def payment_rows(tenant: Tenant, selection: Selection) -> Iterator[Row]:
    for payment in tenant.payments.values():
        if selection.takes_payment(payment):
            yield {
                "Payment ID": payment["id"],
                "Invoice ID": payment["invoice_id"],
                "Customer ID": payment["customer_id"],
                "Created At": payment["created_at"],
                "Currency": payment["amount"]["currency"],
                "Amount": payment["amount"]["quantity"],
                "Result": payment["result"],
                "External Reference": _text(payment.get("external_reference")),
            }


def _invoices(tenant: Tenant, selection: Selection) -> Iterator[Record]:
    return (invoice for invoice in tenant.invoices.values() if selection.takes_invoice(invoice))


ROWS: Mapping[str, Callable[[Tenant, Selection], Iterator[Row]]] = {
    "INVOICE_HEADER": header_rows,
    "INVOICE_LINE": line_rows,
    "INVOICE_TAX": tax_rows,
    "CUSTOMER": customer_rows,
    "PRODUCT": product_rows,
    "PAYMENT": payment_rows,
}
