"""Commands that move data: load, run, reconcile."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from . import app
from ._progress import progress_on, telling_on
from ._reports import difference_lines, failure_lines, load_lines, reconcile_lines, transform_lines
from ._session import Session, command

if TYPE_CHECKING:
    from pipelines.load import LoadRequest, RunReport

DONE, FAILED, PARTLY = 0, 1, 3

Sources = Annotated[
    list[str] | None,
    typer.Argument(metavar="SOURCE", help="roit, tereina, solvimon; without any, those that are configured."),
]
Resources = Annotated[
    list[str] | None,
    typer.Option("--resource", metavar="R", help="Only this one; may be repeated. See: catalog."),
]
Ids = Annotated[
    list[str] | None,
    typer.Option("--id", metavar="ID", help="Only this record, read again; for roit.accounts_payable."),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="T", help="From this date (its first moment) or timestamp on; UTC without an offset."
    ),
]
Until = Annotated[
    str | None, typer.Option(metavar="T", help="Up to this date (its first moment) or timestamp.")
]
FullRefresh = Annotated[
    bool,
    typer.Option("--full-refresh", help="Read everything again from the start date, and find what is gone."),
]

SweepNow = Annotated[
    bool,
    typer.Option("--sweep", help="Then find what is gone at the source, and mark it (_deleted_at)."),
]


@command(app, "load roit --resource accounts_payable --since 2026-01-01 --until 2026-02-01")
def load(
    session: Session,
    sources: Sources = None,
    resource: Resources = None,
    since: Since = None,
    until: Until = None,
    full_refresh: FullRefresh = False,
    ids: Ids = None,
    sweep: SweepNow = False,
) -> int:
    """Extract and load what is new, or a range, or single records.

    New is what came since the last load. A range never moves back what later loads start from. Resources
    without a range (queues, lists) ignore it.
    """
    from pipelines.load import Sweep

    request = request_of(sources, resource, since, until, full_refresh)
    if sweep:
        request = replace(request, sweep=Sweep.ALWAYS)
    with _only(ids, request):
        report = _run_load(session, request)
    session.output.report(report.as_dict(), load_lines(report))
    _tell(session, failure_lines(report))
    return int(report.exit_code)


@command(app, "run --destination bigquery")
def run(session: Session, sources: Sources = None) -> int:
    """Load, reconcile and transform: what a scheduler calls.

    The models are built also when some resources failed, and not when all did.
    """
    from pipelines.load import Sweep
    from pipelines.load import reconcile as compare
    from pipelines.transform import transform

    output = session.output
    report = _run_load(session, replace(request_of(sources, None), sweep=Sweep.DUE))
    output.show(*load_lines(report), "")
    if report.exit_code == FAILED:
        output.report({"load": report.as_dict(), "exit_code": FAILED}, ())
        _tell(session, failure_lines(report))
        return FAILED
    loaded = tuple(dict.fromkeys(result.source for result in report.results))
    compared = compare(loaded, session.destination)
    output.show(*reconcile_lines(compared), "")
    with telling_on(output) as tell:
        built = transform(session.destination, tell=tell)
    output.show(*transform_lines(built))
    code = DONE if report.exit_code == DONE and compared.ok and built.ok else PARTLY
    parts = {"load": report.as_dict(), "reconcile": compared.as_dict(), "transform": built.as_dict()}
    output.report({**parts, "exit_code": code}, ())
    _tell(session, built.failure_lines())
    _tell(session, difference_lines(compared.lines))
    _tell(session, failure_lines(report))
    return code


@command(app, "reconcile roit")
def reconcile(session: Session, sources: Sources = None) -> int:
    """Compare source and warehouse: rows and sums.

    Counts of the API where it gives them, and what the loads counted and summed. Changes nothing at the source.
    """
    from pipelines.load import reconcile as compare

    report = compare(tuple(sources or ()), session.destination)
    session.output.report(report.as_dict(), reconcile_lines(report))
    _tell(session, difference_lines(report.lines))
    return DONE if report.ok else FAILED


def _tell(session: Session, lines: Iterable[str]) -> None:
    for line in lines:
        session.output.tell(line)


def _run_load(session: Session, request: LoadRequest) -> RunReport:
    from pipelines.load import run_load

    with progress_on(session.output) as progress:
        return run_load(request, session.destination, progress)


def request_of(
    sources: list[str] | None,
    resources: list[str] | None,
    since: str | None = None,
    until: str | None = None,
    full_refresh: bool = False,
) -> LoadRequest:
    """What was asked for; ``roit.invoices`` names the source and the resource at once."""
    from pipelines.errors import UsageError
    from pipelines.load import LoadRequest

    start, end = moment("--since", since), moment("--until", until)
    if start and end and start > end:
        raise UsageError(f"--since {since} is later than --until {until}")
    named, wanted = list(sources or ()), []
    for name in resources or ():
        source, _, resource = name.rpartition(".")
        wanted.append(resource)
        if source and source not in named:
            if sources:
                raise UsageError(f"--resource {name} is not of {', '.join(sources)}")
            named.append(source)
    return LoadRequest(tuple(named), tuple(wanted), start, end, full_refresh)


def _only(ids: list[str] | None, request: LoadRequest) -> AbstractContextManager[None]:
    """Loads only the records of these ids, where ids are given and there can be such a load."""
    from pipelines import configuration
    from pipelines.errors import UsageError

    if not ids:
        return nullcontext()
    ranged = request.since or request.until or request.full_refresh or request.sweep == "always"
    if request.sources != ("roit",) or request.resources != ("accounts_payable",) or ranged:
        raise UsageError("--id goes with `load roit --resource accounts_payable`, with no range and no sweep")
    return configuration.overridden("roit", {"payable_ids": json.dumps(ids)})


def moment(option: str, text: str | None) -> datetime | None:
    """The time that an option names. Raises ``UsageError``."""
    from pipelines import configuration
    from pipelines.errors import UsageError

    try:
        return configuration.moment(text) if text else None
    except ValueError:
        raise UsageError(
            f"{option} {text!r} is no date or timestamp, such as 2026-01-31 or 2026-01-31T12:00Z"
        ) from None
