"""A socket that talks nonsense is closed with the protocol's own code, and nobody else notices."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from support.client import Client
from support.server import Server
from support.sockets import Socket, open_socket

WHOAMI = "{ viewer { name } }"
FOLLOW = "subscription { accountStatusChanged { __typename } }"
GOOD = {"query": WHOAMI}

MALFORMED: dict[str, Any] = {
    "null": None,
    "a number": 1,
    "a text": "x",
    "a list": [],
    "an empty object": {},
    "a type of no kind": {"type": "nonsense"},
    "a type that is a number": {"type": 1},
    "a type that is a list": {"type": ["subscribe"]},
    "the old protocol": {"type": "start", "id": "1", "payload": GOOD},
    "no id": {"type": "subscribe", "payload": GOOD},
    "a numeric id": {"type": "subscribe", "id": 1, "payload": GOOD},
    "an empty id": {"type": "subscribe", "id": "", "payload": GOOD},
    "no payload": {"type": "subscribe", "id": "1"},
    "a payload that is a list": {"type": "subscribe", "id": "1", "payload": []},
    "no query": {"type": "subscribe", "id": "1", "payload": {}},
    "a query that is a number": {"type": "subscribe", "id": "1", "payload": {"query": 1}},
    "variables that are a list": {"type": "subscribe", "id": "1", "payload": {**GOOD, "variables": []}},
    "an operation name that is a number": {
        "type": "subscribe",
        "id": "1",
        "payload": {**GOOD, "operationName": 1},
    },
    "complete without id": {"type": "complete"},
    "complete with a numeric id": {"type": "complete", "id": 1},
    "a next of the client": {"type": "next", "id": "1", "payload": {}},
    "an ack of the client": {"type": "connection_ack"},
}
MALFORMED_TEXTS = [
    "",
    "{",
    "nonsense",
    "\x00",
    "{}{}",
    "[" * 100_000,
    '{"type": "subscribe", "id": "\\ud800"}',
    "NaN",
]


@pytest_asyncio.fixture
async def client(server: Server) -> Client:
    """Somebody with a key."""
    return await server.client()


async def test_a_malformed_frame_closes_the_socket_with_4400(
    server: Server, client: Client, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    codes = {}
    for name, frame in MALFORMED.items():
        async with open_socket(server.session, server.url) as socket:
            await socket.init(client.key)
            await socket.send(frame)
            codes[name] = await socket.receive()

    assert codes == dict.fromkeys(MALFORMED, 4400)
    assert "Traceback" not in capfd.readouterr().out + caplog.text
    assert await client.ask(WHOAMI)


async def test_a_frame_that_is_no_json_closes_the_socket_with_4400(
    server: Server, client: Client, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    codes = {}
    for text in MALFORMED_TEXTS:
        async with open_socket(server.session, server.url) as socket:
            await socket.init(client.key)
            await socket.send_text(text)
            codes[text] = await socket.receive()

    assert codes == dict.fromkeys(MALFORMED_TEXTS, 4400)
    assert "Traceback" not in capfd.readouterr().out + caplog.text


async def test_a_binary_frame_closes_the_socket_with_4400(server: Server, client: Client) -> None:
    async with open_socket(server.session, server.url) as socket:
        await socket.init(client.key)
        await socket.send_bytes(json.dumps({"type": "ping"}).encode())

        assert await socket.receive() == 4400


async def test_malformed_frames_before_the_key_are_closed_as_well(server: Server) -> None:
    codes = {}
    for name in ("null", "a list", "no id", "a type of no kind"):
        async with open_socket(server.session, server.url) as socket:
            await socket.send(MALFORMED[name])
            codes[name] = await socket.receive()

    assert set(codes.values()) == {4400}


@pytest.mark.parametrize(
    "payload", [None, {}, {"Authorization": None}, {"Authorization": 1}, {"Authorization": "Bearer x"}]
)
async def test_a_wrong_key_closes_the_socket_with_4403(server: Server, payload: Any) -> None:
    async with open_socket(server.session, server.url) as socket:
        frame = {"type": "connection_init"}
        await socket.send(frame if payload is None else {**frame, "payload": payload})

        assert await socket.receive() == 4403


@pytest.mark.parametrize("payload", [[], "x", 1])
async def test_an_init_payload_that_is_no_object_closes_the_socket_with_4400(
    server: Server, payload: Any
) -> None:
    async with open_socket(server.session, server.url) as socket:
        await socket.send({"type": "connection_init", "payload": payload})

        assert await socket.receive() == 4400


async def test_an_operation_before_the_key_closes_the_socket_with_4401(server: Server) -> None:
    async with open_socket(server.session, server.url) as socket:
        await socket.start("1", WHOAMI)

        assert await socket.receive() == 4401


async def test_a_second_init_closes_the_socket_with_4429(server: Server, client: Client) -> None:
    async with open_socket(server.session, server.url) as socket:
        await socket.init(client.key)

        assert await socket.init(client.key) == 4429


async def test_an_id_that_is_in_use_closes_the_socket_with_4409(server: Server, client: Client) -> None:
    async with open_socket(server.session, server.url) as socket:
        await socket.init(client.key)
        await socket.start("1", FOLLOW)
        await socket.start("1", FOLLOW)

        assert await socket.receive() == 4409


async def test_an_id_is_free_again_once_its_operation_is_over(server: Server, client: Client) -> None:
    async with open_socket(server.session, server.url) as socket:
        await socket.init(client.key)
        for _ in range(3):
            await socket.start("1", WHOAMI)
            assert (await socket.result("1"))["data"]
            assert await socket.receive() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": ""}, "BAD_REQUEST"),
        ({"query": "fragment F on Query { viewer { name } }"}, "BAD_REQUEST"),
        ({"query": "query A { viewer { name } }", "operationName": "B"}, "BAD_REQUEST"),
        ({"query": "query A { viewer { name } } query B { viewer { name } }"}, "BAD_REQUEST"),
        ({"query": "query ($a: Int!) { profiles(first: $a) { totalCount } }"}, "BAD_USER_INPUT"),
        ({"query": 'subscription { accountStatusChanged(after: "x") { __typename } }'}, "INVALID_CURSOR"),
        ({"query": 'subscription { connectAttemptChanged(id: "x") { id } }'}, "NOT_FOUND"),
        ({"query": 'subscription { accountStatusChanged(profileId: "x") { __typename } }'}, "NOT_FOUND"),
    ],
    ids=lambda value: value["query"] if isinstance(value, dict) else value,
)
async def test_a_wrong_operation_ends_alone_with_its_code(
    server: Server, client: Client, payload: dict[str, Any], code: str
) -> None:
    async with open_socket(server.session, server.url) as socket:
        await socket.init(client.key)
        await socket.send({"id": "wrong", "type": "subscribe", "payload": payload})

        assert code in json.dumps(await socket.result("wrong"))
        await _end(socket, "wrong")


async def _end(socket: Socket, number: str) -> None:
    """Another operation on the same socket is answered, whatever became of *number*."""
    await socket.start("right", WHOAMI)
    frame = await socket.receive()
    if frame == {"id": number, "type": "complete"}:
        frame = await socket.receive()
    assert frame["id"] == "right" and frame["payload"]["data"]["viewer"]


async def test_completing_what_is_not_there_is_no_mistake(server: Server, client: Client) -> None:
    """The two ends may complete at the same moment."""
    async with open_socket(server.session, server.url) as socket:
        await socket.init(client.key)
        await socket.send({"type": "complete", "id": "gone"})
        await socket.send({"type": "ping", "payload": {"at": 1}})

        assert (await socket.receive())["type"] == "pong"


@pytest.mark.parametrize("protocols", [(), ("graphql-ws",), ("nonsense",)], ids=str)
async def test_another_protocol_is_not_spoken(server: Server, protocols: tuple[str, ...]) -> None:
    try:
        async with open_socket(server.session, server.url, protocols) as socket:
            closed = await socket.receive()
    except aiohttp.WSServerHandshakeError as error:
        closed = error.status

    assert closed in (4406, 400, 403)
