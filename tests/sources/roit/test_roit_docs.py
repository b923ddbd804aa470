"""The page on ROIT agrees with the code: operations, commands, settings, tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from pipelines.cli import app
from sources.kit.streams import SourceSettings
from sources.roit import SPEC
from sources.roit.settings import RoitEndpoints, RoitSettings

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "roit.md").read_text()
# Rows of the table of operations: what, certainty, endpoint and call, where, test.
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.partition("## Operations")[2].splitlines()
    if re.match(r"\| [a-z]", line, re.I) and line.count("|") == 6 and "ENDPOINTS__" not in line
]
ENDPOINTS = [name for name in RoitEndpoints.get_resolvable_fields() if name]


def commands(group, *path):
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        yield from commands(command, *path, name) if inner else [" ".join((*path, name))]


def test_every_operation_has_a_row_and_every_row_is_an_operation():
    assert sorted(row[2].split("`")[1] for row in ROWS) == sorted(name.upper() for name in ENDPOINTS)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_tells_the_default_call_and_a_test_that_exists(row):
    name, call = row[2].split("`")[1], row[2].split("`")[3]
    default = getattr(RoitEndpoints, name.lower())
    method, _, path = default.rpartition(" ")
    said_method, said_path = call.split(" ")
    assert said_method == (method or "POST")
    assert path.endswith(said_path.removeprefix("..."))
    assert re.fullmatch(r"[PIA](, (call|path) [PIA])?", row[1])
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert f"def {row[4].strip('`')}(" in tests


def test_every_command_of_the_group_is_on_the_page():
    existing = set(commands(typer.main.get_command(app).commands["roit"], "roit"))
    for command in existing:
        assert re.search(rf"`(ledgerhouse )?{command}[` ]", PAGE), command
    named = {word for row in ROWS for word in re.findall(r"`(roit [^`]+)`", row[3])}
    assert named == existing


def test_every_setting_of_its_own_and_every_resource_is_on_the_page():
    own = set(RoitSettings.get_resolvable_fields()) - set(SourceSettings.get_resolvable_fields())
    for name in own - {"endpoints", "payable_ids"}:
        assert f"`{name.upper()}`" in PAGE, name
    for stream in SPEC.streams:
        assert f"\n| `{stream.name}` |" in PAGE
