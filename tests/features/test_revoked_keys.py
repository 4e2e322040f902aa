"""A revoked key stops at once: for requests, on open sockets, and for streams that run."""

from __future__ import annotations

import asyncio

import pytest

from server.events import HEARTBEAT_SECONDS, Listener
from server.identity.keyring import REMEMBERED_SECONDS, Keyring
from server.resolvers.connect_attempts import POLL_SECONDS
from server.services.callers.api_keys import list_keys, revoke_key
from server.services.callers.viewers import Role
from support.client import Client
from support.relay import relay_to
from support.server import Server, StartServer
from support.sockets import Socket, open_socket

WHOAMI = "{ viewer { role } }"
STREAMS = {
    "status events": "subscription { accountStatusChanged { __typename } }",
    "a connect attempt": 'subscription { connectAttemptChanged(id: "%s") { state } }',
}


async def revoke(server: Server, client: Client) -> None:
    """End a client's key."""
    assert client.key is not None
    assert await revoke_key(server.host, client.key.partition(".")[0])


async def first_refusal(client: Client) -> str:
    """The code of the first refusal: the word of a revocation takes milliseconds to reach every process."""
    async with asyncio.timeout(5):
        while "errors" not in (answer := await client.send(WHOAMI)):
            assert answer["data"]["viewer"]
    return str(answer["errors"][0]["extensions"]["code"])


async def test_a_revoked_key_is_refused_by_every_process(start_server: StartServer) -> None:
    one, other = await start_server(), await start_server()
    client = await one.client(Role.OBSERVER)
    elsewhere = Client(other.url, other.session, client.key)
    assert await client.ask(WHOAMI) == await elsewhere.ask(WHOAMI) == {"role": "OBSERVER"}

    await revoke(one, client)

    assert await first_refusal(client) == await first_refusal(elsewhere) == "UNAUTHENTICATED"


async def test_revoking_again_says_that_there_is_no_such_key(server: Server) -> None:
    client = await server.client()
    await revoke(server, client)
    assert client.key is not None

    again = await revoke_key(server.host, client.key)
    unknown = await revoke_key(server.host, "lr_0000000000000000")

    assert not again and not unknown
    assert [key.revoked_at is None for key in await list_keys(server.host.database)] == [False]


async def test_another_key_goes_on(server: Server) -> None:
    client, other = await server.client(), await server.client(Role.MANAGER)

    await revoke(server, client)

    assert await first_refusal(client) == "UNAUTHENTICATED"
    assert await other.ask(WHOAMI) == {"role": "MANAGER"}


async def test_an_open_socket_answers_no_further_operation(server: Server) -> None:
    client = await server.client()
    async with open_socket(server.session, server.url) as socket:
        await socket.init(client.key)
        await socket.start("before", WHOAMI)
        assert (await socket.result("before"))["data"]["viewer"]
        assert (await socket.receive())["type"] == "complete"

        await revoke(server, client)
        await first_refusal(client)
        await socket.start("after", WHOAMI)

        refused = await socket.result("after")
        assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("stream", STREAMS)
async def test_a_stream_that_runs_ends_though_nothing_happens(server: Server, stream: str) -> None:
    """Not only with the next event: a stream that waits would tell nothing, and hold its place for ever."""
    roster, watcher = await server.roster(), await server.client(Role.OBSERVER)
    mara = await roster.create_profile("Mara Linden")
    attempt, _ = await roster.begin(profile=mara, platform="tiktok")
    query = STREAMS[stream] % attempt if "%s" in STREAMS[stream] else STREAMS[stream]

    async with open_socket(server.session, server.url) as socket:
        await socket.init(watcher.key)
        await socket.start("stream", query)
        await beginning_of(socket, stream)
        await revoke(server, watcher)

        async with asyncio.timeout(POLL_SECONDS * 0.9):
            assert await socket.receive() == {"id": "stream", "type": "complete"}


async def beginning_of(socket: Socket, stream: str) -> None:
    """Wait until the stream runs: an attempt is shown at once, and operations begin in their order."""
    if stream == "a connect attempt":
        assert (await socket.result("stream"))["data"]["connectAttemptChanged"]["state"] == "PENDING"
        return
    await socket.start("later", WHOAMI)
    assert (await socket.result("later"))["data"]["viewer"]
    assert (await socket.receive())["type"] == "complete"


@pytest.mark.parametrize(
    ("heartbeat", "patience"),
    [(0.05, REMEMBERED_SECONDS), (HEARTBEAT_SECONDS, 0.05)],
    ids=["by its heartbeat", "by the keyring's patience"],
)
async def test_a_key_is_not_believed_for_long_by_one_whom_no_word_reaches(
    server: Server, database_url: str, heartbeat: float, patience: float
) -> None:
    """The connection that would tell of the revocation has died, and nobody has said so."""
    client = await server.client()
    async with relay_to(database_url) as relay:
        listener = Listener(server.host.database, relay.url, heartbeat_seconds=heartbeat)
        await listener.start()
        ring = Keyring(server.host, listener, remembered_seconds=patience)
        assert await ring.viewer(client.key)

        relay.fall_silent()
        await revoke(server, client)

        async with asyncio.timeout(5):
            while await ring.viewer(client.key):
                await asyncio.sleep(0.005)
        await listener.stop()
