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


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: several share one loop, maybe not in the main thread."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(sandbox: Sandbox, host: str, ports_base: int) -> list[tuple[_Server, socket.socket]]:
    """A bound socket and a server for each app; the addresses are known from here on."""
    servers = []
    for offset, (name, app) in enumerate(sandbox.apps.items()):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
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
        servers.append((_Server(config), listener))
    sandbox.storage.base_url = sandbox.urls["storage"]
    return servers


async def _run(servers: list[tuple[_Server, socket.socket]], started: threading.Event) -> None:
    tasks = [asyncio.create_task(server.serve([listener])) for server, listener in servers]
    while not all(server.started for server, _ in servers) and not any(task.done() for task in tasks):
        await asyncio.sleep(0.001)
    started.set()
    await asyncio.gather(*tasks)


def _stop(servers: list[tuple[_Server, socket.socket]]) -> None:
    for server, _ in servers:
        server.should_exit = True


async def serve(
    sandbox: Sandbox, host: str, ports_base: int, announce: Callable[[dict[str, Any]], None]
) -> None:
    """Listen until SIGINT or SIGTERM; `announce` is called with the ready line once every port answers.

    `ports_base` 0 takes any free ports; otherwise the systems listen on that port and the following ones, in
    the order of `Sandbox.apps`: the systems, storage, control.
    """
    servers = _listen(sandbox, host, ports_base)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, servers)
    started = threading.Event()
    run = asyncio.create_task(_run(servers, started))
    while not started.is_set() and not run.done():
        await asyncio.sleep(0.001)
    if not run.done():
        announce(sandbox.ready())
    await run


@contextlib.contextmanager
def running(systems: Sequence[str] = SYSTEMS, **options: Any) -> Iterator[Sandbox]:
    """A sandbox on free loopback ports, in a thread, while the block runs; options as in `build`."""
    sandbox = build(systems, **options)
    servers = _listen(sandbox, "127.0.0.1", 0)
    started = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_run(servers, started)), name="sandbox", daemon=True)
    thread.start()
    try:
        if not started.wait(START_TIMEOUT_SECONDS):
            raise TimeoutError("the sandbox did not start")
        yield sandbox
    finally:
        _stop(servers)
        thread.join()
