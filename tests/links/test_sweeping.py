"""What the clock does to a link is told in steps, each once, whoever sweeps and however often."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.services.links.sweeping import plan_telling, sweep
from support.browser import Browser
from support.clock import travel
from support.links import LinkOne
from support.sandbox import Sandbox
from support.server import Server, StartServer


async def told(server: Server) -> list[tuple[Any, ...]]:
    """What the log says, in order."""
    rows = await server.host.database.fetch(
        "SELECT previous_status, status, status_reason, days_left FROM status_event ORDER BY id"
    )
    return [tuple(row) for row in rows]


LINKED = [(None, "ADDED", None, None), ("ADDED", "LINKED", None, None)]
COUNTDOWN = [
    ("LINKED", "EXPIRING", None, 14),
    ("EXPIRING", "EXPIRING", None, 7),
    ("EXPIRING", "EXPIRING", None, 3),
    ("EXPIRING", "EXPIRING", None, 1),
    ("EXPIRING", "INVALID", "EXPIRED", None),
]


async def test_ninety_one_days_are_told_in_five_steps_each_once(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    await link_one("instagram")

    for _ in range(91 * 4):
        await travel(sandbox, server, hours=6)
        await sweep(server.host)

    assert await told(server) == LINKED + COUNTDOWN


async def test_a_sweep_after_a_long_sleep_tells_where_things_stand_now(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    await link_one("instagram")

    await travel(sandbox, server, days=88)
    await sweep(server.host)

    assert await told(server) == [*LINKED, ("LINKED", "EXPIRING", None, 3)]


async def test_many_sweepers_at_once_tell_each_change_once(
    start_server: StartServer, server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    for platform in ("instagram", "tiktok", "youtube"):
        await link_one(platform)
    servers = [server, await start_server(), await start_server()]
    await travel(sandbox, *servers, days=80)

    counts = await asyncio.gather(*(sweep(each.host) for each in servers * 3))

    assert sum(counts) == 3
    assert (await told(server)).count(("LINKED", "EXPIRING", None, 14)) == 3


async def test_nothing_is_told_where_nothing_is_due(server: Server, link_one: LinkOne) -> None:
    await link_one("instagram")

    assert [await sweep(server.host) for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize(("warning", "steps"), [(30, [30, 14, 7, 3, 1]), (5, [5, 3, 1]), (0, [])])
async def test_the_steps_follow_the_warning_time(
    warning: int, steps: list[int], start_server: StartServer, sandbox: Sandbox, link_one: LinkOne
) -> None:
    await link_one("instagram")
    other = await start_server(warning_days=warning)
    await plan_telling(other.host)

    for _ in range(91):
        await travel(sandbox, other, days=1)
        await sweep(other.host)

    assert [days for *_, days in await told(other) if days is not None] == steps
    assert (await told(other))[-1][1:3] == ("INVALID", "EXPIRED")


async def test_a_longer_warning_is_told_to_those_who_are_in_it_already(
    start_server: StartServer, sandbox: Sandbox, link_one: LinkOne
) -> None:
    await link_one("instagram")
    other = await start_server(warning_days=60)
    await travel(sandbox, other, days=40)

    await plan_telling(other.host)
    await sweep(other.host)

    assert (await told(other))[-1] == ("LINKED", "EXPIRING", None, 60)


async def test_a_link_that_is_short_from_the_start_says_how_short(
    start_server: StartServer, browser: Browser
) -> None:
    server = await start_server(warning_days=100)
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")

    attempt, _ = await roster.walk(browser, "mara", profile=mara, platform="instagram")

    assert attempt["state"] == "SUCCEEDED"
    assert (await told(server))[-1] == ("ADDED", "EXPIRING", None, 100)
