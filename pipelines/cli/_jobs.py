"""``ledgerhouse jobs``: the ledger of exports and reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ._look import Source, specs_of
from ._operations import Yes, confirm_or_abort, operations_group
from ._output import columns
from ._progress import progress_on
from ._reports import failure_lines, load_lines
from ._session import Session, command

if TYPE_CHECKING:
    from pipelines.jobs import JobLine

jobs = operations_group("jobs", "The ledger of exports and reports: list, resume, and delete what is lost.")


@command(jobs, "jobs list roit --all", name="list")
def list_jobs(
    session: Session,
    source: Source = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are loaded or gone.")] = False,
) -> int:
    """List exports and reports that are under way, lost or failed. Changes nothing."""
    from pipelines.jobs import jobs as read_jobs

    lines = read_jobs(specs_of(source), session.destination, settled=everything)
    session.output.report({"jobs": [line.as_dict() for line in lines]}, _lines(lines))
    return 0


@command(jobs, "jobs resume roit")
def resume(
    session: Session,
    source: Source = None,
    job: Annotated[
        list[str] | None, typer.Option("--job", metavar="ID", help="Only this one; may be repeated.")
    ] = None,
) -> int:
    """Load what is under way, and nothing else.

    Each export or report is taken up where it is. Without --job, all that are open.
    """
    from pipelines import configuration
    from pipelines.errors import UsageError
    from pipelines.jobs import find, resumable
    from pipelines.jobs import jobs as read_jobs
    from pipelines.jobs import resume as run_resume

    specs = {spec.name: spec for spec in specs_of(source)}
    known = read_jobs(list(specs.values()), session.destination, settled=True)
    chosen = [find(job_id, known) for job_id in job] if job else [line for line in known if line.is_open]
    ready = [line for line in chosen if resumable(specs[line.source], line)]
    for line in chosen:
        if line in ready:
            continue
        why = f"job {line.id} is {line.state}" if not line.is_open else f"job {line.id} was asked for by hand"
        if job:
            raise UsageError(f"{why}: no load can go on with it")
        session.output.tell(f"{why} and is left")
    if not ready:
        session.output.report({"results": [], "exit_code": 0}, ["nothing is under way"])
        return 0
    configuration.choose(list(dict.fromkeys(line.source for line in ready)))
    with progress_on(session.output) as progress:
        report = run_resume(ready, session.destination, progress)
    session.output.report(report.as_dict(), load_lines(report))
    for text in failure_lines(report):
        session.output.tell(text)
    return int(report.exit_code)


@command(jobs, "jobs delete 5d0c2b1a-0000-4000-8000-000000000002 --yes")
def delete(
    session: Session,
    job: Annotated[str, typer.Argument(metavar="ID", help="The ledger's id of the job.")],
    yes: Yes = False,
) -> int:
    """Forget a failed or unknown job. Nothing is deleted at the source.

    That is what `ledgerhouse roit export delete` does.
    """
    from pipelines.jobs import check_forgettable, find, forget
    from pipelines.jobs import jobs as read_jobs

    line = find(job, read_jobs(specs_of(None), session.destination, settled=True))
    check_forgettable(line)
    confirm_or_abort(
        session,
        f"forget job {line.id} ({line.source}.{line.resource}, {line.state}); the source is not told",
        yes,
    )
    forget(line, session.destination)
    session.output.report({"deleted": line.id}, [f"job {line.id} is forgotten"])
    return 0


def _lines(lines: Sequence[JobLine]) -> Iterator[str]:
    if not lines:
        yield "nothing is under way, lost or failed"
        return
    header = ("job", "resource", "state", "from", "to", "remote id", "asked for", "parts")
    yield from columns(
        header,
        [
            (
                line.id,
                f"{line.source}.{line.resource}",
                line.state,
                line.window_from,
                line.window_to,
                line.remote_id,
                line.requested_at,
                line.parts,
            )
            for line in lines
        ],
    )
