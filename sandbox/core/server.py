"""All simulated systems in one process and one event loop, each on a port of its own.

A system is a package `sandbox.<name>` with `create_app(world) -> Starlette`; what tests and the control
endpoint see of it is `app.state.<name>` with `credentials: dict[str, str]` and
`actions: dict[str, Callable[..., Any]]`.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from .clock import Clock
from .control import control_app
from .faults import LOG_LENGTH, Faults, Gate, LoggedRequest
from .storage import Storage
from .world import World

SYSTEMS = ("roit", "tereina", "solvimon")
KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep an idle connection: who closes first is then never a race in a test."""

START_TIMEOUT_SECONDS = 60.0


@dataclass
class Sandbox:
    """A running (or ready to run) sandbox: addresses, credentials, and the inner state for assertions."""

    world: World
    faults: Faults
    requests: deque[LoggedRequest]
    states: dict[str, Any]
    apps: dict[str, ASGIApp]
    urls: dict[str, str] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def storage(self) -> Storage:
        return self.world.storage

    @property
    def credentials(self) -> dict[str, dict[str, str]]:
        return {name: dict(state.credentials) for name, state in self.states.items()}

    def ready(self) -> dict[str, Any]:
        """The line that `serve` prints: an address per system, and the credentials that they accept."""
        return {**self.urls, "credentials": self.credentials}


def build(
    systems: Sequence[str] = SYSTEMS,
    *,
    seed: int = 1,
    scale: int = 2_000,
    clock: Clock | None = None,
    faults: Sequence[Mapping[str, Any]] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> Sandbox:
    """The systems with their data, not yet listening."""
    clock = clock or Clock()
    storage = Storage(clock, f"storage-{seed}")
    world = World(seed, scale, clock, storage, options=options)
    rules = Faults([dict(rule) for rule in faults])
    log: deque[LoggedRequest] = deque(maxlen=LOG_LENGTH)
    sandbox = Sandbox(world, rules, log, states={}, apps={})
    for name in systems:
        app = importlib.import_module(f"sandbox.{name}").create_app(world)
        sandbox.states[name] = getattr(app.state, name)
        sandbox.apps[name] = Gate(app, name, rules, clock, log)
    sandbox.apps["storage"] = Gate(storage.app, "storage", rules, clock, log)
    sandbox.apps["control"] = control_app(sandbox)
    return sandbox


Servers = list[tuple[uvicorn.Server, socket.socket]]
Stop = Callable[[], object]
"""Ends a running sandbox; may be called from any thread."""


def _listen(sandbox: Sandbox, host: str, ports_base: int) -> Servers:
    """A bound socket and a server for each app; the addresses are known from here on."""
    servers: Servers = []
    for offset, (name, app) in enumerate(sandbox.apps.items()):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # asyncio switches TCP_NODELAY on only where the protocol is named; without it an answer takes 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, ports_base + offset if ports_base else 0))
        sandbox.urls[name] = f"http://{host}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            http="h11",  # the faults `reset` and `truncated` rely on its transport
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
        )
        servers.append((uvicorn.Server(config), listener))
    sandbox.storage.base_url = sandbox.urls["storage"]
    return servers


async def _run(servers: Servers, on_ready: Callable[[Stop], None]) -> None:
    """Serve until stopped. `Server.serve` is not used: it takes over the signals and ticks ten times a second."""
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for server, listener in servers:
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[listener])
    on_ready(lambda: loop.call_soon_threadsafe(stopping.set))
    while not stopping.is_set():
        for server, _ in servers:
            await server.on_tick(0)  # renews the Date header
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), 1)
    await asyncio.gather(*(server.shutdown([listener]) for server, listener in servers))


async def serve(
    sandbox: Sandbox, host: str, ports_base: int, announce: Callable[[dict[str, Any]], None]
) -> None:
    """Listen until SIGINT or SIGTERM; `announce` is called with the ready line once every port answers.

    `ports_base` 0 takes any free ports; otherwise the systems listen on that port and the following ones, in
    the order of `Sandbox.apps`: the systems, storage, control.
    """
    loop = asyncio.get_running_loop()

    def on_ready(stop: Stop) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        announce(sandbox.ready())

    await _run(_listen(sandbox, host, ports_base), on_ready)


@contextlib.contextmanager
def running(systems: Sequence[str] = SYSTEMS, **options: Any) -> Iterator[Sandbox]:
    """A sandbox on free loopback ports, in a thread, while the block runs; options as in `build`."""
    sandbox = build(systems, **options)
    servers = _listen(sandbox, "127.0.0.1", 0)
    ready: Future[Stop] = Future()
    thread = threading.Thread(
        target=lambda: asyncio.run(_run(servers, ready.set_result)), name="sandbox", daemon=True
    )
    thread.start()
    stop = ready.result(START_TIMEOUT_SECONDS)
    try:
        yield sandbox
    finally:
        stop()
        thread.join()
