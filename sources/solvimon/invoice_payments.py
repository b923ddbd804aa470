"""The payments of each invoice, as the invoice's own list has them: for those that ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec

from sources.kit.streams import Context, Kind, Stream, Window, write_records
from sources.kit.tables import Spool
from sources.kit.transport import NotFound, WrongAnswer

from .api import PaymentsOf
from .models.payments import InvoicePayments
from .settings import SolvimonSettings

INVOICES = "invoices"
READS = "invoice_payment_reads"
# A page more than anybody pays in is a list that does not end.
_MOST_PAGES = 100


class InvoicePaymentsStream(Stream):
    """``GET /v1/invoices/{id}/payments`` for the invoices in the warehouse that have changed since it was last
    asked, and for all of them at a first load and at a full refresh.

    Comes after the invoices in a load. Which version of an invoice its payments were read at is a table of its
    own, so that an invoice without payments is not asked for again and none is missed when a load fails.
    """

    kind: ClassVar[Kind] = "recheck"

    def __init__(self) -> None:
        super().__init__(
            "invoices__payments",
            InvoicePayments,
            description="Payments of each invoice, as its own list has them; where they are asked for.",
        )

    def left_out(self, settings: SolvimonSettings) -> str | None:
        if settings.invoice_payments:
            return None
        return "invoices__payments: not asked for (SOURCES__SOLVIMON__INVOICE_PAYMENTS)"

    def requests(self, context: Context, window: Window | None) -> str:
        count = len(_changed(context))
        return f"{count} request{'' if count == 1 else 's'}, one for each invoice that has changed"

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        tally = context.report.tally(READS)
        spool = Spool(InvoicePayments, tally, context.spool_dir)
        gone = 0
        for invoice_id, updated_at in _changed(context):
            try:
                spool.add([_record(context, invoice_id, updated_at)])
            except NotFound:
                gone += 1
        if gone:
            tally.notes.append(f"{gone} invoices are gone at the source")
        yield from write_records(context, InvoicePayments, spool, tally)


def _changed(context: Context) -> list[tuple[str, datetime | None]]:
    """The invoices whose payments are to be read, each with its version in the warehouse."""
    if not context.warehouse.has_table(INVOICES):
        return []
    sql = f"select i.id, i.updated_at from {{{INVOICES}}} i"
    if not context.full_refresh and context.warehouse.has_table(READS):
        sql += (
            f" left join {{{READS}}} r on r.id = i.id"
            " where r.id is null or r.updated_at is distinct from i.updated_at"
        )
    return [(row[0], row[1]) for row in context.warehouse.query(f"{sql} order by i.id")]


def _record(context: Context, invoice_id: str, updated_at: datetime | None) -> bytes:
    """The invoice's payments as one record; each payment stays the bytes that came."""
    about = {"id": invoice_id, "updated_at": updated_at and updated_at.astimezone(UTC)}
    payments = [msgspec.Raw(payment) for payment in _payments(context, PaymentsOf(invoice_id))]
    return msgspec.json.encode({**about, "payments": payments})


def _payments(context: Context, api: PaymentsOf) -> Iterator[bytes]:
    size = api.page_size(context)
    for number in range(1, _MOST_PAGES + 1):
        page = api.page(context, number)
        yield from page.records
        last = len(page.records) < size if page.pages is None else number >= page.pages
        if last or not page.records:
            return
    raise WrongAnswer(f"the payments of an invoice do not end: {_MOST_PAGES} pages and more")
