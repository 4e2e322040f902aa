"""A month of fetching with everything that goes wrong: what is recorded is what was so."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from linkroll_sdk import Level, Measure

from server.services.polling.poll_plan import plan_polls
from server.services.polling.polling import poll_due
from support.clock import travel
from support.links import PEOPLE, LinkOne
from support.sandbox import Sandbox
from support.server import Server

TICKS = 30 * 4
EVERYWHERE = "*"
FAULTS: dict[range, dict[str, Any]] = {
    range(8, 10): {"kind": "throttle", "minutes": 400},
    range(20, 28): {"kind": "status", "status": 503, "body": "<html>busy</html>"},
    range(40, 42): {"kind": "cut"},
    range(60, 61): {"kind": "garbage", "body": "<html>"},
    range(80, 100): {"kind": "status", "status": 500, "body": "", "times": 3},
}
"""What is wrong from when to when, in quarters of a day: a limit, two days of outage, torn and odd answers."""
UNSTEADY = {
    "meta_insights_lag_hours": "48",
    "meta_revises": "on",
    "youtube_revises": "on",
    "tiktok_short_page": "on",
}


async def live_through_a_month(server: Server, sandbox: Sandbox) -> None:
    """Four looks a day, whatever the platforms are up to."""
    for tick in range(TICKS):
        await travel(sandbox, server, hours=6)
        faults = [fault for when, fault in FAULTS.items() if tick in when]
        await sandbox.control("PUT", "faults", faults)
        await plan_polls(server.host)
        for login in server.host.platforms.logins:
            await poll_due(server.host, login)


async def truth(sandbox: Sandbox, platform: str, level: str, since: date, until: date) -> Any:
    """What was so at the platform, whatever it told."""
    handle = PEOPLE[platform][1].lstrip("@")
    return await sandbox.control(
        "GET", f"truth?platform={platform}&account={handle}&level={level}&from={since}&to={until}"
    )


async def recorded_days(server: Server, account: int) -> dict[tuple[str, str], float | None]:
    """The newest word on each day of the account: by metric and day."""
    rows = await server.host.database.fetch(
        "SELECT DISTINCT ON (metric, day) metric, day, value FROM metric_snapshot"
        " WHERE account_id = $1 AND post_id = 0 ORDER BY metric, day, read_at DESC",
        account,
    )
    return {(row["metric"], str(row["day"])): row["value"] for row in rows}


async def true_days(
    server: Server, sandbox: Sandbox, platform: str, since: date, until: date
) -> dict[tuple[str, str], float]:
    """What the platform's days were, of the metrics that its catalogue has by days."""
    fetcher = server.host.platforms.by_key[platform].metrics
    assert fetcher is not None
    names = {m.name.value for m in fetcher.metrics if m.level is Level.ACCOUNT and m.measure is Measure.DAY}
    told = await truth(sandbox, platform, "ACCOUNT", since, until)
    return {
        (name, day["day"]): _as_told(platform, name, day["values"][name.lower()])
        for day in told["days"]
        for name in names
        if name.lower() in day["values"]
    }


def _as_told(platform: str, name: str, value: float) -> float:
    """YouTube tells whole minutes."""
    return value // 60_000 * 60_000 if (platform, name) == ("youtube", "WATCH_TIME") else value


@pytest.mark.timeout(120)
@pytest.mark.parametrize("platform", ["facebook", "instagram", "tiktok", "youtube"])
async def test_after_a_month_of_faults_everything_recorded_is_what_was_so(
    server: Server, sandbox: Sandbox, link_one: LinkOne, platform: str
) -> None:
    account = await link_one(platform)
    await sandbox.switch(**UNSTEADY)
    begun = server.host.now()

    await live_through_a_month(server, sandbox)

    # From thirty days before the link to where the platforms have settled.
    first, last = begun.date() - timedelta(days=29), server.host.now().date() - timedelta(days=8)
    expected = await true_days(server, sandbox, platform, first, last)
    recorded = await recorded_days(server, account)
    assert {key: recorded.get(key) for key in expected} == expected
    assert len(expected) > 300 or platform == "tiktok"  # which tells no days
    await _check_posts(server, sandbox, platform, account, begun)
    if platform == "instagram":
        await _check_stories(server, sandbox, account, begun)
    ended = await server.host.database.fetch("SELECT 1 FROM social_account WHERE invalidated_at IS NOT NULL")
    assert ended == []


async def _check_posts(
    server: Server, sandbox: Sandbox, platform: str, account: int, begun: datetime
) -> None:
    """Every post since thirty days before the link is there, with an address and a number that was so once."""
    since, until = begun.date() - timedelta(days=28), server.host.now().date() - timedelta(days=2)
    told = await truth(sandbox, platform, "POST", since, until)
    rows = await server.host.database.fetch(
        "SELECT p.platform_post_id, p.url_key, l.value FROM post p LEFT JOIN metric_latest l"
        " ON (l.account_id, l.post_id, l.metric) = (p.account_id, p.id, 'VIEWS')"
        " WHERE p.account_id = $1 AND p.kind <> 'STORY'",
        account,
    )
    known = {row["platform_post_id"]: row for row in rows}
    assert len(told["posts"]) > 20
    for post in told["posts"]:
        row = known[post["id"]]
        assert row["url_key"]
        assert 0 < row["value"] <= post["totals"]["views"]


async def _check_stories(server: Server, sandbox: Sandbox, account: int, begun: datetime) -> None:
    """Every story is in the ledger, or a gap says why it may not be."""
    told = await truth(
        sandbox, "instagram", "STORY", begun.date() + timedelta(days=1), server.host.now().date()
    )
    database = server.host.database
    rows = await database.fetch("SELECT platform_post_id FROM post WHERE kind = 'STORY'")
    known = {row["platform_post_id"] for row in rows}
    gaps = await database.fetch("SELECT * FROM story_gap WHERE account_id = $1 AND post_id IS NULL", account)
    missed = [story for story in told["posts"] if story["id"] not in known]
    assert all(
        any(gap["from_at"] <= datetime.fromisoformat(s["published_at"]) <= gap["until_at"] for gap in gaps)
        for s in missed
        if datetime.fromisoformat(s["published_at"]) < server.host.now() - timedelta(hours=12)
    )
    assert {gap["reason"] for gap in gaps} == {"PLATFORM_DOWN"}
    assert len(known) > 20
