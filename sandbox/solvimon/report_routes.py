"""Reports: their definitions, the requests for them, the reports made, and where to download them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..core.wire import answer
from .definitions import DEFINITIONS
from .errors import invalid_field
from .gate import need_create
from .idempotency import Idempotency
from .invoice_routes import json_body, need_json
from .listing import PAGING, Order, boolean, date_range, page_of, query, search
from .report_jobs import ReportDesk
from .report_requests import check_request, definition_of, json_object
from .values import Record

OVERVIEWS = {
    "invoice-lines-overview": "INVOICE_LINE",
    "invoice-tax-overview": "INVOICE_TAX",
    "invoice-headers-overview": "INVOICE_HEADER",
}
PERMISSION = "REPORT_GENERATE_REQUEST"
_ORDER = Order(
    {
        "created_at": lambda row: row.get("created_at") or row.get("generate_at") or "",
        "generate_at": lambda row: row.get("generate_at") or "",
    },
    "created_at",
)
_SEARCHABLE = frozenset(
    {"id", "report_code", "status", "customer_id", "invoice_id", "report_generate_request_id"}
)


def routes(desk: ReportDesk, idempotency: Idempotency) -> list[Route]:
    """Return the routes of reports, most specific paths first."""
    return [
        *_configuration_routes(desk),
        *[_overview(desk, name, code) for name, code in OVERVIEWS.items()],
        *_report_routes(desk),
        *_request_routes(desk, idempotency),
    ]


def _listed(request: Request, rows: list[Record]) -> Response:
    parameters = query(request, PAGING)
    return answer(page_of(request, _ORDER.apply(rows, parameters), parameters))


async def _found(request: Request, rows: list[Record], status: int) -> Response:
    parameters = query(request, PAGING)
    found = search(rows, await json_body(request), _SEARCHABLE)
    return answer(page_of(request, _ORDER.apply(found, parameters), parameters), status)


def _configuration_routes(desk: ReportDesk) -> list[Route]:
    async def definitions(request: Request) -> Response:
        parameters = query(request, PAGING)
        rows = [definition.render() for definition in DEFINITIONS.values()]
        return answer(page_of(request, rows, parameters))

    async def configurations(request: Request) -> Response:
        return _listed(request, desk.configurations)

    async def subscriptions(request: Request) -> Response:
        return _listed(request, desk.subscriptions)

    return [
        Route("/v1/report-definitions", definitions, methods=["GET"]),
        Route("/v1/report-configurations", configurations, methods=["GET"]),
        Route("/v1/report-subscriptions", subscriptions, methods=["GET"]),
    ]


def _overview(desk: ReportDesk, name: str, code: str) -> Route:
    """A GET that creates: it starts a report, so it needs the permission to."""

    async def start(request: Request) -> Response:
        need_create(request, PERMISSION)
        parameters = query(request, {"customer_id", "statuses[]", "invoice_date", "paid", "on_hold"})
        for flag in ("paid", "on_hold"):
            boolean(parameters, flag)
        window = date_range(parameters, "invoice_date")
        if window is None:
            raise invalid_field("invoice_date", "invoice_date is required")
        values = {"from_date": window[0][:10], "to_date": window[1][:10]}
        if customer_id := parameters.get("customer_id"):
            values["customer_id"] = customer_id[0]
        if statuses := parameters.get("statuses[]"):
            values["statuses"] = ",".join(statuses)
        return answer(desk.create(definition_of(code), values, {}))

    return Route(f"/v1/reports/{name}", start, methods=["GET"])


def _report_routes(desk: ReportDesk) -> list[Route]:
    async def list_(request: Request) -> Response:
        desk.requests()
        return _listed(request, list(desk.reports.values()))

    async def search_(request: Request) -> Response:
        desk.requests()
        return await _found(request, list(desk.reports.values()), 200)

    async def one(request: Request) -> Response:
        query(request, ())
        return answer(desk.report(request.path_params["id"]))

    async def download_url(request: Request) -> Response:
        query(request, ())
        return answer(desk.download_url(request.path_params["id"]))

    return [
        Route("/v1/reports", list_, methods=["GET"]),
        Route("/v1/reports/search", search_, methods=["POST"]),
        Route("/v1/reports/{id}", one, methods=["GET"]),
        Route("/v1/reports/{id}/download-url", download_url, methods=["GET"]),
    ]


def _request_routes(desk: ReportDesk, idempotency: Idempotency) -> list[Route]:
    path = "/v1/report-generate-requests"

    async def list_or_create(request: Request) -> Response:
        if request.method != "POST":
            return _listed(request, desk.requests())
        need_create(request, PERMISSION)
        need_json(request)
        query(request, ())

        def make(body: bytes) -> Record:
            asked = json_object(body)
            definition, values = check_request(asked)
            return desk.create(definition, values, asked)

        return await idempotency.write(request, 201, make)

    async def search_(request: Request) -> Response:
        # 201, though it creates nothing: so it is published.
        return await _found(request, desk.requests(), 201)

    async def one(request: Request) -> Response:
        query(request, ())
        return answer(desk.look(request.path_params["id"]))

    async def report(request: Request) -> Response:
        query(request, ())
        return answer(desk.report_of(request.path_params["id"]))

    return [
        Route(path, list_or_create, methods=["GET", "POST"]),
        Route(f"{path}/search", search_, methods=["POST"]),
        Route(f"{path}/{{id}}", one, methods=["GET"]),
        Route(f"{path}/{{id}}/report", report, methods=["GET"]),
    ]
