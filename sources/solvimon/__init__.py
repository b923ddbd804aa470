"""Solvimon: billing reports, invoices and payments, as a dlt source.

Alone, in any dlt project::

    import dlt
    from sources.solvimon import solvimon

    pipeline = dlt.pipeline("solvimon", destination="duckdb", dataset_name="solvimon")
    pipeline.run(solvimon())

Each run loads what is new since the last one. Reports are made for it (``POST /v1/report-generate-requests``, under
an idempotency key); nothing else is created. The key comes from dlt's configuration:
``SOURCES__SOLVIMON__API_KEY``, or a token: ``SOURCES__SOLVIMON__TOKEN``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import dlt

from sources.kit.streams import (
    RecheckStream,
    SnapshotStream,
    SourceSpec,
    Stream,
    Window,
    dlt_resources,
    own_context,
)
from sources.kit.tables import Record

from .api import Invoices, Listed, connect, probe
from .invoice_payments import InvoicePaymentsStream
from .lists import OptionalList
from .models import (
    Customer,
    Invoice,
    Payment,
    PaymentRequest,
    PaymentSchedule,
    PricingPlanSubscription,
    Product,
    Report,
    ReportConfiguration,
    ReportDefinition,
    ReportGenerateRequest,
    ReportSubscription,
)
from .report_stream import ReportStream
from .reports import report_tables
from .settings import REPORT_CODES, SolvimonSettings, missing

__all__ = ["SPEC", "SolvimonSettings", "report_tables", "solvimon", "streams"]


def streams(codes: Sequence[str] = REPORT_CODES) -> tuple[Stream, ...]:
    """The streams with a report stream for each code, in the order in which they are to be loaded: the lists of
    requests and reports come after the reports, so that they hold those that the load itself has made, and the
    payments of invoices after the invoices."""
    return (
        _list("report_definitions", ReportDefinition, "The reports that can be made.", None),
        OptionalList(
            "report_configurations",
            ReportConfiguration,
            Listed("report_configurations"),
            "Columns of reports as the tenant wants them.",
        ),
        OptionalList(
            "report_subscriptions",
            ReportSubscription,
            Listed("report_subscriptions"),
            "Reports that are made again and again.",
        ),
        *(ReportStream(code) for code in dict.fromkeys(codes)),
        _list(
            "report_generate_requests", ReportGenerateRequest, "Every report that was asked for, by anybody."
        ),
        _list("reports", Report, "Every report that was made."),
        *_transactions(),
        _list("customers", Customer, "Who is billed."),
        _list("products", Product, "What is sold."),
        _list("pricing_plan_subscriptions", PricingPlanSubscription, "Who subscribed to what."),
    )


def _transactions() -> tuple[Stream, ...]:
    return (
        RecheckStream(
            "invoices",
            Invoice,
            Invoices(),
            "created_at",
            "Invoices and credit notes with their lines and taxes, and every version of them.",
        ),
        InvoicePaymentsStream(),
        _list("payments", Payment, "Payments and attempts at them."),
        _list("payment_requests", PaymentRequest, "Payments that schedules want."),
        _list("payment_schedules", PaymentSchedule, "Plans by which customers pay in parts."),
    )


def _list(
    name: str, model: type[Record], description: str, order_by: str | None = "created_at"
) -> SnapshotStream:
    return SnapshotStream(name, model, Listed(name, order_by), description)


@dlt.source(name="solvimon", section="solvimon", max_table_nesting=0)
def solvimon(context: Any = None, window: Window | None = None) -> Iterator[Any]:
    """Solvimon's resources.

    Args:
        context: a ``Context`` when a host runs the source; without it, configuration and destination are those
            of the dlt pipeline that runs.
        window: the range of the reports to load; without it, everything since the mark. Other resources have
            no range.
    """
    context = context or own_context(SPEC)
    yield from dlt_resources(streams(context.settings.report_codes), context, window)


SPEC = SourceSpec(
    name="solvimon",
    title="Solvimon: billing reports, invoices and payments",
    settings=SolvimonSettings,
    streams=streams(),
    connect=connect,
    probe=probe,
    missing=missing,
    source=solvimon,
    streams_of=lambda settings: streams(settings.report_codes),
)
