"""The durable ledger of asynchronous exports: one row a job and one a part, each step written at once.

It is a table of the destination, because dlt's state is lost with the extraction that fails, and that is
just when one must know which export was asked for.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sources.kit.tables import Column, Type
from sources.kit.transport import Clock

from ._warehouse import Warehouse

TABLE = "_jobs"
COLUMNS = (
    Column("id", Type.TEXT, "The ledger's own id of the job or part."),
    Column("resource", Type.TEXT, "The resource that the job is for."),
    Column("window_from", Type.TIMESTAMP, "Start of the range that was asked for, UTC."),
    Column("window_to", Type.TIMESTAMP, "End of the range that was asked for, UTC."),
    Column("state", Type.TEXT, "How far it has come: requested, accepted, ready, downloaded, loaded, ..."),
    Column("remote_id", Type.TEXT, "The API's id, once it has answered."),
    Column("idempotency_key", Type.TEXT, "The key under which it was asked for, where the API takes one."),
    Column("part", Type.BIGINT, "The part's number, from 0; null for the job itself."),
    Column("sha256", Type.TEXT, "SHA-256 of the downloaded part, in hex."),
    Column("requested_at", Type.TIMESTAMP, "When it was asked for, UTC."),
    Column("updated_at", Type.TIMESTAMP, "When the row was last written, UTC."),
)
_NAMES = ", ".join(column.name for column in COLUMNS)


class JobState(StrEnum):
    """How far a job has come. ``UNKNOWN``: its answer was lost, and the API cannot be asked for it."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    READY = "ready"
    DOWNLOADED = "downloaded"
    LOADED = "loaded"
    FAILED = "failed"
    EXPIRED = "expired"
    DELETED = "deleted"
    UNKNOWN = "unknown"


OPEN = (JobState.REQUESTED, JobState.ACCEPTED, JobState.READY, JobState.DOWNLOADED)


@dataclass(frozen=True)
class Job:
    """One row of the ledger."""

    resource: str
    window_from: datetime | None
    window_to: datetime | None
    state: JobState = JobState.REQUESTED
    remote_id: str | None = None
    idempotency_key: str | None = None
    part: int | None = None
    sha256: str | None = None
    requested_at: datetime | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


class Ledger:
    """Reads and writes jobs. Every write is committed when the call returns."""

    def __init__(self, warehouse: Warehouse, clock: Clock) -> None:
        self._warehouse = warehouse
        self._clock = clock

    def write(self, job: Job) -> Job:
        """Stores the row under its id; gives it back with ``requested_at`` filled in."""
        self._warehouse.create_table(TABLE, COLUMNS)
        job = replace(job, requested_at=job.requested_at or self._clock.now())
        values = (
            job.id,
            job.resource,
            job.window_from,
            job.window_to,
            str(job.state),
            job.remote_id,
            job.idempotency_key,
            job.part,
            job.sha256,
            job.requested_at,
            self._clock.now(),
        )
        marks = ", ".join(["%s"] * len(values))
        self._warehouse.execute(
            (f"delete from {{{TABLE}}} where id = %s", (job.id,)),
            (f"insert into {{{TABLE}}} ({_NAMES}) values ({marks})", values),
        )
        return job

    def move(self, job: Job, state: JobState, *, remote_id: str | None = None) -> Job:
        """Stores the job with its new state, and its remote id once that is known."""
        return self.write(replace(job, state=state, remote_id=remote_id or job.remote_id))

    def open_jobs(self, resource: str) -> list[Job]:
        """Jobs of the resource that were begun and are not loaded, oldest first, without their parts."""
        return self.jobs(resource, OPEN)

    def jobs(self, resource: str, states: Sequence[JobState]) -> list[Job]:
        """Jobs of the resource in these states, oldest first, without their parts."""
        if not self._warehouse.has_table(TABLE):
            return []
        marks = ", ".join(["%s"] * len(states))
        sql = (
            "select id, resource, window_from, window_to, state, remote_id, idempotency_key, part, sha256,"
            f" requested_at from {{{TABLE}}} where resource = %s and part is null and state in ({marks})"
            " order by window_from, requested_at"
        )
        return [_job(row) for row in self._warehouse.query(sql, resource, *map(str, states))]

    def settle(self, resource: str, mark: datetime) -> None:
        """Marks as loaded what ends at the mark: a load that was killed right after its commit moved it there.

        A job that ends before the mark may be that of a backfill, and not loaded yet.
        """
        done = (JobState.READY, JobState.DOWNLOADED)
        passed = [job.id for job in self.open_jobs(resource) if job.state in done and job.window_to == mark]
        self.loaded(passed)

    def loaded(self, ids: Sequence[str]) -> None:
        """Marks jobs, and their parts, as loaded: their rows are committed."""
        for job_id in ids:
            self._warehouse.execute(
                (
                    f"update {{{TABLE}}} set state = %s, updated_at = %s where id = %s or id like %s",
                    (str(JobState.LOADED), self._clock.now(), job_id, f"{job_id}/%"),
                )
            )


def _job(row: tuple[object, ...]) -> Job:
    job_id, resource, start, end, state, remote_id, key, part, sha256, requested_at = row
    return Job(
        id=str(job_id),
        resource=str(resource),
        window_from=start,  # type: ignore[arg-type]
        window_to=end,  # type: ignore[arg-type]
        state=JobState(str(state)),
        remote_id=remote_id,  # type: ignore[arg-type]
        idempotency_key=key,  # type: ignore[arg-type]
        part=part,  # type: ignore[arg-type]
        sha256=sha256,  # type: ignore[arg-type]
        requested_at=requested_at,  # type: ignore[arg-type]
    )
