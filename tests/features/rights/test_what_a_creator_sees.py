"""A creator sees what is theirs, and cannot tell what is somebody else's from what is not there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import GraphQLSchema, get_named_type

from support.client import Client
from support.rights import (
    FOR_ADMINS,
    SECRET,
    People,
    operation,
    root_fields,
    sample,
)
from support.roster import Roster
from support.selections import everything_in_parts
from support.server import Server
from support.sockets import open_socket


async def everything_from_every_root(client: Client, people: People, schema: GraphQLSchema) -> str:
    """All that a caller can reach from any root field, three relations deep, as text."""
    found = []
    for name, field in root_fields(schema, "Query").items():
        if name in FOR_ADMINS:
            continue
        for part in everything_in_parts(schema, get_named_type(field.type).name, 2):
            for whose in ("mara", "hush"):
                query, variables = operation(schema, "Query", name, people, whose, part)
                found.append(await client.send(query, **variables))
    assert [error for answer in found for error in answer.get("errors", [])] == []
    return json.dumps(found)


@pytest.mark.timeout(180)
async def test_a_creator_reaches_nothing_of_anybody_else_by_any_edge(
    server: Server, people: People, schema: GraphQLSchema
) -> None:
    creator, admin = await people.creator(), await server.client()
    hidden = [
        SECRET,
        people.hush,
        people.hush_account,
        people.hush_attempt,
        people.hush_candidate,
        people.hush_post,
        people.hush_campaign,
        "1000003",
    ]

    seen = await everything_from_every_root(creator, people, schema)
    seen_by_admin = await everything_from_every_root(admin, people, schema)

    assert people.mara in seen and people.mara_account in seen and people.mara_attempt in seen
    assert people.mara_campaign in seen
    assert [text for text in hidden if text not in seen_by_admin] == []
    assert [text for text in hidden if text in seen] == []


@pytest.mark.timeout(180)
async def test_somebody_elses_id_and_no_id_look_the_same(people: People, schema: GraphQLSchema) -> None:
    creator = await people.creator()

    def seen(answer: dict[str, Any], whose: str) -> str:
        """The answer without what the caller sent, and without the request's own number."""
        text = json.dumps(answer)
        for name in ("profileId", "attemptId"):
            text = text.replace(sample(name, people, whose), "ID")
        return text.replace(sample("target", people, whose)["socialAccountId"], "ID").replace(
            sample("url", people, whose), "URL"
        )

    for root in ("Query", "Mutation"):
        for name in root_fields(schema, root):
            shown = everything_in_parts(schema, get_named_type(root_fields(schema, root)[name].type).name, 0)
            for part in [part for part in shown if "Success" not in part]:
                answers = {}
                for whose in ("hush", "nobody"):
                    query, variables = operation(schema, root, name, people, whose, part)
                    answers[whose] = seen(await creator.send(query, **variables), whose)

                assert answers["hush"] == answers["nobody"], name


async def test_a_conflict_tells_a_creator_nothing_about_the_holder(people: People) -> None:
    own, all_seeing = Roster(await people.creator()), await people.server.roster()

    told = await own.try_add(people.mara, "@quiet", "tiktok")
    told_to_admin = await all_seeing.try_add(people.mara, "@quiet", "tiktok")

    assert told["__typename"] == told_to_admin["__typename"] == "AccountAlreadyAttached"
    assert told["holder"] is None and told["heldAccount"] is None
    assert SECRET not in json.dumps(told)
    assert told_to_admin["holder"]["id"] == people.hush


async def test_a_creator_is_told_only_their_own_events(people: People) -> None:
    creator = await people.creator()
    follow = (
        "subscription ($after: String) { accountStatusChanged(after: $after)"
        " { ... on AccountStatusChanged { profile { id } accountId } } }"
    )
    roster = await people.server.roster()
    begun = await roster.client.ask("{ statusEvents(last: 1) { pageInfo { endCursor } } }")

    async with creator.subscribe(follow, after=begun["pageInfo"]["endCursor"]) as events:
        theirs = await roster.add(people.hush, "@dinatravels", "tiktok")
        hers = await roster.add(people.mara, "@marabakes", "tiktok")
        event = await anext(events)

    assert theirs != hers
    assert event == {"profile": {"id": people.mara}, "accountId": hers}


@pytest.mark.parametrize("whose", ["hush", "nobody"])
async def test_what_is_not_ours_cannot_be_followed(people: People, whose: str) -> None:
    creator = await people.creator()
    profile, attempt = sample("profileId", people, whose), sample("attemptId", people, whose)
    streams = [
        f'subscription {{ accountStatusChanged(profileId: "{profile}") {{ __typename }} }}',
        f'subscription {{ connectAttemptChanged(id: "{attempt}") {{ id }} }}',
        f'subscription {{ metricsRecorded(profileId: "{profile}") {{ __typename }} }}',
    ]

    answers = []
    async with open_socket(people.server.session, people.server.url) as socket:
        await socket.init(creator.key)
        for number, stream in enumerate(streams):
            await socket.start(str(number), stream)
            answers.append(await socket.receive())
            await socket.receive()

    codes = [frame["payload"]["errors"][0]["extensions"]["code"] for frame in answers]
    assert codes == ["NOT_FOUND"] * 3
