"""``ledgerhouse roit data-integration``: requests of the tax reform, files for them, and synchronisation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._operations import ReadOnly, Yes, confirm_or_abort
from ._output import columns
from ._roit import roit
from ._roit_call import change, check_switch, create, delete, file_of, object_of, read, show, usage_checked
from ._session import Session, command

data = typer.Typer(help="Data integration for the tax reform.", no_args_is_help=True, rich_markup_mode=None)
roit.add_typer(data, name="data-integration")

DONE, FAILED, PARTLY = 0, 1, 3
RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="The request's processUniqueId.")]
Status = Annotated[
    str,
    typer.Argument(
        metavar="STATUS", help="PENDING, START, PROCESSING, AUDIT, CONSOLIDATION, FINISHED or FAILED."
    ),
]
Register = Annotated[str, typer.Option(metavar="CNPJ", help="The company: CNPJ, or CPF.")]


@command(data, "roit data-integration create --yes", name="create")
def data_create(session: Session, yes: Yes = False, read_only: ReadOnly = False) -> int:
    """Create a request. Its id is told at once and kept in the ledger."""
    from sources.roit.operations import create_request

    what = "create a data integration request at ROIT"
    created = create(session, create_request(), what, yes=yes, read_only=read_only)
    return show(session, created, f"request {created['processUniqueId']} is created")


@command(
    data, "roit data-integration show bb0c892a-9695-414d-966b-c3cd66959067", name="show", destination=False
)
def data_show(session: Session, request_id: RequestId) -> int:
    """Show a request as it is now, without its secrets."""
    from sources.roit.operations import show_request

    found = read("data_show", lambda client, settings: show_request(client, settings, request_id))
    return show(session, found, f"request {request_id}")


@command(data, "roit data-integration list --most 20", name="list", destination=False)
def data_list(
    session: Session,
    most: Annotated[int, typer.Option(min=1, help="Not more than this many.")] = 100,
) -> int:
    """List requests, in the order of their ids, which say nothing of their age."""
    from sources.roit.operations import list_requests

    found = read("data_list", lambda client, settings: list_requests(client, settings, most))
    names = ("processUniqueId", "processStatus", "createdAt", "updatedAt")
    rows = [tuple(request.get(name) for name in names) for request in found]
    session.output.report(found, columns(("request", "status", "created", "updated"), rows))
    return DONE


@command(
    data,
    "roit data-integration set-status bb0c892a-9695-414d-966b-c3cd66959067 START",
    name="set-status",
    destination=False,
)
def data_set_status(
    session: Session, request_id: RequestId, status: Status, yes: Yes = False, read_only: ReadOnly = False
) -> int:
    """Set how far a request has come."""
    from sources.roit.operations import set_process_status

    with usage_checked():
        operation = set_process_status(request_id, status)
    what = f"set data integration request {request_id} to {status}"
    answer = change(session, operation, what, yes=yes, read_only=read_only)
    return show(session, answer, f"request {request_id} is {status}")


@command(
    data,
    "roit data-integration update bb0c892a-9695-414d-966b-c3cd66959067 --values @values.json",
    name="update",
    destination=False,
)
def data_update(
    session: Session,
    request_id: RequestId,
    values: Annotated[str, typer.Option(metavar="JSON", help="The fields to change, or @FILE with them.")],
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Change fields of a request. Secrets among them belong into a file."""
    from sources.roit.operations import replace_request

    with usage_checked():
        fields = object_of("--values", values)
        operation = replace_request(request_id, fields)
    what = f"change {', '.join(fields)} of data integration request {request_id}"
    answer = change(session, operation, what, yes=yes, read_only=read_only)
    return show(session, answer, f"request {request_id} is changed")


