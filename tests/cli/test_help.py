"""Help: for every command, with an example that the parser accepts, and there at once."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from pipelines.cli import app
from pipelines.cli._planned import COMMANDS
from pipelines.cli._session import DestinationName
from pipelines.destinations import DESTINATIONS

ROOT = typer.main.get_command(app)


def _commands(group, *path):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, *path, name)
        else:
            yield (*path, name)


ALL = list(_commands(ROOT))


def test_the_commands_of_the_design_are_all_there():
    assert {path[0] for path in ALL} == {
        *("demo", "check", "plan", "load", "backfill", "transform", "run", "reconcile", "status", "rejects"),
        *(
            "jobs",
            "state",
            "confirm",
            "catalog",
            "explain",
            "roit",
            "tereina",
            "solvimon",
            "sandbox",
            "dashboard",
        ),
    }


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example_of_its_own(cli, capsys, path):
    assert cli(*path, "--help").code == 0
    text = capsys.readouterr().out
    assert "Example:" in text
    assert f"ledgerhouse {' '.join(path)}" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_example_uses_options_that_exist(path):
    command = ROOT
    for name in path:
        command = command.commands[name]
    example = command.epilog.rpartition("ledgerhouse ")[2].split()
    assert example[: len(path)] == list(path)
    known = {option for parameter in command.params for option in parameter.opts}
    used = {word for word in example if word.startswith("--")}
    if path[0] not in COMMANDS:
        assert used <= known


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_not_built_yet_says_so_and_exits_2(cli, name):
    result = cli(name, "anything", "--whatever")
    assert (result.code, result.err) == (2, f"ledgerhouse: `{name}` is not part of this version\n")


def test_the_destinations_of_the_option_are_those_that_exist():
    assert tuple(DestinationName) == DESTINATIONS


def test_help_loads_no_heavy_library():
    script = (
        "import sys\nfrom pipelines.cli import run\nfrom pipelines.cli._output import Output\n"
        "assert run(['load', '--help'], Output()) == 0\n"
        "print(sorted({'dlt', 'dbt', 'duckdb', 'pyarrow', 'httpx', 'msgspec'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_command_at_all_shows_the_help_and_exits_2(cli):
    result = cli()
    assert (result.code, "Start with:" in result.out) == (2, True)
