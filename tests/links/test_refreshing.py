"""Tokens are renewed before use and ahead of time, once, and a grant is never lost by it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from linkroll_sdk import PlatformError, PlatformUnavailable, RateLimited, ReauthorizationRequired

from server.host import Host
from server.services.links.links import NoLink, open_link
from server.services.links.refreshing import due_grants
from server.worker.upkeep import refresh_due
from support.clock import travel
from support.links import LinkOne
from support.sandbox import Sandbox
from support.server import Server, StartServer


async def refreshes(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The requests that asked a platform for new tokens."""
    kinds = (["refresh_token"], ["ig_refresh_token"])
    return [
        r for r in await sandbox.requests() if {**r["query"], **(r["body"] or {})}.get("grant_type") in kinds
    ]


async def status(host: Host, account: int) -> tuple[str | None, str | None]:
    """The reason why an account is not linked, and what its log told last."""
    row = await host.database.fetchrow(
        "SELECT invalid_reason, told_status FROM social_account WHERE id = $1", account
    )
    assert row is not None
    return row["invalid_reason"], row["told_status"]


async def test_a_stale_token_is_renewed_before_it_is_used(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    before = (await open_link(server.host, account)).account.access_token
    assert await refreshes(sandbox) == []

    await travel(sandbox, server, hours=3)
    after = await open_link(server.host, account)

    assert after.account.access_token != before and after.version == 2
    assert len(await refreshes(sandbox)) == 1


async def test_twenty_uses_in_three_servers_make_one_refresh(
    start_server: StartServer, sandbox: Sandbox, server: Server, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    servers = [server, await start_server(), await start_server()]
    await travel(sandbox, *servers, hours=3)

    links = await asyncio.gather(*(open_link(servers[n % 3].host, account) for n in range(20)))

    assert len({link.account.access_token for link in links}) == 1
    assert len(await refreshes(sandbox)) == 1


async def test_an_answer_without_a_refresh_token_keeps_the_old_one(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one("youtube")
    for _ in range(2):
        await travel(sandbox, server, hours=2)
        await open_link(server.host, account)

    sent = await refreshes(sandbox)

    assert len(sent) == 2 and sent[0]["body"] == sent[1]["body"]


@pytest.mark.parametrize("kind", ["status", "cut", "garbage"])
async def test_a_platform_in_trouble_puts_the_refresh_off_and_says_nothing_about_the_link(
    kind: str, server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    await travel(sandbox, server, hours=3)
    await sandbox.fault(kind=kind, host="open.tiktokapis.com", path="/v2/oauth/token/")

    with pytest.raises(PlatformError) as first:
        await open_link(server.host, account)
    with pytest.raises(RateLimited):
        await open_link(server.host, account)
    asked = len(await refreshes(sandbox))
    await sandbox.control("DELETE", "faults")
    await travel(sandbox, server, minutes=2)

    assert not isinstance(first.value, ReauthorizationRequired)
    assert asked == 1
    assert (await open_link(server.host, account)).version == 2
    assert await status(server.host, account) == (None, "LINKED")


async def test_a_refused_refresh_ends_the_link_at_once_with_reason_and_evidence(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    await travel(sandbox, server, hours=3)
    await sandbox.person("mara", "remove-app", login="tiktok")

    with pytest.raises(ReauthorizationRequired):
        await open_link(server.host, account)

    assert await status(server.host, account) == ("ACCESS_REVOKED", "INVALID")
    row = await server.host.database.fetchrow(
        "SELECT status_reason, evidence->>'operation' AS operation, evidence->>'platform_code' AS code"
        " FROM status_event ORDER BY id DESC LIMIT 1"
    )
    assert row is not None and tuple(row) == ("ACCESS_REVOKED", "refresh", "invalid_grant")
    with pytest.raises(NoLink):
        await open_link(server.host, account)


async def test_a_lost_answer_leaves_the_link_working_or_honestly_over(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    """TikTok has rotated and the new pair never arrived: the old one is dead, and nobody may think otherwise."""
    account = await link_one("tiktok")
    await travel(sandbox, server, hours=3)
    await sandbox.fault(kind="cut_after", host="open.tiktokapis.com", path="/v2/oauth/token/", times=1)
    with pytest.raises(PlatformUnavailable):
        await open_link(server.host, account)
    assert await status(server.host, account) == (None, "LINKED")

    await travel(sandbox, server, minutes=2)
    await refresh_due(server.host, "tiktok")

    assert await status(server.host, account) == ("ACCESS_REVOKED", "INVALID")


async def test_tokens_that_die_unused_are_kept_alive(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one("instagram")
    assert await due_grants(server.host, "instagram", 10) == []

    for _ in range(3):
        await travel(sandbox, server, days=31)
        await server.host.database.fetch(
            "UPDATE social_account SET consent_expires_at = $1", server.host.now() + timedelta(days=90)
        )
        await refresh_due(server.host, "instagram")

    assert len(await refreshes(sandbox)) == 3
    assert (await open_link(server.host, account)).version == 4
