"""A sandbox, a warehouse, and loads one resource after the other, as a host runs them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
import duckdb

from sandbox.core.server import Sandbox
from sources.kit.jobs import DltWarehouse
from sources.kit.streams import Context, resolve
from sources.kit.tables import LoadReport
from sources.kit.transport import RetryPolicy
from sources.tereina import SPEC

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
JSON, NDJSON, CSV, XML = "application/json", "application/x-ndjson", "text/csv", "application/xml"
BLOCK = re.compile(r"/outbound/([^/]+)/data-blocks/\d+$")


class Loader:
    """Loads from a sandbox into a DuckDB file, and asks both what happened."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self._folder = folder
        self._file = folder / "warehouse.duckdb"
        self._clients: list[Any] = []

    @property
    def tereina(self) -> Any:
        """The simulated system's inner state."""
        return self.sandbox.states["tereina"]

    @property
    def queue(self) -> Any:
        return self.tereina.queue

    def empty_queue(self) -> None:
        for batch in self.queue.listed():
            self.queue.confirm(batch)
        self.queue.confirmed.clear()

    def context(self, pipeline: Any, **options: Any) -> Context:
        settings = resolve(SPEC)
        client = SPEC.connect(settings)
        self._clients.append(client)
        client.policy = RetryPolicy(random=lambda: 0.0)  # tries again without waiting
        return Context(settings, client, DltWarehouse(pipeline), spool_dir=self._folder, **options)

    def pipeline(self) -> Any:
        return dlt.pipeline(
            "tereina",
            destination=dlt.destinations.duckdb(str(self._file)),
            dataset_name="tereina",
            pipelines_dir=str(self._folder / "pipelines"),
        )

    def load(self, *names: str, **options: Any) -> dict[str, LoadReport]:
        """Loads the named resources, or all; gives each one's report."""
        pipeline = self.pipeline()
        context = self.context(pipeline, **options)
        reports = {}
        for stream in SPEC.streams:
            if not names or stream.name in names:
                context.report = reports[stream.name] = LoadReport()
                source = SPEC.source(context=context).with_resources(stream.name)
                pipeline.run(source, loader_file_format="parquet")
        return reports

    def load_at_once(self, **options: Any) -> LoadReport:
        """Loads all resources in one load package, as a plain ``pipeline.run`` does."""
        pipeline = self.pipeline()
        context = self.context(pipeline, **options)
        pipeline.run(SPEC.source(context=context), loader_file_format="parquet")
        return context.report

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def requests(self) -> list[Any]:
        """What the sandbox was asked since the last call."""
        seen = list(self.sandbox.requests)
        self.sandbox.requests.clear()
        return seen

    def batches_read(self) -> set[str]:
        """The batches of which a block was asked for since the last call."""
        return {match[1] for entry in self.requests() if (match := BLOCK.search(entry.path))}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self._file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with duckdb.connect(str(self._file)) as connection:
            connection.execute(sql)

    def rows(self, *tables: str) -> dict[str, list[dict[str, Any]]]:
        """The rows of these tables, or of all but dlt's own."""
        with duckdb.connect(str(self._file), read_only=True) as connection:
            names = tables or self._tables(connection)
            return {name: self._rows(connection, name) for name in names}

    def contents(self) -> dict[str, list[str]]:
        """Every row of every table without dlt's own columns, in a fixed order."""
        return {
            table: sorted(
                repr({name: value for name, value in row.items() if not name.startswith("_dlt_")})
                for row in rows
            )
            for table, rows in self.rows().items()
        }

    def _tables(self, connection: Any) -> list[str]:
        sql = "select table_name from information_schema.tables where table_schema = 'tereina' order by 1"
        return [name for (name,) in connection.execute(sql).fetchall() if not name.startswith("_dlt_")]

    def _rows(self, connection: Any, table: str) -> list[dict[str, Any]]:
        found = connection.execute(f"select * from tereina.{table}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def invoice(reference: str, version: int | None = 1, **changes: Any) -> dict[str, Any]:
    """A small invoice under the API's names."""
    numbered = {} if version is None else {"version": version}
    return {
        "referenceId": reference,
        **numbered,
        "number": reference,
        "issueDate": "2026-10-01",
        "currency": "BRL",
        "grossAmount": Decimal("100.10"),
        "status": "OPEN",
        "lines": [{"lineNumber": 1, "description": "Peça inventada ☕", "netAmount": Decimal("100.10")}],
        **changes,
    }
