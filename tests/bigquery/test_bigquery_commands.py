"""The command line on the emulator: what it says there is what it says on DuckDB, about the same loads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bq_loaded import FIRST_LOAD, Loaded

# Where the tables are, and how long it took.
OWN = {"destination", "seconds"}


def said(document: Any) -> Any:
    """A document without what is each side's own."""
    if isinstance(document, dict):
        return {name: said(value) for name, value in document.items() if name not in OWN}
    return [said(each) for each in document] if isinstance(document, list) else document


def same(loaded: Loaded, *arguments: str, code: int = 0) -> Any:
    """What a command says on BigQuery, which must be what it says on DuckDB."""
    ours, theirs = loaded.run(*arguments)
    assert (ours.code, theirs.code) == (code, code), ours.out + theirs.out
    assert said(ours.document) == said(theirs.document)
    return ours.document


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        ("status", "resources"),
        ("state show", "resources"),
        ("rejects list --each", "rejects"),
    ],
)
def test_what_is_loaded_is_told_as_on_duckdb(loaded: Loaded, command: str, rows: str) -> None:
    document = same(loaded, *command.split())
    assert len(document[rows]) > 2


def test_check_finds_every_system_and_the_warehouse_well(loaded: Loaded) -> None:
    for result in loaded.run("check"):
        assert {each["verdict"] for each in result.document["checks"]} == {"ok"}, result.out


def test_a_plan_says_how_many_bytes_a_load_would_read_where_bytes_are_billed(loaded: Loaded) -> None:
    ours, theirs = loaded.run("plan", "roit", "--resource", "accounts_payable")
    [on_bigquery], [on_duckdb] = (each.document["resources"] for each in (ours, theirs))
    assert on_bigquery["bytes_a_load"] > 0
    assert on_duckdb["bytes_a_load"] is None


def test_rejects_are_shown_and_replayed(loaded: Loaded) -> None:
    listed = loaded.bigquery.run("rejects", "list", "roit", "--each").document["rejects"]
    shown = [same(loaded, "rejects", "show", each["id"])["raw"] for each in listed]
    assert all(shown)
    assert len(shown) == 3
    # nothing was mended: they are held against the model again, and stay
    [replayed] = same(loaded, "rejects", "replay", "roit")["tables"]
    assert replayed["loaded"] == 0
    assert len(same(loaded, "rejects", "list", "roit", "--each")["rejects"]) == 3


def test_committed_batches_are_confirmed_once(loaded: Loaded) -> None:
    due = same(loaded, "confirm", "tereina", "--dry-run")["batches"]
    assert len(due) > 2
    confirmed = same(loaded, "confirm", "tereina", "--yes")["batches"]
    assert [each["batch_id"] for each in confirmed] == [each["batch_id"] for each in due]
    assert same(loaded, "confirm", "tereina", "--yes")["batches"] == []


def test_a_backfill_loads_its_windows_and_has_nothing_left(loaded: Loaded) -> None:
    asked = ("backfill", "roit", "--resource", "accounts_payable_events")
    since, until = ((FIRST_LOAD - timedelta(days=days)).date().isoformat() for days in (20, 10))
    done = same(loaded, *asked, "--since", since, "--until", until, "--window", "5d")
    assert done
    assert same(loaded, *asked, "--resume") != done


def test_a_mark_is_reset_and_the_next_load_starts_anew(loaded: Loaded) -> None:
    same(loaded, "state", "reset", "solvimon", "--resource", "payments", "--yes")
    entries = same(loaded, "state", "show", "solvimon", "--resource", "payments")["resources"]
    assert [each["mark"] for each in entries] == [None]
    same(loaded, "load", "solvimon", "--resource", "payments")
