"""What datasets are called: by their own names, by a prefix, or by a name each."""

from __future__ import annotations

import pytest

from pipelines import configuration
from pipelines.destinations import make
from pipelines.errors import UsageError
from pipelines.load import LoadRequest, reconcile, run_load
from pipelines.registry import spec
from pipelines.status import status
from sandbox.core.server import running


@pytest.fixture(autouse=True)
def _configured(empty_place):
    configuration.use()


def test_a_prefix_stands_before_all_but_those_that_are_named(monkeypatch, tmp_path):
    assert make("duckdb").dataset("roit") == "roit"
    monkeypatch.setenv("DESTINATION__DATASET_PREFIX", "dev_")
    monkeypatch.setenv("DESTINATION__DATASETS__ANALYTICS", "finance")
    destination = make("duckdb")
    names = [destination.dataset(name) for name in ("roit", "tereina", "solvimon", "analytics", "other")]
    assert names == ["dev_roit", "dev_tereina", "dev_solvimon", "finance", "other"]
    assert destination.table("roit", "nfe") == '"dev_roit"."nfe"'
    told = destination.dbt_environment()
    assert {name: value for name, value in told.items() if "DATASET" in name} == {
        "LEDGERHOUSE_DATASET_ROIT": "dev_roit",
        "LEDGERHOUSE_DATASET_TEREINA": "dev_tereina",
        "LEDGERHOUSE_DATASET_SOLVIMON": "dev_solvimon",
        "LEDGERHOUSE_DATASET_ANALYTICS": "finance",
    }
    with pytest.raises(UsageError, match="could not tell the file from the dataset"):
        make("duckdb", tmp_path / "finance.duckdb").prepare()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"DATASETS__ROIT": "Finance"}, "DESTINATION__DATASETS__ROIT: 'Finance' is no name of a dataset"),
        ({"DATASETS__ROIT": "a__b"}, "is no name"),
        ({"DATASET_PREFIX": "9"}, "'9[a-z]+' is no name"),
        ({"DATASETS__ROIT": "erp", "DATASETS__TEREINA": "erp"}, "erp would be two datasets in one"),
        # where the rows of one wait is no place for those of another
        ({"DATASETS__ROIT": "erp", "DATASETS__TEREINA": "erp_staging"}, "erp_staging would be two"),
        ({"DATASETS__ROIT": "analytics_seeds"}, "analytics_seeds would be two"),
    ],
)
def test_names_that_cannot_be_are_refused_before_anything_is_done(monkeypatch, settings, words):
    for name, value in settings.items():
        monkeypatch.setenv(f"DESTINATION__{name}", value)
    with pytest.raises(UsageError, match=words):
        make("duckdb")


def test_a_load_and_what_looks_at_it_use_the_name(monkeypatch, tmp_path):
    monkeypatch.setenv("DESTINATION__DATASETS__ROIT", "erp_raw")
    with running(("roit",), scale=5) as sandbox:
        monkeypatch.setenv("SOURCES__ROIT__BASE_URL", sandbox.urls["roit"])
        for name in ("client_id", "client_secret"):
            monkeypatch.setenv(f"SOURCES__ROIT__{name.upper()}", sandbox.credentials["roit"][name])
        destination = make("duckdb", tmp_path / "w.duckdb")
        request = LoadRequest(("roit",), ("cclasstrib",))
        assert run_load(request, destination).exit_code == 0
        schemas = "select distinct table_schema from information_schema.tables order by 1"
        assert destination.query(schemas) == [("erp_raw",), ("erp_raw_staging",)]
        assert reconcile(("roit",), destination).ok
        lines = {line.resource: line for line in status([spec("roit")], destination, sandbox.clock.now())}
        assert lines["cclasstrib"].rows == destination.query("select count(*) from erp_raw.cclasstrib")[0][0]
        destination.close()
