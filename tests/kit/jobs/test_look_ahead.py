"""Exports of the windows to come are begun while the current one is made: never too many, none twice, none lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jobs_support import Api, Crash, Downloads, QuickWarehouse, rows
from kit_clock import START, FakeClock

from pipelines.load import LoadRequest, plan_windows
from sources.kit.jobs import Job, JobFailed, JobRunner, JobState, Ledger, Progress, Upcoming
from sources.kit.streams import Context, LedgerStream, Window
from sources.kit.transport import (
    NotFound,
    RateLimited,
    Refused,
    SourceError,
    Unavailable,
    UnknownOutcome,
)

DAY = timedelta(days=1)
MOST = 3
SETTINGS = SimpleNamespace(
    window_days=1,
    look_back_seconds=3600,
    hold_back_seconds=0,
    package_rows=100,
    start_date=(START - 6 * DAY).isoformat(),
)


class Files(LedgerStream):
    """A stream of exports; what is done with them is the test's."""

    def __init__(self) -> None:
        super().__init__("files")

    def api(self, context: Context) -> Any:
        raise NotImplementedError

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        raise NotImplementedError


class Host:
    """Loads window after window as ``pipelines`` does, and keeps what is committed: windows, in order, and mark.

    ``now`` is the newest moment that may be read; the clock goes on by itself.
    """

    def __init__(self, clock: FakeClock, folder: Path, at_once: int = MOST) -> None:
        self.warehouse, self.clock, self.folder, self.at_once = QuickWarehouse(), clock, folder, at_once
        self.ledger = Ledger(self.warehouse, clock)  # type: ignore[arg-type]
        self.committed: list[Window] = []
        self.mark: datetime | None = None
        self.most_open = 0

    def load(self, api: Api, downloads: Downloads | None = None) -> None:
        seen = api.before
        api.before = lambda call: (self._count(), seen(call))[1]
        try:
            self._load(api, downloads or Downloads())
        finally:
            api.before = seen

    def windows(self) -> list[Window]:
        context = Context(SETTINGS, None, self.warehouse, clock=self._still(), marks={"files": self.mark})  # type: ignore[arg-type]
        return [window for window in plan_windows(Files(), context, LoadRequest()) if window]

    def _load(self, api: Api, downloads: Downloads) -> None:
        upcoming, windows = Upcoming(), self.windows()
        for number, window in enumerate(windows):
            upcoming.ranges = [(later.start, later.end) for later in windows[number + 1 :]]
            runner = JobRunner("files", api, self.ledger, self.clock, upcoming=upcoming, at_once=self.at_once)
            job = runner.prepare(window.start, window.end)
            assert len(list(runner.download(job, downloads, self.folder))) == 2  # type: ignore[arg-type]
            self.committed.append(window)
            if self.mark is None or window.start <= self.mark < window.end:
                self.mark = window.end
            self.ledger.loaded([job.id])

    def _still(self) -> Any:
        return SimpleNamespace(now=lambda: START)

    def _count(self) -> None:
        self.most_open = max(self.most_open, len(self.ledger.open_jobs("files")))


@pytest.fixture
def host(clock: FakeClock, tmp_path: Path) -> Iterator[Host]:
    found = Host(clock, tmp_path)
    yield found
    found.warehouse.close()


def states(warehouse: QuickWarehouse) -> list[str]:
    """Those of the exports, in the order of their windows."""
    found = [row for row in rows(warehouse) if row["part"] is None]
    return [row["state"] for row in sorted(found, key=lambda row: (row["window_from"], row["requested_at"]))]


def asked(api: Api) -> list[tuple[datetime, datetime]]:
    return [(start, end) for _, start, end in api.created]


def ranges(windows: Sequence[Window]) -> list[tuple[datetime, datetime]]:
    return [(window.start, window.end) for window in windows]


@pytest.mark.parametrize("at_once", [1, 2, 3, 9])
def test_no_more_exports_are_open_than_may_be_and_each_window_has_one(host: Host, at_once: int) -> None:
    host.at_once, api = at_once, Api()
    host.load(api)
    assert asked(api) == ranges(host.committed)
    assert len(api.created) == 6
    assert host.most_open == min(at_once, 6)
    assert host.mark == START
    assert set(states(host.warehouse)) == {"loaded"}


