"""What is under way when something else happens: a stop, an unlinking, another one's refresh."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from linkroll_sdk import InvalidReason, ReauthorizationRequired

from server.ids import global_id
from server.services.links.links import use_link
from server.services.links.probing import claim_probes, plan_probes, probe
from server.services.links.unbroken import all_done
from server.worker.jobs_report import jobs_report
from server.worker.upkeep import probe_due, refresh_due
from support.clock import travel
from support.gates import held
from support.links import LinkOne
from support.refresher import outcome
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server
from support.steps import until
from support.tokens import TOKENS, held_by, use_until_rotated


async def row_of(server: Server, account: int) -> Any:
    """What the database holds about one link."""
    return await server.host.database.fetchrow("SELECT * FROM social_account WHERE id = $1", account)


# A stop


async def test_a_use_that_is_cut_off_does_not_lose_the_pair_that_the_platform_has_made(
    server: Server, sandbox: Sandbox, stale: int
) -> None:
    """As a worker's end cuts off what takes too long: TikTok has forgotten the old pair already."""
    using = await use_until_rotated(server, sandbox, stale)

    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    await all_done(20)

    link = await held_by(server, sandbox, stale)
    assert (link.version, link.access_lives, link.refresh_lives) == (2, True, True)


# Another one's refresh


async def test_a_refusal_during_another_ones_refresh_ends_nothing(
    server: Server, sandbox: Sandbox, stale: int
) -> None:
    """The platform may have forgotten the old token because it is making a new one."""
    before = await outcome(server.host, stale)
    await sandbox.fault(kind="delay_after", seconds=1, times=1, **TOKENS)

    async def is_asked() -> bool:
        return bool(await sandbox.requests(fault="delay_after"))

    async def refused(*_: object) -> None:
        renewing.append(asyncio.create_task(_renew_now(server)))
        await until(is_asked)
        raise ReauthorizationRequired(InvalidReason.ACCESS_REVOKED, operation="test")

    renewing: list[asyncio.Task[None]] = []
    with pytest.raises(ReauthorizationRequired):
        await use_link(server.host, stale, "test", refused)
    await renewing[0]

    assert (await held_by(server, sandbox, stale)).status == "LINKED"
    assert await outcome(server.host, stale) not in {before, "NoLink", "ReauthorizationRequired"}


async def _renew_now(server: Server) -> None:
    await server.host.database.fetch("UPDATE oauth_grant SET keep_alive_at = $1", server.host.now())
    await refresh_due(server.host, "tiktok")


# The person, and others who ask


async def test_what_a_probe_is_told_about_a_link_that_was_ended_meanwhile_is_not_kept(
    server: Server, sandbox: Sandbox, roster: Roster, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    await sandbox.person("mara", "rename", platform="tiktok", handle="mara.bakes.bread")
    await sandbox.fault(kind="delay_after", seconds=1, host="open.tiktokapis.com", path="/v2/user/info/")

    async def is_asked() -> bool:
        return bool([r for r in await sandbox.requests(path="/v2/user/info/") if r["fault"]])

    probing = asyncio.create_task(probe(server.host, account))
    await until(is_asked)
    await roster.unlink(global_id("SocialAccount", account))
    await probing

    row = await row_of(server, account)
    assert (row["handle"], row["checked_at"]) == ("marabakes", None)


async def test_a_probe_that_is_asked_for_during_another_one_is_done_after_it(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    """Its cause may be younger than the answer of the first: the app was removed in between."""
    account = await link_one("tiktok")
    await server.host.database.fetch("UPDATE social_account SET probe_at = $1", server.host.now())
    await sandbox.fault(kind="slow", seconds=1, host="open.tiktokapis.com", path="/v2/user/info/", times=1)

    async def is_asked() -> bool:
        return bool([r for r in await sandbox.requests(path="/v2/user/info/") if r["fault"]])

    probing = asyncio.create_task(probe_due(server.host, "tiktok"))
    await until(is_asked)
    # As a callback does it.
    await server.host.database.fetch("UPDATE social_account SET probe_at = $1", server.host.now())
    await probing

    assert len(await sandbox.requests(path="/v2/user/info/")) >= 3
    assert (await row_of(server, account))["probe_at"] > server.host.now()


async def test_probes_are_planned_without_waiting_for_anybody(
    server: Server, database_url: str, link_one: LinkOne
) -> None:
    """A merge holds accounts in an order of its own; the two must not wait for each other."""
    first, second = await link_one("tiktok"), await link_one("instagram")
    await server.host.database.fetch("UPDATE social_account SET probe_at = NULL")

    async with held(database_url, "SELECT 1 FROM social_account WHERE id = $1 FOR UPDATE", first):
        async with asyncio.timeout(5):
            await plan_probes(server.host)

    assert (await row_of(server, first))["probe_at"] is None
    assert (await row_of(server, second))["probe_at"] is not None


async def test_a_new_link_has_its_first_probe_planned(server: Server, link_one: LinkOne) -> None:
    account = await link_one("tiktok")

    assert (await row_of(server, account))["probe_at"] > server.host.now()


# Tokens that cannot be read


async def test_tokens_that_cannot_be_opened_are_left_alone_for_a_while(
    server: Server, link_one: LinkOne
) -> None:
    account = await link_one("instagram")
    now = server.host.now()
    await server.host.database.fetch(
        "UPDATE oauth_grant SET keep_alive_at = $1, sealed_tokens = '\\x0102'", now
    )
    await server.host.database.fetch("UPDATE social_account SET probe_at = $1", now)

    await refresh_due(server.host, "instagram")
    await probe_due(server.host, "instagram")

    row = await row_of(server, account)
    assert row["invalidated_at"] is None and row["probe_failures"] == 1
    assert "refresh" not in {due["work"] for due in (await jobs_report(server.host))["due"]}
    assert await claim_probes(server.host, "instagram", 10) == []


async def test_a_link_that_ran_out_is_not_reported_as_waiting_for_its_refresh(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    await link_one("instagram")

    await travel(sandbox, server, days=91)

    assert "refresh" not in {due["work"] for due in (await jobs_report(server.host))["due"]}
