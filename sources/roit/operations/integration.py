"""Integration with an ERP: status, attachments, reprocessing, delivery, and the upload of documents."""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from sources.kit.transport import Client

from ..models.integration import STATUSES
from ..settings import RoitSettings
from ._checks import InvalidOperation, Operation, ask, filled, identifier, json_object, one_of

# The kinds of delivery are an open list: DOCUMENT, PURCHASE_ORDER, SUPPLIER, CUSTOM and others.
_DELIVERY = re.compile(r"[A-Z][A-Z0-9_]*")
UNKNOWN_TYPE = "application/octet-stream"


def set_status(
    request_id: str,
    integration_id: str,
    status: str,
    reference: str,
    message: str,
    *,
    entry_reference: str | None = None,
    entry_date: str | None = None,
    system_info: bytes | None = None,
    metadata: bytes | None = None,
) -> Operation:
    """Tells ROIT how far a request has come in the ERP. Its answer is the request as it is then.

    ``system_info`` and ``metadata`` are JSON objects, which are sent byte for byte.
    """
    body: dict[str, Any] = {
        "status": one_of("status", status, STATUSES.values),
        "reference": filled("reference", reference),
        "message": message,
        **_about(request_id, integration_id),
    }
    if entry_reference is not None:
        body["entryReference"] = filled("entry reference", entry_reference)
    if entry_date is not None:
        body["entryDate"] = _day("entry date", entry_date)
    if system_info is not None:
        body["systemInfo"] = json_object("system info", system_info)
    if metadata is not None:
        body["metadata"] = json_object("metadata", metadata)
    return Operation("status", body)


def list_attachments(client: Client, settings: RoitSettings, request_id: str, integration_id: str) -> Any:
    """The documents attached to a request, with signed addresses that last minutes."""
    return ask(client, settings, "attachments", _about(request_id, integration_id)) or []


def reprocess(request_id: str, integration_id: str) -> Operation:
    """Puts a request back, to be handed out again. Its answer is the request as it is then."""
    return Operation("reprocess", _about(request_id, integration_id))


def deliver(
    integration_id: str, entity: str, records: Sequence[bytes], is_default: bool | None = None
) -> Operation:
    """Hands records of the ERP to ROIT, each a JSON object that is sent byte for byte."""
    if not _DELIVERY.fullmatch(entity):
        raise InvalidOperation(f"entity: {entity!r} is no name such as PURCHASE_ORDER")
    if not records:
        raise InvalidOperation("there is no record to deliver")
    body: dict[str, Any] = {
        "integrationId": identifier("integration id", integration_id),
        "entity": entity,
        "data": [json_object("record", record) for record in records],
    }
    if is_default is not None:
        body["isDefault"] = is_default
    return Operation("delivery", body)


def upload_document(
    file_name: str, content: bytes, content_type: str | None = None, metadata: bytes | None = None
) -> Operation:
    """Uploads a document. Its answer is what ROIT says of it, with its ``id``.

    The media type is told by the name's extension when it is not given; ``metadata`` is a JSON object.
    """
    if not content:
        raise InvalidOperation(f"{file_name} is empty")
    body: dict[str, Any] = {
        "fileName": filled("file name", file_name),
        "contentType": content_type or mimetypes.guess_type(file_name)[0] or UNKNOWN_TYPE,
        "content": base64.b64encode(content).decode(),
    }
    if metadata is not None:
        body["metadata"] = json_object("metadata", metadata)
    return Operation("upload", body, made="id")


def _about(request_id: str, integration_id: str) -> dict[str, str]:
    return {
        "requestId": identifier("request id", request_id),
        "integrationId": identifier("integration id", integration_id),
    }


def _day(name: str, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise InvalidOperation(f"{name}: {value!r} is no date such as 2026-01-31") from None
