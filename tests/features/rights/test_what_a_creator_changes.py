"""A creator changes what is theirs, and nothing else; the key goes with the profile."""

from __future__ import annotations

from graphql import GraphQLSchema

from support.rights import (
    ROSTER_CHANGES,
    SECRET,
    People,
    operation,
    root_fields,
)
from support.roster import Roster
from support.server import Server
from support.snapshots import snapshot


async def test_a_creator_changes_nothing_of_the_roster(
    server: Server, people: People, schema: GraphQLSchema
) -> None:
    creator = await people.creator()
    before = await snapshot(server.host)

    codes = {
        name: await creator.error_code(query, **variables)
        for name in sorted(ROSTER_CHANGES)
        for query, variables in [operation(schema, "Mutation", name, people, "mara")]
    }

    assert codes == dict.fromkeys(codes, "FORBIDDEN")
    assert await snapshot(server.host) == before


async def test_a_creator_changes_nothing_of_somebody_else(
    server: Server, people: People, schema: GraphQLSchema
) -> None:
    creator = await people.creator()
    names = set(root_fields(schema, "Mutation")) - ROSTER_CHANGES
    before = await snapshot(server.host)

    answers = {
        name: (await creator.ask(query, **variables))["code"]
        for name in sorted(names)
        for query, variables in [
            operation(schema, "Mutation", name, people, "hush", "{ ... on Refusal { code } }")
        ]
    }

    assert answers == {
        "addSocialAccount": "PROFILE_NOT_FOUND",
        "cancelConnect": "CONNECT_ATTEMPT_NOT_FOUND",
        "chooseAccounts": "CONNECT_ATTEMPT_NOT_FOUND",
        "connectSocialAccount": "SOCIAL_ACCOUNT_NOT_FOUND",
        "refreshMetrics": "SOCIAL_ACCOUNT_NOT_FOUND",
        "removeSocialAccount": "SOCIAL_ACCOUNT_NOT_FOUND",
        "unlinkSocialAccount": "SOCIAL_ACCOUNT_NOT_FOUND",
        "updateProfile": "PROFILE_NOT_FOUND",
    }
    assert await snapshot(server.host) == before


async def test_a_creator_runs_their_own_profile(people: People) -> None:
    own = Roster(await people.creator())

    renamed = await own.client.ask(
        """mutation ($i: UpdateProfileInput!) { updateProfile(input: $i) {
          ... on UpdateProfileSuccess { profile { id displayName } } } }""",
        i={"id": people.mara, "displayName": "Mara L."},
    )
    account = await own.add(people.mara, "@marabakes", "tiktok")
    attempt, _ = await own.begin(account)
    unlinked = await own.unlink(people.mara_account)
    removed = await own.remove(account)

    assert renamed["profile"] == {"id": people.mara, "displayName": "Mara L."}
    assert attempt
    assert unlinked["__typename"] == "UnlinkSocialAccountSuccess"
    assert removed["profile"]["id"] == people.mara


async def test_a_creator_cannot_take_on_another_external_id(server: Server, people: People) -> None:
    """It ties the profile to the agency's other systems, and taken ones would tell of other profiles."""
    creator = await people.creator()
    change = "mutation ($i: UpdateProfileInput!) { updateProfile(input: $i) { __typename } }"
    before = await snapshot(server.host)

    codes = [
        await creator.error_code(change, i={"id": people.mara, "displayName": "X", "externalId": external_id})
        for external_id in (SECRET, "free", None)
    ]

    assert codes == ["FORBIDDEN"] * 3
    assert await snapshot(server.host) == before


async def test_a_creators_key_follows_a_merge_and_its_undo(people: People) -> None:
    """What the survivor had before is the creator's as well: the two profiles are one person."""
    creator, roster = await people.creator(), await people.server.roster()
    whoami = "{ viewer { profile { id } } socialAccounts { totalCount } }"

    merged = await roster.client.ask(
        "mutation ($i: MergeProfilesInput!) { mergeProfiles(input: $i)"
        " { ... on MergeProfilesSuccess { merge { id } } } }",
        i={"survivorId": people.hush, "mergedId": people.mara},
    )
    as_one = await creator.ask(whoami)
    await roster.client.ask(
        "mutation ($i: UndoMergeInput!) { undoMerge(input: $i) { ... on UndoMergeSuccess { survivor { id } } } }",
        i={"mergeId": merged["merge"]["id"]},
    )
    apart = await creator.ask(whoami)

    assert as_one == {"viewer": {"profile": {"id": people.hush}}, "socialAccounts": {"totalCount": 3}}
    assert apart == {"viewer": {"profile": {"id": people.mara}}, "socialAccounts": {"totalCount": 1}}


async def test_a_creator_whose_profile_was_removed_is_nobody(people: People) -> None:
    creator, roster = await people.creator(), await people.server.roster()
    assert await creator.ask("{ viewer { name } }")

    await roster.client.ask(
        "mutation ($i: RemoveProfileInput!) { removeProfile(input: $i) { __typename } }",
        i={"id": people.mara},
    )

    assert await creator.error_code("{ viewer { name } }") == "UNAUTHENTICATED"
