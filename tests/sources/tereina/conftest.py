from __future__ import annotations

import pytest
from tereina_support import NOW, Loader

from sandbox.core.clock import ManualClock
from sandbox.core.server import running


@pytest.fixture
def full(tmp_path, monkeypatch):
    """A loader on a sandbox with everything in its queue, and settings in the environment."""
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    with running(["tereina"], seed=1, scale=400, clock=ManualClock(NOW)) as sandbox:
        monkeypatch.setenv("SOURCES__TEREINA__BASE_URL", sandbox.urls["tereina"])
        monkeypatch.setenv("SOURCES__TEREINA__TOKEN", sandbox.credentials["tereina"]["token"])
        loader = Loader(sandbox, tmp_path)
        yield loader
        loader.close()


@pytest.fixture
def empty(full):
    """The same with nothing in the queue."""
    full.empty_queue()
    return full
