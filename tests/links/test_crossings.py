"""What happens to a link while it is being refreshed: each of the two gets what is true, and nobody loses."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from linkroll_sdk import (
    AccessTokenRejected,
    InvalidReason,
    LinkrollSdkError,
    ReauthorizationRequired,
    ScopeNotGranted,
)

from server.ids import global_id, row_id
from server.services.links.links import NoLink, use_link
from server.services.links.probing import plan_probes
from server.worker.upkeep import probe_due
from support.browser import Browser
from support.clock import travel
from support.links import LinkOne
from support.refresher import Nursery, outcome
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server
from support.steps import held_at, until, waiting
from support.tokens import TOKENS, held_by, is_accepted, refreshes, use_until_rotated

BRAND_CHANNEL = "UCc0mp4nyBr4ndCh4nnel_0B"
ERRORS = {"NoLink", "PlatformUnavailable", "RateLimited", "ReauthorizationRequired", "UnexpectedAnswer"}


# The person meanwhile


async def test_a_reconnect_while_the_old_grant_is_refreshed_stays_and_works(
    server: Server,
    sandbox: Sandbox,
    session: aiohttp.ClientSession,
    roster: Roster,
    browser: Browser,
    stale: int,
) -> None:
    using = await use_until_rotated(server, sandbox, stale)

    await roster.walk(browser, "mara", global_id("SocialAccount", stale))
    assert await using == "NoLink"

    link = await held_by(server, sandbox, stale)
    link.check_honest()
    assert (link.status, link.version) == ("LINKED", 1)
    assert await is_accepted(server, sandbox, session, stale)
    assert await sandbox.revocations() == []


@pytest.mark.parametrize("step", ["journal", "settling"])
async def test_a_reconnect_at_the_last_moment_of_a_refresh_stays_and_works(
    step: str,
    server: Server,
    sandbox: Sandbox,
    session: aiohttp.ClientSession,
    roster: Roster,
    browser: Browser,
    nursery: Nursery,
    stale: int,
) -> None:
    async with held_at(server.host, step) as gate:
        user = await nursery.start(server, stale)
        await waiting(gate, 1)
        walking = asyncio.create_task(roster.walk(browser, "mara", global_id("SocialAccount", stale)))
        await waiting(gate, 2)
    attempt, _ = await walking
    await user.outcomes()

    assert attempt["outcome"]["__typename"] == "AccountsLinked"
    link = await held_by(server, sandbox, stale)
    assert (link.status, link.version) == ("LINKED", 1)
    assert await is_accepted(server, sandbox, session, stale)


@pytest.mark.parametrize("act", ["unlink", "remove"])
async def test_a_link_that_is_ended_while_it_is_refreshed_is_over_at_the_platform_as_well(
    act: str, server: Server, sandbox: Sandbox, roster: Roster, stale: int
) -> None:
    """Whoever ends it has only the old pair, by which TikTok ends nothing any more."""
    using = await use_until_rotated(server, sandbox, stale)

    await getattr(roster, act)(global_id("SocialAccount", stale))
    assert await using == "NoLink"

    assert await sandbox.live_grants() == set()
    assert await server.sealed_tokens() == {}


@pytest.mark.parametrize("step", ["journal", "settling"])
async def test_a_link_that_is_ended_at_the_last_moment_of_a_refresh_is_over_here_and_there(
    step: str, server: Server, sandbox: Sandbox, roster: Roster, nursery: Nursery, stale: int
) -> None:
    async with held_at(server.host, step) as gate:
        user = await nursery.start(server, stale)
        await waiting(gate, 1)
        unlinking = asyncio.create_task(roster.unlink(global_id("SocialAccount", stale)))
        await waiting(gate, 2)
    answer = await unlinking
    await user.outcomes()

    assert answer["socialAccount"]["statusReason"] == "UNLINKED"
    assert await server.sealed_tokens() == {}
    assert await sandbox.live_grants() == set()


@pytest.mark.parametrize(
    "refusal",
    [
        ReauthorizationRequired(InvalidReason.ACCESS_REVOKED, operation="user_info"),
        ReauthorizationRequired(InvalidReason.PERMISSION_LOST, operation="user_info"),
        AccessTokenRejected(InvalidReason.ACCESS_REVOKED, operation="user_info"),
        ScopeNotGranted({"user.info.basic"}, operation="user_info"),
    ],
    ids=lambda refusal: f"{type(refusal).__name__} {getattr(refusal, 'reason', '')}",
)
async def test_a_refusal_that_comes_after_a_reconnect_does_not_end_the_new_link(
    refusal: LinkrollSdkError,
    server: Server,
    sandbox: Sandbox,
    session: aiohttp.ClientSession,
    roster: Roster,
    browser: Browser,
    link_one: LinkOne,
) -> None:
    account = await link_one("tiktok")

    async def question(*_: object) -> None:
        await roster.walk(browser, "mara", global_id("SocialAccount", account))
        raise refusal

    with pytest.raises((type(refusal), NoLink)):
        await use_link(server.host, account, "test", question)

    assert (await held_by(server, sandbox, account)).status == "LINKED"
    assert await is_accepted(server, sandbox, session, account)


async def test_a_permission_that_is_missed_at_the_second_try_is_missed_all_the_same(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    """The first try met a stale token."""
    account = await link_one("tiktok")
    answers = iter(
        [
            AccessTokenRejected(InvalidReason.ACCESS_REVOKED, operation="user_info"),
            ScopeNotGranted({"user.info.basic"}, operation="user_info"),
        ]
    )

    async def question(*_: object) -> None:
        raise next(answers)

    with pytest.raises(ScopeNotGranted):
        await use_link(server.host, account, "test", question)

    assert (await held_by(server, sandbox, account)).reason == "PERMISSION_LOST"


# Another process meanwhile


async def test_a_refusal_that_only_another_ones_refresh_caused_ends_nothing(
    server: Server, sandbox: Sandbox, nursery: Nursery, stale: int
) -> None:
    """The first one is slow, not dead: its new pair is why the second one's old pair is refused."""

    async def both_asked() -> bool:
        return await refreshes(sandbox) == 2

    async with held_at(server.host, "journal") as gate:
        slow = await nursery.start(server, stale)
        await waiting(gate, 1)
        await travel(sandbox, server, minutes=2)
        await sandbox.fault(kind="delay_after", seconds=1, times=1, **TOKENS)
        second = asyncio.create_task(outcome(server.host, stale))
        await until(both_asked)

    [name] = await slow.outcomes()
    assert await second == name
    link = await held_by(server, sandbox, stale)
    link.check_honest()
    assert link.access_lives


