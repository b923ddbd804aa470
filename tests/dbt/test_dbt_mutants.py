"""Faults put into the SQL: that they are made as they are meant to be, and that a handful is noticed.

A hundred of them, asked of everything that the suite knows, take minutes: ``make mutants``.
"""

from __future__ import annotations

import pytest
from dbt_compiled import Compiled, below_staging
from dbt_equivalents import EQUIVALENTS
from dbt_mutants import FAULTS, mutant, places, readings, regenerated
from dbt_unit_tests import UnitTests

SQL = """
select coalesce(a.x, 0) - b.y as z, max(a.day) over (partition by a.k, a.n order by a.day) as last_day
from a
left join b on a.k = b.k and a.n = b.n
where a.x <= 3
union all
select 1, null from c
"""


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("comparison", "a.x < 3"),
        ("filter dropped", "WHERE TRUE"),
        ("second condition dropped", "ON a.k = b.k WHERE"),
        ("first condition dropped", "ON a.n = b.n WHERE"),
        ("other join", "INNER JOIN b"),
        ("constant", "a.x <= 4"),
        ("coalesce removed", "SELECT a.x - b.y"),
        ("sign", "COALESCE(a.x, 0) + b.y"),
        ("swapped", "b.y - COALESCE(a.x, 0)"),
        ("other function", "MIN(a.day)"),
        ("order", "ORDER BY a.day DESC"),
        ("partition", "PARTITION BY a.n"),
    ],
)
def test_each_kind_of_fault_changes_one_place(kind: str, after: str) -> None:
    made = mutant("a_model", SQL, kind, 0)
    assert made is not None
    assert after in made.sql
    assert after not in regenerated(SQL)


@pytest.mark.parametrize(
    ("kind", "after"),
    [("first of union dropped", "SELECT 2 AS x"), ("second of union dropped", "SELECT 1 AS x")],
)
def test_a_union_loses_one_of_its_sides(kind: str, after: str) -> None:
    made = mutant("a_model", "select 1 as x union all select 2 as x", kind, 0)
    assert made is not None
    assert made.sql == after


def test_the_places_of_a_fault_are_counted_without_making_it() -> None:
    assert {kind for kind, _ in places(SQL)} >= {"equality", "comparison", "other join"}
    assert [place for kind, place in places(SQL) if kind == "equality"] == [0, 1]


def test_every_equivalent_is_still_a_place_in_the_sql(project: Compiled) -> None:
    left = set(EQUIVALENTS)
    for model in below_staging(project):
        kinds = [kind for kind in FAULTS if any(known.may_be_of(model.name, kind) for known in left)]
        for kind, _, before in readings(model.sql, kinds) if kinds else ():
            left -= {known for known in left if known.is_of(model.name, kind, before)}
    assert left == set()


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("fct_ap_rollforward", "comparison"),
        ("int_ap__installment_balances", "filter dropped"),
        ("int_ap__payable_entries", "sign"),
        ("int_ap__documents_unioned", "other join"),
        ("fct_payment", "coalesce removed"),
        ("int_revenue__taxes_unioned", "second of union dropped"),
        ("fct_payable_installment", "swapped"),
    ],
)
def test_unit_tests_notice_a_fault_and_nothing_where_there_is_none(
    project: Compiled, unit_tests: UnitTests, model: str, kind: str
) -> None:
    sql = project.models[model].sql
    made = [mutant(model, sql, kind, place) for other, place in places(sql) if other == kind]
    tests = unit_tests.of_model[model]
    assert not any(unit_tests.difference(test, regenerated(sql)) for test in tests)
    assert any(unit_tests.difference(test, one.sql) for one in made if one for test in tests)
