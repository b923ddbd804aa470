"""One invocation of the command line in this process, in an empty folder, with two made-up sources."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from cli_invoked import invoke
from cli_sources import AcmeSettings

from pipelines.registry import SOURCES


def _spec(name: str) -> SimpleNamespace:
    def missing(settings):
        return [] if settings.token else [f"SOURCES__{name.upper()}__TOKEN"]

    made_up = SimpleNamespace(
        name=name,
        title=name,
        settings=AcmeSettings,
        streams=(),
        missing=missing,
        stream=lambda resource: None,
    )
    made_up.configured = lambda settings: made_up
    return made_up


@pytest.fixture(autouse=True)
def place(empty_place, monkeypatch):
    """An empty working directory; the sources `acme` and `globex`, not configured."""
    for name in list(SOURCES):
        monkeypatch.delitem(SOURCES, name)
    for name in ("acme", "globex"):
        monkeypatch.setitem(SOURCES, name, f"{name}_source")
        monkeypatch.setitem(sys.modules, f"{name}_source", SimpleNamespace(SPEC=_spec(name)))
    return empty_place


@pytest.fixture
def configured(monkeypatch):
    """Credentials for `acme`."""
    monkeypatch.setenv("SOURCES__ACME__TOKEN", "s3cret-token")


@pytest.fixture
def cli():
    return invoke
