"""What the job machine asks of an API and of storage, and how often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Protocol

from sources.kit.transport import (
    DataError,
    Downloaded,
    IdempotencyConflict,
    SignedUrl,
    SourceError,
    UnknownOutcome,
)

# An export takes seconds to many minutes: ask soon at first, then leave the server in peace.
POLL_FIRST_SECONDS = 0.5
POLL_GROWTH = 1.6
POLL_LONGEST_SECONDS = 20.0


class Progress(Enum):
    """What the API says of a job."""

    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Part:
    """One file of a finished job: its number, the API's id of it, its link, and its bytes' size and hash."""

    number: int
    id: str
    link: SignedUrl
    size: int | None = None
    sha256: str | None = None


class Files(Protocol):
    """What fetches files by their links: a ``Downloader``, or another that keeps its promises. Thread-safe."""

    def download(
        self,
        link: SignedUrl,
        to: Path,
        *,
        renew: Callable[[], SignedUrl] | None = None,
        size: int | None = None,
        sha256: str | None = None,
    ) -> Downloaded:
        """Fetches a file, whole and checked."""
        ...


class JobApi(Protocol):
    """What the state machine needs of an API. Errors are the transport's."""

    idempotent_for: timedelta | None

    def create(self, start: datetime, end: datetime, idempotency_key: str | None) -> str:
        """Asks for an export of the range; gives its remote id."""
        ...

    def progress(self, remote_id: str) -> Progress:
        """How far it is."""
        ...

    def parts(self, remote_id: str) -> Sequence[Part]:
        """The parts of a finished job, with fresh links."""
        ...


def next_interval(interval: float) -> float:
    """The wait after a poll, by the one before it."""
    return min(interval * POLL_GROWTH, POLL_LONGEST_SECONDS)


def may_have_been_created(error: SourceError) -> bool:
    """Whether the source may have the job though it did not say so in a way that can be read."""
    return isinstance(error, UnknownOutcome | DataError) and not isinstance(error, IdempotencyConflict)
