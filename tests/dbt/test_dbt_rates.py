"""Rates of exchange that are given by hand: slips of the pen are found."""

from __future__ import annotations

import pytest
from dbt_bed import Bed
from dbt_compiled import Compiled

DOLLAR = ("2026-06-05", "USD", "BRL", "5.5")


@pytest.mark.parametrize(
    ("rates", "failing"),
    [
        ([DOLLAR, ("2026-06-05", "BRL", "USD", "0.1818")], set()),
        ([DOLLAR, ("2026-06-07", "BRL", "USD", "5.5")], {"fx_rates_agree"}),
        ([DOLLAR, ("2026-06-05", "EUR", "USD", "1.1"), ("2026-06-06", "EUR", "BRL", "6.1")], set()),
        (
            [DOLLAR, ("2026-06-05", "EUR", "USD", "1.1"), ("2026-06-06", "EUR", "BRL", "60.5")],
            {"fx_rates_agree"},
        ),
        ([DOLLAR, ("2026-06-05", "BRL", "BRL", "1")], {"rate_is_of_two_currencies"}),
        ([("2026-06-05", "USD", "BRL", "0")], {"rate_is_of_two_currencies"}),
    ],
)
def test_rates_that_contradict_each_other_or_are_none_are_told(
    project: Compiled, rates: list[tuple[str, ...]], failing: set[str]
) -> None:
    bed = Bed(project, sources=())
    seed = project.seeds["seed_fx_rate_override"].relation
    bed.connection.execute(f"delete from {seed}")
    bed.connection.executemany(f"insert into {seed} values (?, ?, ?, ?)", rates)
    bed.build("int_fx__daily_rates")
    tests = [
        test for test in project.tests if set(test.needs) <= {"int_fx__daily_rates", "seed_fx_rate_override"}
    ]
    found = {
        test.name if test.kind == "singular" else test.kind
        for test in tests
        if test.needs and bed.query(f"select count(*) from ({bed.with_values(test.sql)}) as found")[0][0]
    }
    assert found == failing
