"""``ledgerhouse confirm``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from . import app
from ._operations import ReadOnly, Yes, confirm_or_abort
from ._output import columns
from ._session import Session, command

if TYPE_CHECKING:
    from pipelines.confirm import ConfirmReport


@command(app, "confirm tereina --dry-run")
def confirm(
    session: Session,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="tereina, the only one with a queue.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show which batches are due.")] = False,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Confirm to Tereina the batches whose rows are committed.

    Tereina then forgets them. A batch that is not complete, not loaded or not as it was announced is left.
    """
    from pipelines.confirm import confirm_plan
    from pipelines.errors import UsageError
    from pipelines.operations import refuse_read_only

    if source != "tereina":
        raise UsageError(f"{source!r} has nothing to confirm; tereina has")
    with confirm_plan(session.destination) as plan:
        if dry_run:
            report = plan.dry_run()
        else:
            refuse_read_only(plan.context.settings, read_only)
            if plan.due:
                objects = sum(due.batch.objects or 0 for due in plan.due)
                what = f"confirm {len(plan.due)} batches ({objects:,} objects); Tereina then forgets them"
                confirm_or_abort(session, what, yes)
            report = plan.run()
    session.output.report(report.as_dict(), _lines(report))
    return int(report.exit_code)


def _lines(report: ConfirmReport) -> Iterator[str]:
    rows = [(b.batch_id, b.resource, b.objects, b.created, b.outcome, b.reason) for b in report.batches]
    if rows:
        yield from columns(("batch", "resource", "objects", "created", "outcome", "reason"), rows)
    for resource in report.held_back:
        yield f"tereina.{resource}: source and warehouse differ, so nothing of it is confirmed: see reconcile"
    done = sum(line.outcome == "confirmed" for line in report.batches)
    yield f"{len(rows)} batches are due" if report.dry_run else f"{done} of {len(rows)} batches confirmed"
