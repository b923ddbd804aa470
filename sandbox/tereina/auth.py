"""How callers prove who they are: one mode per tenant, wrong or missing proof is 401."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..core.clock import Clock
from ..core.wire import answer

MODES = ("bearer", "api_key", "basic", "oauth2", "none")
TOKEN_PATH = "/oauth2/token"  # noqa: S105
TOKEN_LIFE = timedelta(minutes=15)


class Credentials:
    """The tenant's secrets and mode, from its options; without options, a bearer token."""

    def __init__(self, options: Mapping[str, Any], seed: int, clock: Clock) -> None:
        self.mode: str = options.get("auth", "bearer")
        if self.mode not in MODES:
            raise ValueError(f"tereina.auth must be one of {MODES}")
        self.header: str = options.get("api_key_header", "X-API-Key")
        self.public: dict[str, str] = {
            "auth": self.mode,
            "token": options.get("token", f"tereina-token-{seed}"),
            "api_key": options.get("api_key", f"tereina-key-{seed}"),
            "api_key_header": self.header,
            "username": options.get("username", "erp"),
            "password": options.get("password", f"tereina-password-{seed}"),
            "client_id": options.get("client_id", "client_sandbox"),
            "client_secret": options.get("client_secret", f"tereina-secret-{seed}"),
        }
        self._clock = clock
        self._issued: dict[str, datetime] = {}

    def accepts(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers carry the proof that the mode asks for."""
        scheme, _, proof = headers.get("authorization", "").partition(" ")
        scheme = scheme.lower()
        if self.mode == "none":
            return True
        if self.mode == "api_key":
            return headers.get(self.header.lower()) == self.public["api_key"]
        if self.mode == "basic":
            return scheme == "basic" and proof == self._pair(self.public["username"], self.public["password"])
        if self.mode == "oauth2":
            return scheme == "bearer" and self._issued.get(proof, self._clock.now()) > self._clock.now()
        return scheme == "bearer" and proof == self.public["token"]

    async def issue(self, request: Request) -> Response:
        """Answer the client credentials grant (RFC 6749, section 4.4); the secret in the body or as basic."""
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if form.get("grant_type") != "client_credentials":
            return answer({"error": "unsupported_grant_type"}, 400)
        scheme, _, proof = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            proof = self._pair(form.get("client_id", ""), form.get("client_secret", ""))
        if proof != self._pair(self.public["client_id"], self.public["client_secret"]):
            return answer({"error": "invalid_client"}, 401)
        token = secrets.token_hex(16)
        self._issued[token] = self._clock.now() + TOKEN_LIFE
        seconds = int(TOKEN_LIFE.total_seconds())
        return answer({"access_token": token, "token_type": "Bearer", "expires_in": seconds})

    @staticmethod
    def _pair(name: str, secret: str) -> str:
        return base64.b64encode(f"{name}:{secret}".encode()).decode()


class Guard:
    """ASGI middleware that refuses whoever the credentials do not accept; the token's own path is open."""

    def __init__(self, app: ASGIApp, credentials: Credentials) -> None:
        self._app, self._credentials = app, credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == TOKEN_PATH or self._credentials.accepts(Request(scope).headers):
            await self._app(scope, receive, send)
            return
        refusal = answer({"code": "UNAUTHORIZED", "message": "missing or wrong credentials"}, 401)
        await refusal(scope, receive, send)
