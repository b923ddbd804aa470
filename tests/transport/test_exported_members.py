"""The package has one public face, and it is complete."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import sources.kit.transport as transport
from sources.kit.transport import SourceError, _errors


def test_every_imported_name_is_exported_and_sorted() -> None:
    public = sorted(
        name
        for name, value in vars(transport).items()
        if not name.startswith("_") and name != "annotations" and not inspect.ismodule(value)
    )
    assert sorted(transport.__all__) == public
    assert len(set(transport.__all__)) == len(transport.__all__)


def test_every_error_is_exported_and_drawn_in_the_tree_under_its_parent() -> None:
    errors = {
        name: kind
        for name, kind in vars(_errors).items()
        if inspect.isclass(kind) and issubclass(kind, SourceError)
    }
    depth = {}
    for line in (_errors.__doc__ or "").splitlines():
        name = line.lstrip("│├└─ ").split(" ")[0]
        if name in errors:
            depth[name] = (len(line) - len(line.lstrip("│├└─ "))) // 4
    assert set(depth) == set(errors) <= set(transport.__all__)
    assert depth == {name: len(kind.__mro__) - len(SourceError.__mro__) for name, kind in errors.items()}


def test_the_package_imports_nothing_of_ours_but_itself() -> None:
    for path in Path(transport.__file__).parent.glob("*.py"):
        imported = {
            node.module or ""
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        }
        ours = {module for module in imported if module.startswith(("sources", "pipelines", "sandbox"))}
        assert {module for module in ours if not module.startswith("sources.kit.transport")} == set()
