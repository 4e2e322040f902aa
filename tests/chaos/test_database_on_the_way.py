"""The way to the database is slow, cut, refused or dead: answers come in time, and afterwards all is as before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from server.database import Database
from support.client import Client
from support.outages import (
    SLACK,
    Told,
    assert_nothing_is_left,
    recovered,
    status_of,
    tell,
)
from support.relay import Relay
from support.server import Server, StartServer

COUNT = "{ profiles { totalCount } }"
CREATE = """mutation ($name: String!) {
  createProfile(input: {displayName: $name}) {
    __typename ... on CreateProfileSuccess { profile { id displayName } } } }"""

GONE: dict[str, Callable[[Relay], None]] = {
    "refused": Relay.refuse,
    "swallowed": Relay.swallow,
    "a stranger's": lambda relay: (relay.cut(), relay.answer_nonsense(1000))[0],
}
"""How nothing comes back at all."""
HURT: dict[str, Callable[[Relay], None]] = {
    "cut": Relay.cut,
    "cut in an answer": lambda relay: setattr(relay.answering, "cut_after", 40),
    "late": lambda relay: setattr(relay.answering, "delay", 0.15),
    "asked late": lambda relay: setattr(relay.asking, "delay", 0.15),
    "a trickle": lambda relay: setattr(relay.answering, "bytes_a_second", 4000),
}
"""What it lives through: the answer comes, if late."""


def _of(faults: dict[str, Callable[[Relay], None]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", list(faults.values()), ids=list(faults))


def _told_that_it_is_away(told: Told) -> None:
    assert told.codes in (["SERVICE_UNAVAILABLE"], ["OPERATION_TIMEOUT"]), told
    assert told.headers["X-Request-Id"]
    if told.codes == ["SERVICE_UNAVAILABLE"] and told.data is None and told.status != 200:
        assert (told.status, told.headers["Retry-After"]) == (503, "5")


@_of(GONE)
async def test_who_asks_is_told_in_time_and_afterwards_all_goes_on(
    behind: Server, asker: Client, relay: Relay, database_url: str, fault: Callable[[Relay], None]
) -> None:
    await tell(asker, COUNT)
    fault(relay)

    reads = [asyncio.create_task(tell(asker, COUNT)) for _ in range(15)]
    changes = [asyncio.create_task(tell(asker, CREATE, name="Mara")) for _ in range(5)]
    ready, _ = await status_of(behind, "/readyz")
    told = await asyncio.gather(*reads, *changes)
    relay.answer_nonsense(0)
    relay.carry()
    again = await recovered(asker, COUNT)

    for one in told:
        _told_that_it_is_away(one)
    assert ready == 503
    assert again.data == {"profiles": {"totalCount": 0}}
    assert (await status_of(behind, "/readyz"))[0] == 200
    await assert_nothing_is_left(behind, database_url)


async def test_what_needs_no_database_is_answered_while_all_others_wait(
    start_server: StartServer, relay: Relay
) -> None:
    """A process whose signs of life wait for a database would be taken for dead, and restarted for nothing."""
    server = await start_server(on=relay.url, database_seconds=60, operation_seconds=60)
    client = await server.client()
    relay.swallow()
    waiting = [asyncio.create_task(client.send(COUNT)) for _ in range(30)]

    alive = [await status_of(server, "/healthz") for _ in range(3)]
    nameless = [await tell(server.anonymous(), "{ __typename }") for _ in range(3)]
    still_wait = [not task.done() for task in waiting]
    relay.carry()
    relay.cut()
    await asyncio.gather(*waiting)

    assert {status for status, _ in alive} == {200}
    assert [one.data for one in nameless] == [{"__typename": "Query"}] * 3
    assert all(still_wait)


@_of(HURT)
async def test_an_answer_comes_whatever_the_way_is_like(
    start_server: StartServer, relay: Relay, database_url: str, fault: Callable[[Relay], None]
) -> None:
    server = await start_server(on=relay.url)
    client = await server.client()
    await tell(client, COUNT)

    fault(relay)
    read = await tell(client, COUNT)
    relay.carry()

    assert read.data == {"profiles": {"totalCount": 0}}, read
    await assert_nothing_is_left(server, database_url)


async def test_what_is_later_than_the_limit_is_cut_off_and_the_pool_lives_on(
    behind: Server, asker: Client, relay: Relay, database_url: str
) -> None:
    relay.answering.delay = 30

    told = await asyncio.gather(*(tell(asker, COUNT) for _ in range(12)))
    relay.carry()
    relay.cut()
    again = await recovered(asker, COUNT)

    for one in told:
        _told_that_it_is_away(one)
    assert again.data == {"profiles": {"totalCount": 0}}
    await assert_nothing_is_left(behind, database_url)


async def test_connections_that_died_without_a_word_are_found_out_together(
    start_server: StartServer, relay: Relay
) -> None:
    """One that times out speaks for all that were idle beside it: nobody pays for each of them in turn."""
    server = await start_server(on=relay.url, database_seconds=1, operation_seconds=2)
    client = await server.client()
    await asyncio.gather(*(server.host.database.fetch("SELECT pg_sleep(0.3)") for _ in range(10)))

    relay.fall_silent()
    told = [await tell(client, COUNT) for _ in range(3)]

    assert not told[-1].codes, [one.codes for one in told]


async def test_a_new_process_does_not_wait_for_ever_for_its_database(relay: Relay) -> None:
    relay.swallow()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SLACK):
            await Database.open(relay.url, seconds=0.2)
