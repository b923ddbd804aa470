"""The simulated systems, as a process beside this one."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from .errors import WorkFailed
from .registry import SOURCES

START_SECONDS = 120
STOP_SECONDS = 10
# -P: a folder called `sandbox` in the working directory is not taken for ours
COMMAND = (sys.executable, "-P", "-m", "sandbox", "serve")


@dataclass(frozen=True)
class Ready:
    """A running sandbox: its addresses, and what it accepts as credentials."""

    document: dict[str, Any]

    def settings(self) -> dict[str, str]:
        """The environment with which every source reaches its simulated system."""
        credentials = self.document["credentials"]
        settings = {f"SOURCES__{name.upper()}__BASE_URL": str(self.document[name]) for name in SOURCES}
        for name in SOURCES:
            for key, value in credentials[name].items():
                settings[f"SOURCES__{name.upper()}__{key.upper()}"] = str(value)
        return settings


@contextmanager
def running_sandbox(*options: str) -> Iterator[Ready]:
    """The sandbox on free loopback ports while the block runs; stopped also when the block fails.

    Raises ``WorkFailed`` with the sandbox's last words when it does not start within ``START_SECONDS``.
    """
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603 - our own arguments
            [*COMMAND, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        try:
            yield _ready(process, errors)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def serve(options: Sequence[str]) -> int:
    """Runs the sandbox in the foreground until it is stopped; gives its exit code."""
    with subprocess.Popen([*COMMAND, *options]) as process:  # noqa: S603 - our own arguments
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return 0


def _ready(process: subprocess.Popen[bytes], errors: IO[bytes]) -> Ready:
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if readable else b""
    try:
        return Ready(json.loads(line))
    except ValueError:
        errors.seek(0)
        last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
        raise WorkFailed(f"the sandbox did not start: {''.join(last) or 'it said nothing'}") from None
