"""What an operation at a source works with, outside of any load."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dlt
from dlt.destinations.exceptions import DatabaseException

from sources.kit.jobs import DltWarehouse, Job, JobState, Ledger
from sources.kit.streams import Context
from sources.kit.transport import Client, Clock, SourceError, SystemClock, UnknownOutcome

from . import configuration
from .dataset import shapes_of
from .destinations import Destination
from .errors import UsageError
from .registry import spec
from .status import JOBS

QUERIES = ("select", "with")
FETCHED_ROWS = 1000


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
        conditions = destination.conditions(shapes_of(spec(source)))
        warehouse = DltWarehouse(_pipeline(source, destination), clock, conditions)
        yield Context(settings, client, warehouse, clock=clock, spool_dir=destination.work_dir())


def query_rows(source: str, destination: Destination, sql: str) -> Iterator[dict[str, Any]]:
    """The rows of a query, by the names of its columns. A table without a dataset is one of the source's.

    Raises ``UsageError`` when there is no warehouse, and when the query is none or cannot be run.
    """
    if not destination.exists():
        raise UsageError(f"nothing has been loaded into {destination.describe()}: there is nothing to query")
    if not sql.lstrip().lower().startswith(QUERIES):
        raise UsageError(f"a query begins with {' or '.join(QUERIES)}")
    try:
        with _pipeline(source, destination).sql_client() as client, client.execute_query(sql) as cursor:
            names = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(FETCHED_ROWS):
                yield from (dict(zip(names, row, strict=True)) for row in rows)
    except DatabaseException as error:
        raise UsageError(f"the query cannot be run: {str(error).splitlines()[0]}") from error


def _pipeline(source: str, destination: Destination) -> Any:
    """A pipeline for its connection to the destination's dataset; nothing is ever run by it."""
    return dlt.pipeline(
        source,
        pipelines_dir=str(destination.work_dir() / f"{source}-operations"),
        destination=destination.dlt(),
        dataset_name=destination.dataset(source),
    )


def refuse_read_only(settings: Any, read_only: bool = False) -> None:
    """Raises ``UsageError`` when nothing may be changed at the source: by option, or by its ``read_only``."""
    if read_only:
        raise UsageError("this changes something at the source, and --read-only forbids that")
    if settings.read_only:
        name = type(settings).__section__.upper()
        raise UsageError(f"this changes something at the source, and SOURCES__{name}__READ_ONLY forbids that")


def noted_create(
    context: Context, resource: str, create: Callable[[], str], state: JobState = JobState.ACCEPTED
) -> str:
    """What ``create`` makes at the source, by its id, with a row in the ledger from before it was asked for.

    ``state`` is what the row says in the end. Raises what ``create`` raises; the row then says ``unknown`` when
    it may have been made, else ``failed``.
    """
    ledger = Ledger(context.warehouse, context.clock)
    job = ledger.write(Job(resource, None, None))
    try:
        remote_id = create()
    except SourceError as error:
        ledger.move(job, JobState.UNKNOWN if isinstance(error, UnknownOutcome) else JobState.FAILED)
        raise
    ledger.move(job, state, remote_id=remote_id)
    return remote_id


def noted_delete(source: str, destination: Destination, clock: Clock, remote_id: str) -> None:
    """Notes in the ledger, where there is one, that something is gone at the source."""
    if not destination.exists() or JOBS not in destination.tables(source):
        return
    destination.prepare()
    sql = f"update {destination.table(source, JOBS)} set state = ?, updated_at = ? where remote_id = ?"
    destination.execute(f"{sql} and part is null", [str(JobState.DELETED), clock.now(), remote_id])
