"""Backfills below the load: which windows there are, and that one which fails keeps no other from its turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines import backfill as module
from pipelines import configuration
from pipelines.backfill import BackfillRequest, WindowState, backfill
from pipelines.destinations.duckdb import DuckDb
from pipelines.load import ExitCode, ResourceResult, RunReport, State
from sources.kit.streams import Window

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


FOLLOWING = {}


def day(number):
    return JANUARY + timedelta(days=number - 1)


def request(**more):
    known = {"source": "roit", "resources": ("accounts_payable",), "since": day(1), "until": day(16)}
    return BackfillRequest(**known | more)


@pytest.fixture
def warehouse(empty_place, monkeypatch):
    monkeypatch.setenv("SOURCES__ROIT__BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SOURCES__ROIT__TOKEN", "made-up")
    configuration.use()
    destination = DuckDb(empty_place / "w.duckdb")
    yield destination
    destination.close()


@pytest.fixture
def loads(monkeypatch):
    """Loads that only note what they were asked for; those of the windows in ``broken`` fail."""
    asked, broken = [], set()

    def run_load(request, destination, clock):
        [window] = request.windows
        asked.append(window)
        FOLLOWING[window] = request.following
        result = ResourceResult(*request.sources, *request.resources, rows=5, rejected=1)
        if window.start in broken:
            result.state, result.error = State.FAILED, "400 on POST /search"
        return RunReport("DuckDB", window.start, results=[result])

    monkeypatch.setattr(module, "run_load", run_load)
    return asked, broken


def kept(warehouse):
    return warehouse.query("select window_from, state, error from roit._backfills order by 1")


def test_the_windows_touch_each_other_and_cover_the_range_and_no_more(warehouse, loads):
    asked, _ = loads
    report = backfill(request(), warehouse, lambda _: None)
    assert asked == [Window(day(1), day(8)), Window(day(8), day(15)), Window(day(15), day(16))]
    assert [(window.rows, window.rejected) for window in report.windows] == [(5, 1)] * 3
    assert report.exit_code is ExitCode.DONE


def test_each_load_knows_the_windows_that_follow_it_so_that_their_exports_can_be_begun(warehouse, loads):
    resources = ("accounts_payable", "accounts_payable_events")
    asked, _ = loads
    backfill(request(resources=resources), warehouse, lambda _: None)
    assert len(asked) == 6
    assert [FOLLOWING[window] for window in asked[3:]] == [tuple(asked[1:3]), tuple(asked[2:3]), ()]


def test_a_window_that_fails_is_kept_with_its_reason_and_the_others_go_on_and_resume_tries_it_again(
    warehouse, loads
):
    asked, broken = loads
    broken.add(day(8))
    told: list[str] = []
    report = backfill(request(), warehouse, told.append)
    assert [str(window.state) for window in report.windows] == ["done", "failed", "done"]
    assert report.exit_code is ExitCode.PARTLY
    assert told[1].endswith("failed: 400 on POST /search")
    assert kept(warehouse)[1] == (day(8), "failed", "400 on POST /search")
    broken.clear()
    asked.clear()
    assert backfill(BackfillRequest("roit", resume=True), warehouse, told.append).exit_code is ExitCode.DONE
    assert asked == [Window(day(8), day(15))]
    assert {state for _, state, _ in kept(warehouse)} == {"done"}


def test_a_new_backfill_replaces_the_windows_of_its_range_and_leaves_those_around_it(warehouse, loads):
    backfill(request(), warehouse, lambda _: None)
    backfill(request(since=day(8), window_days=4), warehouse, lambda _: None)
    assert [start for start, *_ in kept(warehouse)] == [day(1), day(8), day(12)]


def test_a_resume_keeps_to_its_range_and_its_resources(warehouse, loads):
    asked, broken = loads
    broken |= {day(1), day(8)}
    backfill(request(), warehouse, lambda _: None)
    asked.clear()
    left = backfill(request(resume=True, since=day(8), until=None), warehouse, lambda _: None)
    assert asked == [Window(day(8), day(15))]
    assert left.windows[0].state is WindowState.FAILED
    other = request(resume=True, resources=("accounts_payable_events",))
    assert backfill(other, warehouse, lambda _: None).windows == []


def test_a_range_that_reaches_into_the_future_ends_at_the_newest_that_may_be_read(warehouse, loads):
    asked, _ = loads
    backfill(
        request(until=datetime.now(UTC) + timedelta(days=9), window_days=9999), warehouse, lambda _: None
    )
    [window] = asked
    assert timedelta(minutes=5) <= datetime.now(UTC) - window.end < timedelta(minutes=10)
