"""How the commands of ``ledgerhouse solvimon`` read their arguments, ask, send, and show the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ._operations import confirm_or_abort
from ._output import cell, columns
from ._session import Session

if TYPE_CHECKING:
    from sources.kit.streams import Context
    from sources.kit.transport import Client
    from sources.solvimon.report_requests import NewReport

SOURCE = "solvimon"


@contextmanager
def usage_checked() -> Iterator[None]:
    """Arguments that cannot be right are wrong usage: exit code 2, nothing was sent."""
    from pipelines.errors import UsageError
    from sources.solvimon.definitions import InvalidParameters

    try:
        yield
    except InvalidParameters as error:
        raise UsageError(str(error)) from None


def read(ask: Callable[[Client, Any], Any]) -> Any:
    """The answer to an operation that changes nothing."""
    from pipelines.operations import source_client

    with source_client(SOURCE) as (client, settings), usage_checked():
        return ask(client, settings)


def ask_for_report(
    session: Session, new: NewReport, key: str | None, where: str, *, yes: bool, read_only: bool
) -> int:
    """Checks a report against its definition, asks, and asks Solvimon for it."""
    from sources.solvimon.operations import create_report

    refuse(read_only)
    read(new.check)
    values = ", ".join(f"{name}={value}" for name, value in new.parameters.items()) or "without parameters"
    what = f"ask Solvimon for the report {new.code}, {values}{where}"
    return _created(session, what, lambda context: create_report(context, new, key), yes)


def start(session: Session, what: str, send: Callable[[Context], Any], *, yes: bool, read_only: bool) -> int:
    """Asks, and starts a report that is no ``NewReport``."""
    refuse(read_only)
    return _created(session, what, send, yes)


def refuse(read_only: bool) -> None:
    """Raises ``UsageError`` when nothing may be changed at Solvimon, and when it is not configured."""
    from pipelines import configuration
    from pipelines.operations import refuse_read_only

    configuration.choose((SOURCE,))
    refuse_read_only(configuration.settings(SOURCE), read_only)


def _created(session: Session, what: str, send: Callable[[Context], Any], yes: bool) -> int:
    from pipelines.operations import source_context

    confirm_or_abort(session, what, yes)
    with source_context(SOURCE, session.destination) as context, usage_checked():
        made = send(context)
    return show(session, made, f"report request {made['id']} is {made.get('status') or 'made'}")


def show(session: Session, record: dict[str, Any], said: str) -> int:
    """Reports one record: all of it as JSON, the plain fields for people."""
    plain = {name: value for name, value in record.items() if not isinstance(value, dict | list)}
    width = max(map(len, plain), default=0)
    lines = [f"  {name:<{width}}  {cell(value)}" for name, value in plain.items() if value is not None]
    session.output.report(record, [said, *lines])
    return 0


def show_list(session: Session, name: str, records: list[dict[str, Any]], fields: Sequence[str]) -> int:
    """Reports records: all of them as JSON, some fields of each for people."""
    rows = [[_short(record.get(field)) for field in fields] for record in records]
    heads = [field.replace("_", " ") for field in fields]
    lines = [*(columns(heads, rows) if rows else []), f"{len(rows)} found"]
    session.output.report({name: records}, lines)
    return 0


def _short(value: Any) -> Any:
    """Named values as ``name=value``, names alone otherwise; anything else as it is."""
    if not isinstance(value, list):
        return value
    texts = []
    for item in value:
        if isinstance(item, dict):
            texts.append(
                "=".join(str(item[part]) for part in ("name", "value") if item.get(part) is not None)
            )
        else:
            texts.append(str(item))
    return ", ".join(texts)
