"""Questions that the demo answers: one a system, and one to the models. People are meant to paste them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Query:
    """A question, the SQL that answers it, and the table without which it cannot be asked."""

    title: str
    schema: str
    table: str
    columns: tuple[str, ...]
    sql: str


QUERIES = (
    Query(
        "What do we owe, and how old is it",
        "analytics",
        "fct_ap_open_item",
        ("currency", "bucket", "items", "open", "oldest"),
        """\
select currency_code as currency, bucket, count(*) as items,
    sum(open_amount) as open, max(days_past_due) as oldest
from analytics.fct_ap_open_item
group by currency, bucket order by currency, oldest""",
    ),
    Query(
        "Which bank debits have no payment, and which payments no statement shows",
        "analytics",
        "fct_bank_reconciliation",
        ("state", "reason", "currency", "rows", "debited", "paid"),
        """\
select state, reason, currency_code as currency, count(*) as rows,
    sum(debit_amount) as debited, sum(payment_amount) as paid
from analytics.fct_bank_reconciliation
where state in ('missing_in_erp', 'missing_in_bank', 'matched_with_difference')
group by all order by all limit 6""",
    ),
    Query(
        "What was billed, and what of it is open",
        "solvimon",
        "invoices",
        ("currency", "invoices", "billed", "open"),
        """\
select billing_currency as currency, count(*) as invoices,
    sum(invoice_amount_including_tax__quantity) as billed, sum(open_invoice_amount__quantity) as open
from solvimon.invoices
group by all order by all limit 6""",
    ),
)
