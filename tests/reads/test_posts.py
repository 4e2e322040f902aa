"""Posts and stories of an account: pages of them, what is missing among them, and one by its address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from server.services.callers.viewers import Role
from support.client import Client
from support.readings import DAY, Readings, serve_metrics
from support.rows import Rows
from support.server import Server, StartServer

BY_URL = """
  query ($url: String!) { postByUrl(url: $url) {
    __typename ... on Post { id account { id } } ... on Refusal { code nextStep }
    ... on PostNotFound { platform ownerUrl } ... on NotAPostAddress { hint } } }
"""


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that knows Chirp and Peep."""
    return await serve_metrics(start_server)


@pytest_asyncio.fixture
async def client(server: Server) -> Client:
    """An admin."""
    return await server.client()


@pytest.fixture
def readings(server: Server) -> Readings:
    """Posts put straight into the tables."""
    return Readings(server.host)


@pytest_asyncio.fixture
async def mara(rows: Rows) -> str:
    """Mara's profile."""
    return await rows.profile()


@pytest_asyncio.fixture
async def account(rows: Rows, mara: str) -> str:
    """Her account at Chirp."""
    return await rows.linked(mara, platform="chirp", scopes=("read",))


async def page(client: Client, account: str, field: str) -> Any:
    """A page of an account's posts, stories or gaps."""
    query = f"query ($id: ID!) {{ socialAccount(id: $id) {{ page: {field} }} }}"
    return (await client.ask(query, id=account))["page"]


async def test_posts_come_the_newest_first_whole_and_without_stories(
    client: Client, rows: Rows, readings: Readings, account: str
) -> None:
    now = rows.now()
    # Two at one moment: only the row tells them apart.
    posts = [await readings.post(account, published_at=now - hours * DAY) for hours in (3, 1, 1, 2)]
    await readings.post(account, "STORY")
    expected = [posts[2], posts[1], posts[3], posts[0]]

    found, after = [], ""
    for _ in range(4):
        one = await page(
            client,
            account,
            f"posts(first: 1 {after}) {{ totalCount nodes {{ id }} pageInfo {{ endCursor }} }}",
        )
        found.append(one["nodes"][0]["id"])
        after = f', after: "{one["pageInfo"]["endCursor"]}"'

    assert found == expected
    assert one["totalCount"] == 4


async def test_posts_can_be_asked_for_by_when_they_were_published(
    client: Client, rows: Rows, readings: Readings, account: str
) -> None:
    now = rows.now()
    posts = [await readings.post(account, published_at=now - days * DAY) for days in (1, 2, 3)]
    since, until = (now - 2 * DAY).isoformat(), (now - DAY).isoformat()

    found = await page(client, account, f'posts(from: "{since}", to: "{until}") {{ nodes {{ id }} }}')

    assert found["nodes"] == [{"id": posts[1]}]


async def test_stories_tell_those_that_live_from_those_that_ended(
    client: Client, rows: Rows, readings: Readings, account: str
) -> None:
    now = rows.now()
    ended = await readings.post(account, "STORY", ends_at=now - DAY, published_at=now - 2 * DAY)
    gone = await readings.post(account, "STORY", ends_at=now + DAY, gone_at=now, published_at=now - DAY)
    live = await readings.post(account, "STORY", ends_at=now + DAY)

    found = {
        name: [
            node["id"]
            for node in (await page(client, account, f"stories{asked} {{ nodes {{ id }} }}"))["nodes"]
        ]
        for name, asked in {"all": "", "live": "(live: true)", "ended": "(live: false)"}.items()
    }

    assert found == {"all": [live, gone, ended], "live": [live], "ended": [gone, ended]}


async def test_gaps_between_stories_say_what_is_missing_and_why(
    client: Client, readings: Readings, account: str
) -> None:
    story = await readings.post(account, "STORY")
    await readings.gap(account, reason="LINK_INVALID")
    await readings.gap(account, story, reason="NO_FINAL_READING")

    found = await page(client, account, "storyGaps { totalCount nodes { reason post { id } } }")

    assert found == {
        "totalCount": 2,
        "nodes": [
            {"reason": "NO_FINAL_READING", "post": {"id": story}},
            {"reason": "LINK_INVALID", "post": None},
        ],
    }


async def test_a_post_is_found_by_its_address(client: Client, readings: Readings, account: str) -> None:
    await readings.post(account, url_key="8")
    wanted = await readings.post(account, url_key="7")
    await readings.post(account, url_key="7", platform="peep")

    found = await client.ask(BY_URL, url="https://chirp.example/mara/chirps/7?utm=x")

    assert found == {"__typename": "Post", "id": wanted, "account": {"id": account}}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("chirp.example/mara/chirps/404", "POST_NOT_FOUND"),
        ("chirp.example/mara", "NOT_A_POST_ADDRESS"),
        ("chirp.example/mara/lists/2/x", "NOT_A_POST_ADDRESS"),
        ("mara", "NOT_A_POST_ADDRESS"),
        ("elsewhere.example/mara/chirps/7", "UNKNOWN_ADDRESS"),
        ("", "INVALID_INPUT"),
    ],
)
async def test_an_address_of_no_known_post_is_refused_with_what_to_do(
    client: Client, url: str, code: str
) -> None:
    found = await client.ask(BY_URL, url=url)

    assert found["code"] == code and found["nextStep"]
    if code == "POST_NOT_FOUND":
        assert (found["platform"], found["ownerUrl"]) == ("chirp", "https://chirp.example/mara")


async def test_somebody_elses_post_looks_like_none(
    server: Server, rows: Rows, readings: Readings, mara: str, account: str
) -> None:
    hush = await rows.linked(await rows.profile("Hush"), platform="chirp")
    theirs, hers = await readings.post(hush, url_key="7"), await readings.post(account, url_key="8")
    creator = await server.client(Role.CREATOR, mara)

    by_url = [await creator.ask(BY_URL, url=f"chirp.example/x/chirps/{key}") for key in (7, 404, 8)]
    by_id = await creator.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[theirs, hers])

    assert by_url[0] == by_url[1] != by_url[2]
    assert by_id == [None, {"id": hers}]


async def test_a_page_far_into_the_posts_is_found_by_the_index(
    server: Server, client: Client, account: str
) -> None:
    await server.host.database.fetch(
        "INSERT INTO post (account_id, platform, platform_post_id, kind, published_at, found_at, seen_at)"
        " SELECT 1, 'chirp', n::text, 'VIDEO', now() - n * interval '1 hour', now(), now()"
        " FROM generate_series(1, 5000) n"
    )
    await server.host.database.fetch("ANALYZE post")

    plan = await server.host.database.fetch(
        "EXPLAIN SELECT t.id FROM unnest(ARRAY[1]::bigint[]) p(id) CROSS JOIN LATERAL (SELECT t.id FROM post t"
        " JOIN social_account o ON o.id = t.account_id WHERE t.account_id = p.id AND t.kind <> 'STORY'"
        " AND (t.published_at, t.id) < ($1, 9::bigint) ORDER BY t.published_at DESC, t.id DESC LIMIT 21) t",
        server.host.now() - timedelta(hours=1000),
    )

    assert any("post_published" in row[0] for row in plan)
    assert not any("Seq Scan on post" in row[0] for row in plan)
