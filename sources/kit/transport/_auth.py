"""Ways to say who we are, each an `httpx.Auth` whose flow yields requests."""

from __future__ import annotations

import base64
import json
import threading
from abc import abstractmethod
from collections.abc import AsyncGenerator, Generator, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

import httpx

from sources.kit.transport._answers import Answers, same_origin, token_refusal
from sources.kit.transport._clock import Clock
from sources.kit.transport._errors import AuthenticationFailed, InvalidConfiguration, WrongAnswer
from sources.kit.transport._redact import Redactor

# A token is renewed after this share of its life, long before it can expire under a request.
RENEW_AT = 0.75
# When an early renewal fails, the old token serves on and the next attempt waits so long.
RENEWAL_PAUSE_SECONDS = 60.0
# RFC 6749 leaves `expires_in` optional; an hour is what most servers grant.
OAUTH2_LIFETIME_SECONDS = 3600.0
# ROIT: a token is valid for 8 hours.
TOKEN_LIFETIME_SECONDS = 8 * 3600.0


@dataclass(frozen=True)
class Connection:
    """What a client lends to its authentication."""

    base_url: httpx.URL
    clock: Clock
    redactor: Redactor
    answers: Answers


class Auth(httpx.Auth):
    """An authentication that a `Client` binds to itself before the first request."""

    def bind(self, connection: Connection) -> None:
        """Called once by the client: keep what is needed and name the secrets to the redactor."""
        connection.redactor.add(*self.secrets())

    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""


class ApiKeyAuth(Auth):
    """A fixed value in a header."""

    def __init__(self, header: str, key: str) -> None:
        self._header = header
        self._key = key

    def secrets(self) -> tuple[str, ...]:
        return (self._key,)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers[self._header] = self._key
        yield request


class StaticTokenAuth(Auth):
    """A token from the configuration, bare or behind a prefix such as `Bearer`."""

    def __init__(self, token: str, *, prefix: str = "", header: str = "Authorization") -> None:
        self._header = header
        self._token = token
        self._prefix = prefix

    def secrets(self) -> tuple[str, ...]:
        return (self._token,)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers[self._header] = _prefixed(self._prefix, self._token)
        yield request


class BasicAuth(Auth):
    """User name and password (RFC 7617)."""

    def __init__(self, username: str, password: str) -> None:
        self._basic = httpx.BasicAuth(username, password)
        self._password = password

    def secrets(self) -> tuple[str, ...]:
        return (self._password,)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield from self._basic.auth_flow(request)


@dataclass
class _Token:
    value: str = field(repr=False)
    renew_at: float
    expires_at: float


