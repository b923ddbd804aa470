"""``ledgerhouse solvimon``: reports asked for by hand, pushed, found and downloaded."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ._operations import ReadOnly, Yes, operations_group
from ._session import Session, command
from ._solvimon_call import ask_for_report, read, show, show_list, start, usage_checked

MOST_SHOWN = 100

solvimon = operations_group("solvimon", "Solvimon's own operations: reports by hand.")
report = typer.Typer(help="Reports by hand.", no_args_is_help=True, rich_markup_mode=None)
solvimon.add_typer(report, name="report")

Code = Annotated[str, typer.Argument(metavar="CODE", help="The report's code, such as INVOICE_LINE.")]
RequestId = Annotated[str, typer.Argument(metavar="ID", help="The id of the request for the report.")]
ByReport = Annotated[
    bool, typer.Option("--report-id", help="The id is the report's own, as in `solvimon reports`.")
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter", "-p", metavar="NAME=VALUE", help="A parameter of the report; may be repeated."
    ),
]
ConfigurationId = Annotated[
    str | None, typer.Option("--configuration", metavar="ID", help="The report configuration to follow.")
]
Customer = Annotated[str | None, typer.Option(metavar="ID", help="Only this customer.")]
Key = Annotated[
    str | None,
    typer.Option("--idempotency-key", metavar="KEY", help="That of an earlier try whose answer was lost."),
]
Filters = Annotated[
    list[str] | None,
    typer.Option("--filter", metavar="FIELD=VALUE", help="Only these; may be repeated."),
]
Most = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many.")]


class Variant(StrEnum):
    """Where Solvimon can push a report."""

    BIGQUERY = "bigquery"
    S3 = "s3"
    GCS = "gcs"
    SNOWFLAKE = "snowflake"


class OverviewKind(StrEnum):
    """The overviews of invoices."""

    LINES = "lines"
    TAX = "tax"
    HEADERS = "headers"


@command(
    report, "solvimon report create PAYMENT -p from_date=2026-01-01 -p to_date=2026-01-31", name="create"
)
def report_create(
    session: Session,
    code: Code,
    parameter: Parameters = None,
    configuration: ConfigurationId = None,
    customer: Customer = None,
    invoice: Annotated[str | None, typer.Option(metavar="ID", help="Only this invoice.")] = None,
    generate_at: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="When to make it, such as 2026-01-31T09:30:00Z.")
    ] = None,
    idempotency_key: Key = None,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Ask for a report, after checking it against its definition.

    The request's id and its idempotency key are kept in the ledger.
    """
    from sources.solvimon.report_requests import NewReport, named_parameters

    with usage_checked():
        values = named_parameters(parameter or [])
    new = NewReport(code.upper(), values, configuration, customer, invoice, generate_at)
    return ask_for_report(session, new, idempotency_key, "", yes=yes, read_only=read_only)


@command(
    report,
    "solvimon report push PAYMENT gcs --integration inte_1 --bucket bills/payments -p from_date=2026-01-01"
    " -p to_date=2026-01-31",
    name="push",
)
def report_push(
    session: Session,
    code: Code,
    variant: Annotated[Variant, typer.Argument(help="Where to.", show_default=False)],
    integration: Annotated[
        str, typer.Option(metavar="ID", help="Solvimon's integration that holds the credentials.")
    ],
    dataset: Annotated[str | None, typer.Option(metavar="ID", help="The dataset, for bigquery.")] = None,
    bucket: Annotated[
        str | None, typer.Option(metavar="PATH", help="Bucket and folder, for s3 and gcs.")
    ] = None,
    path_format: Annotated[str | None, typer.Option(help="How paths in the bucket are made.")] = None,
    format_type: Annotated[
        str | None, typer.Option("--format", help="csv or parquet, for s3 and gcs.")
    ] = None,
    stream_name: Annotated[str | None, typer.Option(help="Name of the stream there.")] = None,
    parameter: Parameters = None,
    configuration: ConfigurationId = None,
    idempotency_key: Key = None,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Have Solvimon push a report elsewhere.

    A load reads it from a bucket with SOURCES__SOLVIMON__REPORT_PUSH_URL, where it tells of a whole past month.
    """
    from sources.solvimon.report_requests import NewReport, export_location, named_parameters

    with usage_checked():
        place = export_location(
            variant.upper(),
            integration,
            dataset_id=dataset,
            bucket_path=bucket,
            path_format=path_format,
            format_type=format_type.upper() if format_type else None,
            stream_name=stream_name,
        )
        new = NewReport(code.upper(), named_parameters(parameter or []), configuration, export_location=place)
    where = f", pushed to {variant.upper()} {bucket or dataset or integration}"
    return ask_for_report(session, new, idempotency_key, where, yes=yes, read_only=read_only)


@command(report, "solvimon report show rgre_1", name="show", destination=False)
def report_show(session: Session, request_id: RequestId, by_report: ByReport = False) -> int:
    """Show a request for a report as it is now, with the report when it is there."""
    from sources.solvimon.operations import show_made_report, show_report

    if by_report:
        made = read(lambda client, settings: show_made_report(client, settings, request_id))
        return show(session, made, f"report {request_id}")
    found = read(lambda client, settings: show_report(client, settings, request_id))
    said = f"its report is {found['report']['id']}" if found["report"] else "there is no report yet"
    return show(session, found, f"report request {request_id}: {said}")


@command(report, "solvimon report download rgre_1 payments.csv", name="download", destination=False)
def report_download(
    session: Session,
    request_id: RequestId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    by_report: ByReport = False,
) -> int:
    """Download a report's file, as it is stored: it may be packed by gzip."""
    from pipelines.errors import UsageError
    from sources.kit.transport import SystemClock
    from sources.solvimon.operations import download_report, show_report

    if file.exists():
        raise UsageError(f"{file}: there is such a file already")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"{file}: there is no such folder")
    report_id = request_id
    if not by_report:
        found = read(lambda client, settings: show_report(client, settings, request_id))["report"]
        if found is None:
            raise UsageError(
                f"there is no report of {request_id} yet: see `ledgerhouse solvimon report show`"
            )
        report_id = found["id"]
    done = read(lambda client, settings: download_report(client, settings, report_id, file, SystemClock()))
    about = {"report_id": report_id, "file": file, "bytes": done.size, "sha256": done.sha256}
    session.output.report(about, [f"{done.size:,} bytes are in {file}"])
    return 0


