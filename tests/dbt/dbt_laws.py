"""The conservation laws, the data tests that hold facts to them, and why a law says nothing of a fact.

A new fact stands in no list here: ``test_dbt_laws`` fails until somebody has said which laws it obeys.
"""

from __future__ import annotations

from collections.abc import Mapping

# Names of data tests, generic or singular, that hold a fact to a law.
LAWS: Mapping[str, frozenset[str]] = {
    "C1": frozenset({"c1_cancelled_to_nothing_and_not_below", "signed_by_type", "credits_stand_alone"}),
    "C2": frozenset({"c2_returned_at_most_what_was_applied", "reversals_take_back_what_was_said"}),
    "C3": frozenset({"c3_knows_nothing_of_later"}),
    "C4": frozenset(
        {
            "c4_balance_is_the_ledger",
            "c4_every_day_is_the_ledger",
            "c4_every_run_is_the_ledger",
            "c4_open_items_are_the_ledger",
            "c4_paid_is_the_ledger",
            "c4_the_ledger_ends_where_the_documents_do",
            "applied_and_unapplied_make_the_amount",
        }
    ),
    "C5": frozenset({"c5_opens_where_it_closed", "c5_rollforward_closes"}),
    "C6": frozenset(
        {
            "adds_up_to",
            "header_is_sum_of_lines",
            "line_items_make_the_revenue",
            "parts_make_the_whole",
            "taxes_make_the_header",
        }
    ),
    "C7": frozenset({"c7_each_bank_cent_has_one_state"}),
    "C8": frozenset({"c8_has_every_record_of", "c8_no_record_is_lost"}),
    "C9": frozenset({"c9_no_sum_mixes_currencies"}),
}
# C9 reads the whole project.
OF_ALL = frozenset({"C9"})

NO_LEDGER = "holds no entries of the payables ledger"
NO_BALANCE = "shows no balance"
NO_PARTS = "has no parts, and is no part, of a stated total"
NO_BANK = "says nothing of the bank's money"
NOW = "shows what is known now and has no clock of its own"
DERIVED = "adds up another fact, which is held to it"

_DESCRIBES_LOADS = {
    **dict.fromkeys(("C1", "C2"), NO_LEDGER),
    **dict.fromkeys(("C4", "C5"), NO_BALANCE),
    **{"C3": NOW, "C6": NO_PARTS, "C7": NO_BANK, "C8": "is about loads, not a load's records"},
}
_REVENUE = {
    **dict.fromkeys(("C1", "C2"), NO_LEDGER),
    **dict.fromkeys(("C4", "C5"), "open amounts are the source's own"),
    **{"C3": NOW, "C7": NO_BANK},
}
_CASH = {
    **dict.fromkeys(("C1", "C2", "C6", "C8"), DERIVED),
    **{"C5": "what is expected, no movements", "C7": NO_BANK},
}
_PAYMENTS = {"C1": NO_LEDGER, "C2": NO_LEDGER, "C3": NOW, "C5": NO_BALANCE}

EXEMPT: Mapping[str, Mapping[str, str]] = {
    "fct_ap_aging_daily": {
        "C1": DERIVED,
        "C2": DERIVED,
        "C3": "the same ledger rows as fct_ap_open_item; tests/dbt/test_dbt_streams.py asks past days again",
        "C6": DERIVED,
        "C7": NO_BANK,
        "C8": DERIVED,
    },
    "fct_ap_open_item": {
        "C2": NO_LEDGER,
        "C5": "one day only",
        "C6": "its sum is the ledger's: C4",
        "C7": NO_BANK,
    },
    "fct_ap_rollforward": {
        "C1": DERIVED,
        "C2": DERIVED,
        "C3": "the same ledger rows as fct_ap_open_item",
        "C4": "closes at the ageing's total: C5",
        "C6": DERIVED,
        "C7": NO_BANK,
        "C8": DERIVED,
    },
    "fct_bank_reconciliation": {**_PAYMENTS, "C4": NO_BALANCE, "C6": "both control totals: C7"},
    "fct_bank_statement_line": {
        **_PAYMENTS,
        "C4": "bank_statements_add_up",
        "C6": "bank_statements_add_up",
        "C7": "fct_bank_reconciliation gives its lines their states",
    },
    "fct_billing_line_item_enhanced": _REVENUE,
    "fct_cash_forecast_error": _CASH,
    "fct_cash_requirement": _CASH,
    "fct_early_payment_discount": {
        "C1": NO_LEDGER,
        "C2": NO_LEDGER,
        "C3": NOW,
        "C4": "a discount is no balance that is owed",
        "C5": NO_BALANCE,
        "C7": NO_BANK,
        "C8": "only installments with a term",
    },
    "fct_extraction_coverage": _DESCRIBES_LOADS,
    "fct_extraction_month": _DESCRIBES_LOADS,
    "fct_fiscal_document": {
        **dict.fromkeys(("C1", "C2"), NO_LEDGER),
        **dict.fromkeys(("C4", "C5"), NO_BALANCE),
        **{"C3": NOW, "C6": NO_PARTS, "C7": NO_BANK},
    },
    "fct_payable_document": {
        "C1": NO_LEDGER,
        "C2": NO_LEDGER,
        "C3": "describes documents as they are now; its balance is the ledger's: C4",
        "C5": "one day only",
        "C7": NO_BANK,
    },
    "fct_payable_event": {
        "C3": "is what is asked as known then: an entry never changes, and reversals come after (C2)",
        "C5": "movements, no balances",
        "C6": "the ledger ends where the documents do: C4",
        "C7": NO_BANK,
    },
    "fct_payable_installment": {
        "C1": NO_LEDGER,
        "C2": NO_LEDGER,
        "C3": "describes installments as they are now; its balance is the ledger's: C4",
        "C5": "one day only",
        "C7": NO_BANK,
    },
    "fct_payment": {**_PAYMENTS, "C6": NO_PARTS},
    "fct_payment_status_event": {
        **_PAYMENTS,
        "C4": NO_BALANCE,
        "C6": NO_PARTS,
        "C7": "words about payments, not money",
    },
    "fct_record_evidence": {
        **_DESCRIBES_LOADS,
        "C8": "is what every fact is held to by has_evidence",
    },
    "fct_rejected_record": {law: why for law, why in _DESCRIBES_LOADS.items() if law != "C8"},
    "fct_revenue_invoice": _REVENUE,
    "fct_revenue_invoice_line": _REVENUE,
    "fct_revenue_invoice_tax": _REVENUE,
    "fct_withheld_tax": {
        "C1": NO_LEDGER,
        "C2": NO_LEDGER,
        "C3": NOW,
        "C4": NO_BALANCE,
        "C5": NO_BALANCE,
        "C7": NO_BANK,
    },
}
