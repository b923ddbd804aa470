"""The Solvimon API over HTTP: `create_app`, its routes and the state that tests look into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from ..core.world import World
from .gate import Door, on_http_error
from .idempotency import Idempotency
from .invoice_routes import routes as invoice_routes
from .report_jobs import ReportDesk
from .report_routes import routes as report_routes
from .state import Tenant

PLATFORM_ID = "plat_sandbox"
OPTIONS = frozenset(
    {
        "api_key",
        "token",
        "read_only_api_key",
        "bad_records",
        "report_polls",
        "fail_reports",
        "url_ttl_seconds",
        "buckets",
    }
)


class Solvimon:
    """The state of the simulated system: tenant, reports, idempotency keys, credentials and actions.

    Options of the world under `solvimon`: the three secrets; `bad_records` invoices that no model accepts;
    `report_polls`, the look that finds a report done; `fail_reports`, how many of the first requests fail;
    `url_ttl_seconds` of download URLs; `buckets`, a folder that stands for
    the buckets that reports are pushed to.
    """

    def __init__(self, world: World) -> None:
        options = world.options.get("solvimon", {})
        if unknown := sorted(set(options) - OPTIONS):
            raise ValueError(f"unknown options of solvimon: {unknown}")
        self.tenant = Tenant(world)
        self.desk = ReportDesk(world, self.tenant)
        self.idempotency = Idempotency(world.clock)
        self.credentials: dict[str, str] = {
            "api_key": options.get("api_key", f"live_sandbox_{world.seed}"),
            "token": options.get("token", f"sandbox.jwt.{world.seed}"),
            "read_only_api_key": options.get("read_only_api_key", f"live_sandbox_read_{world.seed}"),
        }
        self.actions: dict[str, Callable[..., Any]] = {
            **self.tenant.actions(),
            **self.desk.actions(),
            "interrupt_creates": self.idempotency.interrupt_creates,
        }


def create_app(world: World) -> Starlette:
    """Return the API with its data made. State at `app.state.solvimon`."""
    state = Solvimon(world)
    accesses = {
        ("key", state.credentials["api_key"]): True,
        ("bearer", state.credentials["token"]): True,
        ("key", state.credentials["read_only_api_key"]): False,
    }
    app = Starlette(
        routes=[
            *report_routes(state.desk, state.idempotency),
            *invoice_routes(state.tenant),
        ],
        exception_handlers={HTTPException: on_http_error, 500: on_http_error},
        middleware=[Middleware(Door, accesses=accesses, platform_id=PLATFORM_ID)],
    )
    app.router.redirect_slashes = False
    app.state.solvimon = state
    return app
