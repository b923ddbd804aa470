"""The accounts payable service: search, count, by id, by metadata, events."""

from __future__ import annotations

from collections.abc import ItemsView
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..core.wire import array, raw
from .book import PayableBook
from .filters import PAYABLE_FIELDS, Condition, instant, parse_filters, passes
from .http import authorize, envelope, paged, read_body, read_paging, read_query, state_of
from .refusal import Refusal, invalid, problem
from .skeleton import HOUR, SECOND, micros

BASE = "/accounts-payable/api/v1/accounts-payable"
FAR = 1 << 62

ORDERS = ("updatedAt", "createdAt", "dueDate", "issueDate", "id")


def select(book: PayableBook, conditions: list[Condition]) -> list[int]:
    """The payables that pass, in order of `updatedAt`; `updatedAt`, `status` and ids alone render nothing."""
    low, high, statuses, rest, wanted = -FAR, FAR, [], [], set[int]()
    by_ids = False
    for condition in conditions:
        if condition.field == "updatedAt" and condition.operator in ("gte", "lte", "eq"):
            bound = micros(condition.operand)
            low = max(low, bound) if condition.operator != "lte" else low
            high = min(high, bound) if condition.operator != "gte" else high
        elif condition.field == "id" and condition.operator in ("eq", "in"):
            ids = [condition.operand] if condition.operator == "eq" else condition.operand
            found = {index for index in map(book.find, ids) if index is not None}
            wanted, by_ids = (wanted & found if by_ids else found), True
        elif condition.field == "status":
            statuses.append(condition)
        else:
            rest.append(condition)
    indices = book.window(low, high)
    if by_ids:
        indices = [index for index in indices if index in wanted]
    if statuses:
        indices = [index for index in indices if all(c.accepts(book.status(index)) for c in statuses)]
    return [index for index in indices if passes(rest, book.values(index))] if rest else indices


def _sorted(book: PayableBook, indices: list[int], order: str, direction: str) -> list[int]:
    if order != "updatedAt":
        values = {index: book.values(index)[order] for index in indices}
        indices = sorted(indices, key=lambda index: (values[index] is None, values[index], index))
    return indices[::-1] if direction == "desc" else indices


async def search(request: Request) -> Response:
    """One page. The order is not a snapshot: what is updated between two pages moves to the end."""
    authorize(request)
    fields: dict[str, Any] = {"filters": (dict, False), "page": (int, False), "limit": (int, False)}
    body = await read_body(request, {**fields, "orderBy": (str, False), "orderByDirection": (str, False)})
    page, limit = read_paging(body)
    order, direction = body.get("orderBy", "updatedAt"), body.get("orderByDirection", "asc")
    if order not in ORDERS:
        raise invalid([problem(["body", "orderBy"], f"Input should be one of {', '.join(ORDERS)}", "enum")])
    if direction not in ("asc", "desc"):
        raise invalid([problem(["body", "orderByDirection"], "Input should be 'asc' or 'desc'", "enum")])
    state = state_of(request)
    book = state.payables
    indices = _sorted(
        book, select(book, parse_filters(body.get("filters", {}), PAYABLE_FIELDS)), order, direction
    )
    rows = book.rendered(indices[(page - 1) * limit : page * limit])
    response = envelope(request, paged(array(rows), page, limit, len(indices)))
    if state.options.drift:
        book.update(state.options.drift, state.options.drift_seconds_ago)
    if state.options.late:
        book.add(state.options.late, seconds_ago=HOUR // SECOND)
    return response


async def count(request: Request) -> Response:
    authorize(request)
    body = await read_body(request, {"filters": (dict, False)})
    conditions = parse_filters(body.get("filters", {}), PAYABLE_FIELDS)
    return envelope(request, {"count": len(select(state_of(request).payables, conditions))})


async def by_id(request: Request) -> Response:
    authorize(request)
    book = state_of(request).payables
    index = book.find(request.path_params["id"])
    if index is None:
        raise Refusal(404, "Account payable not found")
    return envelope(request, raw(book.rendered([index])[0]))


async def by_metadata(request: Request) -> Response:
    """Payables whose metadata has every given key with exactly the given value."""
    authorize(request)
    fields: dict[str, Any] = {"metadata": (dict, True), "page": (int, False), "limit": (int, False)}
    body = await read_body(request, fields)
    page, limit = read_paging(body)
    book = state_of(request).payables
    wanted = body["metadata"].items()
    found = [i for i in book.window(-FAR, FAR) if wanted and _has(book.values(i)["metadata"], wanted)]
    rows = book.rendered(found[(page - 1) * limit : page * limit])
    return envelope(request, paged(array(rows), page, limit, len(found)))


def _has(metadata: dict[str, Any], wanted: ItemsView[str, Any]) -> bool:
    return all(name in metadata and metadata[name] == value for name, value in wanted)


async def events(request: Request) -> Response:
    """The log of all events in order of `createdAt`."""
    authorize(request)
    query = read_query(request, {"page", "limit", "createdAt[gte]", "createdAt[lte]"})
    page, limit = read_paging(query)
    bounds: dict[str, datetime] = {}
    for name in ("createdAt[gte]", "createdAt[lte]"):
        if name in query:
            try:
                bounds[name] = instant(query[name])
            except ValueError as error:
                raise invalid([problem(["query", name], f"Input should be {error}", "type_error")]) from None
    low = micros(bounds["createdAt[gte]"]) if "createdAt[gte]" in bounds else -FAR
    high = micros(bounds["createdAt[lte]"]) if "createdAt[lte]" in bounds else FAR
    book = state_of(request).payables
    first, last = book.event_range(low, high)
    start = first + (page - 1) * limit
    rows = book.rendered_events(book.events()[start : min(start + limit, last)])
    return envelope(request, paged(array(rows), page, limit, last - first))


ROUTES = [
    Route(f"{BASE}/search", search, methods=["POST"]),
    Route(f"{BASE}/count", count, methods=["POST"]),
    Route(f"{BASE}/search/metadata", by_metadata, methods=["POST"]),
    Route(f"{BASE}/events", events, methods=["GET"]),
    Route(f"{BASE}/{{id}}", by_id, methods=["GET"]),
]
