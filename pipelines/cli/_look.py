"""Commands that only look: check, status, catalog."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import app
from ._output import cell, columns
from ._session import Session, command

if TYPE_CHECKING:
    from pipelines.catalog import ResourceEntry, TableEntry
    from pipelines.status import ResourceStatus

Source = Annotated[
    str | None, typer.Argument(metavar="SOURCE", help="roit, tereina or solvimon; all when not given.")
]


@command(app, "check roit")
def check(session: Session, source: Source = None) -> int:
    """Check whether a load would work. Changes nothing.

    Configuration, credentials, reachability, clock, and the rights at the destination.
    """
    from dataclasses import asdict

    from pipelines.check import CheckLine, exit_code
    from pipelines.check import check as run_checks

    lines: list[CheckLine] = []
    for line in run_checks(specs_of(source), lambda: session.destination):
        lines.append(line)
        session.output.show(f"{line.verdict:<8}  {line.subject:<12}  {line.check:<14}  {line.detail}")
    code = int(exit_code(lines, [source] if source else []))
    session.output.report({"checks": [asdict(line) for line in lines], "exit_code": code}, ())
    return code


@command(app, "status --database ledgerhouse.duckdb")
def status(session: Session, source: Source = None) -> int:
    """Show what is loaded, and how old it is.

    Per resource: last load, mark, age, rows, rejects, open jobs.
    """
    from pipelines.status import as_documents
    from pipelines.status import status as read_status

    entries = read_status(specs_of(source), session.destination, datetime.now(UTC))
    document = {"destination": session.destination.describe(), "resources": as_documents(entries)}
    session.output.report(document, _status_lines(entries, session.destination.describe()))
    return 0


@command(app, "catalog roit.accounts_payable", destination=False)
def catalog(
    session: Session,
    name: Annotated[
        str | None,
        typer.Argument(metavar="SOURCE.RESOURCE", help="What to show; everything when not given."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help="Write the data dictionary, models and metrics too, as one page."
        ),
    ] = None,
) -> int:
    """List sources, resources, tables and columns.

    With their keys, cursors and descriptions.
    """
    from pipelines.catalog import as_documents
    from pipelines.catalog import catalog as entries_of

    source, _, resource = (name or "").partition(".")
    entries = entries_of(specs_of(source or None), resource or None)
    if html is not None:
        return _write_dictionary(session, name, html)
    lines = _detail(entries) if resource else _overview(entries, with_tables=bool(source))
    session.output.report({"resources": as_documents(entries)}, lines)
    return 0


def _write_dictionary(session: Session, name: str | None, path: Path) -> int:
    """The page of everything: its links would lead nowhere in a part of it."""
    from pipelines.catalog import catalog as entries_of
    from pipelines.dictionary import write_dictionary
    from pipelines.errors import UsageError

    if name is not None:
        raise UsageError("--html writes everything: it takes no SOURCE.RESOURCE")
    written = write_dictionary(entries_of(specs_of(None)), path)
    session.output.report({"file": path, "entries": written}, [f"{written} entries in {path}"])
    return 0


def specs_of(source: str | None) -> list[Any]:
    """The source of that name, or all. Raises ``UsageError``."""
    from pipelines.errors import UsageError
    from pipelines.registry import SOURCES, specs

    if source is not None and source not in SOURCES:
        raise UsageError(f"unknown source {source!r}; known: {', '.join(SOURCES)}")
    return list(specs([source] if source else []))


def _status_lines(entries: list[ResourceStatus], destination: str) -> Iterator[str]:
    header = ("resource", "kind", "last load", "loaded up to", "age", "rows", "rejects", "open jobs")
    rows = [
        (f"{e.source}.{e.resource}", e.kind, e.last_load, e.mark, e.age, e.rows, e.rejects, e.open_jobs)
        for e in entries
    ]
    yield destination
    yield from columns(header, rows)
    if not any(entry.loaded for entry in entries):
        yield "nothing has been loaded yet"


def _detail(entries: list[ResourceEntry]) -> Iterator[str]:
    for entry in entries:
        yield from _resource_lines(entry)


def _overview(entries: list[ResourceEntry], with_tables: bool) -> Iterator[str]:
    rows = [
        (
            f"{e.source}.{e.name}",
            e.kind,
            e.cursor,
            len(e.tables),
            sum(len(t.columns) for t in e.tables),
            e.description,
        )
        for e in entries
    ]
    yield from columns(("resource", "kind", "cursor", "tables", "columns", "description"), rows)
    if with_tables:
        for entry in entries:
            yield ""
            yield from _table_overview(entry)
    yield ""
    yield "More: ledgerhouse catalog SOURCE, ledgerhouse catalog SOURCE.RESOURCE"


def _table_overview(entry: ResourceEntry) -> Iterator[str]:
    rows = [
        (f"{entry.source}.{t.name}", ", ".join(t.key), len(t.columns), t.description) for t in entry.tables
    ]
    yield from columns(("table", "key", "columns", "description"), rows)


def _resource_lines(entry: ResourceEntry) -> Iterator[str]:
    yield f"{entry.source}.{entry.name}: {entry.description}"
    yield f"kind {entry.kind}, cursor {cell(entry.cursor)}"
    for table in entry.tables:
        yield ""
        yield from _table_lines(entry.source, table)


def _table_lines(source: str, table: TableEntry) -> Iterator[str]:
    yield f"{source}.{table.name}: {table.description}"
    parent = f"; of its parent: {', '.join(table.parent_key)}" if table.parent_key else ""
    yield f"key {', '.join(table.key)}{parent}"
    rows = []
    for column in table.columns:
        marks = [
            mark
            for mark, holds in (("not null", not column.nullable), ("personal", column.personal))
            if holds
        ]
        known = f" ({', '.join(column.codes)})" if column.codes else ""
        rows.append((f"  {column.name}", column.type, ", ".join(marks), f"{column.description}{known}"))
    yield from columns(("  column", "type", "marks", "description"), rows)
