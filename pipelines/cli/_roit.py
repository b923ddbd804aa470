"""``ledgerhouse roit``: exports by hand, and the integration with an ERP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._operations import ReadOnly, Yes, confirm_or_abort, operations_group
from ._output import columns
from ._progress import progress_on
from ._reports import failure_lines, load_lines
from ._roit_call import (
    IntegrationId,
    JsonObject,
    change,
    create,
    delete,
    file_of,
    integration_of,
    object_of,
    object_text,
    read,
    show,
    usage_checked,
)
from ._session import Session, command

roit = operations_group("roit", "ROIT's own operations: exports, integration with an ERP, tax reform.")
export = typer.Typer(help="Document exports by hand.", no_args_is_help=True, rich_markup_mode=None)
roit.add_typer(export, name="export")

ExportId = Annotated[str, typer.Argument(metavar="ID", help="The id of the export request.")]
RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="The id of the request (requestId).")]


@command(export, "roit export create --filters @filters.json", name="create")
def export_create(
    session: Session,
    filters: Annotated[
        str,
        typer.Option(
            metavar="JSON",
            help="Filters as the API has them, or @FILE; type, createAt, issueDate and entryDate are required.",
        ),
    ],
    preference: Annotated[str, typer.Option(help="original, or roit for ROIT's own files.")] = "original",
    master: Annotated[str | None, typer.Option(help="The tenant, where there are several.")] = None,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Ask for an export of documents. Its id is told at once and kept in the ledger.

    Dates may be days or timestamps. Every filter is checked before anything is sent.
    """
    from sources.roit.export_filters import ExportFilters, export_body
    from sources.roit.operations import create_export

    with usage_checked():
        checked = ExportFilters.parse(object_of("--filters", filters), complete=True)
        operation = create_export(checked, preference, master)
    what = f"ask ROIT for an export: {export_body(checked, preference, master).decode()}"
    created = create(session, operation, what, yes=yes, read_only=read_only)
    return show(session, created, f"export {created['id']} is under way")


@command(export, "roit export show 5d0c2b1a-0000-4000-8000-000000000002", name="show", destination=False)
def export_show(session: Session, export_id: ExportId) -> int:
    """Show an export request as it is now."""
    from sources.roit.operations import show_export

    found = read("export_show", lambda client, settings: show_export(client, settings, export_id))
    return show(session, found, f"export {export_id}")


@command(export, "roit export delete 5d0c2b1a-0000-4000-8000-000000000002 --yes", name="delete")
def export_delete(
    session: Session, export_id: ExportId, yes: Yes = False, read_only: ReadOnly = False
) -> int:
    """Delete an export request and its files at ROIT. What is loaded stays."""
    from sources.roit.operations import delete_export

    with usage_checked():
        operation = delete_export(export_id)
    what = f"delete export {export_id} and its files at ROIT"
    delete(session, operation, what, export_id, yes=yes, read_only=read_only)
    return show(session, {"id": export_id, "deleted": True}, f"export {export_id} is deleted")


