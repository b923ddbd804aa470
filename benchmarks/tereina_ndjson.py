"""How fast is a large batch of Tereina, and how much memory does it take?

    python -m benchmarks.tereina_ndjson [--megabytes 60 | --full]

One NDJSON batch of invoices in blocks of 64 KiB, loaded into a fresh DuckDB by a process of its own, as by
`ledgerhouse load tereina --resource invoices`: blocks fetched and checked, records counted, validated and shredded
into three tables and their histories, merged, compared. Beside it, in the same run, msgspec decodes the same bytes
into plain Python objects and throws them away: what no load can be faster than. `--full` takes 300 MB.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from sandbox.core.server import Sandbox, running

MEGABYTE = 1_000_000
BLOCK_BYTES = 64 * 1024
LOAD = """
import json, resource, sys
from pathlib import Path
from pipelines import configuration
from pipelines.destinations import make
from pipelines.load import LoadRequest, run_load
configuration.use()
destination = make("duckdb", Path(sys.argv[1]))
result = run_load(LoadRequest(("tereina",), ("invoices",)), destination).results[0]
destination.close()
assert result.error is None, result.error
print(json.dumps({"rows": result.rows, "seconds": result.seconds,
                  "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))
"""


def invoice(number: int) -> bytes:
    """An invoice with two lines, made up, about 900 bytes."""
    lines = [
        {
            "lineNumber": line,
            "description": f"Serviço inventado nº {line}, parcela {number % 12 + 1}",
            "quantity": "2.000",
            "unitPrice": f"{number % 9000}.15",
            "netAmount": f"{number % 9000 * 2}.30",
            "taxCode": "I1",
            "taxAmount": "0.00",
            "costCenter": f"CC-{number % 40}",
            "glAccount": "410000",
        }
        for line in (1, 2)
    ]
    document = {
        "referenceId": f"INV-{number:09d}",
        "id": f"t-{number:09d}",
        "createdDate": "2026-01-05T09:00:00Z",
        "lastUpdatedDate": "2026-01-05T09:00:00Z",
        "version": 1,
        "number": f"{number:09d}",
        "companyCodeReferenceId": f"CC{number % 4:02d}",
        "supplierReferenceId": f"SUP-{number % 300:05d}",
        "issueDate": f"2026-01-{number % 28 + 1:02d}",
        "dueDate": f"2026-02-{number % 28 + 1:02d}",
        "currency": "BRL",
        "grossAmount": f"{number % 9000 * 4}.60",
        "netAmount": f"{number % 9000 * 4}.60",
        "taxAmount": "0.00",
        "openAmount": f"{number % 9000 * 4}.60",
        "status": "OPEN",
        "lines": lines,
    }
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


def payload(megabytes: int) -> tuple[bytes, int]:
    """So many megabytes of invoices, and how many they are."""
    pieces, size = [], 0
    while size < megabytes * MEGABYTE:
        pieces.append(invoice(len(pieces)))
        size += len(pieces[-1])
    return b"".join(pieces), len(pieces)


def decode(content: bytes) -> float:
    """Seconds that msgspec alone takes for the records, one by one."""
    decoder = msgspec.json.Decoder()
    begin = time.perf_counter()
    for line in io.BytesIO(content):
        decoder.decode(line)
    return time.perf_counter() - begin


def load(sandbox: Sandbox, database: Path) -> dict[str, float]:
    """One load in a fresh process; its rows, seconds and peak in MB."""
    settings = {
        "SOURCES__TEREINA__BASE_URL": sandbox.urls["tereina"],
        "SOURCES__TEREINA__TOKEN": sandbox.credentials["tereina"]["token"],
    }
    command = [sys.executable, "-c", LOAD, str(database)]
    done = subprocess.run(command, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=60)
    parser.add_argument("--full", action="store_const", const=300, dest="megabytes", help="300 MB")
    content, records = payload(parser.parse_args().megabytes)
    size = len(content) / MEGABYTE
    with running(["tereina"], scale=1) as sandbox, tempfile.TemporaryDirectory() as folder:
        state = sandbox.states["tereina"]
        for batch in state.queue.listed():
            state.queue.confirm(batch)
        batch = state.outbox.add("INVOICE", "application/x-ndjson", content, records)
        batch.block_count = -(-len(content) // BLOCK_BYTES)
        batch.with_hashes = True
        print(f"{size:.0f} MB, {records:,} invoices, {len(batch.blocks):,} blocks", flush=True)
        shown = batch.public()  # its hashes are computed once, and not while the load waits
        batch.public = lambda: shown  # type: ignore[method-assign]
        found = load(sandbox, Path(folder) / "warehouse.duckdb")
        bare = decode(content)
    assert found["rows"] == records
    seconds = found["seconds"]
    print(f"load     {seconds:6.1f} s  {size / seconds:6.1f} MB/s  peak {found['peak_mb']} MB")
    print(
        f"msgspec  {bare:6.1f} s  {size / bare:6.1f} MB/s  the load takes {seconds / bare:.1f} times as long"
    )


if __name__ == "__main__":
    sys.exit(main())
