"""Where a link may lead: an answer of an API must not make this program fetch from inside its own network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import httpx

from sources.kit.transport._answers import same_origin
from sources.kit.transport._errors import Unavailable, UnsafeRedirect
from sources.kit.transport._wire import proxy_for

Resolve = Callable[[str], list[str]]


def resolve(host: str) -> list[str]:
    """The addresses of a host, by the machine's resolver. Raises `OSError` when there are none."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class AddressRule:
    """Links are https to a public address, with two exceptions.

    `allow_loopback`: also plain http, where the address is this machine's own. `trusted`: an origin that the
    user configured (the API's), whatever its scheme and address.
    """

    allow_loopback: bool = False
    trusted: httpx.URL | None = None
    resolve: Resolve = resolve

    @classmethod
    def beside(cls, base_url: str | httpx.URL) -> Self:
        """The rule for an API's links: where its own URL is plain http or loopback, so may they be."""
        base = httpx.URL(base_url)
        return cls(allow_loopback=base.scheme == "http" or _is_loopback_host(base.host), trusted=base)

    def check(self, url: httpx.URL) -> None:
        """Raises `UnsafeRedirect` for a link that must not be followed, `Unavailable` for an unknown host."""
        if self.trusted is not None and same_origin(url, self.trusted):
            return
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise UnsafeRedirect("a link has to be an https URL without user name")
        addresses = self._addresses(url)
        for address in addresses:
            self._check_address(address)
        if url.scheme == "http" and not (addresses and all(map(_is_loopback, addresses))):
            raise UnsafeRedirect(f"the link to {url.host} is not https")

    def check_peer(self, url: httpx.URL, response: httpx.Response) -> None:
        """The same for the address that was really talked to: a name may lead elsewhere the second time.

        Raises `UnsafeRedirect`. Behind a proxy the peer is the proxy, which the user chose.
        """
        stream = response.extensions.get("network_stream")
        if stream is None or proxy_for(url) or (self.trusted is not None and same_origin(url, self.trusted)):
            return
        peer = stream.get_extra_info("server_addr")
        if peer:
            self._check_address(str(peer[0]))

    def _addresses(self, url: httpx.URL) -> list[str]:
        """The addresses of the URL's host; none where a proxy resolves the name."""
        try:
            return [str(ipaddress.ip_address(url.host))]
        except ValueError:
            pass
        if _is_loopback_host(url.host):
            return ["127.0.0.1"]
        if proxy_for(url):
            return []
        try:
            return self.resolve(url.host)
        except OSError:
            raise Unavailable(f"the host {url.host} is not known") from None

    def _check_address(self, text: str) -> None:
        if self.allow_loopback and _is_loopback(text):
            return
        address = ipaddress.ip_address(text.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address):
            # a v4 address in v6 clothes is judged as what it is
            address = address.ipv4_mapped or address.sixtofour or address
        if not address.is_global or address.is_multicast:
            raise UnsafeRedirect(f"the link leads to {text}, which is not a public address")


def _is_loopback_host(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return _is_loopback(host)
    except ValueError:
        return False


def _is_loopback(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
