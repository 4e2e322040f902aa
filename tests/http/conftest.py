"""Servers that meet the network as `linkroll serve` does."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio
import uvicorn

from server.app import open_app
from server.transport.connections import serving_config
from support.server import Server, StartServer

Meet = Callable[..., Awaitable[Server]]
"""Starts a server with the connections of `linkroll serve`; keyword arguments are settings."""


@pytest_asyncio.fixture
async def meet(start_server: StartServer, database_url: str) -> AsyncIterator[Meet]:
    """Starts such servers."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**changes: Any) -> Server:
            plain = await start_server(**changes)
            app = await stack.enter_async_context(open_app(plain.host, database_url))
            listening = socket.socket(proto=socket.IPPROTO_TCP)
            listening.bind(("127.0.0.1", 0))
            await stack.enter_async_context(_serving(app, plain, listening))
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            return Server(url, plain.host, plain.session)

        yield start


@contextlib.asynccontextmanager
async def _serving(app: Any, plain: Server, listening: socket.socket) -> AsyncIterator[None]:
    config = serving_config(app, plain.host.settings)
    running = uvicorn.Server(config)
    config.load()
    running.lifespan = config.lifespan_class(config)
    await running.startup([listening])
    try:
        yield
    finally:
        await running.shutdown([listening])
