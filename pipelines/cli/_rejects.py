"""``ledgerhouse rejects``: records that did not fit their model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ._look import Source, specs_of
from ._operations import operations_group
from ._output import columns
from ._session import Session, command

if TYPE_CHECKING:
    from pipelines.rejects import Reject, RejectGroup
    from pipelines.replay import Replayed

# Of an id, what tells it from the others; `rejects show` takes it.
SHOWN_ID = 12

rejects = operations_group("rejects", "Records that did not fit their model: list, show and replay them.")

TableName = Annotated[
    str | None, typer.Option("--table", metavar="T", help="Only those that were meant for this table.")
]


@command(rejects, "rejects list roit --table accounts_payable", name="list")
def list_rejects(
    session: Session,
    source: Source = None,
    table: TableName = None,
    each: Annotated[bool, typer.Option("--each", help="One by one, with their keys.")] = False,
) -> int:
    """List the rejects: how many, and why. Changes nothing."""
    from pipelines import rejects as found_in

    if each:
        lines = found_in.each(specs_of(source), session.destination, table)
        documents = [{n: v for n, v in asdict(line).items() if n != "raw"} for line in lines]
        session.output.report({"rejects": documents}, _each_lines(lines))
        return 0
    groups = found_in.groups(specs_of(source), session.destination, table)
    session.output.report({"groups": [asdict(group) for group in groups]}, _group_lines(groups))
    return 0


@command(rejects, "rejects show 3f9a0c1d2e4b")
def show(
    session: Session,
    reject: Annotated[
        str, typer.Argument(metavar="ID", help="The id of the reject, or its first characters.")
    ],
) -> int:
    """Show one reject with the record as it came.

    The record may hold personal data: it is shown here, and nowhere else.
    """
    from pipelines.rejects import find

    found = find(specs_of(None), session.destination, reject)
    document = asdict(found)
    raw = document.pop("raw")
    lines = [f"{name}: {value}" for name, value in document.items() if value is not None]
    session.output.report(document | {"raw": raw}, [*lines, "", raw or "nothing is kept of the record"])
    return 0


@command(rejects, "rejects replay roit --table accounts_payable")
def replay(session: Session, source: Source = None, table: TableName = None) -> int:
    """Try the rejects again, with today's models.

    Those that fit now are loaded, unless the warehouse holds a later version, and leave the rejects.
    """
    from pipelines.replay import replay as run_replay

    outcomes = run_replay([source] if source else [], session.destination, table)
    session.output.report({"tables": [asdict(one) for one in outcomes]}, _replay_lines(outcomes))
    return 0


def _group_lines(groups: Sequence[RejectGroup]) -> Iterator[str]:
    if not groups:
        yield "there are no rejects"
        return
    header = ("table", "count", "field", "last", "replayable", "example", "reason")
    rows = [
        (f"{g.source}.{g.table}", g.count, g.field, g.last, g.replayable, g.example[:SHOWN_ID], g.reason)
        for g in groups
    ]
    yield from columns(header, rows)
    if not all(group.replayable for group in groups):
        yield "not replayable: rows of reports and documents; they come again with their report or export"


def _each_lines(lines: Sequence[Reject]) -> Iterator[str]:
    header = ("table", "id", "key", "rejected", "field", "reason")
    rows = [
        (
            f"{line.source}.{line.table}",
            line.id[:SHOWN_ID],
            line.key,
            line.rejected_at,
            line.field,
            line.reason,
        )
        for line in lines
    ]
    yield from columns(header, rows) if rows else ("there are no rejects",)


def _replay_lines(outcomes: Sequence[Replayed]) -> Iterator[str]:
    if not outcomes:
        yield "there are no rejects"
        return
    header = ("table", "loaded", "superseded", "still unfit", "not kept whole", "not replayable")
    rows = [
        (f"{one.source}.{one.table}", one.loaded, one.superseded, one.unfit, one.masked, one.files)
        for one in outcomes
    ]
    yield from columns(header, rows)
    if any(one.masked for one in outcomes):
        yield "not kept whole: secrets or personal data were taken out; load their range again"
    if any(one.files for one in outcomes):
        yield "not replayable: rows of reports and documents; they come again with their report or export"
