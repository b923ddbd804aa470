"""Everything in this folder runs only when it is asked for: `make test-bigquery`.

Tests of loads run against one emulator, those of the models in process on Google's own analyzer and executor.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bq_server
import pytest

from pipelines import configuration
from pipelines.destinations import Destination, make

# Where the analyzer is not installed these cannot be read; test_lane_is_whole sees to it that CI has it.
ON_ZETASQL = ["test_dbt_on_zetasql.py", "test_scripts_on_zetasql.py"]
collect_ignore = [] if importlib.util.find_spec("zetasql") else ON_ZETASQL
# helpers of other folders: the warehouses of the dbt tests, and invocations of the command line
sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("dbt", "cli")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process has the emulator, so that it starts and is loaded once; another has what needs none."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.bigquery)
            # the destination ignores it when it is made, which pytest forgets between two tests
            item.add_marker(pytest.mark.filterwarnings("ignore:Cannot create BigQuery Storage client"))
            # the first that asks for what is loaded waits for the loads
            item.add_marker(pytest.mark.timeout(1800))
            needs_emulator = "server" in getattr(item, "fixturenames", ())
            item.add_marker(pytest.mark.xdist_group("emulator" if needs_emulator else "analyzer"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bq_server.Server]:
    """The emulator, empty when the session begins. Skips without it, but fails where CI is true."""
    missing = bq_server.installed()
    if missing and os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    with pytest.MonkeyPatch.context() as patch:
        # Google's library asks beside every token for places that a service account may be used from
        asks = "CredentialsWithRegionalAccessBoundary._is_regional_access_boundary_lookup_required"
        patch.setattr(f"google.auth.credentials.{asks}", lambda _: False)
        with bq_server.running(tmp_path_factory.mktemp("bigquery")) as started:
            yield started


@pytest.fixture
def bigquery_settings(
    server: bq_server.Server, empty_place: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """An empty working folder, and an environment in which the destination is the emulator."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    configuration.use()
    return monkeypatch


@pytest.fixture
def bigquery(bigquery_settings: pytest.MonkeyPatch) -> Iterator[Destination]:
    """The destination, as the command line makes it."""
    destination = make("bigquery")
    yield destination
    destination.close()


@pytest.fixture(scope="session")
def loaded(server: bq_server.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """All three systems in the emulator and in a DuckDB file, after two loads with changes in between.

    Environment and time stay those of the loads to the end of the session. What a test does to one warehouse it
    does to the other.
    """
    from bq_loaded import loaded_twice

    with loaded_twice(server, tmp_path_factory.mktemp("loaded")) as both:
        yield both


@pytest.fixture(scope="session")
def zetasql() -> Any:
    """Google's analyzer and reference executor, compiled for this machine the first time."""
    from zetasql_engine import ZetaSql

    return ZetaSql(Path(sys.prefix))
