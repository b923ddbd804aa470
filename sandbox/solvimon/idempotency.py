"""Idempotency keys: the first answer under a key is given again, for 48 hours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..core.clock import Clock
from ..core.wire import answer
from .errors import Refusal, error_body, invalid_field

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
RETRYABLE_HEADER = "Idempotency-Retryable"
KEY_LENGTH_MOST = 255
KEPT = timedelta(hours=48)


@dataclass
class _Entry:
    fingerprint: str
    at: datetime
    value: Any
    status: int
    busy: int = 0


class Idempotency:
    """Answers of writes by key. A write that is refused leaves no entry: it did nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._to_interrupt = 0

    def interrupt_creates(self, count: int = 1) -> int:
        """Let the next writes succeed and their answers get lost.

        The writer sees 500 (retryable under a key), then 422 once, then the first answer replayed.
        """
        self._to_interrupt += count
        return self._to_interrupt

    async def write(self, request: Request, status: int, make: Callable[[bytes], Any]) -> Response:
        """Run `make` on the body and answer its result, or answer what the key was answered before."""
        body = await request.body()
        key = request.headers.get(KEY_HEADER)
        if key is not None and not 0 < len(key) <= KEY_LENGTH_MOST:
            raise invalid_field(KEY_HEADER, f"a key has 1 to {KEY_LENGTH_MOST} characters")
        fingerprint = hashlib.sha256(f"{request.url.path}\n".encode() + body).hexdigest()
        entry = self._entries.get(key) if key is not None else None
        if entry is not None and self._clock.now() - entry.at < KEPT:
            return _repeat(entry, fingerprint)
        entry = _Entry(fingerprint, self._clock.now(), make(body), status)
        if key is not None:
            self._entries[key] = entry
        if self._to_interrupt:
            return self._interrupt(entry, key)
        return answer(entry.value, status)

    def _interrupt(self, entry: _Entry, key: str | None) -> Response:
        self._to_interrupt -= 1
        entry.busy = 1
        error = error_body(500, "INTERNAL_ERROR", "the answer was lost")
        return answer(error, 500, {RETRYABLE_HEADER: "true"} if key is not None else None)


def _repeat(entry: _Entry, fingerprint: str) -> Response:
    if entry.fingerprint != fingerprint:
        raise Refusal(409, "IDEMPOTENCY_CHECK_FAILED", "this key was used for another request")
    if entry.busy:
        entry.busy -= 1
        raise Refusal(422, "IDEMPOTENCY_CHECK_FAILED", "the first request is still in progress")
    return answer(entry.value, entry.status, {REPLAYED_HEADER: "true"})
