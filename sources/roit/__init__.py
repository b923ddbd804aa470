"""ROIT: accounts payable, fiscal documents, integration and tax reform data, as a dlt source.

Alone, in any dlt project::

    import dlt
    from sources.roit import roit

    pipeline = dlt.pipeline("roit", destination="duckdb", dataset_name="roit")
    pipeline.run(roit())

Each run loads what was changed since the last one, up to five minutes ago. Credentials come from dlt's
configuration: ``SOURCES__ROIT__CLIENT_ID`` and ``SOURCES__ROIT__CLIENT_SECRET``, or ``SOURCES__ROIT__TOKEN``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dlt

from sources.kit.streams import (
    LogStream,
    SourceSpec,
    Stream,
    Window,
    WindowStream,
    dlt_resources,
    own_context,
)

from .api import Listing, Payables, connect, probe
from .claims import ClaimStream
from .data_integration import ClassificationStream, DataIntegrationStream
from .documents import DocumentStream
from .exports import DELETE_LOADED, ExportStream
from .models import AccountPayable, AccountPayableEvent
from .payables import PayableKeys, PayablesById, PayablesByMetadata
from .settings import RoitSettings, missing

__all__ = ["SPEC", "RoitSettings", "roit"]

PAYABLES = WindowStream(
    "accounts_payable",
    AccountPayable,
    Payables(),
    "Payables with all their parts, as they are now.",
    keys=PayableKeys(),
)
OTHERS = (
    LogStream(
        "accounts_payable_events",
        AccountPayableEvent,
        Listing("events", "createdAt"),
        "What happened to payables, and when.",
    ),
    ExportStream(),
    DocumentStream(),
    ClaimStream(),
    DataIntegrationStream(),
    ClassificationStream(),
)


def streams(settings: RoitSettings) -> tuple[Stream, ...]:
    """ROIT's streams; the payables are those that the settings select, if they do."""
    if settings.payable_ids:
        return (PayablesById(settings.payable_ids), *OTHERS)
    return (PayablesByMetadata() if settings.payable_metadata else PAYABLES, *OTHERS)


@dlt.source(name="roit", section="roit", max_table_nesting=0)
def roit(context: Any = None, window: Window | None = None) -> Iterator[Any]:
    """ROIT's resources.

    Args:
        context: a ``Context`` when a host runs the source; without it, configuration and destination are those
            of the dlt pipeline that runs.
        window: the range of the cursor to load; without it, everything since the mark.
    """
    context = context or own_context(SPEC)
    yield from dlt_resources(streams(context.settings), context, window)


SPEC = SourceSpec(
    name="roit",
    title="ROIT: accounts payable and fiscal documents (Brazil)",
    settings=RoitSettings,
    streams=(PAYABLES, *OTHERS),
    connect=connect,
    probe=probe,
    missing=missing,
    source=roit,
    streams_of=streams,
    after_load=DELETE_LOADED,
)
