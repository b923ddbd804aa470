"""``--json``: one document and nothing else on either stream, however the command ends."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import warnings
from datetime import UTC, datetime

import pytest

import pipelines.load
from pipelines.load import ResourceResult, RunReport


@pytest.mark.parametrize(
    "arguments",
    [("load", "sap"), ("status",), ("load", "--colour"), ("plan",), ("transform",), ("reconcile", "acme")],
    ids=" ".join,
)
def test_an_error_is_one_document_too(cli, arguments):
    result = cli(*arguments, "--json")
    assert (result.code, result.err) == (2, "")
    assert result.document["exit_code"] == 2
    assert result.document["error"]


def test_what_libraries_print_warn_and_log_is_not_heard(cli, monkeypatch, capfd):
    def noisy(request, destination, progress):
        print("noise")
        print("noise", file=sys.stderr)
        warnings.warn("noise", stacklevel=1)
        logging.getLogger("dlt").error("noise")
        progress.started("acme", "invoices")
        result = ResourceResult("acme", "invoices", rows=3)
        progress.finished(result)
        return RunReport("DuckDB x", datetime(2026, 1, 1, tzinfo=UTC), results=[result])

    monkeypatch.setattr(pipelines.load, "run_load", noisy)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = cli("load", "--json")
    assert (result.code, result.err) == (0, "")
    assert result.document["results"][0]["rows"] == 3
    assert capfd.readouterr() == ("", "")


def test_the_process_says_nothing_but_the_document(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOURCES__")}
    command = "import sys; sys.argv = ['ledgerhouse', 'transform', '--json']; from pipelines.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert "ledgerhouse load" in json.loads(done.stdout)["error"]
