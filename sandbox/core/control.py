"""The control endpoint: faults, time and changes of data, from outside the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .wire import answer, body_json

if TYPE_CHECKING:
    from .server import Sandbox


def control_app(sandbox: Sandbox) -> Starlette:
    """`GET /`, `/faults`, `/requests`, `POST /advance` and `POST /<system>/<action>`, for one sandbox."""

    async def ready(request: Request) -> Response:
        return answer(sandbox.ready())

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            sandbox.faults.clear()
        elif request.method == "POST":
            body = await body_json(request)
            try:
                for rule in body if isinstance(body, list) else [body]:
                    sandbox.faults.add(**rule)
            except (TypeError, ValueError) as error:
                return answer({"message": str(error)}, 422)
        return answer(sandbox.faults.rules)

    async def advance(request: Request) -> Response:
        sandbox.clock.advance(float((await body_json(request))["seconds"]))
        return answer({"now": sandbox.clock.now()})

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            sandbox.requests.clear()
        return answer([entry.public() for entry in list(sandbox.requests)])

    async def act(request: Request) -> Response:
        system, name = request.path_params["system"], request.path_params["action"]
        actions: dict[str, Any] = getattr(sandbox.states.get(system), "actions", {})
        if name not in actions:
            return answer({"message": f"no action {system}/{name}; there are {sorted(actions)}"}, 404)
        arguments = await body_json(request) if await request.body() else {}
        try:
            return answer({"result": actions[name](**arguments)})
        except (TypeError, ValueError) as error:
            return answer({"message": str(error)}, 422)

    return Starlette(
        routes=[
            Route("/", ready),
            Route("/faults", faults, methods=["GET", "POST", "DELETE"]),
            Route("/advance", advance, methods=["POST"]),
            Route("/requests", requests, methods=["GET", "DELETE"]),
            Route("/{system}/{action}", act, methods=["POST"]),
        ]
    )
