"""From what came back (or did not) to an error that says what to do."""

from __future__ import annotations

import ssl

import httpx

from sources.kit.transport._clock import Clock
from sources.kit.transport._errors import (
    AuthenticationFailed,
    FatalError,
    InvalidConfiguration,
    NotFound,
    PermissionDenied,
    RateLimited,
    Refused,
    RetriableError,
    SourceError,
    Unavailable,
    UnsafeRedirect,
)
from sources.kit.transport._redact import Redactor
from sources.kit.transport._retry import parse_retry_after

# One hop to a canonical path is common; a chain is a mistake or a loop.
MOST_REDIRECTS = 3
REQUEST_ID_HEADER = "X-Request-ID"
# Answers that mean "not now" beside 5xx: request time-out, too early.
_LATER = frozenset({408, 425})
_REQUEST_ID_CHARACTERS = 100
# Failures before the request was on its way: repeating one cannot do anything twice.
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class Answers:
    """Turns failures into errors with their place and without their secrets."""

    def __init__(
        self,
        *,
        redactor: Redactor,
        clock: Clock,
        request_id_header: str = REQUEST_ID_HEADER,
        whole_url: bool = False,
    ) -> None:
        self._redactor = redactor
        self._clock = clock
        self._request_id_header = request_id_header
        self._whole_url = whole_url

    def refusal(self, response: httpx.Response) -> SourceError:
        """The error for an answer that is not a success. Reads the body; the answer is closed afterwards."""
        try:
            detail = self._redactor.body(response.read())
        except (httpx.HTTPError, SourceError):  # the status says enough
            detail = ""
        error = _error_for(response.status_code)
        error.detail = detail or httpx.codes.get_reason_phrase(response.status_code)
        if isinstance(error, RetriableError):
            now = self._clock.now()
            error.retry_after = parse_retry_after(response.headers.get("retry-after"), now)
            if response.status_code == httpx.codes.SERVICE_UNAVAILABLE and error.retry_after:
                limited = RateLimited(error.detail)
                limited.retry_after = error.retry_after
                error = limited
        return self.located(error, response.request, response)

    def broken(self, failure: httpx.TransportError, request: httpx.Request) -> SourceError:
        """The error for a request that got no answer, or half of one.

        `request` is the one that was asked for; the failure may be of another (a token's), sent before it.
        """
        failed = failure.request
        text = self._redactor.text(str(failure))
        detail = f"{type(failure).__name__}: {text}" if text else type(failure).__name__
        error: SourceError
        if isinstance(failure, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
            # the library's text quotes header values
            error = InvalidConfiguration(f"{type(failure).__name__}: the request cannot be sent as it is")
        elif _is_certificate_failure(failure):
            error = InvalidConfiguration(detail, hint="the server's certificate is not trusted")
        else:
            error = Unavailable(detail)
        error.may_have_arrived = failed is request and not isinstance(failure, _NOTHING_SENT)
        return self.located(error, failed, None)

    def located(
        self, error: SourceError, request: httpx.Request, response: httpx.Response | None
    ) -> SourceError:
        """The same error, with the request it belongs to where it does not say so itself, and redacted."""
        error.detail = self._redactor.text(error.detail)
        error.args = (error.detail,)
        error.method = error.method or request.method
        error.path = error.path or self._path(request.url)
        if response is not None:
            error.status = error.status or response.status_code
            error.request_id = error.request_id or self._request_id(response)
        return error

    def _path(self, url: httpx.URL) -> str:
        """The path with the names of its query parameters, without their values."""
        place = f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}" if self._whole_url else url.path
        names = "&".join(dict.fromkeys(name for name, _ in url.params.multi_items()))
        return self._redactor.text(f"{place}?{names}" if names and not self._whole_url else place)

    def _request_id(self, response: httpx.Response) -> str | None:
        value: str | None = response.headers.get(self._request_id_header)
        return self._redactor.text(value)[:_REQUEST_ID_CHARACTERS] if value else None


def _error_for(status: int) -> SourceError:
    """An empty error of the class that fits the status."""
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return RateLimited()
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in _LATER:
        return Unavailable()
    if status == httpx.codes.UNAUTHORIZED:
        return AuthenticationFailed(hint="check the credentials and the base URL they belong to")
    if status == httpx.codes.FORBIDDEN:
        return PermissionDenied(hint="the credentials are not allowed to do this")
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        return NotFound()
    return Refused()


def token_refusal(error: SourceError) -> SourceError:
    """The error of a token request that was refused: nothing works without a token, whatever the status."""
    error.may_have_arrived = False
    if isinstance(error, RetriableError | AuthenticationFailed):
        return error
    wrong_path = isinstance(error, NotFound)
    kind: type[FatalError] = InvalidConfiguration if wrong_path else AuthenticationFailed
    fatal = kind(
        error.detail,
        method=error.method,
        path=error.path,
        status=error.status,
        request_id=error.request_id,
        hint="check the token path" if wrong_path else "the token request was refused: check the credentials",
    )
    fatal.may_have_arrived = False
    return fatal


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether both have the same scheme, host and port."""
    return (one.scheme, one.host, _port(one)) == (other.scheme, other.host, _port(other))


def send(http: httpx.Client, request: httpx.Request) -> httpx.Response:
    """The answer with its body unread, after redirects within the origin; only a GET is redirected.

    Raises `UnsafeRedirect` for any other, and `httpx.TransportError` as it comes.
    """
    response = http.send(request, stream=True)
    hops = 0
    while response.next_request is not None:
        response.close()
        following = response.next_request
        hops += 1
        reason = None
        if request.method != "GET":
            reason = "a request that is not a GET is not redirected"
        elif not same_origin(request.url, following.url):
            reason = f"redirect to another origin ({following.url.scheme}://{following.url.host})"
        elif hops > MOST_REDIRECTS:
            reason = f"more than {MOST_REDIRECTS} redirects"
        if reason:
            raise UnsafeRedirect(reason, status=response.status_code)
        response = http.send(following, stream=True)
    return response


def _port(url: httpx.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)


def _is_certificate_failure(failure: BaseException) -> bool:
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
