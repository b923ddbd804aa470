"""The project compiled once, a warehouse in memory for each question, and one build by dbt itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from dbt_bed import Bed
from dbt_compiled import Compiled, compiled, locked
from dbt_demo_rows import fill
from dbt_project import AS_OF, Dbt
from dbt_raw_warehouse import RawWarehouse
from dbt_unit_tests import UnitTests


@pytest.fixture(scope="session")
def make_dbt(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Dbt]:
    """Makes a dbt, with the variables given, for a file of its own that does not exist yet."""
    return lambda **variables: Dbt(tmp_path_factory.mktemp("warehouse") / "ledgerhouse.duckdb", variables)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Dbt:
    """All sources with a few dozen coherent rows, built and tested by dbt as of one fixed day.

    Built by one process of a run; each has a copy, with dbt's artefacts.
    """
    mine, run = tmp_path_factory.mktemp("demo"), tmp_path_factory.getbasetemp()
    # the folder of the whole run, where there are several processes
    built = (run if worker_id == "master" else run.parent) / "built"
    with locked(built.with_suffix(".lock")):
        if not (built / "build.log").exists():
            shutil.rmtree(built, ignore_errors=True)
            built.mkdir()
            dbt = Dbt(built / "ledgerhouse.duckdb", {"as_of_date": AS_OF})
            fill(RawWarehouse(dbt.database))
            log = dbt.run("build", "--exclude-resource-type", "unit_test")
            (built / "build.log").write_text(log)
    shutil.copytree(built, mine, dirs_exist_ok=True)
    return Dbt(mine / "ledgerhouse.duckdb", {"as_of_date": AS_OF})


@pytest.fixture(scope="session")
def project(request: pytest.FixtureRequest) -> Compiled:
    """The project's SQL, compiled by dbt when it is not the one of the last time."""
    return compiled(request.config.cache.mkdir("dbt_compiled"))


@pytest.fixture(scope="session")
def demo_bed(project: Compiled) -> Bed:
    """The rows of ``demo`` on a bed, with every model. Not to be changed."""
    bed = Bed(project, as_of=AS_OF)
    fill(bed.raw)
    bed.build()
    return bed


@pytest.fixture(scope="session")
def unit_tests(demo_bed: Bed) -> UnitTests:
    """dbt's unit tests, to be run without dbt."""
    return UnitTests(demo_bed)
