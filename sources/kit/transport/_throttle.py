"""One pace per host, learnt from its refusals."""

from __future__ import annotations

import threading
from collections import deque

from sources.kit.transport._clock import Clock

# Slower than this it is the server's Retry-After that decides, not our guess.
SLOWEST_PER_SECOND = 1.0
# So many requests a second faster after every second without a refusal (additive increase): a tenth of a
# typical limit of 10 requests a second, so a limit that was found is probed gently.
FASTER_PER_SECOND = 1.0
# A pace beyond this is no limit for four requests in flight: stop counting.
UNLIMITED_PER_SECOND = 500.0
# The pace before the first refusal is counted over this time.
OBSERVED_SECONDS = 1.0


class Throttle:
    """Spaces the requests to one host; shared by all threads and clients that talk to it.

    Starts unlimited. A 429 halves the pace (from the observed one, the first time); successes raise it again,
    until there is no limit. Refusals of requests that were sent before the last halving do not count twice.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rate: float | None = None
        self._next_slot = 0.0
        self._halved_at = float("-inf")
        self._sent: deque[float] = deque(maxlen=int(UNLIMITED_PER_SECOND))

    @property
    def rate(self) -> float | None:
        """Requests a second at present; None for no limit."""
        return self._rate

    def acquire(self) -> float:
        """Wait for this request's turn; the monotonic time of it, to be handed to `refused`."""
        with self._lock:
            now = self._clock.monotonic()
            turn = now
            if self._rate is not None:
                turn = max(now, self._next_slot)
                self._next_slot = turn + 1 / self._rate
            self._sent.append(turn)
        if turn > now:
            self._clock.sleep(turn - now)
        return turn

    def refused(self, sent_at: float) -> None:
        """The request sent at that time was answered 429."""
        with self._lock:
            if sent_at <= self._halved_at:
                return
            now = self._clock.monotonic()
            observed = float(sum(1 for turn in self._sent if turn > now - OBSERVED_SECONDS))
            current = observed if self._rate is None else self._rate
            self._rate = max(SLOWEST_PER_SECOND, current / 2)
            self._halved_at = now
            self._next_slot = max(self._next_slot, now + 1 / self._rate)

    def succeeded(self) -> None:
        """A request was answered, and not with a refusal to serve so many."""
        with self._lock:
            if self._rate is None:
                return
            # at the present pace, the successes of one second add up to FASTER_PER_SECOND
            self._rate += FASTER_PER_SECOND / self._rate
            if self._rate > UNLIMITED_PER_SECOND:
                self._rate = None


_throttles: dict[tuple[str, Clock], Throttle] = {}
_throttles_lock = threading.Lock()


def throttle_for(host: str, clock: Clock) -> Throttle:
    """The one throttle of this process for a host (with its port), by the given clock."""
    with _throttles_lock:
        return _throttles.setdefault((host, clock), Throttle(clock))
