"""Chirp beside a server, for deliveries without a platform's oddities."""

from __future__ import annotations

import pytest_asyncio

from support.chirp import ChirpLogin, serve_chirp
from support.deliveries import Chirp
from support.server import StartServer


@pytest_asyncio.fixture
async def chirp(start_server: StartServer) -> Chirp:
    """Chirp, and a server that knows it."""
    # Without the sandbox nobody moves the server's clock but the tests.
    return await Chirp.beside(await serve_chirp(ChirpLogin(), start_server, sandbox_url=None))
