"""Refusals: a status, a code and a message."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..core.wire import answer

_CODES = {
    400: "BAD_REQUEST",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "UNPROCESSABLE",
}


def refuse(status: int, message: str) -> HTTPException:
    return HTTPException(status, message)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer `{code, message}`, with the headers that a 405 has to carry."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(getattr(error, "headers", None) or {})
    message = getattr(error, "detail", "internal error")
    return answer({"code": _CODES.get(status, "INTERNAL_ERROR"), "message": message}, status, headers)
