"""Transform: dbt in a process of its own, on the same file, with what failed by name."""

from __future__ import annotations

import shutil

import pytest

from pipelines import transform as module
from pipelines.destinations.duckdb import DuckDb
from pipelines.errors import UsageError, WorkFailed
from pipelines.transform import transform

FILES = {
    "dbt_project.yml": "name: small\nversion: 1.0.0\nconfig-version: 2\nprofile: ledgerhouse\n"
    "flags:\n  send_anonymous_usage_stats: false\n",
    "models/good.sql": "select id from {{ source('raw', 'numbers') }}",
    "models/odd.sql": "select null::int as id",
    "models/behind.sql": "select id from {{ ref('odd') }}",
    "models/all.yml": """
sources:
  - name: raw
    tables: [{name: numbers}]
models:
  - name: good
    columns: [{name: id, data_tests: [unique, not_null]}]
  - name: odd
    columns: [{name: id, data_tests: [not_null]}]
""",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small project with a good model, and one whose test fails and stops the one behind it."""
    folder = tmp_path / "project"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    shutil.copy(module.PROJECT / "profiles.yml", folder)
    monkeypatch.setattr(module, "PROJECT", folder)
    return folder


@pytest.fixture
def warehouse(tmp_path):
    destination = DuckDb(tmp_path / "w.duckdb")
    destination.prepare()
    destination.execute("create schema raw")
    destination.execute("create table raw.numbers as select range as id from range(3)")
    yield destination
    destination.close()


def test_models_are_built_in_the_same_file_and_failures_have_names(project, warehouse):
    before = sorted(path.name for path in project.rglob("*"))
    told = []
    report = transform(warehouse, tell=told.append)
    assert (report.models, report.tests, report.skipped, report.ok) == (2, 2, 1, False)
    [failure] = report.failures
    assert (failure.kind, failure.name) == ("test", "not_null_odd_id")
    assert "Got 1 result" in failure.message
    assert sorted(report.names) == ["good", "odd"]
    assert {"good: ok", "odd: ok", "not_null_odd_id: fail"} <= set(told)
    assert len(told) == 3
    assert warehouse.query("select count(*) from analytics.good") == [(3,)]
    assert sorted(path.name for path in project.rglob("*")) == before


def test_a_selection_without_models_is_refused_and_builds_nothing(project, warehouse):
    with pytest.raises(UsageError, match="--select nothing matches no model"):
        transform(warehouse, select="nothing")
    assert warehouse.tables("analytics") == frozenset()


def test_a_project_that_does_not_compile_is_one_line(project, warehouse):
    (project / "models" / "bad.sql").write_text("select * from {{ ref('absent') }}")
    with pytest.raises(WorkFailed, match="absent") as caught:
        transform(warehouse)
    assert "\n" not in str(caught.value)


def test_nothing_loaded_is_wrong_usage_and_makes_no_file(project, tmp_path):
    with pytest.raises(UsageError, match="ledgerhouse load makes it"):
        transform(DuckDb(tmp_path / "absent.duckdb"))
    assert not (tmp_path / "absent.duckdb").exists()
