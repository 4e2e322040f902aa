"""Unlinking ends the link here for good, tells the platform where it can, and says what became of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from support.browser import Browser
from support.clock import Travel
from support.gates import held
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server
from support.ways import FACEBOOK, GOOGLE, INSTAGRAM, TIKTOK, Way, every_login

BRAND_CHANNEL = "UCc0mp4nyBr4ndCh4nnel_0B"

can_revoke = pytest.mark.parametrize("way", [FACEBOOK, TIKTOK, GOOGLE], ids=lambda way: way.login)


async def linked_pair(roster: Roster, browser: Browser, profile: str) -> tuple[str, str]:
    """Mara's Page and her Instagram account behind it, linked together."""
    attempt, _ = await roster.walk(browser, "mara", profile=profile, platform="facebook")
    answer = await roster.choose(attempt["id"], [c["id"] for c in attempt["candidates"]])
    page, instagram = answer["socialAccounts"]
    return page["id"], instagram["id"]


async def linked_channels(roster: Roster, browser: Browser, profile: str) -> tuple[str, str]:
    """Mara's own channel and her brand channel: two consents of one Google person."""
    own = await roster.link(browser, "mara", profile, "@marabakes", "youtube")
    attempt, _ = await roster.walk(
        browser, "mara", profile=profile, platform="youtube", form={"channel": BRAND_CHANNEL}
    )
    return own, attempt["outcome"]["socialAccounts"][0]["id"]


# What the platform is told


