"""Does memory grow with the data? (promise P9)

    python -m benchmarks.memory [--rows 25000 100000]

Loads payables with their children from the simulated ROIT into DuckDB, each size in a fresh process and a fresh
database, and compares the peaks of resident memory. Exits 1 when the larger load needs more than 1.35 times the
peak of the smaller one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT = 1.35
LOAD = """
import json, resource, sys
from pathlib import Path
from pipelines import configuration
from pipelines.destinations import make
from pipelines.load import LoadRequest, run_load
configuration.use()
destination = make("duckdb", Path(sys.argv[1]))
result = run_load(LoadRequest(("roit",), ("accounts_payable",)), destination).results[0]
destination.close()
assert result.error is None, result.error
print(json.dumps({"rows": result.rows, "windows": result.windows, "seconds": result.seconds,
                  "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))
"""


def measure(rows: int, folder: Path) -> dict[str, float]:
    """One load of about so many payables; its rows, seconds and peak in MB."""
    serve = [sys.executable, "-m", "sandbox", "serve", "--systems", "roit", "--scale", str(rows)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        ready = json.loads(sandbox.stdout.readline())
        credentials = ready["credentials"]["roit"]
        settings = {
            "SOURCES__ROIT__BASE_URL": ready["roit"],
            "SOURCES__ROIT__CLIENT_ID": credentials["client_id"],
            "SOURCES__ROIT__CLIENT_SECRET": credentials["client_secret"],
        }
        try:
            command = [sys.executable, "-c", LOAD, str(folder / f"rows-{rows}.duckdb")]
            done = subprocess.run(
                command, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True
            )
        finally:
            sandbox.terminate()
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs=2, default=(25_000, 100_000), metavar=("SMALL", "LARGE"))
    small, large = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        peaks = []
        for rows in (small, large):
            found = measure(rows, Path(folder))
            peaks.append(found["peak_mb"])
            print(
                f"{rows:>9,} payables: {found['rows']:,} loaded in {found['windows']} packages,"
                f" {found['seconds']:.1f} s, peak {found['peak_mb']} MB",
                flush=True,
            )
    ratio = peaks[1] / peaks[0]
    print(f"{large / small:.1f} times the rows, {ratio:.2f} times the peak (limit {LIMIT})")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
