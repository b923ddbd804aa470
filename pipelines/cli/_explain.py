"""``ledgerhouse explain``: where a number comes from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from . import app
from ._load import moment
from ._output import cell, columns
from ._session import Session, command

if TYPE_CHECKING:
    from pipelines.explain import Explanation

FAILED = 1
# Of a version's hash, what tells it from the others.
SHOWN_VERSION = 12


@command(app, "explain 4711 open_amount --as-of 2026-06-30")
def explain(
    session: Session,
    document: Annotated[
        str,
        typer.Argument(
            metavar="DOCUMENT",
            help="Its id at the source, number or access key; SOURCE:ID where two sources have it.",
        ),
    ],
    measure: Annotated[
        str,
        typer.Argument(
            metavar="MEASURE",
            help="open_amount, paid, net, withheld, payable; of a revenue invoice also tax and gross.",
        ),
    ] = "open_amount",
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DAY", help="At the end of this day; that of the marts when not given."
        ),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option("--known-at", metavar="T", help="As it was known at this time; UTC without an offset."),
    ] = None,
) -> int:
    """Show the signed rows that make up a number, down to source record and load.

    Without --as-of and --known-at the sum is held against the number in the marts; it fails when they differ.
    """
    from pipelines.explain import explain as find_out

    clock = moment("--known-at", known_at)
    explanation = find_out(document, measure, session.destination, _day(as_of), clock)
    session.output.report(explanation.as_dict(), _lines(explanation))
    if not explanation.agrees:
        session.output.tell(
            f"the rows make {cell(explanation.total)}, and {explanation.mart_column} says {cell(explanation.mart)}"
        )
        return FAILED
    return 0


def _day(text: str | None) -> date | None:
    from pipelines.errors import UsageError

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--as-of {text!r} is no day, such as 2026-01-31") from None


def _lines(found: Explanation) -> Iterator[str]:
    yield f"{found.document.label}: {found.measure}{_clocks(found)}"
    yield ""
    header = ("#", "day", "known", "entry", "part", "note", "currency", "amount")
    rows = [
        (number, e.day, e.known_at, e.what, e.part, e.note, e.currency, e.amount)
        for number, e in enumerate(found.entries, 1)
    ]
    if rows:
        yield from columns(header, rows)
    else:
        yield "nothing makes it up"
    yield ""
    yield f"total {cell(found.total)} {found.currency}{_verdict(found)}"
    yield from found.notes
    if any(entry.records for entry in found.entries):
        yield ""
        yield from _records(found)


def _records(found: Explanation) -> Iterator[str]:
    header = ("#", "rests on", "table", "record", "place", "version", "load", "loaded", "file")
    rows = []
    for number, entry in enumerate(found.entries, 1):
        for record in entry.records:
            version = record.version[:SHOWN_VERSION] if record.version else None
            rows.append(
                (
                    number,
                    record.role,
                    record.table,
                    record.id,
                    record.position,
                    version,
                    record.load_id,
                    record.loaded_at,
                    record.path,
                )
            )
    yield from columns(header, rows)


def _clocks(found: Explanation) -> str:
    words = [f"as of {found.as_of}"] if found.as_of else []
    words += [f"as known at {cell(found.known_at)}"] if found.known_at else []
    return f", {', '.join(words)}" if words else ""


def _verdict(found: Explanation) -> str:
    if found.mart is None:
        return ""
    return (
        f", as in {found.mart_column}" if found.agrees else f"; {found.mart_column} says {cell(found.mart)}"
    )
