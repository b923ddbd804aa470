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


class Control:
    """The operations on one sandbox. A wrong argument is answered with 422 and a message."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def ready(self, request: Request) -> Response:
        """The ready line."""
        return answer(self._sandbox.ready())

    async def faults(self, request: Request) -> Response:
        """The rules in force; POST adds one or a list of them, DELETE ends all."""
        faults = self._sandbox.faults
        if request.method == "DELETE":
            faults.clear()
        elif request.method == "POST":
            body = await body_json(request)
            try:
                for rule in body if isinstance(body, list) else [body]:
                    faults.add(**rule)
            except (TypeError, ValueError) as error:
                return answer({"message": str(error)}, 422)
        return answer(faults.rules)

    async def advance(self, request: Request) -> Response:
        """Move the clock forward by `seconds`."""
        clock = self._sandbox.clock
        clock.advance(float((await body_json(request))["seconds"]))
        return answer({"now": clock.now()})

    async def requests(self, request: Request) -> Response:
        """The log of requests; DELETE empties it."""
        log = self._sandbox.requests
        if request.method == "DELETE":
            log.clear()
        return answer([entry.public() for entry in list(log)])

    async def act(self, request: Request) -> Response:
        """Call an action of a system with the body's members as its arguments."""
        system, name = request.path_params["system"], request.path_params["action"]
        actions: dict[str, Any] = getattr(self._sandbox.states.get(system), "actions", {})
        if name not in actions:
            return answer({"message": f"no action {system}/{name}; there are {sorted(actions)}"}, 404)
        arguments = await body_json(request) if await request.body() else {}
        try:
            return answer({"result": actions[name](**arguments)})
        except (TypeError, ValueError) as error:
            return answer({"message": str(error)}, 422)


def control_app(sandbox: Sandbox) -> Starlette:
    """`GET /`, `/faults`, `/requests`, `POST /advance` and `POST /<system>/<action>`, for one sandbox."""
    control = Control(sandbox)
    return Starlette(
        routes=[
            Route("/", control.ready),
            Route("/faults", control.faults, methods=["GET", "POST", "DELETE"]),
            Route("/advance", control.advance, methods=["POST"]),
            Route("/requests", control.requests, methods=["GET", "DELETE"]),
            Route("/{system}/{action}", control.act, methods=["POST"]),
        ]
    )
