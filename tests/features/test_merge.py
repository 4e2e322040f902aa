"""Two profiles of one creator become one, nothing is lost on the way, and the way back stays open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from server.ids import row_id
from server.services.callers.viewers import Role
from support.browser import Browser
from support.clock import travel
from support.events import log_of
from support.gates import held
from support.merges import merge, preview, try_merge, try_undo, undo
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server

PROFILE = """
  id displayName
  socialAccounts(first: 100) { nodes { id } }
  members(first: 100) { nodes { id } }
  groups(first: 100) { nodes { id } }
"""


async def profile_of(roster: Roster, profile: str) -> Any:
    """A profile with what hangs on it, by lists of ids."""
    found = await roster.client.ask(f"query ($id: ID!) {{ profile(id: $id) {{ {PROFILE} }} }}", id=profile)
    for name in ("socialAccounts", "members", "groups"):
        found[name] = [node["id"] for node in found[name]["nodes"]]
    return found


async def join(roster: Roster, group: str, member: str) -> None:
    """Make *member* a member of *group*."""
    answer = await roster.client.ask(
        """mutation ($input: AddGroupMemberInput!) {
          addGroupMember(input: $input) { __typename ... on Refusal { code message } } }""",
        input={"groupId": group, "memberId": member},
    )
    assert answer["__typename"] == "AddGroupMemberSuccess", answer


@pytest.fixture
async def mara(roster: Roster) -> str:
    """Mara's profile, without any account."""
    return await roster.create_profile("Mara Linden")


@pytest.fixture
async def twin(roster: Roster) -> str:
    """Another profile of Mara's, made by mistake."""
    return await roster.create_profile("Mara L.")


# Preview and merge


async def test_a_preview_shows_what_a_merge_would_move_and_moves_nothing(
    roster: Roster, mara: str, twin: str
) -> None:
    account = await roster.add(twin, "@marabakes", "tiktok")
    kiln = await roster.create_profile("Kiln House", "GROUP")
    await join(roster, kiln, twin)

    shown = await preview(roster, survivor=mara, merged=twin)

    assert shown["__typename"] == "MergePreview"
    assert (shown["survivor"]["id"], shown["merged"]) == (mara, {"id": twin, "mergedInto": None})
    assert shown["socialAccounts"] == [{"id": account}]
    assert (shown["groups"], shown["members"]) == ([{"id": kiln}], [])
    assert (await profile_of(roster, twin))["socialAccounts"] == [account]
    assert (await profile_of(roster, mara))["socialAccounts"] == []


async def test_a_merge_moves_accounts_with_their_links(
    roster: Roster, browser: Browser, mara: str, twin: str
) -> None:
    linked = await roster.link(browser, "mara", twin, "@marabakes", "tiktok")
    added = await roster.add(twin, "youtube.com/@marabakes")

    answer = await try_merge(roster, survivor=mara, merged=twin)

    assert answer["merged"] == {"id": twin, "mergedInto": {"id": mara}}
    assert {account["id"] for account in answer["socialAccounts"]} == {linked, added}
    assert (await profile_of(roster, mara))["socialAccounts"] == [linked, added]
    assert await roster.status(linked) == "LINKED"
    assert (await roster.unlink(linked))["revocation"] == "REVOKED"


async def test_the_log_of_a_merged_profile_is_the_survivors_log_until_the_undo(
    roster: Roster, mara: str, twin: str
) -> None:
    account = await roster.add(twin, "@marabakes", "tiktok")

    merged = await merge(roster, survivor=mara, merged=twin)

    told = await log_of(roster.client, first=10, profileId=mara)
    assert [(event["accountId"], event["profile"]) for event in told] == [(account, {"id": mara})]
    await undo(roster, merged)
    assert await log_of(roster.client, first=10, profileId=mara) == []


async def test_members_and_groups_move(roster: Roster, mara: str, twin: str) -> None:
    kiln = await roster.create_profile("Kiln House", "GROUP")
    await join(roster, kiln, twin)

    await merge(roster, survivor=mara, merged=twin)

    assert (await profile_of(roster, kiln))["members"] == [mara]
    assert (await profile_of(roster, mara))["groups"] == [kiln]


