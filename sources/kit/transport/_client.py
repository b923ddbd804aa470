"""The one way in which a source talks to its system."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from sources.kit.transport._answers import REQUEST_ID_HEADER, Answers, same_origin, send
from sources.kit.transport._auth import Auth, Connection
from sources.kit.transport._clock import Clock, SystemClock
from sources.kit.transport._errors import (
    IdempotencyConflict,
    InvalidConfiguration,
    LimitExceeded,
    NotFound,
    Refused,
    RetriableError,
    SourceError,
    Unavailable,
    UnknownOutcome,
    UnsafeRedirect,
    WrongAnswer,
)
from sources.kit.transport._idempotency import Idempotency
from sources.kit.transport._logging import redact_library_logs
from sources.kit.transport._redact import Redactor
from sources.kit.transport._retry import RetryPolicy, with_retries
from sources.kit.transport._wire import MAX_CONNECTIONS, READ_TIMEOUT_SECONDS, USER_AGENT, Wire, timeouts

T = TypeVar("T")
Parse = Callable[[httpx.Response], T]
Content = bytes | Iterable[bytes]

# The largest page seen in practice is a few MB; an answer beyond this would be a mistake or an attack (P14).
MAX_BYTES = 256 * 1024 * 1024


class Client:
    """Talks to one origin: reads that are tried again, creates that never happen twice by our doing.

    Thread-safe. Redirects stay within the origin and only GETs follow them; answers are at most `max_bytes`
    large, also once unpacked. Every failure is a `SourceError` without secrets: those in `secrets`, those of
    `auth`, those that `redactor` knows, and what looks like one. Parsers get the whole answer, which was a
    success by its status, and raise `WrongAnswer` when it is not what they expect; a `ValueError` (bad JSON),
    `LookupError` or `TypeError` of theirs means the same.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        policy: RetryPolicy | None = None,
        clock: Clock | None = None,
        secrets: Iterable[str] = (),
        redactor: Redactor | None = None,
        max_connections: int = MAX_CONNECTIONS,
        read_timeout: float = READ_TIMEOUT_SECONDS,
        max_bytes: int = MAX_BYTES,
        request_id_header: str = REQUEST_ID_HEADER,
        idempotency: Idempotency | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = _checked(base_url)
        self.clock: Clock = clock or SystemClock()
        self.policy = policy or RetryPolicy()
        self.redactor = redactor or Redactor()
        self.redactor.add(*secrets)
        self._idempotency = idempotency or Idempotency()
        self._answers = Answers(redactor=self.redactor, clock=self.clock, request_id_header=request_id_header)
        if isinstance(auth, Auth):
            auth.bind(Connection(self.base_url, self.clock, self.redactor, self._answers))
        redact_library_logs(self.redactor)
        wire = Wire(transport, clock=self.clock, max_bytes=max_bytes, max_connections=max_connections)
        self._http = httpx.Client(
            base_url=self.base_url,
            auth=auth,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **(headers or {})},
            timeout=timeouts(read_timeout),
            follow_redirects=False,
            transport=wire,
        )

    def read(
        self,
        method: str,
        path: str,
        *,
        parse: Parse[T],
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """What `parse` makes of the answer to a request that changes nothing, also when it is a POST.

        Lost connections, time-outs, cut bodies, 408, 425, 429, 5xx and wrong answers are tried again within
        the policy. Parameters that are None are left out. Raises `SourceError`; never `UnknownOutcome`.
        """

        def attempt() -> T:
            return self._once(self._build(method, path, params, json, None, headers), parse)

        return with_retries(attempt, policy=self.policy, clock=self.clock, may_repeat=_may_pass)

    def create(
        self,
        method: str,
        path: str,
        *,
        parse: Parse[T],
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: Content | None = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        accept: Collection[int] = (),
    ) -> T:
        """What `parse` makes of the answer to a request that changes something, whatever its method (P7).

        Tried again only where it cannot have been done: after a 429, or when nothing was sent. Under an
        idempotency key also after a lost answer, by the server's rules for keys. `content` in pieces must be
        iterable again, so not a generator. Raises `UnknownOutcome` when the server may have done it and did
        not say so: no usable answer, or a 5xx. Errors of other classes mean that it was not done. `parse` also
        gets answers with a status in `accept`: refusals that say more than an error can carry.
        """
        _check_repeatable(content)
        keyed = idempotency_key is not None
        all_headers = {**(headers or {}), **self._idempotency.headers(idempotency_key)}
        lost: list[SourceError] = []

        def attempt() -> T:
            request = self._build(method, path, params, json, content, all_headers)
            try:
                return self._once(request, parse, keyed=keyed, accept=accept)
            except SourceError as error:
                if _may_have_been_done(error):
                    lost.append(error)
                    if not keyed:
                        raise _unknown(error) from None
                raise

        try:
            return with_retries(attempt, policy=self.policy, clock=self.clock, may_repeat=_may_pass)
        except SourceError as error:
            # a refusal of the repetition says that the first was not accepted either; a 401 or 429 does not
            if lost and not isinstance(error, Refused | NotFound | IdempotencyConflict | UnknownOutcome):
                raise _unknown(error) from None
            raise

    def close(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
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

    def _build(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        json: Any,
        content: Content | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Request:
        given = {name: value for name, value in (params or {}).items() if value is not None}
        try:
            request = self._http.build_request(
                method,
                path,
                params=given or None,  # without any, the path keeps its own query (a link to a page)
                json=json,
                content=content,
                headers=headers,
            )
        except (httpx.InvalidURL, UnicodeError):
            raise InvalidConfiguration("the path cannot be part of a URL", method=method) from None
        if not same_origin(request.url, self.base_url):
            error = UnsafeRedirect(f"{request.url.scheme}://{request.url.host} is not the base URL's origin")
            error.may_have_arrived = False
            raise self._answers.located(error, request, None)
        return request

    def _once(
        self, request: httpx.Request, parse: Parse[T], *, keyed: bool = False, accept: Collection[int] = ()
    ) -> T:
        """One try: the parsed answer, or a `SourceError` that knows whether the request was on its way."""
        response = self._answer(request)
        if not response.is_success and response.status_code not in accept:
            raise self._keyed(response) if keyed else self._answers.refusal(response)
        try:
            return parse(response)
        except SourceError as error:
            raise self._answers.located(error, request, response) from None
        except (ValueError, LookupError, TypeError) as failure:
            wrong = WrongAnswer(f"{type(failure).__name__}: {failure}")
            raise self._answers.located(wrong, request, response) from None

    def _answer(self, request: httpx.Request) -> httpx.Response:
        """The answer, whatever its status, with its whole body."""
        response: httpx.Response | None = None
        try:
            response = send(self._http, request)
            response.read()
        except httpx.TransportError as failure:
            raise self._answers.broken(failure, request) from None
        except SourceError as error:
            raise self._answers.located(error, request, response) from None
        finally:
            if response is not None:
                response.close()
        return response

    def _keyed(self, response: httpx.Response) -> SourceError:
        """The error for an answer under an idempotency key."""
        rules, error = self._idempotency, self._answers.refusal(response)
        kind: type[SourceError]
        if response.status_code in rules.conflict:
            kind = IdempotencyConflict
        elif response.status_code in rules.in_progress:
            kind = Unavailable
        elif response.status_code == httpx.codes.INTERNAL_SERVER_ERROR and not rules.is_retryable(response):
            return _unknown(error)
        else:
            return error
        return self._answers.located(kind(error.detail), response.request, response)


def _check_repeatable(content: Content | None) -> None:
    if content is not None and not isinstance(content, bytes) and iter(content) is content:
        raise TypeError("content must be bytes or iterable more than once, to be sent again after a 429")


def _may_pass(error: SourceError) -> bool:
    return isinstance(error, RetriableError | WrongAnswer)


def _may_have_been_done(error: SourceError) -> bool:
    """Whether a create that failed so may have been carried out. A 429 says that it was not."""
    if not error.may_have_arrived or error.status == httpx.codes.TOO_MANY_REQUESTS:
        return False
    return isinstance(error, RetriableError | WrongAnswer | LimitExceeded)


def _unknown(error: SourceError) -> UnknownOutcome:
    return UnknownOutcome(
        error.detail,
        method=error.method,
        path=error.path,
        status=error.status,
        request_id=error.request_id,
        hint="it may have been done: look for it at the source before asking again",
    )


def _checked(base_url: str) -> httpx.URL:
    """The base URL, without a slash at its end. It may be http where it is configured so."""
    try:
        url = httpx.URL(base_url.rstrip("/"))
    except httpx.InvalidURL:
        raise InvalidConfiguration("the base URL cannot be read") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidConfiguration("the base URL has to begin with https:// (or http://) and a host")
    if url.userinfo or url.query or url.fragment:
        raise InvalidConfiguration("the base URL has to be scheme, host, port and path only")
    return url
