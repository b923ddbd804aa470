"""Tereina's API, call by call: what is sent, and what of the answer is used."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import quote

import httpx

from sources.kit.streams import Answer, retry_policy
from sources.kit.transport import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    Client,
    HashMismatch,
    InvalidConfiguration,
    OAuth2ClientCredentials,
    StaticTokenAuth,
    WrongAnswer,
)

from .settings import TereinaSettings

# A block whose bytes are not those announced is fetched so often before that is final.
BLOCK_TRANSFERS = 2


def connect(settings: TereinaSettings) -> Client:
    """A client with the authentication that the settings name."""
    return Client(
        settings.base_url or "",
        auth=_auth(settings),
        policy=retry_policy(settings),
        max_connections=settings.max_connections,
        read_timeout=settings.read_timeout_seconds,
    )


def _auth(settings: TereinaSettings) -> Auth | None:
    if settings.auth == "none":
        return None
    if settings.auth == "api_key":
        return ApiKeyAuth(settings.api_key_header, settings.api_key or "")
    if settings.auth == "basic":
        return BasicAuth(settings.username or "", settings.password or "")
    if settings.auth == "oauth2":
        return OAuth2ClientCredentials(
            settings.endpoints.token,
            client_id=settings.client_id or "",
            client_secret=settings.client_secret or "",
            scope=settings.scope,
        )
    return StaticTokenAuth(settings.token or "", prefix=settings.token_prefix)


def probe(client: Client, settings: TereinaSettings) -> None:
    """Lists what waits of one kind: shows that the credentials work, and changes nothing."""
    list_batches(client, settings, "COMPANY_CODE")


def endpoint(settings: TereinaSettings, name: str, **ids: str | int) -> tuple[str, str]:
    """Method and path of a call, as configured. Raises ``InvalidConfiguration`` for a path that cannot be."""
    text: str = getattr(settings.endpoints, name)
    method, _, path = text.rpartition(" ")
    safe = {key: quote(str(value), safe="") for key, value in ids.items()}
    try:
        return method or "GET", path.format(**safe)
    except (LookupError, ValueError):
        known = " and ".join(f"{{{key}}}" for key in ids) or "nothing"
        raise InvalidConfiguration(
            f"endpoints.{name} is {text!r}: between braces may stand {known}"
        ) from None


def list_batches(
    client: Client, settings: TereinaSettings, object_type: str | None = None
) -> Sequence[bytes]:
    """The batches that wait, of one kind or of all, byte for byte and in no order."""
    method, path = endpoint(settings, "list_batches")
    return client.read(
        method,
        path,
        params={"payloadObjectType": object_type},
        parse=lambda response: Answer(response).records(settings.batches_field),
    )


def read_block(
    client: Client, settings: TereinaSettings, batch_id: str, number: int, sha256: str | None
) -> bytes:
    """A block of a batch, numbered from 1. With ``sha256`` (hex) it is fetched again when it is another one.

    Raises ``HashMismatch`` when it is so every time.
    """
    method, path = endpoint(settings, "data_block", batchId=batch_id, dataBlockNumber=number)
    for transfer in range(1, BLOCK_TRANSFERS + 1):
        try:
            return client.read(method, path, parse=lambda response: _content(response, sha256))
        except HashMismatch:
            if transfer == BLOCK_TRANSFERS:
                raise
    raise AssertionError("unreachable")


def _content(response: httpx.Response, sha256: str | None) -> bytes:
    # the page of a proxy or of a maintenance window; it passes
    if response.headers.get("content-type", "").startswith("text/html"):
        raise WrongAnswer("a web page instead of a block")
    content = response.content
    if sha256 and hashlib.sha256(content).hexdigest() != sha256.strip().lower():
        raise HashMismatch("the block's SHA-256 is not the one announced")
    return content
