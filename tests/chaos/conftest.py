"""A server whose database can be troubled: it stands behind a relay."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from support.client import Client
from support.outages import LIMITS
from support.relay import Relay, relay_to
from support.roster import Roster
from support.server import Server, StartServer


@pytest_asyncio.fixture
async def relay(database_url: str) -> AsyncIterator[Relay]:
    """What stands before the database."""
    async with relay_to(database_url) as found:
        yield found


@pytest_asyncio.fixture
async def behind(start_server: StartServer, relay: Relay) -> Server:
    """A server behind the relay, with limits that a test can wait for."""
    return await start_server(on=relay.url, **LIMITS)


@pytest_asyncio.fixture
async def asker(behind: Server) -> Client:
    """An admin who asks it."""
    return await behind.client()


@pytest_asyncio.fixture
async def mara(asker: Client) -> str:
    """Mara's profile, made before any trouble."""
    return await Roster(asker).create_profile("Mara Linden")
