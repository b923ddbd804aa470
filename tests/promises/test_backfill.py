"""Backfills: stopped and resumed, beside the daily load, and without a trace in what the next load starts from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines import backfill
from pipelines.load._leftovers import discard_uncommitted
from pipelines.operations import source_context
from sources.roit import SPEC

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
KEPT = "select window_from, state from roit._backfills order by 1"


def days_ago(days):
    return f"{TODAY - timedelta(days=days):%Y-%m-%d}"


def backfilled(lab, *options):
    return lab.ask("backfill", "roit", "--resource", "accounts_payable", *options)


def marks(lab):
    entries = lab.ask("state", "show", "roit", "--resource", "accounts_payable")[1]["resources"]
    return entries[0]["mark"]


def stopping_after(windows, monkeypatch):
    """Loads go on for so many windows, and then somebody presses Ctrl-C."""
    original, done = backfill.run_load, []

    def load(*arguments, **more):
        if len(done) == windows:
            raise KeyboardInterrupt
        done.append(arguments)
        return original(*arguments, **more)

    monkeypatch.setattr(backfill, "run_load", load)


def test_p5_a_backfill_that_is_stopped_goes_on_with_the_windows_that_are_not_done(make_lab, monkeypatch):
    lab = make_lab(scale=60)
    with monkeypatch.context() as patched:
        stopping_after(1, patched)
        code, said = backfilled(lab, "--since", days_ago(40), "--until", days_ago(10), "--window", "15d")
    assert (code, "--resume" in said["error"]) == (130, True)
    assert [state for _, state in lab.rows(KEPT)] == ["done", "planned"]
    code, resumed = backfilled(lab, "--resume")
    assert (code, [window["state"] for window in resumed["windows"]]) == (0, ["done"])
    assert resumed["windows"][0]["window_from"] == f"{TODAY - timedelta(days=25):%Y-%m-%dT%H:%M:%S+00:00}"
    assert [state for _, state in lab.rows(KEPT)] == ["done"] * 2
    held = "select count(*) from roit.accounts_payable where updated_at between ? and ?"
    ends = (TODAY - timedelta(days=40), TODAY - timedelta(days=10))
    given = lab.value("select sum(source_rows) from roit._backfills")
    assert lab.value(held, *ends) == given > 0
    assert backfilled(lab, "--resume") == (0, resumed | {"windows": []})


def test_a_backfill_leaves_no_mark_behind_a_gap_and_moves_none_backwards(make_lab):
    lab = make_lab(scale=40)
    ends = ("--since", days_ago(30), "--until", days_ago(20), "--window", "30d")
    assert backfilled(lab, *ends)[0] == 0
    assert marks(lab) is None, "what lies before the backfill is not loaded yet"
    lab.load("roit", "accounts_payable")
    mark, rows = marks(lab), lab.snapshot("roit")
    assert mark is not None
    assert backfilled(lab, *ends)[0] == 0
    assert marks(lab) == mark
    assert lab.snapshot("roit") == rows


def test_p5_a_backfill_after_a_killed_one_keeps_the_versions_that_only_the_killed_one_had_written(make_lab):
    lab = make_lab(scale=20)
    ends = ("--since", days_ago(90), "--window", "100d")
    backfilled(lab, *ends)
    rows = lab.snapshot("roit")
    assert rows["accounts_payable__history"]
    lab.destination.prepare()
    lab.destination.execute("update roit._dlt_loads set status = 1")
    backfilled(lab, *ends)
    with source_context("roit", lab.destination) as context:
        discard_uncommitted(context.warehouse, SPEC.streams)
    assert lab.snapshot("roit") == rows


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("roit",), "needs --since"),
        (("roit", "--resume"), "nothing to resume"),
        (("roit", "--since", "2026-01-01", "--window", "7"), "no number of days"),
        (("roit", "--since", "2126-01-01"), "the range is empty"),
        (("roit", "--since", "2026-01-01", "--resource", "cclasstrib"), "not read by ranges"),
    ],
)
def test_a_backfill_that_makes_no_sense_exits_2_and_makes_no_database(make_lab, arguments, reason):
    lab = make_lab(scale=10)
    code, said = lab.ask("backfill", *arguments)
    assert (code, reason in said["error"]) == (2, True)
    assert list(lab.database.parent.iterdir()) == []
