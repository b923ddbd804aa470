"""How fast is a load, against what one would write with dlt alone?

    python -m benchmarks.payables_load [--rows 20000]

Both sides read the same pages from the simulated ROIT, in one run, into a fresh DuckDB each:

- ours: `ledgerhouse load roit --resource accounts_payable`, with checks, exact decimals, rejects, control totals
  and history tables;
- ours without history: the same without the `__history` tables, which the other side has not either;
- dlt with dicts: pages decoded by `json`, records yielded to `dlt` as dicts, loaded as parquet, merged by key. It
  keeps no history, checks nothing, and makes doubles of the money.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dlt
import httpx

from pipelines import configuration
from pipelines.destinations import make
from pipelines.load import LoadRequest, run_load
from sandbox.core.server import Sandbox, running
from sources.roit.models import AccountPayable

SEARCH = "/accounts-payable/api/v1/accounts-payable/search"
PAGE = 500


def pages(sandbox: Sandbox) -> Iterator[bytes]:
    """Every page of payables, as it comes."""
    credentials = sandbox.credentials["roit"]
    with httpx.Client(base_url=sandbox.urls["roit"], timeout=60) as client:
        body = {"clientId": credentials["client_id"], "clientSecret": credentials["client_secret"]}
        token = client.post("/authentication/api/v1/token", json=body).json()["data"]["token"]
        number = 0
        while True:
            number += 1
            wanted = {
                "filters": {"updatedAt": {"gte": "2000-01-01T00:00:00Z"}},
                "page": number,
                "limit": PAGE,
                "orderBy": "updatedAt",
                "orderByDirection": "asc",
            }
            answer = client.post(SEARCH, json=wanted, headers={"Authorization": token})
            yield answer.content
            if number >= answer.json()["data"]["totalPages"]:
                return


def ours(sandbox: Sandbox, folder: Path) -> None:
    destination = make("duckdb", folder / "ours.duckdb")
    result = run_load(LoadRequest(("roit",), ("accounts_payable",)), destination).results[0]
    destination.close()
    assert result.error is None, result.error


def dicts(sandbox: Sandbox, folder: Path) -> None:
    def records() -> Iterator[list[dict[str, object]]]:
        for page in pages(sandbox):
            yield json.loads(page)["data"]["data"]

    pipeline = dlt.pipeline(
        "dicts",
        destination=dlt.destinations.duckdb(str(folder / "dicts.duckdb")),
        dataset_name="roit",
        pipelines_dir=str(folder / "dlt"),
    )
    resource = dlt.resource(records(), name="accounts_payable", primary_key="id", write_disposition="merge")
    pipeline.run(resource, loader_file_format="parquet")


def timed(side: Callable[[Sandbox, Path], None], sandbox: Sandbox) -> float:
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        side(sandbox, Path(folder))
        return time.perf_counter() - begin


def without_history(sandbox: Sandbox, folder: Path) -> None:
    table = AccountPayable.table
    assert table is not None
    object.__setattr__(table, "history", False)
    try:
        ours(sandbox, folder)
    finally:
        object.__setattr__(table, "history", True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    rows = parser.parse_args().rows
    with running(["roit"], scale=rows) as sandbox:
        credentials = sandbox.credentials["roit"]
        os.environ["SOURCES__ROIT__BASE_URL"] = sandbox.urls["roit"]
        os.environ["SOURCES__ROIT__CLIENT_ID"] = credentials["client_id"]
        os.environ["SOURCES__ROIT__CLIENT_SECRET"] = credentials["client_secret"]
        configuration.use()
        for _ in pages(sandbox):
            pass  # the simulated API renders each record once
        seconds = {
            "ours": timed(ours, sandbox),
            "ours without history": timed(without_history, sandbox),
            "dlt with dicts": timed(dicts, sandbox),
        }
    for name, value in seconds.items():
        print(f"{name:<22} {value:7.1f} s   {value / seconds['dlt with dicts']:5.2f} x dlt with dicts")


if __name__ == "__main__":
    sys.exit(main())
