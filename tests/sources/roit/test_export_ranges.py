"""How a range becomes exports: one, or halves where the server fails or the export is too large; and what is
removed after the load."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from dlt.common.configuration import resolve_configuration

from sources.kit.jobs import Job, JobFailed, JobState
from sources.kit.streams import Context, Window
from sources.kit.transport import Client, NotFound, Refused, Unavailable, UnknownOutcome
from sources.roit import SPEC
from sources.roit.export_api import Exports, TooMuchAsked
from sources.roit.exports import SHORTEST, ExportStream, finished
from sources.roit.settings import RoitSettings

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class Runner:
    """Exports that end as ``outcome`` says by the length of their range."""

    def __init__(self, outcome: Callable[[timedelta], JobState]) -> None:
        self.outcome, self.asked, self.given_up = outcome, [], []
        self.then: list[list[tuple[datetime, datetime]]] = []

    def prepare(self, start: datetime, end: datetime, then: Sequence[tuple[datetime, datetime]]) -> Job:
        self.asked.append((start, end))
        self.then.append(list(then))
        state = self.outcome(end - start)
        if state is not JobState.READY:
            raise JobFailed(f"the export ended as {state.value}", state)
        return Job("export_files", start, end, state, remote_id=f"{(end - start) / DAY:g} days")

    def give_up(self, job: Job) -> None:
        self.given_up.append(job.remote_id)


class Sizes:
    """Exports that hold a document an hour."""

    def __init__(self, most: int = 10**9) -> None:
        self.most = most

    def show(self, remote_id: str) -> bytes:
        return json.dumps({"quantity": float(remote_id.split()[0]) * 24}).encode()

    def is_too_large(self, request: bytes) -> bool:
        return bool(json.loads(request)["quantity"] > self.most)


def covered(runner: Runner, sizes: Sizes, days: float) -> list[tuple[datetime | None, datetime | None]]:
    window = Window(START, START + days * DAY)
    jobs = [job for job, _ in finished(runner, sizes, window)]  # type: ignore[arg-type]
    ranges = [(job.window_from, job.window_to) for job in jobs]
    assert ranges[0][0] == window.start
    assert ranges[-1][1] == window.end
    assert all(left[1] == right[0] for left, right in pairwise(ranges))
    return ranges


def test_a_range_is_one_export() -> None:
    runner = Runner(lambda _: JobState.READY)
    assert len(covered(runner, Sizes(), 30)) == len(runner.asked) == 1


def test_a_range_whose_export_ends_in_error_is_asked_for_in_halves() -> None:
    runner = Runner(lambda length: JobState.READY if length <= 8 * DAY else JobState.FAILED)
    assert len(covered(runner, Sizes(), 30)) == 4
    assert len(runner.asked) == 7


def test_a_range_of_an_odd_number_of_milliseconds_has_two_halves() -> None:
    runner = Runner(lambda length: JobState.READY if length < 2 * DAY else JobState.FAILED)
    assert len(covered(runner, Sizes(), 2 + 3 / 86_400_000)) == 2


def test_the_halves_that_come_next_may_be_begun_early() -> None:
    runner = Runner(lambda length: JobState.READY if length <= 8 * DAY else JobState.FAILED)
    covered(runner, Sizes(), 30)
    assert runner.then[0] == []
    assert all(
        then == [] or then[0][0] == end for (_, end), then in zip(runner.asked, runner.then, strict=True)
    )
    assert [len(then) for then in runner.then] == [0, 1, 2, 1, 0, 1, 0]


def test_a_range_that_is_refused_as_too_much_is_asked_for_in_halves() -> None:
    def outcome(length: timedelta) -> JobState:
        if length > 8 * DAY:
            raise TooMuchAsked("the period is too long")
        return JobState.READY

    runner = Runner(outcome)
    assert len(covered(runner, Sizes(), 30)) == 4
    assert len(runner.asked) == 7


@pytest.mark.parametrize(("refusal", "asked"), [(TooMuchAsked("too long"), 6), (Refused("no"), 1)])
def test_what_is_refused_for_a_day_or_for_another_reason_fails_the_load(refusal: Refused, asked: int) -> None:
    def outcome(_: timedelta) -> JobState:
        raise refusal

    runner = Runner(outcome)
    with pytest.raises(Refused) as raised:
        covered(runner, Sizes(), 30)
    assert raised.value is refusal
    assert len(runner.asked) == asked


def test_an_export_that_is_too_large_is_given_up_for_its_halves() -> None:
    runner = Runner(lambda _: JobState.READY)
    assert len(covered(runner, Sizes(most=10 * 24), 20)) == 2
    assert runner.given_up == ["20 days"]


def test_a_day_is_not_halved_whatever_it_holds() -> None:
    runner = Runner(lambda _: JobState.READY)
    assert len(covered(runner, Sizes(most=1), 4)) == 4
    assert "1 days" not in runner.given_up


def test_what_fails_within_a_day_fails_the_load_and_not_many_exports_are_made_before() -> None:
    runner = Runner(lambda _: JobState.FAILED)
    with pytest.raises(JobFailed):
        covered(runner, Sizes(), 30)
    assert runner.asked[-1][1] - runner.asked[-1][0] <= SHORTEST
    assert len(runner.asked) == 6


def test_an_export_that_expired_is_no_reason_to_ask_for_less() -> None:
    runner = Runner(lambda _: JobState.EXPIRED)
    with pytest.raises(JobFailed):
        covered(runner, Sizes(), 30)
    assert len(runner.asked) == 1


@pytest.mark.parametrize(
    ("said", "too_large"),
    [
        ({"size": 100, "quantity": 10}, False),
        ({"size": 101, "quantity": 1}, True),
        ({"size": 1, "quantity": 11}, True),
        ({"size": None}, False),
        ({"size": "a lot"}, False),
    ],
)
def test_an_export_is_too_large_by_its_own_record(said: dict[str, Any], too_large: bool) -> None:
    settings = SimpleNamespace(export_max_bytes=100, export_max_documents=10)
    exports = Exports(SimpleNamespace(client=None, settings=settings))  # type: ignore[arg-type]
    assert exports.is_too_large(json.dumps(said).encode()) is too_large


LOCATED = {
    "detail": [{"loc": ["body", "filters", "createAt", "lte"], "msg": "range too wide", "type": "value"}]
}
ELSEWHERE = {"detail": [{"loc": ["body", "filters", "colour"], "msg": "Extra inputs", "type": "extra"}]}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (413, "", TooMuchAsked),
        (400, {"status": "error", "message": "period exceeds 31 days"}, TooMuchAsked),
        (422, LOCATED, TooMuchAsked),
        (422, {"detail": LOCATED["detail"] + ELSEWHERE["detail"]}, TooMuchAsked),
        (422, {"detail": "too many documents"}, TooMuchAsked),
        (422, {"detail": []}, TooMuchAsked),
        (422, ELSEWHERE, Refused),
        (400, ELSEWHERE, Refused),
        (409, {"message": "conflict"}, Refused),
        (200, {"status": "Failed", "message": "no"}, Refused),
    ],
)
def test_a_refusal_is_of_the_range_unless_it_names_something_else(
    status: int, body: Any, error: type[Refused]
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        content = body if isinstance(body, str) else json.dumps(body)
        return httpx.Response(status, content=content)

    settings = resolve_configuration(RoitSettings(token="made-up"))
    with Client("https://roit.example", transport=httpx.MockTransport(answer)) as client:
        exports = Exports(Context(settings, client, None))  # type: ignore[arg-type]
        with pytest.raises(Refused) as refused:
            exports.create(START, START + DAY, None)
    assert type(refused.value) is error
    assert refused.value.status == status
    assert len(asked) == 1, "a request that changes something is not sent again"
    assert "POST" in str(refused.value)


class Deleting:
    """An API that is asked to delete, and the ledger's rows."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures, self.asked = list(failures), []
        self.rows = [
            Job("export_files", None, None, JobState.LOADED, f"export-{n}") for n in range(len(failures))
        ]

    def create(self, method: str, path: str, **_: Any) -> None:
        self.asked.append((method, path))
        if (failure := self.failures[len(self.asked) - 1]) is not None:
            raise failure

    def jobs(self, resource: str, states: Sequence[JobState]) -> list[Job]:
        return [job for job in self.rows if job.resource == resource and job.state in states]

    def move(self, job: Job, state: JobState) -> None:
        self.rows[self.rows.index(job)] = Job(job.resource, None, None, state, job.remote_id)


