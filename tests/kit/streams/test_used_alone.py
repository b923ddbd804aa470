"""A source in anybody's dlt project: one window a run, and a mark that never jumps and never goes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import dlt
import pytest
from kit_clock import START, FakeClock

from sources.kit.streams import Context, SourceSettings, Stream, Window, dlt_resources, next_window
from sources.kit.streams._base import Kind
from sources.kit.transport import InvalidConfiguration, Unavailable

HOUR = timedelta(hours=1)


class Steps(Stream):
    """Brings the window that it is asked for."""

    kind: ClassVar[Kind] = "window"
    windowed: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__("steps")
        self.windows: list[Window] = []
        self.begun: list[Window] = []
        self.broken = False

    def pending(self, context: Context) -> Sequence[Window]:
        return self.begun

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        assert window is not None
        self.windows.append(window)
        yield [{"id": window.end.isoformat()}]
        if self.broken:
            raise Unavailable("half way")


Run = Callable[..., datetime | None]


@pytest.fixture
def stream() -> Steps:
    return Steps()


@pytest.fixture
def run(stream: Steps, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """One run; gives the mark after it."""
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    settings = SourceSettings(start_date="2026-03-01", hold_back_seconds=300, look_back_seconds=3600)
    pipeline = dlt.pipeline(
        "kit_alone",
        pipelines_dir=str(tmp_path),
        destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
    )

    def once(window: Window | None = None) -> datetime | None:
        context = Context(settings, None, None, clock=clock)  # type: ignore[arg-type]
        resources = lambda: dlt_resources([stream], context, window)  # noqa: E731
        pipeline.run(dlt.source(resources, name="alone")())
        state = pipeline.state["sources"]["alone"]["resources"]["steps"]
        return datetime.fromisoformat(state["mark"]) if "mark" in state else None

    yield once
    pipeline.deactivate()


def test_each_run_goes_on_from_the_mark_less_the_look_back(run: Run, stream: Steps, clock: FakeClock) -> None:
    first = run()
    assert first == START - timedelta(minutes=5)
    clock.advance(86_400)
    assert run() == first + timedelta(days=1)
    day = START.replace(day=1, hour=0)
    assert stream.windows == [Window(day, first), Window(first - HOUR, first + timedelta(days=1))]


def test_what_an_earlier_run_began_comes_first(run: Run, stream: Steps, clock: FakeClock) -> None:
    first = run()
    assert first is not None
    clock.advance(86_400)
    stream.begun = [Window(first - HOUR, first + HOUR)]
    assert run() == first + HOUR
    assert stream.windows[-1] == stream.begun[0]


def test_what_was_begun_for_another_range_does_not_keep_the_mark_from_moving(
    run: Run, stream: Steps, clock: FakeClock
) -> None:
    first = run()
    assert first is not None
    clock.advance(86_400)
    stream.begun = [Window(first - 5 * HOUR, first - 4 * HOUR), Window(first + HOUR, first + 2 * HOUR)]
    assert run() == first + timedelta(days=1)


def test_a_window_that_leaves_a_gap_or_lies_behind_does_not_move_the_mark(run: Run, clock: FakeClock) -> None:
    first = run()
    assert first is not None
    assert run(Window(first - 5 * HOUR, first - 4 * HOUR)) == first
    assert run(Window(first + HOUR, first + 2 * HOUR)) == first
    assert run(Window(first, first + HOUR)) == first + HOUR


def test_a_run_that_fails_leaves_the_mark(run: Run, stream: Steps, clock: FakeClock) -> None:
    first = run()
    assert first is not None
    clock.advance(86_400)
    stream.broken = True
    with pytest.raises(Exception, match="half way"):
        run()
    stream.broken = False
    run()
    assert stream.windows[-1] == stream.windows[-2]


def test_a_start_date_that_is_none_is_said_before_anything_is_asked(clock: FakeClock) -> None:
    with pytest.raises(InvalidConfiguration, match="use a date like"):
        next_window(SourceSettings(start_date="yesterday"), None, clock.now())
