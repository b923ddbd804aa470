"""The load loop: one resource and one window is one ``pipeline.run``, one load package, one checkpoint."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlt.common.exceptions import DltException

from pipelines import configuration
from pipelines.dataset import committed_pipeline, shapes_of
from pipelines.destinations import Destination
from sources.kit.jobs import DltWarehouse, Ledger, Upcoming
from sources.kit.streams import Context, SourceSpec, Stream, Window, privacy, read_mark
from sources.kit.tables import LoadReport, WriteOptions
from sources.kit.transport import Clock, FatalError, SourceError, SystemClock

from ._controls import Control, check, keep
from ._deletes import Loaded, find_deletes
from ._leftovers import discard_uncommitted
from ._windows import plan_windows
from .report import ResourceResult, RunReport, State
from .request import LoadRequest, Progress, Silent, UsageError


def run_load(
    request: LoadRequest,
    destination: Destination,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> RunReport:
    """Extracts and loads what is asked for. A resource that fails takes no other with it.

    Raises ``UsageError`` before anything is done: unknown sources or resources, settings that are missing or
    wrong, a destination that cannot be used.
    """
    clock = clock or SystemClock()
    chosen, unconfigured = choose(request)
    destination.prepare()
    report = RunReport(destination.describe(), clock.now(), unconfigured=unconfigured)
    for spec, streams in chosen:
        load = SourceLoad(spec, destination, request, progress or Silent(), clock)
        report.results += load.run(streams)
    report.finished_at = clock.now()
    return report


def choose(request: LoadRequest) -> tuple[list[tuple[SourceSpec, list[Stream]]], list[str]]:
    """The streams that are asked for, by their sources; and the sources left out for want of credentials.

    Raises ``UsageError`` for what is not known and for a named source that is not configured.
    """
    specs, unconfigured = configuration.choose(request.sources)
    _check_resources(specs, request)
    chosen = [(spec, _streams(spec, request)) for spec in specs]
    return [(spec, streams) for spec, streams in chosen if streams], unconfigured


def _streams(spec: SourceSpec, request: LoadRequest) -> list[Stream]:
    if not request.resources:
        return list(spec.streams)
    wanted = [spec.stream(name) for name in request.resources]
    return [stream for stream in spec.streams if stream in wanted]


def _check_resources(specs: Sequence[SourceSpec], request: LoadRequest) -> None:
    for name in request.resources:
        if all(spec.stream(name) is None for spec in specs):
            known = ", ".join(stream.name for spec in specs for stream in spec.streams)
            raise UsageError(f"unknown resource {name!r}; known: {known}")


@dataclass
class SourceLoad:
    """The load of one source: its client, its pipeline and what they share."""

    spec: SourceSpec
    destination: Destination
    request: LoadRequest
    progress: Progress
    clock: Clock

    def run(self, streams: Sequence[Stream]) -> list[ResourceResult]:
        """Loads the streams one after another; gives a result for each, also when nothing could be asked."""
        self._settings = configuration.settings(self.spec.name)
        self._pipeline = committed_pipeline(self.spec.name, self.destination)
        results: list[ResourceResult] = []
        sweeps: list[ResourceResult] = []
        try:
            with self.spec.connect(self._settings) as client:
                conditions = self.destination.conditions(shapes_of(self.spec))
                warehouse = DltWarehouse(self._pipeline, self.clock, conditions)
                if not self.request.windows:  # beside another load what is not committed may be that one's
                    discard_uncommitted(warehouse, self.spec.streams)
                self._context = self._new_context(client, warehouse)
                self._fatal: FatalError | None = None
                self._differing: set[str] = set()
                for stream in streams:
                    result, error = self._load(stream, self._fatal)
                    results.append(result)
                    self._fatal = self._fatal or (error if isinstance(error, FatalError) else None)
                    if isinstance(error, ControlDifference):
                        self._differing.add(stream.name)
                    sweeps += self._find_deletes(stream, result)
                results += self._after_load(streams, results) + sweeps
        except SourceError as error:
            results += [self._failed(stream, error) for stream in streams[len(results) :]]
        return results

    def _after_load(
        self, streams: Sequence[Stream], results: Sequence[ResourceResult]
    ) -> list[ResourceResult]:
        """What the source does with what is committed: a note on the last result, or a failure.

        A resource that failed takes no other with it here either: what of it is committed and adds up counts. One
        whose totals differ is left out, and nothing is done when the source lets nobody in.
        """
        after = self.spec.after_load
        sound = [stream for stream in streams if stream.name not in self._differing]
        if after is None or not sound or self._fatal:
            return []
        try:
            results[-1].notes += after.run(self._context, sound)
        except Exception as error:
            return [ResourceResult(self.spec.name, after.name, State.FAILED, error=_reason(_cause(error)))]
        return []

    def _find_deletes(self, stream: Stream, result: ResourceResult) -> list[ResourceResult]:
        """What is gone is marked when the load is committed: a note on its result, or a failure of its own."""
        if result.state is not State.LOADED:
            return []
        try:
            found = find_deletes(self._context, stream, self.request, self._loaded)
        except Exception as error:
            name, reason = f"{stream.name} sweep", _reason(_cause(error))
            return [ResourceResult(self.spec.name, name, State.FAILED, error=reason)]
        result.notes += found.notes()
        return []

    def _failed(self, stream: Stream, error: Exception) -> ResourceResult:
        result = ResourceResult(self.spec.name, stream.name, State.FAILED, error=_reason(error))
        self.progress.finished(result)
        return result

    def _skipped(self, stream: Stream, reason: str) -> ResourceResult:
        result = ResourceResult(self.spec.name, stream.name, State.SKIPPED, skipped=[reason])
        self.progress.finished(result)
        return result

    def _load(self, stream: Stream, fatal: FatalError | None) -> tuple[ResourceResult, Exception | None]:
        if fatal is not None:
            return self._failed(stream, fatal), fatal
        left_out = stream.left_out(self._settings)
        if left_out is not None:
            return self._skipped(stream, left_out), None
        result = ResourceResult(self.spec.name, stream.name)
        self.progress.started(self.spec.name, stream.name)
        begin, failure = time.monotonic(), None
        try:
            self._load_windows(stream, result)
        except Exception as error:
            failure = _cause(error)
            result.state, result.error = State.FAILED, _reason(failure)
            # what dlt keeps of a failed run must not come back with the next one
            self._pipeline = committed_pipeline(self.spec.name, self.destination)
        result.mark = self._mark(stream)
        result.seconds = round(time.monotonic() - begin, 3)
        self.progress.finished(result)
        return result, failure

    def _load_windows(self, stream: Stream, result: ResourceResult) -> None:
        self._context.marks[stream.name] = self._mark(stream)
        self._controls: dict[object, Control] = {}
        self._gone: set[str] = set()
        windows = plan_windows(stream, self._context, self.request)
        self.progress.planned(self.spec.name, stream.name, len(windows))
        load_ids: list[str] = []
        failures: list[Exception] = []
        self._context.upcoming = Upcoming()
        for position, window in enumerate(windows):
            following = [*windows[position + 1 :], *self.request.following]
            self._context.upcoming.ranges = [(later.start, later.end) for later in following if later]
            load_ids += self._load_window(stream, window, result, failures)
            while stream.name in (self._context.resume or {}):
                load_ids += self._load_window(stream, window, result, failures)
        if failures:
            raise _together(failures)
        whole = Window(windows[0].start, windows[-1].end) if windows[0] and windows[-1] else None
        self._loaded = Loaded(load_ids, whole, self._gone)

    def _load_window(
        self, stream: Stream, window: Window | None, result: ResourceResult, failures: list[Exception]
    ) -> list[str]:
        """One load package. What it had to leave out is added to ``failures``; the rest of it is committed."""
        report = self._context.report = LoadReport()
        source = self.spec.source(context=self._context, window=window).with_resources(stream.name)
        try:
            info = self._pipeline.run(source, loader_file_format="parquet")
        finally:
            self._note(result, report)
        Ledger(self._context.warehouse, self.clock).loaded(report.jobs)
        result.windows += 1
        result.rows += report.tallies[0].source_rows if report.tallies else 0
        result.rejected += report.rejected_rows
        self._control(stream, report, info.loads_ids)
        self.progress.window_done(self.spec.name, stream.name, result.rows)
        failures += report.failures
        return list(info.loads_ids)

    def _note(self, result: ResourceResult, report: LoadReport) -> None:
        result.skipped = list(dict.fromkeys([*result.skipped, *report.skipped]))
        result.drift = sorted({*result.drift, *report.drift})
        for tally in report.tallies:
            self._gone |= tally.gone
            result.superseded += tally.superseded
            result.notes += [f"{tally.table}: {note}" for note in tally.notes]

    def _control(self, stream: Stream, report: LoadReport, load_ids: Sequence[str]) -> None:
        """Compares, keeps the comparison, and fails the resource when it does not add up."""
        tables = {shape.root.name: shape.root for shape in stream.tables if not shape.is_child}
        controls = [
            control
            for tally in report.tallies
            if tally.table in tables
            for control in check(self._context.warehouse, tables[tally.table], tally, load_ids)
        ]
        for control in controls:
            earlier = self._controls.get(control.place)
            self._controls[control.place] = control + earlier if earlier else control
        together = [self._controls[control.place] for control in controls]
        keep(self._context.warehouse, together, self.clock.now())
        differences = [control.difference for control in controls if control.difference]
        if differences:
            stream.disown(self._context, load_ids)
            raise ControlDifference("; ".join(differences))

    def _mark(self, stream: Stream) -> Any:
        sources = self._pipeline.state.get("sources", {})
        state = sources.get(self.spec.name, {}).get("resources", {}).get(stream.name, {})
        return read_mark(state)

    def _new_context(self, client: Any, warehouse: DltWarehouse) -> Context:
        write = WriteOptions(
            json_type=self.destination.json_type, privacy=privacy(self._settings), now=self.clock.now
        )
        spool = Path(self.destination.work_dir())
        return Context(
            self._settings,
            client,
            warehouse,
            clock=self.clock,
            write=write,
            spool_dir=spool,
            full_refresh=self.request.full_refresh,
            resume={},
        )


class ControlDifference(Exception):
    """The warehouse does not hold what the source gave."""


class LeftOut(Exception):
    """Something could not be had, and the rest of the load is committed."""


def _together(failures: Sequence[Exception]) -> Exception:
    """The failure that decides: one that stops the source, or all of them in one line."""
    fatal = [failure for failure in failures if isinstance(failure, FatalError)]
    if fatal or len(failures) == 1:
        return (fatal or failures)[0]
    return LeftOut("; ".join(str(failure) for failure in failures))


def _cause(error: Exception) -> Exception:
    """The error that says what happened: dlt wraps what a resource raises several times over."""
    chain: BaseException | None = error
    deepest: Exception = error
    while chain is not None:
        if isinstance(chain, SourceError | ControlDifference | LeftOut):
            return chain
        if isinstance(chain, Exception):
            deepest = chain
        chain = chain.__cause__
    return deepest if isinstance(error, DltException) else error


def _reason(error: Exception) -> str:
    """One line, without secrets."""
    text = (
        str(error)
        if isinstance(error, SourceError | ControlDifference | LeftOut)
        else f"{type(error).__name__}: {error}"
    )
    return configuration.redactor().text(" ".join(text.split())[:500])
