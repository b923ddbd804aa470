"""The layer under every request: pace per host, proxies of the environment, answers of bounded size."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from urllib.request import getproxies, proxy_bypass

import httpx

from sources.kit.transport._clock import Clock
from sources.kit.transport._errors import LimitExceeded, WrongAnswer
from sources.kit.transport._throttle import throttle_for

# Measured: four requests in flight halve a run with 20 ms of latency, eight add nothing.
MAX_CONNECTIONS = 4
CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 30.0
USER_AGENT = "ledgerhouse"
# Shorter than the 5 s after which common servers hang up on an idle connection, so that a create rarely
# meets one that is just being closed.
KEEPALIVE_SECONDS = 4.0
_UNPACK_BYTES = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS


class Wire(httpx.BaseTransport):
    """Sends requests by the pace of their host and hands back answers that cannot fill the memory.

    With `unpack`, a gzip body arrives unpacked and without its `Content-Encoding`; the limit holds for what
    comes out. Reading beyond `max_bytes` raises `LimitExceeded`. Given `transport`, everything goes through
    it; otherwise through connections of its own, by the proxy that the environment names for the host.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport | None,
        *,
        clock: Clock,
        max_bytes: int,
        max_connections: int,
        unpack: bool = True,
    ) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._unpack = unpack
        self._limits = httpx.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=KEEPALIVE_SECONDS,
        )
        self._given = transport
        self._by_proxy: dict[str | None, httpx.BaseTransport] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        throttle = throttle_for(_host_and_port(request.url), self._clock)
        sent_at = throttle.acquire()
        response = self._transport_for(request.url).handle_request(request)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            throttle.refused(sent_at)
        else:
            throttle.succeeded()
        try:
            return self._bounded(response)
        except BaseException:
            response.close()
            raise

    def close(self) -> None:
        for transport in (self._given, *self._by_proxy.values()):
            if transport is not None:
                transport.close()

    def _transport_for(self, url: httpx.URL) -> httpx.BaseTransport:
        if self._given is not None:
            return self._given
        proxy = proxy_for(url)
        with self._lock:
            if proxy not in self._by_proxy:
                self._by_proxy[proxy] = httpx.HTTPTransport(http2=True, limits=self._limits, proxy=proxy)
            return self._by_proxy[proxy]

    def _bounded(self, response: httpx.Response) -> httpx.Response:
        stream = response.stream
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError("this transport needs a synchronous transport below it")
        encoding = response.headers.get("content-encoding", "identity").strip().lower() or "identity"
        packed = self._unpack and encoding in ("gzip", "x-gzip")
        if self._unpack and not packed and encoding != "identity":
            raise WrongAnswer(f"the answer is packed as {encoding!r}, which was not asked for")
        headers = httpx.Headers(response.headers)
        if packed:
            del headers["content-encoding"]
            headers.pop("content-length", None)
        elif not self._unpack:
            # kept for the reader under a name that httpx does not act upon
            headers.pop("content-encoding", None)
            if encoding != "identity":
                headers["x-stored-content-encoding"] = encoding
        return httpx.Response(
            response.status_code,
            headers=headers,
            stream=_BoundedStream(stream, packed=packed, max_bytes=self._max_bytes),
            extensions=response.extensions,
        )


class _BoundedStream(httpx.SyncByteStream):
    """A body, unpacked if need be, that ends in `LimitExceeded` rather than beyond its limit."""

    def __init__(self, stream: httpx.SyncByteStream, *, packed: bool, max_bytes: int) -> None:
        self._stream = stream
        self._packed = packed
        self._max_bytes = max_bytes

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in _unpacked(self._stream) if self._packed else self._stream:
            size += len(chunk)
            if size > self._max_bytes:
                raise LimitExceeded(f"the answer is larger than {self._max_bytes} bytes")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def _unpacked(packed: httpx.SyncByteStream) -> Iterator[bytes]:
    """The bytes in a gzip stream, at most 1 MiB at a time however well they were packed."""
    member = zlib.decompressobj(_GZIP)
    started = False
    for chunk in packed:
        rest = chunk
        while rest:  # output that zlib still holds back comes with the trailer, which is input too
            if member.eof:  # gzip allows several members one after the other
                member = zlib.decompressobj(_GZIP)
            started = True
            try:
                data = member.decompress(rest, _UNPACK_BYTES)
            except zlib.error:
                raise WrongAnswer("the answer says it is gzip, and it is not") from None
            if data:
                yield data
            rest = member.unused_data if member.eof else member.unconsumed_tail
    if started and not member.eof:
        raise httpx.RemoteProtocolError("the gzip body ends before its end")


def timeouts(read_timeout: float) -> httpx.Timeout:
    """The time-outs of a request; `read_timeout` is the longest silence of an open connection, in seconds."""
    # more threads than connections wait for their turn, which comes: every request before has a time-out
    return httpx.Timeout(read_timeout, connect=CONNECT_TIMEOUT_SECONDS, pool=None)


def proxy_for(url: httpx.URL) -> str | None:
    """The proxy that the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) names for this URL."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(url.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _host_and_port(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")
