"""Files by signed URL: bounded memory, resumed after a break, checked, and never half there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from sources.kit.transport._address import AddressRule
from sources.kit.transport._answers import Answers
from sources.kit.transport._clock import Clock, SystemClock
from sources.kit.transport._errors import LimitExceeded
from sources.kit.transport._logging import redact_library_logs
from sources.kit.transport._redact import Redactor
from sources.kit.transport._retry import RetryPolicy
from sources.kit.transport._transfer import Downloaded, Expected, Means, SignedUrl, Transfer
from sources.kit.transport._wire import (
    MAX_CONNECTIONS,
    READ_TIMEOUT_SECONDS,
    USER_AGENT,
    Wire,
    timeouts,
)

# A part of an export is some hundred MB; beyond this a size is a mistake, or an attack on the disk (P14).
MAX_FILE_BYTES = 16 * 1024**3


class Downloader:
    """Fetches files without any credentials but what is in their link. Thread-safe."""

    def __init__(
        self,
        *,
        policy: RetryPolicy | None = None,
        clock: Clock | None = None,
        redactor: Redactor | None = None,
        rule: AddressRule | None = None,
        max_bytes: int = MAX_FILE_BYTES,
        max_connections: int = MAX_CONNECTIONS,
        read_timeout: float = READ_TIMEOUT_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        clock = clock or SystemClock()
        redactor = redactor or Redactor()
        redact_library_logs(redactor)
        self._max_bytes = max_bytes
        self._http = httpx.Client(
            # identity: sizes, ranges and hashes are those of the stored bytes
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            timeout=timeouts(read_timeout),
            follow_redirects=False,
            transport=Wire(
                transport,
                clock=clock,
                max_bytes=max_bytes,
                max_connections=max_connections,
                unpack=False,
            ),
        )
        self._means = Means(
            http=self._http,
            answers=Answers(redactor=redactor, clock=clock, whole_url=True),
            rule=rule or AddressRule(),
            policy=policy or RetryPolicy(),
            clock=clock,
        )

    def download(
        self,
        link: SignedUrl,
        to: Path,
        *,
        renew: Callable[[], SignedUrl] | None = None,
        size: int | None = None,
        sha256: str | None = None,
        max_bytes: int | None = None,
    ) -> Downloaded:
        """Fetch a file to `to`, which is there only once it is complete and checked.

        Breaks are resumed with `Range`, within the policy. `renew` gives a new link when this one is past its
        `expires_at` or the storage answers 403 or 410; what it raises is raised. `size` (bytes) and `sha256`
        (hex) are checked when given. Raises `SourceError`: `SizeMismatch`, `HashMismatch`, `LimitExceeded`
        and `UnsafeRedirect` among them.
        """
        limit = min(max_bytes or self._max_bytes, self._max_bytes)
        if size is not None and size > limit:
            raise LimitExceeded(f"a file of {size} bytes is announced, the limit is {limit}")
        # readable by its owner only; beside the target, so that the rename is atomic
        handle, name = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.", suffix=".part")
        partial = Path(name)
        try:
            with os.fdopen(handle, "w+b") as file:
                done = Transfer(self._means, file, link, renew, Expected(limit, size, sha256)).run(to)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(to)
        finally:
            partial.unlink(missing_ok=True)
        return done

    def close(self) -> None:
        """Close the connections. The downloader cannot be used afterwards."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
