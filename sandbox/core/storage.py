"""Blobs behind signed URLs, on a port of their own, as cloud storage serves the files of an export.

A signature covers the method, the blob and the expiry. A request that carries API credentials is refused with
400, as real storage does when two kinds of authentication meet: it shows up a client that leaks its token.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from .clock import Clock
from .wire import answer

API_CREDENTIALS = ("authorization", "x-api-key", "x-platform-id")
CHUNK_BYTES = 1 << 18


@dataclass
class Blob:
    """Content in memory or in a file."""

    name: str
    content: bytes | Path
    content_type: str = "application/octet-stream"
    content_encoding: str | None = None

    @property
    def size(self) -> int:
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)

    async def read(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes of `[start, stop)`, in chunks."""
        if isinstance(self.content, bytes):
            view = memoryview(self.content)
            for at in range(start, stop, CHUNK_BYTES):
                yield bytes(view[at : min(at + CHUNK_BYTES, stop)])
            return
        with self.content.open("rb") as file:
            file.seek(start)
            while start < stop and (chunk := file.read(min(CHUNK_BYTES, stop - start))):
                start += len(chunk)
                yield chunk


class Storage:
    """Put, sign, serve. `base_url` is known once the server has its port."""

    def __init__(self, clock: Clock, secret: str) -> None:
        self._clock = clock
        self._secret = secret.encode()
        self.base_url = ""
        self.blobs: dict[str, Blob] = {}
        self.app = Starlette(routes=[Route("/blobs/{blob:path}", self._serve, methods=["GET", "PUT"])])

    def put(
        self,
        name: str,
        content: bytes | Path,
        content_type: str = "application/octet-stream",
        content_encoding: str | None = None,
    ) -> str:
        """Store a blob; answers its id. The same name again replaces it."""
        self.blobs[name] = Blob(name, content, content_type, content_encoding)
        return name

    def delete(self, blob: str) -> None:
        self.blobs.pop(blob, None)

    def sign(self, blob: str, ttl_seconds: float, method: str = "GET") -> str:
        """A URL that allows `method` on `blob` (which need not exist yet for PUT) for `ttl_seconds`."""
        expires = int(self._clock.now().timestamp() + ttl_seconds)
        return (
            f"{self.base_url}/blobs/{blob}?Expires={expires}&X-Signature={self._mac(method, blob, expires)}"
        )

    def _mac(self, method: str, blob: str, expires: int) -> str:
        return hmac.new(self._secret, f"{method}\n{blob}\n{expires}".encode(), hashlib.sha256).hexdigest()

    def _refusal(self, request: Request, blob: str) -> Response | None:
        leaked = [name for name in API_CREDENTIALS if name in request.headers]
        if leaked:
            detail = (
                f"a signed URL is fetched without API credentials; this request carries {', '.join(leaked)}"
            )
            return answer({"code": "InvalidArgument", "message": detail}, 400)
        expires = request.query_params.get("Expires", "")
        mac = self._mac(request.method.replace("HEAD", "GET"), blob, int(expires) if expires.isdigit() else 0)
        if not hmac.compare_digest(mac, request.query_params.get("X-Signature", "")):
            return answer({"code": "SignatureDoesNotMatch", "message": "wrong signature"}, 403)
        if self._clock.now().timestamp() >= int(expires):
            return answer({"code": "ExpiredToken", "message": "the URL has expired"}, 403)
        return None

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["blob"]
        if refusal := self._refusal(request, name):
            return refusal
        if request.method == "PUT":
            self.put(
                name, await request.body(), request.headers.get("content-type", "application/octet-stream")
            )
            return Response(status_code=200)
        blob = self.blobs.get(name)
        if blob is None:
            return answer({"code": "NoSuchKey", "message": "no such blob"}, 404)
        return _ranged(request.headers.get("range"), blob)


def _ranged(header: str | None, blob: Blob) -> Response:
    """The whole blob, or the one range that was asked for (206), or 416 when it lies outside."""
    size = blob.size
    headers = {"Accept-Ranges": "bytes", "ETag": f'"{blob.name}-{size}"'}
    if blob.content_encoding:
        headers["Content-Encoding"] = blob.content_encoding
    start, stop, status = 0, size, 200
    if header and (match := re.fullmatch(r"bytes=(\d*)-(\d*)", header)) and match[1] + match[2]:
        if match[1]:
            start, stop = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
        else:
            start = max(size - int(match[2]), 0)
        if start >= stop:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
        status = 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    return StreamingResponse(blob.read(start, stop), status, headers, blob.content_type)