@command(roit, "roit pending --entity DOCUMENT --integration-id 9876c5d4-ba32-4098-a654-321f98765432")
def pending(
    session: Session,
    entity: Annotated[list[str], typer.Option(metavar="E", help="What to claim; may be repeated.")],
    integration_id: IntegrationId = None,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Claim what waits for the ERP, and load it.

    ROIT hands none of it out again and waits for an answer to each. See: roit status, roit reprocess.
    """
    from pipelines import configuration
    from pipelines.claim import claim_waiting
    from pipelines.operations import refuse_read_only

    configuration.choose(("roit",))
    integration = integration_of(integration_id)
    refuse_read_only(configuration.settings("roit"), read_only)
    what = (
        f"claim every waiting {', '.join(entity)} of integration {integration}; ROIT then waits for answers"
    )
    confirm_or_abort(session, what, yes)
    with progress_on(session.output) as progress:
        report = claim_waiting(session.destination, entity, integration, progress)
    session.output.report(report.as_dict(), load_lines(report))
    for line in failure_lines(report):
        session.output.tell(line)
    return int(report.exit_code)


@command(
    roit, "roit status 1234a5b6 --status DONE --reference REF-1 --entry-reference 5100001", destination=False
)
def status(
    session: Session,
    request_id: RequestId,
    status: Annotated[str, typer.Option(help="PROCESSING, RECEIVED, PENDING, ERROR, DONE or WARNING.")],
    reference: Annotated[str, typer.Option(help="The reference of the entity.")],
    message: Annotated[str, typer.Option(help="What the users of ROIT are told.")] = "",
    entry_reference: Annotated[str | None, typer.Option(help="The number of the entry in the ERP.")] = None,
    entry_date: Annotated[
        str | None, typer.Option(metavar="DATE", help="The date of the entry in the ERP.")
    ] = None,
    system_info: JsonObject = None,
    metadata: JsonObject = None,
    integration_id: IntegrationId = None,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Answer to a request: how far it has come in the ERP."""
    from sources.roit.operations import set_status

    with usage_checked():
        operation = set_status(
            request_id,
            integration_of(integration_id),
            status,
            reference,
            message,
            entry_reference=entry_reference,
            entry_date=entry_date,
            system_info=object_text("--system-info", system_info),
            metadata=object_text("--metadata", metadata),
        )
    what = f"set request {request_id} to {status}"
    answer = change(session, operation, what, yes=yes, read_only=read_only)
    return show(session, answer, f"request {request_id} is {status}")


@command(roit, "roit attachments 1234a5b6 --json", destination=False)
def attachments(session: Session, request_id: RequestId, integration_id: IntegrationId = None) -> int:
    """List the documents attached to a request. Their addresses are signed and last minutes."""
    from sources.roit.operations import list_attachments

    integration = integration_of(integration_id)
    found = read(
        "attachments", lambda client, settings: list_attachments(client, settings, request_id, integration)
    )
    rows = [(a.get("id"), a.get("name"), a.get("size"), a.get("url")) for a in found]
    session.output.report(found, columns(("id", "name", "size", "address"), rows))
    return 0


@command(roit, "roit reprocess 1234a5b6", destination=False)
def reprocess(
    session: Session,
    request_id: RequestId,
    integration_id: IntegrationId = None,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Put a request back, so that it is handed out again."""
    from sources.roit.operations import reprocess as put_back

    with usage_checked():
        operation = put_back(request_id, integration_of(integration_id))
    what = f"put request {request_id} back, to be handed out again"
    answer = change(session, operation, what, yes=yes, read_only=read_only)
    return show(session, answer, f"request {request_id} is put back")


@command(roit, "roit deliver records.json --entity PURCHASE_ORDER", destination=False)
def deliver(
    session: Session,
    records: Annotated[
        Path, typer.Argument(metavar="FILE", help="A JSON list of objects, or one object a line.")
    ],
    entity: Annotated[str, typer.Option(help="DOCUMENT, PURCHASE_ORDER, SUPPLIER, CUSTOM, ...")],
    integration_id: IntegrationId = None,
    default: Annotated[
        bool | None, typer.Option("--default/--no-default", help="Whether the records have ROIT's own shape.")
    ] = None,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Hand records of the ERP to ROIT, as they stand in the file."""
    from sources.roit.operations import deliver as hand_over
    from sources.roit.operations import json_records

    with usage_checked():
        found = json_records(records.name, file_of("FILE", records))
        operation = hand_over(integration_of(integration_id), entity, found, default)
    what = f"hand {len(found)} records of {entity} to ROIT"
    answer = change(session, operation, what, yes=yes, read_only=read_only)
    return show(session, answer, f"{len(found)} records are handed over")


@command(roit, "roit upload invoice.pdf --metadata {}")
def upload(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The document.")],
    content_type: Annotated[
        str | None, typer.Option(metavar="TYPE", help="Its media type; told by its name when not given.")
    ] = None,
    metadata: JsonObject = None,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Upload a document to ROIT. Its id is told at once and kept in the ledger."""
    from sources.roit.operations import upload_document

    content = file_of("FILE", file)
    with usage_checked():
        operation = upload_document(file.name, content, content_type, object_text("--metadata", metadata))
    what = f"upload {file.name} ({len(content):,} bytes) to ROIT"
    answer = create(session, operation, what, yes=yes, read_only=read_only)
    return show(session, answer, f"{file.name} is uploaded as {answer['id']}")


from . import _roit_data  # noqa: E402, F401 - it registers the commands of its group