@command(data, "roit data-integration batch-update items.json --yes", name="batch-update", destination=False)
def data_batch_update(
    session: Session,
    items: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A JSON list of objects, or one a line, each with its processUniqueId."
        ),
    ],
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Change many requests, 500 at a time. Shows those that ROIT refused; the rest is sent all the same."""
    import json
    from decimal import Decimal

    from pipelines.operations import refuse_read_only, source_client
    from sources.kit.transport import SourceError
    from sources.roit.operations import BatchResult, batch_update, checked_items, json_records

    with usage_checked():
        records = json_records(items.name, file_of("FILE", items))
        checked = checked_items([json.loads(record, parse_float=Decimal) for record in records])
    result = BatchResult()
    with source_client("roit") as (client, settings):
        check_switch(settings, "data_batch_update")
        refuse_read_only(settings, read_only)
        confirm_or_abort(session, f"change {len(checked)} data integration requests at ROIT", yes)
        try:
            batch_update(client, settings, checked, result)
        except SourceError as error:
            result.refusals.append(str(error))
    sent = len(result.updated) + len(result.failed)
    unsent = [str(item["processUniqueId"]) for item in checked[sent:]]
    document = {"updated": len(result.updated), "failed": result.failed, "unknown": unsent}
    lines = [f"{len(result.updated)} requests are changed", *(f"not changed: {i}" for i in result.failed)]
    lines += [f"not known to be changed: {request_id}" for request_id in unsent]
    session.output.report(document | {"reasons": result.refusals}, lines)
    for reason in result.refusals:
        session.output.tell(reason)
    if len(result.updated) == len(checked):
        return DONE
    return PARTLY if result.updated else FAILED


@command(
    data,
    "roit data-integration delete bb0c892a-9695-414d-966b-c3cd66959067 --yes",
    name="delete",
)
def data_delete(
    session: Session, request_id: RequestId, yes: Yes = False, read_only: ReadOnly = False
) -> int:
    """Delete a request at ROIT. What is loaded stays."""
    from sources.roit.operations import delete_request

    with usage_checked():
        operation = delete_request(request_id)
    what = f"delete data integration request {request_id} at ROIT"
    delete(session, operation, what, request_id, yes=yes, read_only=read_only)
    document = {"processUniqueId": request_id, "deleted": True}
    return show(session, document, f"request {request_id} is deleted")


@command(
    data,
    "roit data-integration upload-url bb0c892a --national-register 00000000000191 --type NFE --file-name a.zip",
    name="upload-url",
    destination=False,
)
def data_upload_url(
    session: Session,
    request_id: RequestId,
    national_register: Register,
    kind: Annotated[str, typer.Option("--type", help="What the file is.")],
    file_name: Annotated[str, typer.Option(metavar="NAME", help="The name of the file.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that was uploaded before.")] = False,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Get a signed address that takes one file by PUT. It lasts minutes; whoever has it can upload."""
    from sources.roit.operations import upload_url

    with usage_checked():
        operation = upload_url(request_id, national_register, kind, file_name, force)
    replacing = ", replacing an earlier one" if force else ""
    what = f"open request {request_id} for the upload of {file_name}{replacing}"
    answer = change(session, operation, what, yes=yes, read_only=read_only)
    session.output.report(answer, [answer["url"]])
    return DONE


@command(
    data,
    "roit data-integration callback bb0c892a-9695-414d-966b-c3cd66959067 FINISHED",
    name="callback",
    destination=False,
)
def data_callback(
    session: Session,
    request_id: RequestId,
    status: Status,
    message: Annotated[str | None, typer.Option(help="What there is to say about it.")] = None,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Tell ROIT how a process ended, as its callback would."""
    from sources.roit.operations import answer_callback

    with usage_checked():
        operation = answer_callback(request_id, status, message)
    what = f"tell ROIT that the process of request {request_id} is {status}"
    answer = change(session, operation, what, yes=yes, read_only=read_only)
    return show(session, answer, f"ROIT knows that {request_id} is {status}")


@command(
    data,
    "roit data-integration sync --national-register 00000000000191 --type NFE --table nfe_items",
    name="sync",
    destination=False,
)
def data_sync(
    session: Session,
    national_register: Register,
    kind: Annotated[str, typer.Option("--type", help="What is synchronised.")],
    table: Annotated[list[str], typer.Option(metavar="T", help="A table; may be repeated.")],
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Start the synchronisation of tables."""
    from sources.roit.operations import sync_data

    with usage_checked():
        operation = sync_data(national_register, kind, table)
    what = f"start the synchronisation of {', '.join(table)}"
    answer = change(session, operation, what, yes=yes, read_only=read_only)
    return show(session, answer, f"synchronisation {answer['syncId']} is under way")
