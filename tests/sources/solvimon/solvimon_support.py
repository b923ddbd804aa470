"""A sandbox, a warehouse, and loads one resource after the other, as a host runs them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dlt
import duckdb

from sandbox.core.server import Sandbox
from sources.kit.jobs import DltWarehouse, Ledger
from sources.kit.streams import Context, Stream, Window, next_window, read_mark, resolve
from sources.kit.tables import LoadReport
from sources.kit.transport import RetryPolicy
from sources.solvimon import SPEC, streams

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
# Where loads begin: reports are asked for by month, so they bring February and March.
START_DATE = "2026-02-10"
FIRST_MONTH = datetime(2026, 2, 1, tzinfo=UTC)
REQUESTS = "/v1/report-generate-requests"


class SandboxClock:
    """The sandbox's time; who sleeps makes it pass."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._clock = sandbox.clock

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)


class Loader:
    """Loads from a sandbox into a DuckDB file, and asks both what happened."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self._folder = folder
        self._file = folder / "warehouse.duckdb"
        self._clients: list[Any] = []
        self._loads = 0

    @property
    def tenant(self) -> Any:
        """The simulated tenant: its invoices, payments, catalogue and what can be made to happen."""
        return self.sandbox.states["solvimon"].tenant

    @property
    def desk(self) -> Any:
        """The simulated report desk."""
        return self.sandbox.states["solvimon"].desk

    def finals(self) -> dict[str, Any]:
        """The invoices that a report stream is to bring, by id."""
        first = FIRST_MONTH.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            key: invoice
            for key, invoice in self.tenant.invoices.items()
            if invoice["status"] == "FINAL" and invoice["updated_to_final_at"] >= first
        }

    def withdraw(self, *keys: str) -> None:
        """Cancels final invoices: no report has them any more."""
        for key in keys:
            self.tenant.invoices[key]["status"] = "CANCELLED"

    def context(self, pipeline: Any, **options: Any) -> Context:
        settings = resolve(SPEC)
        client = SPEC.connect(settings)
        self._clients.append(client)
        clock = SandboxClock(self.sandbox)
        client.clock = clock
        client.policy = RetryPolicy(random=lambda: 0.0)  # tries again without waiting
        return Context(
            settings,
            client,
            DltWarehouse(pipeline),
            clock=clock,
            spool_dir=self._folder,
            **options,
        )

    def load(self, *names: str, window: Window | None = None, **options: Any) -> dict[str, LoadReport]:
        """Loads the named resources, or all, as a host does: what an earlier load began comes first."""
        pipeline = self.pipeline()
        context = self.context(pipeline, **options)
        reports = {}
        for stream in streams(context.settings.report_codes):
            if not names or stream.name in names:
                context.report = reports[stream.name] = LoadReport()
                for piece in self._windows(stream, context, pipeline, window):
                    source = SPEC.source(context=context, window=piece).with_resources(stream.name)
                    pipeline.run(source, loader_file_format="parquet")
                    Ledger(context.warehouse, context.clock).loaded(context.report.jobs)
        return reports

    def load_alone(self, *names: str) -> None:
        """One plain ``pipeline.run`` of the named resources, as in anybody's dlt project."""
        pipeline = self.pipeline()
        source = SPEC.source(context=self.context(pipeline)).with_resources(*names)
        pipeline.run(source, loader_file_format="parquet")

    def _windows(
        self, stream: Stream, context: Context, pipeline: Any, window: Window | None
    ) -> Sequence[Window | None]:
        if not stream.windowed:
            return [None]
        state = pipeline.state.get("sources", {}).get("solvimon", {}).get("resources", {})
        mark = context.marks[stream.name] = read_mark(state.get(stream.name, {}))
        begun = list(stream.pending(context))
        reached = max([mark, *(each.end for each in begun)], default=None, key=lambda end: str(end or ""))
        ahead = window or next_window(context.settings, reached, context.clock.now())
        return [*begun, *stream.pieces(context, ahead)]

    def pipeline(self) -> Any:
        """A pipeline that knows nothing but what the destination has committed."""
        self._loads += 1
        pipeline = dlt.pipeline(
            "solvimon",
            destination=dlt.destinations.duckdb(str(self._file)),
            dataset_name="solvimon",
            pipelines_dir=str(self._folder / f"pipelines-{self._loads}"),
        )
        pipeline.sync_destination()
        return pipeline

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def requests(self, method: str = "GET", path: str = "/") -> list[Any]:
        """What the sandbox was asked since the last call of ``forget``."""
        seen = list(self.sandbox.requests)
        return [entry for entry in seen if entry.method == method and entry.path.startswith(path)]

    def forget(self) -> None:
        self.sandbox.requests.clear()

    def asked(self) -> list[dict[str, str]]:
        """The parameters of every report that was asked for since the last call of ``forget``."""
        bodies = [json.loads(entry.body) for entry in self.requests("POST", REQUESTS)]
        return [{value["name"]: value["value"] for value in body["parameter_values"]} for body in bodies]

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self._file), read_only=True) as connection:
            connection.execute("set schema = 'solvimon'")
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql, list(params)).fetchall()

    def values(self, sql: str, *params: Any) -> list[Any]:
        return [row[0] for row in self.query(sql, *params)]

    def contents(self) -> dict[str, list[str]]:
        """Every row of every table of data without dlt's own columns, in a fixed order."""
        sql = "select table_name from information_schema.tables where table_schema = 'solvimon'"
        held = {}
        for table in self.values(sql):
            if table.startswith(("_dlt", "_jobs")):
                continue
            columns = self.values(
                "select column_name from information_schema.columns where table_schema = 'solvimon'"
                " and table_name = ? and not starts_with(column_name, '_dlt')",
                table,
            )
            names = ", ".join(f'"{name}"' for name in columns)
            held[table] = sorted(map(repr, self.query(f'select {names} from "{table}"')))
        return held
