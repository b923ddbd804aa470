"""No record that is there from the beginning of a walk to its end is missed, whatever happens to the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit_list import END, START, WINDOW, ChangingList, at, delete, insert, update
from kit_models import Order, order

from sources.kit.streams import Page, RangeWalk, Window
from sources.kit.tables import Spool, Tally
from sources.kit.transport import WrongAnswer


def walk(
    world: ChangingList, connections: int = 1, *, ordered: bool = True, window: Window = WINDOW
) -> set[str]:
    spool = Spool(Order, Tally("t"))
    RangeWalk(world.page, world.page_size, spool, connections, ordered=ordered).run(window)
    return {key[0] for key in spool.versions()}


def spread(count: int) -> dict[str, datetime]:
    return {f"k{n:03}": at(n) for n in range(count)}


def tied(count: int, minute: float = 10) -> dict[str, datetime]:
    return {f"t{n:03}": at(minute) for n in range(count)}


@pytest.mark.parametrize(("totals", "pages"), [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7, 30])
@pytest.mark.parametrize("make", [spread, tied])
@pytest.mark.parametrize("cap", [1, 2, 3])
def test_a_quiet_list_is_seen_whole_whatever_the_server_says_of_it(
    totals: bool, pages: bool, count: int, make: Any, cap: int
) -> None:
    world = ChangingList(make(count), totals=totals, pages=pages, cap=cap)
    assert walk(world) == set(world.rows)


def test_a_list_of_single_values_costs_a_request_a_page() -> None:
    world = ChangingList(spread(101), page_size=11)
    walk(world)
    assert world.requests == 10


def test_records_that_move_to_the_end_do_not_take_others_with_them() -> None:
    events = {n: [update(f"k{n:03}"), update(f"k{n + 1:03}")] for n in range(1, 20)}
    world = ChangingList(spread(40), events=events)
    assert walk(world) >= set(spread(40)) - world.gone


@pytest.mark.parametrize("totals", [True, False])
@pytest.mark.parametrize("when", range(1, 9))
def test_a_record_that_leaves_a_large_tie_between_its_pages_costs_no_other(totals: bool, when: int) -> None:
    for key in ("t000", "t004", "t011"):
        world = ChangingList(tied(12) | spread(5), events={when: [update(key)]}, totals=totals, pages=totals)
        assert walk(world) >= set(world.rows) - {key}


def test_a_tie_of_which_something_leaves_at_every_request_is_walked_to_its_end() -> None:
    events = {n: [update(f"t{n * 2:03}"), delete(f"t{n * 2 + 1:03}")] for n in range(60)}
    world = ChangingList(tied(200) | spread(5), page_size=10, events=events)
    assert walk(world) >= set(tied(200) | spread(5)) - world.gone


@pytest.mark.parametrize("when", range(2, 9))
@pytest.mark.parametrize("key", ["a", "t005x", "z"])
def test_a_record_that_enters_a_large_tie_hides_no_other(when: int, key: str) -> None:
    world = ChangingList(tied(12), events={when: [insert(key, at(10))]})
    assert walk(world) >= set(tied(12))


def test_a_tie_at_the_border_of_slices_is_seen_whole() -> None:
    middle = 60.0
    world = ChangingList(tied(20, middle) | spread(100), page_size=5)
    assert walk(world, connections=4) == set(world.rows)
    assert len({start for start, _, _ in world.asked}) > 4


def test_slices_touch_each_other_and_cover_the_window() -> None:
    world = ChangingList(spread(120), page_size=5)
    walk(world, connections=3)
    pieces = sorted({(start, end) for start, end, _ in world.asked if end != END or start == START})
    assert min(start for start, _ in pieces) == START
    assert max(end for _, end, _ in world.asked) == END


def test_a_list_in_another_order_is_read_by_page_number() -> None:
    world = ChangingList(spread(50), sort=lambda row: -row[1].timestamp())
    assert walk(world) == set(world.rows)


def test_without_trust_in_the_order_every_page_is_read() -> None:
    in_order_on_every_page = {0: 0, 1: 9, 2: 1, 3: 8}
    world = ChangingList(spread(4), page_size=1, sort=lambda row: in_order_on_every_page[int(row[0][1:])])
    assert walk(world, ordered=False) == set(world.rows)


def test_a_server_that_ignores_the_filter_is_found_out() -> None:
    old = order(key="old", at="2020-01-01T00:00:00Z")
    with pytest.raises(WrongAnswer, match="before the range"):
        RangeWalk(lambda *_: Page([old], 1, 1), 3, Spool(Order, Tally("t"))).run(WINDOW)


def test_an_api_of_whole_seconds_may_give_a_little_from_before_the_place() -> None:
    rows = {f"k{n:02}": at(1) + timedelta(milliseconds=n * 40) for n in range(60)}
    world = ChangingList(rows, page_size=4)

    def coarse(start: datetime, end: datetime, number: int) -> Page:
        return world.page(start.replace(microsecond=0), end.replace(microsecond=999_999), number)

    spool = Spool(Order, Tally("t"))
    RangeWalk(coarse, 4, spool).run(WINDOW)
    assert {key[0] for key in spool.versions()} == set(rows)


class Scripted:
    """A server that answers the same for ever, or as a function says."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.requests = answer, 0

    def __call__(self, start: datetime, end: datetime, number: int) -> Page:
        self.requests += 1
        found: Page = self.answer(start, number, self.requests)
        return found


