"""One asynchronous export from the request to its parts on disk, resumable at every step.

requested → accepted → ready → downloaded → loaded; or failed, expired, unknown. What is in the ledger is true
at any moment: a step that creates something is written before it is done, every other one after.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sources.kit.transport import (
    Clock,
    DataError,
    Downloaded,
    NotFound,
    SignedUrl,
    SourceError,
    Unavailable,
)

from ._ahead import LookAhead, Range, Upcoming
from ._api import POLL_FIRST_SECONDS, Files, JobApi, Part, Progress, may_have_been_created, next_interval
from ._ledger import Job, JobState, Ledger

# A job that is not done by then goes on at the source; the next load adopts it.
PATIENCE_SECONDS = 1800.0


class JobFailed(DataError):
    """The source gave the job up: it ended in ``state``, failed or expired. It is made anew at the next load."""

    def __init__(self, detail: str, state: JobState, *, hint: str | None = None) -> None:
        super().__init__(detail, hint=hint)
        self.state = state


@dataclass(frozen=True)
class PartFile:
    """A part on disk."""

    part: Part
    file: Downloaded


class JobRunner:
    """Takes one window through the life of a job.

    ``prepare`` finds or creates the job of a window and waits until it is ready; ``download`` brings its
    parts to disk one after another. Nothing is created twice: an open job of the same window is adopted.
    Meanwhile the jobs of what comes next are begun, as far as ``at_once`` of them may be open at a time.
    """

    def __init__(
        self,
        resource: str,
        api: JobApi,
        ledger: Ledger,
        clock: Clock,
        *,
        upcoming: Upcoming | None = None,
        at_once: int = 1,
    ) -> None:
        self._resource = resource
        self._api = api
        self._ledger = ledger
        self._clock = clock
        self._ahead = LookAhead(
            resource,
            api,
            ledger,
            clock,
            begin=self._begin,
            upcoming=upcoming or Upcoming(),
            at_once=at_once,
        )

    def prepare(self, start: datetime, end: datetime, *, then: Sequence[Range] = ()) -> Job:
        """A finished job for the window. ``then`` are ranges that come next, before the upcoming ones.

        Raises ``JobFailed`` when the source gives up, ``UnknownOutcome`` when its answer was lost, and
        ``Unavailable`` when it is still working after ``PATIENCE_SECONDS``.
        """
        self._ahead.raise_lost((start, end))
        job = self._adopt(start, end)
        is_new = job is None
        job = job or self._create(start, end)
        self._ahead.go_on(then)
        job = self._wait(job) if is_new else self._wait_for_adopted(job)
        if job.state is JobState.EXPIRED and not is_new:
            job = self._wait(self._create(start, end))
        if job.state is not JobState.READY:
            days = f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"
            raise JobFailed(
                f"the export {job.remote_id} of {days} ended as {job.state.value}",
                job.state,
                hint="it is made anew at the next load",
            )
        return job

    def download(self, job: Job, files: Files, folder: Path, at_once: int = 1) -> Iterator[PartFile]:
        """The parts of a finished job, in order, up to ``at_once`` of them on their way or on disk. Each file is
        gone when the next one is asked for."""
        assert job.remote_id is not None
        fetch = _Fetch(self, job, files, folder)
        waiting = deque(self._api.parts(job.remote_id))
        coming: deque[tuple[Part, Future[Downloaded]]] = deque()
        with ThreadPoolExecutor(at_once, thread_name_prefix="part") as pool:
            try:
                while waiting or coming:
                    while waiting and len(coming) < at_once:
                        part = waiting.popleft()
                        coming.append((part, pool.submit(fetch, part)))
                    part, future = coming.popleft()
                    yield from self._arrived(job, part, future.result())
                    self._ahead.tend()
            finally:
                for _, future in coming:
                    future.cancel()
        self._ledger.move(job, JobState.DOWNLOADED)

    def _arrived(self, job: Job, part: Part, file: Downloaded) -> Iterator[PartFile]:
        row = replace(job, id=f"{job.id}/{part.number}", part=part.number, sha256=file.sha256)
        self._ledger.write(replace(row, state=JobState.DOWNLOADED, remote_id=part.id))
        try:
            yield PartFile(part, file)
        finally:
            file.path.unlink(missing_ok=True)

    def give_up(self, job: Job) -> None:
        """Notes that a finished job is not wanted: it is not taken up again."""
        self._ledger.move(job, JobState.FAILED)

    def renewed(self, remote_id: str, wanted: Part) -> SignedUrl:
        for part in self._api.parts(remote_id):
            if part.id == wanted.id:
                return part.link
        raise DataError(f"part {wanted.number} of {remote_id} is no longer listed")

    def _begin(self, start: datetime, end: datetime) -> Job:
        return self._adopt(start, end) or self._create(start, end)

    def _adopt(self, start: datetime, end: datetime) -> Job | None:
        """The open job of this window. One whose answer was lost is asked for again under the same key,
        as long as the API remembers keys; without one it is lost, and the ledger says so."""
        for job in self._ledger.open_jobs(self._resource):
            if (job.window_from, job.window_to) != (start, end):
                continue
            if job.remote_id is not None:
                return job
            if job.idempotency_key is not None and self._remembered(job):
                return self._request(job)
            self._ledger.move(job, JobState.UNKNOWN)
        return None

    def _remembered(self, job: Job) -> bool:
        life = self._api.idempotent_for
        return (
            life is not None and job.requested_at is not None and self._clock.now() - job.requested_at < life
        )

    def _create(self, start: datetime, end: datetime) -> Job:
        job = Job(self._resource, start, end)
        if self._api.idempotent_for is not None:
            job = replace(job, idempotency_key=job.id)
        return self._request(self._ledger.write(job))

    def _request(self, job: Job) -> Job:
        assert job.window_from is not None
        assert job.window_to is not None
        try:
            remote_id = self._api.create(job.window_from, job.window_to, job.idempotency_key)
        except SourceError as error:
            if not may_have_been_created(error):
                self._ledger.move(job, JobState.FAILED)
            elif job.idempotency_key is None:
                self._ledger.move(job, JobState.UNKNOWN)
            raise
        return self._ledger.move(job, JobState.ACCEPTED, remote_id=remote_id)

    def _wait_for_adopted(self, job: Job) -> Job:
        """The same as for a new job, but that one which the source does not know any more has expired."""
        try:
            return self._wait(job)
        except NotFound:
            return self._ledger.move(job, JobState.EXPIRED)

    def _wait(self, job: Job) -> Job:
        assert job.remote_id is not None
        interval, begin = POLL_FIRST_SECONDS, self._clock.monotonic()
        while True:
            progress = self._api.progress(job.remote_id)
            if progress is Progress.READY:
                return self._ledger.move(job, JobState.READY)
            if progress is Progress.EXPIRED:
                return self._ledger.move(job, JobState.EXPIRED)
            if progress is Progress.FAILED:
                return self._ledger.move(job, JobState.FAILED)
            if self._clock.monotonic() - begin > PATIENCE_SECONDS:
                raise Unavailable(
                    f"the export {job.remote_id} is still being made", hint="the next load takes it up again"
                )
            self._ahead.tend()
            self._clock.sleep(interval)
            interval = next_interval(interval)


@dataclass(frozen=True)
class _Fetch:
    """Brings one part to disk; runs in a thread of its own."""

    runner: JobRunner
    job: Job
    files: Files
    folder: Path

    def __call__(self, part: Part) -> Downloaded:
        remote_id = self.job.remote_id
        assert remote_id is not None
        return self.files.download(
            part.link,
            self.folder / f"{self.job.id}-{part.number}",
            renew=lambda: self.runner.renewed(remote_id, part),
            size=part.size,
            sha256=part.sha256,
        )
