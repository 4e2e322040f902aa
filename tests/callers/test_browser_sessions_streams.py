"""What a session follows ends with the session, by every way that there is to follow."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.services.callers.api_keys import create_key, revoke_key
from server.services.callers.viewers import Role
from support.clock import travel
from support.page import CSRF, ORIGIN, Page, page_of
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer
from support.sockets import Socket

FOLLOW = "subscription { accountStatusChanged { __typename } }"
WHOAMI = "{ viewer { role } }"


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A server with a page on another origin."""
    return await start_server(allowed_origins=(ORIGIN,))


@pytest.fixture
async def key(server: Server) -> str:
    """An observer's key."""
    return await create_key(server.host, "observer", Role.OBSERVER)


@pytest.fixture
async def page(server: Server, key: str) -> Page:
    """An observer's page."""
    return await page_of(server, key)


Next = Callable[[], Awaitable[str]]
"""What a stream tells next: `next`, or `complete` at its end."""


@contextlib.asynccontextmanager
async def by_socket(page: Page) -> AsyncIterator[Next]:
    """A subscription over WebSocket, running."""
    async with page.socket() as socket:
        await page.greet(socket)
        await socket.start("stream", FOLLOW)
        await _until_begun(socket)

        async def told() -> str:
            frame = await socket.receive()
            return str(frame["type"] if isinstance(frame, dict) else frame)

        yield told


async def _until_begun(socket: Socket) -> None:
    """Operations begin in their order."""
    await socket.start("later", WHOAMI)
    assert (await socket.result("later"))["data"]["viewer"]
    assert (await socket.receive())["type"] == "complete"


@contextlib.asynccontextmanager
async def by_event_source(page: Page) -> AsyncIterator[Next]:
    """A subscription as `EventSource` opens one: by GET, with the cookie and the origin only."""
    headers = page.sent({CSRF: None, "Accept": "text/event-stream"})
    url = f"{page.server.url}/graphql"
    async with page.server.session.get(url, params={"query": FOLLOW}, headers=headers) as stream:
        assert (stream.status, stream.content_type) == (200, "text/event-stream")

        async def told() -> str:
            async with asyncio.timeout(30):
                while not (line := (await stream.content.readline()).decode()).startswith("event: "):
                    pass
            return line.removeprefix("event: ").strip()

        yield told


WAYS = {"WebSocket": by_socket, "EventSource": by_event_source}


@pytest.mark.parametrize("way", WAYS)
async def test_a_page_follows_with_its_cookie_until_it_signs_out(
    page: Page, roster: Roster, way: str
) -> None:
    mara = await roster.create_profile("Mara Linden")
    async with WAYS[way](page) as told:
        await roster.add(mara, "@marabakes", "tiktok")
        first = await told()

        await page.sign_out()

        assert [first, await told()] == ["next", "complete"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_stream_ends_when_the_sessions_key_is_revoked_though_nothing_happens(
    server: Server, page: Page, key: str, way: str
) -> None:
    async with WAYS[way](page) as told:
        await revoke_key(server.host, key)

        assert await told() == "complete"


async def test_a_stream_is_no_use_of_its_session(
    start_server: StartServer, roster: Roster, sandbox: Sandbox
) -> None:
    """A screen that was left open is just what the idle end is for: what happens after it is not told."""
    server = await start_server(allowed_origins=(ORIGIN,))
    page = await page_of(server, await create_key(server.host, "observer", Role.OBSERVER))
    mara = await roster.create_profile("Mara Linden")
    async with by_socket(page) as told:
        for number in range(2):
            await travel(sandbox, server, minutes=25)
            await roster.add(mara, f"@mara{number}", "tiktok")
            assert await told() == "next"
        await travel(sandbox, server, minutes=15)
        await roster.add(mara, "@maralate", "tiktok")

        assert await told() == "complete"
    assert (await page.who()).status == 401


async def test_an_operation_on_an_open_socket_is_a_use(server: Server, page: Page, sandbox: Sandbox) -> None:
    async with page.socket() as socket:
        await page.greet(socket)
        for number in range(3):
            await travel(sandbox, server, minutes=45)
            await socket.start(str(number), WHOAMI)
            assert (await socket.result(str(number)))["data"]["viewer"]
            assert (await socket.receive())["type"] == "complete"
        await travel(sandbox, server, minutes=65)
        await socket.start("late", WHOAMI)

        refused = await socket.result("late")

    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_open_socket_answers_nothing_after_signing_out(page: Page) -> None:
    async with page.socket() as socket:
        await page.greet(socket)
        await page.sign_out()

        await socket.start("after", WHOAMI)

        refused = await socket.result("after")
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
