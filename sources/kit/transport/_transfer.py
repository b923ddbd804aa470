"""One file on its way: what has arrived of it, and how to go on after a break."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import httpx

from sources.kit.transport._address import AddressRule
from sources.kit.transport._answers import Answers, send
from sources.kit.transport._clock import Clock
from sources.kit.transport._errors import (
    HashMismatch,
    LimitExceeded,
    LinkExpired,
    PermissionDenied,
    RetriableError,
    SizeMismatch,
    SourceError,
    Unavailable,
    WrongAnswer,
)
from sources.kit.transport._retry import RetryPolicy, with_retries

# A link that is about to expire is not worth a try.
EXPIRY_MARGIN = timedelta(seconds=5)
# How often a file that arrived whole and wrong is fetched from the start before that is final.
MOST_TRANSFERS = 3
# A break after this much counts as progress and not as a failed try: a large file over a bad line arrives.
PROGRESS_BYTES = 1024 * 1024
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


@dataclass(frozen=True)
class SignedUrl:
    """A link that carries its own permission; its `repr` does not show it. `expires_at` has a time zone."""

    url: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Downloaded:
    """A complete file: `size` in bytes, `sha256` in lower-case hex, both of the bytes as stored.

    `content_encoding` is how the storage says that they are packed (`gzip`), if it does: they are not
    unpacked.
    """

    path: Path
    size: int
    sha256: str
    content_type: str | None = None
    content_encoding: str | None = None


@dataclass(frozen=True)
class Expected:
    """What is known of a file before it comes. `limit` is the most bytes that it may have."""

    limit: int
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Means:
    """What a transfer works with."""

    http: httpx.Client
    answers: Answers
    rule: AddressRule
    policy: RetryPolicy
    clock: Clock


class Transfer:
    """Writes one file, from its start, to a binary file open for writing."""

    def __init__(
        self,
        means: Means,
        file: BinaryIO,
        link: SignedUrl,
        renew: Callable[[], SignedUrl] | None,
        expected: Expected,
    ) -> None:
        self._means = means
        self._file = file
        self._link = link
        self._renew = renew
        self._expected = expected
        self._refused_link = False
        self._renewing = False
        self._mismatches = 0
        self._content_type: str | None = None
        self._content_encoding: str | None = None
        self._total: int | None = None
        self._etag: str | None = None
        self._received = 0
        self._hash = hashlib.sha256()

    def run(self, path: Path) -> Downloaded:
        """Fetch and check the whole file; the answer names it `path`. Raises `SourceError`."""
        while not with_retries(
            self._attempt,
            policy=self._means.policy,
            clock=self._means.clock,
            may_repeat=self._may_repeat,
        ):
            pass
        return Downloaded(
            path, self._received, self._hash.hexdigest(), self._content_type, self._content_encoding
        )

    def _attempt(self) -> bool:
        """Whether the file is complete; False when it broke off after some progress."""
        self._renew_link()
        before = self._received
        request = self._request()
        response: httpx.Response | None = None
        try:
            self._means.rule.check(request.url)
            response = send(self._means.http, request)
            self._means.rule.check_peer(request.url, response)
            self._receive(response)
            self._check_complete()
        except httpx.TransportError as failure:
            if self._received - before >= PROGRESS_BYTES:
                return False
            raise self._means.answers.broken(failure, request) from None
        except SourceError as error:
            if isinstance(error, SizeMismatch | HashMismatch):
                self._mismatches += 1
                self._restart()
            raise self._means.answers.located(error, request, response) from None
        finally:
            if response is not None:
                response.close()
        return True

    def _may_repeat(self, error: SourceError) -> bool:
        if self._renewing:  # the API's error: its client has tried often enough
            return False
        if isinstance(error, SizeMismatch | HashMismatch):
            return self._mismatches < MOST_TRANSFERS
        return isinstance(error, RetriableError | WrongAnswer)

    def _renew_link(self) -> None:
        expires_at = self._link.expires_at
        past = expires_at is not None and self._means.clock.now() >= expires_at - EXPIRY_MARGIN
        if self._renew is None or not (past or self._refused_link):
            return
        self._renewing = True
        self._link = self._renew()
        self._renewing = self._refused_link = False

    def _request(self) -> httpx.Request:
        headers = {}
        if self._received:
            headers["Range"] = f"bytes={self._received}-"
            if self._etag:
                headers["If-Range"] = self._etag
        try:
            return self._means.http.build_request("GET", self._link.url, headers=headers)
        except (httpx.InvalidURL, UnicodeError):
            raise WrongAnswer("the link is not a URL") from None

    def _receive(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and self._received:
            self._check_nothing_left(response)
            return
        if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise self._refusal(response)
        if status == httpx.codes.PARTIAL_CONTENT:
            self._total = self._check_range(response)
        else:  # the whole file, also where only the rest was asked for
            self._restart()
            length = response.headers.get("content-length", "")
            self._total = int(length) if length.isdecimal() else None
            etag = response.headers.get("etag", "")
            self._etag = etag if etag.startswith('"') else None  # a weak one does not vouch for the bytes
            self._content_type = response.headers.get("content-type")
            self._content_encoding = response.headers.get("x-stored-content-encoding")
        self._check_announced()
        for chunk in response.iter_raw():
            self._received += len(chunk)
            self._check_bounds()
            self._file.write(chunk)
            self._hash.update(chunk)

    def _refusal(self, response: httpx.Response) -> SourceError:
        """The error for an answer without the file; a refused link is asked for anew, where it can be."""
        error = self._means.answers.refusal(response)
        # Google's storage says 400 ExpiredToken
        refused = isinstance(error, PermissionDenied) or response.status_code == httpx.codes.GONE
        if self._renew is None or not (refused or "expired" in error.detail.lower()):
            return WrongAnswer("a success without the file") if response.is_success else error
        self._refused_link = True
        return LinkExpired(error.detail, status=error.status, request_id=error.request_id)

    def _check_range(self, response: httpx.Response) -> int | None:
        """The size of the whole file. Starts again when the answer is another part than the one asked for."""
        match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        etag = response.headers.get("etag")
        other_file = self._etag is not None and etag is not None and etag != self._etag
        if match is None or match[1] is None or int(match[1]) != self._received or other_file:
            self._restart()
            raise WrongAnswer("the storage sent another range than the one asked for")
        return None if match[2] == "*" else int(match[2])

    def _check_nothing_left(self, response: httpx.Response) -> None:
        """416: there is nothing behind what has arrived, so it is all, or belongs to another file."""
        match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        if match is None or match[2] != str(self._received):
            self._restart()
            raise WrongAnswer("the storage does not have the rest of the file")
        self._total = self._received

    def _check_announced(self) -> None:
        expected, total = self._expected, self._total
        if total is not None and total > expected.limit:
            raise LimitExceeded(f"the file has {total} bytes, the limit is {expected.limit}")
        if total is not None and expected.size is not None and total != expected.size:
            raise SizeMismatch(f"the storage has {total} bytes, {expected.size} were announced")

    def _check_bounds(self) -> None:
        expected = self._expected
        if self._received > expected.limit:
            raise LimitExceeded(f"the file is larger than {expected.limit} bytes")
        if expected.size is not None and self._received > expected.size:
            raise SizeMismatch(f"the file is larger than the {expected.size} bytes announced")

    def _check_complete(self) -> None:
        expected = self._expected
        if self._total is not None and self._received < self._total:
            raise Unavailable(f"the file broke off after {self._received} of {self._total} bytes")
        if expected.size is not None and self._received != expected.size:
            raise SizeMismatch(f"{self._received} bytes arrived, {expected.size} were announced")
        if expected.sha256 is not None and self._hash.hexdigest() != expected.sha256.strip().lower():
            raise HashMismatch("the file's SHA-256 is not the one announced")

    def _restart(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._received = 0
        self._hash = hashlib.sha256()
        self._total = None
        self._etag = None
