"""An operation that takes too long is cancelled, and what it asked of the database with it."""

from __future__ import annotations

import asyncio

from support.gates import held
from support.server import StartServer
from support.sockets import open_socket

SLOW = "{ profiles { totalCount } }"
WAITING = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
LOCK = "LOCK TABLE profile IN ACCESS EXCLUSIVE MODE"


async def test_a_query_that_waits_too_long_is_cancelled_with_its_sql(
    start_server: StartServer, database_url: str
) -> None:
    server = await start_server(operation_seconds=0.15)
    client = await server.client()

    async with held(database_url, LOCK) as gate:
        answer = await client.send(SLOW)
        async with asyncio.timeout(5):
            # PostgreSQL is told by a connection of its own, so that takes a moment.
            while await gate.connection.fetchval(WAITING):
                await asyncio.sleep(0.005)

    assert answer["errors"][0]["extensions"]["code"] == "OPERATION_TIMEOUT"
    assert await client.ask(SLOW) == {"totalCount": 0}


async def test_cancelled_queries_leave_the_pool_whole(start_server: StartServer, database_url: str) -> None:
    server = await start_server(operation_seconds=0.1, database_pool=2)
    client = await server.client()

    async with held(database_url, LOCK):
        codes = {await client.error_code(SLOW) for _ in range(5)}

    assert codes == {"OPERATION_TIMEOUT"}
    assert [await client.ask(SLOW) for _ in range(3)] == [{"totalCount": 0}] * 3


async def test_a_change_that_is_cut_off_has_changed_nothing(
    start_server: StartServer, database_url: str
) -> None:
    server = await start_server(operation_seconds=0.15)
    client = await server.client()
    create = 'mutation { createProfile(input: {displayName: "Mara"}) { __typename } }'

    async with held(database_url, LOCK):
        code = await client.error_code(create)

    assert code == "OPERATION_TIMEOUT"
    assert await client.ask(SLOW) == {"totalCount": 0}


async def test_a_socket_has_the_same_limit_and_lives_on(start_server: StartServer, database_url: str) -> None:
    server = await start_server(operation_seconds=0.15)
    client = await server.client()

    async with open_socket(server.session, server.url) as socket:
        await socket.init(client.key)
        async with held(database_url, LOCK):
            await socket.start("1", SLOW)
            (error,) = await socket.result("1")
        await socket.start("2", "{ viewer { name } }")

        assert error["extensions"]["code"] == "OPERATION_TIMEOUT"
        assert (await socket.result("2"))["data"]


async def test_a_stream_may_wait_as_long_as_it_likes(start_server: StartServer) -> None:
    server = await start_server(operation_seconds=0.05)
    roster = await server.roster()
    follow = "subscription { accountStatusChanged { ... on AccountStatusChanged { status } } }"

    async with roster.client.subscribe(follow) as events:
        hearing = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.15)
        still_waits = not hearing.done()
        profile = await roster.create_profile("Mara Linden")
        await roster.add(profile, "@mara", "tiktok")

        assert still_waits
        assert (await hearing)["status"] == "ADDED"
