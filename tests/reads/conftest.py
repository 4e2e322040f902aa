"""Rosters to read."""

from __future__ import annotations

import pytest
import pytest_asyncio

from support.rows import Rows
from support.server import NO_LIMITS, Server, StartServer


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that answers documents of any size."""
    return await start_server(limits=NO_LIMITS)


@pytest.fixture
def rows(server: Server) -> Rows:
    """Rows put straight into the server's tables."""
    return Rows(server.host)
