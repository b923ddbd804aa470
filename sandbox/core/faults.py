"""Faults on demand: what goes wrong between a client and an API, as rules switched on at any time.

The middleware is the outermost ASGI layer of every system and logs each request, whatever became of it.
`reset` and `truncated` act on the connection itself, below HTTP.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .clock import Clock
from .wire import answer

LOG_LENGTH = 20_000
LOGGED_BODY_BYTES = 1 << 20
"""Longer request bodies are cut in the log, so that uploads in a benchmark do not fill the memory."""

SECONDS_DEFAULT = 1


@dataclass
class Rule:
    """One fault. It leaves the first `after` matching requests alone, then hits `times` of them (-1: all)."""

    system: str
    path: str
    kind: str
    method: str | None = None
    times: int = 1
    after: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; there are {', '.join(sorted(KINDS))}")
        re.compile(self.path)

    def takes(self, system: str, method: str, path: str) -> bool:
        """Whether this request is to go wrong; counts it either way."""
        if self.system not in (system, "*") or (self.method or method).upper() != method:
            return False
        if not re.search(self.path, path):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times >= 0 and self.hits >= self.times):
            return False
        self.hits += 1
        return True


class Faults:
    """The rules in force, first match wins."""

    def __init__(self, rules: list[dict[str, Any]] | None = None) -> None:
        self.rules: list[Rule] = []
        for rule in rules or []:
            self.add(**rule)

    def add(self, system: str, path: str, kind: str, **options: Any) -> Rule:
        """Switch a fault on. `path` is a regular expression searched in the path; `options` as in `Rule`."""
        rule = Rule(system, path, kind, **options)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        self.rules.clear()

    def pick(self, system: str, method: str, path: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.takes(system, method, path)), None)


@dataclass
class LoggedRequest:
    """A request as it arrived. `status` is 0 when the connection was dropped without an answer."""

    at: datetime
    system: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""
    status: int = 0
    fault: str | None = None

    def public(self) -> dict[str, Any]:
        """What the control endpoint shows: no headers, no body."""
        return {
            "at": self.at,
            "system": self.system,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "fault": self.fault,
        }


class Gate:
    """ASGI middleware: logs every request of one system and applies the faults to it."""

    def __init__(
        self, app: ASGIApp, system: str, faults: Faults, clock: Clock, log: deque[LoggedRequest]
    ) -> None:
        self._app, self._system, self._faults, self._clock, self._log = app, system, faults, clock, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        entry = LoggedRequest(
            at=self._clock.now(),
            system=self._system,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
        )
        self._log.append(entry)

        async def logged_receive() -> Message:
            message = await receive()
            if message["type"] == "http.request" and len(entry.body) < LOGGED_BODY_BYTES:
                entry.body += message.get("body", b"")[:LOGGED_BODY_BYTES]
            return message

        async def logged_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        rule = self._faults.pick(self._system, entry.method, entry.path)
        if rule is None:
            await self._app(scope, logged_receive, logged_send)
            return
        entry.fault = rule.kind
        await self._apply(rule, scope, logged_receive, logged_send, send)

    async def _apply(self, rule: Rule, scope: Scope, receive: Receive, send: Send, bare_send: Send) -> None:
        if rule.kind == "slow":
            await asyncio.sleep(rule.params.get("seconds", SECONDS_DEFAULT))
            await self._app(scope, receive, send)
        elif rule.kind == "reset":
            await _read_all(receive)
            await _drop(_transport(bare_send), receive)
        elif rule.kind == "truncated":
            await self._truncate(scope, receive, send, _transport(bare_send))
        else:
            await _read_all(receive)
            await ANSWERS[rule.kind](rule.params, self._clock)(scope, receive, send)

    async def _truncate(
        self, scope: Scope, receive: Receive, send: Send, transport: asyncio.Transport
    ) -> None:
        """The app's own answer, with its true Content-Length and only the first half of its body."""
        start: Message = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, receive, keep)
        headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
        # An empty answer has no half: announce a byte that never comes.
        headers.append((b"content-length", str(max(len(body), 1)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(body[: len(body) // 2]), "more_body": True})
        transport.close()
        await _until_disconnected(receive)


def _transport(send: Send) -> asyncio.Transport:
    """The TCP transport behind an ASGI `send`. ASGI cannot drop the line; uvicorn's cycle can."""
    return send.__self__.transport  # type: ignore[attr-defined,no-any-return]


async def _drop(transport: asyncio.Transport, receive: Receive) -> None:
    """Close with a TCP reset: linger for 0 s makes the kernel throw away what is buffered and send RST."""
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    transport.abort()
    await _until_disconnected(receive)


async def _until_disconnected(receive: Receive) -> None:
    # Returning earlier makes uvicorn answer 500 or log an error.
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read_all(receive: Receive) -> None:
    """Take the request in before refusing it: a client may not read an answer while it is still sending."""
    while (await receive()).get("more_body"):
        pass


def _wait_seconds(params: dict[str, Any], clock: Clock) -> Response:
    seconds = params.get("seconds", SECONDS_DEFAULT)
    return answer({"message": "Too many requests"}, 429, {"Retry-After": str(seconds)})


def _wait_date(params: dict[str, Any], clock: Clock) -> Response:
    moment = clock.now() + timedelta(seconds=params.get("seconds", SECONDS_DEFAULT))
    return answer(
        {"message": "Too many requests"}, 429, {"Retry-After": format_datetime(moment, usegmt=True)}
    )


def _error(status: int) -> Callable[[dict[str, Any], Clock], Response]:
    def build(params: dict[str, Any], clock: Clock) -> Response:
        return answer({"status": "error", "message": params.get("message", f"simulated {status}")}, status)

    return build


def _failed_200(params: dict[str, Any], clock: Clock) -> Response:
    message = params.get("message", "simulated failure")
    moment = int(clock.now().timestamp() * 1000)
    return answer({"timestamp": moment, "status": "Failed", "message": message, "data": None})


def _html_200(params: dict[str, Any], clock: Clock) -> Response:
    return Response("<!doctype html><html><body>Maintenance</body></html>", 200, media_type="text/html")


def _malformed_json(params: dict[str, Any], clock: Clock) -> Response:
    return Response(b'{"status": "success", "data": {"data": [{"id": ', 200, media_type="application/json")


ANSWERS: dict[str, Callable[[dict[str, Any], Clock], Response]] = {
    "429_seconds": _wait_seconds,
    "429_date": _wait_date,
    "401": _error(401),
    "500": _error(500),
    "502": _error(502),
    "503": _error(503),
    "expired_url": _error(403),
    "failed_200": _failed_200,
    "html_200": _html_200,
    "malformed_json": _malformed_json,
}
"""Faults that are an answer of their own, instead of the system's."""

KINDS = {*ANSWERS, "slow", "reset", "truncated"}
