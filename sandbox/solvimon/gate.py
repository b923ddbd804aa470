"""The door of the API: a request id on every answer, the key, and errors in the published shape."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..core.wire import answer
from .errors import Refusal, error_body

REQUEST_ID_HEADER = "X-REQUEST-ID"
Access = tuple[str, str]
"""How a secret is presented (`key` or `bearer`), and the secret."""

_CODES = {404: "RESOURCE_NOT_FOUND", 405: "INVALID_OPERATION"}


class Door:
    """ASGI middleware: adds the request id, and refuses whoever has no valid key before all else.

    `accesses` tells, for each key and token, whether it may create. It is noted in the scope.
    """

    def __init__(self, app: ASGIApp, accesses: Mapping[Access, bool], platform_id: str) -> None:
        self._app, self._accesses, self._platform_id = app, accesses, platform_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = str(uuid.uuid4())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        headers = Request(scope).headers
        platform = headers.get("x-platform-id", self._platform_id)
        refusal: Response | None = None
        access = _presented(headers)
        if access is None or access not in self._accesses:
            refusal = answer(error_body(401, "UNAUTHORISED", "no valid API key or token"), 401)
        elif platform != self._platform_id:
            refusal = answer(error_body(400, "PLATFORM_NOT_FOUND", f"no platform {platform}"), 400)
        scope["may_create"] = self._accesses.get(access, False) if access else False
        await (refusal or self._app)(scope, receive, send_with_id)


def _presented(headers: Mapping[str, str]) -> Access | None:
    """Return the key of `X-API-KEY`, or else the token of `Authorization: Bearer`."""
    if key := headers.get("x-api-key"):
        return "key", key
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return ("bearer", token) if scheme.lower() == "bearer" else None


def need_create(request: Request, permission: str) -> None:
    """Refuse a key that may only read."""
    if not request.scope["may_create"]:
        raise Refusal(403, "USER_NOT_ALLOWED", f"this key lacks the permission {permission}.CREATE")


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer a refusal, or a wrong path or method, with the published error body."""
    if isinstance(error, Refusal):
        return answer(error.body(), error.status_code)
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(getattr(error, "headers", None) or {})
    code = _CODES.get(status, "INTERNAL_ERROR")
    message = f"{request.method} {request.url.path}: {getattr(error, 'detail', 'internal error')}"
    return answer(error_body(status, code, message), status, headers)
