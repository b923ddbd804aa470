"""Working folders: dlt's packages, spooled parts, dbt's artefacts. Personal data passes through them (P10)."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PRIVATE = 0o700


class WorkFolder:
    """A folder of this run under ``parent``, readable by nobody else, gone after ``close`` or at exit.

    What a killed run left behind is removed when the next one begins. A run is alive as long as it holds the
    lock of its folder: unlike a process id, that is also right between containers which share a disk.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._path: Path | None = None
        self._lock: int | None = None

    def path(self) -> Path:
        """The folder; made by the first call."""
        if self._path is None:
            with self._locked_parent():
                self._remove_dead()
                self._path = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self._parent))
                self._lock = _lock(self._path)
            atexit.register(self.close)
        return self._path

    def close(self) -> None:
        """Removes the folder, and the parent when no other run works there."""
        if self._path is None or self._lock is None:
            return
        atexit.unregister(self.close)
        shutil.rmtree(self._path, ignore_errors=True)
        os.close(self._lock)
        self._path = self._lock = None
        with suppress(OSError), self._locked_parent():
            self._remove_dead()
            self._parent.rmdir()  # refuses while others have folders in it

    @contextmanager
    def _locked_parent(self) -> Iterator[None]:
        """One run at a time makes, sweeps or removes folders."""
        while True:
            self._parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                descriptor = os.open(self._parent, os.O_RDONLY)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if self._parent.exists() and os.path.samestat(os.fstat(descriptor), self._parent.stat()):
                    break
                os.close(descriptor)  # another run removed the parent while we waited for it
        try:
            yield
        finally:
            os.close(descriptor)

    def _remove_dead(self) -> None:
        for folder in self._parent.iterdir():
            if not folder.is_dir() or folder.is_symlink():
                continue
            lock = _lock(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock; none when another run holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
