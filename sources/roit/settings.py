"""ROIT's settings. What the vendor does not publish is a setting whose default is our assumption."""

from __future__ import annotations

from typing import ClassVar

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from sources.kit.streams import SourceSettings

PAGE_SIZE = 500
# The greatest page that the search takes.
LARGEST_PAGE = 1000


@configspec
class RoitEndpoints(BaseConfiguration):
    """Paths, each with its method before it where that is not the usual one (``GET /path``).

    ``{base}`` stands for ``payables_path``, ``{id}`` for an id.
    """

    token: str = "/authentication/api/v1/token"  # noqa: S105 - a path
    search: str = "POST {base}/search"
    count: str = "POST {base}/count"
    events: str = "GET {base}/events"
    export_create: str = "POST /assembler-documents-manager/api/v1/export/requests"
    export_show: str = "GET /assembler-documents-manager/api/v1/export/requests/{id}"
    export_items: str = "GET /assembler-documents-manager/api/v1/export/requests/{id}/items"


@configspec
class RoitSettings(SourceSettings):
    """``SOURCES__ROIT__...``: credentials, addresses, and what an export selects."""

    __section__: ClassVar[str] = "roit"

    base_url: str | None = "https://app.roit.ai"
    client_id: TSecretStrValue | None = None
    client_secret: TSecretStrValue | None = None
    token: TSecretStrValue | None = None
    token_prefix: str = ""
    payables_path: str = "/accounts-payable/api/v1/accounts-payable"
    endpoints: RoitEndpoints = None  # type: ignore[assignment]
    page_size: int | None = PAGE_SIZE
    # Where a paginated answer keeps its records and its counts, as dotted paths.
    records_field: str = "data.data"
    total_field: str = "data.totalItems"
    pages_field: str = "data.totalPages"
    count_field: str = "data.count"
    page_parameter: str = "page"
    limit_parameter: str = "limit"
    # What an export asks for. Type and preference as the API has them; master is the tenant.
    export_preference: str = "original"
    export_types: list[str] | None = None
    export_master: str | None = None

    def on_resolved(self) -> None:
        self.export_types = self.export_types or [".xml", ".pdf", ".jpg", ".jpeg", ".png"]
        self.page_size = min(self.page_size or PAGE_SIZE, LARGEST_PAGE)


def missing(settings: RoitSettings) -> list[str]:
    """The settings without which nothing can be asked: a token, or an id and a secret."""
    if settings.token:
        return []
    wanted = {"CLIENT_ID": settings.client_id, "CLIENT_SECRET": settings.client_secret}
    return [f"SOURCES__ROIT__{name}" for name, value in wanted.items() if not value]
