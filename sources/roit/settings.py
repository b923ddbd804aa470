"""ROIT's settings. What the vendor does not publish is a setting whose default is our assumption."""

from __future__ import annotations

from typing import Any, ClassVar

from dlt.common.configuration import configspec
from dlt.common.configuration.exceptions import ConfigurationValueError
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from sources.kit.streams import SourceSettings

from .export_filters import PREFERENCES, InvalidFilters, checked_filters
from .models.integration import ENTITIES

PAGE_SIZE = 500
# The greatest page that the search takes.
LARGEST_PAGE = 1000
OFF = "off"
# The group that an operation belongs to, by the beginning of its endpoint's name, and its switch.
GROUPS = {"documents": "documents", "data_": "data_integration", "cclasstrib": "data_integration"}
CLAIM_ENTITIES = ("DOCUMENT", "ACCOUNTS_PAYABLE")


@configspec
class RoitEndpoints(BaseConfiguration):
    """Paths, each with its method before it where that is not the usual one (``GET /path``).

    ``{base}`` stands for ``payables_path``, ``{id}`` for an id. An operation that a server does not have is
    switched off by the word ``off``.
    """

    token: str = "/authentication/api/v1/token"  # noqa: S105 - a path
    search: str = "POST {base}/search"
    count: str = "POST {base}/count"
    payable: str = "GET {base}/{id}"
    metadata_search: str = "POST {base}/search/metadata"
    events: str = "GET {base}/events"
    export_create: str = "POST /assembler-documents-manager/api/v1/export/requests"
    export_show: str = "GET /assembler-documents-manager/api/v1/export/requests/{id}"
    export_items: str = "GET /assembler-documents-manager/api/v1/export/requests/{id}/items"
    export_delete: str = "DELETE /assembler-documents-manager/api/v1/export/requests/{id}"
    documents: str = "GET /assembler-documents-manager/api/v1/documents"
    pending: str = "POST /ibs-core-entrypoint/api/v1/entrypoint/requests/pending"
    status: str = "POST /ibs-core-entrypoint/api/v1/entrypoint/requests/status"
    attachments: str = "POST /ibs-core-entrypoint/api/v1/entrypoint/requests/attachs"
    reprocess: str = "POST /ibs-core-entrypoint/api/v1/entrypoint/requests/reprocess"
    delivery: str = "POST /ibs-core-delivery/api/v1/delivery"
    upload: str = "POST /document-upload/api/v1/documents/base64"
    # a GET that creates
    data_create: str = "GET /roit-data-integration/v1/requests/create"
    data_list: str = "GET /roit-data-integration/v1/requests/list"
    data_show: str = "GET /roit-data-integration/v1/requests/{id}"
    data_replace: str = "PUT /roit-data-integration/v1/requests/{id}"
    data_delete: str = "DELETE /roit-data-integration/v1/requests/{id}"
    data_update: str = "POST /roit-data-integration/v1/requests/update"
    data_batch_update: str = "POST /roit-data-integration/v1/requests/batch-update"
    data_callback: str = "POST /roit-data-integration/v1/requests/callback"
    data_upload_url: str = "POST /roit-data-integration/v1/data/generate-signed-url"
    data_sync: str = "POST /roit-data-integration/v1/data/sync"
    cclasstrib: str = "GET /roit-data-integration/v1/cclasstrib"


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
    # Only these payables, by their ids, or by their metadata ({"project": "x"}): read whole, without a range.
    payable_ids: list[str] | None = None
    payable_metadata: dict[str, Any] | None = None
    # What an export asks for. Type and preference as the API has them; master is the tenant.
    export_preference: str = "original"
    export_types: list[str] | None = None
    export_master: str | None = None
    # More filters of an export, as its request has them: {"movement": {"eq": "INPUT"}}; see export_filters.py.
    export_filters: dict[str, Any] | None = None
    # So many exports are open at a time: while one is made, downloaded and loaded, the next ones are made.
    exports_at_once: int = 3
    # A larger export is given up, and its range asked for in halves.
    export_max_bytes: int = 4 * 1024**3
    export_max_documents: int = 100_000
    # An archive with a larger file is refused, and its export with it: a file is held in memory.
    export_max_file_bytes: int = 64 * 1024**2
    # Exports that are loaded are removed at ROIT, where they only take room.
    export_delete_after_load: bool = False
    # Where files that are not parsed are kept: a folder, or a URL such as gs://bucket/folder.
    keep_files: str | None = None
    keep_xml: bool = False
    # Groups of operations that not every server has. What is off is listed, asks nothing, and says so.
    documents: bool = True
    data_integration: bool = True
    # Taking what waits for the ERP makes ROIT wait for an answer to each: only by an explicit wish, and under
    # an integration of its own, so that nothing is taken from another reader.
    claim_integrations: bool = False
    integration_id: str | None = None
    claim_entities: list[str] | None = None

    def on_resolved(self) -> None:
        self.claim_entities = self.claim_entities or list(CLAIM_ENTITIES)
        unknown = set(self.claim_entities) - ENTITIES.values
        if unknown:
            raise ConfigurationValueError(
                f"claim_entities {sorted(unknown)}: known are {', '.join(sorted(ENTITIES.values))}"
            )
        if self.claim_integrations and not self.integration_id:
            raise ConfigurationValueError(
                "claim_integrations needs integration_id, an integration of its own"
            )
        self.export_types = self.export_types or [".xml", ".pdf", ".jpg", ".jpeg", ".png"]
        self._check_exports()
        self.page_size = min(self.page_size or PAGE_SIZE, LARGEST_PAGE)

    def _check_exports(self) -> None:
        try:
            checked_filters(self.export_filters or {})
        except InvalidFilters as error:
            raise ConfigurationValueError(f"export_filters: {error}") from None
        if self.export_preference not in PREFERENCES:
            known = " or ".join(PREFERENCES)
            raise ConfigurationValueError(f"export_preference is {self.export_preference!r}: use {known}")
        if self.exports_at_once < 1:
            raise ConfigurationValueError(f"exports_at_once is {self.exports_at_once}: use 1 or more")


def switched_off(settings: RoitSettings, operation: str) -> str | None:
    """Why an operation must not be asked for: its group or its endpoint is off. ``None``: it may be."""
    if getattr(settings.endpoints, operation) == OFF:
        return f"switched off by SOURCES__ROIT__ENDPOINTS__{operation.upper()}"
    for beginning, switch in GROUPS.items():
        if operation.startswith(beginning) and not getattr(settings, switch):
            return f"switched off by SOURCES__ROIT__{switch.upper()}"
    return None


def missing(settings: RoitSettings) -> list[str]:
    """The settings without which nothing can be asked: a token, or an id and a secret."""
    if settings.token:
        return []
    wanted = {"CLIENT_ID": settings.client_id, "CLIENT_SECRET": settings.client_secret}
    return [f"SOURCES__ROIT__{name}" for name, value in wanted.items() if not value]
