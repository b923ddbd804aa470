"""Measures of a revenue invoice, out of its lines, its taxes and what its header states."""

from __future__ import annotations

from decimal import Decimal

from pipelines.dataset import ReadOnlyWarehouse
from pipelines.errors import UsageError

from ._result import Document, Entry, Explanation, Record, exact_sum, records_of

_COLUMNS = {
    "open_amount": "open_amount",
    "paid": "paid_amount",
    "net": "amount_excluding_tax",
    "tax": "tax_amount",
    "gross": "amount_including_tax",
}
MEASURES = tuple(_COLUMNS)


def explain_revenue(marts: ReadOnlyWarehouse, document: Document, name: str) -> Explanation:
    """Lines for net and gross, taxes for tax, and what the header states beyond them.

    Raises ``UsageError`` where the source states no such amount.
    """
    column = _COLUMNS[name]
    currency, stated, gross = marts.query(
        f"select currency_code, {column}, amount_including_tax from {{fct_revenue_invoice}} where invoice_key = %s",
        document.key,
    )[0]
    if stated is None:
        raise UsageError(f"Solvimon states no {name} of {document.label}")
    header = records_of(marts, "fct_revenue_invoice", "invoice_key", "invoice_key", document.key).get(
        document.key, ()
    )
    if name in ("net", "gross"):
        entries = _lines(marts, document, column)
    elif name == "tax":
        entries = _taxes(marts, document)
    elif name == "open_amount" and gross is not None:
        entries = (Entry("INVOICED", gross, currency, records=header),)
    else:
        entries = ()
    return Explanation(
        document=document,
        measure=name,
        currency=currency,
        as_of=None,
        known_at=None,
        mart_column=f"fct_revenue_invoice.{column}",
        mart=stated,
        entries=_with_rest(entries, name, stated, currency, header),
    )


def _with_rest(
    entries: tuple[Entry, ...], name: str, stated: Decimal, currency: str, header: tuple[Record, ...]
) -> tuple[Entry, ...]:
    """The entries, and what the header states beyond them: nothing, a cent of rounding, or all of it."""
    parts = (entry.amount.copy_negate() for entry in entries if entry.currency == currency)
    rest = exact_sum((stated, *parts))
    if not rest:
        return entries
    what = "PAID_OR_CREDITED" if name == "open_amount" and entries else "STATED_BY_HEADER"
    note = "beyond its parts" if entries and what == "STATED_BY_HEADER" else None
    return (*entries, Entry(what, rest, currency, note=note, records=header))


def _lines(marts: ReadOnlyWarehouse, document: Document, column: str) -> tuple[Entry, ...]:
    rows = marts.query(
        f"select invoice_line_key, line_number, description, currency_code, {column}"
        " from {fct_revenue_invoice_line} where invoice_key = %s order by line_number",
        document.key,
    )
    evidence = records_of(marts, "fct_revenue_invoice_line", "invoice_line_key", "invoice_key", document.key)
    return tuple(
        Entry("LINE", amount, currency, part=str(number), note=text, records=evidence.get(key, ()))
        for key, number, text, currency, amount in rows
        if amount is not None
    )


def _taxes(marts: ReadOnlyWarehouse, document: Document) -> tuple[Entry, ...]:
    rows = marts.query(
        "select invoice_tax_key, tax_country, tax_category, tax_percentage, currency_code, tax_amount"
        " from {fct_revenue_invoice_tax} where invoice_key = %s order by tax_country, tax_category, tax_percentage",
        document.key,
    )
    evidence = records_of(marts, "fct_revenue_invoice_tax", "invoice_tax_key", "invoice_key", document.key)
    return tuple(
        Entry("TAX", amount, currency, part=_tax(country, category, rate), records=evidence.get(key, ()))
        for key, country, category, rate, currency, amount in rows
        if amount is not None
    )


def _tax(country: str | None, category: str | None, rate: Decimal | None) -> str:
    percentage = f"{rate.normalize():f} %" if rate is not None else None
    return " ".join(part for part in (country, category, percentage) if part)
