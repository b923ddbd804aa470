"""The warehouse of a pipeline that runs: what is known in it, and what waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import pytest
from kit_clock import START, FakeClock

from sources.kit.jobs import DltWarehouse, Job, JobState, Ledger, without_nulls
from sources.kit.tables import Column, Type

COLUMNS = (
    Column("id", Type.TEXT, "Key.", nullable=False),
    Column("n", Type.BIGINT, "Number."),
    Column("at", Type.TIMESTAMP, "When."),
    Column("amount", Type.DECIMAL, "How much."),
)


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Any]:
    found = dlt.pipeline(
        "kit_warehouse",
        pipelines_dir=str(tmp_path / "work"),
        destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
        dataset_name="shop",
    )
    yield found
    found.deactivate()


@pytest.fixture
def warehouse(pipeline: Any, clock: FakeClock) -> DltWarehouse:
    return DltWarehouse(pipeline, clock)


def moment(hour: int) -> datetime:
    return datetime(2026, 1, 1, hour, tzinfo=UTC)


@pytest.fixture
def filled(warehouse: DltWarehouse) -> DltWarehouse:
    warehouse.create_table("things", COLUMNS)
    rows = [(f"k{n}", n, moment(n)) for n in range(5)] + [("bare", None, None)]
    insert = 'insert into {things} (id, n, "at") values (%s, %s, %s)'
    warehouse.execute(*((insert, row) for row in rows))
    return warehouse


def test_an_empty_database_has_no_tables_and_knows_nothing(warehouse: DltWarehouse) -> None:
    assert not warehouse.has_table("things")
    assert warehouse.newer("things", "id", "n", {"k": 1}) == set()
    assert warehouse.known("things", ["id"], [("k",)]) == set()
    assert Ledger(warehouse, FakeClock()).open_jobs("x") == []


def test_a_table_is_made_once_with_the_types_of_its_columns(warehouse: DltWarehouse) -> None:
    warehouse.create_table("things", COLUMNS)
    warehouse.create_table("things", COLUMNS)
    assert warehouse.has_table("things")
    types = (
        "select column_name, data_type from information_schema.columns"
        " where table_name = %s order by ordinal_position"
    )
    assert warehouse.query(types, "things") == [
        ("id", "VARCHAR"),
        ("n", "BIGINT"),
        ("at", "TIMESTAMP WITH TIME ZONE"),
        ("amount", "DECIMAL(38,10)"),
    ]


def test_newer_are_those_whose_version_in_the_warehouse_is_higher(filled: DltWarehouse) -> None:
    assert filled.newer("things", "id", "n", {"k0": 1, "k1": 1, "k2": 1, "k4": 1, "bare": 1, "new": 0}) == {
        "k2",
        "k4",
    }
    versions = {"k2": moment(1), "k3": moment(3), "k4": moment(4) - timedelta(microseconds=1)}
    assert filled.newer("things", "id", '"at"', versions) == {"k2", "k4"}
    assert filled.newer("things", "id", "n", {}) == set()


def test_known_are_those_whose_whole_key_is_there(filled: DltWarehouse) -> None:
    keys = [("k1", moment(1)), ("k1", moment(2)), ("k9", moment(9))]
    assert filled.known("things", ["id", '"at"'], keys) == {("k1", moment(1))}


def test_many_keys_are_asked_for_in_several_statements(filled: DltWarehouse) -> None:
    versions = {f"k{n}": -1 for n in range(2500)}
    assert filled.newer("things", "id", "n", versions) == {f"k{n}" for n in range(5)}
    assert filled.known("things", ["id"], [(key,) for key in versions]) == {(f"k{n}",) for n in range(5)}


def test_statements_of_one_call_are_done_together_or_not_at_all(filled: DltWarehouse) -> None:
    with pytest.raises(Exception, match="nowhere"):
        filled.execute(("delete from {things}", ()), ("insert into {things} (nowhere) values (1)", ()))
    assert filled.query("select count(*) from {things}") == [(6,)]


class Locked:
    """A client whose file another process holds for a while."""

    def __init__(self, client: Any, times: int, message: str) -> None:
        self._client, self.times, self.message, self.tries = client, times, message, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def open_connection(self) -> Any:
        self.tries += 1
        if self.tries <= self.times:
            raise OSError(self.message)
        return self._client.open_connection()


def test_a_locked_file_is_waited_for(filled: DltWarehouse, clock: FakeClock) -> None:
    filled._client = Locked(filled._client, 3, "Could not set lock on file")
    assert filled.query("select count(*) from {things}") == [(6,)]
    assert clock.slept == [0.5] * 3


def test_a_file_that_stays_locked_is_given_up(filled: DltWarehouse, clock: FakeClock) -> None:
    filled._client = Locked(filled._client, 1000, "Could not set lock on file")
    with pytest.raises(OSError, match="lock"):
        filled.query("select 1")
    assert 15 < clock.seconds < 30


def test_other_errors_are_not_waited_for(filled: DltWarehouse, clock: FakeClock) -> None:
    filled._client = Locked(filled._client, 1, "no space left")
    with pytest.raises(OSError, match="no space"):
        filled.query("select 1")
    assert clock.slept == []


def test_a_job_comes_back_from_the_ledger_as_it_was_written(
    warehouse: DltWarehouse, clock: FakeClock
) -> None:
    ledger = Ledger(warehouse, clock)
    job = ledger.write(Job("files", START, START + timedelta(days=1), idempotency_key="k"))
    clock.advance(60)
    job = ledger.move(job, JobState.ACCEPTED, remote_id="r")
    assert ledger.open_jobs("files") == [job]
    [(requested, updated)] = warehouse.query("select requested_at, updated_at from {_jobs}")
    assert updated - requested == timedelta(seconds=60)
    ledger.loaded([job.id])
    assert ledger.open_jobs("files") == []


def test_null_is_no_parameter_since_it_has_no_type() -> None:
    sql = "insert into {t} (a, b, c) values (%s, %s, %s)"
    assert without_nulls(sql, ("x", None, 1)) == (
        "insert into {t} (a, b, c) values (%s, null, %s)",
        ("x", 1),
    )
    assert without_nulls("select ?", (None,), "?") == ("select null", ())
    # a text may hold the mark where nothing is null
    assert without_nulls("select '?', ?", (1,), "?") == ("select '?', ?", (1,))


def test_null_is_asked_for_as_any_value(filled: DltWarehouse) -> None:
    assert filled.query("select id from {things} where n = coalesce(%s, %s)", None, 3) == [("k3",)]


def test_a_table_that_wants_a_condition_is_read_and_changed_by_one_that_is_true_of_every_row(
    pipeline: Any, filled: DltWarehouse
) -> None:
    asked: list[str] = []
    every = DltWarehouse(pipeline, conditions={"things": "n >= 0 or n is null", "absent": "n >= 0"})
    every._client = _Telling(every._client, asked)
    assert every.has_table("things")
    assert not every.has_table("absent")
    assert every.query("select count(*) from {things}") == [(6,)]
    assert every.highest("things", "n") == 4
    assert every.known("things", ["id"], [("bare",), ("none",)]) == {("bare",)}
    every.execute((f"delete from {{things}} where {every.every('things')} and id = %s", ("bare",)))
    assert filled.query("select count(*) from {things}") == [(5,)]
    reading = [sql for sql in asked if "things" in sql]
    assert len(reading) == 5
    assert all("n >= 0 or n is null)" in sql for sql in reading)
    assert filled.every("things") == "(1 = 1)"


class _Telling:
    """A client that keeps what it is asked."""

    def __init__(self, client: Any, asked: list[str]) -> None:
        self._client, self._asked = client, asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def execute_sql(self, sql: str, *args: Any, **kwargs: Any) -> Any:
        self._asked.append(sql)
        return self._client.execute_sql(sql, *args, **kwargs)