def invented(count: int, first: int, moment: datetime = START) -> Sequence[bytes]:
    return [order(key=str(n), at=moment.isoformat()) for n in range(first, first + count)]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda s, n, r: Page(invented(3, 0), 9, 3), "the pages bring 3 records, and 9 are announced"),
        (lambda s, n, r: Page(invented(3, 0)), "a page came twice"),
        (lambda s, n, r: Page([], 9, 3), "a page is empty"),
        (lambda s, n, r: Page(invented(300, r * 300, s), 9, 3), "does not end"),
        (lambda s, n, r: Page(invented(3, r * 3)), "does not end"),
        (lambda s, n, r: Page(invented(3, r * 3, s + timedelta(milliseconds=1))), "does not end"),
    ],
    ids=[
        "repeated page",
        "repeated page, no counts",
        "empty",
        "endless",
        "endless, no counts",
        "endless in order",
    ],
)
def test_a_list_that_cannot_be_walked_is_given_up(answer: Any, message: str, monkeypatch) -> None:
    monkeypatch.setattr("sources.kit.streams._walk._MOST_PAGES", 200)
    server = Scripted(answer)
    with pytest.raises(WrongAnswer, match=message):
        RangeWalk(server, 3, Spool(Order, Tally("t"))).run(WINDOW)
    assert server.requests < 250


def test_an_empty_page_that_passes_is_asked_for_again() -> None:
    world = ChangingList(spread(10))
    empty = {2, 4}
    server = Scripted(
        lambda start, number, request: Page([], 10, 4) if request in empty else world.page(start, END, number)
    )
    spool = Spool(Order, Tally("t"))
    RangeWalk(server, 3, spool).run(WINDOW)
    assert {key[0] for key in spool.versions()} == set(world.rows)


def test_records_without_a_readable_version_or_key_do_not_stop_a_walk() -> None:
    odd = [b'{"id":"odd%d","updatedAt":"?"}' % n for n in range(8)] + [b'{"nokey":%d}' % n for n in range(8)]

    def page(start: datetime, end: datetime, number: int) -> Page:
        return Page(odd[(number - 1) * 3 : number * 3], len(odd), 6)

    spool = Spool(Order, Tally("t"))
    RangeWalk(page, 3, spool).run(WINDOW)
    assert len(spool) == 16


def test_a_failure_in_one_slice_ends_the_walk() -> None:
    world = ChangingList(spread(120), page_size=5)

    def page(start: datetime, end: datetime, number: int) -> Page:
        if start > at(60):
            raise WrongAnswer("broken")
        return world.page(start, end, number)

    with pytest.raises(WrongAnswer, match="broken"):
        RangeWalk(page, 5, Spool(Order, Tally("t")), 3).run(WINDOW)


minutes = st.integers(0, 120)
keys = st.integers(0, 59).map("k{:02}".format)
changes = st.one_of(
    st.builds(update, keys),
    st.builds(delete, keys),
    # an instant of its own: between the minutes at which the others are
    st.builds(
        lambda n, minute: insert(f"late{n}", at(minute + n / 200)), st.integers(1, 99), st.integers(0, 118)
    ),
)
schedules = st.dictionaries(st.integers(0, 80), st.lists(changes, min_size=1, max_size=4), max_size=25)


@settings(max_examples=400, deadline=None)
@given(
    moments=st.one_of(
        st.lists(minutes, max_size=60),
        st.lists(st.sampled_from([3, 3, 60, 90, 120]), max_size=60),
    ),
    page_size=st.integers(1, 9),
    cap=st.integers(1, 9),
    events=schedules,
    says=st.sampled_from([(True, True), (True, False), (False, True), (False, False)]),
    connections=st.sampled_from([1, 1, 1, 3]),
)
def test_what_stays_is_seen_whatever_else_happens(moments, page_size, cap, events, says, connections) -> None:
    rows = {f"k{n:02}": at(minute) for n, minute in enumerate(moments)}
    totals, pages = says
    world = ChangingList(dict(rows), page_size, events, totals, pages, cap)
    assert walk(world, connections) >= set(rows) - world.gone


@settings(max_examples=150, deadline=None)
@given(
    moments=st.lists(minutes, max_size=40),
    page_size=st.integers(1, 9),
    events=st.dictionaries(
        st.integers(0, 60),
        st.lists(st.builds(update, keys) | st.builds(delete, keys), max_size=3),
        max_size=20,
    ),
    order_seed=st.randoms(use_true_random=False),
)
def test_what_stays_is_seen_also_without_an_order_as_long_as_others_only_leave(
    moments, page_size, events, order_seed
) -> None:
    rows = {f"k{n:02}": at(minute) for n, minute in enumerate(moments)}
    places = list(rows)
    order_seed.shuffle(places)
    world = ChangingList(dict(rows), page_size, events, sort=lambda row: places.index(row[0]))
    assert walk(world, ordered=False) >= set(rows) - world.gone
