"""The export stream: document exports, the files inside them, and the fiscal documents among those files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sources.kit.jobs import Job, JobApi, JobFailed, JobRunner, JobState, Ledger
from sources.kit.streams import AfterLoad, Context, LedgerStream, Stream, Window
from sources.kit.transport import SourceError

from .export_api import Exports, TooMuchAsked
from .fiscal_files import MODELS
from .harvest import BadExport, Harvest
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

    def at_once(self, context: Context) -> int:
        return int(context.settings.exports_at_once)

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        assert window is not None
        exports, harvest, taken = Exports(context), Harvest(context, window), []
        with self.machine(context) as (runner, fetch):
            for job, request in finished(runner, exports, window):
                try:
                    yield from harvest.take(job, request, fetch(job))
                except BadExport:
                    # taken up again it would fail for ever: the next load asks for a new one
                    runner.give_up(job)
                    raise
                taken.append(job.id)
            yield from harvest.items()
        context.report.jobs += taken


def finished(runner: JobRunner, exports: Exports, window: Window) -> Iterator[tuple[Job, bytes]]:
    """Finished exports that together cover the window, in order, each with its own record.

    A range longer than ``SHORTEST`` is halved when its export is refused as too much, ends in error, or holds more
    than the settings allow; that export is then given up. Raises the error of a range that cannot be halved.
    """
    waiting = [window]
    while waiting:
        piece, *waiting = waiting
        made = _made(runner, exports, piece, waiting)
        if made is None:
            middle = piece.start + timedelta(
                milliseconds=(piece.end - piece.start) // timedelta(milliseconds=2)
            )
            waiting = [Window(piece.start, middle), Window(middle, piece.end), *waiting]
        else:
            yield made


def _made(
    runner: JobRunner, exports: Exports, piece: Window, waiting: Sequence[Window]
) -> tuple[Job, bytes] | None:
    """The finished export of one range; ``None`` when it has to be asked for in halves."""
    can_be_halved = piece.end - piece.start > SHORTEST
    try:
        job = runner.prepare(piece.start, piece.end, then=[(after.start, after.end) for after in waiting])
    except (JobFailed, TooMuchAsked) as failure:
        is_expired = isinstance(failure, JobFailed) and failure.state is not JobState.FAILED
        if not can_be_halved or is_expired:
            raise
        return None
    assert job.remote_id is not None
    request = exports.show(job.remote_id)
    if can_be_halved and exports.is_too_large(request):
        runner.give_up(job)
        return None
    return job, request


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
