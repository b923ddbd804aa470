"""The ledgers of exports and reports: what is under way, what became of the others, and going on with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sources.kit.jobs import JobState
from sources.kit.streams import LedgerStream, SourceSpec, Window
from sources.kit.transport import Clock

from .destinations import Destination
from .errors import UsageError
from .load import LoadRequest, Progress, RunReport, run_load
from .status import JOBS, OPEN_STATES

# What a job that is over and left nothing behind is; nobody has to do anything about it.
SETTLED = (JobState.LOADED, JobState.DELETED, JobState.EXPIRED)
# A row of these says only that something was tried; nothing refers to it.
FORGETTABLE = (JobState.UNKNOWN, JobState.FAILED)


@dataclass(frozen=True)
class JobLine:
    """One export or report, as the ledger has it. Times are UTC; ``parts`` counts those on disk once."""

    source: str
    id: str
    resource: str
    state: str
    window_from: datetime | None
    window_to: datetime | None
    remote_id: str | None
    requested_at: datetime | None
    updated_at: datetime | None
    parts: int = 0

    @property
    def window(self) -> Window | None:
        """The range that it is for; one that was asked for by hand has none."""
        return Window(self.window_from, self.window_to) if self.window_from and self.window_to else None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def as_dict(self) -> dict[str, Any]:
        """JSON values, but for timestamps."""
        return dict(vars(self))


def jobs(specs: Sequence[SourceSpec], destination: Destination, *, settled: bool = False) -> list[JobLine]:
    """The jobs of these sources, those asked for last at the end; with ``settled`` also those that are over.

    Changes nothing. Raises ``UsageError`` when there is no database.
    """
    _exists(destination)
    lines = [line for spec in specs for line in _lines(spec.name, destination)]
    return [line for line in lines if settled or line.state not in SETTLED]


def resume(
    lines: Sequence[JobLine], destination: Destination, progress: Progress, clock: Clock | None = None
) -> RunReport:
    """Loads the windows of these jobs, each taken up where it is. Every job has one result in the report; a job
    that fails keeps no other from its turn. All of them must have a window."""
    reports = [
        run_load(LoadRequest((source,), (resource,), windows=(window,)), destination, progress, clock)
        for source, resource, window in dict.fromkeys(
            (line.source, line.resource, line.window) for line in lines if line.window
        )
    ]
    together = RunReport(destination.describe(), reports[0].started_at, reports[-1].finished_at)
    together.results = [result for report in reports for result in report.results]
    return together


def resumable(spec: SourceSpec, line: JobLine) -> bool:
    """Whether a load can go on with a job."""
    return line.is_open and line.window is not None and isinstance(spec.stream(line.resource), LedgerStream)


def forget(line: JobLine, destination: Destination) -> None:
    """Removes a job and its parts from the ledger. Nothing is asked of the source.

    Raises ``UsageError`` as ``check_forgettable`` does.
    """
    check_forgettable(line)
    destination.prepare()
    table = destination.table(line.source, JOBS)
    destination.execute(f"delete from {table} where id = ? or starts_with(id, ?)", [line.id, f"{line.id}/"])


def check_forgettable(line: JobLine) -> None:
    """Raises ``UsageError`` for a job that may still be wanted."""
    if line.state not in FORGETTABLE:
        states = " and ".join(FORGETTABLE)
        raise UsageError(f"job {line.id} is {line.state}: only {states} ones can be deleted from the ledger")


def find(job_id: str, lines: Sequence[JobLine]) -> JobLine:
    """The job of that id. Raises ``UsageError``."""
    for line in lines:
        if line.id == job_id:
            return line
    raise UsageError(f"no job has the id {job_id!r}: see ledgerhouse jobs list --all")


def _exists(destination: Destination) -> None:
    if not destination.exists():
        raise UsageError(f"there is no {destination.describe()} yet: ledgerhouse load makes it")


def _lines(source: str, destination: Destination) -> Iterator[JobLine]:
    if JOBS not in destination.tables(source):
        return
    table = destination.table(source, JOBS)
    ids = destination.query(f"select id from {table} where part is not null")
    parts = Counter(str(part_id).rpartition("/")[0] for (part_id,) in ids)
    sql = (
        "select id, resource, state, window_from, window_to, remote_id, requested_at, updated_at"
        f" from {table} where part is null order by requested_at, id"
    )
    for row in destination.query(sql):
        yield replace(JobLine(source, *row), parts=parts[str(row[0])])