@can_revoke
async def test_the_platform_is_told_and_its_grant_is_over(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, way: Way
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    allowed = await sandbox.live_grants()

    answer = await roster.unlink(account)

    assert answer["revocation"] == "REVOKED"
    assert len(await sandbox.revocations()) == 1
    assert len(allowed) == 1 and await sandbox.live_grants() == set()


async def test_where_the_platform_has_no_such_call_it_is_said(
    roster: Roster, browser: Browser, sandbox: Sandbox, server: Server, mara: str
) -> None:
    """Instagram Login: only the person can remove the app, in Instagram's settings."""
    account = await roster.link(browser, "mara", mara, INSTAGRAM.handle, "instagram")

    answer = await roster.unlink(account)

    assert answer["revocation"] == "NOT_SUPPORTED"
    assert await sandbox.revocations() == []
    assert await server.sealed_tokens() == {}


@every_login
async def test_an_unlinked_account_stays_on_its_profile_and_says_why_it_is_red(
    roster: Roster, browser: Browser, server: Server, mara: str, way: Way
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)

    await roster.unlink(account)

    unlinked = await roster.account(account)
    assert (unlinked["status"], unlinked["statusReason"]) == ("INVALID", "UNLINKED")
    assert unlinked["nextAction"] == "RECONNECT"
    assert unlinked["handle"] == way.handle and unlinked["profile"] == {"id": mara}
    assert unlinked["login"] is None and unlinked["grantedScopes"] == []
    assert await server.sealed_tokens() == {}


@can_revoke
@pytest.mark.parametrize(
    "trouble", [{"kind": "status", "status": 500}, {"kind": "cut"}, {"kind": "throttle"}]
)
async def test_tokens_are_forgotten_even_when_the_platforms_call_fails(
    roster: Roster,
    browser: Browser,
    sandbox: Sandbox,
    server: Server,
    mara: str,
    way: Way,
    trouble: dict[str, Any],
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    await sandbox.fault(**trouble)

    answer = await roster.unlink(account)

    assert answer["revocation"] == "FAILED"
    assert answer["socialAccount"]["statusReason"] == "UNLINKED"
    assert len(await sandbox.revocations()) == 1
    assert await server.sealed_tokens() == {}


@can_revoke
async def test_a_grant_that_the_person_ended_first_counts_as_revoked(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, way: Way
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    await sandbox.person(way.person, "remove-app", login=way.login)

    answer = await roster.unlink(account)

    assert answer["revocation"] == "REVOKED"


@can_revoke
async def test_a_grant_whose_access_token_is_stale_is_still_revoked(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, travel: Travel, way: Way
) -> None:
    """TikTok's access tokens live two hours and Google's one."""
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    await travel(hours=3)

    answer = await roster.unlink(account)

    assert answer["revocation"] == "REVOKED"
    assert await sandbox.live_grants() == set()


async def test_an_expired_link_can_be_unlinked(
    roster: Roster, browser: Browser, server: Server, mara: str, travel: Travel
) -> None:
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await travel(days=91)

    answer = await roster.unlink(account)

    assert answer["socialAccount"]["statusReason"] == "UNLINKED"
    assert await server.sealed_tokens() == {}


# Siblings: one revocation would end them too


async def test_a_channel_is_not_revoked_while_another_of_the_same_person_is_linked(
    roster: Roster, browser: Browser, sandbox: Sandbox, server: Server, mara: str
) -> None:
    own, brand = await linked_channels(roster, browser, mara)
    both = await server.sealed_tokens()

    answer = await roster.unlink(own)

    assert answer["revocation"] == "KEPT_FOR_SIBLINGS"
    assert await sandbox.revocations() == []
    assert await roster.status(brand) == "LINKED"
    left = await server.sealed_tokens()
    assert len(both) == 2 and len(left) == 1 and left.items() <= both.items()


async def test_the_last_channel_of_a_person_takes_the_whole_consent_with_it(
    roster: Roster, browser: Browser, sandbox: Sandbox, server: Server, mara: str
) -> None:
    own, brand = await linked_channels(roster, browser, mara)
    await roster.unlink(own)

    answer = await roster.unlink(brand)

    assert answer["revocation"] == "REVOKED"
    assert await sandbox.live_grants() == set()
    assert await server.sealed_tokens() == {}


async def test_a_channel_of_another_person_is_no_sibling(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    """Dina connected the brand channel that she runs with Mara."""
    own = await roster.link(browser, "mara", mara, "@marabakes", "youtube")
    brand = await roster.add(mara, "youtube.com/@crumbandcompass")
    await roster.walk(browser, "dina", brand, form={"channel": BRAND_CHANNEL})

    answer = await roster.unlink(own)

    assert answer["revocation"] == "REVOKED"
    assert await sandbox.live_grants() == {("google", BRAND_CHANNEL)}
    assert await roster.status(brand) == "LINKED"


@pytest.mark.parametrize("first", [0, 1], ids=["the Page first", "the Instagram account first"])
async def test_a_page_and_its_instagram_account_are_revoked_with_the_second_of_them(
    roster: Roster, browser: Browser, sandbox: Sandbox, server: Server, mara: str, first: int
) -> None:
    pair = await linked_pair(roster, browser, mara)
    unlinked, other = pair[first], pair[1 - first]

    kept = await roster.unlink(unlinked)
    alone = await roster.status(other)
    revoked = await roster.unlink(other)

    assert (kept["revocation"], alone, revoked["revocation"]) == ("KEPT_FOR_SIBLINGS", "LINKED", "REVOKED")
    assert len(await sandbox.revocations()) == 1
    assert await server.sealed_tokens() == {}


async def test_an_unlinked_page_loses_its_own_token_at_once(
    roster: Roster, browser: Browser, server: Server, mara: str
) -> None:
    page, _ = await linked_pair(roster, browser, mara)
    before = await server.sealed_tokens()

    await roster.unlink(page)

    gone = before.keys() - (await server.sealed_tokens()).keys()
    assert [place.partition(" ")[0] for place in gone] == ["social_account"]


async def test_siblings_on_another_profile_are_kept_as_well(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, dina: str
) -> None:
    own = await roster.link(browser, "mara", mara, "@marabakes", "youtube")
    brand = await roster.add(dina, "youtube.com/@crumbandcompass")
    await roster.walk(browser, "mara", brand, form={"channel": BRAND_CHANNEL})

    answer = await roster.unlink(own)

    assert answer["revocation"] == "KEPT_FOR_SIBLINGS"
    assert await roster.status(brand) == "LINKED"


async def test_a_consent_that_still_waits_for_a_choice_is_kept(
    roster: Roster, browser: Browser, sandbox: Sandbox, dina: str
) -> None:
    """Revoking would kill the tokens that the person is just about to use."""
    page = await roster.add(dina, "facebook.com/dinaeats")
    first, _ = await roster.walk(browser, "dina", page)
    [eats] = [c["id"] for c in first["candidates"] if c["handle"] == "dinaeats"]
    await roster.choose(first["id"], [eats])
    waiting, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")

    kept = await roster.unlink(page)
    chosen = await roster.choose(waiting["id"], [c["id"] for c in waiting["candidates"] if c["usable"]][:1])

    assert waiting["state"] == "CHOOSING"
    assert kept["revocation"] == "KEPT_FOR_SIBLINGS"
    assert chosen["__typename"] == "ChooseAccountsSuccess"
    assert await sandbox.revocations() == []


async def test_siblings_that_are_unlinked_at_once_tell_the_platform_once(
    roster: Roster, browser: Browser, sandbox: Sandbox, database_url: str, mara: str, dina: str
) -> None:
    """If each took the other for still linked, nobody would tell it, and the consent would live on there."""
    own = await roster.link(browser, "mara", mara, "@marabakes", "youtube")
    brand = await roster.add(dina, "youtube.com/@crumbandcompass")
    await roster.walk(browser, "mara", brand, form={"channel": BRAND_CHANNEL})

    async with held(database_url, "LOCK TABLE oauth_grant IN ACCESS EXCLUSIVE MODE") as gate:
        unlinking = [asyncio.create_task(roster.unlink(account)) for account in (own, brand)]
        await gate.waiting(2)
    answers = await asyncio.gather(*unlinking)

    assert sorted(answer["revocation"] for answer in answers) == ["KEPT_FOR_SIBLINGS", "REVOKED"]
    assert len(await sandbox.revocations()) == 1
    assert await sandbox.live_grants() == set()


# Nothing to end


async def test_unlinking_twice_is_told_and_asks_the_platform_once(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await roster.unlink(account)

    again = await roster.unlink(account)

    assert again["__typename"] == "AccountNotLinked"
    assert len(await sandbox.revocations()) == 1


async def test_what_was_never_connected_cannot_be_unlinked(roster: Roster, mara: str) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")

    answer = await roster.unlink(account)

    assert answer["__typename"] == "AccountNotLinked"
    assert await roster.status(account) == "ADDED"


# Remove


@can_revoke
async def test_removing_an_account_ends_its_link_and_frees_it(
    roster: Roster, browser: Browser, sandbox: Sandbox, server: Server, mara: str, dina: str, way: Way
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)

    answer = await roster.remove(account)

    assert answer["revocation"] == "REVOKED" and answer["removedAccountId"] == account
    assert await roster.account(account) is None
    assert await sandbox.live_grants() == set()
    assert await server.sealed_tokens() == {}
    assert await roster.add(dina, way.handle, way.platform) != account


async def test_removing_what_was_never_linked_tells_no_platform(
    roster: Roster, sandbox: Sandbox, mara: str
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")

    answer = await roster.remove(account)

    assert answer["__typename"] == "RemoveSocialAccountSuccess"
    assert await sandbox.requests() == []


async def test_removing_one_of_a_pair_leaves_the_other_linked_and_alone(
    roster: Roster, browser: Browser, mara: str
) -> None:
    page, instagram = await linked_pair(roster, browser, mara)

    answer = await roster.remove(page)

    assert answer["revocation"] == "KEPT_FOR_SIBLINGS"
    left = await roster.account(instagram)
    assert left["status"] == "LINKED" and left["pairedWith"] is None


async def test_removing_a_profile_revokes_everything_that_can_be(
    roster: Roster, browser: Browser, sandbox: Sandbox, server: Server, mara: str
) -> None:
    await linked_pair(roster, browser, mara)
    await linked_channels(roster, browser, mara)
    await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await roster.link(browser, "chen", mara, "@chen.ceramics", "instagram")

    answer = await roster.remove_profile(mara)

    assert answer["removedAccountCount"] == 6
    assert {login for login, _ in await sandbox.live_grants()} == {"instagram"}
    assert await server.sealed_tokens() == {}


async def test_removing_a_profile_forgets_the_consents_that_still_waited(
    roster: Roster, browser: Browser, server: Server, dina: str
) -> None:
    await roster.walk(browser, "dina", profile=dina, platform="facebook")
    waiting = await server.sealed_tokens()

    await roster.remove_profile(dina)

    assert waiting and await server.sealed_tokens() == {}


async def test_removing_an_account_forgets_the_consent_that_still_waited_for_it(
    roster: Roster, browser: Browser, server: Server, dina: str
) -> None:
    account = await roster.add(dina, "facebook.com/dinaeats")
    await roster.walk(browser, "dina", account)
    waiting = await server.sealed_tokens()

    await roster.remove(account)

    assert waiting and await server.sealed_tokens() == {}
