"""One invocation of the command line in this process, in an empty folder, with two made-up sources."""

from __future__ import annotations

import io
import json
import os
import sys
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from cli_sources import AcmeSettings

from pipelines.cli import run
from pipelines.cli._output import Output
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


@dataclass
class Result:
    """How an invocation ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty working directory; the sources `acme` and `globex`, not configured."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("DESTINATION__", "SOURCES__", "RUNTIME__", "LOAD__")):
            monkeypatch.delenv(name)
    for name in list(SOURCES):
        monkeypatch.delitem(SOURCES, name)
    for name in ("acme", "globex"):
        monkeypatch.setitem(SOURCES, name, f"{name}_source")
        monkeypatch.setitem(sys.modules, f"{name}_source", SimpleNamespace(SPEC=_spec(name)))
    return tmp_path


@pytest.fixture
def configured(monkeypatch):
    """Credentials for `acme`."""
    monkeypatch.setenv("SOURCES__ACME__TOKEN", "s3cret-token")


@pytest.fixture
def cli():
    def invoke(*arguments: str) -> Result:
        out, err = io.StringIO(), io.StringIO()
        output = Output(out, err, as_json="--json" in arguments, debug="--debug" in arguments)
        code = run(arguments, output)
        return Result(code, out.getvalue(), err.getvalue())

    return invoke
