"""The HTTP layer of every source: authentication, retry, pace, redaction, bounded answers, downloads.

`Client` talks to a system's API, `Downloader` fetches files by signed URL, without any of the API's
credentials, `ObjectStore` reads what lies in a bucket or folder. All raise only the errors of the tree in
`_errors`, named by what the caller has to do.
"""

from __future__ import annotations

from sources.kit.transport._address import AddressRule
from sources.kit.transport._auth import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    OAuth2ClientCredentials,
    StaticTokenAuth,
    TokenAuth,
)
from sources.kit.transport._client import Client
from sources.kit.transport._clock import Clock, SystemClock
from sources.kit.transport._download import Downloader
from sources.kit.transport._errors import (
    AuthenticationFailed,
    DataError,
    FatalError,
    HashMismatch,
    IdempotencyConflict,
    InvalidConfiguration,
    LimitExceeded,
    LinkExpired,
    NotFound,
    PermissionDenied,
    RateLimited,
    Refused,
    RetriableError,
    SizeMismatch,
    SkippableError,
    SourceError,
    Unavailable,
    UnknownOutcome,
    UnsafeRedirect,
    WrongAnswer,
)
from sources.kit.transport._idempotency import Idempotency
from sources.kit.transport._logging import RedactionFilter, install_redaction
from sources.kit.transport._objects import ObjectStore, StoredObject, check_location
from sources.kit.transport._redact import Redactor
from sources.kit.transport._retry import RetryPolicy
from sources.kit.transport._transfer import Downloaded, SignedUrl

__all__ = [
    "AddressRule",
    "ApiKeyAuth",
    "Auth",
    "AuthenticationFailed",
    "BasicAuth",
    "Client",
    "Clock",
    "DataError",
    "Downloaded",
    "Downloader",
    "FatalError",
    "HashMismatch",
    "Idempotency",
    "IdempotencyConflict",
    "InvalidConfiguration",
    "LimitExceeded",
    "LinkExpired",
    "NotFound",
    "OAuth2ClientCredentials",
    "ObjectStore",
    "PermissionDenied",
    "RateLimited",
    "RedactionFilter",
    "Redactor",
    "Refused",
    "RetriableError",
    "RetryPolicy",
    "SignedUrl",
    "SizeMismatch",
    "SkippableError",
    "SourceError",
    "StaticTokenAuth",
    "StoredObject",
    "SystemClock",
    "TokenAuth",
    "Unavailable",
    "UnknownOutcome",
    "UnsafeRedirect",
    "WrongAnswer",
    "check_location",
    "install_redaction",
]
