"""The public face of the formats."""

import ast
import importlib
from pathlib import Path

import pytest

from sources.kit import formats

MODULES = sorted(Path(formats.__file__).parent.glob("*.py"))


def test_the_public_names_are_all_there_sorted_and_documented():
    assert list(formats.__all__) == sorted(
        formats.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
    for name in formats.__all__:
        public = getattr(formats, name)
        if callable(public) and getattr(public, "__module__", "").startswith("sources."):
            assert public.__doc__, name


def test_nothing_public_is_left_out():
    names = {name for name in vars(formats) if not name.startswith("_")}
    modules = {name for name in names if isinstance(getattr(formats, name), type(importlib))}
    assert names - modules == set(formats.__all__)


def test_every_error_is_a_format_error_and_a_value_error():
    for name in ("ArchiveRefused", "XmlRefused", "UnknownMessage"):
        assert issubclass(getattr(formats, name), formats.FormatError)
    assert issubclass(formats.FormatError, ValueError)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_formats_import_nothing_of_ours_but_themselves(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    imported |= {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    ours = {name for name in imported if name.partition(".")[0] in {"sources", "pipelines", "sandbox"}}
    assert all(name.startswith("sources.kit.formats") for name in ours)
