from __future__ import annotations

import os

import pytest
from solvimon_support import NOW, START_DATE, Loader

from sandbox.core.clock import ManualClock
from sandbox.core.server import running


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a sandbox with the simulated system's options; gives a loader whose settings point to it."""
    opened = []

    def begin(**options):
        for name in list(os.environ):
            if name.startswith(("SOURCES__", "DESTINATION__")):
                monkeypatch.delenv(name)
        monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
        monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        served = running(
            ["solvimon"], seed=1, scale=options.pop("scale", 400), clock=ManualClock(NOW),
            options={"solvimon": {"report_polls": 1} | options},
        )  # fmt: skip
        sandbox = served.__enter__()
        loader = Loader(sandbox, tmp_path)
        opened.append((served, loader))
        monkeypatch.setenv("SOURCES__SOLVIMON__START_DATE", START_DATE)
        monkeypatch.setenv("SOURCES__SOLVIMON__BASE_URL", sandbox.urls["solvimon"])
        monkeypatch.setenv("SOURCES__SOLVIMON__API_KEY", sandbox.credentials["solvimon"]["api_key"])
        return loader

    yield begin
    for served, loader in opened:
        loader.close()
        served.__exit__(None, None, None)


@pytest.fixture
def loader(start):
    return start()