def delete(
    api: Deleting, monkeypatch: pytest.MonkeyPatch, *, wanted: bool = True, read_only: bool = False
) -> list[str]:
    monkeypatch.setattr("sources.roit.exports.Ledger", lambda *_: api)
    endpoints = SimpleNamespace(export_delete="DELETE /exports/{id}")
    settings = SimpleNamespace(
        export_delete_after_load=wanted, read_only=read_only, endpoints=endpoints, payables_path=""
    )
    assert SPEC.after_load is not None
    return SPEC.after_load.run(Context(settings, api, None), [ExportStream()])  # type: ignore[arg-type]


def test_nothing_is_deleted_unless_a_setting_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Deleting(None)
    assert delete(api, monkeypatch, wanted=False) == []
    assert delete(api, monkeypatch, read_only=True) == []
    assert api.asked == []


def test_exports_that_are_loaded_are_deleted_once_and_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Deleting(None, None)
    assert delete(api, monkeypatch) == ["2 exports were deleted at the source"]
    assert api.asked == [("DELETE", "/exports/export-0"), ("DELETE", "/exports/export-1")]
    assert [job.state for job in api.rows] == [JobState.DELETED] * 2
    assert delete(api, monkeypatch) == []
    assert len(api.asked) == 2


def test_one_that_is_gone_already_counts_as_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Deleting(NotFound("gone"))
    delete(api, monkeypatch)
    assert [job.state for job in api.rows] == [JobState.DELETED]


@pytest.mark.parametrize("failure", [UnknownOutcome("lost"), Refused("no"), Unavailable("down")])
def test_one_that_cannot_be_deleted_stays_loaded_is_said_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    api = Deleting(failure, None)
    first, second = delete(api, monkeypatch)
    assert "export-0 is loaded and could not be deleted" in first
    assert second == "1 exports were deleted at the source"
    assert [job.state for job in api.rows] == [JobState.LOADED, JobState.DELETED]
    assert len(api.asked) == 2, "none is asked for twice"
