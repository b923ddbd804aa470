"""Every unit test of the project, run without dbt: each piece of logic, each known fault of finance models."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dbt_compiled import Compiled
from dbt_project import Dbt
from dbt_unit_tests import UnitTests

LEAST = 60


def test_every_unit_test_passes(project: Compiled, unit_tests: UnitTests) -> None:
    found = {test["name"]: unit_tests.difference(test) for test in project.unit_tests}
    assert {name: difference for name, difference in found.items() if difference} == {}
    assert len(found) >= LEAST


@pytest.mark.many
def test_every_unit_test_passes_when_dbt_runs_it(project: Compiled, make_dbt: Callable[..., Dbt]) -> None:
    dbt = make_dbt()
    dbt.run("seed")
    dbt.run("run", "--empty")
    log = dbt.run("test", "--select", "test_type:unit")
    assert f"PASS={len(project.unit_tests)} WARN=0 ERROR=0 SKIP=0" in log
