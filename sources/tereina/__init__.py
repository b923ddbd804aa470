"""Tereina: companies, invoices, purchase orders, payments and bank statements, as a dlt source.

Alone, in any dlt project::

    import dlt
    from sources.tereina import tereina

    pipeline = dlt.pipeline("tereina", destination="duckdb", dataset_name="tereina")
    pipeline.run(tereina())

Each run loads the batches that wait in the queue and that no earlier run has loaded. It confirms none of them.
Address and credentials come from dlt's configuration: ``SOURCES__TEREINA__BASE_URL`` and
``SOURCES__TEREINA__TOKEN``; other ways to authenticate are in ``TereinaSettings``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dlt

from sources.kit.streams import AfterLoad, SourceSpec, Window, dlt_resources, own_context

from .api import connect, probe
from .confirm import confirm_after_load
from .models import (
    BankStatement,
    Company,
    CompanyCode,
    Invoice,
    PaymentRequest,
    PaymentStatus,
    PurchaseOrder,
)
from .queue import BatchStream, ObjectStream
from .settings import TereinaSettings, missing

__all__ = ["SPEC", "TereinaSettings", "tereina"]

STREAMS = (
    BatchStream("batches", "The queue: every batch that waits, in the state in which it was last seen."),
    ObjectStream("COMPANY_CODE", CompanyCode, "Legal units of the group that keep books of their own."),
    ObjectStream(
        "COMPANY", Company, "Companies, their bank accounts, contacts and relations, as they are now."
    ),
    ObjectStream("PURCHASE_ORDER", PurchaseOrder, "Purchase orders with their lines, as they are now."),
    ObjectStream("INVOICE", Invoice, "Suppliers' invoices with their lines, as they are now."),
    ObjectStream("PAYMENT_REQUEST", PaymentRequest, "Payment requests and the invoices that they settle."),
    ObjectStream("PAYMENT_STATUS", PaymentStatus, "Every status of a payment that was ever seen."),
    ObjectStream("BANK_STATEMENT", BankStatement, "Bank statements with their entries."),
)


@dlt.source(name="tereina", section="tereina", max_table_nesting=0)
def tereina(context: Any = None, window: Window | None = None) -> Iterator[Any]:
    """Tereina's resources.

    Args:
        context: a ``Context`` when a host runs the source; without it, configuration and destination are those
            of the dlt pipeline that runs.
        window: ignored; the queue is read whole.
    """
    yield from dlt_resources(STREAMS, context or own_context(SPEC), window)


SPEC = SourceSpec(
    name="tereina",
    title="Tereina: ERP batches (companies, invoices, payments, bank statements)",
    settings=TereinaSettings,
    streams=STREAMS,
    connect=connect,
    probe=probe,
    missing=missing,
    source=tereina,
    after_load=AfterLoad("confirm", confirm_after_load),
)
