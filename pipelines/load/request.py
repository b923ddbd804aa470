"""What a load is asked to do, and whom it tells how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pipelines.errors import UsageError as UsageError
from sources.kit.streams import Window

from .report import ResourceResult


class Sweep(StrEnum):
    """Whether a load also looks for what is gone at the source: where its settings say that it is time, or now."""

    NEVER = "never"
    DUE = "due"
    ALWAYS = "always"


@dataclass(frozen=True)
class LoadRequest:
    """Which sources and resources, and which range, in UTC. Empty ``sources`` means all that are configured.

    ``windows`` are exactly those to load, for streams that are read by ranges: no mark, nor anything that an
    earlier load began, adds to them. ``following`` are loaded after them, by other requests: their exports may be
    begun meanwhile.
    """

    sources: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    full_refresh: bool = False
    windows: tuple[Window, ...] = ()
    sweep: Sweep = Sweep.NEVER
    following: tuple[Window, ...] = ()


class Progress(Protocol):
    """Whom a load tells how it goes. Calls come from one thread, in order."""

    def started(self, source: str, resource: str) -> None: ...

    def planned(self, source: str, resource: str, windows: int) -> None: ...

    def window_done(self, source: str, resource: str, rows: int) -> None: ...

    def finished(self, result: ResourceResult) -> None: ...


class Silent:
    """Tells nobody."""

    def started(self, source: str, resource: str) -> None: ...

    def planned(self, source: str, resource: str, windows: int) -> None: ...

    def window_done(self, source: str, resource: str, rows: int) -> None: ...

    def finished(self, result: ResourceResult) -> None: ...
