"""What a load has to say: one result a resource, and the exit code that follows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class ExitCode(IntEnum):
    """The command line's exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTLY = 3


class State(StrEnum):
    """How the load of a resource ended."""

    LOADED = "loaded"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass
class ResourceResult:
    """One resource of one run. ``rows`` are records that the source gave for the resource's first table."""

    source: str
    resource: str
    state: State = State.LOADED
    windows: int = 0
    rows: int = 0
    rejected: int = 0
    superseded: int = 0
    mark: datetime | None = None
    seconds: float = 0.0
    error: str | None = None
    skipped: list[str] = field(default_factory=list)
    drift: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class RunReport:
    """A whole run. ``unconfigured`` names the sources that were left out for want of credentials."""

    destination: str
    started_at: datetime
    finished_at: datetime | None = None
    results: list[ResourceResult] = field(default_factory=list)
    unconfigured: list[str] = field(default_factory=list)
    rejects_fail: bool = False

    @property
    def failures(self) -> list[ResourceResult]:
        return [result for result in self.results if result.state is State.FAILED]

    @property
    def exit_code(self) -> ExitCode:
        """0 all loaded; 1 all failed; 3 some failed, or there are rejects and the setting says they count."""
        if self.failures:
            return ExitCode.FAILED if len(self.failures) == len(self.results) else ExitCode.PARTLY
        rejected = any(result.rejected for result in self.results)
        return ExitCode.PARTLY if rejected and self.rejects_fail else ExitCode.DONE

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values: timestamps in ISO 8601, UTC."""
        document = asdict(self) | {"exit_code": int(self.exit_code)}
        return {name: _plain(value) for name, value in document.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(element) for element in value]
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value
