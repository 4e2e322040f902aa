"""Connecting works at every login, by the real flow: our address, the platform's page, and back."""

from __future__ import annotations

from support.browser import Browser
from support.roster import Roster


async def test_a_tiktok_account_added_by_handle_ends_linked(roster: Roster, browser: Browser) -> None:
    mara = await roster.create_profile("Mara Linden")
    account = await roster.add(mara, "@MaraBakes", "tiktok")

    attempt, landing = await roster.walk(browser, "mara", account)

    assert attempt["state"] == "SUCCEEDED", attempt
    linked = await roster.account(account)
    assert linked["status"] == "LINKED" and linked["platformId"] and linked["followers"] > 0
    assert "code=" not in landing.url and "state=" not in landing.url


async def test_an_instagram_account_links_by_instagram_login(roster: Roster, browser: Browser) -> None:
    mara = await roster.create_profile("Mara Linden")
    account = await roster.add(mara, "https://www.instagram.com/mara.bakes/?igsh=1")

    attempt, _ = await roster.walk(browser, "mara", account)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert (await roster.account(account))["login"] == "instagram"


async def test_a_youtube_channel_links_by_google(roster: Roster, browser: Browser) -> None:
    mara = await roster.create_profile("Mara Linden")
    account = await roster.add(mara, "youtube.com/@marabakes")

    attempt, _ = await roster.walk(browser, "mara", account)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert await roster.status(account) == "LINKED"


async def test_a_page_and_its_instagram_account_link_as_a_pair(roster: Roster, browser: Browser) -> None:
    mara = await roster.create_profile("Mara Linden")

    attempt, _ = await roster.walk(browser, "mara", profile=mara, platform="facebook")
    assert attempt["state"] == "CHOOSING", attempt
    pair = [c for c in attempt["candidates"] if c["usable"] and c["pair"] is not None]
    answer = await roster.choose(attempt["id"], [c["id"] for c in pair])

    assert answer["__typename"] == "ChooseAccountsSuccess", answer
    page, instagram = answer["socialAccounts"]
    assert {page["platform"], instagram["platform"]} == {"facebook", "instagram"}
    assert page["pairedWith"]["id"] == instagram["id"] and instagram["pairedWith"]["id"] == page["id"]