async def test_groups_merge_with_their_members_and_accounts(roster: Roster, mara: str) -> None:
    kiln, kiln_too = [await roster.create_profile(name, "GROUP") for name in ("Kiln House", "Kiln Haus")]
    await join(roster, kiln_too, mara)
    account = await roster.add(kiln_too, "instagram.com/kiln.house")

    await merge(roster, survivor=kiln, merged=kiln_too)

    found = await profile_of(roster, kiln)
    assert (found["members"], found["socialAccounts"]) == ([mara], [account])
    assert (await profile_of(roster, mara))["groups"] == [kiln]


async def test_a_membership_that_both_had_is_shown_once(roster: Roster, mara: str, twin: str) -> None:
    kiln = await roster.create_profile("Kiln House", "GROUP")
    await join(roster, kiln, mara)
    await join(roster, kiln, twin)

    merged = await merge(roster, survivor=mara, merged=twin)

    assert (await profile_of(roster, kiln))["members"] == [mara]
    await undo(roster, merged)
    assert sorted((await profile_of(roster, kiln))["members"]) == sorted([mara, twin])


async def test_a_member_that_two_merged_groups_shared_has_one_group(roster: Roster, mara: str) -> None:
    kiln, kiln_too = [await roster.create_profile(name, "GROUP") for name in ("Kiln House", "Kiln Haus")]
    await join(roster, kiln, mara)
    await join(roster, kiln_too, mara)

    await merge(roster, survivor=kiln, merged=kiln_too)

    assert (await profile_of(roster, mara))["groups"] == [kiln]
    assert (await profile_of(roster, kiln))["members"] == [mara]


@pytest.mark.parametrize(
    ("survivor", "merged", "reason"),
    [
        ("mara", "mara", "These are one profile already."),
        ("mara", "kiln", "An individual and a group cannot be merged."),
        ("kiln", "mara", "An individual and a group cannot be merged."),
    ],
    ids=["with itself", "a group into an individual", "an individual into a group"],
)
async def test_what_cannot_be_one_is_not_merged(
    roster: Roster, mara: str, survivor: str, merged: str, reason: str
) -> None:
    profiles = {"mara": mara, "kiln": await roster.create_profile("Kiln House", "GROUP")}

    refusals = [await asked(roster, profiles[survivor], profiles[merged]) for asked in (preview, try_merge)]

    assert [(r["code"], r["reason"]) for r in refusals] == [("CANNOT_MERGE", reason)] * 2


async def test_profiles_that_were_merged_are_one_already(roster: Roster, mara: str, twin: str) -> None:
    await merge(roster, survivor=mara, merged=twin)

    answer = await try_merge(roster, survivor=twin, merged=mara)

    assert answer["code"] == "CANNOT_MERGE"


# Merged ids


async def test_a_merged_id_goes_on_resolving(roster: Roster, mara: str, twin: str) -> None:
    await merge(roster, survivor=mara, merged=twin)

    found = await roster.client.ask(
        """query ($id: ID!, $ids: [ID!]!) {
          profile(id: $id) { id displayName }
          node(id: $id) { id }
          nodes(ids: $ids) { id }
        }""",
        id=twin,
        ids=[mara, twin],
    )

    assert found["profile"] == {"id": mara, "displayName": "Mara Linden"}
    assert found["node"] == {"id": mara}
    assert found["nodes"] == [{"id": mara}, {"id": mara}]


async def test_a_merged_profiles_external_id_finds_the_survivor_and_names_it_as_holder(
    roster: Roster, mara: str
) -> None:
    """Another system knows it by that id, and goes on asking for it."""
    twin = await roster.create_profile("Mara L.", external_id="crm-7")
    await merge(roster, survivor=mara, merged=twin)

    found = await roster.client.ask('{ profiles(filter: { externalId: "crm-7" }) { nodes { id } } }')
    taken = await roster.client.ask(
        """mutation ($input: CreateProfileInput!) {
          createProfile(input: $input) { ... on ExternalIdTaken { code holder { id } } } }""",
        input={"displayName": "Mara Again", "kind": "INDIVIDUAL", "externalId": " crm-7 "},
    )

    assert found == {"nodes": [{"id": mara}]}
    assert taken == {"code": "EXTERNAL_ID_TAKEN", "holder": {"id": mara}}


async def test_a_merged_profile_is_in_no_list(roster: Roster, mara: str, twin: str) -> None:
    await merge(roster, survivor=mara, merged=twin)

    listed = await roster.client.ask("{ profiles { totalCount nodes { id } } }")

    assert listed == {"totalCount": 1, "nodes": [{"id": mara}]}


