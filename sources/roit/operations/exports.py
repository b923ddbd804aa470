"""Document exports by hand: create, show, delete."""

from __future__ import annotations

from typing import Any

from sources.kit.transport import Client

from ..export_filters import ExportFilters, InvalidFilters, export_body
from ..settings import RoitSettings
from ._checks import InvalidOperation, Operation, ask, identifier


def create_export(
    filters: ExportFilters, preference: str = "original", master: str | None = None
) -> Operation:
    """A new export. Its answer is the export as ROIT has it."""
    try:
        return Operation("export_create", export_body(filters, preference, master), made="id")
    except InvalidFilters as error:
        raise InvalidOperation(str(error)) from None


def show_export(client: Client, settings: RoitSettings, export_id: str) -> dict[str, Any]:
    """An export request as it is now. Raises ``NotFound``."""
    found: dict[str, Any] = ask(client, settings, "export_show", id=identifier("export id", export_id))
    return found


def delete_export(export_id: str) -> Operation:
    """Deletes an export request and its files at ROIT."""
    return Operation("export_delete", id=identifier("export id", export_id))
