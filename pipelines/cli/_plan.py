"""Commands around ranges: what a load would do, and long ranges in windows that can be resumed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from . import app
from ._load import Resources, Since, Until, request_of
from ._look import Source
from ._output import columns
from ._progress import telling_on
from ._session import Session, command

if TYPE_CHECKING:
    from pipelines.backfill import BackfillReport
    from pipelines.plan import PlannedModels, PlannedResource, PlanReport

_DAYS = re.compile(r"([1-9][0-9]{0,3})d")


@command(app, "plan roit --resource accounts_payable --since 2026-01-01")
def plan(
    session: Session,
    source: Source = None,
    resource: Resources = None,
    since: Since = None,
    until: Until = None,
) -> int:
    """Show what a load would do. Changes nothing.

    Windows, requests, and rows as far as the API counts them. Without a database it is the plan of a first load.
    Where the warehouse bills by the byte, also what one load would read there, by estimate; and without SOURCE
    what one transform would, by the warehouse's own figure for each model, without the data tests.
    """
    from pipelines.plan import plan as make_plan

    request = request_of([source] if source else None, resource, since, until)
    report = make_plan(request, session.destination)
    session.output.report(report.as_dict(), _plan_lines(report))
    for entry in report.resources:
        if entry.error:
            session.output.tell(f"{entry.source}.{entry.resource}: {entry.error}")
    return int(report.exit_code)


@command(app, "backfill roit --since 2025-01-01 --until 2026-01-01 --window 7d")
def backfill(
    session: Session,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="roit or solvimon.")],
    since: Since = None,
    until: Until = None,
    window: Annotated[
        str, typer.Option(metavar="DAYS", help="The longest window, such as 7d; reports go by month.")
    ] = "7d",
    resume: Annotated[
        bool, typer.Option("--resume", help="Only what an earlier backfill has planned and not done.")
    ] = False,
    resource: Resources = None,
) -> int:
    """Load a long range, window by window, beside the daily load.

    Each window is committed by itself and kept in the table _backfills, so that it can be stopped at any moment
    and resumed. A window that fails is reported, and the others go on.
    """
    from pipelines.backfill import BackfillRequest
    from pipelines.backfill import backfill as run_backfill

    asked = request_of([source], resource, since, until)
    request = BackfillRequest(source, asked.resources, asked.since, asked.until, _days(window), resume)
    with telling_on(session.output) as tell:
        report = run_backfill(request, session.destination, tell)
    session.output.report(report.as_dict(), _backfill_lines(report))
    for failed in report.failures:
        session.output.tell(f"{source}.{failed.resource}: {failed.error}")
    return int(report.exit_code)


def _days(window: str) -> int:
    from pipelines.errors import UsageError

    found = _DAYS.fullmatch(window.strip())
    if not found:
        raise UsageError(f"--window {window!r} is no number of days, such as 7d")
    return int(found[1])


def _plan_lines(report: PlanReport) -> Iterator[str]:
    if report.unconfigured:
        yield f"left out, not configured: {', '.join(report.unconfigured)}"
    yield f"into {report.destination}"
    header = ("resource", "kind", "from", "to", "rows", "requests")
    yield from columns(header, [row for entry in report.resources for row in _plan_rows(entry)])
    billed = [entry.bytes_a_load for entry in report.resources if entry.bytes_a_load is not None]
    if billed:
        yield f"bytes read by one load of each, by estimate, without the models: {sum(billed):,}"
    if models := report.models:
        yield from _model_lines(models)


def _model_lines(models: PlannedModels) -> Iterator[str]:
    if models.error:
        yield f"bytes read by the models cannot be told: {models.error}"
        return
    unknown = (
        f"; {len(models.unknown)} read what is not built yet and are not in it" if models.unknown else ""
    )
    yield f"bytes read by one transform, without its tests, {models.models} tables: {models.bytes:,}{unknown}"


def _plan_rows(entry: PlannedResource) -> Iterator[tuple[object, ...]]:
    about = (f"{entry.source}.{entry.resource}", entry.kind)
    if entry.left_out or entry.error:
        why = f"left out: {entry.left_out}" if entry.left_out else f"cannot be planned: {entry.error}"
        yield (*about, None, None, None, why)
    for window in entry.windows:
        yield (*about, window.start, window.end, window.rows, window.requests)


def _backfill_lines(report: BackfillReport) -> Iterator[str]:
    if not report.windows:
        yield f"nothing is left to do for {report.source}"
        return
    header = ("resource", "from", "to", "state", "rows", "rejected", "reason")
    yield from columns(
        header,
        [
            (w.resource, w.window.start, w.window.end, str(w.state), w.rows, w.rejected, w.error)
            for w in report.windows
        ],
    )
    if report.failures:
        yield f"{len(report.failures)} of {len(report.windows)} windows failed; --resume tries them again"
