"""Consenting as somebody else is noticed, told with both names, and leaves what there was untouched."""

from __future__ import annotations

import pytest

from support.browser import Browser
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server
from support.ways import Way, every_login

DINAS = {
    "facebook": ["dinatravels", "dinaeats", "dinaandfriends", "dinaarchive"],
    "instagram": ["dina.travels"],
    "tiktok": ["dinatravels"],
    "google": ["dinatravels"],
}
BRAND_CHANNEL = "UCc0mp4nyBr4ndCh4nnel_0B"


@every_login
async def test_a_first_connect_as_somebody_else_names_both_and_links_nothing(
    roster: Roster, browser: Browser, server: Server, mara: str, way: Way
) -> None:
    account = await roster.add(mara, way.handle, way.platform)

    attempt, landing = await roster.walk(browser, "dina", account)

    assert attempt["state"] == "FAILED"
    assert attempt["outcome"]["__typename"] == "WrongAccount", attempt
    assert attempt["outcome"]["expected"] == way.handle
    assert attempt["outcome"]["got"] == DINAS[way.login]
    assert way.handle in landing.text
    assert await roster.status(account) == "ADDED"
    assert await server.sealed_tokens() == {}


@every_login
async def test_reconnecting_as_somebody_else_keeps_the_old_grant(
    roster: Roster, browser: Browser, server: Server, mara: str, way: Way
) -> None:
    """Picking the wrong account on the consent page is common on shared phones."""
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    before, sealed = await roster.account(account), await server.sealed_tokens()

    attempt, _ = await roster.walk(browser, "dina", account)

    assert attempt["outcome"]["__typename"] == "WrongAccount", attempt
    assert attempt["outcome"]["expected"] == way.handle
    assert attempt["outcome"]["got"] == DINAS[way.login]
    assert before["status"] == "LINKED" and await roster.account(account) == before
    assert sealed and await server.sealed_tokens() == sealed


@every_login
async def test_the_right_person_can_reconnect_after_the_wrong_one(
    roster: Roster, browser: Browser, mara: str, way: Way
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    before = await roster.account(account)
    await roster.walk(browser, "dina", account)

    attempt, _ = await roster.walk(browser, way.person, account)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert (await roster.account(account))["authenticatedAt"] > before["authenticatedAt"]


async def test_a_wrong_account_tells_nothing_about_a_change(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    events = await told(roster)

    await roster.walk(browser, "dina", account)

    assert await told(roster) == events


async def told(roster: Roster) -> list[str]:
    """The status log, by its cursors."""
    log = await roster.client.ask("{ statusEvents(last: 50) { nodes { cursor } } }")
    return [event["cursor"] for event in log["nodes"]]


async def test_another_channel_of_the_same_person_is_a_wrong_account(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.link(browser, "mara", mara, "@marabakes", "youtube")

    attempt, _ = await roster.walk(browser, "mara", account, form={"channel": BRAND_CHANNEL})

    assert attempt["outcome"]["__typename"] == "WrongAccount"
    assert attempt["outcome"]["got"] == ["crumbandcompass"]


async def test_an_old_name_in_new_hands_is_a_wrong_account(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    """Identity is the platform's stable id: a handle can be let go and taken by a stranger."""
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await sandbox.person("mara", "rename", platform="tiktok", handle="mara.and.bread")
    await sandbox.person("dina", "rename", platform="tiktok", handle="marabakes")

    attempt, _ = await roster.walk(browser, "dina", account)

    assert attempt["outcome"]["__typename"] == "WrongAccount", attempt
    assert attempt["outcome"]["got"] == ["marabakes"]
    assert await roster.status(account) == "LINKED"


@pytest.mark.parametrize("handle", ["MaraBakes", "@marabakes"])
async def test_another_spelling_is_no_wrong_account(
    roster: Roster, browser: Browser, mara: str, handle: str
) -> None:
    account = await roster.add(mara, handle, "tiktok")

    attempt, _ = await roster.walk(browser, "mara", account)

    assert attempt["state"] == "SUCCEEDED", attempt
