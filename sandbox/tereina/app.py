"""The Tereina API over HTTP: `create_app`, its routes and the state that tests look into."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..core.wire import answer
from ..core.world import World
from .auth import TOKEN_PATH, Credentials, Guard
from .batches import Batch
from .errors import on_http_error, refuse
from .render import OBJECT_TYPES
from .state import Tereina

OUTBOUND = "/api/v1/batches/outbound"
INBOUND = "/api/v1/batches"
OPTIONS = frozenset(
    {
        "auth",
        "token",
        "api_key",
        "api_key_header",
        "username",
        "password",
        "client_id",
        "client_secret",
        "bad_records",
        "wrong_item_count",
        "corrupt_blocks",
        "inbound_format",
        "inbound_block_bytes",
    }
)


def create_app(world: World) -> Starlette:
    """Return the API with its data made. State at `app.state.tereina`."""
    options = world.options.get("tereina", {})
    if unknown := sorted(set(options) - OPTIONS):
        raise ValueError(f"unknown options of tereina: {unknown}")
    access = Credentials(options, world.seed, world.clock)
    state = Tereina(world, access.public)
    token = [Route(TOKEN_PATH, access.issue, methods=["POST"])] if access.mode == "oauth2" else []
    app = Starlette(
        # `complete` before the paths with an id in that place.
        routes=[*token, *_outbound_routes(state), *_inbound_routes(state)],
        exception_handlers={HTTPException: on_http_error, 500: on_http_error},
        middleware=[Middleware(Guard, credentials=access)],
    )
    app.router.redirect_slashes = False
    app.state.tereina = state
    return app


def _parameters(request: Request, allowed: Collection[str]) -> dict[str, str]:
    items = request.query_params.multi_items()
    if unknown := sorted({name for name, _ in items} - set(allowed)):
        raise refuse(400, f"unknown parameters {unknown}")
    if len(items) != len(dict(items)):
        raise refuse(400, "a parameter is given twice")
    return dict(items)


def _outbound_routes(state: Tereina) -> list[Route]:
    def batch_of(request: Request) -> Batch:
        _parameters(request, ())
        batch = state.queue.get(request.path_params["batch_id"])
        if batch is None:
            raise refuse(404, "no such batch is waiting")
        return batch

    async def list_(request: Request) -> Response:
        object_type = _parameters(request, {"payloadObjectType"}).get("payloadObjectType")
        if object_type is not None and object_type not in OBJECT_TYPES:
            raise refuse(400, f"payloadObjectType must be one of {OBJECT_TYPES}")
        return answer([batch.public() for batch in state.queue.listed(object_type)])

    async def block(request: Request) -> Response:
        batch, number = batch_of(request), request.path_params["number"]
        if not number.isascii() or not number.isdigit():
            raise refuse(400, "dataBlockNumber must be a number")
        content = batch.block(int(number))
        if content is None:
            raise refuse(404, f"batch {batch.batch_id} has no block {number} to read")
        return Response(content, media_type="application/octet-stream")

    async def confirm(request: Request) -> Response:
        batch = batch_of(request)
        if batch.is_partial:
            raise refuse(409, "the batch is not complete yet")
        state.queue.confirm(batch)
        return answer({**batch.public(), "status": "COMPLETE_SUCCESS"})

    return [
        Route(OUTBOUND, list_, methods=["GET"]),
        Route(f"{OUTBOUND}/{{batch_id}}/data-blocks/{{number}}", block, methods=["GET"]),
        Route(f"{OUTBOUND}/{{batch_id}}/confirm", confirm, methods=["POST"]),
    ]


def _inbound_routes(state: Tereina) -> list[Route]:
    async def create(request: Request) -> Response:
        _parameters(request, ())
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise refuse(415, "application/json is expected")
        return answer(state.inbox.create(_json(await request.body())))

    async def receive(request: Request) -> Response:
        _parameters(request, ())
        batch_id, number = request.path_params["batch_id"], request.path_params["number"]
        digest = request.headers.get("content-digest")
        return answer(state.inbox.receive(batch_id, number, await request.body(), digest))

    async def complete(request: Request) -> Response:
        names = ("clientRefId", "referenceId", "payloadObjectType", "totalLineItemCount", "totalPayloadSize")
        return answer(state.inbox.complete(_parameters(request, names), await request.body()))

    return [
        Route(INBOUND, create, methods=["POST"]),
        Route(f"{INBOUND}/complete", complete, methods=["POST"]),
        Route(f"{INBOUND}/{{batch_id}}/data-blocks/{{number}}", receive, methods=["PUT"]),
    ]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise refuse(400, "the body is no JSON") from None
