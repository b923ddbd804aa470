"""Streams whose data is asked for, waited for and downloaded: *job*."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from sources.kit.jobs import Files, Job, JobApi, JobRunner, Ledger, PartFile
from sources.kit.transport import AddressRule, Downloader

from ._base import Context, Kind, Stream, Window
from ._source import retry_policy

Fetch = Callable[[Job], Iterator[PartFile]]


class LedgerStream(Stream):
    """Asynchronous exports, each known to the ledger. What an earlier load began is taken up again and not
    made anew."""

    kind: ClassVar[Kind] = "job"
    windowed: ClassVar[bool] = True

    @abstractmethod
    def api(self, context: Context) -> JobApi:
        """The API's side of the state machine."""

    def at_once(self, context: Context) -> int:
        """How many exports may be open at a time: those after the current one are begun while it is being made."""
        return 1

    def requests(self, context: Context, window: Window | None) -> str:
        return "1 export, its polls and its parts"

    def pending(self, context: Context) -> Sequence[Window]:
        ledger = Ledger(context.warehouse, context.clock)
        mark = context.marks.get(self.name)
        if mark is not None:
            ledger.settle(self.name, mark)
        jobs = ledger.open_jobs(self.name)
        windows = [
            Window(job.window_from, job.window_to) for job in jobs if job.window_from and job.window_to
        ]
        return list(dict.fromkeys(windows))

    def files(self, context: Context) -> AbstractContextManager[Files]:
        """What fetches the parts of a finished job by their links."""
        return _downloader(context)

    @contextmanager
    def machine(self, context: Context) -> Iterator[tuple[JobRunner, Fetch]]:
        """The job machine, and what brings a finished job's parts to disk, a few ahead of their reader."""
        ledger = Ledger(context.warehouse, context.clock)
        runner = JobRunner(
            self.name,
            self.api(context),
            ledger,
            context.clock,
            upcoming=context.upcoming,
            at_once=self.at_once(context),
        )
        with tempfile.TemporaryDirectory(dir=context.spool_dir) as folder, self.files(context) as files:
            connections = context.settings.max_connections
            yield runner, lambda job: runner.download(job, files, Path(folder), connections)


class JobStream(LedgerStream):
    """One export a window."""

    @abstractmethod
    def consume(self, context: Context, window: Window, job: Job, files: Iterator[PartFile]) -> Iterator[Any]:
        """dlt items out of a finished job's files, which are on disk one at a time."""

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        assert window is not None
        with self.machine(context) as (runner, fetch):
            job = runner.prepare(window.start, window.end)
            yield from self.consume(context, window, job, fetch(job))
        context.report.jobs.append(job.id)


def _downloader(context: Context) -> Downloader:
    settings = context.settings
    return Downloader(
        policy=retry_policy(settings),
        clock=context.clock,
        redactor=context.client.redactor,
        rule=AddressRule.beside(settings.base_url or ""),
        read_timeout=settings.read_timeout_seconds,
    )
