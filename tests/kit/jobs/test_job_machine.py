"""An export is made once, whatever happens on the way, and the ledger always says where it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jobs_support import Api, Crash, Downloads, Warehouse, a_part, rows, states
from kit_clock import START, FakeClock

from sources.kit.jobs import (
    Job,
    JobFailed,
    JobRunner,
    JobState,
    Ledger,
    Part,
    Progress,
)
from sources.kit.transport import (
    DataError,
    Downloaded,
    HashMismatch,
    IdempotencyConflict,
    NotFound,
    Refused,
    SignedUrl,
    Unavailable,
    UnknownOutcome,
    WrongAnswer,
)

FROM, TO = START - timedelta(days=2), START - timedelta(days=1)


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    found = Warehouse()
    yield found
    found._connection.close()


@pytest.fixture
def ledger(warehouse: Warehouse, clock: FakeClock) -> Ledger:
    return Ledger(warehouse, clock)  # type: ignore[arg-type]


@pytest.fixture
def run(ledger: Ledger, clock: FakeClock, tmp_path: Path) -> Callable[..., Job]:
    """One load of the window, to the point at which its rows are committed."""

    def load(api: Api, downloads: Downloads | None = None) -> Job:
        runner = JobRunner("files", api, ledger, clock)
        try:
            job = runner.prepare(FROM, TO)
            for part in runner.download(job, downloads or Downloads(), tmp_path):  # type: ignore[arg-type]
                assert part.file.path.read_bytes() == b"part"
            ledger.loaded([job.id])
            return job
        finally:
            clock.advance(1)

    return load


def test_a_job_goes_through_its_states_and_each_is_in_the_ledger(warehouse, clock, ledger, run) -> None:
    api, seen = Api(), []
    api.before = lambda call: seen.append((call, states(warehouse)[-1]))
    downloads = Downloads()
    downloads.before = lambda call: seen.append((call, states(warehouse)[-1]))
    run(api, downloads)
    assert seen[:6] == [
        ("create", "requested"),
        ("progress", "accepted"),
        ("progress", "accepted"),
        ("progress", "accepted"),
        ("parts", "ready"),
        ("download", "ready"),
    ]
    assert states(warehouse) == ["loaded"]


def test_the_ledger_has_a_row_for_the_job_and_one_for_eachpart(warehouse, run) -> None:
    job = run(Api())
    whole, *parts = sorted(rows(warehouse), key=lambda row: row["id"])
    about = {"resource": "files", "window_from": FROM, "window_to": TO, "requested_at": START}
    assert (
        whole.items()
        >= {**about, "id": job.id, "remote_id": "export-0", "part": None, "sha256": None}.items()
    )
    assert [(row["id"], row["part"], row["remote_id"], row["sha256"]) for row in parts] == [
        (f"{job.id}/0", 0, "export-0-item-0", "hash of 0"),
        (f"{job.id}/1", 1, "export-0-item-1", "hash of 1"),
    ]
    assert {row["state"] for row in parts} == {"loaded"}
    assert all(row.items() >= about.items() for row in parts)


def test_files_are_gone_when_the_next_one_is_asked_for(ledger, clock, tmp_path) -> None:
    runner = JobRunner("files", Api(), ledger, clock)
    files = runner.download(runner.prepare(FROM, TO), Downloads(), tmp_path)  # type: ignore[arg-type]
    next(files)
    assert len(list(tmp_path.iterdir())) == 1
    files.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_polls_grow_apart(clock, run) -> None:
    run(Api(ready_after=12))
    assert clock.slept[:3] == [0.5, 0.8, pytest.approx(1.28)]
    assert clock.slept == sorted(clock.slept)
    assert max(clock.slept) == 20


@pytest.mark.parametrize("keys_for", [None, timedelta(hours=24)], ids=["no keys", "keys"])
@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("step", range(14))
def test_killed_at_any_call_the_next_load_finds_its_export_again(
    warehouse, run, step: int, done: bool, keys_for: timedelta | None
) -> None:
    api, downloads, count = Api(keys_for=keys_for), Downloads(), iter(range(1000))
    last: list[str] = []

    def kill(call: str) -> None:
        last.append(call)
        if next(count) == step:
            raise Crash

    if done:
        api.after = kill
    else:
        api.before = downloads.before = kill
    try:
        run(api, downloads)
        killed = False
    except Crash:
        killed = True
    api.before = api.after = downloads.before = lambda call: None
    if killed:
        run(api, Downloads())
    lost = killed and last == ["create"] and keys_for is None
    assert len(api.created) == (2 if lost and done else 1)
    assert states(warehouse) == (["unknown", "loaded"] if lost else ["loaded"])


@pytest.mark.parametrize("step", range(12))
@pytest.mark.parametrize("keys_for", [None, timedelta(hours=24)], ids=["no keys", "keys"])
def test_killed_at_any_write_of_the_ledger_it_does_so_too(
    warehouse, run, step, keys_for, monkeypatch
) -> None:
    api, count, write = Api(keys_for=keys_for), iter(range(1000)), Warehouse.execute
    asked: list[int] = []

    def killed(self: Warehouse, *statements: Any) -> None:
        asked.append(len(api.created))
        if next(count) == step:
            raise Crash
        write(self, *statements)

    with monkeypatch.context() as patch:
        patch.setattr(Warehouse, "execute", killed)
        try:
            run(api)
            failed = False
        except Crash:
            failed = True
    if failed:
        run(api)
    lost = failed and step == 1 and keys_for is None  # accepted, and the process died before it was written
    assert len(api.created) == (2 if lost else 1)
    assert states(warehouse)[-1] == "loaded"
    assert states(warehouse).count("unknown") == (1 if lost else 0)


def test_a_lost_answer_without_a_key_is_unknown_and_the_export_is_made_anew(warehouse, run) -> None:
    api = Api()
    api.after = lambda call: _raise(UnknownOutcome("lost")) if call == "create" else None
    with pytest.raises(UnknownOutcome):
        run(api)
    assert states(warehouse) == ["unknown"]
    api.after = lambda call: None
    run(api)
    assert states(warehouse) == ["unknown", "loaded"]


@pytest.mark.parametrize("error", [UnknownOutcome("lost"), WrongAnswer("no id")])
def test_a_lost_answer_under_a_key_is_asked_for_again_under_the_same_key(
    warehouse, run, clock, error
) -> None:
    api = Api(keys_for=timedelta(hours=24))
    api.after = lambda call: _raise(error) if call == "create" else None
    with pytest.raises(type(error)):
        run(api)
    assert states(warehouse) == ["requested"]
    api.after = lambda call: None
    clock.advance(23 * 3600)
    run(api)
    assert len(api.created) == 1
    assert states(warehouse) == ["loaded"]


def test_a_key_that_the_api_has_forgotten_is_not_used_again(warehouse, run, clock) -> None:
    api = Api(keys_for=timedelta(hours=24))
    api.after = lambda call: _raise(UnknownOutcome("lost")) if call == "create" else None
    with pytest.raises(UnknownOutcome):
        run(api)
    api.after = lambda call: None
    clock.advance(24 * 3600)
    run(api)
    assert len({key for key, _, _ in api.created}) == 2
    assert states(warehouse) == ["unknown", "loaded"]


def test_an_answer_without_an_id_is_a_lost_one(warehouse, run) -> None:
    api = Api()
    api.after = lambda call: _raise(WrongAnswer("no id")) if call == "create" else None
    with pytest.raises(WrongAnswer):
        run(api)
    assert states(warehouse) == ["unknown"]


@pytest.mark.parametrize(
    "error", [Refused("no"), Unavailable("no connection"), IdempotencyConflict("other body")]
)
@pytest.mark.parametrize("keys_for", [None, timedelta(hours=24)], ids=["no keys", "keys"])
def test_a_create_that_was_not_done_has_failed_and_is_made_anew(warehouse, run, error, keys_for) -> None:
    api = Api(keys_for=keys_for)
    api.before = lambda call: _raise(error) if call == "create" else None
    with pytest.raises(type(error)):
        run(api)
    assert states(warehouse) == ["failed"]
    api.before = lambda call: None
    run(api)
    assert states(warehouse) == ["failed", "loaded"]


@pytest.mark.parametrize(("progress", "state"), [(Progress.FAILED, "failed"), (Progress.EXPIRED, "expired")])
def test_an_export_that_ends_without_a_result_fails_the_load_and_is_made_anew_at_the_next(
    warehouse, run, progress: Progress, state: str
) -> None:
    api = Api()
    api.answers["export-0"] = progress
    with pytest.raises(JobFailed, match=f"export-0 of 2026-02-28 to 2026-03-01 ended as {state}"):
        run(api)
    assert states(warehouse) == [state]
    run(api)
    assert (states(warehouse), len(api.created)) == ([state, "loaded"], 2)


def test_one_that_expired_before_it_could_be_loaded_is_made_anew_at_once(warehouse, run) -> None:
    api, broken = Api(), Downloads()
    broken.fail = HashMismatch("other bytes")
    with pytest.raises(HashMismatch):
        run(api, broken)
    assert states(warehouse) == ["ready"]
    api.answers["export-0"] = Progress.EXPIRED
    run(api)
    assert states(warehouse) == ["expired", "loaded"]


def test_one_that_the_source_does_not_know_any_more_is_made_anew_at_once(warehouse, run) -> None:
    api, broken = Api(), Downloads()
    broken.fail = HashMismatch("other bytes")
    with pytest.raises(HashMismatch):
        run(api, broken)
    gone = api.progress
    api.progress = lambda remote: _raise(NotFound("gone")) if remote == "export-0" else gone(remote)  # type: ignore[method-assign]
    run(api)
    assert states(warehouse) == ["expired", "loaded"]


def test_a_new_one_that_cannot_be_found_yet_is_not_made_twice(warehouse, run) -> None:
    api = Api()
    found = api.progress
    api.progress = lambda remote: _raise(NotFound("not yet"))  # type: ignore[method-assign]
    with pytest.raises(NotFound):
        run(api)
    assert states(warehouse) == ["accepted"]
    api.progress = found  # type: ignore[method-assign]
    run(api)
    assert len(api.created) == 1


def test_one_that_still_works_when_patience_ends_is_taken_up_by_the_next_load(warehouse, run, clock) -> None:
    api = Api(ready_after=10_000)
    with pytest.raises(Unavailable, match="still being made"):
        run(api)
    assert 1800 < clock.seconds < 1900
    assert states(warehouse) == ["accepted"]
    api.ready_after = 0
    run(api)
    assert (states(warehouse), len(api.created)) == (["loaded"], 1)


def test_only_a_job_of_the_same_resource_and_window_is_adopted(warehouse, ledger, run) -> None:
    ledger.write(Job("files", FROM, TO + timedelta(hours=1), JobState.READY, "other-window"))
    ledger.write(Job("other", FROM, TO, JobState.READY, "other-resource"))
    ledger.write(Job("files", FROM, TO, JobState.LOADED, "loaded-before"))
    api = Api()
    run(api)
    assert len(api.created) == 1
    assert set(api.polls) == {"export-0"}


def test_links_are_renewed_by_the_parts_id_whatever_their_order(run) -> None:
    api, lists = Api(), iter(range(100))

    def listed(job: str) -> list[Part]:
        fresh = next(lists)
        ids = [1, 0] if fresh else [0, 1]
        return [
            Part(place, f"{job}-item-{n}", SignedUrl(f"https://storage.example/{n}/{fresh}"))
            for place, n in enumerate(ids)
        ]

    api.listed = listed
    downloads = Downloads()
    run(api, downloads)
    assert [link[-3:] for link in downloads.links] == ["0/0", "1/0"]
    assert [link[-3:] for link in downloads.renewed] == ["0/1", "1/2"]


def test_parts_come_at_once_but_never_more_than_are_allowed_and_are_read_in_order(
    ledger, clock, tmp_path
) -> None:
    api = Api()
    api.listed = lambda job: [a_part(job, number) for number in range(7)]
    together, under_way, most = threading.Barrier(3, timeout=20), 0, 0
    lock = threading.Lock()

    class Together(Downloads):
        def download(self, link: SignedUrl, to: Path, **arguments: Any) -> Downloaded:
            nonlocal under_way, most
            with lock:
                under_way += 1
                most = max(most, under_way)
            if int(to.name[-1]) < 3:
                together.wait()  # passes only when three are on their way at the same moment
            with lock:
                under_way -= 1
            return super().download(link, to, **arguments)

    runner = JobRunner("files", api, ledger, clock)
    read, on_disk = [], []
    for part in runner.download(runner.prepare(FROM, TO), Together(), tmp_path, 3):  # type: ignore[arg-type]
        read.append(part.part.number)
        on_disk.append(len(list(tmp_path.iterdir())))
    assert read == list(range(7))
    assert most == 3
    assert max(on_disk) <= 3
    assert not list(tmp_path.iterdir())


def test_a_part_that_is_no_longer_listed_is_an_error(run) -> None:
    api, lists = Api(), iter([[a_part("export-0", 0)], []])
    api.listed = lambda job: next(lists)
    with pytest.raises(DataError, match="part 0 of export-0 is no longer listed"):
        run(api)


def test_open_jobs_come_oldest_window_first_and_without_their_parts(ledger) -> None:
    day = timedelta(days=1)
    late = ledger.write(Job("files", FROM + day, TO + day, JobState.READY, "b"))
    early = ledger.write(Job("files", FROM, TO, JobState.ACCEPTED, "a"))
    ledger.write(Job("files", FROM, TO, JobState.DOWNLOADED, "a-0", part=0, id=f"{early.id}/0"))
    assert ledger.open_jobs("files") == [early, late]


def test_a_ledger_that_does_not_exist_has_no_jobs(ledger) -> None:
    assert ledger.open_jobs("files") == []
    ledger.settle("files", TO)
    assert ledger.open_jobs("files") == []


def test_a_job_whose_commit_moved_the_mark_is_settled_and_no_other(ledger) -> None:
    day = timedelta(days=1)
    committed = ledger.write(Job("files", FROM, TO, JobState.DOWNLOADED, "a"))
    backfill = ledger.write(Job("files", FROM - day, TO - day, JobState.DOWNLOADED, "b"))
    ahead = ledger.write(Job("files", TO, TO + day, JobState.READY, "c"))
    waiting = ledger.write(Job("files", FROM - day, TO, JobState.ACCEPTED, "d"))
    ledger.settle("files", TO)
    assert {job.id for job in ledger.open_jobs("files")} == {backfill.id, ahead.id, waiting.id}
    assert committed.id not in {job.id for job in ledger.open_jobs("files")}


def _raise(error: BaseException) -> Any:
    raise error
