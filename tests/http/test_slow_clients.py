"""A client that does not read, does not ask, or does not say who it is, is cut; nobody else notices."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server import connections, graphql_http, graphql_ws
from server.settings import LimitSettings
from support.events import FOLLOW, take
from support.server import Server
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


@contextlib.asynccontextmanager
async def connect(server: Server) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection whose other end takes in little before somebody reads."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    raw = socket.socket(proto=socket.IPPROTO_TCP)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=raw, limit=1024)
    yield reader, writer
    writer.transport.abort()


def frame(text: str) -> bytes:
    """A client's WebSocket frame."""
    data, mask = text.encode(), os.urandom(4)
    length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + len(data).to_bytes(2, "big")
    return b"\x81" + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data))


async def follow_deaf(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str, query: str
) -> None:
    """Follow the log over a WebSocket, without ever reading."""
    nonce = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {nonce}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    say = {"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}
    ask = {"type": "subscribe", "id": "1", "payload": {"query": query}}
    writer.write(frame(json.dumps(say)) + frame(json.dumps(ask)))
    await writer.drain()


def _is_cut(writer: asyncio.StreamWriter) -> bool:
    """Whether the other end has reset the connection. Looks without reading."""
    raw = writer.get_extra_info("socket")
    return bool(raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) or writer.transport.is_closing()


async def until_cut(writer: asyncio.StreamWriter) -> None:
    """Wait for the end of the connection."""
    async with asyncio.timeout(20):
        while not _is_cut(writer):
            await asyncio.sleep(0.01)


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

    async with connect(server) as (reader, deaf):
        await follow_deaf(reader, deaf, str(roster.client.key), fat)
        async with roster.client.subscribe(FOLLOW, after=first) as quick:
            await writing.write(400)
            told = await take(quick, 400)
        await until_cut(deaf)

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


async def test_a_head_that_never_ends_ends_the_connection(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    server = await meet()
    async with connect(server) as (silent, _), connect(server) as (slow, writer):
        writer.write(b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")

        async with asyncio.timeout(10):
            assert (await silent.read(), await slow.read()) == (b"", b"")


async def test_a_body_that_never_comes_gets_an_answer(meet: Meet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql_http, "BODY_SECONDS", 0.1)
    server = await meet()
    async with connect(server) as (reader, writer):
        writer.write(
            b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 50\r\n\r\n{"
        )
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"}]}")

    assert b"408" in answer and b"REQUEST_TIMEOUT" in answer


# Sockets that do not say who they are


async def test_a_socket_that_stays_silent_is_closed_with_4408(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql_ws, "INIT_SECONDS", 0.1)

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


async def test_a_socket_takes_only_so_many_operations_at_a_time(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql_ws, "MAX_OPERATIONS", 2)
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


async def test_a_socket_is_closed_when_its_callers_right_has_run_out(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A credential that runs out says no word: nothing is asked, nothing happens, and still the socket ends."""
    monkeypatch.setattr(graphql_ws, "INIT_SECONDS", 0.01)
    monkeypatch.setattr(graphql_ws, "RECHECK_SECONDS", 0.05)
    client = await server.client()
    async with open_socket(server.session, server.url) as open_:
        await open_.init(client.key)

        await server.host.database.fetch("UPDATE api_key SET revoked_at = now()")
        await server.host.database.fetch("SELECT pg_notify('linkroll_api_key', '')")

        assert await open_.receive() == 4403
