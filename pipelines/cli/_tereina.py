"""``ledgerhouse tereina ...``: the queue looked at, and batches sent."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from ._operations import ReadOnly, Yes, confirm_or_abort, operations_group
from ._output import columns
from ._session import Session, command

tereina = operations_group("tereina", "Tereina's own operations: look at the queue, send batches.")

_COLUMNS = (
    ("batch", "batch_id"),
    ("type", "payload_object_type"),
    ("status", "status"),
    ("content type", "content_type"),
    ("objects", "total_line_item_count"),
    ("bytes", "total_payload_size"),
    ("blocks", "number_of_data_blocks"),
    ("created", "created"),
)


@command(tereina, "tereina batches --type INVOICE", destination=False)
def batches(
    session: Session,
    object_type: Annotated[
        str | None, typer.Option("--type", metavar="T", help="Only this object type, such as INVOICE.")
    ] = None,
) -> int:
    """List the batches that wait in the queue. Changes nothing."""
    rows = [{name: getattr(batch, name) for _, name in _COLUMNS} for batch in _waiting(object_type)]
    session.output.report({"batches": rows}, _batch_lines(rows))
    return 0


@command(tereina, "tereina block b-0123456789abcdef 1 --output block.bin", destination=False)
def block(
    session: Session,
    batch_id: Annotated[str, typer.Argument(metavar="BATCH", help="Tereina's id of a batch that waits.")],
    number: Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="The block, counted from 1.")],
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there; shown as text when not given.")
    ] = None,
) -> int:
    """Show a block of a batch, or write it to a file. Changes nothing.

    Its hash is checked where Tereina tells it.
    """
    from pipelines.errors import UsageError
    from pipelines.operations import source_client
    from sources.tereina.api import read_block

    if output is not None and output.exists():
        raise UsageError(f"--output {output}: there is such a file already")
    found = {each.batch_id: each for each in _waiting(None)}.get(batch_id)
    if found is None:
        raise UsageError(f"no batch {batch_id} waits in the queue: see `ledgerhouse tereina batches`")
    if number > found.parts:
        raise UsageError(f"batch {batch_id} has {found.parts} blocks that can be read")
    with source_client("tereina") as (client, settings):
        content = read_block(client, settings, batch_id, number, found.block_sha256(number))
    about = {
        "batch_id": batch_id,
        "block": number,
        "bytes": len(content),
        "sha256": sha256(content).hexdigest(),
    }
    if output is None:
        text = content.decode("utf-8", "replace")
        session.output.report(about | {"content": text}, [text])
    else:
        output.write_bytes(content)
        session.output.report(about | {"file": output}, [f"{len(content):,} bytes are in {output}"])
    return 0


@command(tereina, "tereina upload invoices.json --type INVOICE")
def upload(
    session: Session,
    object_type: Annotated[
        str, typer.Option("--type", metavar="T", help="COMPANY, COMPANY_CODE, PAYMENT_REQUEST or INVOICE.")
    ],
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Objects: .json, .ndjson, .csv or .xml.")
    ] = None,
    from_query: Annotated[
        str | None,
        typer.Option(
            metavar="SQL", help="The rows of this query instead of a file; columns as in the warehouse."
        ),
    ] = None,
    content_type: Annotated[str, typer.Option(help="How it is sent: json, ndjson, csv or xml.")] = "json",
    reference_id: Annotated[
        str | None,
        typer.Option(metavar="R", help="Reference of the batch; made of its content when not given."),
    ] = None,
    client_ref_id: Annotated[
        str | None, typer.Option(metavar="R", help="Reference of the client; the setting's when not given.")
    ] = None,
    in_blocks: Annotated[
        bool | None,
        typer.Option("--blocks/--whole", help="In blocks, or in one request; by its size when not given."),
    ] = None,
    send_again: Annotated[
        bool,
        typer.Option("--send-again", help="An earlier try was lost: it was looked for and is not there."),
    ] = False,
    arrived: Annotated[
        bool, typer.Option("--arrived", help="An earlier try was lost: it was looked for and is there.")
    ] = False,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Send a batch of objects to Tereina.

    They are checked before anything is sent. The same batch is sent once: run again, the command sends what is
    missing of it, or nothing. Where nobody can tell whether it arrived, look in Tereina and say so.
    """
    from pipelines import configuration
    from pipelines.operations import refuse_read_only
    from pipelines.upload import UploadRequest, upload_plan

    refuse_read_only(configuration.settings("tereina"), read_only)
    request = UploadRequest(
        object_type,
        file,
        from_query,
        content_type,
        reference_id,
        client_ref_id,
        in_blocks,
        send_again,
        arrived,
    )
    with upload_plan(request, session.destination) as plan:
        if not plan.is_sent:
            confirm_or_abort(session, plan.describe(), yes)
        document = plan.run()
    session.output.report(document, _upload_lines(document))
    return 0


def _waiting(object_type: str | None) -> list[Any]:
    """The batches of the queue, the oldest first."""
    from pipelines.errors import UsageError
    from pipelines.operations import source_client
    from sources.tereina.api import list_batches
    from sources.tereina.batches import read_batch
    from sources.tereina.models.batches import PAYLOAD_OBJECT_TYPES

    known = PAYLOAD_OBJECT_TYPES.values
    if object_type is not None and object_type not in known:
        raise UsageError(f"--type {object_type}: known are {', '.join(sorted(known))}")
    with source_client("tereina") as (client, settings):
        found = [read_batch(record) for record in list_batches(client, settings, object_type)]
    wanted = [each for each in found if object_type in (None, each.payload_object_type)]
    return sorted(wanted, key=lambda each: (each.created_date or "", each.batch_id))


def _batch_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield from columns([title for title, _ in _COLUMNS], [tuple(row.values()) for row in rows])
    yield f"{len(rows)} batches wait"


def _upload_lines(document: dict[str, Any]) -> Iterator[str]:
    what = f"{document['objects']:,} {document['object_type']} objects, batch {document['batch_id'] or '-'}"
    if document["sent"]:
        yield f"sent {what}, reference {document['reference_id']}"
    else:
        yield f"sent before, nothing was sent now: {what}, reference {document['reference_id']}"
