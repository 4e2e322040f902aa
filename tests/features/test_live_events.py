"""Who follows the status of accounts gets every change, once and in order, whatever happens on the way."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import asyncpg
import pytest

from server.database import credentials_of
from server.event_log import Cursor
from server.ids import row_id
from server.reads.event_cursors import write_cursor
from server.services.callers.viewers import Role
from server.settings import LimitSettings
from server.worker.housekeeping import prune_events
from support.client import Client
from support.clock import travel
from support.events import FOLLOW, SECONDS, log_of, take, take_until
from support.merges import merge, undo
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer
from support.writers import Writers, cursors_in, writers


@pytest.fixture
async def mara(roster: Roster) -> str:
    """Mara's profile, without any account."""
    return await roster.create_profile("Mara Linden")


@pytest.fixture
async def begun(roster: Roster, mara: str) -> str:
    """The cursor of the log's first event, to follow on from."""
    await roster.add(mara, "@first", "tiktok")
    return str((await log_of(roster.client))[0]["cursor"])


@pytest.fixture
async def writing(database_url: str) -> AsyncIterator[Writers]:
    """Somebody who writes to the log."""
    async with writers(database_url) as found:
        yield found


# Replay, then live


async def test_a_subscriber_gets_what_it_missed_and_then_what_comes(
    roster: Roster, mara: str, begun: str
) -> None:
    missed = [await roster.add(mara, f"missed{n}", "tiktok") for n in range(3)]

    async with roster.client.subscribe(FOLLOW, after=begun) as events:
        replayed = await take(events, 3)
        live = [await roster.add(mara, f"live{n}", "tiktok") for n in range(3)]
        followed = await take(events, 3)

    assert [event["accountId"] for event in (*replayed, *followed)] == [*missed, *live]
    assert replayed[0]["account"] == {"id": missed[0]} and replayed[0]["profile"] == {"id": mara}


async def test_a_subscriber_without_a_cursor_begins_now(roster: Roster, mara: str, begun: str) -> None:
    async with roster.client.subscribe(FOLLOW) as events:
        following = asyncio.create_task(take(events, 1))
        # Only the server knows when "now" is: somebody adds until one of it is heard of.
        added: list[str] = []
        while not following.done():
            added.append(await roster.add(mara, f"live{len(added)}", "tiktok"))

    assert following.result()[0]["accountId"] in added


async def test_what_commits_late_is_told_in_its_place_and_nothing_overtakes_it(
    start_server: StartServer, database_url: str
) -> None:
    """A later event that is told first would give a cursor behind the earlier one, which then is lost."""
    looks: list[str] = []
    server = await start_server(
        observe=lambda sql: looks.append(sql) if "FROM status_event e" in sql else None
    )
    client = await server.client(Role.OBSERVER)
    async with writers(database_url, 2) as writing:
        await writing.write()
        first = (await cursors_in(database_url))[0]
        async with client.subscribe(FOLLOW, after=first) as events:
            await writing.begin()
            await writing.write()
            hearing = asyncio.create_task(take(events, 1))
            enough = len(looks) + 10
            while len(looks) < enough:
                await asyncio.sleep(0.01)
            heard_early = hearing.done()
            await writing.finish()
            told = [*await hearing, *await take_until(events, (await cursors_in(database_url))[-1])]

    assert not heard_early
    assert [first, *(event["cursor"] for event in told)] == await cursors_in(database_url)


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_missed_or_told_twice_by_one_who_comes_back_again_and_again(
    start_server: StartServer, database_url: str, seed: int
) -> None:
    """
    Transactions commit in any order; the subscriber stays for a few events and comes back at either server.

    What it was told, put end to end, is the table.
    """
    servers = [await start_server(), await start_server()]
    clients = [await server.client(Role.OBSERVER) for server in servers]
    async with writers(database_url, seed=seed) as writing:
        await writing.write()
        first = (await cursors_in(database_url))[0]
        following = asyncio.create_task(_follow_in_bits(clients, first, random.Random(seed)))
        for _ in range(300):
            await writing.step()
        await writing.finish()
        await writing.write(status="INVALID")
        told = await asyncio.wait_for(following, SECONDS)

    assert [first, *told] == await cursors_in(database_url)
    assert len(told) > 100


async def _follow_in_bits(clients: list[Client], after: str, chance: random.Random) -> list[str]:
    """The cursors of all events up to one that is `INVALID`, by many short subscriptions."""
    told: list[str] = []
    while True:
        stay = chance.randint(1, 20)
        async with chance.choice(clients).subscribe(FOLLOW, after=told[-1] if told else after) as events:
            async for event in events:
                told.append(event["cursor"])
                if event["status"] == "INVALID":
                    return told
                if (stay := stay - 1) == 0:
                    break


# Filters, and who may see what


