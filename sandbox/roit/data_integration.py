"""Data integration for the tax reform: its requests, the cClassTrib reference list and data sync (envelope B)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .http import authorize, envelope_b, paged, read_body, read_paging, read_query, state_of
from .refusal import Detail, Refusal, invalid, problem

if TYPE_CHECKING:
    from .state import RoitState

BASE = "/roit-data-integration/v1"
STATUSES = ("PENDING", "START", "PROCESSING", "AUDIT", "CONSOLIDATION", "FINISHED", "FAILED")
SEEDED_REQUESTS = 130
SEEDED_CLASSES = 150
BATCH_MAX = 500
LIST_DEFAULT, LIST_MAX = 100, 1000
PAGE_DEFAULT, PAGE_MAX = 50, 100

UPDATABLE: dict[str, Any] = {
    **dict.fromkeys(
        ("processStatus", "callbackUrl", "operationType", "documentType", "nationalRegister"), (str, False)
    ),
    **dict.fromkeys(("callbackAuthToken",), (str, False)),
    **dict.fromkeys(("dataBaseDest", "metadata", "audit"), (dict, False)),
}
REDUCTIONS = (Decimal("0.0000"), Decimal("30.0000"), Decimal("60.0000"), Decimal("100.0000"), None)
CLASSES = ("000", "010", "200", "210", "220", "410", "510", "550", "620", "800", "810", "820")


class DataIntegration:
    """The requests by `processUniqueId` (random, so their order says nothing of time) and the reference list."""

    def __init__(self, state: RoitState) -> None:
        self._state = state
        self._random = state.world.random("roit data integration")
        self.requests: dict[str, dict[str, Any]] = {}
        self.synced: list[dict[str, Any]] = []
        span = state.world.started_at - state.world.start
        for number in range(SEEDED_REQUESTS):
            self._seed(number, state.world.start + span * self._random.random())
        self.classes = [entry for number in range(SEEDED_CLASSES) for entry in _classes(number)]

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _seed(self, number: int, created: datetime) -> None:
        identifier = self._new_id()
        register = self._state.world.companies[number % 3].tax_id
        self.requests[identifier] = {
            "processUniqueId": identifier,
            "processStatus": STATUSES[number % len(STATUSES)],
            "createdAt": created.isoformat(),
            "updatedAt": (created + timedelta(hours=number % 30)).isoformat() if number % 5 else None,
            "callbackUrl": f"https://erp.exemplo.invalid/callback/{number}" if number % 2 else None,
            "callbackAuthToken": f"callback-secret-{number}",
            "operationType": ("INPUT", "OUTPUT")[number % 2],
            "documentType": ("NFE", "NFSE", "CTE")[number % 3],
            "dataBaseDest": {
                "secret": f"database-secret-{number}",
                "tables": [{"name": "nfe_items", "dataset": "fiscal", "metadata": {"rows": number * 1_000}}],
            },
            "nationalRegister": register,
            "metadata": {"id": number, "Id": str(number)} if number % 4 else {},
            "audit": {"differences": number % 3} if number % 7 == 3 else None,
        }

    def create(self) -> dict[str, Any]:
        identifier = self._new_id()
        now = self._state.world.clock.now().isoformat()
        record = {"processUniqueId": identifier, "processStatus": "PENDING", "createdAt": now}
        self.requests[identifier] = record
        return record

    def find(self, identifier: str) -> dict[str, Any]:
        if identifier not in self.requests:
            raise Refusal(404, "Request not found")
        return self.requests[identifier]

    def change(self, identifier: str, values: dict[str, Any]) -> dict[str, Any]:
        record = self.find(identifier)
        record.update(values, updatedAt=self._state.world.clock.now().isoformat())
        return record


def _classes(number: int) -> list[dict[str, Any]]:
    """One code of the cClassTrib list, which begins with its CST; in two entries when it was changed in 2027."""
    cst = CLASSES[number % len(CLASSES)]
    record: dict[str, Any] = {
        "code": f"{cst}{number // len(CLASSES) + 1:03}",
        "description": f"Situação tributária fictícia {number}",
        "cst": cst,
        "validFrom": "2026-01-01",
        "validTo": "2026-12-31" if number % 40 == 39 else None,
    }
    if number % 3:
        record["legalBasis"] = f"LC 214/2025, art. {number + 1}"
    if (reduction := REDUCTIONS[number % len(REDUCTIONS)]) is not None:
        record |= {"ibsReduction": reduction, "cbsReduction": reduction}
    if record["validTo"]:
        return [record, {**record, "validFrom": "2027-01-01", "validTo": None}]
    return [record]


def _check_status(body: dict[str, Any], loc: list[str | int]) -> list[Detail]:
    if body.get("processStatus", STATUSES[0]) in STATUSES:
        return []
    return [problem([*loc, "processStatus"], f"Input should be one of {', '.join(STATUSES)}", "enum")]


async def create(request: Request) -> Response:
    """A GET that creates."""
    authorize(request)
    read_query(request, set())
    return envelope_b(state_of(request).data_integration.create(), "Request created", 201)


async def list_requests(request: Request) -> Response:
    """Ordered by id; `start_after` is the last id of the page before. After the last page comes an empty one."""
    authorize(request)
    query = read_query(request, {"limit", "page_size", "start_after"})
    sizes = []
    bounds = (("limit", LIST_DEFAULT, LIST_MAX), ("page_size", PAGE_DEFAULT, PAGE_MAX))
    for name, default, highest in bounds:
        value = query.get(name, str(default))
        if not value.isdigit() or not 1 <= int(value) <= highest:
            raise invalid([problem(["query", name], f"Input should be from 1 to {highest}", "value_error")])
        sizes.append(int(value))
    requests = state_of(request).data_integration.requests
    ids = sorted(identifier for identifier in requests if identifier > query.get("start_after", ""))
    return envelope_b([requests[identifier] for identifier in ids[: min(sizes)]])


async def one_request(request: Request) -> Response:
    """GET, PUT or DELETE of one request."""
    authorize(request)
    integration = state_of(request).data_integration
    identifier = request.path_params["id"]
    if request.method == "PUT":
        body = await read_body(request, UPDATABLE)
        if details := _check_status(body, ["body"]):
            raise invalid(details)
        return envelope_b(integration.change(identifier, body), "Request updated")
    record = integration.find(identifier)
    if request.method == "DELETE":
        del integration.requests[identifier]
        return envelope_b({"processUniqueId": identifier}, "Request deleted")
    return envelope_b(record)


async def update(request: Request) -> Response:
    authorize(request)
    body = await read_body(request, {**UPDATABLE, "processUniqueId": (str, True)})
    if details := _check_status(body, ["body"]):
        raise invalid(details)
    identifier = body.pop("processUniqueId")
    return envelope_b(state_of(request).data_integration.change(identifier, body), "Request updated")


async def batch_update(request: Request) -> Response:
    """All or nothing: unknown ids are named in `error.metadata` and nothing is changed."""
    authorize(request)
    items = (await read_body(request, {"items": (list, True)}))["items"]
    if len(items) > BATCH_MAX:
        raise Refusal(400, f"at most {BATCH_MAX} items", metadata={"failed": []})
    integration = state_of(request).data_integration
    ids = [item.get("processUniqueId") if isinstance(item, dict) else None for item in items]
    failed = [
        i
        for i, item in zip(ids, items, strict=True)
        if i not in integration.requests or _check_status(item, [])
    ]
    if failed:
        raise Refusal(400, "Some items were not updated", metadata={"failed": failed})
    for item in items:
        integration.change(item["processUniqueId"], item)
    return envelope_b({"updated": len(items)}, "Requests updated")


async def signed_url(request: Request) -> Response:
    """A URL for an upload by PUT."""
    authorize(request)
    names = ("nationalRegister", "processUniqueId", "type", "fileName")
    body = await read_body(request, {**dict.fromkeys(names, (str, True)), "force": (bool, False)})
    state = state_of(request)
    state.data_integration.find(body["processUniqueId"])
    blob = f"uploads/{body['processUniqueId']}/{body['fileName']}"
    if blob in state.world.storage.blobs and not body.get("force", False):
        raise Refusal(400, "The file was uploaded before; set force to replace it")
    return envelope_b({"url": state.world.storage.sign(blob, state.options.url_seconds, "PUT")})


async def callback(request: Request) -> Response:
    authorize(request)
    fields: dict[str, Any] = {
        "processUniqueId": (str, True),
        "processStatus": (str, True),
        "message": (str, False),
    }
    body = await read_body(request, fields)
    if details := _check_status(body, ["body"]):
        raise invalid(details)
    change = {"processStatus": body["processStatus"]}
    return envelope_b(state_of(request).data_integration.change(body["processUniqueId"], change))


async def classes(request: Request) -> Response:
    authorize(request)
    page, limit = read_paging(read_query(request, {"page", "limit"}))
    rows = state_of(request).data_integration.classes
    return envelope_b(paged(rows[(page - 1) * limit : page * limit], page, limit, len(rows)))


async def sync(request: Request) -> Response:
    authorize(request)
    fields: dict[str, Any] = {"nationalRegister": (str, True), "type": (str, True), "tables": (list, True)}
    body = await read_body(request, fields)
    synced = state_of(request).data_integration.synced
    synced.append(body)
    return envelope_b({"syncId": f"sync-{len(synced)}", "status": "PROCESSING"})


ROUTES = [
    Route(f"{BASE}/requests/create", create, methods=["GET"]),
    Route(f"{BASE}/requests/list", list_requests, methods=["GET"]),
    Route(f"{BASE}/requests/update", update, methods=["POST"]),
    Route(f"{BASE}/requests/batch-update", batch_update, methods=["POST"]),
    Route(f"{BASE}/requests/callback", callback, methods=["POST"]),
    Route(f"{BASE}/requests/{{id}}", one_request, methods=["GET", "PUT", "DELETE"]),
    Route(f"{BASE}/data/generate-signed-url", signed_url, methods=["POST"]),
    Route(f"{BASE}/data/sync", sync, methods=["POST"]),
    Route(f"{BASE}/cclasstrib", classes, methods=["GET"]),
]
