"""An account belongs to at most one profile: who meets the holder learns the way out, whoever they are."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest
from linkroll_sdk import Candidate, ClientConfig, Grant, Http

from server.services.callers.viewers import Role
from support.browser import Browser
from support.chirp import ChirpLogin, consent_at_chirp, serve_chirp
from support.gates import held
from support.merges import merge
from support.roster import Roster
from support.server import Server, StartServer

INSERTS_WAIT = "LOCK TABLE social_account IN SHARE ROW EXCLUSIVE MODE"
"""Everybody may look, and lock what they find, but whoever adds waits."""
CHANGES_WAIT = "LOCK TABLE social_account IN EXCLUSIVE MODE"
"""Everybody may look, but whoever adds, changes or locks waits."""


@pytest.fixture
async def mara(roster: Roster) -> str:
    """Mara's profile, without any account."""
    return await roster.create_profile("Mara Linden")


@pytest.fixture
async def ben(roster: Roster) -> str:
    """Ben's profile, without any account."""
    return await roster.create_profile("Ben Okafor")


async def test_a_manager_learns_who_holds_the_account(server: Server, mara: str, ben: str) -> None:
    manager = await server.roster(Role.MANAGER)
    held = await manager.add(mara, "tiktok.com/@marabakes")

    answer = await manager.try_add(ben, "https://www.tiktok.com/@MaraBakes?lang=en")

    assert answer["code"] == "ACCOUNT_ALREADY_ATTACHED"
    assert answer["holder"] == {"id": mara} and answer["heldAccount"] == {"id": held}
    assert answer["url"] == "https://www.tiktok.com/@marabakes"


async def test_a_creator_learns_nothing_about_the_holder(
    server: Server, roster: Roster, mara: str, ben: str
) -> None:
    await roster.add(mara, "tiktok.com/@marabakes")
    creator = await server.roster(Role.CREATOR, profile=ben)

    answer = await creator.try_add(ben, "tiktok.com/@marabakes")

    assert answer["code"] == "ACCOUNT_ALREADY_ATTACHED"
    assert answer["holder"] is None and answer["heldAccount"] is None
    assert "Mara" not in str(answer)


async def test_adding_an_account_twice_to_one_profile_names_that_profile(roster: Roster, mara: str) -> None:
    held = await roster.add(mara, "@marabakes", "tiktok")

    answer = await roster.try_add(mara, "tiktok.com/@marabakes")

    assert answer["holder"] == {"id": mara} and answer["heldAccount"] == {"id": held}


async def test_the_holder_is_found_by_address_and_the_account_moves_by_remove_then_add(
    roster: Roster, mara: str, ben: str
) -> None:
    await roster.add(mara, "tiktok.com/@marabakes")
    conflict = await roster.try_add(ben, "tiktok.com/@marabakes")

    found = await roster.client.ask(
        """query ($url: String!) {
          socialAccountByUrl(url: $url) { ... on SocialAccount { id profile { id } } } }""",
        url=conflict["url"],
    )
    await roster.remove(found["id"])
    added = await roster.add(ben, "tiktok.com/@marabakes")

    assert found["profile"] == {"id": mara}
    assert (await roster.account(added))["profile"] == {"id": ben}


async def test_merging_the_two_profiles_ends_the_conflict(roster: Roster, mara: str, ben: str) -> None:
    account = await roster.add(mara, "tiktok.com/@marabakes")
    conflict = await roster.try_add(ben, "tiktok.com/@marabakes")

    await merge(roster, survivor=ben, merged=conflict["holder"]["id"])

    assert (await roster.account(account))["profile"] == {"id": ben}


async def test_a_handle_that_was_added_is_found_under_its_other_addresses(
    roster: Roster, mara: str, ben: str
) -> None:
    """Facebook reads names without regard to dots and case; the database must as well."""
    await roster.add(mara, "facebook.com/mara.bakes")

    answer = await roster.try_add(ben, "https://m.facebook.com/MaraBakes")

    assert answer["code"] == "ACCOUNT_ALREADY_ATTACHED"


async def test_connecting_an_account_that_another_profile_linked_moves_nothing(
    roster: Roster, new_browser: Callable[[], Browser], mara: str, ben: str
) -> None:
    account = await roster.link(new_browser(), "mara", mara, "@marabakes", "tiktok")

    attempt, _ = await roster.walk(new_browser(), "mara", profile=ben, platform="tiktok")

    assert attempt["state"] == "FAILED"
    assert attempt["outcome"]["code"] == "ACCOUNT_ALREADY_ATTACHED"
    assert attempt["outcome"]["holder"] == {"id": mara}
    assert (await roster.account(account))["profile"] == {"id": mara}
    assert await roster.status(account) == "LINKED"


async def test_a_renamed_account_is_still_the_same_account(
    roster: Roster, new_browser: Callable[[], Browser], mara: str, ben: str
) -> None:
    """The conflict is about the platform's stable id, not about a name that changed meanwhile."""
    await roster.link(new_browser(), "mara", mara, "@marabakes", "tiktok")
    renamed = await roster.add(ben, "@mara.moved", "tiktok")

    attempt, _ = await roster.walk(
        new_browser(), "mara", profile=ben, platform="tiktok", form={"account": "marabakes"}
    )

    assert attempt["outcome"]["code"] == "ACCOUNT_ALREADY_ATTACHED"
    assert await roster.status(renamed) == "ADDED"


# Races


