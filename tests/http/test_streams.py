"""Server-sent events: a stream each, that says when it ends, and ends when its caller's right does."""

from __future__ import annotations

import asyncio

import pytest

from support.client import Client
from support.events import log_of
from support.roster import Roster
from support.server import Server, StartServer
from support.streams import ACCEPT, open_stream

FOLLOW = "subscription ($after: String) { accountStatusChanged(after: $after) { __typename } }"


@pytest.fixture
async def begun(roster: Roster) -> str:
    """The cursor of the log's first event."""
    profile = await roster.create_profile("Mara Linden")
    await roster.add(profile, "@first", "tiktok")
    await roster.add(profile, "@second", "tiktok")
    return str((await log_of(roster.client))[0]["cursor"])


@pytest.mark.parametrize("accept", [ACCEPT, f"application/json, {ACCEPT}", f"{ACCEPT}, multipart/mixed"])
async def test_a_subscription_streams_to_one_who_asks_for_events(
    roster: Roster, begun: str, accept: str
) -> None:
    async with open_stream(roster.client, FOLLOW, accept, after=begun) as stream:
        event = await stream.event()

    assert (stream.status, stream.type) == (200, "text/event-stream")
    assert event == ("next", {"data": {"accountStatusChanged": {"__typename": "AccountStatusChanged"}}})


async def test_a_query_to_one_who_reads_only_events_is_one_event_and_the_end(roster: Roster) -> None:
    async with open_stream(roster.client, "{ viewer { name } }") as stream:
        events = [await stream.event() for _ in range(3)]

    assert events == [("next", {"data": {"viewer": {"name": "admin"}}}), ("complete", None), ("", None)]


async def test_a_stream_that_cannot_begin_says_why_and_ends(roster: Roster) -> None:
    async with open_stream(roster.client, FOLLOW, after="nonsense") as stream:
        (name, body), end = await stream.event(), await stream.event()

    assert (name, end[0]) == ("next", "complete")
    assert body["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"


async def test_a_silent_stream_says_that_it_lives(start_server: StartServer) -> None:
    server = await start_server(recheck_seconds=0.05)

    async with open_stream(await server.client(), FOLLOW) as stream:
        assert [await stream.event() for _ in range(2)] == [(":", None)] * 2


async def test_a_stream_ends_with_its_callers_key(server: Server) -> None:
    client = await server.client()
    async with open_stream(client, FOLLOW) as stream:
        await server.host.database.fetch("UPDATE api_key SET revoked_at = now()")
        await server.host.database.fetch("SELECT pg_notify('linkroll_api_key', '')")

        assert [await stream.event(), await stream.event()] == [("complete", None), ("", None)]


async def test_a_stream_that_is_left_gives_its_place_back(start_server: StartServer) -> None:
    server = await start_server(sockets_per_caller=1)
    client = await server.client()
    statuses = []
    for _ in range(3):
        async with open_stream(client, FOLLOW) as stream, open_stream(client, FOLLOW) as second:
            statuses.append((stream.status, second.status))
        await until_free(client)

    assert statuses == [(200, 429)] * 3


async def until_free(client: Client) -> None:
    """Wait until the server has noticed that a stream was left."""
    async with asyncio.timeout(10):
        while True:
            # A query to one who reads only events holds a place like any stream, and ends by itself.
            async with open_stream(client, "{ viewer { name } }") as stream:
                if stream.status == 200:
                    while (await stream.event())[0]:
                        pass
                    return
            await asyncio.sleep(0.01)
