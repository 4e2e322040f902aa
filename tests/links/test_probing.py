"""A link that died between the clocks is noticed by a probe; an outage is noticed by nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from linkroll_sdk import ScopeNotGranted

from server.host import Host
from server.services.links.links import use_link
from server.services.links.probing import EVERY, claim_probes, plan_probes, probe
from server.worker.upkeep import probe_due
from support.clock import travel
from support.links import LinkOne
from support.sandbox import Sandbox
from support.server import Server

LOGINS = {"facebook": "facebook", "instagram": "instagram", "tiktok": "tiktok", "youtube": "google"}

# What the person did, and what a probe makes of it.
DEATHS = [
    ("facebook", "change-password", {}, "PASSWORD_CHANGED"),
    ("facebook", "remove-app", {"login": "facebook"}, "ACCESS_REVOKED"),
    ("facebook", "checkpoint", {}, "ACTION_REQUIRED"),
    ("facebook", "lose-role", {"page": "Mara Bakes"}, "ROLE_LOST"),
    ("instagram", "change-password", {}, "PASSWORD_CHANGED"),
    ("tiktok", "remove-app", {"login": "tiktok"}, "ACCESS_REVOKED"),
    ("tiktok", "decline", {"login": "tiktok", "scopes": ["user.info.profile"]}, "PERMISSION_LOST"),
    ("youtube", "remove-app", {"login": "google"}, "ACCESS_REVOKED"),
    ("youtube", "close-account", {"platform": "youtube"}, "ACCOUNT_GONE"),
]


async def link_row(host: Host, account: int) -> Any:
    """What the database holds about one link."""
    return await host.database.fetchrow("SELECT * FROM social_account WHERE id = $1", account)


@pytest.mark.parametrize("platform", LOGINS)
async def test_a_living_link_stays_and_is_probed_again_about_a_day_later(
    platform: str, server: Server, link_one: LinkOne
) -> None:
    account = await link_one(platform)

    await probe(server.host, account)

    row = await link_row(server.host, account)
    assert row["invalidated_at"] is None and row["checked_at"] is not None
    assert abs(row["probe_at"] - server.host.now() - EVERY) < timedelta(hours=2)


@pytest.mark.parametrize(("platform", "act", "fields", "reason"), DEATHS)
async def test_a_probe_finds_what_the_person_did(
    platform: str,
    act: str,
    fields: dict[str, Any],
    reason: str,
    server: Server,
    sandbox: Sandbox,
    link_one: LinkOne,
) -> None:
    account = await link_one(platform)
    await sandbox.person("mara", act, **fields)

    await probe(server.host, account)

    row = await link_row(server.host, account)
    assert (row["invalid_reason"], row["told_status"]) == (reason, "INVALID")


@pytest.mark.parametrize("platform", LOGINS)
@pytest.mark.parametrize("kind", ["status", "cut", "garbage", "throttle"])
async def test_a_platform_in_trouble_disconnects_nobody(
    platform: str, kind: str, server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one(platform)
    await travel(sandbox, server, hours=3)
    await sandbox.fault(kind=kind)

    for _ in range(3):
        await probe(server.host, account)

    row = await link_row(server.host, account)
    assert row["invalidated_at"] is None
    assert row["probe_failures"] == 3 and row["probe_at"] > server.host.now()


async def test_what_passes_by_itself_heals_and_is_told(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    await sandbox.fault(
        kind="tiktok_error", code="scope_not_authorized", host="open.tiktokapis.com", path="/v2/user/info/"
    )
    await probe(server.host, account)
    assert (await link_row(server.host, account))["invalid_reason"] == "PERMISSION_LOST"

    await sandbox.control("DELETE", "faults")
    await travel(sandbox, server, days=2)
    await probe_due(server.host, "tiktok")

    row = await link_row(server.host, account)
    assert (row["invalid_reason"], row["told_status"]) == (None, "LINKED")
    told = await server.host.database.fetch("SELECT status FROM status_event ORDER BY id")
    assert [event["status"] for event in told] == ["ADDED", "LINKED", "INVALID", "LINKED"]


async def test_a_permission_that_a_probe_does_not_use_is_missed_where_it_is_used_and_stays_missed(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    """TikTok tells nobody which scopes a token has: a probe that succeeds does not bring `video.list` back."""
    account = await link_one("tiktok")

    async def list_videos(*_: object) -> None:
        raise ScopeNotGranted({"video.list"}, operation="video_list", platform_code="scope_not_authorized")

    with pytest.raises(ScopeNotGranted):
        await use_link(server.host, account, "posts", list_videos)
    await travel(sandbox, server, days=2)
    await probe(server.host, account)

    row = await link_row(server.host, account)
    assert (row["invalid_reason"], row["told_status"]) == ("PERMISSION_LOST", "INVALID")


async def test_a_rename_is_taken_over_by_the_probe(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    await sandbox.person("mara", "rename", platform="tiktok", handle="mara.bakes.bread")

    await probe(server.host, account)

    row = await link_row(server.host, account)
    assert (row["handle"], row["handle_key"]) == ("mara.bakes.bread", "mara.bakes.bread")
    assert row["url"] == "https://www.tiktok.com/@mara.bakes.bread"


async def test_probes_are_spread_over_the_day_and_claimed_once(server: Server, link_one: LinkOne) -> None:
    accounts = [await link_one(platform) for platform in ("tiktok", "youtube")]
    await plan_probes(server.host)
    rows = [await link_row(server.host, account) for account in accounts]
    assert all(server.host.now() <= row["probe_at"] <= server.host.now() + EVERY for row in rows)

    await server.host.database.fetch("UPDATE social_account SET probe_at = $1", server.host.now())

    assert await claim_probes(server.host, "tiktok", 10) == accounts[:1]
    assert await claim_probes(server.host, "tiktok", 10) == []
    assert await claim_probes(server.host, "google", 10) == accounts[1:]
