"""Reconnecting renews the time, asks nothing that is known, and finds the account whatever it is called now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from linkroll_sdk import Candidate, ClientConfig, Grant, Http

from support.browser import Browser
from support.chirp import ChirpLogin, consent_at_chirp, serve_chirp
from support.clock import Travel
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer
from support.ways import Way, every_login


def moment(text: str) -> datetime:
    """A time as the API writes it."""
    return datetime.fromisoformat(text)


async def linked_pair(roster: Roster, browser: Browser, profile: str) -> tuple[str, str]:
    """Dina's Page "Dina Travels" and its Instagram account, linked together."""
    attempt, _ = await roster.walk(browser, "dina", profile=profile, platform="facebook")
    chosen = [c["id"] for c in attempt["candidates"] if c["displayName"] == "Dina Travels"]
    answer = await roster.choose(attempt["id"], chosen)
    page, instagram = answer["socialAccounts"]
    return page["id"], instagram["id"]


@every_login
async def test_reconnecting_begins_the_time_anew(
    roster: Roster, browser: Browser, server: Server, mara: str, travel: Travel, way: Way
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    before, sealed = await roster.account(account), await server.sealed_tokens()
    await travel(days=10)

    attempt, _ = await roster.walk(browser, way.person, account)

    after = await roster.account(account)
    assert attempt["state"] == "SUCCEEDED", attempt
    for field in ("authenticatedAt", "expiresAt"):
        gained = moment(after[field]) - moment(before[field])
        assert timedelta(days=10) <= gained < timedelta(days=10, minutes=2), field
    assert after["platformId"] == before["platformId"]
    assert len(await server.sealed_tokens()) == len(sealed)
    assert not set(sealed.values()) & set((await server.sealed_tokens()).values())


@every_login
async def test_a_consent_ends_after_its_time_and_a_reconnect_brings_it_back(
    roster: Roster, browser: Browser, mara: str, travel: Travel, way: Way
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    await travel(days=91)

    expired = await roster.account(account)
    attempt, _ = await roster.walk(browser, way.person, account)

    assert (expired["status"], expired["statusReason"]) == ("INVALID", "EXPIRED")
    assert expired["nextAction"] == "RECONNECT"
    assert attempt["state"] == "SUCCEEDED", attempt
    back = await roster.account(account)
    assert (back["status"], back["statusReason"], back["nextAction"]) == ("LINKED", None, None)


async def test_the_last_two_weeks_are_announced(
    roster: Roster, browser: Browser, mara: str, travel: Travel
) -> None:
    account = await roster.link(browser, "mara", mara, "@mara.bakes", "instagram")

    await travel(days=75, hours=23)
    before_warning = await roster.account(account)
    await travel(hours=2)
    warned = await roster.account(account)
    await travel(days=14)
    over = await roster.account(account)

    assert (before_warning["status"], before_warning["nextAction"]) == ("LINKED", None)
    assert (warned["status"], warned["nextAction"]) == ("EXPIRING", "RECONNECT")
    assert (over["status"], over["statusReason"]) == ("INVALID", "EXPIRED")


async def test_reconnecting_in_time_ends_the_warning(
    roster: Roster, browser: Browser, mara: str, travel: Travel
) -> None:
    account = await roster.link(browser, "mara", mara, "@mara.bakes", "instagram")
    await travel(days=80)
    warned = await roster.status(account)

    await roster.walk(browser, "mara", account)

    assert warned == "EXPIRING"
    assert await roster.status(account) == "LINKED"


async def test_a_page_lives_longer_than_the_token_it_was_reached_by(
    roster: Roster, browser: Browser, mara: str
) -> None:
    """The person's token ends after 60 days, the Page's has no date; data access ends after 90."""
    account = await roster.link(browser, "ben", mara, "bensbikeshed", "facebook")

    linked = await roster.account(account)

    left = moment(linked["expiresAt"]) - moment(linked["authenticatedAt"])
    assert timedelta(days=89) < left <= timedelta(days=90)


async def test_a_google_app_in_testing_ends_after_seven_days(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    await sandbox.control("PUT", "apps/google", {"status": "testing"})

    account = await roster.add(mara, "@marabakes", "youtube")

    await roster.walk(browser, "mara", account)

    linked = await roster.account(account)
    left = moment(linked["expiresAt"]) - moment(linked["authenticatedAt"])
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    assert linked["status"] == "EXPIRING"


async def test_a_reconnect_never_asks_and_renews_the_pair(
    roster: Roster, browser: Browser, dina: str, travel: Travel
) -> None:
    """Dina's consent reaches seven accounts; two are hers here."""
    page, instagram = await linked_pair(roster, browser, dina)
    before = [await roster.account(page), await roster.account(instagram)]
    await travel(days=50)

    attempt, _ = await roster.walk(browser, "dina", page)

    after = [await roster.account(page), await roster.account(instagram)]
    assert attempt["state"] == "SUCCEEDED", attempt
    assert [a["id"] for a in attempt["outcome"]["socialAccounts"]] == [page, instagram]
    for old, new in zip(before, after, strict=True):
        assert moment(new["authenticatedAt"]) - moment(old["authenticatedAt"]) >= timedelta(days=50)
        assert new["pairedWith"] == old["pairedWith"] is not None


async def test_a_pair_that_expired_together_comes_back_together(
    roster: Roster, browser: Browser, dina: str, travel: Travel
) -> None:
    page, instagram = await linked_pair(roster, browser, dina)
    await travel(days=91)
    expired = {await roster.status(page), await roster.status(instagram)}

    await roster.walk(browser, "dina", instagram)

    assert expired == {"INVALID"}
    assert await roster.status(page) == await roster.status(instagram) == "LINKED"


async def test_a_reconnect_does_not_bring_back_what_the_creator_unlinked(
    roster: Roster, browser: Browser, dina: str
) -> None:
    page, instagram = await linked_pair(roster, browser, dina)
    await roster.unlink(instagram)

    attempt, _ = await roster.walk(browser, "dina", page)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert await roster.status(page) == "LINKED"
    assert (await roster.account(instagram))["statusReason"] == "UNLINKED"


@every_login
async def test_an_unlinked_account_can_be_connected_again(
    roster: Roster, browser: Browser, mara: str, way: Way
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    await roster.unlink(account)

    attempt, _ = await roster.walk(browser, way.person, account)

    assert attempt["state"] == "SUCCEEDED", attempt
    back = await roster.account(account)
    assert (back["status"], back["statusReason"]) == ("LINKED", None)


async def test_a_reconnect_takes_the_login_that_linked_the_account(
    roster: Roster, browser: Browser, dina: str
) -> None:
    _, instagram = await linked_pair(roster, browser, dina)

    attempt, _ = await roster.walk(browser, "dina", instagram)

    assert attempt["login"] == "facebook"


# Names change, ids do not

RENAMED = {
    "facebook": "ben.rides",
    "instagram": "mara.and.bread",
    "tiktok": "mara.and.bread",
    "google": "marasbread",
}


@every_login
async def test_a_renamed_account_is_the_same_account_under_its_new_name(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, way: Way
) -> None:
    account = await roster.link(browser, way.person, mara, way.handle, way.platform)
    await sandbox.person(way.person, "rename", platform=way.platform, handle=RENAMED[way.login])

    attempt, _ = await roster.walk(browser, way.person, account)

    assert attempt["state"] == "SUCCEEDED", attempt
    renamed = await roster.account(account)
    assert renamed["handle"] == RENAMED[way.login]
    assert way.handle not in renamed["url"]
    assert (await accounts_of(roster, mara)) == [account]


async def accounts_of(roster: Roster, profile: str) -> list[str]:
    """The ids of a profile's accounts."""
    found: Any = await roster.client.ask(
        "query ($id: ID!) { profile(id: $id) { socialAccounts { nodes { id } } } }", id=profile
    )
    return [node["id"] for node in found["socialAccounts"]["nodes"]]


async def test_a_name_that_changed_hands_goes_with_the_one_who_has_it_now(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, dina: str
) -> None:
    maras = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await sandbox.person("mara", "rename", platform="tiktok", handle="mara.and.bread")
    await sandbox.person("dina", "rename", platform="tiktok", handle="marabakes")

    attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="tiktok")
    await roster.walk(browser, "mara", maras)

    [dinas] = attempt["outcome"]["socialAccounts"]
    assert dinas["id"] != maras and dinas["handle"] == "marabakes"
    assert (await roster.account(maras))["handle"] == "mara.and.bread"
    assert await roster.status(maras) == await roster.status(dinas["id"]) == "LINKED"


async def test_two_accounts_can_swap_their_names(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, dina: str
) -> None:
    maras = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    dinas = await roster.link(browser, "dina", dina, "@dinatravels", "tiktok")
    await sandbox.person("mara", "rename", platform="tiktok", handle="dinatravels")
    await sandbox.person("dina", "rename", platform="tiktok", handle="marabakes")

    first, _ = await roster.walk(browser, "mara", maras)
    second, _ = await roster.walk(browser, "dina", dinas)

    assert (first["state"], second["state"]) == ("SUCCEEDED", "SUCCEEDED")
    assert (await roster.account(maras))["handle"] == "dinatravels"
    assert (await roster.account(dinas))["handle"] == "marabakes"


async def test_a_new_name_that_another_profile_only_claims_is_no_obstacle(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, dina: str
) -> None:
    """Else anybody could block a renamed account's reconnect, by adding its new name first."""
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await sandbox.person("mara", "rename", platform="tiktok", handle="mara.moved")
    claimed = await roster.add(dina, "@mara.moved", "tiktok")

    attempt, _ = await roster.walk(browser, "mara", account)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert (await roster.account(account))["handle"] == "mara.moved"
    assert (await roster.account(claimed))["profile"] == {"id": dina}
    assert await roster.status(claimed) == "ADDED"
    taken = await roster.try_add(dina, "@mara.moved", "tiktok")
    assert taken["heldAccount"] == {"id": account}


async def test_a_reconnect_leaves_alone_what_another_login_linked(
    roster: Roster, browser: Browser, mara: str
) -> None:
    """The Page's consent reaches the Instagram account behind it as well, which has a link of its own."""
    instagram = await roster.link(browser, "mara", mara, "@mara.bakes", "instagram")
    page = await roster.link(browser, "mara", mara, "marabakes", "facebook")
    before = await roster.account(instagram)

    attempt, _ = await roster.walk(browser, "mara", page)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert "instagram" in {c["platform"] for c in attempt["candidates"] if c["usable"]}
    assert [a["id"] for a in attempt["outcome"]["socialAccounts"]] == [page]
    assert await roster.account(instagram) == before and before["login"] == "instagram"


class Remarrying(ChirpLogin):
    """Its first account has another partner each time."""

    def __init__(self) -> None:
        self.partners = ["second", "third"]

    async def discover(self, http: Http, client: ClientConfig, grant: Grant) -> list[Candidate]:
        pair = ("first", self.partners.pop(0))
        return [Candidate("chirp", name, handle=name, pair="a pair") for name in pair]


async def test_a_new_pair_leaves_no_old_partner_pointing(start_server: StartServer, browser: Browser) -> None:
    """A Page's Instagram account can be exchanged for another."""
    server = await serve_chirp(Remarrying(), start_server)
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")
    for _ in range(2):
        attempt = await consent_at_chirp(server, roster, browser, profile=mara)
        await roster.choose(attempt["id"], [c["id"] for c in attempt["candidates"]])

    listed = await roster.client.ask("{ socialAccounts { nodes { handle pairedWith { handle } } } }")

    partners = {n["handle"]: n["pairedWith"] and n["pairedWith"]["handle"] for n in listed["nodes"]}
    assert partners == {"first": "third", "second": None, "third": "first"}