class TokenAuth(Auth):
    """A token that is asked for with credentials, used until three quarters of its life, then renewed.

    One renewal serves all threads. A 401 is answered by one renewal and one repetition; a second 401 is the
    client's to report. An early renewal that fails leaves the old token in use while it lasts. Credentials
    that were refused once are not sent again: `AuthenticationFailed` at once, so that no account gets locked.

    The default is ROIT's way: `POST path {"clientId", "clientSecret"}` → `data.token`, `data.expiresIn`
    (seconds), sent bare. Fields of the answer are dotted paths. `path` is relative to the base URL, or
    absolute.
    """

    def __init__(
        self,
        path: str,
        credentials: Mapping[str, str],
        *,
        token_field: str = "data.token",  # noqa: S107 - the name of a field
        lifetime_field: str = "data.expiresIn",
        default_lifetime: float = TOKEN_LIFETIME_SECONDS,
        prefix: str = "",
        header: str = "Authorization",
    ) -> None:
        self._path = path
        self._credentials = dict(credentials)
        self._token_field = token_field
        self._lifetime_field = lifetime_field
        self._default_lifetime = default_lifetime
        self._prefix = prefix
        self._header = header
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self._refused: AuthenticationFailed | None = None
        self._connection: Connection | None = None

    def secrets(self) -> tuple[str, ...]:
        return tuple(self._credentials.values())

    def bind(self, connection: Connection) -> None:
        super().bind(connection)
        url = _merged(connection.base_url, self._path)
        if url.scheme != "https" and not same_origin(url, connection.base_url):
            raise InvalidConfiguration("the token URL has to be https: credentials go there")
        self._connection = connection

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        # read by this thread alone: a renewal by another replaces the object, it never changes one in use
        token = yield from self._current(request)
        request.headers[self._header] = _prefixed(self._prefix, token.value)
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        # gives the connection back before waiting for the lock: the renewal may need it
        response.read()
        token = yield from self._current(request, rejected=token)
        request.headers[self._header] = _prefixed(self._prefix, token.value)
        yield request

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        raise RuntimeError("this authentication serves synchronous clients only")
        yield request  # makes it the generator that httpx expects

    def token_request(self, url: httpx.URL, timeout: Any) -> httpx.Request:
        """The request that gets a token."""
        return httpx.Request(
            "POST",
            url,
            json=self._credentials,
            headers={"Accept": "application/json"},
            extensions={"timeout": timeout},
        )

    def _current(
        self, request: httpx.Request, rejected: _Token | None = None
    ) -> Generator[httpx.Request, httpx.Response, _Token]:
        """A token to use, renewed if it is due or if it is the one that was rejected."""
        connection = self._bound()
        with self._lock:
            token = self._token
            now = connection.clock.monotonic()
            if token is not None and (token is rejected or now >= token.expires_at):
                token = self._token = None
            if token is not None and now < token.renew_at:
                return token
            if self._refused is not None:
                raise copy(self._refused)
            if token is not None:
                # should this renewal come to nothing, the next request uses the old token
                token.renew_at = now + RENEWAL_PAUSE_SECONDS
            url = _merged(connection.base_url, self._path)
            response = yield self.token_request(url, request.extensions.get("timeout"))
            if not response.is_success and token is not None:
                response.read()  # httpx reads it too, and could not after a close
                return token
            self._token = self._from_answer(response, connection)
            return self._token

    def _from_answer(self, response: httpx.Response, connection: Connection) -> _Token:
        if not response.is_success:
            error = token_refusal(connection.answers.refusal(response))
            if isinstance(error, AuthenticationFailed):
                self._refused = error
            raise error
        try:
            answer = json.loads(response.read())
        except ValueError:
            answer = None
        value = _at(answer, self._token_field)
        if not isinstance(value, str) or not value:
            error = WrongAnswer(
                f"the token request was answered without {self._token_field}",
                hint="check the credentials and the names of the token fields",
            )
            error.may_have_arrived = False
            raise connection.answers.located(error, response.request, response)
        connection.redactor.add(value)
        lifetime = _seconds(_at(answer, self._lifetime_field)) or self._default_lifetime
        now = connection.clock.monotonic()
        return _Token(value, renew_at=now + RENEW_AT * lifetime, expires_at=now + lifetime)

    def _bound(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("this authentication works only inside a Client")
        return self._connection


class OAuth2ClientCredentials(TokenAuth):
    """OAuth 2.0 client credentials grant (RFC 6749 4.4): the client authenticates by HTTP Basic."""

    def __init__(
        self, token_url: str, *, client_id: str, client_secret: str, scope: str | None = None
    ) -> None:
        super().__init__(
            token_url,
            {"client_id": client_id, "client_secret": client_secret},
            token_field="access_token",  # noqa: S106 - the name of a field
            lifetime_field="expires_in",
            default_lifetime=OAUTH2_LIFETIME_SECONDS,
            prefix="Bearer",
        )
        self._scope = scope

    def token_request(self, url: httpx.URL, timeout: Any) -> httpx.Request:
        pair = (quote_plus(self._credentials[name]) for name in ("client_id", "client_secret"))
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        return httpx.Request(
            "POST",
            url,
            data=form,
            headers={
                "Accept": "application/json",
                "Authorization": f"Basic {base64.b64encode(':'.join(pair).encode()).decode()}",
            },
            extensions={"timeout": timeout},
        )


def _merged(base_url: httpx.URL, path: str) -> httpx.URL:
    """An absolute URL as it is; anything else behind the path of the base URL."""
    url = httpx.URL(path)
    if url.is_absolute_url:
        return url
    return base_url.copy_with(raw_path=base_url.raw_path.rstrip(b"/") + b"/" + url.raw_path.lstrip(b"/"))


def _prefixed(prefix: str, token: str) -> str:
    return f"{prefix.strip()} {token}" if prefix.strip() else token


def _at(answer: Any, dotted: str) -> Any:
    """The value at a dotted path of objects, or None."""
    for name in dotted.split("."):
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def _seconds(value: Any) -> float | None:
    """A lifetime in seconds, also where it comes as text; None when it is missing or makes no sense."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds < float("inf") else None
