"""The command line: ``ledgerhouse <command>``.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration (nothing was done), 3 done in part, 130 interrupted.
Commands import what they need when they run, so that ``--help`` is there at once.
"""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer

from ._main import main, run

app = typer.Typer(
    name="ledgerhouse",
    help="Payables, fiscal documents, payments and billing from ROIT, Tereina and Solvimon, in DuckDB or BigQuery.",
    epilog="\b\nStart with:\n  ledgerhouse demo\n\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration,"
    " 3 done in part.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)
    ] = False,
) -> None:
    if version:
        typer.echo(f"ledgerhouse {metadata.version('ledgerhouse')}")
        raise typer.Exit


from . import (  # noqa: E402 - they register their commands
    _build,  # noqa: F401
    _confirm,  # noqa: F401
    _explain,  # noqa: F401
    _jobs,  # noqa: F401
    _load,  # noqa: F401
    _look,  # noqa: F401
    _plan,  # noqa: F401
    _planned,
    _rejects,  # noqa: F401
    _roit,  # noqa: F401
    _solvimon,  # noqa: F401
    _state,  # noqa: F401
    _tereina,  # noqa: F401
)

# In the order in which one needs them.
_ORDER = (
    "demo",
    "check",
    "plan",
    "load",
    "backfill",
    "run",
    "transform",
    "reconcile",
    "status",
    "catalog",
    "explain",
    "confirm",
    *_planned.COMMANDS,
)
app.registered_commands.sort(key=lambda known: _ORDER.index(str(known.name)))

__all__ = ["app", "main", "run"]
