"""The export stream: document exports, the files inside them, and the fiscal documents among those files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sources.kit.jobs import Job, JobApi, JobFailed, JobRunner, JobState, Ledger
from sources.kit.streams import AfterLoad, Context, LedgerStream, Stream, Window
from sources.kit.transport import SourceError

from .api import Exports
from .fiscal_files import MODELS
from .harvest import Harvest
from .models import ExportFile, ExportRequest

# A range is halved no further than this: what fails or is too large within a day has another reason.
SHORTEST = timedelta(days=1)


class ExportStream(LedgerStream):
    """One export a window of ``createAt``; several where the server cannot make it or it would be too large."""

    def __init__(self) -> None:
        super().__init__(
            "export_files",
            ExportRequest,
            ExportFile,
            *MODELS,
            description="Document exports: the requests, their files, and the fiscal documents among them.",
        )

    def api(self, context: Context) -> JobApi:
        return Exports(context)

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        assert window is not None
        exports, harvest, taken = Exports(context), Harvest(context, window), []
        with self.machine(context) as (runner, fetch):
            for job, request in finished(runner, exports, window):
                yield from harvest.take(job, request, fetch(job))
                taken.append(job.id)
            yield from harvest.items()
        context.report.jobs += taken


def finished(runner: JobRunner, exports: Exports, window: Window) -> Iterator[tuple[Job, bytes]]:
    """Finished exports that together cover the window, each with its own record.

    A range longer than ``SHORTEST`` is halved when its export ends in error, or holds more than the settings
    allow; that export is then given up. Raises the error of a range that cannot be halved.
    """
    can_be_halved = window.end - window.start > SHORTEST
    try:
        job = runner.prepare(window.start, window.end)
    except JobFailed as failure:
        if not can_be_halved or failure.state is not JobState.FAILED:
            raise
    else:
        assert job.remote_id is not None
        request = exports.show(job.remote_id)
        if not (can_be_halved and exports.is_too_large(request)):
            yield job, request
            return
        runner.give_up(job)
    half_length = timedelta(milliseconds=(window.end - window.start) // timedelta(milliseconds=2))
    for half in window.split(half_length):
        yield from finished(runner, exports, half)


def _delete_loaded(context: Context, streams: Sequence[Stream]) -> list[str]:
    """Removes at ROIT what is loaded, where the settings ask for it; one after another, each noted in the
    ledger. What cannot be removed stays ``loaded`` there, is said, and fails nothing."""
    names = [stream.name for stream in streams if isinstance(stream, ExportStream)]
    if not names or not context.settings.export_delete_after_load or context.settings.read_only:
        return []
    ledger, exports = Ledger(context.warehouse, context.clock), Exports(context)
    deleted, notes = 0, []
    for job in [job for name in names for job in ledger.jobs(name, (JobState.LOADED,))]:
        assert job.remote_id is not None
        try:
            exports.delete(job.remote_id)
        except SourceError as error:
            notes.append(f"the export {job.remote_id} is loaded and could not be deleted: {error}")
        else:
            ledger.move(job, JobState.DELETED)
            deleted += 1
    return [*notes, f"{deleted} exports were deleted at the source"] if deleted else notes


DELETE_LOADED = AfterLoad("delete exports", _delete_loaded)
