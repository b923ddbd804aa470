"""JSON as the simulated APIs send it: numbers leave exactly as they were made.

A `Decimal` becomes a JSON number with all of its digits, and `raw("1.5E3")` writes that very text, so the
sandbox can send any number that is legal in JSON, also one that no Python type would print like this.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(value: Any) -> bytes:
    """`value` as JSON, UTF-8, with decimals as exact numbers."""
    return _ENCODER.encode(value)


def raw(text: str | bytes) -> msgspec.Raw:
    """JSON text that `encode` copies byte for byte."""
    return msgspec.Raw(text.encode() if isinstance(text, str) else text)


def array(rows: list[bytes]) -> msgspec.Raw:
    """Records that were rendered before, as one JSON array; nothing is encoded again."""
    return msgspec.Raw(b"[" + b",".join(rows) + b"]")


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An `application/json` response of `value`."""
    return Response(encode(value), status, headers, media_type="application/json")


async def body_json(request: Request) -> Any:
    """The request's body as JSON, fractions as `Decimal`; raises ValueError when it is not JSON."""
    return json.loads(await request.body(), parse_float=Decimal)
