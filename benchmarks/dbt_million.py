"""How long, and in how much memory, are the models built on a million payables?

    python -m benchmarks.dbt_million [--rows 1000000] [--memory-limit 2GB] [--threads 2] [--slowest 10]

Fills the raw tables with two years of payables (installments, withheld tributes, receipts, versions, events), then
builds the models once, lets a load change 1 % of the payables, and runs what `ledgerhouse transform` runs, models
and data tests: as it is run every day, and then with `--full-refresh` on the same rows. Printed are each run's seconds,
those that its processes had a processor and the most memory that they held, and the ratio of the daily run to the
full refresh; where others use the machine, that of the processor is the one to look at. Exits 1 when a run fails or
when a mart of the daily run is not, row by row, that of the full refresh.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psutil

from benchmarks import dbt_million_rows as raw
from pipelines.destinations import make
from pipelines.transform import PROJECT

EVERY = 0.25
Sums = dict[str, tuple[int, int]]


@dataclass
class Measured:
    """Seconds of a run, seconds that its processes had a processor, and the most memory that they held, in bytes."""

    seconds: float = 0.0
    processor: float = 0.0
    peak: int = 0


def build(database: Path, target: Path, settings: dict[str, str], *options: str) -> Measured:
    """One run of dbt in a process of its own."""
    destination = make("duckdb", database)
    environment = os.environ | destination.dbt_environment() | settings | {"DO_NOT_TRACK": "1"}
    destination.close()
    variables = {"as_of_date": raw.AS_OF.isoformat()}
    command = [
        *(sys.executable, "-W", "ignore", "-P", "-m", "dbt.cli.main", "--quiet", "build"),
        *("--vars", json.dumps(variables)),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(target), "--log-path", str(target / "logs")),
        *("--exclude-resource-type", "unit_test", *options),
    ]
    begin = time.perf_counter()
    with subprocess.Popen(command, env=environment) as process:
        measured = Measured()
        while process.poll() is None:
            memory, processor = used(process.pid)
            measured.peak = max(measured.peak, memory)
            measured.processor = max(measured.processor, processor)
            time.sleep(EVERY)
    measured.seconds = time.perf_counter() - begin
    if process.returncode:
        raise SystemExit(f"dbt failed with exit code {process.returncode}; its log is in {target / 'logs'}")
    return measured


def used(pid: int) -> tuple[int, float]:
    """Resident bytes of a process and all its descendants, and the processor's seconds that they have had."""
    try:
        process = psutil.Process(pid)
        members = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0, 0.0
    memory, processor = 0, 0.0
    for member in members:
        try:
            memory += member.memory_info().rss
            times = member.cpu_times()
            processor += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return memory, processor


def slowest(target: Path, count: int) -> list[str]:
    """The nodes that took the most time, and what models and tests took in all (threads added up)."""
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    totals: dict[str, float] = {}
    for result in results:
        kind = result["unique_id"].split(".")[0]
        totals[kind] = totals.get(kind, 0.0) + result["execution_time"]
    lines = [", ".join(f"{kind}s {seconds:.1f} s" for kind, seconds in sorted(totals.items()))]
    results.sort(key=lambda result: -result["execution_time"])
    for result in results[:count]:
        lines.append(f"{result['execution_time']:7.1f} s  {result['unique_id'].split('.')[2]}")
    return lines


def checksums(database: Path) -> Sums:
    """Of every mart: how many rows, and the sum of the rows' hashes, whatever their order."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        marts = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'analytics'"
            " AND table_type = 'BASE TABLE' ORDER BY table_name"
        ).fetchall()
        found: Sums = {}
        for (mart,) in marts:
            query = f'SELECT count(*), coalesce(sum(hash(mart)::hugeint), 0) FROM analytics."{mart}" AS mart'
            found[mart] = connection.execute(query).fetchall()[0]
    return found


def report(name: str, measured: Measured, target: Path, count: int) -> None:
    print(
        f"{name:<22} {measured.seconds:8.1f} s   processor {measured.processor:8.1f} s"
        f"   peak {round(measured.peak / 1024**2):,} MB",
        flush=True,
    )
    for line in slowest(target, count):
        print(f"    {line}", flush=True)


def run(rows: int, folder: Path, settings: dict[str, str], count: int) -> int:
    database, target = folder / "million.duckdb", folder / "dbt"
    begin = time.perf_counter()
    with duckdb.connect(str(database)) as connection:
        raw.create(connection, rows)
    print(f"{rows:,} payables made in {time.perf_counter() - begin:.1f} s", flush=True)
    first = build(database, target, settings, "--exclude-resource-type", "test")
    report("first run, no tests", first, target, count)
    before = checksums(database)

    with duckdb.connect(str(database)) as connection:
        changed = raw.change(connection, rows)
    print(f"{changed:,} payables changed", flush=True)
    second = build(database, target, settings)
    report("daily run", second, target, count)
    after = checksums(database)
    third = build(database, target, settings, "--full-refresh")
    report("full refresh", third, target, count)
    refreshed = checksums(database)

    different = sorted(mart for mart in refreshed if after.get(mart) != refreshed[mart])
    moved = sum(before[mart] != after[mart] for mart in before)
    print(
        f"a daily run takes {second.seconds / third.seconds:.2f} times a full refresh,"
        f" {second.processor / third.processor:.2f} times its processor; {moved} marts changed",
        flush=True,
    )
    print(f"not equal to the full refresh: {', '.join(different) or 'none'}", flush=True)
    return int(bool(different) or not moved)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--memory-limit", default="2GB", help="DuckDB's memory limit (default 2GB)")
    parser.add_argument("--threads", type=int, default=2, help="dbt's threads (default 2)")
    parser.add_argument("--slowest", type=int, default=10, help="how many nodes to name after each run")
    parser.add_argument("--folder", type=Path, help="where the database stays (default: a temporary folder)")
    chosen = parser.parse_args(arguments)
    settings: dict[str, Any] = {
        "LEDGERHOUSE_MEMORY_LIMIT": chosen.memory_limit,
        "LEDGERHOUSE_THREADS": str(chosen.threads),
    }
    if chosen.folder:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        return run(chosen.rows, chosen.folder, settings, chosen.slowest)
    with tempfile.TemporaryDirectory() as folder:
        return run(chosen.rows, Path(folder), settings, chosen.slowest)


if __name__ == "__main__":
    sys.exit(main())
