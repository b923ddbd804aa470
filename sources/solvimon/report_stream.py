"""The report streams: months of rows, asked for as CSV, each month replaced as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sources.kit.formats import CsvFile, FormatError, read_csv, read_parquet
from sources.kit.jobs import Files, Job, JobApi, JobState, Ledger, PartFile
from sources.kit.streams import Context, JobStream, Window, newest, start_of
from sources.kit.tables import RowFile, TableShape, Tabular, TabularWriter, Tally, tabular_tables
from sources.kit.transport import SizeMismatch, WrongAnswer

from .adoption import made_since
from .pushed import Report, pushed_files
from .report_api import ReportJobs
from .reports import report_table, table_name

# The window of a report that takes no range.
ALL_TIME = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(2970, 1, 1, tzinfo=UTC))
# A range that ends this close to now is one that goes on from the mark, and no part of the past.
_PRESENT = timedelta(days=1)
_CHUNK_BYTES = 1 << 18
_GZIP_MAGIC = b"\x1f\x8b"
# Only a report that is pushed can be one.
_PARQUET_MAGIC = b"PAR1"
# The size before packing, modulo this, ends a gzip file.
_GZIP_MODULUS = 1 << 32


class ReportStream(JobStream):
    """One report code.

    A report is asked for by calendar month (UTC): of the moment at which invoices became final where the
    definition takes ``updated_to_final_*``, else of ``from_date``/``to_date``. Rows carry the month as their
    window, and what a report says of a month replaces all that was said of it before. So

    - every final invoice is in exactly one window, which no range of a load can shift: months neither overlap
      nor leave gaps, and loading any range twice gives the same rows;
    - an invoice that has become final since is in the month of the mark, which every load reads again, or, where
      only ``from_date``/``to_date`` are taken, in one of the months before, which are read again too
      (``report_look_back_days``);
    - a corrected row replaces the earlier one and a withdrawn invoice leaves, also when its month is now empty;
      ``__history`` keeps both.

    A month that has not ended is asked for up to the newest moment that may be read, also when the load's own
    range lies in the past: a part of a month must not replace the whole of it.
    """

    def __init__(self, code: str) -> None:
        super().__init__(table_name(code), description=f"The report {code}, a window of it at a time.")
        self.code = code

    @property
    def tables(self) -> tuple[TableShape, ...]:
        return tabular_tables(report_table(self.code))

    def cursor(self) -> str | None:
        return "window_from"

    def api(self, context: Context) -> JobApi:
        return ReportJobs(context, self.code)

    @contextmanager
    def files(self, context: Context) -> Iterator[Files]:
        with super().files(context) as by_link, pushed_files(context, by_link) as files:
            yield files

    def pieces(self, context: Context, whole: Window) -> list[Window]:
        """A load for each month, so that none is read twice; one for a report that takes no range."""
        whole = self._range(context, whole)
        return [
            Window(max(whole.start, period.start), min(whole.end, period.end))
            for period in self._periods(context, whole)
        ]

    def _periods(self, context: Context, window: Window) -> list[Window]:
        """The windows that the rows of a range carry."""
        return [ALL_TIME] if ReportJobs(context, self.code).window == "whole" else months(window)

    def requests(self, context: Context, window: Window | None) -> str:
        count = 1 if window is None else len(self._periods(context, window))
        return f"{count} report{'s' if count > 1 else ''}, each with its polls and its file"

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        assert window is not None
        rest = self._range(context, window)
        if rest.start == rest.end and rest != window:
            return
        pieces = self._periods(context, rest)
        # one for the whole load: its rows are compared with all that the load leaves in the table
        context.report.tally(self.name, pieces[0].start, pieces[-1].end)
        asked = [self._asked(context, piece, window) for piece in pieces]
        for piece in asked:
            # what cannot be asked for leaves no trace in the ledger
            ReportJobs(context, self.code).values(piece.start, piece.end)
        for piece in asked:
            if context.settings.adopt_reports or context.settings.report_push_url:
                self._adopt(context, piece)
            yield from super().extract(context, piece)

    def _adopt(self, context: Context, piece: Window) -> None:
        """Takes a report that somebody else had made, where it is about a whole month that is over and was never
        asked for by us: asking again is to give a new report. From then on it is a job like any other."""
        ledger = Ledger(context.warehouse, context.clock)
        over = piece.end <= newest(context.settings, context.clock.now()) and months(piece) == [piece]
        windows = [(job.window_from, job.window_to) for job in ledger.jobs(self.name, tuple(JobState))]
        if not over or (piece.start, piece.end) in windows:
            return
        found = made_since(
            context, self.code, ReportJobs(context, self.code).values(*_ends(piece)), piece.end
        )
        if found is not None:
            ledger.write(Job(self.name, *_ends(piece), state=JobState.ACCEPTED, remote_id=found))
            self._tally(context).notes.append(
                f"{piece.start:%Y-%m}: the report of request {found} was adopted"
            )

    def _range(self, context: Context, window: Window) -> Window:
        """What to read when a load goes on from the mark; any other range stays as it is.

        A mark where a month begins says that the month before was read to its end, so the look-back from there
        is no reason to make its report once more; what is left may have no length. Where a report goes by the
        invoice's date, an invoice of an earlier month may have become final since: those months are read again.
        """
        mark = context.marks.get(self.name)
        look_back = timedelta(seconds=context.settings.look_back_seconds)
        if mark is None or window.start != mark - look_back:
            return window
        if ReportJobs(context, self.code).window == "dates":
            earliest = mark - timedelta(days=context.settings.report_look_back_days)
            first = start_of(context.settings, context.clock.now())
            return Window(min(window.start, max(earliest, first)), window.end)
        if months(Window(mark, mark))[0].start != mark:
            return window
        return Window(mark, max(mark, window.end))

    def _asked(self, context: Context, piece: Window, window: Window) -> Window:
        """The range to ask for, as the ledger has it.

        A report that an earlier load began is taken up when it is what is asked for now, or tells of a month
        that the next load reads again, so that nothing is missing for good where it ends early.
        """
        reached = max(window.end, context.marks.get(self.name) or window.end)
        for job in Ledger(context.warehouse, context.clock).open_jobs(self.name):
            if job.window_from != piece.start or job.window_to is None:
                continue
            enough = reached < piece.end or job.window_to == piece.end
            if job.window_to == window.end or (enough and job.state is not JobState.DOWNLOADED):
                return Window(piece.start, job.window_to)
        return Window(piece.start, min(piece.end, self._newest(context, window)))

    def _newest(self, context: Context, window: Window) -> datetime:
        """Up to where a month that has not ended is asked for: the end of the range, where the mark will be, or
        the newest that may be read when rows from behind that end may have been loaded."""
        now = newest(context.settings, context.clock.now())
        mark = context.marks.get(self.name) or window.end
        goes_on = mark <= window.end and now - window.end < _PRESENT
        return window.end if goes_on else max(window.end, now)

    def consume(self, context: Context, window: Window, job: Job, files: Iterator[PartFile]) -> Iterator[Any]:
        assert job.remote_id is not None
        jobs = ReportJobs(context, self.code)
        tabular = report_table(self.code, jobs.definition.columns)
        writer = TabularWriter(tabular, self._tally(context), context.write)
        piece = ALL_TIME if jobs.window == "whole" else months(window)[0]
        report = jobs.report(job.remote_id)
        for part in files:
            try:
                _check_size(report, part)
                file = _row_file(part.file.path, piece)
                _check_columns(tabular, file)
                yield from writer.write(file)
            except (FormatError, SizeMismatch) as error:
                # adopted again it would fail for ever: the next load asks for a new one
                Ledger(context.warehouse, context.clock).move(job, JobState.FAILED)
                raise WrongAnswer(f"the file of report {report.id}: {error}") from None

    def _tally(self, context: Context) -> Tally:
        return next(tally for tally in reversed(context.report.tallies) if tally.table == self.name)


def months(window: Window) -> list[Window]:
    """The calendar months (UTC) that a range touches, each up to the beginning of the next."""
    start = window.start.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found: list[Window] = []
    while not found or start < window.end:
        end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        found.append(Window(start, end))
        start = end
    return found


def _ends(window: Window) -> tuple[datetime, datetime]:
    return window.start, window.end


def _row_file(path: Path, piece: Window) -> RowFile:
    head = _rows(path)
    return RowFile(head.names, head.columns, lambda: _rows(path).batches, piece.start, piece.end)


def _rows(path: Path) -> CsvFile:
    with path.open("rb") as file:
        is_parquet = file.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC
    return read_parquet(path) if is_parquet else read_csv(_chunks(path))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _check_columns(tabular: Tabular, file: RowFile) -> None:
    """Columns come and go; a file with none of those that are known is another file."""
    known = {column.name for column in tabular.columns}
    if known and known.isdisjoint(file.columns):
        raise FormatError(f"it has none of the report's columns, but {', '.join(file.headers)[:200]}")


def _check_size(report: Report, part: PartFile) -> None:
    """The announced size is that of the stored bytes or, where they are packed, of what is in them."""
    if report.file_size is None or report.file_size == part.file.size:
        return
    with part.file.path.open("rb") as file:
        packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        file.seek(max(part.file.size - 4, 0))
        inside = int.from_bytes(file.read(4), "little")
    if not packed or report.file_size % _GZIP_MODULUS != inside:
        raise SizeMismatch(f"{part.file.size} bytes came, {report.file_size} were announced")
