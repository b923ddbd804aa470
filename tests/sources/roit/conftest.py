from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from roit_support import INTEGRATION, Bench

from pipelines import configuration
from pipelines.destinations import make
from sandbox.core.server import running


@pytest.fixture
def start(empty_place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    """Starts a sandbox; everything is gone after the test. Settings are given without their prefix."""
    monkeypatch.setattr("sources.kit.transport._clock.time.sleep", lambda _: None)
    with ExitStack() as stack:

        def begin(scale: int = 30, **settings: str) -> Bench:
            sandbox = stack.enter_context(running(("roit",), scale=scale))
            found = {"base_url": sandbox.urls["roit"], "window_days": "100", **sandbox.credentials["roit"]}
            for name, value in (found | settings).items():
                monkeypatch.setenv(f"SOURCES__ROIT__{name.upper()}", value)
            configuration.use()
            database = empty_place / "warehouse.duckdb"
            destination = make("duckdb", database)
            stack.callback(destination.close)
            return Bench(sandbox, destination, database)

        yield begin


@pytest.fixture
def bench(start: Callable[..., Bench]) -> Bench:
    return start()


@pytest.fixture
def claiming(start: Callable[..., Bench]) -> Bench:
    """A bench whose settings ask for claims."""
    return start(claim_integrations="true", integration_id=INTEGRATION)


@pytest.fixture
def set_option(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """Changes a setting of ROIT."""

    def change(name: str, value: Any) -> None:
        monkeypatch.setenv(f"SOURCES__ROIT__{name.upper()}", str(value))

    return change