async def test_fifty_adds_of_one_account_at_once_give_one_success_and_forty_nine_conflicts(
    start_server: StartServer,
) -> None:
    """Two servers on one database: the decision is the database's, not a process's."""
    first, second = await start_server(), await start_server()
    rosters = [await first.roster(), await second.roster()]
    profiles = [await rosters[0].create_profile(f"Creator {n}") for n in range(50)]

    answers = await asyncio.gather(
        *(rosters[n % 2].try_add(profile, "@marabakes", "tiktok") for n, profile in enumerate(profiles))
    )

    kinds = Counter(answer["__typename"] for answer in answers)
    assert kinds == {"AddSocialAccountSuccess": 1, "AccountAlreadyAttached": 49}
    winner = next(a["socialAccount"]["profile"]["id"] for a in answers if "socialAccount" in a)
    assert {a["holder"]["id"] for a in answers if "holder" in a} == {winner}


async def test_adding_and_removing_at_once_never_shows_an_error(
    start_server: StartServer,
) -> None:
    """Between the look and the insert the holder may come or go, again and again."""
    first, second = await start_server(), await start_server()
    adding, removing = await first.roster(), await second.roster()
    profiles = [await adding.create_profile(f"Creator {n}") for n in range(4)]

    async def add_and_remove(roster: Roster, profile: str) -> list[str]:
        seen = []
        for _ in range(12):
            answer = await roster.try_add(profile, "@marabakes", "tiktok")
            seen.append(answer["__typename"])
            if answer["__typename"] == "AddSocialAccountSuccess":
                await roster.remove(answer["socialAccount"]["id"])
        return seen

    rounds = await asyncio.gather(
        *(add_and_remove((adding, removing)[n % 2], profile) for n, profile in enumerate(profiles))
    )

    outcomes = Counter(outcome for seen in rounds for outcome in seen)
    assert outcomes.keys() <= {"AddSocialAccountSuccess", "AccountAlreadyAttached"}
    assert outcomes["AddSocialAccountSuccess"] >= 4


async def test_two_consents_for_one_account_at_once_link_it_to_one_profile(
    start_server: StartServer, new_browser: Callable[[], Browser], database_url: str
) -> None:
    first, second = await start_server(), await start_server()
    one, other = await first.roster(), await second.roster()
    mara, ben = await one.create_profile("Mara Linden"), await one.create_profile("Ben Okafor")

    async with held(database_url, INSERTS_WAIT) as gate:
        walks = [
            asyncio.create_task(one.walk(new_browser(), "mara", profile=mara, platform="tiktok")),
            asyncio.create_task(other.walk(new_browser(), "mara", profile=ben, platform="tiktok")),
        ]
        await gate.waiting(2)
    ended = [attempt["outcome"]["__typename"] for attempt, _ in await asyncio.gather(*walks)]

    assert sorted(ended) == ["AccountAlreadyAttached", "AccountsLinked"]
    accounts = await one.client.ask("{ socialAccounts { totalCount nodes { status } } }")
    assert accounts == {"totalCount": 1, "nodes": [{"status": "LINKED"}]}


class InAnyOrder(ChirpLogin):
    """Reaches the same accounts, in the one order or the other."""

    def __init__(self) -> None:
        self.found = [Candidate("chirp", str(n), handle=f"chirper{n}") for n in range(6)]

    async def discover(self, http: Http, client: ClientConfig, grant: Grant) -> list[Candidate]:
        self.found.reverse()
        return list(self.found)


async def test_two_consents_that_reach_the_same_accounts_in_another_order_never_wait_for_each_other(
    start_server: StartServer, new_browser: Callable[[], Browser], database_url: str
) -> None:
    """Each holding what the other needs next is a deadlock, and whom PostgreSQL ends would see an error."""
    server = await serve_chirp(InAnyOrder(), start_server)
    roster = await server.roster()
    mara, ben = await roster.create_profile("Mara Linden"), await roster.create_profile("Ben Okafor")
    consents = [
        await consent_at_chirp(server, roster, new_browser(), profile=profile) for profile in (mara, ben)
    ]
    ids = [[c["id"] for c in attempt["candidates"]] for attempt in consents]

    async with held(database_url, CHANGES_WAIT) as gate:
        choices = [
            asyncio.create_task(roster.choose(attempt["id"], chosen))
            for attempt, chosen in zip(consents, ids, strict=True)
        ]
        await gate.waiting(2)
    ended = sorted(answer["__typename"] for answer in await asyncio.gather(*choices))

    assert [c["handle"] for c in consents[0]["candidates"]] != [
        c["handle"] for c in consents[1]["candidates"]
    ]
    assert ended == ["AccountAlreadyAttached", "ChooseAccountsSuccess"]
    accounts = await roster.client.ask("{ socialAccounts { totalCount nodes { status profile { id } } } }")
    assert accounts["totalCount"] == 6
    assert len({node["profile"]["id"] for node in accounts["nodes"]}) == 1
    assert {node["status"] for node in accounts["nodes"]} == {"LINKED"}


async def test_two_consents_of_one_profile_for_one_account_at_once_both_end_well(
    start_server: StartServer, new_browser: Callable[[], Browser], database_url: str
) -> None:
    """A person who clicked twice, in two windows: the account is the profile's own, so nothing is in the way."""
    first, second = await start_server(), await start_server()
    one, other = await first.roster(), await second.roster()
    mara = await one.create_profile("Mara Linden")

    async with held(database_url, INSERTS_WAIT) as gate:
        walks = [
            asyncio.create_task(roster.walk(new_browser(), "mara", profile=mara, platform="tiktok"))
            for roster in (one, other)
        ]
        await gate.waiting(2)
    ended = [attempt["outcome"]["__typename"] for attempt, _ in await asyncio.gather(*walks)]

    assert ended == ["AccountsLinked"] * 2
    accounts = await one.client.ask("{ socialAccounts { totalCount nodes { status } } }")
    assert accounts == {"totalCount": 1, "nodes": [{"status": "LINKED"}]}
