"""Facts by laws: each is held to each by a data test, or there is a reason why the law says nothing of it."""

from __future__ import annotations

import pytest
from dbt_compiled import Compiled, DataTest
from dbt_laws import EXEMPT, LAWS, OF_ALL

# Not errors: what a source says about itself, which no change of ours puts right.
WARNINGS = frozenset(
    {
        "net_amount_is_consistent",
        "no_unknown_rate",
        "known_status",
        "nothing_is_missing",
        "periods_do_not_overlap",
    }
)


def _holding(project: Compiled, fact: str) -> dict[str, list[DataTest]]:
    """By law, the tests that hold the fact to it."""
    found: dict[str, list[DataTest]] = {}
    for test in project.tests:
        name = test.name if test.kind == "singular" else test.kind
        reads = fact in test.needs if test.kind == "singular" else fact == test.attached
        parent = test.kind != "singular" and name in LAWS["C6"] and fact in test.needs
        for law, tests in LAWS.items():
            if name in tests and (reads or parent or law in OF_ALL):
                found.setdefault(law, []).append(test)
    return found


def test_every_fact_obeys_every_law_or_says_why_the_law_is_not_about_it(project: Compiled) -> None:
    faults = []
    for fact in (name for name in project.models if name.startswith("fct_")):
        held, reasons = set(_holding(project, fact)), EXEMPT.get(fact, {})
        faults += [f"{fact}: neither {law} nor a reason" for law in LAWS if law not in held | reasons.keys()]
    assert faults == [], "apply the law's test in the fact's yml, or give the reason in dbt_laws.py"


def test_no_reason_is_given_for_what_is_no_fact_or_for_a_law_that_holds(project: Compiled) -> None:
    assert set(EXEMPT) <= set(project.models)
    both = [
        f"{fact}: {law}"
        for fact, reasons in EXEMPT.items()
        for law in reasons
        if law in _holding(project, fact)
    ]
    assert both == []


@pytest.mark.parametrize("law", sorted(LAWS))
def test_each_law_is_a_test_on_by_default_and_an_error(project: Compiled, law: str) -> None:
    tests = [t for t in project.tests if (t.name if t.kind == "singular" else t.kind) in LAWS[law]]
    assert tests
    assert {test.severity for test in tests} == {"error"}


def test_only_what_a_source_says_about_itself_is_a_warning(project: Compiled) -> None:
    warnings = {test.kind for test in project.tests if test.severity == "warn" and test.kind != "singular"}
    assert warnings - WARNINGS == set()
