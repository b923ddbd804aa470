"""Which warehouse it is, is known in `pipelines/destinations` and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PIPELINES = Path(__file__).parents[2] / "pipelines"
NAMES = {"duckdb", "bigquery"}
# What names a warehouse without asking for it: the words that the command line takes, a demo that is one file, and
# Solvimon's own exports, which may go to a BigQuery of theirs.
MAY_NAME_ONE = {"cli/_session.py", "demo.py", "cli/_solvimon.py"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PIPELINES.rglob("*.py")):
        name = path.relative_to(PIPELINES).as_posix()
        if not name.startswith("destinations/"):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def questions(tree: ast.Module) -> Iterator[str]:
    """Texts that are exactly a warehouse's name, imports of one, and reads of a destination's ``name``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() in NAMES:
            yield f"{node.lineno}: {node.value!r}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            if any(part in NAMES for module in modules for part in module.split(".")):
                yield f"{node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.Attribute) and node.attr == "name" and _is_destination(node.value):
            yield f"{node.lineno}: {ast.unparse(node)}"
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "isinstance"
            and "destinat" in ast.unparse(node)
        ):
            yield f"{node.lineno}: {ast.unparse(node)}"


def _is_destination(node: ast.expr) -> bool:
    return ast.unparse(node).rpartition(".")[2] in ("destination", "_destination")


def test_no_code_asks_which_warehouse_it_has() -> None:
    found = {name: list(questions(tree)) for name, tree in modules() if name not in MAY_NAME_ONE}
    assert {name: asked for name, asked in found.items() if asked} == {}


def test_a_module_that_asks_is_found() -> None:
    asking = ast.parse(
        "if destination.name == 'bigquery': import duckdb\nisinstance(self.destination, Other)"
    )
    assert len(list(questions(asking))) == 4


def test_the_exceptions_are_modules_that_name_a_warehouse() -> None:
    naming = {name for name, tree in modules() if list(questions(tree))}
    assert naming == MAY_NAME_ONE
