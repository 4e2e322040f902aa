"""A roster with posts, and an admin who plans campaigns."""

from __future__ import annotations

import pytest_asyncio

from support.campaigns import HONK, Stage
from support.readings import Readings, serve_metrics
from support.rows import Rows
from support.server import Server, StartServer


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that knows Chirp, Peep and Honk."""
    return await serve_metrics(start_server, beside=[HONK])


@pytest_asyncio.fixture
async def stage(server: Server) -> Stage:
    """People, their accounts and posts."""
    return Stage(await server.client(), Rows(server.host), Readings(server.host))


@pytest_asyncio.fixture
async def mara(stage: Stage) -> str:
    """Mara's profile."""
    return await stage.rows.profile("Mara Linden")


@pytest_asyncio.fixture
async def dina(stage: Stage) -> str:
    """Dina's profile."""
    return await stage.rows.profile("Dina Haddad")


@pytest_asyncio.fixture
async def chirps(stage: Stage, mara: str) -> str:
    """Mara's account at Chirp, linked."""
    return await stage.linked(mara, handle="mara")
