"""A log that came from another database cluster, by a restore, goes on: in order, and whole or with a word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.event_log import START, Cursor
from server.reads.event_cursors import read_cursor, write_cursor
from server.worker.housekeeping import prune_events
from support.clock import travel
from support.events import FOLLOW, log_of, take
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer

FAR = 2**40
"""How many more transactions the cluster of before had seen."""


@pytest.fixture
async def mara(roster: Roster) -> str:
    """Mara's profile, without any account."""
    return await roster.create_profile("Mara Linden")


@pytest.fixture
async def before(roster: Roster, mara: str) -> list[str]:
    """The accounts that the log tells of, in its order."""
    return [await roster.add(mara, f"before{n}", "tiktok") for n in range(3)]


async def restore(server: Server) -> None:
    """Make the database one that was restored here: all its events are a far older cluster's."""
    for table in ("status_event", "status_event_horizon"):
        await server.host.database.fetch(f"UPDATE {table} SET tx = (tx::text::bigint + {FAR})::text::xid8")


def as_of_then(cursor: str) -> str:
    """What a client holds as its place, from the time before the restore."""
    place = read_cursor(cursor)
    return write_cursor(Cursor(place.tx + FAR, place.id))


async def test_what_was_restored_comes_in_order_and_before_all_that_is_new(
    start_server: StartServer, server: Server, mara: str, before: list[str]
) -> None:
    await restore(server)
    roster = await (await start_server()).roster()
    new = [await roster.add(mara, f"new{n}", "tiktok") for n in range(2)]

    async with roster.client.subscribe(FOLLOW, after=write_cursor(START)) as events:
        told = await take(events, 5)

    assert [event["accountId"] for event in told] == [*before, *new]
    assert [event["accountId"] for event in await log_of(roster.client)] == [*before, *new]


async def test_a_cursor_from_before_the_restore_gets_a_gap_and_then_what_is_new(
    start_server: StartServer, server: Server, roster: Roster, mara: str, before: list[str]
) -> None:
    """Its place is nowhere here; without a word its holder would wait for ever, or miss what came."""
    held = as_of_then((await log_of(roster.client))[0]["cursor"])
    await restore(server)
    restored = await (await start_server()).roster()

    async with restored.client.subscribe(FOLLOW, after=held) as events:
        [gap] = await take(events, 1)
        new = await restored.add(mara, "new", "tiktok")
        [told] = await take(events, 1)

    assert gap["__typename"] == "EventGap"
    assert told["accountId"] == new


async def test_a_log_that_was_pruned_before_the_restore_leaves_no_gap_to_those_who_come_after_it(
    start_server: StartServer, server: Server, sandbox: Sandbox, roster: Roster, mara: str, before: list[str]
) -> None:
    """Where the log begins is a place of the older cluster's as well."""
    await travel(sandbox, server, days=31)
    await prune_events(server.host)
    kept = await roster.add(mara, "kept", "tiktok")
    await restore(server)
    restored = await start_server()
    restored.host.clock.offset = timedelta(days=31)
    client = await restored.client()
    held = (await log_of(client))[0]

    async with client.subscribe(FOLLOW, after=held["cursor"]) as events:
        new = await (await restored.roster()).add(mara, "new", "tiktok")
        [told] = await take(events, 1)

    assert held["accountId"] == kept
    assert (told["__typename"], told["accountId"]) == ("AccountStatusChanged", new)
