"""A client that does not read, does not ask, or does not say who it is, is cut; nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.settings import LimitSettings
from support.bare_sockets import connect
from support.events import FOLLOW, take
from support.server import Server, StartServer
from support.sockets import open_socket
from support.writers import Writers, writers

Meet = Callable[..., Awaitable[Server]]
WHOAMI = "{ viewer { name } }"
FAT = " ".join(f"c{n}: cursor" for n in range(1000))


@pytest.fixture
async def writing(database_url: str) -> AsyncIterator[Writers]:
    """Somebody who writes to the log."""
    async with writers(database_url) as found:
        yield found


async def test_a_socket_that_nobody_reads_is_cut_and_delays_nobody(meet: Meet, writing: Writers) -> None:
    server = await meet(stalled_seconds=0.2, limits=LimitSettings(aliases=1000))
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")
    await roster.add(mara, "@first", "tiktok")
    first = (await roster.client.ask("{ statusEvents { nodes { cursor } } }"))["nodes"][0]["cursor"]
    fat = (
        f'subscription {{ accountStatusChanged(after: "{first}")'
        f" {{ ... on AccountStatusChanged {{ cursor {FAT} }} }} }}"
    )

    async with connect(server.url, buffer=4096) as deaf:
        await deaf.shake_hands()
        deaf.greet(roster.client.key)
        deaf.start("1", fat)
        async with roster.client.subscribe(FOLLOW, after=first) as quick:
            await writing.write(400)
            told = await take(quick, 400)
        await deaf.until_cut()

    assert len(told) == 400
    assert await roster.client.ask(WHOAMI) == {"name": "admin"}


async def test_one_that_only_reads_slowly_is_not_cut(meet: Meet, writing: Writers) -> None:
    server = await meet(stalled_seconds=0.2, limits=LimitSettings(aliases=1000))
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")
    await roster.add(mara, "@first", "tiktok")
    first = (await roster.client.ask("{ statusEvents { nodes { cursor } } }"))["nodes"][0]["cursor"]
    fat = f"""subscription ($after: String) {{ accountStatusChanged(after: $after) {{
      ... on AccountStatusChanged {{ cursor {FAT} }} }} }}"""

    async with roster.client.subscribe(fat, after=first) as slow:
        await writing.write(100)
        told = [await anext(slow) for _ in range(100)]

    assert len(told) == 100


async def test_a_head_that_never_ends_ends_the_connection(meet: Meet) -> None:
    server = await meet(head_seconds=0.1)
    async with connect(server.url) as silent, connect(server.url) as slow:
        slow.writer.write(b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")

        async with asyncio.timeout(10):
            assert (await silent.reader.read(), await slow.reader.read()) == (b"", b"")


async def test_a_body_that_never_comes_gets_an_answer(meet: Meet) -> None:
    server = await meet(body_seconds=0.1)
    async with connect(server.url) as slow:
        slow.writer.write(
            b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 50\r\n\r\n{"
        )
        async with asyncio.timeout(10):
            answer = await slow.reader.readuntil(b"}]}")

    assert b"408" in answer and b"REQUEST_TIMEOUT" in answer


# Sockets that do not say who they are


async def test_a_socket_that_stays_silent_is_closed_with_4408(start_server: StartServer) -> None:
    server = await start_server(init_seconds=0.1)

    async with open_socket(server.session, server.url) as silent:
        assert await silent.receive() == 4408


async def test_only_so_many_sockets_of_an_address_may_be_silent(meet: Meet) -> None:
    server = await meet(silent_sockets_per_address=2)
    client = await server.client()

    async with open_socket(server.session, server.url) as one, open_socket(server.session, server.url):
        refused = await _handshake(server)
        assert (await one.init(client.key))["type"] == "connection_ack"
        async with open_socket(server.session, server.url) as third:
            assert (await third.init(client.key))["type"] == "connection_ack"

    assert refused == 429


async def _handshake(server: Server) -> int:
    """The status of a handshake that is refused."""
    try:
        async with open_socket(server.session, server.url):
            return 101
    except Exception as error:
        return int(getattr(error, "status", 0))


async def test_a_caller_holds_only_so_many_sockets_and_streams(meet: Meet) -> None:
    server = await meet(sockets_per_caller=2)
    client, other = await server.client(), await server.client()

    async with open_socket(server.session, server.url) as one, open_socket(server.session, server.url) as two:
        await one.init(client.key)
        await two.init(client.key)
        async with open_socket(server.session, server.url) as third:
            closed = await third.init(client.key)
        async with open_socket(server.session, server.url) as others:
            greeted = await others.init(other.key)
        stream = await _stream_status(server, str(client.key))
    async with open_socket(server.session, server.url) as again:
        assert (await again.init(client.key))["type"] == "connection_ack"

    assert (closed, greeted["type"], stream) == (1013, "connection_ack", 429)


async def _stream_status(server: Server, key: str) -> int:
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {key}"}
    body = {"query": "subscription { accountStatusChanged { __typename } }"}
    async with server.session.post(f"{server.url}/graphql", json=body, headers=headers) as answer:
        return answer.status


async def test_a_socket_takes_only_so_many_operations_at_a_time(start_server: StartServer) -> None:
    server = await start_server(operations_per_socket=2)
    client = await server.client()
    follow = "subscription { accountStatusChanged { __typename } }"

    async with open_socket(server.session, server.url) as socket_:
        await socket_.init(client.key)
        for number in "123":
            await socket_.start(number, follow)
        (error,) = await socket_.result("3")
        await socket_.send({"type": "complete", "id": "1"})
        await socket_.start("4", WHOAMI)

        assert error["extensions"]["code"] == "TOO_MANY_OPERATIONS"
        assert (await socket_.result("4"))["data"]


async def test_a_socket_is_closed_when_its_callers_right_has_run_out(start_server: StartServer) -> None:
    """A credential that runs out says no word: nothing is asked, nothing happens, and still the socket ends."""
    server = await start_server(init_seconds=2, recheck_seconds=0.05)
    client = await server.client()
    async with open_socket(server.session, server.url) as open_:
        await open_.init(client.key)

        await server.host.database.fetch("UPDATE api_key SET revoked_at = now()")
        await server.host.database.fetch("SELECT pg_notify('linkroll_api_key', '')")

        assert await open_.receive() == 4403
