"""The ledger of exports from outside: listed, gone on with, and cleared of what is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines import jobs as ledger
from pipelines.destinations.duckdb import DuckDb
from pipelines.errors import UsageError
from pipelines.load import ResourceResult, RunReport, Silent
from sources.kit.streams import Window
from sources.roit import SPEC

FROM, TO = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
WINDOW = ("timestamptz '2026-01-01 00:00:00+00'", "timestamptz '2026-02-01 00:00:00+00'")
ROWS = (
    ("lost", "unknown", "null", WINDOW),
    ("half", "downloaded", "null", WINDOW),
    ("half/0", "downloaded", 0, WINDOW),
    ("by-hand", "accepted", "null", ("null", "null")),
    ("halfway", "failed", "null", WINDOW),
    ("halfway/0", "downloaded", 0, WINDOW),
    ("old", "loaded", "null", WINDOW),
)


@pytest.fixture
def warehouse(tmp_path):
    """A ledger with jobs in several states."""
    destination = DuckDb(tmp_path / "w.duckdb")
    destination.prepare()
    destination.execute("create schema roit")
    columns = "id, resource, state, window_from, window_to, remote_id, part, requested_at, updated_at"
    rows = ", ".join(
        f"('{job}', 'export_files', '{state}', {start}, {end}, 'r-{job}', {part}, now(), now())"
        for job, state, part, (start, end) in ROWS
    )
    destination.execute(f"create table roit._jobs as select * from (values {rows}) as j({columns})")
    yield destination
    destination.close()


def by_id(destination, **options):
    return {line.id: line for line in ledger.jobs([SPEC], destination, **options)}


def test_what_is_under_way_lost_or_failed_is_listed_with_its_parts_and_the_rest_when_asked_for(warehouse):
    listed = by_id(warehouse)
    assert set(listed) == {"lost", "half", "by-hand", "halfway"}
    assert (listed["half"].parts, listed["halfway"].parts, listed["lost"].parts) == (1, 1, 0)
    assert (listed["half"].window, listed["by-hand"].window) == (Window(FROM, TO), None)
    assert "old" in by_id(warehouse, settled=True)


def test_a_load_can_go_on_with_what_is_open_and_has_a_window(warehouse):
    listed = by_id(warehouse, settled=True)
    assert [name for name, line in listed.items() if ledger.resumable(SPEC, line)] == ["half"]


def test_resuming_loads_just_the_windows_of_the_jobs_each_once(warehouse, monkeypatch):
    asked = []

    def load(request, destination, progress, clock):
        asked.append(request)
        return RunReport("DuckDB", FROM, TO, [ResourceResult(*request.sources, *request.resources)])

    monkeypatch.setattr(ledger, "run_load", load)
    half = by_id(warehouse)["half"]
    report = ledger.resume([half, half], warehouse, Silent())
    assert len(report.results) == len(asked) == 1
    assert (asked[0].sources, asked[0].resources) == (("roit",), ("export_files",))
    assert asked[0].windows == (Window(FROM, TO),)


def test_forgetting_a_failed_job_removes_it_and_its_parts_and_nothing_else(warehouse):
    ledger.forget(by_id(warehouse)["halfway"], warehouse)
    left = {job for (job,) in warehouse.query("select id from roit._jobs")}
    assert left == {name for name, *_ in ROWS} - {"halfway", "halfway/0"}


@pytest.mark.parametrize("job", ["half", "by-hand", "old"])
def test_a_job_that_may_still_be_wanted_is_not_forgotten(warehouse, job):
    with pytest.raises(UsageError, match="only unknown and failed"):
        ledger.forget(by_id(warehouse, settled=True)[job], warehouse)
    assert job in by_id(warehouse, settled=True)


def test_an_id_that_no_job_has_is_refused(warehouse):
    with pytest.raises(UsageError, match="no job has the id 'hal'"):
        ledger.find("hal", ledger.jobs([SPEC], warehouse))
