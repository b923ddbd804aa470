"""Export requests: create, follow, fetch the parts by signed URL, delete. They cannot be listed."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .archive import File, arrange, files_of, pack
from .filters import Condition, Parser, boolean, number, parse_filters, passes, strict_instant, text
from .http import authorize, envelope, read_body, state_of
from .refusal import Detail, Refusal, invalid, problem
from .render import MASTER_ID, USERS
from .skeleton import micros

if TYPE_CHECKING:
    from .state import RoitState

BASE = "/assembler-documents-manager/api/v1/export/requests"
FAR = 1 << 62
REQUIRED = ("type", "createAt", "issueDate", "entryDate")
FILTERS: dict[str, Parser] = {
    "type": text,
    **dict.fromkeys(("createAt", "issueDate", "entryDate"), strict_instant),
    **dict.fromkeys(("classification", "step", "origin", "originCity", "destinyCity", "number"), text),
    **dict.fromkeys(("internalId", "serviceMadeCity", "supplierDocumentNumber", "accessKey"), text),
    **dict.fromkeys(("purchaseOrder", "movement", "classTypeEvent", "message"), text),
    **dict.fromkeys(("isConsolidated", "finalized", "hasIssRetention"), boolean),
    "totalValue": number,
}
EXTENSIONS = (".xml", ".pdf", ".jpg")


@dataclass
class Part:
    """One archive. `sha256` is left out of the answer for every other part."""

    id: str
    blob: str
    size: int
    sha256: str | None


@dataclass
class Export:
    """An export request; `polls` counts how often its state was asked for."""

    id: str
    number: int
    master: str
    preference: str
    filters: dict[str, Any]
    conditions: list[Condition]
    clients: list[Condition]
    polls: int = 0
    status: str = "pending"
    quantity: int = 0
    size: int = 0
    parts: list[Part] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        created = self.filters["createAt"]
        done = self.status == "done"
        total = len(self.parts)
        return {
            "id": self.id,
            "user": USERS[self.number % len(USERS)],
            "master": self.master,
            "period": {"from": created.get("gte", ""), "to": created.get("lte", "")},
            "quantity": self.quantity,
            "size": self.size,
            "status": self.status,
            "preference": self.preference,
            "filters": self.filters,
            "totalOfParts": total,
            "totalOfPartsProcessed": total if done else 0,
        }


class Exports:
    """The export requests of this world."""

    def __init__(self, state: RoitState) -> None:
        self._state = state
        self._random = state.world.random("roit exports")
        self.created: dict[str, Export] = {}
        self._count = 0

    def create(self, body: dict[str, Any], conditions: list[Condition], clients: list[Condition]) -> Export:
        self._count += 1
        identifier = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        master, preference = body.get("master", MASTER_ID), body.get("preference", "original")
        export = Export(identifier, self._count, master, preference, body["filters"], conditions, clients)
        self.created[identifier] = export
        return export

    async def poll(self, export: Export) -> None:
        """One look at the export moves it on: pending, processing, and then done, error or expired."""
        if export.status not in ("pending", "processing"):
            return
        export.polls += 1
        options = self._state.options
        if export.polls <= options.export_polls:
            export.status = "processing" if export.polls > options.export_polls // 2 else "pending"
        elif options.export_error_every and export.number % options.export_error_every == 0:
            export.status = "error"
        elif options.export_expired_every and export.number % options.export_expired_every == 0:
            export.status = "expired"
        else:
            export.status = "processing"
            await asyncio.to_thread(self._build, export)
            export.status = "done"

    def _build(self, export: Export) -> None:
        """Select, render, pack and store; an export without documents has no part."""
        world, options = self._state.world, self._state.options
        files = list(self._select(export))
        quantity = size = 0
        parts: list[Part] = []
        bad_files = options.bad_files if files else 0
        for position, content in enumerate(arrange(files, options.files_per_part, bad_files)):
            archive = pack(content, world.random(f"{export.id}:{position}"))
            blob = world.storage.put(f"exports/{export.id}/part-{position}.zip", archive, "application/zip")
            sha256 = hashlib.sha256(archive).hexdigest() if position % 2 == 0 else None
            parts.append(Part(f"{export.id}-{position}", blob, len(archive), sha256))
            quantity += len(content)
            size += sum(len(file.content) for file in content)
        export.parts, export.quantity, export.size = parts, quantity, size

    def _select(self, export: Export) -> Any:
        """Files with the `createAt` of their document, in its order."""
        low, high, types = -FAR, FAR, [*EXTENSIONS]
        rest: list[Condition] = []
        for condition in export.conditions:
            if condition.field == "type":
                types = [extension for extension in types if condition.accepts(extension)]
            elif condition.field == "createAt" and condition.operator == "gte":
                low = max(low, micros(condition.operand))
            elif condition.field == "createAt" and condition.operator == "lte":
                high = min(high, micros(condition.operand))
            else:
                rest.append(condition)
        orders = [c for c in rest if c.field == "purchaseOrder"]
        rest = [c for c in rest if c.field != "purchaseOrder"]
        for document in self._state.documents.documents(low, high):
            client = {"identifier": document.facts.company.tax_id}
            wanted = passes(rest, document.filter_values()) and passes(export.clients, client)
            if wanted and all(_any_order(c, document.facts.purchase_orders) for c in orders):
                for file in files_of(self._state.world, document, types):
                    yield document.appeared, _named(file, export, document.classification)

    def delete(self, export: Export) -> None:
        for part in export.parts:
            self._state.world.storage.delete(part.blob)
        del self.created[export.id]

    def items(self, export: Export) -> list[dict[str, Any]]:
        """The parts with URLs that were signed just now."""
        options, world = self._state.options, self._state.world
        expires = world.clock.now() + timedelta(seconds=options.url_seconds)
        rows = []
        for part in export.parts:
            row: dict[str, Any] = {
                "id": part.id,
                "requestId": export.id,
                "blob": part.blob,
                "url": world.storage.sign(part.blob, options.url_seconds),
                "expiresAt": expires.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "size": part.size,
                "contentType": "application/zip",
            }
            if part.sha256:
                row["sha256"] = part.sha256
            rows.append(row)
        return rows


def _any_order(condition: Condition, orders: list[str]) -> bool:
    """A list passes when one of its values does; for `nin` all must."""
    if condition.operator == "nin":
        return all(condition.accepts(order) for order in orders)
    return any(condition.accepts(order) for order in orders)


def _named(file: File, export: Export, classification: str) -> File:
    return (
        file if export.preference == "original" else File(f"roit{classification}/{file.path}", file.content)
    )


def _parse(body: dict[str, Any]) -> tuple[list[Condition], list[Condition]]:
    """The conditions of the body, and those on the client; as strict as the API."""
    details: list[Detail] = []
    if body.get("preference", "original") not in ("roit", "original"):
        details.append(problem(["body", "preference"], "Input should be 'roit' or 'original'", "enum"))
    filters = dict(body["filters"])
    missing = [name for name in REQUIRED if name not in filters]
    details += [problem(["body", "filters", name], "Field required", "missing") for name in missing]
    if details:
        raise invalid(details)
    clients: list[Condition] = []
    tree = filters.pop("clientTree", [])
    if not isinstance(tree, list) or not all(isinstance(entry, dict) for entry in tree):
        raise invalid(
            [problem(["body", "filters", "clientTree"], "Input should be a list of objects", "list_type")]
        )
    for entry in tree:
        clients += parse_filters(entry, {"identifier": text}, ("body", "filters", "clientTree"))
    return parse_filters(filters, FILTERS), clients


def _check_length(conditions: list[Condition], longest_days: float) -> None:
    ends = {c.operator: micros(c.operand) for c in conditions if c.field == "createAt"}
    length = timedelta(microseconds=ends.get("lte", FAR // 1000) - ends.get("gte", 0))
    if longest_days and length > timedelta(days=longest_days):
        raise Refusal(400, f"The period is longer than {longest_days:g} days")


async def create(request: Request) -> Response:
    authorize(request)
    body = await read_body(
        request, {"master": (str, False), "preference": (str, False), "filters": (dict, True)}
    )
    conditions, clients = _parse(body)
    _check_length(conditions, state_of(request).options.export_longest_days)
    export = state_of(request).exports.create(body, conditions, clients)
    return envelope(request, export.record(), "Export request created")


def _find(request: Request) -> Export:
    authorize(request)
    export = state_of(request).exports.created.get(request.path_params["id"])
    if export is None:
        raise Refusal(404, "Export request not found")
    return export


async def get(request: Request) -> Response:
    export = _find(request)
    await state_of(request).exports.poll(export)
    return envelope(request, export.record())


async def delete(request: Request) -> Response:
    export = _find(request)
    state_of(request).exports.delete(export)
    return envelope(request, None, "Export request deleted")


async def items(request: Request) -> Response:
    """The parts as a list, or, as the real API does now and then, one more level down or one bare object."""
    export = _find(request)
    if export.status != "done":
        raise Refusal(400, f"Export request is {export.status}, not done")
    rows = state_of(request).exports.items(export)
    data: Any = rows
    if export.number % 3 == 2:
        data = {"data": rows}
    elif export.number % 3 == 0 and len(rows) == 1:
        data = rows[0]
    return envelope(request, data)


ROUTES = [
    Route(BASE, create, methods=["POST"]),
    Route(f"{BASE}/{{id}}", get, methods=["GET"]),
    Route(f"{BASE}/{{id}}", delete, methods=["DELETE"]),
    Route(f"{BASE}/{{id}}/items", items, methods=["GET"]),
]
