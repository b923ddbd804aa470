"""The entrypoint (claim, status, attachments, reprocess), delivery and document upload."""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .documents import document_record
from .http import authorize, envelope, read_body, state_of
from .refusal import Refusal, invalid, problem
from .render import MASTER_ID

if TYPE_CHECKING:
    from .state import RoitState

BASE = "/ibs-core-entrypoint/api/v1/entrypoint/requests"
DELIVERY = "/ibs-core-delivery/api/v1/delivery"
UPLOAD = "/document-upload/api/v1/documents/base64"

INTEGRATION_ID = "9876c5d4-ba32-4098-a654-321f98765432"
ENTITIES = (
    *(
        "DOCUMENT",
        "ACCOUNTS_PAYABLE",
        "PURCHASE_ORDER",
        "ERP_PARAMS",
        "SUPPLIER",
        "GENERIC",
        "TAX_VALIDATION",
    ),
    *("DOCUMENT_REVERSE", "SERVICE_ENTRY_SHEET"),
)
STATUSES = ("PROCESSING", "RECEIVED", "PENDING", "ERROR", "DONE", "WARNING")
PENDING_DOCUMENTS = 12
PENDING_PAYABLES = 20
UPLOAD_BYTES_MAX = 20 << 20


@dataclass
class EntityRequest:
    """A request to hand an entity to the ERP; `index` is the payable behind it."""

    index: int
    record: dict[str, Any]
    attachments: list[str] = field(default_factory=list)


class Entrypoint:
    """What waits for the ERP, what it answered, and what it delivered."""

    def __init__(self, state: RoitState) -> None:
        self._state = state
        self._random = state.world.random("roit entrypoint")
        self.requests: dict[str, EntityRequest] = {}
        self.delivered: list[dict[str, Any]] = []
        self.uploads: dict[str, bytes] = {}
        for _, index in state.documents.keys()[:PENDING_DOCUMENTS]:
            self._add("DOCUMENT", index)
        for index in range(min(PENDING_PAYABLES, len(state.payables))):
            self._add("ACCOUNTS_PAYABLE", index)

    def new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _add(self, entity: str, index: int) -> None:
        request_id = self.new_id()
        number = len(self.requests)
        record = {
            "id": self.new_id(),
            "entity": entity,
            "masterId": MASTER_ID,
            "requestId": request_id,
            "reference": f"REF-{number:05}",
            "integrationId": INTEGRATION_ID,
            "type": "CREATE",
            "status": "PENDING",
            "isPriority": number % 4 == 0,
            "retryAfter": 0,
            "message": "",
            "metadata": {"attempt": 1},
            "entryReference": None,
            "entryDate": None,
            "systemInfo": {},
        }
        attachments = [f"{request_id}.xml", f"{request_id}.pdf"] if entity == "DOCUMENT" else []
        self.requests[request_id] = EntityRequest(index, record, attachments)

    def claim(self, entity: str, integration_id: str, kind: str | None) -> list[dict[str, Any]]:
        """What is pending, with its data; from now on it is PROCESSING and is not handed out again."""
        claimed = []
        for request in self.requests.values():
            record = request.record
            wanted = record["entity"] == entity and record["integrationId"] == integration_id
            if wanted and record["status"] == "PENDING" and kind in (None, record["type"]):
                record["status"] = "PROCESSING"
                claimed.append({**record, "data": self._data(request)})
        return claimed

    def _data(self, request: EntityRequest) -> dict[str, Any]:
        if request.record["entity"] == "DOCUMENT":
            return document_record(self._state.documents.get(request.index), self._state.world.seed)
        return self._state.payables.record(request.index)

    def find(self, request_id: str, integration_id: str) -> EntityRequest:
        request = self.requests.get(request_id)
        if request is None or request.record["integrationId"] != integration_id:
            raise Refusal(404, "Entity request not found")
        return request


def _one_of(body: dict[str, Any], name: str, allowed: tuple[str, ...]) -> None:
    if body[name] not in allowed:
        raise invalid([problem(["body", name], f"Input should be one of {', '.join(allowed)}", "enum")])