async def test_changes_by_a_merged_id_reach_the_survivor(roster: Roster, mara: str, twin: str) -> None:
    kiln = await roster.create_profile("Kiln House", "GROUP")
    await merge(roster, survivor=mara, merged=twin)

    account = await roster.add(twin, "@marabakes", "tiktok")
    await join(roster, kiln, twin)
    _, authorize_url = await roster.begin(profile=twin, platform="instagram")
    renamed = await roster.client.ask(
        """mutation ($input: UpdateProfileInput!) {
          updateProfile(input: $input) { ... on UpdateProfileSuccess { profile { id } } } }""",
        input={"id": twin, "displayName": "Mara Renamed"},
    )

    found = await profile_of(roster, mara)
    assert authorize_url and renamed["profile"] == {"id": mara}
    assert (found["displayName"], found["socialAccounts"]) == ("Mara Renamed", [account])
    assert found["groups"] == [kiln]


async def test_a_creators_key_follows_its_profile_into_the_merge_and_back(
    server: Server, roster: Roster, mara: str, twin: str
) -> None:
    creator = await server.roster(Role.CREATOR, profile=twin)
    theirs = await roster.add(mara, "@marabakes", "tiktok")
    assert await creator.account(theirs) is None

    merged = await merge(roster, survivor=mara, merged=twin)

    await _speaks_for(creator, mara)
    assert (await creator.account(theirs))["id"] == theirs
    await undo(roster, merged)
    await _speaks_for(creator, twin)
    assert await creator.account(theirs) is None


async def _speaks_for(creator: Roster, profile: str) -> None:
    """Come back when the creator's key is the profile's: processes hear of a merge a moment after it."""
    async with asyncio.timeout(5):
        while (await creator.client.ask("{ viewer { profile { id } } }"))["profile"] != {"id": profile}:
            await asyncio.sleep(0.005)


async def test_only_those_who_keep_the_roster_merge(server: Server, mara: str, twin: str) -> None:
    creator = await server.roster(Role.CREATOR, profile=mara)
    mutation = """mutation ($input: MergeProfilesInput!) { mergeProfiles(input: $input) { __typename } }"""

    code = await creator.client.error_code(mutation, input={"survivorId": mara, "mergedId": twin})

    assert code == "FORBIDDEN"


# Undo


async def test_undo_gives_back_exactly_what_was_moved(roster: Roster, mara: str, twin: str) -> None:
    own = await roster.add(mara, "@marabakes", "tiktok")
    moved = await roster.add(twin, "instagram.com/mara.bakes")
    kiln = await roster.create_profile("Kiln House", "GROUP")
    await join(roster, kiln, twin)
    merged = await merge(roster, survivor=mara, merged=twin)
    later = await roster.add(twin, "youtube.com/@marabakes")

    gone = await undo(roster, merged)

    assert gone == []
    one, two = await profile_of(roster, mara), await profile_of(roster, twin)
    assert (one["socialAccounts"], one["groups"]) == ([own, later], [])
    assert (two["id"], two["socialAccounts"], two["groups"]) == (twin, [moved], [kiln])


async def test_an_account_that_was_removed_since_is_named_as_gone(
    roster: Roster, mara: str, twin: str
) -> None:
    removed = await roster.add(twin, "@marabakes", "tiktok")
    kept = await roster.add(twin, "instagram.com/mara.bakes")
    merged = await merge(roster, survivor=mara, merged=twin)
    await roster.remove(removed)

    gone = await undo(roster, merged)

    assert gone == [removed]
    assert (await profile_of(roster, twin))["socialAccounts"] == [kept]


async def test_an_account_that_moved_on_since_stays_where_it_is(roster: Roster, mara: str, twin: str) -> None:
    """Removed here and added there: it is another row, and another profile's now."""
    moved = await roster.add(twin, "@marabakes", "tiktok")
    merged = await merge(roster, survivor=mara, merged=twin)
    dina = await roster.create_profile("Dina Haddad")
    await roster.remove(moved)
    again = await roster.add(dina, "@marabakes", "tiktok")

    gone = await undo(roster, merged)

    assert gone == [moved]
    assert (await roster.account(again))["profile"] == {"id": dina}


