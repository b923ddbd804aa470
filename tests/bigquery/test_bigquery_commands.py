"""The command line on the emulator: what it says there is what it says on DuckDB, about the same loads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bq_loaded import FIRST_LOAD, Loaded

from sandbox.core.server import SYSTEMS


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        ("status", "resources"),
        ("state show", "resources"),
        ("rejects list --each", "rejects"),
    ],
)
def test_what_is_loaded_is_told_as_on_duckdb(loaded: Loaded, command: str, rows: str) -> None:
    document = loaded.same(*command.split())
    assert len(document[rows]) > 2


def test_every_export_is_listed_as_on_duckdb_but_for_the_ids_that_are_drawn(loaded: Loaded) -> None:
    ours, theirs = (
        sorted(
            ({**job, "id": "", "remote_id": ""} for job in result.document["jobs"]),
            key=lambda job: [str(value) for value in job.values()],
        )
        for result in loaded.run("jobs", "list", "--all")
    )
    assert ours == theirs
    assert {job["source"] for job in ours} == {"roit", "solvimon"}


def test_control_totals_and_counts_are_compared_as_on_duckdb(loaded: Loaded) -> None:
    lines = loaded.same("reconcile")["lines"]
    assert {line["source"] for line in lines} == {"roit", "solvimon", "tereina"}


def test_check_finds_every_system_and_the_warehouse_well(loaded: Loaded) -> None:
    for result in loaded.run("check"):
        assert {each["verdict"] for each in result.document["checks"]} == {"ok"}, result.out


def test_a_plan_says_how_many_bytes_a_load_would_read_where_bytes_are_billed(loaded: Loaded) -> None:
    ours, theirs = loaded.run("plan", "roit", "--resource", "accounts_payable")
    [on_bigquery], [on_duckdb] = (each.document["resources"] for each in (ours, theirs))
    assert on_bigquery["bytes_a_load"] > 0
    assert on_duckdb["bytes_a_load"] is None


@pytest.mark.parametrize("source", SYSTEMS)
def test_every_resource_is_planned_as_on_duckdb(loaded: Loaded, source: str) -> None:
    ours, theirs = (result.document["resources"] for result in loaded.run("plan", source))
    assert [each | {"bytes_a_load": None} for each in ours] == theirs
    assert any(each["windows"] for each in ours)


def test_rejects_are_shown_and_replayed(loaded: Loaded) -> None:
    listed = loaded.bigquery.run("rejects", "list", "roit", "--each").document["rejects"]
    shown = [loaded.same("rejects", "show", each["id"])["raw"] for each in listed]
    assert all(shown)
    assert len(shown) == 3
    # nothing was mended: they are held against the model again, and stay
    [replayed] = loaded.same("rejects", "replay", "roit")["tables"]
    assert replayed["loaded"] == 0
    assert len(loaded.same("rejects", "list", "roit", "--each")["rejects"]) == 3


def test_committed_batches_are_confirmed_once(loaded: Loaded) -> None:
    due = loaded.same("confirm", "tereina", "--dry-run")["batches"]
    assert len(due) > 2
    confirmed = loaded.same("confirm", "tereina", "--yes")["batches"]
    assert [each["batch_id"] for each in confirmed] == [each["batch_id"] for each in due]
    assert loaded.same("confirm", "tereina", "--yes")["batches"] == []


def test_a_backfill_loads_its_windows_and_has_nothing_left(loaded: Loaded) -> None:
    asked = ("backfill", "roit", "--resource", "accounts_payable_events")
    since, until = ((FIRST_LOAD - timedelta(days=days)).date().isoformat() for days in (20, 10))
    done = loaded.same(*asked, "--since", since, "--until", until, "--window", "5d")
    assert done
    assert loaded.same(*asked, "--resume") != done


def test_a_mark_is_reset_and_the_next_load_starts_anew(loaded: Loaded) -> None:
    loaded.same("state", "reset", "solvimon", "--resource", "payments", "--yes")
    entries = loaded.same("state", "show", "solvimon", "--resource", "payments")["resources"]
    assert [each["mark"] for each in entries] == [None]
    loaded.same("load", "solvimon", "--resource", "payments")
