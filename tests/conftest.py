"""Real parts for every test: PostgreSQL, the server over HTTP, the sandbox, browsers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import uvicorn

from server.app import open_app, open_host
from server.clock import Clock
from server.embedded import EmbeddedPostgres
from server.ids import row_id
from server.sandbox_link import sandbox_logins
from server.settings import Settings
from support.browser import Browser
from support.databases import Databases, be_careless
from support.links import PEOPLE, LinkOne
from support.roster import Roster
from support.sandbox import Sandbox, SandboxProcess
from support.server import Server, StartServer

VAULT_KEY = "test:" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """A PostgreSQL server: LINKROLL_TEST_DATABASE_URL, or the embedded one."""
    if url := os.environ.get("LINKROLL_TEST_DATABASE_URL"):
        yield url
        return
    # Not pytest's tmp_path: that folder is closed to the user that the server runs as under root.
    with tempfile.TemporaryDirectory(prefix="linkroll-test-", ignore_cleanup_errors=True) as folder:
        postgres = EmbeddedPostgres(Path(folder))
        asyncio.run(be_careless(postgres.url()))
        yield postgres.url()
        postgres.stop()


@pytest.fixture(scope="session")
def databases(database_server: str) -> Databases:
    """Databases on that server, cloned from a migrated template."""
    found = Databases(database_server)
    asyncio.run(found.make_template())
    return found


@pytest_asyncio.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """A fresh, migrated database."""
    url = await databases.clone()
    yield url
    await databases.drop(url)


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxProcess]:
    """The sandbox of this session."""
    process = SandboxProcess()
    yield process
    process.stop()


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A frontend's HTTP session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest_asyncio.fixture
async def sandbox(sandbox_process: SandboxProcess, session: aiohttp.ClientSession) -> Sandbox:
    """The sandbox, back at its seed."""
    found = Sandbox(sandbox_process.url, session)
    await found.reset()
    return found


@pytest_asyncio.fixture
async def start_server(
    database_url: str, sandbox: Sandbox, session: aiohttp.ClientSession, tmp_path: Path
) -> AsyncIterator[StartServer]:
    """Starts servers on this test's database; several make several processes' worth."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(
            *,
            on: str = database_url,
            observe: Any = None,
            platforms: Any = None,
            clock: Clock | None = None,
            **changes: Any,
        ) -> Server:
            # Named as TCP: asyncio leaves Nagle's delay on otherwise, and every answer waits 40 ms.
            listening = socket.socket(proto=socket.IPPROTO_TCP)
            listening.bind(("127.0.0.1", 0))
            usual: dict[str, Any] = {
                "data_dir": tmp_path,
                "database_url": on,
                "port": listening.getsockname()[1],
                "sandbox_url": sandbox.url,
                "logins": await sandbox_logins(sandbox.url),
                "vault_keys": VAULT_KEY,
            }
            settings = Settings(**{**usual, **changes})
            opened = open_host(settings, on, observe=observe, platforms=platforms, clock=clock)
            host = await stack.enter_async_context(opened)
            app = await stack.enter_async_context(open_app(host, on))
            await stack.enter_async_context(_serving(app, listening))
            return Server(f"http://{settings.host}:{settings.port}", host, session)

        yield start


@contextlib.asynccontextmanager
async def _serving(app: Any, listening: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        log_level="error",
        loop="none",
        lifespan="off",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
    )
    running = uvicorn.Server(config)
    # uvicorn's own loop looks only ten times a second whether it should stop: with hundreds of tests that counts.
    config.load()
    running.lifespan = config.lifespan_class(config)
    await running.startup([listening])
    try:
        yield
    finally:
        await running.shutdown([listening])


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """One running server."""
    return await start_server()


@pytest_asyncio.fixture
async def roster(server: Server) -> Roster:
    """The roster, driven by an admin."""
    return await server.roster()


@pytest_asyncio.fixture
async def new_browser() -> AsyncIterator[Callable[[], Browser]]:
    """Opens browsers, each with its own cookies."""
    opened: list[Browser] = []

    def open_browser() -> Browser:
        opened.append(Browser())
        return opened[-1]

    yield open_browser
    for browser in opened:
        await browser.close()


@pytest_asyncio.fixture
async def browser(new_browser: Callable[[], Browser]) -> Browser:
    """One person's browser."""
    return new_browser()


@pytest_asyncio.fixture
async def link_one(roster: Roster, browser: Browser) -> LinkOne:
    """Links an account of the cast's; its row's id."""

    async def link(platform: str) -> int:
        person, handle = PEOPLE[platform]
        profile = await roster.create_profile(f"{person} on {platform}")
        account = await roster.link(browser, person, profile, handle, platform)
        found = row_id(account, "SocialAccount")
        assert found is not None
        return found

    return link
