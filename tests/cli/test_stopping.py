"""A command that is stopped from outside ends cleanly: exit code 130, a line, and no working files."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

SCRIPT = """
import sys, time
import pipelines.load
from pipelines.cli import main

def run_load(request, destination, progress):
    destination.prepare()
    (destination.work_dir() / "part").write_text("personal")
    print("working", flush=True)
    time.sleep(60)

pipelines.load.run_load = run_load
sys.argv = ["ledgerhouse", "load"]
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_load_says_how_to_go_on_and_leaves_only_the_database(place, number):
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "working\n"
        assert list(place.glob("*.work/*/part"))
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, "same command goes on" in errors) == (130, True)
    assert [path.name for path in place.iterdir()] == ["ledgerhouse.duckdb"]
