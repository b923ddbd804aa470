"""``ledgerhouse state``: what the next load starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ._load import Resources, request_of
from ._look import Source, specs_of
from ._operations import Yes, confirm_or_abort, operations_group
from ._output import columns
from ._session import Session, command

if TYPE_CHECKING:
    from pipelines.state import ResourceState

state = operations_group("state", "What the next load starts from: show it, or reset it.")


@command(state, "state show roit")
def show(session: Session, source: Source = None, resource: Resources = None) -> int:
    """Show the marks, and where the next load begins. Changes nothing."""
    from pipelines.state import as_documents
    from pipelines.state import show as read_state

    asked = request_of([source] if source else None, resource)
    specs = [spec for name in asked.sources or (None,) for spec in specs_of(name)]
    entries = read_state(specs, asked.resources, session.destination, datetime.now(UTC))
    session.output.report({"resources": as_documents(entries)}, _lines(entries))
    return 0


@command(state, "state reset roit --resource accounts_payable --yes")
def reset(
    session: Session,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="roit, tereina or solvimon.")],
    resource: Resources = None,
    yes: Yes = False,
) -> int:
    """Forget the marks: the next load begins at the start date.

    Of tereina, forget which batches are loaded: the next load reads all that wait. Rows stay, and are replaced by
    what comes again.
    """
    from pipelines.state import reset as reset_state
    from pipelines.state import show as read_state

    [spec] = specs_of(source)
    resources = request_of([source], resource).resources
    entries = read_state([spec], resources, session.destination, datetime.now(UTC))
    known = [entry.resource for entry in entries if entry.mark or entry.batches]
    if known:
        what = f"forget up to where {', '.join(known)} of {source} are loaded; the next load reads all again"
        confirm_or_abort(session, what, yes)
    forgotten = reset_state(spec, known, session.destination) if known else []
    session.output.report({"forgotten": forgotten}, forgotten or ["there is nothing to forget"])
    return 0


def _lines(entries: Sequence[ResourceState]) -> Iterator[str]:
    header = ("resource", "kind", "loaded up to", "next load begins", "batches")
    yield from columns(
        header,
        [(f"{e.source}.{e.resource}", e.kind, e.mark, e.begins, e.batches) for e in entries],
    )
