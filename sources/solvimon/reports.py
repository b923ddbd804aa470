"""Reports as tables: what is known of their columns before a file is seen.

Columns are not fixed: a definition lists them, a configuration adds to them, and the header of the file decides.
Here are those that every report of the code is taken to have, so that its table exists with all of them from the
first load on. What these name as a quantity, price, amount or rate is a decimal, a date is a date; everything
else is text.
"""

from __future__ import annotations

from collections.abc import Sequence

from sources.kit.formats import normalise_headers
from sources.kit.tables import Column, Table, TableShape, Tabular, Type, tabular_tables

from .settings import REPORT_CODES


def _text(name: str, description: str, *, personal: bool = False) -> Column:
    return Column(name, Type.TEXT, description, personal=personal)


def _decimal(name: str, description: str) -> Column:
    return Column(name, Type.DECIMAL, description)


def _date(name: str, description: str) -> Column:
    return Column(name, Type.DATE, description)


_INVOICE = (
    _text("invoice_number", "Number of the invoice."),
    _text("invoice_id", "Solvimon's id of the invoice."),
)
_HEADER = Tabular(
    Table(
        name="report_invoice_header",
        singular="report_invoice_header",
        key=("window_from", "row_number"),
        partition="window_from",
        status="invoice_status",
        currency="invoice_currency",
        amount="invoice_quantity",
    ),
    (
        *_INVOICE,
        _date("invoice_date", "Date of the invoice."),
        _date("due_date", "Due date of the invoice."),
        _text("invoice_status", "State of the invoice, the report's column Invoice status."),
        _text("sold_from_entity", "Legal entity that sells."),
        _text("sold_from_tax_id", "Tax id of the entity that sells.", personal=True),
        _text("sold_from_country", "Country of the entity that sells."),
        _text("sold_to_entity", "Customer.", personal=True),
        _text("sold_to_country", "Country of the customer."),
        _text("tax_currency", "Currency of the tax."),
        _decimal("tax_quantity", "Tax of the invoice."),
        _text("status", "The report's column Status."),
        _text("invoice_currency", "Currency of the invoice."),
        _decimal("invoice_quantity", "Amount of the invoice, tax included."),
    ),
    "One row per invoice of the report INVOICE_HEADER.",
    subject="invoice_id",
)
_LINE = Tabular(
    Table(
        name="report_invoice_line",
        singular="report_invoice_line",
        key=("window_from", "row_number"),
        partition="window_from",
        currency="currency",
        amount="amount_including_tax",
    ),
    (
        *_INVOICE,
        _text("line_number", "Number of the line."),
        _text("product", "Name of the product."),
        _text("product_reference", "Reference of the product."),
        _text("description", "What is sold, in words."),
        _decimal("quantity", "Quantity sold."),
        _decimal("unit_price", "Price of one unit."),
        _text("currency", "Currency of the line."),
        _decimal("amount_excluding_tax", "Amount of the line without tax."),
        _decimal("tax_rate", "Rate of the tax in percent."),
        _decimal("amount_including_tax", "Amount of the line with tax."),
        _date("service_start_date", "First day of the service."),
        _date("service_end_date", "Last day of the service."),
    ),
    "One row per invoice line of the report INVOICE_LINE.",
    subject="invoice_id",
)
_TAX = Tabular(
    Table(
        name="report_invoice_tax",
        singular="report_invoice_tax",
        key=("window_from", "row_number"),
        partition="window_from",
        currency="tax_currency",
        amount="tax_quantity",
    ),
    (
        *_INVOICE,
        _text("tax_country", "Country that the tax is owed in."),
        _text("tax_category", "Category of the tax."),
        _decimal("tax_rate", "Rate of the tax in percent."),
        _text("tax_currency", "Currency of the tax."),
        _decimal("taxable_quantity", "Amount that the tax is calculated on."),
        _decimal("tax_quantity", "Amount of the tax."),
    ),
    "One row per invoice, tax country, category and rate of the report INVOICE_TAX.",
    subject="invoice_id",
)
_DECLARED = {"INVOICE_HEADER": _HEADER, "INVOICE_LINE": _LINE, "INVOICE_TAX": _TAX}


def table_name(code: str) -> str:
    """The table of a report code, which is also its resource."""
    return f"report_{code.lower()}"


def report_table(code: str, defined: Sequence[str] = ()) -> Tabular:
    """The table of a report code with the columns that it is known to have.

    Args:
        code: the report code.
        defined: the headers that the report's definition lists; those not known yet are text. Nobody has judged
            them, so they count as personal.
    """
    name = table_name(code)
    known = _DECLARED.get(code) or Tabular(
        Table(name=name, singular=name, key=("window_from", "row_number"), partition="window_from"),
        (),
        f"One row of the report {code}.",
    )
    names = {column.name for column in known.columns}
    more = [
        _text(column, f"The report's column {header!r}.", personal=True)
        for column, header in zip(normalise_headers(defined), defined, strict=True)
        if column not in names
    ]
    return Tabular(known.table, (*known.columns, *more), known.description, known.subject)


def report_tables(codes: Sequence[str] = REPORT_CODES) -> tuple[TableShape, ...]:
    """The tables of report codes and their histories, with the columns that are known beforehand."""
    shapes = (shape for code in codes for shape in tabular_tables(report_table(code)))
    return tuple({shape.name: shape for shape in shapes}.values())
