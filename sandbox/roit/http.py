"""Envelopes, refusals and the strict checks that every ROIT operation makes before it does anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..core.wire import answer, body_json
from .refusal import Refusal, invalid, problem
from .state import RoitState

LIMIT_MAX = 1000
LIMIT_DEFAULT = 500


def state_of(request: Request) -> RoitState:
    state: RoitState = request.app.state.roit
    return state


def envelope(request: Request, data: Any, message: str = "Request received successfully") -> Response:
    """Envelope A, of every service but data integration."""
    moment = int(state_of(request).world.clock.now().timestamp() * 1000)
    return answer({"timestamp": moment, "status": "success", "message": message, "data": data})


def envelope_b(data: Any, message: str = "ok", status: int = 200) -> Response:
    """Envelope B, of data integration."""
    return answer(
        {"status_code": status, "status": "success", "message": message, "data": data, "error": None}, status
    )


async def refuse(request: Request, error: Exception) -> Response:
    """The answer to a `Refusal`: a bare `detail` for 422, else the envelope of the service called.

    Starlette's own 404 and 405, for a path or a method that does not exist, are answered alike.
    """
    if isinstance(error, HTTPException):
        error = Refusal(error.status_code, error.detail)
    if not isinstance(error, Refusal):
        raise error
    if error.detail is not None:
        return answer({"detail": error.detail}, error.status)
    if request.url.path.startswith("/roit-data-integration"):
        failure = {"message": error.message, **error.error}
        body = {"status_code": error.status, "status": "error", "message": error.message, "data": None}
        return answer({**body, "error": failure}, error.status)
    moment = int(state_of(request).world.clock.now().timestamp() * 1000)
    body = {"timestamp": moment, "status": "error", "message": error.message, "data": None}
    return answer(body, error.status)


def authorize(request: Request) -> None:
    """Only a token that was issued here and has not expired, bare: no `Bearer`, no other case of it."""
    state = state_of(request)
    expiry = state.tokens.get(request.headers.get("authorization", ""))
    if expiry is None or expiry <= state.world.clock.now():
        raise Refusal(401, "Unauthorized: token missing, unknown or expired")


async def read_body(
    request: Request, fields: Mapping[str, tuple[type | tuple[type, ...], bool]]
) -> dict[str, Any]:
    """The JSON object of the body, checked against `{name: (type, required)}`: nothing more, nothing less."""
    try:
        body = await body_json(request)
    except ValueError as error:
        raise invalid([problem(["body"], f"JSON decode error: {error}", "json_invalid")]) from error
    if not isinstance(body, dict):
        raise invalid([problem(["body"], "Input should be a valid object", "dict_type")])
    details = [
        problem(["body", name], "Extra inputs are not permitted", "extra_forbidden")
        for name in body.keys() - fields.keys()
    ]
    for name, (kind, required) in fields.items():
        if name not in body:
            if required:
                details.append(problem(["body", name], "Field required", "missing"))
        elif not _is(body[name], kind):
            details.append(problem(["body", name], f"Input should be a valid {_names(kind)}", "type_error"))
    if details:
        raise invalid(details)
    return body


def _is(value: Any, kind: type | tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, kind)


def _names(kind: type | tuple[type, ...]) -> str:
    return " or ".join(k.__name__ for k in kind) if isinstance(kind, tuple) else kind.__name__


def read_query(request: Request, allowed: set[str]) -> dict[str, str]:
    """The query parameters, each known and given once."""
    details = [
        problem(["query", name], "Extra inputs are not permitted", "extra_forbidden")
        for name in request.query_params
        if name not in allowed
    ]
    if details:
        raise invalid(details)
    return dict(request.query_params)


def read_paging(values: Mapping[str, Any], default: int = LIMIT_DEFAULT) -> tuple[int, int]:
    """`page` (from 1) and `limit` (at most 1000, else 400) out of a body or a query."""
    numbers = []
    for name, fallback in (("page", 1), ("limit", default)):
        try:
            number = int(values.get(name, fallback))
        except ValueError:
            raise invalid([problem([name], "Input should be a valid integer", "int_parsing")]) from None
        if number < 1:
            raise invalid(
                [problem([name], "Input should be greater than or equal to 1", "greater_than_equal")]
            )
        numbers.append(number)
    if numbers[1] > LIMIT_MAX:
        raise Refusal(400, f"limit must not be greater than {LIMIT_MAX}")
    return numbers[0], numbers[1]


def paged(rows: Any, page: int, limit: int, total: int) -> dict[str, Any]:
    """The container of every paginated answer; `rows` are those of this page."""
    pages = -(-total // limit)
    return {"data": rows, "page": page, "limit": limit, "totalItems": total, "totalPages": pages}
