"""Tereina's settings. The vendor publishes operations without paths, authentication or answers, so all of
those are settings whose defaults are our assumptions."""

from __future__ import annotations

from typing import ClassVar

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from sources.kit.streams import SourceSettings
from sources.kit.transport import InvalidConfiguration

# Ways to authenticate, each with the settings that it needs.
AUTH_MODES: dict[str, tuple[str, ...]] = {
    "bearer": ("token",),
    "api_key": ("api_key",),
    "basic": ("username", "password"),
    "oauth2": ("client_id", "client_secret"),
    "none": (),
}


@configspec
class TereinaEndpoints(BaseConfiguration):
    """Paths, each with its method before it (``GET /path``). ``{batchId}`` and ``{dataBlockNumber}`` stand for
    a batch and the number of one of its blocks, from 1. ``token`` is where ``oauth2`` gets its token: a path,
    or the whole https URL when that is another host."""

    list_batches: str = "GET /api/v1/batches/outbound"
    data_block: str = "GET /api/v1/batches/outbound/{batchId}/data-blocks/{dataBlockNumber}"
    confirm: str = "POST /api/v1/batches/outbound/{batchId}/confirm"
    create_batch: str = "POST /api/v1/batches"
    upload_block: str = "PUT /api/v1/batches/{batchId}/data-blocks/{dataBlockNumber}"
    complete_batch: str = "POST /api/v1/batches/complete"
    token: str = "/oauth2/token"  # noqa: S105 - a path


@configspec
class TereinaSettings(SourceSettings):
    """``SOURCES__TEREINA__...``: address, credentials, and where the answers keep things.

    ``confirm`` lets ``load`` and ``run`` confirm, at their end, the batches whose rows are committed. Tereina
    then forgets them. It is off by default, and the extraction itself never confirms anything.
    """

    __section__: ClassVar[str] = "tereina"

    auth: str = "bearer"
    token: TSecretStrValue | None = None
    token_prefix: str = "Bearer"  # noqa: S105 - what stands before the token
    api_key: TSecretStrValue | None = None
    api_key_header: str = "X-API-Key"
    username: str | None = None
    password: TSecretStrValue | None = None
    client_id: str | None = None
    client_secret: TSecretStrValue | None = None
    scope: str | None = None
    confirm: bool = False
    # The reference of this client in the batches that it sends.
    client_ref_id: str = "ledgerhouse"
    endpoints: TereinaEndpoints = None  # type: ignore[assignment]
    # Where the list of batches stands in its answer, as a dotted path: "" is the answer itself, "data" its data.
    batches_field: str = ""

    def on_resolved(self) -> None:
        if self.auth not in AUTH_MODES:
            raise InvalidConfiguration(f"auth is {self.auth!r}: use one of {', '.join(AUTH_MODES)}")


def missing(settings: TereinaSettings) -> list[str]:
    """The settings without which nothing can be asked: the address, and what the authentication needs."""
    names = ("base_url", *AUTH_MODES[settings.auth])
    return [f"SOURCES__TEREINA__{name.upper()}" for name in names if not getattr(settings, name)]