def test_what_is_made_meanwhile_is_not_waited_for_in_its_turn(host: Host, clock: FakeClock) -> None:
    host.at_once = 1
    host.load(Api(ready_after=6))
    one_by_one, clock.slept = sum(clock.slept), []
    host.at_once, host.mark = MOST, None
    host.load(Api(ready_after=6))
    assert sum(clock.slept) < one_by_one / 2
    assert host.committed[:6] == host.committed[6:]


def test_one_that_became_ready_before_its_turn_is_noted(host: Host) -> None:
    api, noted = Api(ready_after=1), []
    first = Downloads()
    first.before = lambda call: noted.append(states(host.warehouse))
    host.load(api, first)
    assert noted[0] == ["ready", "accepted", "accepted"]
    assert noted[1] == ["ready", "ready", "ready"], "asked for between the parts of the first"


CALLS = {"after": 42, "before": 54}


@pytest.mark.parametrize(
    ("when", "step"), [(when, step) for when, calls in CALLS.items() for step in range(calls)]
)
def test_killed_at_any_call_the_next_load_ends_as_one_that_was_not(host: Host, when: str, step: int) -> None:
    api, downloads, count, last = Api(), Downloads(), iter(range(1000)), [""]

    def kill(call: str) -> None:
        last.append(call)
        if next(count) == step:
            raise Crash

    if when == "after":
        api.after = kill
    else:
        api.before = downloads.before = kill
    with pytest.raises(Crash):
        host.load(api, downloads)
    api.before = api.after = lambda call: None
    host.load(api)
    _ends_well(host, api, lost=last[-1] == "create", made_twice=last[-1] == "create" and when == "after")


