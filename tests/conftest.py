"""Where the whole suite keeps its files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

# The suite writes hundreds of small databases, each synced to disk whenever it is closed: an eighth of its time.
# Memory serves as well, where there is enough of it (a full run writes about one GB).
_MEMORY = Path("/dev/shm")  # pytest makes a folder of its own in it, private to the user
_ENOUGH_BYTES = 6 << 30
_CHOSEN = ("PYTEST_DEBUG_TEMPROOT", "TMPDIR")


def pytest_configure() -> None:
    if any(name in os.environ for name in _CHOSEN) or not os.access(_MEMORY, os.W_OK):
        return
    if shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_MEMORY)
