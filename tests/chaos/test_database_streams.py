"""Who follows events through trouble with the database gets each of them once and in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from support.client import Client
from support.events import FOLLOW, take_until
from support.outages import ANSWER, SLACK, until
from support.relay import Relay
from support.roster import Roster
from support.server import Server
from support.soak import SOAKING
from support.sockets import open_socket
from support.writers import cursors_in, writers

TROUBLE: dict[str, Callable[[Relay], None]] = {
    "cut": Relay.cut,
    "swallowed": Relay.swallow,
    "dead": Relay.fall_silent,
}
if SOAKING:
    TROUBLE["refused"] = Relay.refuse
    TROUBLE["a stranger's"] = lambda relay: (relay.cut(), relay.answer_nonsense(1000))[0]
ATTEMPT = "subscription ($id: ID!) { connectAttemptChanged(id: $id) { state } }"


@asynccontextmanager
async def over_sse(client: Client, query: str, **variables: Any) -> AsyncIterator[AsyncIterator[Any]]:
    """The values of a subscription, over server-sent events."""
    headers = {"Authorization": f"Bearer {client.key}", "Accept": "text/event-stream"}
    body = {"query": query, "variables": variables}
    async with client.session.post(f"{client.url}/graphql", json=body, headers=headers) as answer:
        yield _values(answer)


async def _values(answer: Any) -> AsyncIterator[Any]:
    async for line in answer.content:
        if line.startswith(b"data:") and (data := line[5:].strip()):
            payload = json.loads(data)
            assert "errors" not in payload, payload
            yield next(iter(payload["data"].values()))


@pytest.mark.parametrize("trouble", list(TROUBLE.values()), ids=list(TROUBLE))
async def test_an_open_stream_gets_what_was_written_meanwhile_and_what_comes(
    asker: Client, relay: Relay, mara: str, database_url: str, trouble: Callable[[Relay], None]
) -> None:
    """Both transports at once: the same stream goes on, without a gap and without a repeat."""
    await Roster(asker).add(mara, "@first", "tiktok")
    first = (await cursors_in(database_url))[0]
    async with (
        writers(database_url, 2) as writing,
        over_sse(asker, FOLLOW, after=first) as by_sse,
        asker.subscribe(FOLLOW, after=first) as by_socket,
    ):
        await writing.write(5)
        before = (await cursors_in(database_url))[-1]
        seen = await asyncio.gather(take_until(by_sse, before), take_until(by_socket, before))
        trouble(relay)
        for _ in range(4):
            await writing.write(5)
            await asyncio.sleep(0.3)
        relay.answer_nonsense(0)
        relay.carry()
        await writing.write(5)
        last = (await cursors_in(database_url))[-1]
        rest = await asyncio.gather(take_until(by_sse, last), take_until(by_socket, last))

    for early, late in zip(seen, rest, strict=True):
        assert [first, *(event["cursor"] for event in early + late)] == await cursors_in(database_url)


async def test_who_follows_an_attempt_is_told_its_end_after_the_trouble(
    behind: Server, asker: Client, relay: Relay, mara: str
) -> None:
    roster = Roster(asker)
    attempt, _ = await roster.begin(profile=mara, platform="tiktok")
    async with asker.subscribe(ATTEMPT, id=attempt) as states:
        pending = await anext(states)
        relay.refuse()
        # Longer than a follower waits before it looks by itself.
        await asyncio.sleep(2.5)
        relay.carry()
        await until(lambda: _is_cancelled(roster, attempt))
        async with asyncio.timeout(ANSWER + SLACK):
            cancelled = await anext(states)

    assert (pending, cancelled) == ({"state": "PENDING"}, {"state": "CANCELLED"})


async def _is_cancelled(roster: Roster, attempt: str) -> bool:
    query = "mutation ($id: ID!) { cancelConnect(input: {attemptId: $id}) { __typename } }"
    return "errors" not in await roster.client.send(query, id=attempt)


@pytest.mark.parametrize("trouble", [Relay.refuse, Relay.swallow], ids=["refused", "swallowed"])
async def test_who_comes_in_the_middle_of_it_is_sent_away_to_come_again(
    behind: Server, asker: Client, relay: Relay, trouble: Callable[[Relay], None]
) -> None:
    """1013 is what clients of graphql-transport-ws come back after, by themselves."""
    relay.cut()
    trouble(relay)

    async with open_socket(behind.session, behind.url) as socket:
        closed = await socket.init(asker.key)

    assert closed == 1013


async def test_an_operation_on_an_open_socket_is_told_why_and_the_socket_lives_on(
    behind: Server, asker: Client, relay: Relay
) -> None:
    async with open_socket(behind.session, behind.url) as socket:
        await socket.init(asker.key)
        relay.refuse()
        await socket.start("query", "{ profiles { totalCount } }")
        query = await socket.result("query")
        assert (await socket.receive())["type"] == "complete"
        await socket.start("stream", FOLLOW, after=None)
        stream = await socket.result("stream")
        relay.carry()
        await socket.start("again", "{ profiles { totalCount } }")
        again = await socket.result("again")

    assert _code(query) == "SERVICE_UNAVAILABLE"
    assert _code(stream) == "SERVICE_UNAVAILABLE"
    assert again == {"data": {"profiles": {"totalCount": 0}}}


def _code(payload: Any) -> str:
    errors = payload if isinstance(payload, list) else payload["errors"]
    return str(errors[0]["extensions"]["code"])
