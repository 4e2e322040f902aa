"""`linkroll demo` tells the truth: it ends well when everything does, and only then."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.browser import Browser
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer

LINKROLL = Path(sys.executable).with_name("linkroll")
NOWHERE = "http://127.0.0.1:1"
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Telling:
    """How one run of the command ended, and what it said."""

    code: int
    text: str

    @property
    def steps(self) -> list[int]:
        """The numbers of the steps that were begun."""
        return [int(number) for number in re.findall(r"^ ?(\d+)  ", self.text, re.MULTILINE)]

    def address_of(self, name: str) -> str:
        """An address that it printed above the story."""
        found = re.search(rf"^{name} +(http\S+)$", self.text, re.MULTILINE)
        assert found is not None, self.text
        return found[1]


async def demo(*arguments: str, **environment: str) -> Telling:
    """Run `linkroll demo` to its end."""
    process = await asyncio.create_subprocess_exec(
        LINKROLL,
        "demo",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return Telling(process.returncode, said.decode())


@pytest.fixture
async def at_server(server: Server, sandbox: Sandbox) -> list[str]:
    """The arguments that let the demo play at this test's server and its sandbox."""
    admin = await server.client()
    return ["--url", server.url, "--key", str(admin.key), "--sandbox-url", sandbox.url]


async def whole_roster(roster: Roster) -> Any:
    """Everything that a frontend could show."""
    return await roster.client.ask(
        "{ profiles(first: 50) { nodes { id displayName externalId socialAccounts(first: 50) { nodes {"
        " id platform handle status statusReason authenticatedAt expiresAt grantedScopes } } } } }"
    )


@contextlib.asynccontextmanager
async def expect_silence(url: str) -> AsyncIterator[None]:
    """Nothing listens at *url*."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url)
        yield


async def test_without_arguments_it_tells_fourteen_steps_at_a_server_of_its_own() -> None:
    telling = await demo()

    assert telling.code == 0, telling.text
    assert telling.steps == list(range(1, 15))
    assert re.search(r"^All 14 steps came out as told: \d\d checks in \d+\.\d s\.$", telling.text, re.MULTILINE)
