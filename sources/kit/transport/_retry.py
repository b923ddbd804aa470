"""When a request is tried again, and after how long."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

from sources.kit.transport._clock import Clock
from sources.kit.transport._errors import RateLimited, RetriableError, SourceError

T = TypeVar("T")

logger = logging.getLogger(__name__)

# A wait beyond this is a mistake of the server; it only keeps the arithmetic of dates in range.
LONGEST_WAIT_SECONDS = 366 * 24 * 3600.0
_SECONDS = re.compile(r"\d{1,12}(\.\d{1,9})?")


@dataclass(frozen=True)
class RetryPolicy:
    """How patient to be.

    A request is tried at least `attempts` times, and more while `budget_seconds` since the first try have not
    passed, so that a server that fails fast gets the whole time and one that hangs does not get hours. The
    n-th wait is a random share of min(`cap`, `base` · 2ⁿ⁻¹) seconds ("full jitter": the clients of one
    outage come back spread out). A wait that the server asks for replaces it, plus a share of `base`; waits
    that were asked for may not add up to more than the budget.
    """

    attempts: int = 8
    budget_seconds: float = 60.0
    base: float = 0.5
    cap: float = 15.0
    #: Gives numbers from 0 up to, not including, 1.
    random: Callable[[], float] = field(default=random.random, repr=False)

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.budget_seconds < 0 or self.base < 0 or self.cap < 0:
            raise ValueError("a retry policy needs at least one attempt and no negative times")

    def wait(self, tries: int, retry_after: float | None) -> float:
        """Seconds to wait after the given number of failed tries."""
        if retry_after:
            return retry_after + self.random() * self.base
        # the exponent is bounded because a float overflows at 2**1024
        return self.random() * min(self.cap, self.base * 2.0 ** min(tries - 1, 60))


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110 10.2.3: seconds or an HTTP date).

    None when there is none or it cannot be read; never negative.
    """
    if not value:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)


def with_retries(
    attempt: Callable[[], T],
    *,
    policy: RetryPolicy,
    clock: Clock,
    may_repeat: Callable[[SourceError], bool],
) -> T:
    """What `attempt` returns, tried again within the policy when it raises an error that may be repeated.

    Raises the last error. When the server asks for a longer wait than is left, that is `RateLimited`, at once
    and without sleeping; on every `RetriableError` with a known wait, `resume_at` is set.
    """
    started = clock.monotonic()
    waited = 0.0
    tries = 0
    while True:
        try:
            return attempt()
        except SourceError as error:
            tries += 1
            if not may_repeat(error):
                raise
            asked = error.retry_after if isinstance(error, RetriableError) else None
            wait = policy.wait(tries, asked)
            if asked and waited + wait > policy.budget_seconds:
                raise _come_back(error, asked, clock) from None
            elapsed = clock.monotonic() - started
            if tries >= policy.attempts and elapsed + wait > policy.budget_seconds:
                if isinstance(error, RateLimited):
                    raise _come_back(error, asked or policy.cap, clock) from None
                raise
            logger.info("try %d failed, next in %.1f s: %s", tries, wait, error)
        clock.sleep(wait)
        waited += wait


def _come_back(error: SourceError, seconds: float, clock: Clock) -> RateLimited:
    """The error as `RateLimited`, with the moment before which not to come back."""
    limited = RateLimited(
        error.detail,
        method=error.method,
        path=error.path,
        status=error.status,
        request_id=error.request_id,
        hint=error.hint,
    )
    limited.may_have_arrived = error.may_have_arrived
    limited.retry_after = seconds
    limited.resume_at = clock.now() + timedelta(seconds=seconds)
    return limited
