"""What a server promises about requests that carry an idempotency key."""

from __future__ import annotations

from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Idempotency:
    """How a server that knows idempotency keys answers a repetition. The defaults are Solvimon's.

    `in_progress`: the first request is still being worked on, ask again. `conflict`: the key was used with
    another body. A 500 may be repeated only when `retryable_header` says `true`; other 5xx always.
    """

    header: str = "Idempotency-Key"
    retryable_header: str = "Idempotency-Retryable"
    in_progress: frozenset[int] = frozenset({422})
    conflict: frozenset[int] = frozenset({409})
    longest_key: int = 255

    def headers(self, key: str | None) -> dict[str, str]:
        """The header for a key, or none. Raises `ValueError` for a key that the server would not take."""
        if key is None:
            return {}
        if not 0 < len(key) <= self.longest_key:
            raise ValueError(f"an idempotency key has 1 to {self.longest_key} characters")
        return {self.header: key}

    def is_retryable(self, response: httpx.Response) -> bool:
        """Whether the server invites to repeat the request after an error of its own."""
        return str(response.headers.get(self.retryable_header, "")).strip().lower() == "true"
