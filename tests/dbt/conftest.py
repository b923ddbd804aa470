"""One dbt run for each warehouse that the tests look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dbt_demo_rows import fill
from dbt_project import AS_OF, Dbt
from dbt_raw_warehouse import RawWarehouse


@pytest.fixture(scope="session")
def make_dbt(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Dbt]:
    """Makes a dbt, with the variables given, for a file of its own that does not exist yet."""
    return lambda **variables: Dbt(tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb", variables)


@pytest.fixture(scope="session")
def demo(make_dbt: Callable[..., Dbt]) -> Dbt:
    """All sources with a few dozen coherent rows, built and tested as of one fixed day."""
    dbt = make_dbt(as_of_date=AS_OF)
    fill(RawWarehouse(dbt.database))
    (dbt.database.parent / "build.log").write_text(dbt.run("build"))
    return dbt
