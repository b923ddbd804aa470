"""What an operation at a source works with, outside of any load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dlt

from sources.kit.jobs import DltWarehouse
from sources.kit.streams import Context
from sources.kit.transport import Client, Clock, SystemClock

from . import configuration
from .destinations import Destination
from .errors import UsageError


@contextmanager
def source_client(source: str) -> Iterator[tuple[Client, Any]]:
    """A client with the source's credentials, and the source's settings.

    Raises ``UsageError`` when the source is not configured: nothing was done.
    """
    (spec,), _ = configuration.choose((source,))
    settings = configuration.settings(source)
    with spec.connect(settings) as client:
        yield client, settings


@contextmanager
def source_context(source: str, destination: Destination, clock: Clock | None = None) -> Iterator[Context]:
    """The same with the destination, for operations that ask what is loaded or that write to the ledger.

    The destination is made ready, which makes a DuckDB file that is not there. Raises ``UsageError``.
    """
    clock = clock or SystemClock()
    with source_client(source) as (client, settings):
        destination.prepare()
        pipeline = dlt.pipeline(
            source,
            pipelines_dir=str(destination.work_dir() / f"{source}-operations"),
            destination=destination.dlt(),
            dataset_name=source,
        )
        yield Context(
            settings,
            client,
            DltWarehouse(pipeline, clock),
            clock=clock,
            spool_dir=destination.work_dir(),
        )


def refuse_read_only(settings: Any, read_only: bool = False) -> None:
    """Raises ``UsageError`` when nothing may be changed at the source: by option, or by its ``read_only``."""
    if read_only:
        raise UsageError("this changes something at the source, and --read-only forbids that")
    if settings.read_only:
        name = type(settings).__section__.upper()
        raise UsageError(f"this changes something at the source, and SOURCES__{name}__READ_ONLY forbids that")