async def test_filters_let_through_what_was_asked_for(
    roster: Roster, mara: str, begun: str, writing: Writers
) -> None:
    ben = await roster.create_profile("Ben Okafor")
    for _ in range(2):
        for profile in (mara, ben):
            await writing.write(profile=row_id(profile, "Profile"), platform="tiktok", status="LINKED")
            await writing.write(profile=row_id(profile, "Profile"), platform="youtube", status="INVALID")

    by_platform = await _some(roster.client, 4, after=begun, platforms=["youtube"])
    by_status = await _some(roster.client, 4, after=begun, statuses=["LINKED", "EXPIRING"])
    by_profile = await _some(roster.client, 4, after=begun, profileId=ben)
    by_all = await _some(
        roster.client, 2, after=begun, profileId=mara, platforms=["youtube", "tiktok"], statuses=["INVALID"]
    )

    assert {event["platform"] for event in by_platform} == {"youtube"}
    assert {event["status"] for event in by_status} == {"LINKED"}
    assert {event["profile"]["id"] for event in by_profile} == {ben}
    assert {(event["profile"]["id"], event["platform"]) for event in by_all} == {(mara, "youtube")}


async def test_a_creator_follows_only_their_own_profile(
    server: Server, roster: Roster, mara: str, begun: str
) -> None:
    ben = await roster.create_profile("Ben Okafor")
    creator = await server.client(Role.CREATOR, profile=mara)
    for n in range(2):
        await roster.add(ben, f"theirs{n}", "tiktok")
    mine = await roster.add(mara, "mine", "tiktok")

    heard = await _some(creator, 1, after=begun)

    assert heard[0]["accountId"] == mine


async def test_a_stream_of_a_profile_follows_it_into_a_merge_and_out_again(
    roster: Roster, mara: str, begun: str
) -> None:
    """What it asked for is a profile, not what stood behind its id when it began."""
    twin = await roster.create_profile("Mara L.")
    async with roster.client.subscribe(FOLLOW, after=begun, profileId=twin) as events:
        before = await roster.add(twin, "before", "tiktok")
        heard = [await take(events, 1)]
        merged = await merge(roster, survivor=mara, merged=twin)
        survivors = await roster.add(mara, "survivors", "tiktok")
        heard.append(await take(events, 1))
        await undo(roster, merged)
        await roster.add(mara, "others", "tiktok")
        after = await roster.add(twin, "after", "tiktok")
        heard.append(await take(events, 1))

    assert [event["accountId"] for [event] in heard] == [before, survivors, after]
    assert [event["profile"]["id"] for [event] in heard] == [twin, mara, twin]


async def test_a_stream_of_the_survivor_has_the_merged_profiles_events_until_the_undo(
    roster: Roster, mara: str, begun: str
) -> None:
    twin = await roster.create_profile("Mara L.")
    async with roster.client.subscribe(FOLLOW, after=begun, profileId=mara) as events:
        merged = await merge(roster, survivor=mara, merged=twin)
        by_either_id = [await roster.add(twin, "one", "tiktok"), await roster.add(mara, "other", "tiktok")]
        heard = await take(events, 2)
        await undo(roster, merged)
        await roster.add(twin, "others", "tiktok")
        own = await roster.add(mara, "own", "tiktok")
        heard += await take(events, 1)

    assert [event["accountId"] for event in heard] == [*by_either_id, own]


async def test_after_an_undo_a_creators_stream_tells_nothing_of_the_other_profile(
    server: Server, roster: Roster, mara: str, begun: str
) -> None:
    """The stream began while the two were one: it must not go on as if they were."""
    twin = await roster.create_profile("Mara L.")
    moved = await roster.add(twin, "moved", "tiktok")
    merged = await merge(roster, survivor=mara, merged=twin)
    creator = await server.roster(Role.CREATOR, profile=mara)
    async with creator.client.subscribe(FOLLOW, after=begun) as events:
        while_one = await take(events, 1)
        await undo(roster, merged)
        secret = await roster.add(twin, "secret", "tiktok")
        own = await roster.add(mara, "own", "tiktok")
        after = await take(events, 1)

    assert [event["accountId"] for event in (*while_one, *after)] == [moved, own]
    assert await creator.account(secret) is None


async def _some(client: Client, number: int, **args: Any) -> list[Any]:
    async with client.subscribe(FOLLOW, **args) as events:
        return await take(events, number)


# Those who are slow, late or lost


async def test_a_subscriber_that_does_not_read_delays_nobody_and_still_gets_everything(
    start_server: StartServer, begun: str, writing: Writers
) -> None:
    roster = await (await start_server(limits=LimitSettings(aliases=1000))).roster()
    # Each event is 25 kB here, so that all of them by far exceed what the sockets' buffers take.
    fat = " ".join(f"c{n}: cursor" for n in range(1000))
    query = f"""subscription ($after: String) {{
      accountStatusChanged(after: $after) {{ ... on AccountStatusChanged {{ cursor status {fat} }} }} }}"""
    async with roster.client.subscribe(query, after=begun) as slow:
        async with roster.client.subscribe(FOLLOW, after=begun) as quick:
            await writing.write(400)
            quickly = [event["cursor"] for event in await take(quick, 400)]
        answered = await roster.client.ask("{ viewer { name } }")
        slowly = [event["cursor"] for event in await take(slow, 400)]

    assert answered == {"name": "admin"}
    assert slowly == quickly


