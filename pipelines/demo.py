"""The whole product on simulated systems: loaded, compared, built and queried, in one file that stays."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from . import configuration
from .demo_queries import QUERIES
from .destinations import Destination
from .destinations.duckdb import DuckDb
from .errors import UsageError
from .load import Comparison, ExitCode, LoadRequest, Progress, RunReport, reconcile, run_load
from .registry import SOURCES
from .sandbox import running_sandbox
from .transform import Tell, TransformReport, transform

DATABASE = Path("ledgerhouse-demo.duckdb")
# About as many payables; all three systems and the models take a minute on two cores.
SCALE = 2000
# The simulated exports and reports are ready when they are asked for the first time: nobody likes to wait. A few
# records do not fit, so that there are rejects to look at.
_OPTIONS = ("roit.export_polls=0", "solvimon.report_polls=1", "roit.bad_records=3")
SANDBOX_OPTIONS = tuple(part for option in _OPTIONS for part in ("--option", option))
# The sandbox's data covers 90 days; a little more, so that its first moment is in the range.
DAYS_BACK = 92
_OURS = ("SOURCES__", "DESTINATION__")
_BOOKKEEPING = ("_dlt_", "_rejects", "_jobs", "_controls")
_INTERNAL = "_staging"


@dataclass(frozen=True)
class Example:
    """A query to try, and the first rows of what it gives."""

    title: str
    sql: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass
class DemoReport:
    """What the demo made. ``tables`` are the rows of every raw table and of every model."""

    database: Path
    load: RunReport
    comparisons: list[Comparison]
    models: TransformReport
    tables: dict[str, int] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    # a document whose open amount takes explaining; none when the models were not built
    to_explain: str | None = None
    seconds: float = 0.0
    replaced: bool = False

    @property
    def exit_code(self) -> ExitCode:
        if self.load.exit_code is ExitCode.FAILED:
            return ExitCode.FAILED
        agreed = all(line.ok for line in self.comparisons)
        whole = self.load.exit_code is ExitCode.DONE and agreed and self.models.ok
        return ExitCode.DONE if whole else ExitCode.PARTLY

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``; sums as decimals, times as timestamps."""
        return {
            "database": self.database,
            "exit_code": int(self.exit_code),
            "load": self.load.as_dict(),
            "comparisons": [asdict(line) | {"ok": line.ok} for line in self.comparisons],
            "models": self.models.as_dict(),
            "tables": self.tables,
            "examples": [asdict(example) for example in self.examples],
            "to_explain": self.to_explain,
            "seconds": self.seconds,
            "replaced": self.replaced,
        }

    def problems(self) -> Iterator[str]:
        """A line for everything that failed or differs."""
        yield from self.models.failure_lines()
        for line in self.comparisons:
            if not line.ok:
                yield f"{line.source}.{line.resource}: {line.table} differs by {line.difference} rows"
        for result in self.load.failures:
            yield f"{result.source}.{result.resource}: {result.error}"


def demo(
    progress_on: Callable[[], AbstractContextManager[Progress]],
    telling_on: Callable[[], AbstractContextManager[Tell]],
    scale: int = SCALE,
) -> DemoReport:
    """Runs it in the working directory; an earlier demo's database is replaced. Tells how it goes, load and rest.

    Neither the user's settings nor credentials are used: nothing but the simulated systems is reached.
    Raises ``WorkFailed`` and ``UsageError``.
    """
    began = time.monotonic()
    replaced = _remove_earlier()
    with telling_on() as tell:
        tell("starting the simulated systems" + (f"; the earlier {DATABASE} is replaced" if replaced else ""))
    destination = DuckDb(DATABASE)
    try:
        with running_sandbox("--scale", str(scale), *SANDBOX_OPTIONS) as ready, _only(ready.settings()):
            with progress_on() as progress:
                loaded = run_load(LoadRequest(), destination, progress)
            with telling_on() as tell:
                tell("comparing source and warehouse")
                compared = reconcile(tuple(SOURCES), destination)
        with telling_on() as tell:
            tell("building the models")
            built = transform(destination, tell=tell)
        report = DemoReport(destination.path, loaded, compared.lines, built, replaced=replaced)
        report.tables = _row_counts(destination)
        report.examples = list(_examples(destination))
        report.to_explain = _to_explain(destination)
    finally:
        destination.close()
    report.seconds = round(time.monotonic() - began, 1)
    return report


def _remove_earlier() -> bool:
    """Removes an earlier demo's database; says whether there was one."""
    if DATABASE.is_dir():
        raise UsageError(f"{DATABASE} is a folder: the demo makes a file of that name here")
    if not DATABASE.exists():
        return False
    DATABASE.unlink()
    DATABASE.with_name(DATABASE.name + ".wal").unlink(missing_ok=True)
    return True


@contextmanager
def _only(settings: dict[str, str]) -> Iterator[None]:
    """The environment with these settings of ours and no others, and no configuration files."""
    before = dict(os.environ)
    start = (datetime.now(UTC) - timedelta(days=DAYS_BACK)).date().isoformat()
    starts = {f"SOURCES__{name.upper()}__START_DATE": start for name in SOURCES}
    with tempfile.TemporaryDirectory() as empty:
        for name in before:
            if name.startswith(_OURS):
                del os.environ[name]
        os.environ.update(settings | starts)
        try:
            configuration.use(Path(empty))
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _row_counts(destination: Destination) -> dict[str, int]:
    rows = destination.query(
        "select table_schema, table_name from information_schema.tables"
        " where table_type = 'BASE TABLE' order by 1, 2"
    )
    names = [
        (schema, table)
        for schema, table in rows
        if not schema.endswith(_INTERNAL) and not table.startswith(_BOOKKEEPING)
    ]
    counts = " union all ".join(
        f"select '{schema}.{table}', count(*) from {destination.table(schema, table)}"
        for schema, table in names
    )
    return dict(destination.query(f"{counts} order by 1")) if names else {}


def _examples(destination: Destination) -> Iterator[Example]:
    """Those of the queries whose tables were built; a model that failed leaves its query out."""
    present = {schema: destination.tables(schema) for schema in {query.schema for query in QUERIES}}
    for query in QUERIES:
        if query.table in present[query.schema]:
            rows = destination.query(query.sql)
            yield Example(query.title, query.sql, query.columns, rows)


def _to_explain(destination: Destination) -> str | None:
    """The document with the most kinds of entries, returned payments first."""
    ledger = "fct_payable_event"
    if not {ledger, "fct_payable_document"} <= destination.tables("analytics"):
        return None
    rows = destination.query(
        "select documents.source_name || ':' || documents.source_document_id"
        f" from {destination.table('analytics', ledger)} as events"
        f" inner join {destination.table('analytics', 'fct_payable_document')} as documents"
        " on events.document_key = documents.document_key group by 1"
        " order by max(case when event_type = 'PAYMENT_RETURNED' then 1 else 0 end) desc,"
        " count(distinct event_type) desc, 1 limit 1"
    )
    return str(rows[0][0]) if rows else None
