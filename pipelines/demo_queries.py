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
        "What is still owed, by the month in which it is due (ROIT)",
        "roit",
        "accounts_payable",
        ("due", "currency", "payables", "net"),
        """\
select strftime(due_date, '%Y-%m') as due, currency__code as currency, count(*) as payables, sum(value__net) as net
from roit.accounts_payable
where is_open
group by all order by all limit 6""",
    ),
    Query(
        "How far the payments have come (Tereina)",
        "tereina",
        "payment_statuses",
        ("status", "currency", "payments", "amount"),
        """\
with latest as (
    select * from tereina.payment_statuses
    qualify row_number() over (partition by end_to_end_id order by status_at desc) = 1
)
select status, currency, count(*) as payments, sum(amount) as amount
from latest
group by all order by payments desc limit 6""",
    ),
    Query(
        "What was billed, and what of it is open (Solvimon)",
        "solvimon",
        "invoices",
        ("currency", "invoices", "billed", "open"),
        """\
select billing_currency as currency, count(*) as invoices,
    sum(invoice_amount_including_tax__quantity) as billed, sum(open_invoice_amount__quantity) as open
from solvimon.invoices
group by all order by all limit 6""",
    ),
    Query(
        "Which bank debits have no payment, and which payments no statement shows (models)",
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
)
