"""Whoever follows `metricsRecorded` is told of every reading of their accounts, in order, and of gaps."""

from __future__ import annotations

import pytest
import pytest_asyncio

from server.event_log import START
from server.reads.event_cursors import write_cursor
from server.services.callers.viewers import Role
from support.client import Client
from support.events import take
from support.readings import Readings, serve_metrics
from support.rows import Rows
from support.server import Server, StartServer
from support.sockets import open_socket

FOLLOW = """
  subscription ($after: String, $accountId: ID, $profileId: ID, $platforms: [PlatformKey!]) {
    metricsRecorded(after: $after, accountId: $accountId, profileId: $profileId, platforms: $platforms) {
      __typename
      ... on MetricsRecorded { cursor accountId work readings account { id } profile { id } posts { id } }
      ... on EventGap { cursor message }
    } }
"""
BEGINNING = write_cursor(START)


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that knows Chirp and Peep."""
    return await serve_metrics(start_server)


@pytest_asyncio.fixture
async def client(server: Server) -> Client:
    """An admin."""
    return await server.client()


@pytest.fixture
def rows(server: Server) -> Rows:
    """Rows put straight into the server's tables."""
    return Rows(server.host)


@pytest.fixture
def readings(server: Server) -> Readings:
    """Events put straight into the server's tables."""
    return Readings(server.host)


@pytest_asyncio.fixture
async def mara(rows: Rows) -> str:
    """Mara's profile."""
    return await rows.profile()


@pytest_asyncio.fixture
async def account(rows: Rows, mara: str) -> str:
    """Her account."""
    return await rows.linked(mara, platform="chirp")


async def test_a_reading_is_told_live_with_the_posts_it_was_about(
    client: Client, readings: Readings, mara: str, account: str
) -> None:
    posts = [await readings.post(account) for _ in range(2)]

    async with client.subscribe(FOLLOW, after=BEGINNING) as events:
        await readings.recorded(account, mara, posts, "POST_METRICS")
        [told] = await take(events, 1)

    assert told.pop("cursor")
    assert told == {
        "__typename": "MetricsRecorded",
        "accountId": account,
        "work": "POST_METRICS",
        "readings": 7,
        "account": {"id": account},
        "profile": {"id": mara},
        "posts": [{"id": post} for post in posts],
    }


async def test_a_cursor_takes_up_where_it_was_left(
    client: Client, readings: Readings, mara: str, account: str
) -> None:
    for work in ("ACCOUNT", "POSTS", "STORIES"):
        await readings.recorded(account, mara, work=work)

    async with client.subscribe(FOLLOW, after=BEGINNING) as events:
        [first] = await take(events, 1)
    async with client.subscribe(FOLLOW, after=first["cursor"]) as events:
        rest = await take(events, 2)

    assert [event["work"] for event in [first, *rest]] == ["ACCOUNT", "POSTS", "STORIES"]


async def test_filters_leave_out_what_was_not_asked_for(
    client: Client, rows: Rows, readings: Readings, mara: str, account: str
) -> None:
    dina = await rows.profile("Dina")
    others = [await rows.linked(dina, platform="chirp"), await rows.linked(mara, platform="chirp")]
    for profile, one in ((dina, others[0]), (mara, others[1]), (mara, account)):
        await readings.recorded(one, profile)

    told = {}
    for name, wanted in {
        "account": {"accountId": account},
        "profile": {"profileId": dina},
        "platform": {"platforms": ["chirp"]},
    }.items():
        async with client.subscribe(FOLLOW, after=BEGINNING, **wanted) as events:
            told[name] = (await take(events, 1))[0]["accountId"]

    assert told == {"account": account, "profile": others[0], "platform": others[0]}


async def test_a_creator_is_told_only_of_their_own_accounts(
    server: Server, rows: Rows, readings: Readings, mara: str, account: str
) -> None:
    hush = await rows.profile("Hush")
    hidden = await rows.linked(hush, platform="chirp")
    theirs = await readings.post(hidden)
    creator = await server.client(Role.CREATOR, mara)
    await readings.recorded(hidden, hush)
    # An event of hers that names somebody else's post: she sees the event, not the post.
    await readings.recorded(account, mara, [theirs])

    async with creator.subscribe(FOLLOW, after=BEGINNING) as events:
        [told] = await take(events, 1)

    assert (told["accountId"], told["posts"]) == (account, [])


async def test_what_is_not_ours_cannot_be_followed(server: Server, rows: Rows, mara: str) -> None:
    hidden = await rows.linked(await rows.profile("Hush"), platform="chirp")
    creator = await server.client(Role.CREATOR, mara)

    codes = []
    async with open_socket(server.session, server.url) as socket:
        await socket.init(creator.key)
        for number, account in enumerate((hidden, "nonsense")):
            stream = f'subscription {{ metricsRecorded(accountId: "{account}") {{ __typename }} }}'
            await socket.start(str(number), stream)
            frame = await socket.receive()
            codes.append(frame["payload"]["errors"][0]["extensions"]["code"])
            await socket.receive()

    assert codes == ["NOT_FOUND", "NOT_FOUND"]


async def test_a_cursor_that_was_pruned_gets_a_gap_first(
    server: Server, client: Client, readings: Readings, mara: str, account: str
) -> None:
    await readings.recorded(account, mara)
    await server.host.database.fetch(
        "WITH gone AS (DELETE FROM metric_event RETURNING tx, id)"
        " INSERT INTO metric_event_horizon (tx, id) SELECT tx, id FROM gone"
    )
    await readings.recorded(account, mara, work="POSTS")

    async with client.subscribe(FOLLOW, after=BEGINNING) as events:
        told = await take(events, 2)

    assert [event["__typename"] for event in told] == ["EventGap", "MetricsRecorded"]
    assert told[1]["work"] == "POSTS"
