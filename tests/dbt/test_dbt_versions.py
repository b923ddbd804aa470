"""Versions of suppliers and states of months, on random data, against what Python makes of the same."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml
from dbt_bed import EVERYTHING_KNOWN, values_for
from dbt_compiled import Compiled
from dbt_project import PROJECT

AS_OF = date(2026, 6, 20)
ZONE = ZoneInfo("America/Sao_Paulo")
START = datetime(2026, 1, 10, tzinfo=UTC)
CLOSING, LAG = timedelta(hours=1), timedelta(hours=48)
MONTHS = [date(2026, month, 1) for month in range(1, 7)]


def _run(
    project: Compiled, connection: duckdb.DuckDBPyConnection, model: str, *, called: str, **inputs: str
) -> None:
    """Makes a table of a model's SQL, with other tables in the places of those that it reads."""
    sql = values_for(project.models[model].sql, str(AS_OF), EVERYTHING_KNOWN, 90)
    for name, table in inputs.items():
        relation = project.models[name].relation
        assert relation in sql
        sql = sql.replace(relation, table)
    connection.execute(f"create or replace table {called} as {sql}")


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone='UTC'")
    return connection


@dataclass(frozen=True)
class Mention:
    """What one record says of a supplier, at an hour after the start."""

    supplier: str
    hour: int
    id: str
    name: str | None

    @property
    def at(self) -> datetime:
        return START + timedelta(hours=self.hour)

    @property
    def day(self) -> date:
        return self.at.astimezone(ZONE).date()


def _mentions(rng: random.Random) -> list[Mention]:
    names = (None, "Alfa", "ALFA ", "Beta", "Beta", "Gama")
    return [
        Mention(f"s{supplier}", rng.randrange(24 * 20), f"m{n:02}", rng.choice(names))
        for supplier in range(25)
        for n in range(rng.randrange(1, 9))
    ]


def _name_on(mentions: list[Mention], day: date) -> str | None:
    """The last name that was said by the end of the day, else the first that was said later."""
    ordered = sorted(mentions, key=lambda mention: (mention.at, mention.id))
    said = [mention for mention in ordered if mention.name]
    earlier = [mention for mention in said if mention.day <= day]
    # before it was spoken of at all, a supplier was what it was when it first was
    first_day = [mention for mention in said if mention.day <= ordered[0].day]
    chosen = earlier[-1] if earlier else first_day[-1] if first_day else said[0] if said else None
    return chosen.name.strip().upper() if chosen and chosen.name else None


@pytest.mark.parametrize("seed", range(4))
def test_a_supplier_is_called_on_every_day_what_was_last_said(
    project: Compiled, connection: duckdb.DuckDBPyConnection, seed: int
) -> None:
    mentions = _mentions(random.Random(seed))
    rows = ", ".join(
        f"('{m.supplier}', timestamptz '{m.at}', '{m.id}', {repr(m.name) if m.name else 'null'})"
        for m in mentions
    )
    connection.execute(
        "create table mentions as select *, null::varchar as supplier_type, null::varchar as country_code,"
        " null::varchar as supplier_tax_id, null::varchar as supplier_reference_id, '' as source_relation,"
        " '' as tenant_id, '' as _dlt_load_id, said_at as known_at"
        f" from (values {rows}) as t(supplier_key, said_at, mention_id, supplier_name)"
    )
    _run(
        project,
        connection,
        "int_parties__suppliers_resolved",
        called="versions",
        int_parties__supplier_mentions="mentions",
    )
    days = [date(2020, 1, 1), *(START.date() + timedelta(days=n) for n in range(-1, 23))]
    for supplier in {mention.supplier for mention in mentions}:
        of_supplier = [mention for mention in mentions if mention.supplier == supplier]
        for day in days:
            found = connection.execute(
                "select upper(trim(supplier_name)) from versions where supplier_key = ? and valid_from <= ?"
                " and (valid_to is null or ? < valid_to)",
                [supplier, day, day],
            ).fetchall()
            assert found == [(_name_on(of_supplier, day),)], (supplier, day)


@dataclass(frozen=True)
class Window:
    """A load of hours after the start; ``checked`` orders the loads."""

    begin: int
    end: int
    checked: int
    lacks: int

    @property
    def hours(self) -> set[int]:
        return set(range(self.begin, self.end))


