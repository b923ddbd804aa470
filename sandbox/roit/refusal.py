"""How an operation is refused."""

from __future__ import annotations

from typing import Any

Detail = dict[str, Any]
"""One entry of a 422's `detail`: loc, msg, type."""


class Refusal(Exception):
    """An operation that is not carried out, with the status and message to answer."""

    def __init__(self, status: int, message: str, detail: list[Detail] | None = None, **error: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.detail, self.error = status, message, detail, error


def problem(loc: list[str | int], msg: str, kind: str) -> Detail:
    return {"loc": loc, "msg": msg, "type": kind}


def invalid(details: list[Detail]) -> Refusal:
    return Refusal(422, "Unprocessable Entity", details)
