"""Modules that need a library skip without it; where CI is true, none may be missing."""

from __future__ import annotations

import importlib.util
import os

import pytest

LIBRARIES = ("google.cloud.bigquery", "dbt.adapters.bigquery", "zetasql")


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_library_is_there_so_that_nothing_is_skipped(library: str) -> None:
    if os.environ.get("CI", "").lower() not in ("true", "1"):
        pytest.skip("elsewhere its tests may be skipped")
    assert importlib.util.find_spec(library) is not None
