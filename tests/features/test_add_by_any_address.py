"""An account is added by whatever a person pastes, and everything that is no account says what it is instead."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from support.roster import Roster
from support.sandbox import Sandbox


@pytest.fixture
async def mara(roster: Roster) -> str:
    """Mara's profile, without any account."""
    return await roster.create_profile("Mara Linden")


class Pasted(NamedTuple):
    """What a person pastes, and the account that it names."""

    text: str
    platform: str
    url: str


ACCOUNTS = {
    "plain": Pasted("https://www.tiktok.com/@marabakes", "tiktok", "https://www.tiktok.com/@marabakes"),
    "no scheme": Pasted("tiktok.com/@marabakes", "tiktok", "https://www.tiktok.com/@marabakes"),
    "mixed case": Pasted("HTTPS://WWW.TikTok.com/@MaraBakes", "tiktok", "https://www.tiktok.com/@marabakes"),
    "mobile host": Pasted(
        "https://m.facebook.com/marabakes", "facebook", "https://www.facebook.com/marabakes"
    ),
    "locale host": Pasted(
        "https://de-de.facebook.com/marabakes/?ref=x", "facebook", "https://www.facebook.com/marabakes"
    ),
    "junk behind": Pasted(
        "https://www.instagram.com/mara.bakes/?igsh=MzRlODBiNWFlZA==#top",
        "instagram",
        "https://www.instagram.com/mara.bakes/",
    ),
    "spaces around": Pasted("  youtube.com/@marabakes \n", "youtube", "https://www.youtube.com/@marabakes"),
    "wrapper": Pasted(
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.facebook.com%2Fmarabakes%3Ffbclid%3Dx&h=AT0",
        "facebook",
        "https://www.facebook.com/marabakes",
    ),
    "another platform's wrapper": Pasted(
        "https://l.instagram.com/?u=https%3A%2F%2Fwww.tiktok.com%2F%40marabakes&e=AT0",
        "tiktok",
        "https://www.tiktok.com/@marabakes",
    ),
    "short link": Pasted("https://vm.tiktok.com/ZExAmPl3/", "tiktok", "https://www.tiktok.com/@marabakes"),
    "short link on the site": Pasted(
        "https://www.tiktok.com/t/ZTMara/", "tiktok", "https://www.tiktok.com/@marabakes"
    ),
    "short link that is a share": Pasted(
        "https://www.facebook.com/share/1MaraPage/", "facebook", "https://www.facebook.com/marabakes"
    ),
    "short link that may be a name": Pasted(
        "fb.me/marabakes", "facebook", "https://www.facebook.com/marabakes"
    ),
}


@pytest.mark.parametrize("pasted", ACCOUNTS.values(), ids=ACCOUNTS)
async def test_an_address_tells_its_platform_and_its_account(
    roster: Roster, mara: str, pasted: Pasted
) -> None:
    answer = await roster.try_add(mara, pasted.text)

    assert answer["__typename"] == "AddSocialAccountSuccess", answer
    account = answer["socialAccount"]
    assert (account["platform"], account["url"]) == (pasted.platform, pasted.url)
    assert (account["status"], account["nextAction"]) == ("ADDED", "CONNECT")


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube", "facebook"])
async def test_a_handle_with_its_platform_is_enough(roster: Roster, mara: str, platform: str) -> None:
    answer = await roster.try_add(mara, " @MaraBakes ", platform)

    assert answer["__typename"] == "AddSocialAccountSuccess", answer
    assert answer["socialAccount"]["platform"] == platform
    assert answer["socialAccount"]["handle"].lower() == "marabakes"


async def test_a_handle_alone_asks_for_its_platform(roster: Roster, mara: str) -> None:
    answer = await roster.try_add(mara, "@marabakes")

    assert answer["code"] == "HANDLE_NEEDS_PLATFORM"


async def test_an_address_of_another_platform_than_the_one_named_is_a_mismatch(
    roster: Roster, mara: str
) -> None:
    answer = await roster.try_add(mara, "https://www.tiktok.com/@marabakes", "instagram")

    assert answer["code"] == "PLATFORM_MISMATCH"


class Refused(NamedTuple):
    """What a person pastes that is no account, and the code that says so."""

    text: str
    code: str


