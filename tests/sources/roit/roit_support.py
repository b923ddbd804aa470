"""A simulated ROIT, a warehouse, and loads between them, all in this process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import configuration
from pipelines.destinations import Destination
from pipelines.load import LoadRequest, RunReport, run_load
from sandbox.core.server import Sandbox
from sources.kit.streams import Context
from sources.kit.transport import Client
from sources.roit.api import connect

# The integration that the simulated requests wait for.
INTEGRATION = "9876c5d4-ba32-4098-a654-321f98765432"


@dataclass
class Bench:
    """One sandbox and one warehouse."""

    sandbox: Sandbox
    destination: Destination
    database: Path

    @property
    def state(self) -> Any:
        """What the simulated system knows."""
        return self.sandbox.states["roit"]

    def load(self, *resources: str, **request: Any) -> RunReport:
        return run_load(LoadRequest(("roit",), resources, **request), self.destination)

    def client(self) -> Client:
        return connect(configuration.settings("roit"))

    def settings(self) -> Any:
        return configuration.settings("roit")

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        return self.destination.query(sql, params)

    def values(self, sql: str, *params: Any) -> list[Any]:
        return [row[0] for row in self.query(sql, *params)]

    def everything(self) -> str:
        """All that the warehouse holds, as text."""
        tables = self.values("select table_name from information_schema.tables where table_schema = 'roit'")
        rows = [row for table in tables for row in self.values(f'select to_json(t) from roit."{table}" t')]
        return "\n".join(map(str, rows))

    def requests(self, path: str = "") -> list[Any]:
        """What the system was asked since the last call of ``forget``."""
        return [request for request in list(self.sandbox.requests) if path in request.path]

    def forget(self) -> None:
        self.sandbox.requests.clear()


class Rows:
    """A warehouse that has a table and gives these rows for any query."""

    def __init__(self, *rows: tuple[Any, ...]) -> None:
        self._rows = list(rows)

    def has_table(self, name: str) -> bool:
        return True

    def unmarked(self, table: str) -> str:
        return "1 = 1"

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        return self._rows


def context_with(warehouse: Any) -> Context:
    """A context for what asks the warehouse alone."""
    return Context(None, None, warehouse)  # type: ignore[arg-type]
