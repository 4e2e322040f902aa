"""A campaign of thousands of posts is asked as fast and as carefully as a small one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from server.database import Record
from server.ids import row_id
from server.reads.campaigns import TABLE
from server.reads.reader import Reader
from server.reads.selection import Selected, Selection
from server.reads.sql import Sql
from server.reads.tables import build
from server.schema.types.campaigns import Campaign
from server.services.callers.viewers import Role, Viewer
from support.campaigns import HONK, Stage
from support.readings import DAY, Readings, serve_metrics
from support.rows import Rows
from support.server import NO_LIMITS, StartServer

EVERYTHING = """
  { campaigns(first: 100) { nodes {
    id name isWhole
    profiles { totalCount nodes { id } }
    posts { totalCount nodes { id account { id } } edges { joinedBy node { id latestMetrics { name } } } }
    totals { posts sums { name value platforms { value } sources { value } } leftOut { posts } }
    mustReconnect { totalCount nodes { status missingScopes account { id profile { id } } } }
    urls { totalCount nodes { url post { id } account { id } } }
    missingUrls { totalCount nodes { problem nextStep post { id } account { id } } }
  } } }
"""
PAGE = """
  query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { campaign(id: $id) {
    posts(first: $first, after: $after, last: $last, before: $before) {
      nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } } }
"""


async def grow(stage: Stage, count: int) -> None:
    """A campaign with *count* profiles, each with an account that is linked and one that is not, and posts."""
    people = [await stage.rows.profile(f"Person {number}") for number in range(count)]
    for number, person in enumerate(people):
        account = await stage.linked(person, handle=f"p{number}x{len(people)}")
        await stage.rows.account(person, platform="honk")
        await stage.views(account, await stage.post(account, url_key=f"{person}"), 1)
    campaign = await stage.campaign(*people)
    urls = [f"chirp.example/p{number}x{count}/chirps/{number}" for number in range(count)]
    await stage.change("addCampaignPosts", campaignId=campaign, urls=urls)


async def test_statements_do_not_grow_with_campaigns_or_posts(start_server: StartServer) -> None:
    seen: list[str] = []
    server = await serve_metrics(start_server, beside=[HONK], observe=seen.append, limits=NO_LIMITS)
    stage = Stage(await server.client(), Rows(server.host), Readings(server.host))

    counts, sizes = [], []
    for size in (2, 12):
        await grow(stage, size)
        tries = []
        # Twice, since the server's own work runs beside it.
        for _ in range(2):
            before = len(seen)
            answer = await stage.client.ask(EVERYTHING)
            tries.append(len(seen) - before)
        counts.append(min(tries))
        sizes.append(len(json.dumps(answer)))

    assert sizes[1] > 5 * sizes[0]
    assert counts[0] == counts[1]


async def test_walking_the_posts_gives_each_once_both_ways_also_at_equal_times(
    stage: Stage, mara: str, chirps: str
) -> None:
    times = [stage.now - n * DAY / 24 for n in (1, 1, 1, 2, 3, 3, 4)]
    posts = [await stage.post(chirps, "", at) for at in times]
    campaign = await stage.campaign(mara)
    wanted = [
        post for _, post in sorted(zip(times, posts, strict=True), key=lambda p: (p[0], row_id(p[1], "Post")))
    ]

    forward = await walk(stage, campaign, "first", "after", "hasNextPage", "endCursor")
    backward = await walk(stage, campaign, "last", "before", "hasPreviousPage", "startCursor")

    assert [post for page in forward for post in page] == wanted[::-1]
    assert [post for page in reversed(backward) for post in page] == wanted[::-1]


async def walk(stage: Stage, campaign: str, size: str, place: str, more: str, cursor: str) -> list[list[str]]:
    """The pages of two posts, in the order walked."""
    pages, given = [], dict[str, Any]()
    while True:
        found = (await stage.client.ask(PAGE, id=campaign, **{size: 2}, **given))["posts"]
        pages.append([node["id"] for node in found["nodes"]])
        if not found["pageInfo"][more]:
            return pages
        given = {place: found["pageInfo"][cursor]}


async def test_a_cursor_of_another_list_is_refused(stage: Stage, mara: str, chirps: str) -> None:
    await stage.post(chirps)
    campaign = await stage.campaign(mara)
    other = await stage.client.ask("{ profiles { pageInfo { endCursor } } }")

    refused = await stage.client.error_code(PAGE, id=campaign, after=other["pageInfo"]["endCursor"])

    assert refused == "INVALID_CURSOR"


@dataclass(frozen=True)
class Explaining(Reader):
    """Reads as ever, and keeps the plan of each statement."""

    plans: list[Any] = field(default_factory=list)

    async def fetch(self, text: str, sql: Sql) -> list[Record]:
        [row] = await self.host.database.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", *sql.args)
        self.plans.append(json.loads(row[0])[0]["Plan"])
        return await super().fetch(text, sql)


def scans(plan: Any) -> Iterator[tuple[str, str]]:
    """Each table that a plan reads, with how it is read."""
    if "Relation Name" in plan:
        yield plan["Relation Name"], plan["Node Type"]
    for below in plan.get("Plans", ()):
        yield from scans(below)


async def fill(stage: Stage, accounts: int) -> None:
    """A thousand posts with a number for each of many accounts, all with the same hashtag."""
    fetch, now = stage.rows.host.database.fetch, stage.now
    for _ in range(accounts):
        await stage.rows.account(await stage.rows.profile(), platform="chirp")
    await fetch(
        "INSERT INTO post (account_id, platform, platform_post_id, url_key, kind, published_at, found_at, seen_at,"
        " hashtags) SELECT a.id, 'chirp', n, a.id || '-' || n, 'VIDEO', $1::timestamptz - n * interval '1 hour',"
        " $1, $1, '{spring}' FROM social_account a, generate_series(1, 1000) n",
        now,
    )
    await fetch(
        "INSERT INTO metric_latest SELECT account_id, id, 'VIEWS', published_at::date, $1, 1, 'SUPPORTED', 1"
        " FROM post",
        now,
    )
    for table in ("post", "metric_latest", "social_account", "profile"):
        await fetch(f"ANALYZE {table}")


@pytest.mark.parametrize("what", ["totals", "is_whole"])
async def test_only_the_campaigns_own_posts_are_touched_however_many_there_are(
    stage: Stage, mara: str, chirps: str, what: str
) -> None:
    await fill(stage, 60)
    campaign = await stage.campaign(mara, hashtags=["spring"])
    host = stage.rows.host
    reader = Explaining(host, Viewer("key", "Ada", Role.ADMIN))
    shown = build(Campaign, {"_id": row_id(campaign, "Campaign")})

    await TABLE.relations[what].load(reader, [shown], Selected(what, what, {}, Selection(None, ())))  # type: ignore[arg-type]

    [plan] = reader.plans
    assert ("post", "Seq Scan") not in set(scans(plan))
    assert ("metric_latest", "Seq Scan") not in set(scans(plan))
    # Three days of one account: some dozens of its posts, of sixty thousand.
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 2000
