"""The dbt project, run by dbt itself on one DuckDB file."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

PROJECT = Path(__file__).resolve().parents[2] / "dbt_models"
AS_OF = "2026-06-30"


class _Worker:
    """One dbt process for this one; started without any setting but PATH, which the project must do without."""

    def __init__(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="dbt-parsed-")
        self.environment = {"PATH": os.environ["PATH"]}
        script = str(Path(__file__).with_name("dbt_worker.py"))
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", script, str(PROJECT), folder.name],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.parsed = self._answer()
        atexit.register(self._close, folder)

    def run(self, arguments: Sequence[str], variables: Mapping[str, Any], database: Path) -> str:
        command = {"arguments": arguments, "variables": variables, "database": str(database)}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "dbt's process ended"
        answer = json.loads(line)
        assert answer["success"], answer["output"][-6000:]
        return str(answer["output"])

    def _close(self, folder: tempfile.TemporaryDirectory[str]) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        folder.cleanup()


@functools.cache
def worker() -> _Worker:
    """The one dbt process; parses the project when it is first asked for."""
    return _Worker()


@dataclass(frozen=True)
class Dbt:
    """Runs dbt on one DuckDB file. Artefacts go beside the file, never into the project."""

    database: Path
    variables: Mapping[str, Any]

    def run(self, *arguments: str) -> str:
        """dbt's output; fails with it when dbt fails."""
        folders = ["--target-path", str(self.target), "--log-path", str(self.database.parent / "logs")]
        return worker().run([*arguments, *folders], self.variables, self.database)

    @property
    def target(self) -> Path:
        return self.database.parent / "target"

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("SET TimeZone='UTC'")
            return connection.execute(sql).fetchall()

    def manifest(self) -> dict[str, Any]:
        return json.loads((self.target / "manifest.json").read_text())
