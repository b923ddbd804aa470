from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sandbox.core.server import running

from .lab import Lab, environment


@pytest.fixture
def make_lab(empty_place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Lab]]:
    """Starts a sandbox with options and gives a laboratory around it; everything is gone after the test."""
    # tests never wait: what is retried is retried at once
    monkeypatch.setattr("sources.kit.transport._clock.time.sleep", lambda _: None)
    # one window is one load package: tests that are not about windows need only one
    monkeypatch.setenv("SOURCES__ROIT__WINDOW_DAYS", "100")
    with ExitStack() as stack:

        def start(*systems: str, **options: Any) -> Lab:
            sandbox = stack.enter_context(running(systems or ("roit",), **({"scale": 200} | options)))
            for name, value in environment(sandbox).items():
                monkeypatch.setenv(name, value)
            lab = Lab(sandbox, empty_place / "warehouse.duckdb")
            stack.callback(lab.destination.close)
            return lab

        yield start
