"""The three simulated systems, loaded into the emulator and into a DuckDB file, twice, with changes in between."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bq_server import Server

from pipelines import configuration
from pipelines.destinations import Destination, make
from pipelines.load import LoadRequest, RunReport, run_load
from sandbox.core.server import Sandbox, running

SCALE = 60
SYSTEMS = ("roit", "tereina", "solvimon")
# Exports and reports are ready when they are asked for; some records do not fit.
OPTIONS = {
    "roit": {"export_polls": 0, "bad_records": 3},
    "solvimon": {"report_polls": 1},
    "tereina": {"bad_records": 1},
}
_CREDENTIALS = {
    "roit": ("client_id", "client_secret"),
    "tereina": ("token",),
    "solvimon": ("api_key",),
}


@dataclass
class Loaded:
    """Two warehouses that hold what the same systems said at the same times."""

    sandbox: Sandbox
    bigquery: Destination
    duckdb: Destination
    resources: tuple[str, ...] = ()
    reports: list[RunReport] = field(default_factory=list)

    @property
    def both(self) -> tuple[Destination, Destination]:
        return self.bigquery, self.duckdb

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """A select on BigQuery; ``{roit.accounts_payable}`` stands for a table."""
        return self.bigquery.query(sql, params)


def load(loaded: Loaded) -> None:
    """Loads both warehouses from the systems as they are now, up to one moment."""
    request = LoadRequest((), loaded.resources, until=loaded.sandbox.clock.now())
    loaded.reports += [run_load(request, destination) for destination in loaded.both]


def change(sandbox: Sandbox) -> None:
    """What happens between two days: new and changed records, shorter and empty lists, a month that is restated."""
    roit = sandbox.states["roit"].actions
    roit["update_payables"](count=5)
    roit["pay_payables"](count=3)
    roit["add_payables"](count=4)
    roit["shrink_installments"](count=2)
    roit["shrink_installments"](count=2, to=0)
    roit["finalize_documents"](count=2)
    if "tereina" not in sandbox.states:
        return
    tereina, solvimon = sandbox.states["tereina"].actions, sandbox.states["solvimon"].actions
    tereina["add_batch"](count=4)
    tereina["add_batch"](count=2)
    solvimon["finalize_invoices"](count=2)
    solvimon["pay_invoices"](count=2)
    solvimon["add_invoices"](count=2, final=True)


def settings(sandbox: Sandbox) -> dict[str, str]:
    """The environment in which the sources reach the systems, and one window holds everything."""
    found: dict[str, str] = {}
    for name in sandbox.states:
        # Solvimon's reports go month by month, each a load: two are enough
        days = 35 if name == "solvimon" else 92
        start = (sandbox.clock.now() - timedelta(days=days)).date().isoformat()
        prefix = f"SOURCES__{name.upper()}__"
        found |= {
            f"{prefix}BASE_URL": sandbox.urls[name],
            f"{prefix}START_DATE": start,
            f"{prefix}HOLD_BACK_SECONDS": "0",
            f"{prefix}WINDOW_DAYS": "100",
        }
        for key in _CREDENTIALS[name]:
            found[prefix + key.upper()] = sandbox.credentials[name][key]
    return found


@contextmanager
def loaded_twice(
    server: Server, folder: Path, systems: tuple[str, ...] = SYSTEMS, resources: tuple[str, ...] = ()
) -> Iterator[Loaded]:
    """Both warehouses after two loads, while the block runs; the environment is that of the loads."""
    with pytest.MonkeyPatch.context() as patch, running(systems, scale=SCALE, options=OPTIONS) as sandbox:
        patch.chdir(folder)
        # dlt asks a load job for its end once a second: the emulator has ended it when it answers
        patch.setattr("dlt.destinations.impl.bigquery.bigquery.sleep", lambda _: None)
        for name in list(os.environ):
            if name.startswith(("SOURCES__", "DESTINATION__", "GOOGLE_")):
                patch.delenv(name)
        for name, value in (server.environment | settings(sandbox)).items():
            patch.setenv(name, value)
        configuration.use()
        loaded = Loaded(sandbox, make("bigquery"), make("duckdb", folder / "warehouse.duckdb"), resources)
        load(loaded)
        change(sandbox)
        load(loaded)
        yield loaded
        for destination in loaded.both:
            destination.close()