def _windows(rng: random.Random) -> list[Window]:
    """Loads that follow on each other with a look-back, some with a gap, some that lost rows, some read again."""
    windows, at = [], rng.randrange(24 * 30)
    while at < 24 * 158:
        begin = at - 1 + rng.choice((0, 0, 0, 0, 0, 0, 1, 2))
        end = min(begin + rng.randrange(24 * 5, 24 * 40), 24 * 162 - rng.randrange(80))
        windows.append(Window(begin, end, len(windows), rng.choice((0, 0, 0, 0, 0, 0, 3))))
        if rng.random() < 0.3:
            again = Window(begin - rng.choice((0, 0, -1)), end, len(windows), rng.choice((0, 0, 1)))
            windows.append(again)
        at = end
        if rng.random() < 0.1:
            break
    return windows


def _state(windows: list[Window], month: date) -> str:
    def hour(day: date) -> int:
        return int((datetime(day.year, day.month, day.day, tzinfo=ZONE) - START).total_seconds() // 3600)

    begin, end = hour(month), hour(date(month.year, month.month + 1, 1))
    lacking = [w for w in windows if w.lacks and not _is_made_up_for(w, windows)]
    covered: set[int] = set().union(*(window.hours for window in windows))
    if any(w.begin < end and w.end > begin for w in lacking) or begin not in covered:
        return "incomplete"
    read_to = begin
    while read_to in covered:
        read_to += 1
    if read_to >= end + CLOSING // timedelta(hours=1):
        return "closed"
    behind = hour(AS_OF + timedelta(days=1)) - LAG // timedelta(hours=1)
    return "provisional" if read_to >= min(end, behind) else "incomplete"


def _first_month(windows: list[Window]) -> date:
    first = START + timedelta(hours=min(window.begin for window in windows))
    return first.astimezone(ZONE).date().replace(day=1)


def _is_made_up_for(lacking: Window, windows: list[Window]) -> bool:
    return any(w.hours >= lacking.hours and w.checked > lacking.checked and not w.lacks for w in windows)


def test_the_state_of_each_month_is_that_of_its_hours(
    project: Compiled, connection: duckdb.DuckDBPyConnection
) -> None:
    tables = {f"t{seed:02}": _windows(random.Random(seed)) for seed in range(200)}
    rows = ", ".join(
        f"('{name}-{w.checked}', 's', '{name}', timestamptz '{START + timedelta(hours=w.begin)}',"
        f" timestamptz '{START + timedelta(hours=w.end)}',"
        f" timestamptz '{datetime(2026, 7, 1, tzinfo=UTC) + timedelta(minutes=w.checked)}',"
        f" {w.lacks > 0}, {w.lacks})"
        for name, windows in tables.items()
        for w in windows
    )
    connection.execute(
        f"create table expected as select * from (values {rows}) as t(window_key, source_name, table_name,"
        " window_from, window_to, checked_at, has_difference, missing_rows)"
    )
    connection.execute(
        "create table days as select cast(day as date) as date_day"
        " from generate_series(date '2025-12-01', date '2026-12-31', interval 1 day) as t(day)"
    )
    _run(
        project,
        connection,
        "int_ops__coverage_windows",
        called="windows",
        int_ops__coverage_expected="expected",
    )
    _run(
        project,
        connection,
        "fct_extraction_month",
        called="months",
        int_ops__coverage_windows="windows",
        int_calendar__days="days",
    )
    rows_of_months = connection.execute("select table_name, month_start, state from months").fetchall()
    found = {(table, month): state for table, month, state in rows_of_months}
    wanted = {
        (name, month): _state(windows, month)
        for name, windows in tables.items()
        for month in MONTHS
        if month >= _first_month(windows)
    }
    assert found == wanted
    states = list(wanted.values())
    assert all(states.count(state) > 10 for state in ("closed", "provisional", "incomplete"))


def test_every_fact_says_what_it_rests_on() -> None:
    """By evidence for its rows, or as the sum of a fact that has it. No list: a new fact cannot be forgotten."""
    groundless = []
    for path in sorted((PROJECT / "models" / "marts").rglob("fct_*.sql")):
        model = next(
            m
            for m in yaml.safe_load(path.with_suffix(".yml").read_text())["models"]
            if m["name"] == path.stem
        )
        tests = [next(iter(test)) if isinstance(test, dict) else test for test in model.get("data_tests", ())]
        if "has_evidence" not in tests and "sum_of" not in model["config"]["meta"]:
            groundless.append(path.stem)
    assert groundless == ["fct_record_evidence"]
