"""
A platform that never comes to an end: wherever it is asked, the answer comes within the documented time.

All places hang at once, each at another login or address, so that the time is spent once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio

from server.ids import row_id
from server.outgoing import TIMEOUT
from server.services.links.probing import probe
from server.services.polling.poll_plan import plan_polls
from server.services.polling.polling import poll_due
from support.browser import Browser
from support.hostile import Hostile, hostile_before
from support.misdeeds import hang, trickle, trickle_heads
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer
from support.ways import FACEBOOK, GOOGLE, INSTAGRAM, TIKTOK, Way

SLACK = 15.0
"""For a machine that is busy with other things."""
REFRESH = "mutation ($id: ID!) { refreshMetrics(input: {accountId: $id}) { __typename } }"


@pytest_asyncio.fixture
async def hostile(sandbox: Sandbox) -> AsyncIterator[Hostile]:
    """Somebody before the sandbox."""
    async with hostile_before(sandbox.url) as found:
        yield found


@pytest_asyncio.fixture
async def server(start_server: StartServer, hostile: Hostile) -> Server:
    """A server whose platforms are behind somebody hostile."""
    return await start_server(sandbox_url=hostile.url)


async def link(roster: Roster, browser: Browser, way: Way) -> tuple[str, int]:
    """An account linked by a way: its id, and its row."""
    profile = await roster.create_profile(way.login)
    account = await roster.link(browser, way.person, profile, way.handle, way.platform)
    number = row_id(account, "SocialAccount")
    assert number is not None
    return account, number


async def timed(work: Awaitable[Any]) -> tuple[Any, float]:
    """What came, and after how many seconds."""
    begun = time.monotonic()
    return await work, time.monotonic() - begun


async def test_every_answer_comes_in_time_while_platforms_hang(
    server: Server, hostile: Hostile, roster: Roster, new_browser: Callable[[], Browser]
) -> None:
    host, browser, other = server.host, new_browser(), new_browser()
    page, _ = await link(roster, browser, FACEBOOK)
    probed, probed_row = await link(roster, browser, INSTAGRAM)
    ended, _ = await link(roster, browser, TIKTOK)
    polled, _ = await link(roster, browser, GOOGLE)
    attempt, callback = await roster.walk_halfway(browser, FACEBOOK.person, page)
    late, late_callback = await roster.walk_halfway(other, GOOGLE.person, polled)
    await plan_polls(host)
    before = [await roster.account(account) for account in (page, probed, polled)]
    hostile.do(hang, "/oauth/access_token")
    hostile.do(trickle, "graph.instagram.com")
    hostile.do(trickle_heads, "/v2/oauth/revoke/")
    hostile.do(hang, "vm.tiktok.com")
    hostile.do(trickle, "youtube.googleapis.com")
    hostile.do(hang, "youtubeanalytics.googleapis.com")

    asked = [
        asyncio.create_task(timed(work))
        for work in (
            browser.get(callback),
            other.get(late_callback),
            probe(host, probed_row),
            roster.unlink(ended),
            roster.try_add(await roster.create_profile("Mara"), "https://vm.tiktok.com/ZMabc123/"),
            poll_due(host, "google"),
        )
    ]
    # What asks no platform does not wait for one.
    fresh = await roster.client.ask(REFRESH, id=polled)
    waiting = [task for task in asked if not task.done()]
    answers = await asyncio.gather(*asked)

    assert fresh["__typename"] == "RefreshMetricsSuccess"
    assert len(waiting) == len(asked)
    took = [seconds for _, seconds in answers]
    assert all(TIMEOUT.total - 1 < seconds < TIMEOUT.total + SLACK for seconds in took), took
    assert (await roster.attempt(attempt))["outcome"]["__typename"] == "PlatformUnavailable"
    assert (await roster.attempt(late))["outcome"]["__typename"] == "PlatformUnavailable"
    assert answers[3][0]["revocation"] == "FAILED"
    assert answers[4][0]["code"] == "SHORT_LINK_UNRESOLVED"
    errors = await host.database.fetch("SELECT DISTINCT last_error FROM poll WHERE platform = 'youtube'")
    assert [row["last_error"] for row in errors] == ["PlatformUnavailable"]
    assert [await roster.account(account) for account in (page, probed, polled)] == before

    hostile.be_well()
    again, _ = await roster.walk(browser, FACEBOOK.person, page)
    assert again["state"] == "SUCCEEDED", again
