"""Everything that can go wrong on the way to a system, named by what the caller has to do.

SourceError
├── FatalError                  stop this source: somebody has to change something
│   ├── InvalidConfiguration    an address, header or certificate that cannot work
│   └── AuthenticationFailed    401, also with a fresh token; or the token request was refused
├── RetriableError              may pass; the policy's tries and time are used up. Has `resume_at`
│   ├── RateLimited             the server asks to come back later (429, or 503 with Retry-After)
│   ├── Unavailable             no connection, time-out, broken answer, 408, 425, 5xx
│   └── LinkExpired             the storage refuses a signed URL (403, 410) that can be asked for again
├── SkippableError              this resource cannot be had, others can
│   ├── PermissionDenied        403
│   ├── NotFound                404, 410
│   └── Refused                 any other 4xx
├── DataError                   the answer is not what was agreed
│   ├── WrongAnswer             not the shape that was asked for; a read is tried again
│   ├── SizeMismatch            more or fewer bytes than announced
│   ├── HashMismatch            other bytes than announced
│   ├── LimitExceeded           larger than the limit, also once unpacked
│   ├── UnsafeRedirect          an answer points to another host or inside the network
│   └── IdempotencyConflict     the idempotency key was used before with another body
└── UnknownOutcome              a create was sent and its answer lost: it may have been done

Every one carries where it happened and prints as one line without secrets (promise P10).
"""

from __future__ import annotations

from datetime import datetime


class SourceError(Exception):
    """A request that came to nothing.

    `method`, `path` (without query values), `status` and `request_id` (the vendor's) say which request;
    they are None where there was none or it is not known. `detail` is what went wrong, redacted. `hint` is
    what the reader can do. An error that a parser raises needs no more than `detail`: the client adds the
    rest.
    """

    #: Whether the request itself may have reached the server. A create is repeated only where it cannot have.
    may_have_arrived: bool = True

    def __init__(
        self,
        detail: str = "",
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.method = method
        self.path = path
        self.status = status
        self.request_id = request_id
        self.hint = hint

    def __str__(self) -> str:
        request = " ".join(part for part in (self.method, self.path) if part)
        facts = []
        if self.status is not None:
            facts.append(f"status {self.status}")
        if self.request_id:
            facts.append(f"request id {self.request_id}")
        head = ", ".join(part for part in (request, *facts) if part)
        text = ": ".join(part for part in (head, self.detail) if part)
        if self.hint:
            text = f"{text} ({self.hint})" if text else self.hint
        return " ".join(text.split()) or type(self).__name__


class FatalError(SourceError):
    """Nothing of this source will work until its configuration or credentials change."""


class InvalidConfiguration(FatalError):
    """An address, header, path or certificate that cannot work."""


class AuthenticationFailed(FatalError):
    """The credentials are not accepted, also after one renewal."""


class RetriableError(SourceError):
    """May pass by itself; it was tried as often and as long as the policy allows.

    `retry_after` is the wait in seconds that the server asked for, if it did; `resume_at` the moment (UTC)
    before which it makes no sense to come back, if known.
    """

    retry_after: float | None = None
    resume_at: datetime | None = None


class RateLimited(RetriableError):
    """The server asks to come back later. Once it leaves the client, `resume_at` is always set."""

    def __str__(self) -> str:
        if self.resume_at is None:
            return super().__str__()
        return f"{super().__str__()}; come back at {self.resume_at.isoformat(timespec='seconds')}"


class Unavailable(RetriableError):
    """No answer, half an answer, or one that says: not now."""


class LinkExpired(RetriableError):
    """The storage refused a signed URL, also after it was asked for anew."""


class SkippableError(SourceError):
    """This resource cannot be had; the others of the source can."""


class PermissionDenied(SkippableError):
    """The credentials are good and not allowed to do this."""


class NotFound(SkippableError):
    """There is no such thing at the source (any more)."""


class Refused(SkippableError):
    """The server does not accept the request as it is."""


class DataError(SourceError):
    """The answer is not what the contract says."""


class WrongAnswer(DataError):
    """The answer has not the shape that was asked for. Raised by parsers; reads are then tried again."""


class SizeMismatch(DataError):
    """A file has another size than announced."""


class HashMismatch(DataError):
    """A file has another hash than announced."""


class LimitExceeded(DataError):
    """An answer is larger than the limit, as sent or once unpacked."""


class UnsafeRedirect(DataError):
    """An answer points somewhere this program must not go."""


class IdempotencyConflict(DataError):
    """The idempotency key was used before with another body."""


class UnknownOutcome(SourceError):
    """A create was sent and no usable answer came back: the server may have done it or not."""
