"""A laboratory for the promises: the simulated systems, a warehouse, and loads between them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines import configuration
from pipelines.cli import run
from pipelines.cli._output import Output
from pipelines.destinations import Destination, make
from pipelines.load import LoadRequest, RunReport, run_load
from sandbox.core.server import Sandbox

# Tables that tell of the loads themselves: they differ between loads by design.
ABOUT_LOADS = (
    "_dlt_loads",
    "_dlt_version",
    "_dlt_pipeline_state",
    "_controls",
    "_jobs",
    "_backfills",
    "_sweeps",
)
CREDENTIALS = ("client_id", "client_secret", "token", "api_key")


def environment(sandbox: Sandbox) -> dict[str, str]:
    """The settings by which every source reaches its simulated system."""
    found: dict[str, str] = {}
    for system, credentials in sandbox.credentials.items():
        found[f"SOURCES__{system.upper()}__BASE_URL"] = sandbox.urls[system]
        for name in CREDENTIALS:
            if name in credentials and not (system == "solvimon" and name == "token"):
                found[f"SOURCES__{system.upper()}__{name.upper()}"] = credentials[name]
    return found


@dataclass
class Lab:
    """One sandbox and one warehouse."""

    sandbox: Sandbox
    database: Path
    destination: Destination = field(init=False)

    def __post_init__(self) -> None:
        configuration.use()
        self.destination = make("duckdb", self.database)

    def load(self, source: str = "roit", *resources: str, **request: Any) -> RunReport:
        """A load in this process."""
        return run_load(LoadRequest((source,), resources, **request), self.destination)

    def ask(self, *arguments: str) -> tuple[int, Any]:
        """A command in this process: its exit code, and the document that it gives with ``--json``."""
        out = io.StringIO()
        output = Output(out, io.StringIO(), as_json=True)
        code = run([*arguments, "--database", str(self.destination.path), "--json"], output)
        return code, json.loads(out.getvalue())

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        return self.destination.query(sql, params)

    def value(self, sql: str, *params: Any) -> Any:
        return self.rows(sql, *params)[0][0]

    def tables(self, dataset: str) -> list[str]:
        return sorted(self.destination.tables(dataset))

    def snapshot(self, dataset: str) -> dict[str, list[str]]:
        """Every row of every table that holds data, as text, in a fixed order, without dlt's columns."""
        held: dict[str, list[str]] = {}
        for table in self.tables(dataset):
            if table in ABOUT_LOADS:
                continue
            name = f'{dataset}."{table}"'
            columns = "columns(lambda c: not starts_with(c, '_dlt_'))"
            sql = f"select to_json(t)::varchar from (select {columns} from {name}) t"
            held[table] = sorted(row[0] for row in self.rows(sql))
        return held

    def act(self, system: str, action: str, **arguments: Any) -> Any:
        """Something happens at the source."""
        return self.sandbox.states[system].actions[action](**arguments)

    def requests(self, path: str = "") -> list[Any]:
        """The requests that the systems have seen and whose path holds ``path``."""
        return [request for request in list(self.sandbox.requests) if path in request.path]


def command(*arguments: str, cwd: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    """The command line, as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "from pipelines.cli import main; main()", *arguments],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def last_json(text: str) -> Any:
    """The document that a command with ``--json`` printed."""
    return json.loads(text)