async def test_a_chain_of_merges_is_undone_from_its_end(roster: Roster, mara: str, twin: str) -> None:
    third = await roster.create_profile("M. Linden")
    account = await roster.add(third, "@marabakes", "tiktok")
    first = await merge(roster, survivor=twin, merged=third)
    second = await merge(roster, survivor=mara, merged=twin)
    assert (await profile_of(roster, third))["id"] == mara

    too_early = await try_undo(roster, first)
    await undo(roster, second)
    after_one = await profile_of(roster, third)
    await undo(roster, first)

    assert too_early["code"] == "CANNOT_UNDO_MERGE"
    assert after_one["id"] == twin
    found = await profile_of(roster, third)
    assert (found["id"], found["socialAccounts"]) == (third, [account])
    assert (await profile_of(roster, mara))["socialAccounts"] == []


async def test_a_merge_is_undone_once(roster: Roster, mara: str, twin: str) -> None:
    merged = await merge(roster, survivor=mara, merged=twin)
    await undo(roster, merged)

    again = await try_undo(roster, merged)

    assert (again["code"], again["reason"]) == ("CANNOT_UNDO_MERGE", "This merge was undone already.")


async def test_profiles_can_be_merged_again_after_an_undo(roster: Roster, mara: str, twin: str) -> None:
    account = await roster.add(twin, "@marabakes", "tiktok")
    await undo(roster, await merge(roster, survivor=mara, merged=twin))

    again = await merge(roster, survivor=twin, merged=mara)

    assert (await profile_of(roster, mara))["id"] == twin
    await undo(roster, again)
    assert (await roster.account(account))["profile"] == {"id": twin}


async def test_undo_ends_after_its_time(
    server: Server, sandbox: Sandbox, roster: Roster, mara: str, twin: str
) -> None:
    early = await merge(roster, survivor=mara, merged=twin)
    await travel(sandbox, server, days=29, hours=23)
    await undo(roster, early)
    late = await merge(roster, survivor=mara, merged=twin)
    await travel(sandbox, server, days=30, minutes=1)

    answer = await try_undo(roster, late)

    assert (answer["code"], answer["reason"]) == ("CANNOT_UNDO_MERGE", "A merge can be undone for 30 days.")


async def test_an_unknown_merge_is_not_found(roster: Roster) -> None:
    answer = await try_undo(roster, "UHJvZmlsZU1lcmdlOjk5OQ==")

    assert answer["code"] == "MERGE_NOT_FOUND"


# Meanwhile


async def test_a_consent_that_was_begun_before_the_merge_links_at_the_survivor(
    roster: Roster, browser: Browser, mara: str, twin: str
) -> None:
    attempt, authorize_url = await roster.begin(profile=twin, platform="tiktok")
    await merge(roster, survivor=mara, merged=twin)

    await browser.consent(authorize_url, "mara")

    outcome = (await roster.attempt(attempt))["outcome"]
    assert outcome["__typename"] == "AccountsLinked", outcome
    assert (await profile_of(roster, mara))["socialAccounts"] == [outcome["socialAccounts"][0]["id"]]


async def test_a_creator_keeps_sight_of_an_open_attempt_over_a_merge(
    server: Server, roster: Roster, mara: str, twin: str
) -> None:
    creator = await server.roster(Role.CREATOR, profile=twin)
    attempt, _ = await creator.begin(profile=twin, platform="tiktok")

    merged = await merge(roster, survivor=mara, merged=twin)

    await _speaks_for(creator, mara)
    assert (await creator.attempt(attempt))["state"] == "PENDING"
    await undo(roster, merged)
    await _speaks_for(creator, twin)
    assert (await creator.attempt(attempt))["state"] == "PENDING"


async def test_adding_while_a_merge_commits_lands_at_the_survivor(
    server: Server, roster: Roster, mara: str, twin: str
) -> None:
    async with held(
        server.host.database.url, "SELECT FROM profile WHERE id = $1 FOR UPDATE", row_id(mara, "Profile")
    ) as gate:
        merging = asyncio.create_task(merge(roster, survivor=mara, merged=twin))
        await gate.waiting(1)
        adding = asyncio.create_task(roster.add(twin, "@marabakes", "tiktok"))
        await gate.waiting(1)

    await merging
    account = await adding
    assert (await profile_of(roster, mara))["socialAccounts"] == [account]


