"""What is gone at the source is marked, with its children; and when it rather is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from pipelines.load import LoadRequest, Sweep
from pipelines.load._deletes import TABLE, Found, Loaded, find_deletes
from sources.kit.streams import Context, SnapshotStream, Stream, Window, WindowStream
from sources.kit.transport import DataError
from sources.roit.models import AccountPayable, Cclasstrib

START = datetime(2026, 3, 1, tzinfo=UTC)
SWEEP = LoadRequest(sweep=Sweep.ALWAYS)
DUE = LoadRequest(sweep=Sweep.DUE)
LOADED = Loaded(["now"], None)
CHILDREN = ("purchase_orders", "installments", "cost_centers", "tributes", "receipts")


class Warehouse:
    """A warehouse in memory. ``fail_after`` so many statements that change something it fails once."""

    def __init__(self) -> None:
        self._db = duckdb.connect()
        self._db.execute("set timezone = 'UTC'")
        self.fail_after: int | None = None

    def _run(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        plain = re.sub(r"\{(\w+)\}", r'"\1"', sql).replace("%s", "?")
        return self._db.execute(plain, list(params)).fetchall()

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        return self._run(sql, params)

    def execute(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        self._db.execute("begin")
        for sql, params in statements:
            if self.fail_after == 0:
                self.fail_after = None
                self._db.execute("rollback")
                raise OSError("killed")
            self.fail_after = None if self.fail_after is None else self.fail_after - 1
            self._run(sql, params)
        self._db.execute("commit")

    def has_table(self, name: str) -> bool:
        return bool(self.query("select 1 from duckdb_tables() where table_name = %s", name))

    def every(self, table: str) -> str:
        return "1 = 1"

    def create_table(self, name: str, columns: Sequence[Any]) -> None:
        types = {"text": "varchar", "timestamp": "timestamptz"}
        body = ", ".join(f"{c.name} {types.get(str(c.type), str(c.type))}" for c in columns)
        self._run(f'create table if not exists "{name}" ({body})', ())

    def values(self, sql: str, *params: Any) -> list[Any]:
        return [row[0] for row in self.query(sql, *params)]


class Clock:
    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


class Source:
    """Has the payables of some ids; ``asked`` are the numbers of keys in the questions."""

    def __init__(self, *ids: str) -> None:
        self.ids = set(ids)
        self.hidden: set[str] = set()
        self.looks_at_keys = True
        self.asked: list[int] = []
        self.singles: list[str] = []

    def held(self, context: Context, keys: Sequence[str]) -> int:
        self.asked.append(len(keys))
        return len((self.ids - self.hidden) & set(keys)) if self.looks_at_keys else len(self.ids)

    def has(self, context: Context, key: str) -> bool:
        self.singles.append(key)
        return key in self.ids


class House:
    """A warehouse that holds payables, each with a row in every child table, and their source."""

    def __init__(self, count: int = 0, *ids: str, most: float = 0.5) -> None:
        ids = (*ids, *(f"p{n:05}" for n in range(count)))
        self.warehouse = Warehouse()
        self.source = Source(*ids)
        self.clock = Clock()
        self.settings = SimpleNamespace(
            max_deleted_share=most, max_connections=2, sweep_days=0, sweep_every_days=1
        )
        self.stream: Stream = WindowStream("accounts_payable", AccountPayable, None, keys=self.source)  # type: ignore[arg-type]
        run = self.warehouse.query
        run(
            "create table accounts_payable (id varchar, updated_at timestamptz, _dlt_load_id varchar,"
            " _deleted_at timestamptz)"
        )
        run("create table _rejects (table_name varchar, key varchar)")
        for child in CHILDREN:
            columns = "account_payable_id varchar, position bigint, _deleted_at timestamptz"
            run(f"create table accounts_payable__{child} ({columns})")
        if ids:
            self.load(*ids)

    def load(self, *ids: str, load_id: str = "before", at: datetime = START) -> None:
        """Loads payables, as the loader does: each takes the place of its rows."""
        run, of = self.warehouse.query, list(ids)
        run("delete from accounts_payable where id in (select unnest(%s))", of)
        run(f"insert into accounts_payable select unnest(%s), timestamptz '{at}', '{load_id}', null", of)
        for child in (f"accounts_payable__{name}" for name in CHILDREN):
            run(f"delete from {child} where account_payable_id in (select unnest(%s))", of)
            run(f"insert into {child} select unnest(%s), 0, null", of)

    def find(self, request: LoadRequest = SWEEP, loaded: Loaded = LOADED) -> Found:
        context = Context(self.settings, None, self.warehouse, clock=self.clock)  # type: ignore[arg-type]
        return find_deletes(context, self.stream, request, loaded)

    def marked(self) -> set[str]:
        """The payables that are marked. Their children are too, with the same time, and no others."""
        marked = dict(self.warehouse.query("select id, _deleted_at from accounts_payable"))
        for child in CHILDREN:
            sql = f"select account_payable_id, _deleted_at from accounts_payable__{child}"
            assert dict(self.warehouse.query(sql)) == marked, child
        return {id_ for id_, at in marked.items() if at is not None}


def test_a_sweep_marks_what_is_gone_with_its_children_and_removes_nothing():
    house = House(1200)
    house.source.ids -= {"p00007", "p00900"}
    assert house.find() == Found(gone=2)
    assert house.marked() == {"p00007", "p00900"}
    assert house.warehouse.values("select count(*) from accounts_payable") == [1200]


def test_a_sweep_asks_for_500_keys_at_once_and_for_single_ones_only_where_some_are_missing():
    house = House(1200)
    house.find()
    assert sorted(house.source.asked) == [1, 200, 500, 500], "and one that none has"
    assert house.source.singles == []
    house.source.ids.remove("p00007")
    house.source.asked.clear()
    house.find()
    assert house.source.singles == ["p00007"]
    assert len(house.source.asked) <= 4 + 1 + 9, "a set of 500 is halved nine times"


def test_a_second_sweep_changes_nothing_and_the_first_mark_stays():
    house = House(20)
    house.source.ids.remove("p00003")
    house.find()
    first = house.warehouse.values("select _deleted_at from accounts_payable where id = 'p00003'")
    assert house.find() == Found()
    assert house.warehouse.values("select _deleted_at from accounts_payable where id = 'p00003'") == first
    assert house.marked() == {"p00003"}


def test_a_record_that_comes_back_loses_its_mark_with_its_children():
    house = House(20)
    house.source.ids -= {"p00003", "p00004"}
    house.find()
    house.source.ids.add("p00003")
    assert house.find() == Found(back=1)
    assert house.marked() == {"p00004"}


def test_a_record_that_can_be_had_is_not_gone_whatever_the_count_says():
    house = House(20)
    house.source.hidden = {"p00003"}
    assert house.find() == Found()
    assert house.source.singles == ["p00003"]
    assert house.marked() == set()


def test_where_more_than_the_set_share_is_missing_nothing_is_marked():
    house = House(1000)
    house.source.ids = {f"p{n:05}" for n in range(499)}
    with pytest.raises(DataError, match=r"501 of 1000 rows of accounts_payable .* max_deleted_share"):
        house.find()
    assert house.marked() == set()
    assert house.source.singles == [], "counting was enough"
    house.settings.max_deleted_share = 1.0
    assert house.find().gone == 501


def test_a_hundred_rows_may_go_whatever_share_of_their_table_they_are():
    house = House(100)
    house.source.ids.clear()
    assert house.find().gone == 100


def test_an_api_that_does_not_look_at_keys_marks_nothing_and_a_run_goes_on_without():
    house = House(20)
    house.source.looks_at_keys = False
    with pytest.raises(DataError, match=r"does not look at keys .*--full-refresh"):
        house.find()
    assert "does not look at keys" in "".join(house.find(DUE).notes())
    assert house.marked() == set()
    assert not house.warehouse.has_table(TABLE), "nothing was swept"


@pytest.mark.parametrize("after", range(0, 12, 5))
def test_a_sweep_that_is_killed_is_finished_by_the_next(after):
    house = House(1200)
    house.source.ids -= {"p00007", "p00900"}
    house.warehouse.fail_after = after
    with pytest.raises(OSError, match="killed"):
        house.find()
    house.marked()
    house.find()
    assert house.marked() == {"p00007", "p00900"}


def test_a_sweep_can_be_of_a_range_of_the_cursor():
    house = House(0, "old", "new")
    house.load("old", at=START - timedelta(days=40))
    house.source.ids.clear()
    house.settings.sweep_days = 30
    assert house.find() == Found(gone=1)
    assert house.marked() == {"new"}
    since = LoadRequest(sweep=Sweep.ALWAYS, since=START - timedelta(days=50))
    assert house.find(since) == Found(gone=1)


def test_a_sweep_is_due_once_a_day_and_never_where_it_is_switched_off():
    house = House(5)
    house.settings.sweep_every_days = 0
    house.find(DUE)
    assert house.source.asked == []
    house.settings.sweep_every_days = 1
    for hours in (0, 20, 24):
        house.clock.at = START + timedelta(hours=hours)
        house.source.asked.clear()
        house.find(DUE)
        assert bool(house.source.asked) == (hours != 20)
    assert house.warehouse.values(f"select count(*) from {{{TABLE}}}") == [2]
    assert house.find(LoadRequest()) == Found()


def test_a_sweep_of_a_range_does_not_put_off_the_one_that_is_due():
    house = House(5)
    house.find(LoadRequest(sweep=Sweep.ALWAYS, since=START))
    house.source.asked.clear()
    house.find(DUE)
    assert house.source.asked != []


def test_a_full_refresh_marks_what_it_did_not_bring_and_cannot_be_had_either():
    house = House(0, "stays", "goes", "moved", "rejected", "later")
    whole = Window(START - timedelta(days=90), START)
    house.load("later", at=START + timedelta(seconds=1))
    house.load("stays", load_id="now")
    house.warehouse.query("insert into _rejects values ('accounts_payable', 'rejected')")
    house.source.ids -= {"goes", "rejected", "later"}
    found = house.find(LoadRequest(full_refresh=True), Loaded(["now"], whole))
    assert found == Found(gone=1)
    assert house.marked() == {"goes"}
    assert house.source.singles == ["goes", "moved"]
    both = LoadRequest(full_refresh=True, sweep=Sweep.ALWAYS)
    assert house.find(both, Loaded(["now"], whole)) == Found(gone=2), "and a sweep has no range"
    assert house.marked() == {"goes", "later", "rejected"}


def test_what_a_load_has_asked_for_in_vain_is_marked_without_a_sweep():
    house = House(0, "stays", "goes")
    assert house.find(LoadRequest(), Loaded([], None, {"goes", "unknown"})) == Found(gone=1)
    assert house.marked() == {"goes"}


def test_a_list_that_is_read_whole_each_time_is_swept_by_what_its_load_brought():
    house = House()
    house.stream = SnapshotStream("cclasstrib", Cclasstrib, None)  # type: ignore[arg-type]
    run = house.warehouse.query
    columns = "code varchar, valid_from date, _dlt_load_id varchar, _deleted_at timestamptz"
    run(f"create table cclasstrib ({columns})")
    run("insert into cclasstrib values ('1', '2026-01-01', 'now', null), ('1', '2025-01-01', 'before', null)")
    assert house.find(LoadRequest()) == Found()
    assert house.find() == Found(gone=1)
    assert house.warehouse.values("select valid_from from cclasstrib where _deleted_at is not null") == [
        date(2025, 1, 1)
    ]
    assert house.find() == Found()


def test_a_backfill_finds_no_deletes():
    house = House(0, "goes")
    house.source.ids.clear()
    windows = (Window(START, START),)
    assert house.find(LoadRequest(windows=windows, sweep=Sweep.ALWAYS)) == Found()
