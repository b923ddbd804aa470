"""Refusals as this API words them."""

from __future__ import annotations

from starlette.exceptions import HTTPException

from .values import Record

_TYPES = {500: "API_ERROR", 503: "API_ERROR"}


class Refusal(HTTPException):
    """An error with the published body: type, code, message, and the field or resource it is about."""

    def __init__(self, status: int, code: str, message: str, **about: str) -> None:
        super().__init__(status, detail=message)
        self.code = code
        self.about = about

    def body(self) -> Record:
        return error_body(self.status_code, self.code, self.detail, **self.about)


def error_body(status: int, code: str, message: str, **about: str) -> Record:
    """Return an ApiError; `about` may hold `field`, `resource_id`, `resource_type`."""
    return {"type": _TYPES.get(status, "INVALID_REQUEST"), "code": code, "message": message, **about}


def invalid_field(field: str, message: str) -> Refusal:
    return Refusal(400, "INVALID_FIELD", message, field=field)


def missing_field(field: str) -> Refusal:
    return Refusal(400, "MISSING_FIELD", f"{field} is required", field=field)


def not_found(resource_type: str, resource_id: str) -> Refusal:
    return Refusal(
        404,
        "RESOURCE_NOT_FOUND",
        f"{resource_type} {resource_id} does not exist",
        resource_type=resource_type,
        resource_id=resource_id,
    )
