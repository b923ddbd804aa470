"""The emulator and a DuckDB file, each loaded twice by the command line, with changes of the systems in between.

Each warehouse has simulated systems of its own: an export that one load asks for would show in the lists that the
other one reads. Both say the same, since they are seeded alike and one clock stands still for everything; so both
warehouses must be equal to the last value, and also in when a load says that it was.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bq_server import Server
from cli_invoked import Result, invoke

from pipelines import configuration
from pipelines.destinations import Destination, make
from sandbox.core.clock import ManualClock
from sandbox.core.server import SYSTEMS, Sandbox, running
from sources.kit.transport import SystemClock

SCALE = 60
FIRST_LOAD = datetime(2026, 6, 27, 12, tzinfo=UTC)
# The document of a new payable has appeared up to two days before it.
BETWEEN = timedelta(days=3)
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


# Of what a command says: where the tables are, and how long it took.
OWN = {"destination", "seconds"}


class Time:
    """The systems' clock for every part that asks for the time, and dlt's numbers of loads.

    What dlt writes it orders by time, so each time that it asks a second has passed, for each side on its own.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.clock = ManualClock(FIRST_LOAD)
        self.side = ""
        self._asked: Counter[str] = Counter()
        patch.setattr(SystemClock, "now", lambda _: self.clock.now())
        patch.setattr("dlt.extract.storage.create_load_id", lambda: f"{self._next().timestamp():.7f}")
        for module, now in (
            ("dlt.destinations.job_client_impl", self._next),
            ("pipelines.cli._look", self.clock.now),
            ("pipelines.cli._state", self.clock.now),
        ):
            patch.setattr(
                f"{module}.datetime", type("datetime", (datetime,), {"now": lambda _, now=now: now()})
            )

    def _next(self) -> datetime:
        self._asked[self.side] += 1
        return self.clock.now() + timedelta(seconds=self._asked[self.side])


@dataclass
class Side:
    """One warehouse, the systems that it is loaded from, and how the command line is told of both."""

    destination: Destination
    sandbox: Sandbox
    time: Time
    options: tuple[str, ...]
    loads: list[Result] = field(default_factory=list)

    def run(self, *arguments: str) -> Result:
        """A command on this warehouse, with ``--json``; the environment stays that of the side."""
        self.enter()
        return invoke(*arguments, *self.options, "--json")

    def enter(self) -> None:
        """From here on the sources are those of this side, and its loads are counted."""
        os.environ.update(settings(self.sandbox))
        self.time.side = self.destination.name

    def load(self) -> None:
        self.loads.append(self.run("load"))


@dataclass
class Loaded:
    """Two warehouses that hold what the same systems said at the same times."""

    bigquery: Side
    duckdb: Side

    @property
    def both(self) -> tuple[Side, Side]:
        return self.bigquery, self.duckdb

    def run(self, *arguments: str) -> tuple[Result, Result]:
        """One command on each, BigQuery's first."""
        ours, theirs = (side.run(*arguments) for side in self.both)
        return ours, theirs

    def same(self, *arguments: str, code: int = 0) -> Any:
        """What a command says on BigQuery, which must be what it says on DuckDB."""
        ours, theirs = self.run(*arguments)
        assert (ours.code, theirs.code) == (code, code), ours.out + theirs.out
        assert said(ours.document) == said(theirs.document)
        return ours.document


def said(document: Any) -> Any:
    """A command's document without what is each side's own."""
    if isinstance(document, dict):
        return {name: said(value) for name, value in document.items() if name not in OWN}
    return [said(each) for each in document] if isinstance(document, list) else document


def change(sandbox: Sandbox) -> None:
    """What happens between two days: new and changed records, shorter and empty lists, a month that is restated."""
    roit = sandbox.states["roit"].actions
    roit["update_payables"](count=5)
    roit["pay_payables"](count=3)
    roit["add_payables"](count=4)
    roit["shrink_installments"](count=2)
    roit["shrink_installments"](count=2, to=0)
    roit["finalize_documents"](count=2)
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
        prefix = f"SOURCES__{name.upper()}__"
        found |= {
            f"{prefix}BASE_URL": sandbox.urls[name],
            f"{prefix}START_DATE": (FIRST_LOAD - timedelta(days=days)).date().isoformat(),
            f"{prefix}HOLD_BACK_SECONDS": "0",
            f"{prefix}WINDOW_DAYS": "100",
        }
        for key in _CREDENTIALS[name]:
            found[prefix + key.upper()] = sandbox.credentials[name][key]
    return found


@contextmanager
def loaded_twice(server: Server, folder: Path) -> Iterator[Loaded]:
    """Both warehouses after two loads; while the block runs, environment and time are those of the loads."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        time = Time(patch)
        said = {"scale": SCALE, "options": OPTIONS, "clock": time.clock}
        one, other = (stack.enter_context(running(SYSTEMS, **said)) for _ in range(2))
        patch.chdir(folder)
        # dlt asks a load job for its end once a second: the emulator has ended it when it answers
        patch.setattr("dlt.destinations.impl.bigquery.bigquery.sleep", lambda _: None)
        for name in list(os.environ):
            if name.startswith(("SOURCES__", "DESTINATION__", "GOOGLE_")):
                patch.delenv(name)
        for name, value in (server.environment | settings(one)).items():
            patch.setenv(name, value)
        configuration.use()
        file = folder / "ledgerhouse.duckdb"
        bigquery = Side(make("bigquery"), one, time, ("--destination", "bigquery"))
        duckdb = Side(make("duckdb", file), other, time, ("--database", str(file)))
        loaded = Loaded(bigquery, duckdb)
        for side in loaded.both:
            side.load()
        time.clock.advance(BETWEEN.total_seconds())
        for side in loaded.both:
            change(side.sandbox)
            side.load()
        yield loaded
        for side in loaded.both:
            side.destination.close()