REFUSED = {
    "post": Refused("https://www.instagram.com/p/DAbc_12-xYz/", "POST_ADDRESS"),
    "short link to a post": Refused("https://www.instagram.com/share/reel/BAryeReel", "POST_ADDRESS"),
    "reserved word": Refused("https://www.instagram.com/explore/", "RESERVED_ADDRESS"),
    "group": Refused("https://www.facebook.com/groups/bakersoftheworld", "GROUP_ADDRESS"),
    "event": Refused("https://www.facebook.com/events/123456789", "EVENT_ADDRESS"),
    "playlist": Refused("https://www.youtube.com/playlist?list=PLabcdefghijklmnop", "NOT_AN_ACCOUNT_ADDRESS"),
    "unknown host": Refused("https://elsewhere.example/mara", "UNKNOWN_ADDRESS"),
    "look-alike host": Refused("https://tiktok.com.evil.example/@marabakes", "UNKNOWN_ADDRESS"),
    "name that cannot be": Refused("https://www.instagram.com/mara..bakes/", "INVALID_HANDLE"),
    "short link that leaves the platform": Refused(
        "https://vm.tiktok.com/ZElsewhere/", "SHORT_LINK_UNRESOLVED"
    ),
    "short link without end": Refused("https://vm.tiktok.com/ZRound/", "SHORT_LINK_UNRESOLVED"),
    "short link that nobody made": Refused("https://vm.tiktok.com/ZNobody/", "SHORT_LINK_UNRESOLVED"),
    "wrapper in a wrapper without end": Refused(
        "https://l.facebook.com/l.php?u=" * 9 + "https://www.facebook.com/marabakes", "UNKNOWN_ADDRESS"
    ),
    "nothing": Refused("   ", "INVALID_INPUT"),
    "far too much": Refused("https://www.tiktok.com/@" + "a" * 100_000, "INVALID_INPUT"),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
async def test_what_is_no_account_says_what_it_is_and_adds_nothing(
    roster: Roster, mara: str, refused: Refused
) -> None:
    answer = await roster.try_add(mara, refused.text)

    assert answer["code"] == refused.code, answer
    assert answer["message"] and answer["nextStep"]
    held = await roster.client.ask(
        "query ($id: ID!) { profile(id: $id) { socialAccounts { totalCount } } }", id=mara
    )
    assert held == {"socialAccounts": {"totalCount": 0}}


@pytest.mark.parametrize(
    ("post", "owner"),
    [
        ("https://vm.tiktok.com/ZMaraV1d/", "https://www.tiktok.com/@marabakes"),
        ("https://www.tiktok.com/@marabakes/video/7574012345678901234", "https://www.tiktok.com/@marabakes"),
        ("https://www.facebook.com/share/p/1MaraPost/", "https://www.facebook.com/marabakes"),
    ],
    ids=["behind a short link", "with its owner in the path", "behind a share"],
)
async def test_a_post_names_its_owner_who_can_be_added_next(
    roster: Roster, mara: str, post: str, owner: str
) -> None:
    refused = await roster.try_add(mara, post)

    assert (refused["code"], refused["ownerUrl"]) == ("POST_ADDRESS", owner)
    assert await roster.add(mara, refused["ownerUrl"])


async def test_a_short_link_is_asked_for_only_at_the_platforms_own_hosts(
    roster: Roster, mara: str, sandbox: Sandbox
) -> None:
    """The link's target is somebody else's word: following it anywhere would let them aim our requests."""
    await roster.try_add(mara, "https://vm.tiktok.com/ZElsewhere/")

    asked = await sandbox.requests()
    assert [(row["method"], row["host"]) for row in asked] == [("GET", "vm.tiktok.com")]


async def test_a_short_link_without_end_is_given_up_after_a_few_hops(
    roster: Roster, mara: str, sandbox: Sandbox
) -> None:
    await roster.try_add(mara, "https://vm.tiktok.com/ZRound/")

    assert 2 <= len(await sandbox.requests()) <= 3


async def test_a_short_link_that_leads_to_no_address_is_unresolved(
    roster: Roster, mara: str, sandbox: Sandbox
) -> None:
    """What a host calls an address may be none, such as half an IPv6 one."""
    await sandbox.fault(kind="redirect", location="https://[oops", status=302, host="vm.tiktok.com")

    answer = await roster.try_add(mara, "https://vm.tiktok.com/ZExAmPl3/")

    assert answer["code"] == "SHORT_LINK_UNRESOLVED"


async def test_a_short_link_is_unresolved_while_its_host_is_down(
    roster: Roster, mara: str, sandbox: Sandbox
) -> None:
    await sandbox.fault(kind="status", status=503, host="vm.tiktok.com")

    answer = await roster.try_add(mara, "https://vm.tiktok.com/ZExAmPl3/")

    assert answer["code"] == "SHORT_LINK_UNRESOLVED"
