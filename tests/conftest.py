"""Where the whole suite keeps its files, and the place in which a test begins with nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

# The suite writes hundreds of small databases, each synced to disk whenever it is closed: an eighth of its time.
# Memory serves as well, where there is enough of it (a full run writes about one GB).
_MEMORY = Path("/dev/shm")  # pytest makes a folder of its own in it, private to the user
_ENOUGH_BYTES = 6 << 30
_CHOSEN = ("PYTEST_DEBUG_TEMPROOT", "TMPDIR")
_SETTINGS = ("DESTINATION__", "SOURCES__", "RUNTIME__", "LOAD__", "GOOGLE_")


def pytest_configure() -> None:
    if any(name in os.environ for name in _CHOSEN) or not os.access(_MEMORY, os.W_OK):
        return
    if shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_MEMORY)


@pytest.fixture
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and an environment without settings of ours, of dlt's or of Google's."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(_SETTINGS):
            monkeypatch.delenv(name)
    return tmp_path