@command(solvimon, "solvimon overview lines --since 2026-01-01 --until 2026-01-31")
def overview(
    session: Session,
    kind: Annotated[OverviewKind, typer.Argument(help="Which one.", show_default=False)],
    since: Annotated[str, typer.Option(metavar="DAY", help="First invoice date, UTC.")],
    until: Annotated[str, typer.Option(metavar="DAY", help="Last invoice date, UTC.")],
    customer: Customer = None,
    status: Annotated[
        list[str] | None, typer.Option(metavar="S", help="Only invoices in this status; may be repeated.")
    ] = None,
    paid: Annotated[bool | None, typer.Option("--paid/--unpaid", help="Only these.")] = None,
    on_hold: Annotated[bool | None, typer.Option("--on-hold/--not-on-hold", help="Only these.")] = None,
    yes: Yes = False,
    read_only: ReadOnly = False,
) -> int:
    """Start the report of an overview of invoices. It is made at Solvimon, though the request only reads."""
    from sources.solvimon.operations import start_overview
    from sources.solvimon.report_requests import Overview

    wanted = Overview(kind.value, since, until, customer, status or (), paid, on_hold)
    with usage_checked():
        wanted.params()
    what = f"start Solvimon's report of the invoice {kind.value} overview, {since} to {until}"
    return start(session, what, lambda context: start_overview(context, wanted), yes=yes, read_only=read_only)


@command(solvimon, "solvimon reports --filter report_code=INVOICE_LINE", destination=False)
def reports(session: Session, filters: Filters = None, most: Most = MOST_SHOWN) -> int:
    """Find reports that were made, the newest first."""
    fields = ("id", "report_code", "created_at", "expire_at", "file_size", "parameter_values")
    return _found(session, "reports", filters, most, fields)


@command(solvimon, "solvimon requests --filter status=FAILED", destination=False)
def requests(session: Session, filters: Filters = None, most: Most = MOST_SHOWN) -> int:
    """Find requests for reports, the newest first."""
    fields = ("id", "report_code", "status", "generate_at", "run_type", "parameter_values")
    return _found(session, "report_generate_requests", filters, most, fields)


@command(solvimon, "solvimon definitions", destination=False)
def definitions(session: Session, most: Most = MOST_SHOWN) -> int:
    """List the reports that can be made, with the parameters of each."""
    return _listed(session, "report_definitions", most, ("report_code", "name", "one_off_parameters"))


@command(solvimon, "solvimon configurations", destination=False)
def configurations(session: Session, most: Most = MOST_SHOWN) -> int:
    """List the configurations of reports."""
    return _listed(session, "report_configurations", most, ("id", "report_code", "override_columns"))


@command(solvimon, "solvimon subscriptions", destination=False)
def subscriptions(session: Session, most: Most = MOST_SHOWN) -> int:
    """List the reports that are made again and again."""
    return _listed(session, "report_subscriptions", most, ("id", "report_code", "active", "trigger"))


def _found(session: Session, name: str, filters: list[str] | None, most: int, fields: tuple[str, ...]) -> int:
    from sources.solvimon.operations import search
    from sources.solvimon.report_requests import named_parameters

    with usage_checked():
        wanted = named_parameters(filters or [])
    records = read(lambda client, settings: search(client, settings, name, wanted, most))
    return show_list(session, name, records, fields)


def _listed(session: Session, name: str, most: int, fields: tuple[str, ...]) -> int:
    from sources.solvimon.operations import listed

    records = read(lambda client, settings: listed(client, settings, name, most))
    return show_list(session, name, records, fields)
