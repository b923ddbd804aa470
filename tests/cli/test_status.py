"""Status: read from the tables that loads leave in the warehouse, whatever of them is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dlt.common.versioned_state import compress_state

from pipelines.destinations.duckdb import DuckDb
from pipelines.errors import UsageError
from pipelines.status import as_documents, status
from sources.roit import SPEC
from sources.tereina import SPEC as TEREINA

NOW = datetime(2026, 5, 2, tzinfo=UTC)
MARK = "2026-05-01T12:00:00+00:00"
EARLIER, UNCOMMITTED = "2026-04-01T00:00:00+00:00", "2026-05-01T18:00:00+00:00"


@pytest.fixture
def warehouse(tmp_path):
    destination = DuckDb(tmp_path / "w.duckdb")
    destination.prepare()
    yield destination
    destination.close()


@pytest.fixture
def loaded(warehouse):
    """Two payables, one reject, one open export; the mark of the last committed load counts."""
    for statement in (
        "create schema roit",
        "create table roit.accounts_payable as select 'p' || range as id, '1.0' as _dlt_load_id from range(2)",
        "create table roit.accounts_payable__installments as select 'p0' as account_payable_id",
        "create table roit._rejects as select 'accounts_payable' as table_name",
        "create table roit._jobs as select * from (values ('export_files', 'accepted', null), ('export_files',"
        " 'loaded', null), ('export_files', 'downloaded', 0)) as jobs(resource, state, part)",
        "create table roit._controls as select 'accounts_payable' as table_name,"
        " timestamptz '2026-05-01 12:05:00+00' as checked_at",
        "create table roit._dlt_loads as select load_id, status, timestamptz '2026-05-01 12:04:00+00' as"
        " inserted_at from (values ('0.9', 0), ('1.0', 0), ('1.1', 1)) as loads(load_id, status)",
        "create table roit._dlt_pipeline_state (pipeline_name varchar, state varchar, _dlt_load_id varchar)",
    ):
        warehouse.execute(statement)
    for load, mark in (("1.0", MARK), ("0.9", EARLIER), ("1.1", UNCOMMITTED)):
        resources = {"accounts_payable": {"mark": mark}}
        state = compress_state({"sources": {"roit": {"resources": resources}}})
        warehouse.execute("insert into roit._dlt_pipeline_state values ('roit', ?, ?)", [state, load])
    return warehouse


def _by_name(entries):
    return {entry.resource: entry for entry in entries}


def test_a_loaded_resource_has_its_mark_age_rows_rejects_and_last_load(loaded):
    payables = _by_name(status([SPEC], loaded, NOW))["accounts_payable"]
    assert payables.mark == datetime.fromisoformat(MARK)
    assert payables.age == timedelta(hours=12)
    assert payables.last_load == datetime(2026, 5, 1, 12, 5, tzinfo=UTC)
    assert (payables.rows, payables.rejects, payables.loaded) == (2, 1, True)
    assert payables.tables == {"accounts_payable": 2, "accounts_payable__installments": 1}


def test_only_exports_that_are_not_over_count_as_open(loaded):
    assert _by_name(status([SPEC], loaded, NOW))["export_files"].open_jobs == 1


def test_what_a_source_keeps_for_itself_is_not_counted_as_records(warehouse):
    warehouse.execute("create schema tereina")
    warehouse.execute("create table tereina.companies as select 'c' as reference_id, '1.0' as _dlt_load_id")
    warehouse.execute("create table tereina._loaded_batches as select range as id from range(5)")
    companies = _by_name(status([TEREINA], warehouse, NOW))["companies"]
    assert (companies.rows, companies.tables) == (1, {"companies": 1})


def test_without_controls_the_last_load_is_dlts_own(loaded):
    loaded.execute("drop table roit._controls")
    payables = _by_name(status([SPEC], loaded, NOW))["accounts_payable"]
    assert payables.last_load == datetime(2026, 5, 1, 12, 4, tzinfo=UTC)


def test_an_empty_database_has_every_resource_not_loaded(warehouse):
    entries = status([SPEC], warehouse, NOW)
    assert [entry.resource for entry in entries] == [stream.name for stream in SPEC.streams]
    assert not any(entry.loaded for entry in entries)


def test_the_document_has_what_the_entries_have(loaded):
    document = as_documents(status([SPEC], loaded, NOW))[0]
    assert (document["resource"], document["rows"], document["loaded"]) == ("accounts_payable", 2, True)


def test_reading_changes_nothing_in_the_file(loaded):
    before = loaded.path.read_bytes()
    status([SPEC], DuckDb(loaded.path), NOW)
    assert loaded.path.read_bytes() == before


def test_an_absent_database_is_not_made(tmp_path):
    with pytest.raises(UsageError, match="ledgerhouse load makes it"):
        status([SPEC], DuckDb(tmp_path / "absent.duckdb"), NOW)
    assert list(tmp_path.iterdir()) == []
