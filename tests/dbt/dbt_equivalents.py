"""Faults that are none: what they change, no row can show. Each with its reason, for a reader to doubt.

An entry stands for every fault of its kind in the models named whose text, as it was, contains ``reads``. One that
stands for none any more fails ``test_dbt_mutants``; so that none hides a fault, ``dbt_mutation.py --equivalents`` puts
every one of them into the SQL and fails if anything notices.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass


@dataclass(frozen=True)
class Equivalent:
    """``models`` is a pattern as of file names; ``reads`` a part of what stood there before."""

    models: str
    kind: str
    reads: str
    reason: str

    def is_of(self, model: str, kind: str, before: str) -> bool:
        return self.may_be_of(model, kind) and self.reads in before

    def may_be_of(self, model: str, kind: str) -> bool:
        return fnmatch.fnmatch(model, self.models) and fnmatch.fnmatch(kind, self.kind)


_ONE_OR_EQUAL = "the sides of the outer join are equal wherever both are there"
_NEXT_DROPS_IT = "what finds nothing here has no key by which the next join or filter could keep it"
_NULL_EQUALS_NOTHING = "nothing is equal to null, nor more than it"
_NO_NOUGHT = "what is open is not nought: that was left out before"
_NO_DAY_SHOWS_IT = "a balance that ended before the first day meets none of the days; the joins are small so"
_NOT_STATED = "what is not stated exceeds nothing"
_NOT_ASKED = "the model does not ask who is owed"
_NO_TIME = "a moment that has no time comes after no version"

EQUIVALENTS: tuple[Equivalent, ...] = (
    Equivalent("dim_*", "coalesce turned round", ", used.", _ONE_OR_EQUAL),
    Equivalent(
        "int_bank__accounts", "coalesce turned round", "COALESCE(statements.account_key", _ONE_OR_EQUAL
    ),
    Equivalent("fct_ap_open_item", "comparison", "aged.open_amount", _NO_NOUGHT),
    Equivalent("fct_ap_aging_daily", "comparison", "items.open_amount", _NO_NOUGHT),
    Equivalent("fct_ap_aging_daily", "comparison", "valid_to > (CAST", _NO_DAY_SHOWS_IT),
    Equivalent("fct_ap_aging_daily", "second condition dropped", "open_amount <> 0 AND", _NO_DAY_SHOWS_IT),
    Equivalent("int_revenue__taxes_unioned", "other join", "ON api_taxes.invoice_id", _NEXT_DROPS_IT),
    Equivalent("int_ap__document_links", "other join", "placed AS absorbed", _NEXT_DROPS_IT),
    Equivalent(
        "int_ap__document_payments",
        "other join",
        "revisions.version_id = documents.version_id",
        _NEXT_DROPS_IT,
    ),
    Equivalent("int_ap__document_payments", "other join", "int_ap__invoice_settlements", _NEXT_DROPS_IT),
    Equivalent("int_ops__coverage_windows", "other join", "windows AS later", _NEXT_DROPS_IT),
    Equivalent("fct_extraction_month", "other join", "windows.window_to", _NEXT_DROPS_IT),
    Equivalent("fct_payment", "other join", "revisions.revision_number", _NEXT_DROPS_IT),
    Equivalent("fct_payment", "other join", "stg_tereina__payment_request_remittances", _NEXT_DROPS_IT),
    Equivalent("int_ap__document_revisions", "filter dropped", "IS NULL", _NO_TIME),
    Equivalent(
        "int_ap__document_links",
        "filter dropped",
        "link_value",
        "what Tereina does not have finds no partner; the windows are small so",
    ),
    Equivalent(
        "int_ap__document_payments",
        "first condition dropped",
        "open_amount_at_source",
        _NOT_STATED,
    ),
    Equivalent("fct_bank_statement_line", "other function", "MIN(", "asked only where there is one value"),
    Equivalent("int_bank__line_parts", "other function", "MIN(amount", "asked only where there is one value"),
    Equivalent("int_ap__invoice_settlements", "other join", "remittances", _NEXT_DROPS_IT),
    Equivalent("fct_ap_rollforward", "*", "versions.supplier_", _NOT_ASKED),
    Equivalent("fct_cash_forecast_error", "*", "versions.supplier_", _NOT_ASKED),
    Equivalent("fct_bank_reconciliation", "comparison", "last_day > ", "both answers are the same day then"),
    Equivalent(
        "int_ops__coverage_windows", "order", "window_to", "of windows that begin at once any may come first"
    ),
    Equivalent(
        "int_ap__document_revisions", "other union", "deleted_at", "a second void revision is left out below"
    ),
    Equivalent(
        "int_ap__payable_entries", "comparison", "- fine_amount < 0", "an entry of nought is left out below"
    ),
    Equivalent(
        "int_ap__installments_exploded", "branch dropped", "_amount = 0 THEN", "a share of nought is nought"
    ),
    Equivalent(
        "int_bank__tolerances", "other function", "MAX(", "the seed has one row for all other currencies"
    ),
    Equivalent(
        "int_bank__matches_resolved", "partition", "chosen.candidate_key", "of a part one candidate is chosen"
    ),
    Equivalent(
        "int_bank__candidates_scored",
        "other union",
        "FROM single_by_name",
        "asked for what is not among them",
    ),
    Equivalent("int_cash__*", "other join", "entries.effective_date <= runs.run_date", _NEXT_DROPS_IT),
    Equivalent(
        "int_cash__delays_learned",
        "other function",
        "payments_so_far * 100",
        "one number of days is the nearest rank",
    ),
    Equivalent(
        "int_bank__statement_lines_classified", "filter dropped", "account_key IS NULL", _NULL_EQUALS_NOTHING
    ),
    Equivalent(
        "fct_early_payment_discount",
        "other join",
        "int_ap__documents_unioned",
        "no term is for a document that names neither supplier nor term",
    ),
    Equivalent(
        "int_bank__candidates_scored", "filter dropped", "remittance_text IS NULL", "no text has no words"
    ),
    Equivalent(
        "int_ap__payment_lifecycle",
        "filter dropped",
        "invoice_reference_id IS NULL",
        "a list leaves nulls out, and one of nothing else is null",
    ),
    Equivalent(
        "int_ap__payment_applications", "other join", "lanes.revision_number", "lanes are of what is queued"
    ),
    Equivalent(
        "int_ap__payment_lifecycle",
        "first condition dropped",
        "last_settled_at IS NULL",
        _NULL_EQUALS_NOTHING,
    ),
)
