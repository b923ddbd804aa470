"""Time that the simulated systems read: real, shifted, or held still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """The machine's time plus a shift. `now()` is always aware and in UTC."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def advance(self, seconds: float) -> None:
        """Move time forward: tokens and signed URLs expire, exports make progress."""
        self._shift += timedelta(seconds=seconds)


class ManualClock(Clock):
    """A clock that stands still until it is advanced, so that a test says what time it is."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("ManualClock needs an aware datetime")
        super().__init__()
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at + self._shift