async def test_whoever_fails_late_does_not_take_the_lease_of_the_next_one(
    server: Server, sandbox: Sandbox, nursery: Nursery, stale: int
) -> None:
    async def is_asked_again() -> bool:
        return await refreshes(sandbox) == 2

    await sandbox.fault(kind="status", status=503, times=1, **TOKENS)
    async with held_at(server.host, "failure") as gate:
        slow = await nursery.start(server, stale)
        await waiting(gate, 1)
        await travel(sandbox, server, minutes=2)
        await sandbox.fault(kind="delay_after", seconds=1, times=1, **TOKENS)
        second = asyncio.create_task(outcome(server.host, stale))
        await until(is_asked_again)
    assert await slow.outcomes() == ["PlatformUnavailable"]

    third = await outcome(server.host, stale)

    assert third == await second
    assert (await held_by(server, sandbox, stale)).access_lives
    assert await refreshes(sandbox) == 2


async def test_of_many_uses_one_learns_that_the_platform_is_down(
    server: Server, sandbox: Sandbox, stale: int
) -> None:
    await sandbox.fault(kind="status", status=503, **TOKENS)

    names = await asyncio.gather(*(outcome(server.host, stale) for _ in range(20)))

    assert set(names) == {"PlatformUnavailable", "RateLimited"}
    assert await refreshes(sandbox) == 1


# One person, two consents


@pytest.fixture
async def channels(server: Server, roster: Roster, browser: Browser) -> tuple[int, int]:
    """Mara's two channels, each by a consent of its own."""
    mara = await roster.create_profile("Mara Linden")
    own = await roster.link(browser, "mara", mara, "@marabakes", "youtube")
    form = {"channel": BRAND_CHANNEL}
    attempt, _ = await roster.walk(browser, "mara", profile=mara, platform="youtube", form=form)
    brand = attempt["outcome"]["socialAccounts"][0]["id"]
    await plan_probes(server.host)
    return row_id(own, "SocialAccount") or 0, row_id(brand, "SocialAccount") or 0


async def test_two_consents_of_one_person_are_refreshed_side_by_side(
    server: Server, sandbox: Sandbox, channels: tuple[int, int]
) -> None:
    await travel(sandbox, server, hours=2)

    names = await asyncio.gather(*(outcome(server.host, channel) for channel in channels * 5))

    assert len(set(names)) == 2 and not set(names) & ERRORS


async def test_when_one_consent_is_refused_the_persons_other_one_is_looked_at_soon(
    server: Server, sandbox: Sandbox, channels: tuple[int, int]
) -> None:
    await sandbox.person("mara", "remove-app", login="google")
    await travel(sandbox, server, hours=2)

    assert await outcome(server.host, channels[0]) == "ReauthorizationRequired"
    await probe_due(server.host, "google")

    rows = await server.host.database.fetch("SELECT told_status, invalid_reason FROM social_account")
    assert [tuple(row) for row in rows] == [("INVALID", "ACCESS_REVOKED")] * 2
