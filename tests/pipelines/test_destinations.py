"""Destinations: a file that is good to use or a clear line, and working folders that leave nothing behind."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import dlt
import duckdb
import pytest

from pipelines import configuration
from pipelines.destinations import _locks, make
from pipelines.destinations._work import WorkFolder
from pipelines.destinations.duckdb import DuckDb
from pipelines.errors import UsageError


@pytest.fixture(autouse=True)
def _configured(empty_place):
    configuration.use()


@pytest.fixture
def warehouse(tmp_path):
    destination = DuckDb(tmp_path / "w.duckdb")
    destination.prepare()
    yield destination
    destination.close()


def test_a_new_file_has_the_format_that_duckdb_1_clients_open(warehouse):
    tags = warehouse.query("select tags from duckdb_databases() where database_name = current_database()")
    assert "v1.2.0" in str(tags)


def test_values_come_back_exact_and_in_utc(warehouse):
    warehouse.execute("create table t as select 12345678901234567.89::decimal(38, 10) as amount")
    assert warehouse.query("select amount from t") == [(Decimal("12345678901234567.8900000000"),)]
    [(moment,)] = warehouse.query("select timestamptz '2026-01-01 00:00:00-03'")
    assert (moment, moment.utcoffset().total_seconds()) == (datetime(2026, 1, 1, 3, tzinfo=UTC), 0)


def test_memory_is_limited_by_default_and_by_setting(warehouse, tmp_path, monkeypatch):
    assert warehouse.query("select current_setting('memory_limit')") == [("488.2 MiB",)]
    monkeypatch.setenv("DESTINATION__DUCKDB__MEMORY_LIMIT", "300MB")
    monkeypatch.setenv("DESTINATION__DUCKDB__THREADS", "1")
    small = make("duckdb", tmp_path / "small.duckdb")
    small.prepare()
    settings = small.query("select current_setting('memory_limit'), current_setting('threads')")
    small.close()
    assert settings == [("286.1 MiB", 1)]


def test_the_models_have_a_limit_of_their_own_unless_one_is_set_for_all(warehouse, monkeypatch):
    assert "LEDGERHOUSE_MEMORY_LIMIT" not in warehouse.dbt_environment()
    monkeypatch.setenv("DESTINATION__DUCKDB__MEMORY_LIMIT", "300MB")
    assert make("duckdb").dbt_environment()["LEDGERHOUSE_MEMORY_LIMIT"] == "300MB"


def test_dlt_loads_under_the_same_limit_and_spills_into_the_working_folder(warehouse):
    pipeline = dlt.pipeline(
        "w", destination=warehouse.dlt(), dataset_name="roit", pipelines_dir=str(warehouse.work_dir())
    )
    pipeline.run([{"id": 1}], table_name="t", loader_file_format="parquet")
    with pipeline.sql_client() as client:
        [(limit, spill)] = client.execute_sql(
            "select current_setting('memory_limit'), current_setting('temp_directory')"
        )
    assert limit == "488.2 MiB"
    assert spill.startswith(str(warehouse.work_dir()))
    assert "t" in warehouse.tables("roit")
    assert warehouse.query(f"select count(*) from {warehouse.table('roit', 't')}") == [(1,)]


def test_the_file_can_be_queried_while_dlt_has_it_open_and_has_spilled(warehouse):
    pipeline = dlt.pipeline(
        "w", destination=warehouse.dlt(), dataset_name="roit", pipelines_dir=str(warehouse.work_dir())
    )
    with pipeline.sql_client() as client:
        client.execute_sql("set global memory_limit = '60MB'")
        client.execute_sql("create table main.t as select md5(range::varchar) as a from range(1500000)")
        client.execute_sql("create table main.sorted as select * from main.t order by a")
        assert (warehouse.work_dir() / "spill").exists()
        assert warehouse.query("select count(*) from main.sorted") == [(1_500_000,)]


def test_a_dataset_that_is_not_there_has_no_tables(warehouse):
    assert warehouse.tables("roit") == frozenset()


def test_an_unprepared_database_is_only_read(warehouse):
    folders = set(warehouse.path.parent.rglob("*.work/*"))
    reader = DuckDb(warehouse.path)
    assert reader.query("select 1") == [(1,)]
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        reader.execute("create table t (a int)")
    assert set(warehouse.path.parent.rglob("*.work/*")) == folders


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent/w.duckdb", "does not exist"),
        ("folder", "is a folder"),
        ("notes.txt", "not a valid DuckDB"),
        ("roit.duckdb", "something else than roit.duckdb"),
    ],
)
def test_a_place_that_cannot_hold_the_database_is_refused_in_one_line(tmp_path, name, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("hello" * 100)
    with pytest.raises(UsageError, match=message) as caught:
        DuckDb(tmp_path / name).prepare()
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "notes.txt"]


def test_a_nonsensical_memory_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("DESTINATION__DUCKDB__MEMORY_LIMIT", "plenty")
    destination = make("duckdb", tmp_path / "w.duckdb")
    with pytest.raises(UsageError, match="Memory"):
        destination.prepare()
    destination.close()


def test_checking_creates_no_file(tmp_path):
    assert "will be created" in DuckDb(tmp_path / "w.duckdb").check()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def held_file(tmp_path):
    """A database that another process has open."""
    path = tmp_path / "held.duckdb"
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        yield path, process
        process.stdin.close()


def test_a_file_that_stays_locked_is_given_up_with_the_process_that_has_it(held_file):
    path, process = held_file
    pauses = []
    with pytest.raises(UsageError, match=f"open in process {process.pid}"):
        DuckDb(path, sleep=pauses.append).prepare()
    assert sum(pauses) == pytest.approx(_locks.LOCK_WAIT_SECONDS, abs=_locks.LONGEST_PAUSE_SECONDS)


def test_a_file_that_is_let_go_in_time_is_used(held_file):
    path, process = held_file

    def let_go(_seconds):
        process.stdin.close()
        process.wait()

    destination = DuckDb(path, sleep=let_go)
    destination.prepare()
    assert destination.query("select 1") == [(1,)]
    destination.close()


def test_the_database_comes_from_the_option_then_dlts_configuration_then_the_default(tmp_path, monkeypatch):
    assert make("duckdb").path == tmp_path / "ledgerhouse.duckdb"
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", "duckdb:///from_environment.duckdb")
    assert make("duckdb").path == tmp_path / "from_environment.duckdb"
    assert make("duckdb", tmp_path / "named.duckdb").path == tmp_path / "named.duckdb"


def test_unknown_destinations_and_a_file_for_bigquery_are_refused(tmp_path):
    with pytest.raises(UsageError, match="known: duckdb, bigquery"):
        make("snowflake")
    with pytest.raises(UsageError, match="--database"):
        make("bigquery", tmp_path / "w.duckdb")


def test_a_working_folder_is_private_and_gone_after_close(tmp_path):
    work = WorkFolder(tmp_path / "w.work")
    folder = work.path()
    (folder / "part.ndjson").write_text("personal")
    assert [path.stat().st_mode & 0o777 for path in (folder, folder.parent)] == [0o700, 0o700]
    assert work.path() == folder
    work.close()
    assert not (tmp_path / "w.work").exists()


def test_what_a_killed_run_left_is_removed_and_a_living_one_is_let_be(tmp_path):
    script = (
        "import sys, os, signal; from pathlib import Path; from pipelines.destinations._work import WorkFolder\n"
        "folder = WorkFolder(Path(sys.argv[1])).path(); (folder / 'part').write_text('personal')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    parent = tmp_path / "w.work"
    living = WorkFolder(parent)
    living.path()
    subprocess.run([sys.executable, "-c", script, str(parent)], check=False)
    assert len(list(parent.iterdir())) == 2
    next_run = WorkFolder(parent)
    expected = {living.path(), next_run.path()}
    assert set(parent.iterdir()) == expected
    next_run.close()
    assert set(parent.iterdir()) == {living.path()}
    living.close()


def test_bigquery_without_its_libraries_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.cloud.bigquery", None)
    with pytest.raises(UsageError, match=r"pip install 'ledgerhouse\[bigquery\]'"):
        make("bigquery").prepare()


def test_free_form_objects_are_text_where_json_would_lose_digits(tmp_path):
    assert (make("bigquery").json_type, DuckDb(tmp_path / "w.duckdb").json_type) == ("text", "json")
