"""A quarter of a year in the life of four links, with everything that the worker does for them."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest

from server.services.links.links import open_link
from server.worker.schedule import chores
from support.clock import travel
from support.links import LinkOne
from support.sandbox import Sandbox
from support.server import Server

UPKEEP = ("sweep", "plan_probes", "probe:", "refresh:")
COUNTDOWN = [
    ("EXPIRING", None, 14),
    ("EXPIRING", None, 7),
    ("EXPIRING", None, 3),
    ("EXPIRING", None, 1),
    ("INVALID", "EXPIRED", None),
]


async def keep_up(server: Server) -> None:
    """One round of everything that keeps links alive and tells of them."""
    for chore in chores(server.host.platforms):
        if chore.name.startswith(UPKEEP):
            await chore.run(server.host)


async def story_of(server: Server) -> dict[str, list[tuple[str, str | None, int | None]]]:
    """What the log tells of each platform's account, after it was added and linked."""
    rows = await server.host.database.fetch("SELECT * FROM status_event ORDER BY id")
    found = defaultdict(list)
    for row in rows:
        found[row["platform"]].append((row["status"], row["status_reason"], row["days_left"]))
    return {platform: told[2:] for platform, told in found.items()}


@pytest.mark.timeout(120)
async def test_ninety_one_days_end_with_the_right_statuses_and_each_change_told_once(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    accounts = {
        platform: await link_one(platform) for platform in ("facebook", "instagram", "tiktok", "youtube")
    }
    linked_at = server.host.now()

    died: dict[str, timedelta] = {}
    for _ in range(91 * 2):
        await travel(sandbox, server, hours=12)
        await keep_up(server)
        for platform, told in (await story_of(server)).items():
            if told and told[-1][0] == "INVALID":
                died.setdefault(platform, server.host.now() - linked_at)

    assert await story_of(server) == dict.fromkeys(accounts, COUNTDOWN)
    # Tokens of one hour, of two hours and of 60 days on the way: none of them was anybody's business.
    assert {round(after / timedelta(days=1)) for after in died.values()} == {90}
    assert set(died) == set(accounts)


async def test_a_day_of_outage_disconnects_nobody_and_does_not_hold_the_others_up(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    accounts = {platform: await link_one(platform) for platform in ("instagram", "tiktok", "youtube")}
    await keep_up(server)
    await travel(sandbox, server, hours=30)
    await sandbox.fault(kind="status", status=503, body="<html>busy</html>", host="open.tiktokapis.com")

    for _ in range(24):
        await keep_up(server)
        await travel(sandbox, server, hours=1)

    rows = await server.host.database.fetch("SELECT platform, invalidated_at, checked_at FROM social_account")
    checked = {row["platform"]: row["checked_at"] is not None for row in rows}
    assert checked == {"instagram": True, "tiktok": False, "youtube": True}
    assert all(row["invalidated_at"] is None for row in rows)

    await sandbox.control("DELETE", "faults")
    await travel(sandbox, server, hours=7)
    await keep_up(server)

    assert (await open_link(server.host, accounts["tiktok"])).version > 1
    assert all(told == [] for told in (await story_of(server)).values())