async def pending(request: Request) -> Response:
    authorize(request)
    body = await read_body(
        request, {"entity": (str, True), "integrationId": (str, True), "type": (str, False)}
    )
    _one_of(body, "entity", ENTITIES)
    claimed = state_of(request).entrypoint.claim(body["entity"], body["integrationId"], body.get("type"))
    return envelope(request, claimed)


async def status(request: Request) -> Response:
    authorize(request)
    names = ("status", "reference", "message", "requestId", "integrationId")
    fields: dict[str, Any] = dict.fromkeys(names, (str, True))
    fields |= {"entryReference": ((str, int), False), "entryDate": (str, False)}
    body = await read_body(request, {**fields, "systemInfo": (dict, False), "metadata": (dict, False)})
    _one_of(body, "status", STATUSES)
    found = state_of(request).entrypoint.find(body["requestId"], body["integrationId"])
    found.record.update(body)
    return envelope(request, found.record)


async def attachments(request: Request) -> Response:
    authorize(request)
    body = await read_body(request, {"requestId": (str, True), "integrationId": (str, True)})
    state = state_of(request)
    found = state.entrypoint.find(body["requestId"], body["integrationId"])
    rows = []
    expires = state.world.clock.now() + timedelta(seconds=state.options.url_seconds)
    for number, name in enumerate(found.attachments):
        blob = state.world.storage.put(f"attachments/{name}", f"made-up attachment {name}".encode())
        rows.append(
            {
                "id": f"{body['requestId']}-{number}",
                "name": name,
                "type": f".{name.rpartition('.')[2]}",
                "size": state.world.storage.blobs[blob].size,
                "url": state.world.storage.sign(blob, state.options.url_seconds),
                "expiresAt": expires.isoformat(),
            }
        )
    return envelope(request, rows)


async def reprocess(request: Request) -> Response:
    """Back into the queue; the answer shows PROCESSING, as the real one does."""
    authorize(request)
    body = await read_body(request, {"requestId": (str, True), "integrationId": (str, True)})
    found = state_of(request).entrypoint.find(body["requestId"], body["integrationId"])
    found.record["status"] = "PENDING"
    return envelope(request, {**found.record, "status": "PROCESSING"})


async def deliver(request: Request) -> Response:
    authorize(request)
    fields: dict[str, Any] = {"isDefault": (bool, False), "integrationId": (str, True), "entity": (str, True)}
    body = await read_body(request, {**fields, "data": (list, True)})
    state_of(request).entrypoint.delivered.append(body)
    return envelope(request, {"received": len(body["data"])}, "Delivery registered")


async def upload(request: Request) -> Response:
    authorize(request)
    fields: dict[str, Any] = dict.fromkeys(("fileName", "contentType", "content"), (str, True))
    body = await read_body(request, {**fields, "metadata": (dict, False)})
    try:
        content = base64.b64decode(body["content"], validate=True)
    except binascii.Error as error:
        raise invalid([problem(["body", "content"], f"Invalid base64: {error}", "base64")]) from error
    if len(content) > UPLOAD_BYTES_MAX:
        raise Refusal(400, f"File larger than {UPLOAD_BYTES_MAX} bytes")
    entrypoint = state_of(request).entrypoint
    identifier = entrypoint.new_id()
    entrypoint.uploads[identifier] = content
    return envelope(
        request, {"id": identifier, "fileName": body["fileName"], "size": len(content)}, "Uploaded"
    )


ROUTES = [
    Route(f"{BASE}/pending", pending, methods=["POST"]),
    Route(f"{BASE}/status", status, methods=["POST"]),
    Route(f"{BASE}/attachs", attachments, methods=["POST"]),
    Route(f"{BASE}/reprocess", reprocess, methods=["POST"]),
    Route(DELIVERY, deliver, methods=["POST"]),
    Route(UPLOAD, upload, methods=["POST"]),
]
