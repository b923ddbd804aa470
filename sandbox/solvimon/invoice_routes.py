"""Invoices, payments and the configuration side: lists, single objects, searches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..core.wire import answer
from .errors import Refusal, not_found
from .listing import BY_CREATION, PAGING, Order, boolean, date_range, page_of, query, search
from .report_requests import json_object
from .state import Tenant
from .values import Record


def _rank(quantity: str) -> Decimal:
    """Return what an amount sorts by; one that is no number sorts last."""
    try:
        return Decimal(quantity)
    except InvalidOperation:
        return Decimal("Infinity")


INVOICE_ORDER = Order(
    {
        "created_at": lambda row: row["created_at"],
        "invoice_number": lambda row: row.get("invoice_number") or "",
        "invoice_date": lambda row: row["invoice_date"],
        "due_date": lambda row: row["due_date"],
        "invoice_amount_including_tax": lambda row: _rank(row["invoice_amount_including_tax"]["quantity"]),
        "status": lambda row: row["status"],
    },
    "created_at",
)
"""Not by `updated_at`: an invoice that changes does not come up again."""

INCLUDES = frozenset({"include_periods", "include_lines"})
INVOICE_FILTERS = frozenset({"statuses[]", "paid", "invoice_date", "customer_id", "on_hold"})
SEARCHABLE = frozenset({"id", "invoice_number", "status", "customer_id", "type", "paid", "payment_status"})


def routes(tenant: Tenant) -> list[Route]:
    """Return the routes of the transaction and configuration side."""
    return [
        *_invoice_routes(tenant),
        _list("/v1/payments", tenant.payments.values),
        _list("/v1/payment-requests", tenant.payment_requests.values),
        _list("/v1/payment-schedules", tenant.schedules.values),
        _list("/v1/customers", lambda: tenant.catalog.customers),
        _list("/v1/products", tenant.catalog.products),
        _list("/v1/pricing-plan-subscriptions", lambda: tenant.catalog.subscriptions),
    ]


def _list(path: str, rows: Callable[[], Iterable[Record]]) -> Route:
    async def list_(request: Request) -> Response:
        parameters = query(request, PAGING)
        return answer(page_of(request, BY_CREATION.apply(rows(), parameters), parameters))

    return Route(path, list_, methods=["GET"])


def _invoice_routes(tenant: Tenant) -> list[Route]:
    async def list_(request: Request) -> Response:
        parameters = query(request, PAGING | INCLUDES | INVOICE_FILTERS)
        tenant.tick()
        found = filter_invoices(tenant.invoices.values(), parameters)
        rows = INVOICE_ORDER.apply(found, parameters)
        return answer(page_of(request, rows, parameters, _renderer(parameters)))

    async def one(request: Request) -> Response:
        parameters = query(request, INCLUDES)
        tenant.tick()
        return answer(_renderer(parameters)(_invoice(tenant, request)))

    async def payments(request: Request) -> Response:
        parameters = query(request, PAGING)
        rows = tenant.payments_of(_invoice(tenant, request)["id"])
        return answer(page_of(request, BY_CREATION.apply(rows, parameters), parameters))

    async def search_(request: Request) -> Response:
        parameters = query(request, PAGING | INCLUDES)
        tenant.tick()
        found = search(tenant.invoices.values(), await json_body(request), SEARCHABLE)
        rows = INVOICE_ORDER.apply(found, parameters)
        return answer(page_of(request, rows, parameters, _renderer(parameters)))

    return [
        Route("/v1/invoices", list_, methods=["GET"]),
        Route("/v1/invoices/search", search_, methods=["POST"]),
        Route("/v1/invoices/{id}", one, methods=["GET"]),
        Route("/v1/invoices/{id}/payments", payments, methods=["GET"]),
    ]


async def json_body(request: Request) -> Record:
    """Return the JSON object of a request; another media type is refused with 415."""
    need_json(request)
    return json_object(await request.body())


def need_json(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"application/json is expected, not {media_type!r}")


def _invoice(tenant: Tenant, request: Request) -> Record:
    invoice_id = request.path_params["id"]
    if invoice_id not in tenant.invoices:
        raise not_found("INVOICE", invoice_id)
    return tenant.invoices[invoice_id]


def filter_invoices(rows: Iterable[Record], parameters: dict[str, list[str]]) -> list[Record]:
    """Return the invoices that pass every filter given."""
    paid, on_hold = boolean(parameters, "paid"), boolean(parameters, "on_hold")
    dates = date_range(parameters, "invoice_date")
    statuses = parameters.get("statuses[]")
    customer_id = parameters.get("customer_id", [None])[0]
    return [
        row
        for row in rows
        if (statuses is None or row["status"] in statuses)
        and paid in (None, row["paid"])
        and on_hold in (None, row["on_hold"])
        and (dates is None or dates[0] <= row["invoice_date"] <= dates[1])
        and customer_id in (None, row["customer_id"])
    ]


def _renderer(parameters: dict[str, list[str]]) -> Callable[[Record], Record]:
    """Return how an invoice is shown: without periods, or without lines, unless they are asked for."""
    with_periods = boolean(parameters, "include_periods") or False
    with_lines = boolean(parameters, "include_lines") or False

    def render(invoice: Record) -> Record:
        if with_periods and with_lines:
            return invoice
        if not with_periods:
            return {name: value for name, value in invoice.items() if name != "periods"}
        return {**invoice, "periods": [_without_lines(period) for period in invoice["periods"]]}

    return render


def _without_lines(period: Record) -> Record:
    groups = [{name: value for name, value in group.items() if name != "lines"} for group in period["groups"]]
    return {**period, "groups": groups}
