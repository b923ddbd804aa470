"""The dbt project, built on the destination that the loads filled.

dbt runs in a process of its own: its logging, its thread pools and its memory stay there, and DuckDB's file is
open in one process at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .destinations import Destination
from .errors import UsageError, WorkFailed

PROJECT = Path(__file__).resolve().parents[1] / "dbt_models"
MESSAGE_CHARACTERS = 300
RESULTS = ("LogModelResult", "LogTestResult", "LogSeedResult")
_BUILT = ("success", "pass", "warn")
# dbt says by its exit code whether it failed (1) or could not begin (2).
_COULD_NOT_BEGIN = 2

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Failure:
    """A model or test that did not succeed, and the first line of why."""

    name: str
    kind: str
    message: str


@dataclass
class TransformReport:
    """What dbt did. ``tests`` are data tests; skipped are those behind a failure."""

    models: int = 0
    seeds: int = 0
    tests: int = 0
    skipped: int = 0
    failures: list[Failure] = field(default_factory=list)
    warnings: list[Failure] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.failures

    def failure_lines(self) -> list[str]:
        """Each failure on a line: what, and why."""
        return [f"{failure.kind} {failure.name}: {failure.message}" for failure in self.failures]

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self) | {"ok": self.ok}


def transform(
    destination: Destination,
    select: str | None = None,
    full_refresh: bool = False,
    tell: Tell = lambda line: None,
) -> TransformReport:
    """Builds and tests the models. ``tell`` gets a line for each model, and for each test that fails.

    Raises ``UsageError`` when nothing has been loaded and when ``select`` matches nothing, ``WorkFailed`` when
    dbt cannot begin.
    """
    if not (PROJECT / "dbt_project.yml").exists():
        raise UsageError(f"the dbt project is not where it was installed: {PROJECT}")
    if not destination.exists():
        raise UsageError(f"there is no {destination.describe()} yet: ledgerhouse load makes it")
    destination.prepare()
    target = destination.work_dir() / "dbt"
    began = time.monotonic()
    code, complaint = _run(_arguments(target, select, full_refresh), destination.dbt_environment(), tell)
    results = target / "run_results.json"
    if code >= _COULD_NOT_BEGIN or not results.exists():
        raise WorkFailed(f"dbt could not begin: {complaint or f'exit code {code}'}")
    report = _report(json.loads(results.read_text(encoding="utf-8")))
    report.seconds = round(time.monotonic() - began, 1)
    if select and not (report.names or report.tests or report.failures):
        raise UsageError(f"--select {select} matches no model (names are as in `dbt ls`)")
    return report


def table_queries(destination: Destination) -> dict[str, str]:
    """The query of every model that is written as a table, by the model's name, as the next ``transform`` would send
    it; a view is nothing to read. Builds nothing. Raises ``WorkFailed`` when dbt cannot compile them."""
    target = destination.work_dir() / "dbt-plan"
    code, complaint = _run(_dbt("compile", target), destination.dbt_environment(), lambda line: None)
    if code:
        raise WorkFailed(f"dbt could not compile the models: {complaint or f'exit code {code}'}")
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    return {
        node["name"]: node["compiled_code"]
        for node in nodes
        if node["resource_type"] == "model" and node["config"]["materialized"] in ("table", "incremental")
    }


def _dbt(verb: str, target: Path) -> list[str]:
    """An installed project is not written into: target and logs lie in the working folder."""
    return [
        *(sys.executable, "-P", "-m", "dbt.cli.main", "--no-use-colors", "--log-format", "json", verb),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(target), "--log-path", str(target / "logs")),
    ]


def _arguments(target: Path, select: str | None, full_refresh: bool) -> list[str]:
    return [
        *_dbt("build", target),
        # unit tests are about the models' SQL and not about the warehouse's rows: the test suite runs them
        *("--exclude-resource-type", "unit_test"),
        *(("--select", *select.split()) if select else ()),
        *(("--full-refresh",) if full_refresh else ()),
    ]


def _run(arguments: Sequence[str], environment: dict[str, str], tell: Tell) -> tuple[int, str]:
    """dbt's exit code, and the last error that it logged."""
    complaint = ""
    with subprocess.Popen(  # noqa: S603 - our own arguments
        arguments,
        env=os.environ | environment | {"DO_NOT_TRACK": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            for event in _events(process.stdout):
                info, data = event.get("info", {}), event.get("data", {})
                if info.get("level") == "error":
                    complaint = _one_line(str(info.get("msg", "")))
                if info.get("name") in RESULTS and (line := _progress(data)):
                    tell(line)
        except BaseException:
            process.terminate()
            raise
    return process.returncode, complaint


def _events(lines: Iterator[str] | Any) -> Iterator[dict[str, Any]]:
    """dbt's log; what is not JSON there (a crash) counts as an error."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict):
            yield event
        elif line.strip():
            yield {"info": {"level": "error", "msg": line.strip()}}


def _progress(data: dict[str, Any]) -> str | None:
    """A line about a model, or about a test that did not pass; that a test passed is no news."""
    node, status = data.get("node_info", {}), str(data.get("status", "")).lower()
    if node.get("resource_type") not in ("model", "seed") and status in _BUILT:
        return None
    return f"{node.get('node_name', '')}: {status}"


def _report(document: dict[str, Any]) -> TransformReport:
    report = TransformReport()
    for result in document["results"]:
        kind, name = _kind_and_name(result["unique_id"])
        status = result["status"]
        if status in _BUILT:
            _count(report, kind, name)
        elif status == "skipped":
            report.skipped += 1
        if status in ("error", "fail", "runtime error", "partial success"):
            report.failures.append(Failure(name, kind, _one_line(result.get("message") or status)))
        if status == "warn":
            report.warnings.append(Failure(name, kind, _one_line(result.get("message") or status)))
    return report


def _count(report: TransformReport, kind: str, name: str) -> None:
    if kind == "model":
        report.models += 1
        report.names.append(name)
    elif kind == "seed":
        report.seeds += 1
        report.names.append(name)
    else:
        report.tests += 1


def _kind_and_name(unique_id: str) -> tuple[str, str]:
    """dbt's ids are `model.<project>.<name>` and `test.<project>.<name>.<hash>`."""
    kind, _, rest = unique_id.partition(".")
    parts = rest.split(".")
    return kind, ".".join(parts[1:]) if kind != "test" else parts[1]


def _one_line(text: str) -> str:
    """The start of a message on one line: dbt's first lines only say of which kind it is."""
    return " ".join(text.split())[:MESSAGE_CHARACTERS]
