"""A window is committed when it is complete, and only then."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from kit_clock import FakeClock
from kit_list import AFTER, END, WINDOW, ChangingList, at, delete, insert, update
from kit_models import Capture, Order

from sources.kit.streams import Context, LogStream, Page, Window, WindowStream
from sources.kit.tables import WriteOptions
from sources.kit.transport import WrongAnswer


class Api:
    """The list as a stream's API; ``counted`` in place of the API's own count."""

    def __init__(self, world: ChangingList, counted: Any = None) -> None:
        self.world, self.counted = world, counted

    def page(self, context: Context, start: datetime, end: datetime, number: int) -> Page:
        return self.world.page(start, end, number)

    def count(self, context: Context, start: datetime, end: datetime) -> int | None:
        return self.world.count(start, end) if self.counted is None else self.counted()

    def page_size(self, context: Context) -> int:
        return self.world.page_size


class Warehouse:
    """Knows some orders in some versions."""

    def __init__(self, **versions: datetime) -> None:
        self.versions = versions

    def has_table(self, name: str) -> bool:
        return not name.endswith("__history")

    def newer(self, table: str, key: str, version: str, versions: Any) -> set[str]:
        assert (table, key, version) == ("orders", "id", "updated_at")
        return {k for k, held in self.versions.items() if k in versions and held > versions[k]}


def load(api: Api, *, connections: int = 1, warehouse: Any = None) -> tuple[set[str], Context]:
    clock = FakeClock()
    clock.advance((AFTER + timedelta(hours=1) - clock.now()).total_seconds())
    capture = Capture()
    context = Context(
        SimpleNamespace(max_connections=connections),
        client=None,  # type: ignore[arg-type]
        warehouse=warehouse or Warehouse(),
        clock=clock,
        write=WriteOptions(now=clock.now, emitter=capture),  # type: ignore[arg-type]
    )
    list(WindowStream("orders", Order, api).extract(context, WINDOW))
    return set(pa.concat_tables(capture.tables["orders"])["id"].to_pylist()), context


def spread(count: int) -> dict[str, datetime]:
    return {f"k{n:03}": at(n) for n in range(count)}


def test_a_window_brings_every_record_and_says_how_many_the_api_counted() -> None:
    ids, context = load(Api(ChangingList(spread(20))))
    (tally,) = context.report.tallies
    assert ids == set(spread(20))
    assert (tally.source_rows, tally.expected, tally.notes) == (20, 20, [])
    assert (tally.window_from, tally.window_to) == (WINDOW.start, WINDOW.end)


def test_records_that_left_before_they_were_seen_are_fetched_behind_the_windows_end() -> None:
    world = ChangingList(spread(20), events={1: [update("k015"), update("k016")]})
    ids, _ = load(Api(world))
    assert ids == set(spread(20))
    assert any(start == END for start, _, _ in world.asked)


def test_a_record_that_was_deleted_meanwhile_is_no_difference() -> None:
    ids, context = load(Api(ChangingList(spread(20), events={2: [delete("k015")]})))
    assert ids == set(spread(20)) - {"k015"}
    assert context.report.tallies[0].notes == []


def test_a_record_that_comes_late_is_no_difference() -> None:
    world = ChangingList(spread(20), events={3: [insert("late", at(0.5))]})
    assert load(Api(world))[0] >= set(spread(20))


def test_a_walk_that_brought_too_few_is_begun_again() -> None:
    # each page is in order and the list is not: only the count tells
    world = ChangingList(spread(50), sort=lambda row: row[0][::-1])
    ids, context = load(Api(world))
    assert ids == set(spread(50))
    assert [note[:14] for note in context.report.tallies[0].notes] == ["walk 1 brought", "walk 2 brought"]


def test_a_window_that_stays_incomplete_writes_nothing_and_fails() -> None:
    api = Api(ChangingList(spread(20), totals=False, pages=False), counted=lambda: 25)
    with pytest.raises(WrongAnswer, match="counts 25 records and its pages bring 20") as failure:
        load(api)
    assert "the mark stays" in str(failure.value)


def test_nothing_is_handed_over_before_the_window_is_complete() -> None:
    api = Api(ChangingList(spread(20), totals=False, pages=False), counted=lambda: 25)
    context = Context(
        SimpleNamespace(max_connections=1),
        client=None,  # type: ignore[arg-type]
        warehouse=Warehouse(),  # type: ignore[arg-type]
        clock=FakeClock(),
    )
    items = WindowStream("orders", Order, api).extract(context, WINDOW)
    with pytest.raises(WrongAnswer):
        next(items)


def test_an_api_that_does_not_count_is_believed() -> None:
    world = ChangingList(spread(20), totals=False, pages=False)
    api = Api(world)
    api.count = lambda *_: None  # type: ignore[method-assign]
    ids, context = load(api)
    assert (ids, context.report.tallies[0].expected) == (set(spread(20)), None)


def test_several_connections_bring_the_same() -> None:
    ids, _ = load(Api(ChangingList(spread(100), page_size=4)), connections=3)
    assert ids == set(spread(100))


def test_a_record_that_the_warehouse_has_newer_is_left_out() -> None:
    warehouse = Warehouse(k003=at(99), k004=at(4), k005=at(0))
    ids, context = load(Api(ChangingList(spread(10))), warehouse=warehouse)
    assert ids == set(spread(10)) - {"k003"}
    assert context.report.tallies[0].superseded == 1


def test_what_a_load_would_do_is_said_without_doing_it() -> None:
    world = ChangingList(spread(20), page_size=6)
    stream = WindowStream("orders", Order, Api(world))
    assert stream.expected(None, WINDOW) == 20  # type: ignore[arg-type]
    assert stream.requests(None, WINDOW) == "6 requests"  # type: ignore[arg-type]
    assert stream.cursor() == "updated_at"
    assert world.asked == []


def test_only_a_list_whose_records_change_can_tell_what_was_deleted() -> None:
    assert (WindowStream.finds_deletes, LogStream.finds_deletes) == (True, False)


def test_a_window_is_split_into_pieces_that_touch() -> None:
    pieces = Window(at(0), at(10)).split(timedelta(minutes=4))
    assert [(p.start, p.end) for p in pieces] == [(at(0), at(4)), (at(4), at(8)), (at(8), at(10))]


def test_a_window_has_a_time_zone_and_runs_forwards() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Window(datetime(2026, 1, 1), at(1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="before it starts"):
        Window(at(1), at(0))
