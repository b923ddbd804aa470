"""The data dictionary: one HTML file with every raw table, model, metric and question, that needs no network.

Made of dbt's manifest and of the models of the extraction, so it says what the code says. Nothing is loaded for it.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.catalog import ResourceEntry
from pipelines.errors import UsageError

from ._entries import Entry, Field, entries_of
from ._manifest import read_manifest
from ._page import page

__all__ = ["Entry", "Field", "entries_of", "page", "read_manifest", "write_dictionary"]


def write_dictionary(resources: list[ResourceEntry], path: Path) -> int:
    """Writes the file, UTF-8, in the place of an earlier one; returns how many entries it has.

    Raises ``UsageError`` where it cannot be written, ``WorkFailed`` when dbt cannot read the project.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"{path} cannot be written: a file in a folder that exists is wanted")
    entries = entries_of(read_manifest(), resources)
    path.write_text(page(entries), encoding="utf-8")
    return len(entries)
