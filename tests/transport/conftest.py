"""What the transport's tests share; everything that is opened is closed at the end of its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sources.kit.transport import Client, Downloader, RetryPolicy

from .support import FakeClock, Handler, Reply, Server, script


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as cleanup:
        yield cleanup


@pytest.fixture
def serve(stack: ExitStack) -> Callable[..., Server]:
    def start(*replies: Reply, handler: Handler | None = None) -> Server:
        server = Server(handler or script(*replies))
        stack.callback(server.stop)
        return server

    return start


@pytest.fixture
def connect(stack: ExitStack, clock: FakeClock) -> Callable[..., Client]:
    """A client by the fake clock whose jitter is always half."""

    def open_client(base_url: str, **options: Any) -> Client:
        options.setdefault("policy", RetryPolicy(random=lambda: 0.5))
        return stack.enter_context(Client(base_url, clock=clock, **options))

    return open_client


@pytest.fixture
def fetcher(stack: ExitStack, clock: FakeClock) -> Callable[..., Downloader]:
    def open_downloader(**options: Any) -> Downloader:
        options.setdefault("policy", RetryPolicy(random=lambda: 0.5))
        return stack.enter_context(Downloader(clock=clock, **options))

    return open_downloader
