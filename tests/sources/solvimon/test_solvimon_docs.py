"""docs/solvimon.md and the code cannot disagree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from pipelines.cli import app
from sources.solvimon import SPEC
from sources.solvimon.settings import SolvimonEndpoints, SolvimonSettings

HERE = Path(__file__).parent
TEXT = (HERE.parents[2] / "docs" / "solvimon.md").read_text()
OPERATIONS = TEXT.partition("## Operations")[2]


def test_every_test_that_is_named_exists():
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    defined = {
        name for path in HERE.glob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert named
    assert named <= defined


def test_every_call_that_is_made_is_told():
    told = set(re.findall(r"`(/v1/[^`]+)`", OPERATIONS))
    used = {getattr(SolvimonEndpoints, name) for name in SolvimonEndpoints.get_resolvable_fields()}
    assert used == told


def test_every_resource_has_its_line():
    assert [stream.name for stream in SPEC.streams if f"\n| `{stream.name}` |" not in TEXT] == []


def test_every_table_of_the_invoices_is_told():
    (line,) = [line for line in TEXT.splitlines() if line.startswith("| `invoices` |")]
    stream = SPEC.stream("invoices")
    names = {s.name.removeprefix("invoices") for s in stream.tables if not s.name.startswith("_")}
    assert {name for name in names if name and not name.endswith("__history")} == set(
        re.findall(r"`(__\w+)`", line.replace("each also as `__history`", ""))
    )


def test_every_setting_of_solvimon_is_told():
    told = set(re.findall(r"[A-Z][A-Z_]+", TEXT.partition("## What is loaded")[0]))
    own = set(SolvimonSettings.__annotations__) - {"endpoints", "__section__"}
    assert {name.upper() for name in own} <= told


@pytest.mark.parametrize("line", sorted(set(re.findall(r"`ledgerhouse ([a-z][^`]*)`", TEXT))))
def test_every_command_that_is_named_exists(line):
    command, words = typer.main.get_command(app), line.split()
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    assert not hasattr(command, "commands")
