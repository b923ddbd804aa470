"""Commands: their common options, what is opened for them, and the exit code for every way they end."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from ._output import Output

if TYPE_CHECKING:
    from pipelines.destinations import Destination

Body = Callable[..., int | None]


class DestinationName(StrEnum):
    """What ``--destination`` takes."""

    DUCKDB = "duckdb"
    BIGQUERY = "bigquery"


DESTINATION_OPTIONS: dict[str, Any] = {
    "destination": Annotated[DestinationName, typer.Option(help="Where the tables go.")],
    "database": Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="The DuckDB file; ledgerhouse.duckdb when not given.", show_default=False
        ),
    ],
}
CONFIG_OPTION: dict[str, Any] = {
    "config": Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder with config.toml and secrets.toml; .dlt when not given.",
            show_default=False,
        ),
    ],
}
JSON_OPTION: dict[str, Any] = {
    "as_json": Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")],
}
DEBUG_OPTION: dict[str, Any] = {
    "debug": Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")],
}
DEFAULTS = {"destination": DestinationName.DUCKDB, "as_json": False, "debug": False}


@dataclass
class Session:
    """What a command works with. The destination is made when it is asked for."""

    output: Output
    destination_name: str = DestinationName.DUCKDB
    database: Path | None = None

    @cached_property
    def destination(self) -> Destination:
        from pipelines.destinations import make

        return make(str(self.destination_name), self.database)

    def close(self) -> None:
        """Removes what the destination keeps while a command runs."""
        if "destination" in self.__dict__:
            self.destination.close()


def command(
    app: typer.Typer,
    example: str,
    *,
    name: str | None = None,
    destination: bool = True,
    as_json: bool = True,
    settings: dict[str, Any] | None = None,
) -> Callable[[Body], Body]:
    """Registers a command whose body takes a ``Session`` first and returns its exit code.

    The common options stand after its own; ``example`` ends its help; ``settings`` are the parser's.
    """
    common = (DESTINATION_OPTIONS if destination else {}) | CONFIG_OPTION
    common |= (JSON_OPTION if as_json else {}) | DEBUG_OPTION

    def register(body: Body) -> Body:
        @wraps(body)
        def run(context: typer.Context, **arguments: Any) -> int:
            given = {option: arguments.pop(option) for option in common}
            return _run(body, context.obj, given, arguments)

        own = list(inspect.signature(body).parameters.values())[1:]
        hints = get_type_hints(body, include_extras=True)
        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [
            inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
            *(parameter.replace(kind=keyword, annotation=hints[parameter.name]) for parameter in own),
            *(
                inspect.Parameter(option, keyword, default=DEFAULTS.get(option), annotation=annotation)
                for option, annotation in common.items()
            ),
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        # \b: the example keeps its line
        epilog = f"\b\nExample:\n  ledgerhouse {example}"
        app.command(name or body.__name__, epilog=epilog, context_settings=settings)(run)
        return body

    return register


def _run(body: Body, output: Output, given: dict[str, Any], arguments: dict[str, Any]) -> int:
    from pipelines import configuration
    from sources.kit.transport import install_redaction

    configuration.use(given["config"])
    undo = install_redaction(configuration.redactor())
    session = Session(output, given.get("destination", DestinationName.DUCKDB), given.get("database"))
    try:
        return int(body(session, **arguments) or 0)
    finally:
        session.close()
        undo()
