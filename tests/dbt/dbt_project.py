"""The dbt project, run as a process on one DuckDB file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

PROJECT = Path(__file__).resolve().parents[2] / "dbt_models"
AS_OF = "2026-06-30"


@dataclass(frozen=True)
class Dbt:
    """Runs dbt on one DuckDB file. Artefacts go beside the file, never into the project."""

    database: Path
    variables: Mapping[str, Any]
    environment: Mapping[str, str] | None = None

    def run(self, *arguments: str) -> str:
        """dbt's output; fails with it when dbt fails."""
        command = [sys.executable, "-W", "ignore", "-m", "dbt.cli.main", *arguments]
        command += ["--profiles-dir", str(PROJECT), "--project-dir", str(PROJECT)]
        command += ["--target-path", str(self.target), "--log-path", str(self.database.parent / "logs")]
        command += ["--vars", json.dumps(self.variables)]
        environment = self.environment or {**os.environ, "LEDGERHOUSE_DATABASE": str(self.database)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return done.stdout

    def build_models(self, *select: str) -> None:
        """Build models and the seeds that they need, without their tests."""
        without = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        self.run("build", *without, "--select", *select)

    def compile(self, sql: str) -> str:
        """The SQL that dbt makes of a statement with macros in it."""
        answer = self.run("--quiet", "compile", "--inline", sql, "--output", "json")
        return json.loads(answer)["compiled"]

    @property
    def target(self) -> Path:
        return self.database.parent / "target"

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("SET TimeZone='UTC'")
            return connection.execute(sql).fetchall()

    def manifest(self) -> dict[str, Any]:
        return json.loads((self.target / "manifest.json").read_text())