async def test_a_merge_and_a_reconnect_of_its_account_wait_for_each_other(
    server: Server, roster: Roster, browser: Browser, mara: str, twin: str
) -> None:
    """Both need the account and the attempt: taken in different orders, the database would end one of them."""
    account = await roster.link(browser, "mara", twin, "@marabakes", "tiktok")
    attempt, authorize_url = await roster.begin(account)
    async with held(
        server.host.database.url,
        "SELECT FROM social_account WHERE id = $1 FOR UPDATE",
        row_id(account, "SocialAccount"),
    ) as gate:
        merging = asyncio.create_task(merge(roster, survivor=mara, merged=twin))
        await gate.waiting(1)
        linking = asyncio.create_task(browser.consent(authorize_url, "mara"))
        await gate.waiting(2)

    await merging
    await linking
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"
    assert (await roster.account(account))["profile"] == {"id": mara}


async def test_a_removal_and_a_reconnect_of_one_account_wait_for_each_other(
    server: Server, roster: Roster, browser: Browser, twin: str
) -> None:
    account = await roster.link(browser, "mara", twin, "@marabakes", "tiktok")
    _, authorize_url = await roster.begin(account)
    async with held(
        server.host.database.url,
        "SELECT FROM social_account WHERE id = $1 FOR UPDATE",
        row_id(account, "SocialAccount"),
    ) as gate:
        removing = asyncio.create_task(roster.remove(account))
        await gate.waiting(1)
        linking = asyncio.create_task(browser.consent(authorize_url, "mara"))
        await gate.waiting(2)

    answer, landing = await removing, await linking
    assert answer["__typename"] == "RemoveSocialAccountSuccess", answer
    assert landing.status < 500
    assert await roster.account(account) is None


async def test_the_removal_of_a_profile_and_a_consent_for_it_wait_for_each_other(
    server: Server, roster: Roster, browser: Browser, twin: str
) -> None:
    account = await roster.link(browser, "mara", twin, "@marabakes", "tiktok")
    _, authorize_url = await roster.begin(account)
    async with held(
        server.host.database.url,
        "SELECT FROM social_account WHERE id = $1 FOR UPDATE",
        row_id(account, "SocialAccount"),
    ) as gate:
        removing = asyncio.create_task(
            roster.client.ask(
                """mutation ($input: RemoveProfileInput!) { removeProfile(input: $input) { __typename } }""",
                input={"id": twin},
            )
        )
        await gate.waiting(1)
        linking = asyncio.create_task(browser.consent(authorize_url, "mara"))
        await gate.waiting(2)

    answer, landing = await removing, await linking
    assert answer == {"__typename": "RemoveProfileSuccess"}
    assert landing.status < 500
    assert await roster.client.ask("{ socialAccounts { totalCount } }") == {"totalCount": 0}


async def test_merges_removals_and_adds_at_once_leave_every_account_on_a_living_profile(
    roster: Roster, new_browser: Callable[[], Browser]
) -> None:
    """Whoever comes first, nothing fails inside, and no account is left on a profile that was merged."""
    profiles = [await roster.create_profile(f"Creator {n}") for n in range(4)]

    async def merge_and_undo(survivor: str, merged: str) -> None:
        for _ in range(6):
            answer = await try_merge(roster, survivor, merged)
            if answer["__typename"] == "MergeProfilesSuccess":
                await try_undo(roster, answer["merge"]["id"])

    async def add_and_remove(profile: str, handle: str) -> None:
        for _ in range(10):
            answer = await roster.try_add(profile, handle, "tiktok")
            if answer["__typename"] == "AddSocialAccountSuccess":
                await roster.remove(answer["socialAccount"]["id"])

    await asyncio.gather(
        merge_and_undo(profiles[0], profiles[1]),
        merge_and_undo(profiles[1], profiles[0]),
        merge_and_undo(profiles[2], profiles[1]),
        *(add_and_remove(profile, f"creator{n}") for n, profile in enumerate(profiles)),
        add_and_remove(profiles[1], "everybodys"),
        add_and_remove(profiles[2], "everybodys"),
    )
    for n, profile in enumerate(profiles):
        await roster.add(profile, f"last{n}", "tiktok")

    accounts = await roster.client.ask(
        "{ socialAccounts(first: 100) { nodes { profile { mergedInto { id } } } } }"
    )
    assert len(accounts["nodes"]) == 4
    assert all(account["profile"]["mergedInto"] is None for account in accounts["nodes"])