async def test_a_cursor_that_the_log_no_longer_reaches_gets_a_gap_and_then_what_is_left(
    server: Server, sandbox: Sandbox, roster: Roster, mara: str, begun: str
) -> None:
    await roster.add(mara, "@second", "tiktok")
    await travel(sandbox, server, days=31)
    await prune_events(server.host)
    kept = [await roster.add(mara, f"kept{n}", "tiktok") for n in range(2)]

    async with roster.client.subscribe(FOLLOW, after=begun) as events:
        gap, *told = await take(events, 3)

    assert gap["__typename"] == "EventGap"
    assert [event["accountId"] for event in told] == kept
    assert [event["accountId"] for event in await _some(roster.client, 2, after=gap["cursor"])] == kept
    assert [event["accountId"] for event in await log_of(roster.client)] == kept


async def test_a_cursor_at_the_end_of_what_was_pruned_misses_nothing(
    server: Server, sandbox: Sandbox, roster: Roster, mara: str, begun: str
) -> None:
    await travel(sandbox, server, days=31)
    await prune_events(server.host)

    async with roster.client.subscribe(FOLLOW, after=begun) as events:
        added = await roster.add(mara, "@second", "tiktok")
        first = (await take(events, 1))[0]

    assert first["accountId"] == added


async def test_a_cursor_from_the_future_gets_a_gap_and_goes_on(roster: Roster, mara: str, begun: str) -> None:
    """It is another database's, or one's that was restored: waiting for it would be silence."""
    future = write_cursor(Cursor(tx=2**40, id=1))

    async with roster.client.subscribe(FOLLOW, after=future) as events:
        gap = (await take(events, 1))[0]
        added = await roster.add(mara, "@second", "tiktok")
        first = (await take(events, 1))[0]

    assert (gap["__typename"], gap["cursor"]) == ("EventGap", begun)
    assert first["accountId"] == added


@pytest.mark.parametrize("garbage", ["garbage", "", "ZXZlbnQ6MQ==", "Y3Vyc29yOjEuMQ=="])
async def test_a_cursor_that_is_none_ends_the_subscription_with_a_coded_error(
    roster: Roster, garbage: str
) -> None:
    with pytest.raises(AssertionError, match="INVALID_CURSOR"):
        await _some(roster.client, 1, after=garbage)


# Connections that are lost


async def _terminate(url: str, which: str) -> None:
    """End the servers' connections to this database, as a restart or a firewall would."""
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        ended = await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = current_database() AND pid <> pg_backend_pid() AND {which}"
        )
        assert ended, which
    finally:
        await connection.close()


@pytest.mark.parametrize("which", ["query LIKE 'LISTEN%'", "true"], ids=["listening", "every"])
async def test_events_go_on_after_the_database_dropped_the_connection(
    database_url: str, roster: Roster, mara: str, begun: str, which: str
) -> None:
    async with roster.client.subscribe(FOLLOW, after=begun) as events:
        await roster.add(mara, "@before", "tiktok")
        before = await take(events, 1)
        await _terminate(database_url, which)
        added = [await roster.add(mara, f"after{n}", "tiktok") for n in range(3)]
        after = await take(events, 3)

    assert before[0]["accountId"] not in added
    assert [event["accountId"] for event in after] == added


# Server-sent events


async def test_the_same_stream_comes_as_server_sent_events(
    server: Server, session: aiohttp.ClientSession, roster: Roster, mara: str, begun: str
) -> None:
    headers = {"Authorization": f"Bearer {roster.client.key}", "Accept": "text/event-stream"}
    body = {"query": FOLLOW, "variables": {"after": begun}}
    missed = await roster.add(mara, "@missed", "tiktok")

    async with session.post(f"{server.url}/graphql", json=body, headers=headers) as answer:
        events = _server_sent(answer)
        replayed = await take(events, 1)
        live = await roster.add(mara, "@live", "tiktok")
        followed = await take(events, 1)

    assert answer.content_type == "text/event-stream"
    assert [event["accountId"] for event in (*replayed, *followed)] == [missed, live]


async def _server_sent(answer: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    """The values of the root field, out of `next` events."""
    async for line in answer.content:
        if line.startswith(b"data:") and (data := line.removeprefix(b"data:").strip()):
            payload = json.loads(data)
            assert "errors" not in payload, payload
            yield payload["data"]["accountStatusChanged"]
