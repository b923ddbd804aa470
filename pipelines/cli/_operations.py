"""What the commands for the systems' own operations share: their options, and the question before a change."""

from __future__ import annotations

from typing import Annotated

import typer

from . import app
from ._session import Session

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
ReadOnly = Annotated[
    bool, typer.Option("--read-only", help="Refuse whatever would change something at the source.")
]


def operations_group(name: str, purpose: str) -> typer.Typer:
    """A group of commands, ``ledgerhouse <name> ...``."""
    group = typer.Typer(help=purpose, no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name=name)
    return group


def confirm_or_abort(session: Session, what: str, yes: bool) -> None:
    """Says what will be changed, and asks unless ``yes``.

    Raises ``UsageError`` when the answer is no, and where nobody can be asked: nothing was done.
    """
    from pipelines.errors import UsageError

    session.output.tell(what)
    if yes:
        return
    answer = session.output.ask("Go on?")
    if answer is None:
        raise UsageError(f"nobody can be asked here: add --yes to do this: {what}")
    if not answer:
        raise UsageError("not done: the answer was no")
