"""docs/tereina.md and the code cannot disagree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from pipelines.cli import app
from sources.tereina import SPEC
from sources.tereina.settings import TereinaEndpoints, TereinaSettings

HERE = Path(__file__).parent
TEXT = (HERE.parents[2] / "docs" / "tereina.md").read_text()
OPERATIONS = TEXT.partition("## Operations")[2].partition("## ")[0]
ENDPOINTS = TereinaEndpoints.get_resolvable_fields()


def test_every_test_that_is_named_exists():
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    defined = {
        name for path in HERE.glob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert named
    assert named <= defined


def test_every_operation_has_its_default_call():
    told = {name.lower(): call for name, call in re.findall(r"\| `(\w+)`: `([^`]+)` \|", OPERATIONS)}
    assert told == {name: getattr(TereinaEndpoints, name) for name in ENDPOINTS if name != "token"}


def test_every_resource_has_its_line():
    assert [stream.name for stream in SPEC.streams if f"\n| `{stream.name}` |" not in TEXT] == []


def test_every_setting_of_tereina_is_told():
    told = set(re.findall(r"[A-Z][A-Z_]+", TEXT.partition("## What is loaded")[0]))
    own = set(TereinaSettings.__annotations__) - {"endpoints", "__section__"}
    assert {name.upper() for name in own} <= told


@pytest.mark.parametrize("line", re.findall(r"^(?:\| .*)?`?(ledgerhouse [a-z][^`\n#]*)", TEXT, re.MULTILINE))
def test_every_command_and_option_that_is_named_exists(line):
    command = typer.main.get_command(app)
    words = line.split()[1:]
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    options = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert {word for word in words if word.startswith("--")} <= options
    assert not hasattr(command, "commands")
