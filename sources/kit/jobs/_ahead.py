"""Exports that are asked for before their turn, so that the source makes several of them at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sources.kit.transport import Clock, Refused, SourceError

from ._api import POLL_FIRST_SECONDS, JobApi, Progress, may_have_been_created, next_interval
from ._ledger import Job, JobState, Ledger

Range = tuple[datetime, datetime]


@dataclass
class Upcoming:
    """What a load of one resource will ask for after the range that it is at, and what it has learnt of that.

    Args:
        ranges: what comes next, in order.
        lost: ranges that were asked for and whose answer was lost: their error is raised when their turn comes,
            since asking again within the same load could make the export twice.
        refused: ranges that were refused: not asked for again before their turn.
        is_over: the source wants no more at a time; what is left is asked for one after another.
    """

    ranges: Sequence[Range] = ()
    lost: dict[Range, SourceError] = field(default_factory=dict)
    refused: set[Range] = field(default_factory=set)
    is_over: bool = False


@dataclass
class _Watched:
    job: Job
    due: float
    interval: float = POLL_FIRST_SECONDS


class LookAhead:
    """Begins the exports of the ranges to come and asks now and then how far they are.

    At most ``at_once`` exports of the resource are open at a time, the current one among them: counted in the
    ledger, so that those of earlier loads count too. One export after another is asked for, each by ``begin``,
    which writes it to the ledger before its request; so a kill loses no more than one answer, and at its turn an
    export is found as one that an earlier load began. Nothing that happens to it before is raised before.
    """

    def __init__(
        self,
        resource: str,
        api: JobApi,
        ledger: Ledger,
        clock: Clock,
        *,
        begin: Callable[[datetime, datetime], Job],
        upcoming: Upcoming,
        at_once: int,
    ) -> None:
        self._resource = resource
        self._api = api
        self._ledger = ledger
        self._clock = clock
        self._begin = begin
        self._upcoming = upcoming
        self._at_once = at_once
        self._watched: list[_Watched] = []

    def raise_lost(self, wanted: Range) -> None:
        """Raises the error of a range whose answer was lost before its turn."""
        error = self._upcoming.lost.pop(wanted, None)
        if error is not None:
            raise error

    def go_on(self, first: Sequence[Range]) -> None:
        """Begins as many exports as may be open: of the ranges ``first``, and then of the upcoming ones."""
        self._watched = []
        if self._at_once < 2:
            return
        opened = {_range(job): job for job in self._ledger.open_jobs(self._resource)}
        for wanted in (*first, *self._upcoming.ranges):
            job = opened.get(wanted)
            if job is None or job.remote_id is None:
                if len(opened.keys() - {wanted}) >= self._at_once or not self._may_begin(wanted):
                    return
                job = self._begun(wanted)
                if job is None:
                    return
                opened[wanted] = job
            if job.state is JobState.ACCEPTED:
                self._watched.append(_Watched(job, self._clock.monotonic()))

    def tend(self) -> None:
        """Asks how far those are that are due. One that is ready is noted; one that ended otherwise, or of
        which nothing can be learnt, is left to its turn."""
        for watched in [one for one in self._watched if one.due <= self._clock.monotonic()]:
            assert watched.job.remote_id is not None
            try:
                progress = self._api.progress(watched.job.remote_id)
            except SourceError:
                progress = None
            if progress is Progress.WORKING:
                watched.due = self._clock.monotonic() + watched.interval
                watched.interval = next_interval(watched.interval)
                continue
            self._watched.remove(watched)
            if progress is Progress.READY:
                self._ledger.move(watched.job, JobState.READY)

    def _may_begin(self, wanted: Range) -> bool:
        upcoming = self._upcoming
        return not upcoming.is_over and wanted not in upcoming.refused and wanted not in upcoming.lost

    def _begun(self, wanted: Range) -> Job | None:
        try:
            return self._begin(*wanted)
        except Refused:
            self._upcoming.refused.add(wanted)
        except SourceError as error:
            self._upcoming.is_over = True
            if may_have_been_created(error) and self._api.idempotent_for is None:
                self._upcoming.lost[wanted] = error
        return None


def _range(job: Job) -> tuple[datetime | None, datetime | None]:
    return job.window_from, job.window_to
