"""The ROIT API as one ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..core.world import World
from . import data_integration, documents, entrypoint, exports, payables
from .book import PayableBook
from .http import envelope, read_body, refuse, state_of
from .refusal import Refusal
from .skeleton import micros
from .state import Options, RoitState


async def token(request: Request) -> Response:
    """`POST /authentication/api/v1/token`: client id and secret for a token."""
    body = await read_body(request, {"clientId": (str, True), "clientSecret": (str, True)})
    state = state_of(request)
    if (body["clientId"], body["clientSecret"]) != tuple(state.credentials.values()):
        raise Refusal(401, "Invalid client credentials")
    data = {"token": state.issue_token(), "expiresIn": state.options.token_seconds}
    return envelope(request, data, "Token generated")


def make_state(world: World) -> RoitState:
    options = Options()
    chosen = world.options.get("roit", {})
    book = PayableBook(world, int(chosen.get("bad_records", 0)))
    number = world.random("roit credentials").getrandbits(64)
    credentials = {"client_id": f"client-{world.seed}", "client_secret": f"secret-{number:016x}"}
    state = RoitState(world, options, credentials, book)
    state.set_options(**chosen)
    state.documents = documents.DocumentShelf(book, micros(world.started_at))
    state.exports = exports.Exports(state)
    state.entrypoint = entrypoint.Entrypoint(state)
    state.data_integration = data_integration.DataIntegration(state)
    state.actions = {
        "update_payables": book.update,
        "pay_payables": book.pay,
        "add_payables": book.add,
        "delete_payables": book.delete,
        "restore_payables": book.restore,
        "shrink_installments": book.shrink_installments,
        "finalize_documents": state.documents.finalize,
        "set_options": state.set_options,
        "revoke_tokens": state.revoke_tokens,
    }
    if options.prerender:
        book.rendered(book.window(-payables.FAR, payables.FAR))
    return state


def create_app(world: World) -> Starlette:
    """The API over the world's data; `app.state.roit` is its inner state."""
    app = Starlette(
        routes=[
            Route("/authentication/api/v1/token", token, methods=["POST"]),
            *payables.ROUTES,
            *exports.ROUTES,
            *documents.ROUTES,
            *entrypoint.ROUTES,
            *data_integration.ROUTES,
        ],
        exception_handlers={Refusal: refuse, HTTPException: refuse},
    )
    app.state.roit = make_state(world)
    return app
