"""Ports of ours: bound before anything else, so that one that is taken is known at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator
from typing import Any

import uvicorn


class CannotListen(Exception):
    """The port cannot be had; the message is for the operator."""


def bind(host: str, port: int) -> socket.socket:
    """A socket at this address; port 0 picks a free one. Raises `CannotListen`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: an event loop leaves Nagle's delay on otherwise.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise CannotListen(
            f"Port {port} on {host} cannot be bound ({error.strerror}). Try --port 0."
        ) from error
    return listening


class _Quiet(uvicorn.Server):
    """uvicorn, without an eye for signals: it ends with what it belongs to."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave them to others."""
        yield


@contextlib.asynccontextmanager
async def answering(app: Any, listening: socket.socket) -> AsyncIterator[None]:
    """*app* answers on the socket for as long as this lasts."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        # Its lines go the way of all others (`server.logs`).
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    # At once: who is told the address may come before the server runs.
    listening.listen()
    server = _Quiet(config)
    running = asyncio.create_task(server.serve([listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running