@pytest.mark.parametrize("step", range(44))
def test_killed_at_any_write_of_the_ledger_it_does_so_too(
    host: Host, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, count, write = Api(), iter(range(1000)), QuickWarehouse.execute
    made: list[int] = [0]

    def killed(self: QuickWarehouse, *statements: Any) -> None:
        made.append(len(api.created))
        if next(count) == step:
            raise Crash
        write(self, *statements)

    with monkeypatch.context() as patch:
        patch.setattr(QuickWarehouse, "execute", killed)
        with pytest.raises(Crash):
            host.load(api)
    host.load(api)
    accepted = made[-1] > made[-2]  # made, and the process died before its id was written
    _ends_well(host, api, lost=accepted, made_twice=accepted)


def _ends_well(host: Host, api: Api, *, lost: bool, made_twice: bool) -> None:
    """Every window is committed, in order, up to the same mark; none was asked for twice but one whose answer was
    lost with the process, which the ledger shows."""
    assert host.mark == START
    assert host.most_open <= MOST
    covered = sorted(ranges(host.committed))
    assert covered[0][0] == START - 6 * DAY
    assert all(left[1] >= right[0] for left, right in pairwise(covered))
    ends = [window.end for window in host.committed]
    assert ends == sorted(ends)
    assert states(host.warehouse).count("unknown") == (1 if lost else 0)
    assert set(states(host.warehouse)) <= {"loaded", "unknown"}
    assert len(api.created) - len(set(asked(api))) == (1 if made_twice else 0)
    # a load that is run again after its end reads the look-back before its mark
    windows = [made for made in set(asked(api)) if made[0] != START - timedelta(hours=1)]
    assert len(windows) == 6


def test_a_window_that_fails_is_made_anew_in_front_of_those_that_were_begun_after_it(host: Host) -> None:
    api = Api()
    api.answers["export-1"] = Progress.FAILED
    with pytest.raises(JobFailed):
        host.load(api)
    assert len(host.committed) == 1
    begun = [job.window_from for job in host.ledger.open_jobs("files")]
    assert begun == [START - 4 * DAY, START - 3 * DAY]
    first = host.windows()[0]
    assert (first.start, first.end) == (START - 5 * DAY - timedelta(hours=1), START - 4 * DAY)
    host.load(api)
    assert host.mark == START
    assert len(api.created) == 7, "the one that failed was made anew, and no other"
    assert [window.end for window in host.committed] == [START - n * DAY for n in range(5, -1, -1)]


@pytest.mark.parametrize("progress", [Progress.FAILED, Progress.EXPIRED])
def test_how_an_export_ended_before_its_turn_is_found_out_in_its_turn(host: Host, progress: Progress) -> None:
    api = Api(ready_after=3)
    api.answers["export-2"] = progress
    if progress is Progress.EXPIRED:
        host.load(api)
        assert (host.mark, len(api.created)) == (START, 7), (
            "made anew at once, since it was waiting for its turn"
        )
        return
    with pytest.raises(JobFailed, match="export-2"):
        host.load(api)
    assert len(host.committed) == 2


def test_an_answer_that_was_lost_before_its_turn_fails_the_load_there_and_is_not_asked_again_before_the_next(
    host: Host,
) -> None:
    api = Api()
    api.after = lambda call: _fail(UnknownOutcome("lost")) if _is(api, call, 2) else None
    with pytest.raises(UnknownOutcome):
        host.load(api)
    assert len(host.committed) == 1, "what was before it is loaded"
    assert len(api.created) == 2, "and nothing else was asked for ahead"
    assert states(host.warehouse) == ["loaded", "unknown"]
    api.after = lambda call: None
    host.load(api)
    assert host.mark == START
    assert len(set(asked(api))) == len(api.created)
    assert states(host.warehouse).count("unknown") == 1


def test_one_that_was_refused_before_its_turn_is_asked_for_again_in_its_turn(host: Host) -> None:
    refusals = iter([Refused("two at a time")])
    api = Api()
    host.load(_refusing(api, lambda n: next(refusals, None) if n == 1 else None))
    assert asked(api) == ranges(host.committed)
    assert states(host.warehouse).count("failed") == 1
    assert host.mark == START


@pytest.mark.parametrize(
    "error", [RateLimited("not so many"), Unavailable("no connection"), NotFound("gone")]
)
def test_a_source_that_wants_no_more_at_a_time_is_asked_for_one_after_another(
    host: Host, error: SourceError
) -> None:
    """As long as another one is open, the vendor wants no new one."""
    api = Api()
    host.load(_refusing(api, lambda n: error if len(host.ledger.open_jobs("files")) > 1 else None))
    assert asked(api) == ranges(host.committed)
    assert len(api.created) == 6
    assert states(host.warehouse).count("failed") == 1, "tried once and not again in this load"


def test_a_poll_that_fails_before_its_turn_costs_nothing(host: Host) -> None:
    api, progress = Api(), Api.progress
    failing = {"export-1", "export-2"}

    def polled(remote_id: str) -> Progress:
        if remote_id in failing and states(host.warehouse)[0] != "loaded":
            raise Unavailable("down")
        return progress(api, remote_id)

    api.progress = polled  # type: ignore[method-assign]
    host.load(api)
    assert asked(api) == ranges(host.committed)


def test_exports_of_earlier_loads_count_among_those_that_are_open(host: Host) -> None:
    for number in range(MOST - 1):
        old = host.ledger.write(_job(START - (40 + number) * DAY))
        host.ledger.move(old, JobState.ACCEPTED, remote_id=f"old-{number}")
    runner = JobRunner(
        "files",
        api := Api(),
        host.ledger,
        host.clock,
        upcoming=Upcoming([(START - DAY, START)]),
        at_once=MOST,
    )
    runner.prepare(START - 2 * DAY, START - DAY)
    assert asked(api) == [(START - 2 * DAY, START - DAY)]


def test_ranges_that_come_before_the_upcoming_ones_are_begun_before_them(host: Host) -> None:
    upcoming = Upcoming([(START - DAY, START)])
    runner = JobRunner("files", api := Api(), host.ledger, host.clock, upcoming=upcoming, at_once=MOST)
    halves = [(START - 3 * DAY, START - 2 * DAY), (START - 2 * DAY, START - DAY)]
    runner.prepare(*halves[0], then=halves[1:])
    assert asked(api) == [*halves, (START - DAY, START)]


def _job(start: datetime) -> Job:
    return Job("files", start, start + DAY)


def _is(api: Api, call: str, number: int) -> bool:
    return call == "create" and len(api.created) == number


def _refusing(api: Api, refusal: Callable[[int], Exception | None]) -> Api:
    """The same vendor, which refuses a create when ``refusal`` of the number of exports says so."""

    def before(call: str) -> None:
        error = refusal(len(api.created)) if call == "create" else None
        if error is not None:
            raise error

    api.before = before
    return api


def _fail(error: Exception) -> None:
    raise error
