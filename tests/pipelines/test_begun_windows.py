"""Which windows a load takes when an earlier one has begun some: those in their turn, and what lies between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from pipelines.load import LoadRequest, plan_windows
from sources.kit.streams import Context, Window
from sources.roit.documents import DocumentStream

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def day(number):
    return JANUARY + timedelta(days=number - 1)


class Begun(DocumentStream):
    """A stream that is read by ranges and has begun some."""

    def __init__(self, *begun):
        super().__init__()
        self.begun = begun

    def pending(self, context):
        return self.begun

    def expected(self, context, window):
        return None


class Backfills:
    """A warehouse with these windows of backfills that are not done."""

    def __init__(self, *windows):
        self.windows = windows

    def has_table(self, name):
        return name == "_backfills"

    def query(self, sql, *params):
        assert params == ("documents", "done")
        return [(window.start, window.end) for window in self.windows]


def planned(*begun, mark=None, backfills=(), **request):
    settings = SimpleNamespace(
        window_days=10,
        look_back_seconds=3600,
        hold_back_seconds=0,
        package_rows=1000,
        start_date=JANUARY.isoformat(),
        documents=True,
        endpoints=SimpleNamespace(documents="/documents"),
    )
    clock = SimpleNamespace(now=lambda: day(51))
    context = Context(settings, None, Backfills(*backfills), clock=clock, marks={"documents": mark})
    windows = plan_windows(Begun(*begun), context, LoadRequest(**request))
    return [(window.start, window.end) for window in windows]


FIRST, SECOND, THIRD = (Window(day(n), day(n + 10)) for n in (1, 11, 21))


def ends(*windows):
    return [(window.start, window.end) for window in windows]


def test_those_that_were_begun_come_first_and_the_rest_begins_with_the_look_back():
    assert planned(FIRST, SECOND) == [
        *ends(FIRST, SECOND),
        (day(21) - HOUR, day(31)),
        (day(31), day(41)),
        (day(41), day(51)),
    ]


def test_one_that_failed_before_those_begun_after_it_is_taken_before_them():
    assert planned(SECOND, THIRD)[:3] == ends(FIRST, SECOND, THIRD)


def test_after_a_mark_the_first_of_a_gap_begins_with_the_look_back_and_is_not_cut_for_it():
    assert planned(THIRD, mark=day(11))[:2] == [(day(11) - HOUR, day(21)), *ends(THIRD)]


def test_the_look_back_alone_is_no_gap():
    assert planned(SECOND, THIRD, mark=day(11))[:2] == ends(SECOND, THIRD)


def test_a_gap_between_two_is_filled():
    assert planned(FIRST, THIRD)[:3] == ends(FIRST, SECOND, THIRD)


def test_what_was_begun_behind_the_mark_is_taken_and_the_load_goes_on_from_the_mark():
    assert planned(FIRST, mark=day(45)) == [*ends(FIRST), (day(45) - HOUR, day(51))]


def test_a_range_that_is_asked_for_again_takes_up_what_was_begun_of_it_and_asks_for_nothing_twice():
    again = {"since": day(1), "until": day(31)}
    assert planned(SECOND, **again) == [*ends(FIRST), *ends(SECOND), (day(21) - HOUR, day(31))]
    assert planned(FIRST, SECOND, THIRD, mark=day(21), **again) == ends(FIRST, SECOND, THIRD)


def test_overlapping_ones_leave_no_gap_between_them():
    inner = Window(day(3), day(5))
    assert planned(FIRST, inner, SECOND)[:3] == ends(FIRST, inner, SECOND)


def test_a_full_refresh_begins_anew():
    assert planned(SECOND, full_refresh=True)[:2] == ends(FIRST, SECOND)
    assert len(planned(SECOND, full_refresh=True)) == 5


@pytest.mark.parametrize("mark", [None, day(45)])
def test_the_windows_of_a_backfill_that_is_not_done_are_left_to_it(mark):
    alone = planned(mark=mark)
    assert planned(SECOND, THIRD, mark=mark, backfills=(SECOND, THIRD)) == alone
    assert ends(SECOND)[0] in planned(SECOND, mark=mark, backfills=(Window(day(11), day(12)),))
