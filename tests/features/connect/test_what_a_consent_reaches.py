"""A consent shows every account that it reaches: to be chosen, or with the reason why not and what helps."""

from __future__ import annotations

from typing import Any

import pytest

from server.services.connect.attempts import expire_attempts
from support.browser import Browser
from support.clock import Travel
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server

MARAS_CHANNEL, BRAND_CHANNEL = "UCk3Ex4mpleCh4nnelId_00A", "UCc0mp4nyBr4ndCh4nnel_0B"


def named(attempt: dict[str, Any], *names: str, platform: str = "facebook") -> list[str]:
    """The ids of the candidates with these names, in the order of the names."""
    found = {c["displayName"]: c["id"] for c in attempt["candidates"] if c["platform"] == platform}
    return [found[name] for name in names]


# What cannot be linked


async def test_a_personal_instagram_account_is_told_to_become_professional(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    await sandbox.switch(ig_personal="fail_later")
    account = await roster.add(mara, "@ben.okafor", "instagram")

    attempt, landing = await roster.walk(browser, "ben", account)

    assert attempt["outcome"]["__typename"] == "NoUsableAccount", attempt
    assert attempt["outcome"]["reason"] == "PERSONAL_ACCOUNT"
    assert "professional" in attempt["outcome"]["hint"] and "professional" in landing.text
    assert await roster.status(account) == "ADDED"


async def test_a_page_without_a_professional_instagram_account_says_what_to_do(
    roster: Roster, browser: Browser, mara: str
) -> None:
    attempt, _ = await roster.walk(browser, "ben", profile=mara, platform="instagram", login="facebook")

    assert attempt["outcome"]["__typename"] == "NoUsableAccount"
    assert attempt["outcome"]["reason"] == "PERSONAL_ACCOUNT"
    assert "connect it to your Page" in attempt["outcome"]["hint"]


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
async def test_a_person_without_a_page_is_told_so(
    roster: Roster, browser: Browser, mara: str, platform: str
) -> None:
    attempt, _ = await roster.walk(browser, "emil", profile=mara, platform=platform, login="facebook")

    assert attempt["outcome"]["__typename"] == "NoUsableAccount"
    assert attempt["outcome"]["reason"] == "NO_PAGE"
    assert "create one" in attempt["outcome"]["hint"]


async def test_a_helper_who_may_not_see_a_pages_insights_cannot_link_it(
    roster: Roster, browser: Browser, mara: str
) -> None:
    """Chen writes for Mara's Page, but has no ANALYZE task on it."""
    account = await roster.add(mara, "facebook.com/marabakes")

    attempt, _ = await roster.walk(browser, "chen", account)

    assert attempt["outcome"]["__typename"] == "NoUsableAccount", attempt
    assert attempt["outcome"]["reason"] == "ROLE_MISSING"
    assert "admin" in attempt["outcome"]["hint"]


async def test_a_page_that_its_portfolio_keeps_closed_says_whom_to_ask(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    await sandbox.switch(facebook_portfolio_page="code3")

    attempt, _ = await roster.walk(browser, "chen", profile=mara, platform="facebook")

    closed = [c for c in attempt["candidates"] if c["problem"] == "NOT_ACCESSIBLE"]
    assert attempt["state"] == "CHOOSING"
    assert {c["platform"] for c in closed} == {"facebook", "instagram"}
    assert all("Page" in c["hint"] and not c["usable"] for c in closed)


async def test_a_page_of_a_portfolio_that_answers_when_asked_for_can_be_linked(
    roster: Roster, browser: Browser, mara: str
) -> None:
    attempt, _ = await roster.walk(browser, "chen", profile=mara, platform="facebook")

    answer = await roster.choose(attempt["id"], named(attempt, "Kiln House"))

    assert answer["__typename"] == "ChooseAccountsSuccess", answer
    assert answer["socialAccounts"][0]["handle"] == "kilnhouse"


@pytest.mark.parametrize("words", ["signup_required_401", "signup_required_403", "empty"])
async def test_a_google_account_without_a_channel_is_told_so(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, words: str
) -> None:
    await sandbox.switch(youtube_no_channel=words)

    attempt, _ = await roster.walk(browser, "ben", profile=mara, platform="youtube")

    assert attempt["outcome"]["__typename"] == "NoUsableAccount", attempt
    assert attempt["outcome"]["reason"] == "NO_CHANNEL"
    assert "brand channel" in attempt["outcome"]["hint"]


async def test_what_cannot_be_linked_leaves_no_tokens_behind(
    roster: Roster, browser: Browser, server: Server, mara: str
) -> None:
    await roster.walk(browser, "emil", profile=mara, platform="facebook")
    await roster.walk(browser, "ben", profile=mara, platform="youtube")

    assert await server.sealed_tokens() == {}


# Choosing


async def test_the_one_account_that_a_consent_reaches_needs_no_choice(
    roster: Roster, browser: Browser, mara: str
) -> None:
    attempt, landing = await roster.walk(browser, "mara", profile=mara, platform="tiktok")

    assert attempt["state"] == "SUCCEEDED"
    [linked] = attempt["outcome"]["socialAccounts"]
    assert linked["handle"] == "marabakes"
    assert "@marabakes" in landing.text


async def test_many_accounts_wait_for_a_choice_each_with_what_tells_it_apart(
    roster: Roster, browser: Browser, dina: str
) -> None:
    attempt, landing = await roster.walk(browser, "dina", profile=dina, platform="facebook")

    usable = [c for c in attempt["candidates"] if c["usable"]]
    assert attempt["state"] == "CHOOSING" and attempt["outcome"] is None
    assert sorted(c["platform"] for c in usable) == ["facebook"] * 4 + ["instagram"] * 3
    assert all(c["handle"] and c["displayName"] and c["followers"] for c in usable)
    assert "Choose your accounts" in landing.text


async def test_pages_and_their_instagram_accounts_are_shown_as_pairs(
    roster: Roster, browser: Browser, dina: str
) -> None:
    attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")

    by_pair: dict[str, set[str]] = {}
    for candidate in attempt["candidates"]:
        if candidate["pair"] is not None:
            by_pair.setdefault(candidate["pair"], set()).add(candidate["handle"])
    assert sorted(map(sorted, by_pair.values())) == [
        ["dina.and.friends", "dinaandfriends"],
        ["dina.eats", "dinaeats"],
        ["dina.travels", "dinatravels"],
    ]


async def test_several_accounts_of_one_consent_link_in_one_go_and_only_those(
    roster: Roster, browser: Browser, dina: str
) -> None:
    attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")

    answer = await roster.choose(
        attempt["id"],
        named(attempt, "Dina Travels", "Dina Eats")
        + named(attempt, "Dina Travels", "Dina & Friends", platform="instagram"),
    )

    linked = {(a["platform"], a["handle"]): a for a in answer["socialAccounts"]}
    assert answer["attempt"]["state"] == "SUCCEEDED"
    assert set(linked) == {
        ("facebook", "dinatravels"),
        ("facebook", "dinaeats"),
        ("instagram", "dina.travels"),
        ("instagram", "dina.and.friends"),
    }
    assert all(a["status"] == "LINKED" for a in linked.values())
    travels = linked["facebook", "dinatravels"], linked["instagram", "dina.travels"]
    assert travels[0]["pairedWith"] == {"id": travels[1]["id"]}
    assert travels[1]["pairedWith"] == {"id": travels[0]["id"]}
    assert linked["facebook", "dinaeats"]["pairedWith"] is None
    assert await handles_of(roster, dina) == {handle for _, handle in linked}


async def handles_of(roster: Roster, profile: str) -> set[str]:
    """The handles of a profile's accounts."""
    found = await roster.client.ask(
        "query ($id: ID!) { profile(id: $id) { socialAccounts { nodes { handle } } } }", id=profile
    )
    return {node["handle"] for node in found["socialAccounts"]["nodes"]}


async def test_an_account_that_was_added_before_becomes_the_one_that_is_chosen(
    roster: Roster, browser: Browser, dina: str
) -> None:
    account = await roster.add(dina, "facebook.com/DinaEats")
    attempt, _ = await roster.walk(browser, "dina", account)

    answer = await roster.choose(attempt["id"], named(attempt, "Dina Eats"))

    assert [a["id"] for a in answer["socialAccounts"]] == [account]
    assert await roster.status(account) == "LINKED"


async def test_a_choice_without_the_account_that_is_being_connected_is_refused(
    roster: Roster, browser: Browser, dina: str
) -> None:
    """Else the account that the person began with would stay unlinked, though all says that it went well."""
    account = await roster.add(dina, "facebook.com/DinaEats")
    attempt, _ = await roster.walk(browser, "dina", account)
    expected = [c["displayName"] for c in attempt["candidates"] if c["expected"]]

    refused = await roster.choose(attempt["id"], named(attempt, "Dina Travels"))
    still = (await roster.attempt(attempt["id"]))["state"]
    answer = await roster.choose(attempt["id"], named(attempt, "Dina Travels", "Dina Eats"))

    assert expected == ["Dina Eats"]
    assert refused["code"] == "INVALID_INPUT" and "expected: true" in refused["message"]
    assert still == "CHOOSING"
    assert account in [a["id"] for a in answer["socialAccounts"]]
    assert await handles_of(roster, dina) == {"dinaeats", "dinatravels"}


async def test_choosing_nothing_is_refused_and_can_be_mended(
    roster: Roster, browser: Browser, dina: str
) -> None:
    attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")

    refused = await roster.choose(attempt["id"], [])
    answer = await roster.choose(attempt["id"], named(attempt, "Dina Eats"))

    assert refused["__typename"] == "InvalidInput"
    assert answer["__typename"] == "ChooseAccountsSuccess"


async def test_what_cannot_be_used_cannot_be_chosen(roster: Roster, browser: Browser, mara: str) -> None:
    attempt, _ = await roster.walk(browser, "chen", profile=mara, platform="facebook")

    refused = await roster.choose(attempt["id"], named(attempt, "Chen Ceramics", "Mara Bakes"))

    assert refused["__typename"] == "CandidateNotUsable"
    assert "admin" in refused["message"]
    assert await handles_of(roster, mara) == set()
    assert (await roster.attempt(attempt["id"]))["state"] == "CHOOSING"


async def test_another_attempts_candidate_cannot_be_chosen(
    roster: Roster, browser: Browser, mara: str, dina: str
) -> None:
    maras, _ = await roster.walk(browser, "mara", profile=mara, platform="facebook")
    dinas, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")

    refused = await roster.choose(dinas["id"], named(maras, "Mara Bakes"))

    assert refused["__typename"] == "CandidateNotUsable"
    assert await handles_of(roster, dina) == set()


@pytest.mark.parametrize("candidate", ["", "nonsense", "UHJvZmlsZTox"])
async def test_what_is_no_candidate_at_all_cannot_be_chosen(
    roster: Roster, browser: Browser, dina: str, candidate: str
) -> None:
    attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")

    refused = await roster.choose(attempt["id"], [candidate])

    assert refused["__typename"] == "CandidateNotUsable"


async def test_a_choice_is_made_once(roster: Roster, browser: Browser, dina: str) -> None:
    attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")
    await roster.choose(attempt["id"], named(attempt, "Dina Eats"))

    again = await roster.choose(attempt["id"], named(attempt, "Dina Travels"))

    assert again["__typename"] == "AttemptNotChoosing"
    assert await handles_of(roster, dina) == {"dinaeats"}


async def test_one_account_that_another_profile_holds_links_none_and_the_choice_stays_open(
    roster: Roster, browser: Browser, mara: str, dina: str
) -> None:
    await roster.add(mara, "facebook.com/dinaeats")
    attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")

    refused = await roster.choose(attempt["id"], named(attempt, "Dina Travels", "Dina Eats"))
    without = await roster.choose(attempt["id"], named(attempt, "Dina Travels"))

    assert refused["__typename"] == "AccountAlreadyAttached"
    assert refused["holder"] == {"id": mara}
    assert without["__typename"] == "ChooseAccountsSuccess"
    assert await handles_of(roster, dina) == {"dinatravels"}


async def test_a_choice_waits_ten_minutes_and_then_its_tokens_are_forgotten(
    roster: Roster, browser: Browser, server: Server, dina: str, travel: Travel
) -> None:
    attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")
    waiting = await server.sealed_tokens()
    await travel(minutes=10, seconds=1)

    refused = await roster.choose(attempt["id"], named(attempt, "Dina Eats"))
    await expire_attempts(server.host)

    assert len(waiting) > 1
    assert refused["__typename"] == "AttemptNotChoosing" and "EXPIRED" in refused["message"]
    assert await server.sealed_tokens() == {}
    assert await handles_of(roster, dina) == set()


# Channels


async def test_a_brand_channel_is_connected_when_it_is_the_one_picked(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.add(mara, "youtube.com/@crumbandcompass")

    attempt, _ = await roster.walk(browser, "mara", account, form={"channel": BRAND_CHANNEL})

    assert attempt["state"] == "SUCCEEDED", attempt
    assert (await roster.account(account))["platformId"] == BRAND_CHANNEL


async def test_each_of_a_persons_channels_has_a_consent_of_its_own(
    roster: Roster, browser: Browser, mara: str
) -> None:
    own = await roster.link(browser, "mara", mara, "@marabakes", "youtube")

    attempt, _ = await roster.walk(
        browser, "mara", profile=mara, platform="youtube", form={"channel": BRAND_CHANNEL}
    )

    [brand] = attempt["outcome"]["socialAccounts"]
    assert (await roster.account(own))["platformId"] == MARAS_CHANNEL
    assert brand["handle"] == "crumbandcompass"
    assert await roster.status(own) == await roster.status(brand["id"]) == "LINKED"


async def test_whoever_runs_a_brand_channel_may_connect_it(
    roster: Roster, browser: Browser, mara: str
) -> None:
    """The channel is what counts, not which of its managers consents."""
    account = await roster.add(mara, "youtube.com/@crumbandcompass")

    attempt, _ = await roster.walk(browser, "dina", account, form={"channel": BRAND_CHANNEL})

    assert attempt["state"] == "SUCCEEDED", attempt


async def test_a_channel_added_by_its_id_is_recognised_by_it(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.add(mara, f"https://www.youtube.com/channel/{MARAS_CHANNEL}")

    attempt, _ = await roster.walk(browser, "mara", account)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert (await roster.account(account))["handle"] == "marabakes"


@pytest.mark.parametrize("connected", [0, 1], ids=["connected by its name", "connected by its id"])
async def test_a_channel_added_twice_by_name_and_by_id_becomes_one(
    roster: Roster, browser: Browser, mara: str, connected: int
) -> None:
    """Nobody could know before the consent that both were the same."""
    by_name = await roster.add(mara, "youtube.com/@marabakes")
    by_id = await roster.add(mara, f"https://www.youtube.com/channel/{MARAS_CHANNEL}")

    attempt, _ = await roster.walk(browser, "mara", (by_name, by_id)[connected])

    assert attempt["state"] == "SUCCEEDED", attempt
    [linked] = attempt["outcome"]["socialAccounts"]
    assert linked["id"] == by_id and await roster.status(by_id) == "LINKED"
    assert await roster.account(by_name) is None
    assert await handles_of(roster, mara) == {"marabakes"}


# Instagram through Facebook


async def test_an_instagram_account_links_through_its_page_when_that_login_is_asked_for(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.add(mara, "@mara.bakes", "instagram")
    attempt, _ = await roster.walk(browser, "mara", account, login="facebook")

    answer = await roster.choose(attempt["id"], named(attempt, "Mara", platform="instagram"))

    assert attempt["login"] == "facebook" and attempt["platform"] == "instagram"
    assert [a["id"] for a in answer["socialAccounts"]] == [account]
    linked = await roster.account(account)
    assert linked["status"] == "LINKED" and linked["login"] == "facebook"


async def test_an_instagram_account_is_the_same_by_either_login(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.link(browser, "mara", mara, "@mara.bakes", "instagram")
    before = await roster.account(account)

    attempt, _ = await roster.walk(browser, "mara", account, login="facebook")

    after = await roster.account(account)
    assert attempt["state"] == "SUCCEEDED", attempt
    assert (before["login"], after["login"]) == ("instagram", "facebook")
    assert after["platformId"] == before["platformId"]
