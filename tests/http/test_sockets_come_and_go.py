"""Sockets that come and go, in whatever way, leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from types import AsyncGeneratorType
from typing import Any

import psutil
import pytest

from server.resolvers.context import Context
from server.transport.graphql_ws import Socket
from support.bare_sockets import BareSocket, connect
from support.server import Server
from support.soak import SOAKING, rounds, soak_timeout
from support.writers import Writers, writers

Meet = Callable[..., Awaitable[Server]]
FOLLOW = "subscription { accountStatusChanged { __typename } }"
CROWD = 40
"""Sockets that are open at the same time, and as many as their caller may hold: a lost place would be missed."""
ROUNDS = rounds(400, soaking=10_000)
MEGABYTE = 2**20


async def complete_and_close(socket: BareSocket) -> None:
    """The tidy way."""
    socket.say({"id": "1", "type": "complete"})
    await socket.close()


WAYS: list[Callable[[BareSocket], Awaitable[None]]] = [
    complete_and_close,
    BareSocket.vanish,
    BareSocket.close,
    BareSocket.fall_silent,
]
"""How a client goes: every other one without a word."""


def living() -> Counter[str]:
    """What the server holds for sockets at this moment, counted in its memory."""
    gc.collect()
    found: Counter[str] = Counter()
    for thing in gc.get_objects():
        if type(thing) in (Socket, Context):
            found[type(thing).__name__] += 1
        elif type(thing) is AsyncGeneratorType and thing.__qualname__ == "follow":
            found["subscribers"] += 1
    found["tasks"] = len(asyncio.all_tasks())
    found["open files"] = psutil.Process().num_fds()
    return found


async def until(wanted: Callable[[Counter[str]], bool]) -> Counter[str]:
    """What lives as soon as it is as *wanted*, or after a while as it is."""
    end = time.monotonic() + 20
    while not wanted(found := living()) and time.monotonic() < end:
        await asyncio.sleep(0.05)
    return found


async def come_and_go(
    url: str, key: str | None, go: Callable[[BareSocket], Awaitable[None]], *, is_patient: bool
) -> None:
    """One client from its handshake to its end."""
    async with connect(url) as socket:
        await socket.shake_hands()
        socket.greet(key)
        assert (await socket.hear())["type"] == "connection_ack"
        socket.start("1", FOLLOW)
        if is_patient:
            # Messages are handled in their order: when the pong comes, the operation is under way.
            socket.say({"type": "ping"})
            assert (await socket.hear())["type"] == "pong"
        await go(socket)


async def crowds(url: str, key: str | None, number: int) -> None:
    """Have *number* clients come and go, in crowds; of each way half go before their operation has begun."""
    ways = itertools.cycle([(way, is_patient) for way in WAYS for is_patient in (True, False)])
    for _ in range(number // CROWD):
        # The places of those before, whose end the server may not have noticed yet.
        await until(lambda found: not found["Socket"])
        async with asyncio.TaskGroup() as group:
            for way, is_patient in itertools.islice(ways, CROWD):
                group.create_task(come_and_go(url, key, way, is_patient=is_patient))


@pytest.fixture
async def server(meet: Meet) -> Server:
    """A server whose callers hold no more sockets than the crowd needs."""
    limits = {"sockets_per_caller": CROWD, "silent_sockets_per_address": CROWD, "rate_per_second": 0}
    return await meet(database_pool=4, **limits)


@soak_timeout(1800)
async def test_sockets_that_come_and_go_leave_nothing_behind(server: Server) -> None:
    key = (await server.client()).key
    # What is remembered for good (the prepared document, the caller, buffers) is there after the first crowds.
    await crowds(server.url, key, 4 * CROWD)
    before = await until(lambda found: not found["Socket"])
    objects, memory = len(gc.get_objects()), psutil.Process().memory_info().rss

    await crowds(server.url, key, ROUNDS)
    after = await until(lambda found: found <= before)

    assert after <= before
    assert (after["Socket"], after["subscribers"]) == (0, 0)
    assert len(gc.get_objects()) - objects < ROUNDS
    if SOAKING:
        assert psutil.Process().memory_info().rss - memory < 20 * MEGABYTE


@pytest.fixture
async def writing(database_url: str) -> Any:
    """Somebody who writes to the log."""
    async with writers(database_url) as found:
        yield found


async def test_an_event_after_they_have_gone_is_told_to_nobody(server: Server, writing: Writers) -> None:
    key = (await server.client()).key
    async with connect(server.url) as one, connect(server.url) as two:
        for socket in (one, two):
            await socket.shake_hands()
            socket.greet(key)
            await socket.hear()
            socket.start("1", FOLLOW)
        there = await until(lambda found: found["subscribers"] == 2)
        await writing.write()
        told = [(await socket.hear())["type"] for socket in (one, two)]
        await complete_and_close(one)
        await two.vanish()

    gone = await until(lambda found: not found["subscribers"])

    assert (there["subscribers"], told, gone["subscribers"]) == (2, ["next", "next"], 0)
