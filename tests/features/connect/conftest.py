"""Profiles to connect accounts to, time to pass, and what a server keeps of a consent."""

from __future__ import annotations

import functools

import pytest
import pytest_asyncio

from support import clock
from support.clock import Travel
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server


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
    """Lets time pass at the platforms and at the server."""
    return functools.partial(clock.travel, sandbox, server)
