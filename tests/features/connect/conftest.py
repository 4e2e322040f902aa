"""Profiles to connect accounts to, time to pass, and what a server keeps of a consent."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server
from support.travel import Travel


@pytest_asyncio.fixture
async def mara(roster: Roster) -> str:
    """Mara's profile, without accounts."""
    return await roster.create_profile("Mara Linden")


@pytest_asyncio.fixture
async def dina(roster: Roster) -> str:
    """Dina's profile, without accounts."""
    return await roster.create_profile("Dina Haddad")


@pytest.fixture
def travel(server: Server, sandbox: Sandbox) -> Travel:
    """Moves time for both sides: the sandbox's clock, and the server's, which follows it."""

    async def go(**by: float) -> None:
        clock = await sandbox.control("POST", "clock/advance", by)
        async with asyncio.timeout(10):
            while server.host.clock.offset != timedelta(seconds=clock["offset_seconds"]):
                await asyncio.sleep(0.02)

    return go
