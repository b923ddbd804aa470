"""Every unit test of the project, run without dbt: each piece of logic, each known fault of finance models."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dbt_compiled import Compiled
from dbt_project import Dbt
from dbt_unit_tests import UnitTests

LEAST = 60
# What finance packages get wrong most often, each with the unit tests that are named after it.
FAULTS = {
    "overdue computed against the last payment date": (
        "overdue_is_not_told_by_the_last_payment",
        "overdue_counts_what_was_never_paid",
    ),
    "ageing by today's date only": ("each_day_is_aged_by_its_own_date",),
    "header totals repeated on every line": (
        "header_totals_are_not_repeated_on_purchase_orders_or_installments",
        "header_totals_are_not_repeated_on_the_lines_of_revenue",
    ),
    "float money": ("money_is_exact_to_the_last_digit",),
    "unknown exchange rate taken as 1": ("a_missing_exchange_rate_is_null_and_never_one",),
    "only the first installment aged": ("not_only_the_first_installment_is_due",),
    "invoices paid after the report date vanish from a past ageing": (
        "paid_after_the_report_was_known_is_still_open_in_it",
    ),
    "missed discounts not counted": ("missed_discounts_are_counted",),
}


def test_every_unit_test_passes(project: Compiled, unit_tests: UnitTests) -> None:
    found = {test["name"]: unit_tests.difference(test) for test in project.unit_tests}
    assert {name: difference for name, difference in found.items() if difference} == {}
    assert len(found) >= LEAST


@pytest.mark.parametrize("fault", FAULTS)
def test_each_known_fault_of_finance_models_has_a_unit_test_named_after_it(
    project: Compiled, fault: str
) -> None:
    assert set(FAULTS[fault]) <= {test["name"] for test in project.unit_tests}


@pytest.mark.many
def test_every_unit_test_passes_when_dbt_runs_it(project: Compiled, make_dbt: Callable[..., Dbt]) -> None:
    dbt = make_dbt()
    dbt.run("seed")
    dbt.run("run", "--empty")
    log = dbt.run("test", "--select", "test_type:unit")
    assert f"PASS={len(project.unit_tests)} WARN=0 ERROR=0 SKIP=0" in log
