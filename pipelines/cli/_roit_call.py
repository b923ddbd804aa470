"""How the commands of ``ledgerhouse roit`` read their arguments, ask, send, and show the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._operations import confirm_or_abort
from ._output import cell
from ._session import Session

if TYPE_CHECKING:
    from sources.kit.transport import Client
    from sources.roit.operations import Operation

IntegrationId = Annotated[
    str | None,
    typer.Option(metavar="ID", help="The integration; SOURCES__ROIT__INTEGRATION_ID when not given."),
]
JsonObject = Annotated[str | None, typer.Option(metavar="JSON", help="A JSON object, or @FILE with one.")]
# Nothing follows these: they are over once they are accepted.
_OVER_AT_ONCE = frozenset({"upload"})


@contextmanager
def usage_checked() -> Iterator[None]:
    """Arguments that cannot be right are wrong usage: exit code 2, nothing was sent."""
    from pipelines.errors import UsageError
    from sources.roit.export_filters import InvalidFilters
    from sources.roit.operations import InvalidOperation

    try:
        yield
    except (InvalidOperation, InvalidFilters) as error:
        raise UsageError(str(error)) from None


def read(name: str, ask: Callable[[Client, Any], Any]) -> Any:
    """The answer to an operation that changes nothing."""
    from pipelines.operations import source_client

    with source_client("roit") as (client, settings), usage_checked():
        check_switch(settings, name)
        return ask(client, settings)


def change(session: Session, operation: Operation, what: str, *, yes: bool, read_only: bool) -> Any:
    """The answer to an operation that changes something, after the question."""
    from pipelines.operations import source_client

    with source_client("roit") as (client, settings):
        _allow(session, settings, operation, what, yes, read_only)
        return operation.send(client, settings)


def delete(
    session: Session, operation: Operation, what: str, deleted: str, *, yes: bool, read_only: bool
) -> None:
    """Sends an operation that deletes what has this id; the ledger knows of it where it knew of that."""
    from pipelines.operations import noted_delete
    from sources.kit.transport import SystemClock

    change(session, operation, what, yes=yes, read_only=read_only)
    noted_delete("roit", session.destination, SystemClock(), deleted)


def create(session: Session, operation: Operation, what: str, *, yes: bool, read_only: bool) -> Any:
    """The same for an operation that creates something: the ledger knows of it from before it is sent."""
    from pipelines import configuration
    from pipelines.operations import noted_create, source_context
    from sources.kit.jobs import JobState

    configuration.choose(("roit",))
    _allow(session, configuration.settings("roit"), operation, what, yes, read_only)
    answer: dict[str, Any] = {}
    with source_context("roit", session.destination) as context:

        def send() -> str:
            answer.update(operation.send(context.client, context.settings))
            return str(answer[operation.made or "id"])

        # no stream has the operation's name, so that no load takes it up
        state = JobState.LOADED if operation.name in _OVER_AT_ONCE else JobState.ACCEPTED
        made = noted_create(context, operation.name, send, state)
    session.output.tell(f"created: {made}")
    return answer


def _allow(
    session: Session, settings: Any, operation: Operation, what: str, yes: bool, read_only: bool
) -> None:
    from pipelines.operations import refuse_read_only

    check_switch(settings, operation.name)
    refuse_read_only(settings, read_only)
    confirm_or_abort(session, what, yes)


def check_switch(settings: Any, name: str) -> None:
    """Raises ``UsageError`` for an operation that the settings switch off."""
    from pipelines.errors import UsageError
    from sources.roit.settings import switched_off

    reason = switched_off(settings, name)
    if reason is not None:
        raise UsageError(f"this operation is {reason}")


def integration_of(given: str | None) -> str:
    """The integration that was given, or the configured one."""
    from pipelines import configuration
    from pipelines.errors import UsageError

    integration = given or configuration.settings("roit").integration_id
    if not integration:
        raise UsageError("which integration? Give --integration-id, or set SOURCES__ROIT__INTEGRATION_ID")
    return str(integration)


def text_of(option: str, value: str) -> bytes:
    """What was given, or what stands in the file that ``@FILE`` names."""
    return file_of(option, Path(value[1:])) if value.startswith("@") else value.encode()


def file_of(option: str, path: Path) -> bytes:
    """The content of a file."""
    from pipelines.errors import UsageError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{option}: cannot read {path}: {error.strerror}") from None


def object_text(option: str, value: str | None) -> bytes | None:
    """The text of a JSON object that was given, if one was."""
    from sources.roit.operations import json_object

    if value is None:
        return None
    with usage_checked():
        return bytes(json_object(option, text_of(option, value)))


def object_of(option: str, value: str) -> dict[str, Any]:
    """A JSON object that was given; numbers with a fraction are ``Decimal``."""
    found: dict[str, Any] = json.loads(object_text(option, value) or b"{}", parse_float=Decimal)
    return found


def show(session: Session, record: Any, said: str) -> int:
    """Reports what was answered: all of it as JSON, the plain fields for people."""
    lines = []
    if isinstance(record, dict):
        plain = {name: value for name, value in record.items() if not isinstance(value, dict | list)}
        width = max(map(len, plain), default=0)
        lines = [f"  {name:<{width}}  {cell(value)}" for name, value in plain.items()]
    session.output.report(record, [said, *lines])
    return 0
