"""Tokens of a link that is over for good are forgotten; those of one that may come back are not."""

from __future__ import annotations

import pytest

from server.host import Host
from server.ids import global_id
from server.services.links.dead_tokens import forget_dead_tokens
from server.services.links.probing import probe
from support.clock import travel
from support.links import LinkOne
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server


async def holds_tokens(host: Host) -> list[bool]:
    """For each grant and each account's own token, whether there still is one."""
    rows = await host.database.fetch(
        "SELECT length(sealed_tokens) > 0 AS held FROM oauth_grant"
        " UNION ALL SELECT sealed_access_token IS NOT NULL FROM social_account WHERE platform = 'facebook'"
    )
    return [row["held"] for row in rows]


@pytest.mark.parametrize("platform", ["tiktok", "facebook"])
async def test_a_week_after_the_platforms_word_the_tokens_are_gone(
    platform: str, server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one(platform)
    await sandbox.person("mara", "remove-app", login=platform)
    await probe(server.host, account)

    await travel(sandbox, server, days=6)
    await forget_dead_tokens(server.host)
    assert set(await holds_tokens(server.host)) == {True}
    await travel(sandbox, server, days=2)
    await forget_dead_tokens(server.host)

    assert set(await holds_tokens(server.host)) == {False}


async def test_what_may_heal_keeps_its_tokens_as_long_as_it_may(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one("facebook")
    await sandbox.person("mara", "checkpoint")
    await probe(server.host, account)

    await travel(sandbox, server, days=30)
    await forget_dead_tokens(server.host)
    assert set(await holds_tokens(server.host)) == {True}
    await travel(sandbox, server, days=70)
    await forget_dead_tokens(server.host)

    assert set(await holds_tokens(server.host)) == {False}


async def test_a_link_that_lives_or_ran_out_by_our_own_clock_keeps_its_tokens(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    """Unlinking it must tell the platform, which may go on for years."""
    await link_one("youtube")

    await travel(sandbox, server, days=200)
    await forget_dead_tokens(server.host)

    assert await holds_tokens(server.host) == [True]


async def test_a_link_without_tokens_can_be_unlinked(
    server: Server, sandbox: Sandbox, roster: Roster, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    await sandbox.person("mara", "remove-app", login="tiktok")
    await probe(server.host, account)
    await travel(sandbox, server, days=8)
    await forget_dead_tokens(server.host)

    answer = await roster.unlink(global_id("SocialAccount", account))

    assert (answer["revocation"], answer["socialAccount"]["statusReason"]) == ("REVOKED", "UNLINKED")
    assert await sandbox.revocations() == []
