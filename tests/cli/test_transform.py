"""Transform: dbt in a process of its own, on the same file, with what failed by name."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from pipelines import transform as module
from pipelines.cli._plan import _plan_lines
from pipelines.destinations.duckdb import DuckDb
from pipelines.errors import UsageError, WorkFailed
from pipelines.plan import PlanReport, planned_models
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


class Billing(DuckDb):
    """A warehouse that bills: a byte for each letter of a query that can run."""

    def query_bytes(self, sql):
        try:
            self.query(f"explain {sql}")
        except duckdb.Error:
            return None
        return len(sql)


def test_a_plan_tells_what_each_table_of_the_models_would_read_and_builds_nothing(project, warehouse):
    (project / "models" / "good.sql").write_text(
        "{{ config(materialized='table') }}select id from {{ source('raw', 'numbers') }}"
    )
    (project / "models" / "behind.sql").write_text(
        "{{ config(materialized='table') }}select id from {{ ref('odd') }}"
    )
    assert planned_models(warehouse) is None
    billing = Billing(warehouse.path)
    planned = planned_models(billing)
    query = 'select id from "w"."raw"."numbers"'
    assert (planned.models, planned.bytes, planned.unknown) == (2, len(query), ["behind"])
    assert billing.tables("analytics") == frozenset()
    lines = list(_plan_lines(PlanReport("somewhere", models=planned)))
    assert lines[-1] == (
        f"bytes read by one transform, without its tests, 2 tables: {len(query)};"
        " 1 read what is not built yet and are not in it"
    )
    billing.close()


def test_models_that_cannot_be_compiled_leave_the_plan_of_the_loads(warehouse, monkeypatch):
    def refuse(destination):
        raise WorkFailed("dbt could not compile the models: absent")

    monkeypatch.setattr("pipelines.plan.table_queries", refuse)
    billing = Billing(warehouse.path)
    report = PlanReport("somewhere", models=planned_models(billing))
    assert list(_plan_lines(report))[-1] == (
        "bytes read by the models cannot be told: dbt could not compile the models: absent"
    )
    assert report.exit_code == 0
    billing.close()
