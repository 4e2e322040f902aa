"""Everybody sees and changes what is theirs, and cannot tell what is somebody else's from what is not there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, get_named_type

from server.ids import global_id, row_id
from server.services.callers.api_keys import create_key
from server.services.callers.viewers import CONNECTING, Role, Scope
from support.campaigns import name_posts, plan
from support.client import Client
from support.readings import Readings
from support.roster import Roster
from support.rows import Rows
from support.schema import committed_schema
from support.selections import everything_in_parts
from support.server import NO_LIMITS, Server, StartServer
from support.snapshots import snapshot
from support.sockets import Socket, open_socket

NOBODY = 2**40
"""A row that there is not."""
SECRET = "Hush"
"""Stands in every name of what the creator must not see."""
SECRET_NUMBER = 1_000_003
"""Stands in every number of what the creator must not see."""
FOR_ADMINS = {"auditLog", "operatorNotices", "quotaForecast"}
POSTS = {"mara": "111", "hush": "222", "nobody": "333"}
"""The posts as their addresses name them."""
ROSTER_CHANGES = {
    "createProfile",
    "removeProfile",
    "addGroupMember",
    "removeGroupMember",
    "previewMerge",
    "mergeProfiles",
    "undoMerge",
    "createCampaign",
    "updateCampaign",
    "removeCampaign",
    "addCampaignProfiles",
    "removeCampaignProfiles",
    "addCampaignPosts",
    "removeCampaignPosts",
}


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that answers documents of any size."""
    return await start_server(limits=NO_LIMITS, rate_per_second=0)


@pytest.fixture
def schema() -> GraphQLSchema:
    """What a client may ask."""
    return committed_schema()


@dataclass
class People:
    """Mara, who has a creator's key, and Hush, whom she knows and must not see."""

    server: Server
    rows: Rows
    mara: str
    mara_account: str
    mara_attempt: str
    mara_post: str
    hush: str
    hush_account: str
    hush_attempt: str
    hush_candidate: str
    hush_post: str
    mara_campaign: str
    hush_campaign: str

    async def creator(self) -> Client:
        """Mara's own key."""
        return await self.server.client(Role.CREATOR, self.mara)


@pytest_asyncio.fixture
async def people(server: Server) -> People:
    """Two creators whom every edge of the graph ties together."""
    rows = Rows(server.host)
    mara, hush = await rows.profile("Mara Linden"), await rows.profile(SECRET, external_id=SECRET)
    duo = await rows.profile(f"{SECRET} and Mara", kind="GROUP")
    await rows.member(duo, mara)
    await rows.member(duo, hush)
    mara_account = await rows.linked(mara, platform="facebook", handle="mara")
    hush_account = await rows.linked(hush, handle="quiet", display_name=SECRET, followers=SECRET_NUMBER)
    await rows.pair(mara_account, hush_account)
    # Linked in Mara's attempt once, and somebody else's by now: she knows its id, and no more than that.
    moved = await rows.linked(hush, handle="moved", display_name=f"{SECRET} now")
    mara_attempt = await rows.attempt(mara, account=moved, outcome="ACCOUNTS_LINKED")
    await rows.candidate(mara_attempt, account=moved)
    await rows.candidate(mara_attempt, account=mara_account, position=1)
    hush_attempt = await rows.attempt(hush, account=hush_account)
    hush_candidate = await rows.candidate(hush_attempt)
    await rows.event(mara, mara_account)
    await rows.event(mara, moved)
    await rows.event(hush, hush_account, status="INVALID")
    readings, posts = Readings(server.host), []
    for account, key, text in ((mara_account, "111", "Bread"), (hush_account, "222", SECRET)):
        posts.append(await readings.post(account, url_key=key, platform="tiktok", text=text))
        await readings.post(account, "STORY", text=text)
        await readings.gap(account, posts[-1])
        await readings.read(account, "FOLLOWERS", SECRET_NUMBER if text == SECRET else 5)
        await readings.read(account, "VIEWS", SECRET_NUMBER if text == SECRET else 5, post=posts[-1])
    mara_campaign, hush_campaign = await plan(rows, "Theirs", mara, hush), await plan(rows, SECRET, hush)
    await name_posts(rows, mara_campaign, "222", handle=f"{SECRET}.and.quiet")
    await name_posts(rows, mara_campaign, "999", handle=SECRET)
    return People(
        server,
        rows,
        mara,
        mara_account,
        mara_attempt,
        posts[0],
        hush,
        hush_account,
        hush_attempt,
        hush_candidate,
        posts[1],
        mara_campaign,
        hush_campaign,
    )


def sample(name: str, people: People, whose: str) -> Any:
    """A value for an argument or input field: *whose* is `mara`, `hush` or `nobody`."""
    profile, account = {
        "mara": (people.mara, people.mara_account),
        "hush": (people.hush, people.hush_account),
        "nobody": (global_id("Profile", NOBODY), global_id("SocialAccount", NOBODY)),
    }[whose]
    post = {"mara": people.mara_post, "hush": people.hush_post, "nobody": global_id("Post", NOBODY)}[whose]
    campaign = {
        "mara": people.mara_campaign,
        "hush": people.hush_campaign,
        "nobody": global_id("Campaign", NOBODY),
    }[whose]
    attempt = {
        "mara": people.mara_attempt,
        "hush": people.hush_attempt,
        "nobody": global_id("ConnectAttempt", "00000000-0000-4000-8000-000000000000"),
    }[whose]
    return {
        "displayName": "Renamed",
        "externalId": None,
        "account": "@somebody.new",
        "platform": "tiktok",
        "url": {"mara": "facebook.com/mara", "hush": "tiktok.com/@quiet"}.get(whose, "tiktok.com/@nobody"),
        "profileId": profile,
        "accountId": account,
        "survivorId": profile,
        "mergedId": profile,
        "groupId": profile,
        "memberId": profile,
        "mergeId": global_id("ProfileMerge", NOBODY),
        "attemptId": attempt,
        "candidateIds": [people.hush_candidate],
        "target": {"socialAccountId": account},
        "campaignId": campaign,
        "profileIds": [profile],
        "urls": ["https://www.tiktok.com/@marabakes/video/7574012345678901234"],
        "name": "Renamed",
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2026-02-01T00:00:00Z",
        "ids": [profile, account, attempt, people.hush_candidate, post],
    }.get(name)


def sample_id(operation: str, people: People, whose: str) -> str:
    """What `id` is to a root field."""
    if "ampaign" in operation:
        return str(sample("campaignId", people, whose))
    if "Attempt" in operation:
        return str(sample("attemptId", people, whose))
    name = "target" if "SocialAccount" in operation or operation == "socialAccount" else "profileId"
    value = sample(name, people, whose)
    return str(value["socialAccountId"] if isinstance(value, dict) else value)


def root_fields(schema: GraphQLSchema, root: str) -> dict[str, Any]:
    """The fields of a root type."""
    kind = schema.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    return dict(kind.fields)


def operation(
    schema: GraphQLSchema, root: str, name: str, people: People, whose: str, shown: str = "{ __typename }"
) -> tuple[str, dict[str, Any]]:
    """An operation for one root field with every required argument, and its variables."""
    field = root_fields(schema, root)[name]
    required = {n: a for n, a in field.args.items() if str(a.type).endswith("!") and n != "orderBy"}
    variables: dict[str, Any] = {}
    for argument, definition in required.items():
        kind = get_named_type(definition.type)
        if isinstance(kind, GraphQLInputObjectType):
            inner = {
                n: sample_id(name, people, whose) if n == "id" else sample(n, people, whose)
                for n in kind.fields
            }
            variables[argument] = {n: value for n, value in inner.items() if value is not None}
        else:
            variables[argument] = (
                sample_id(name, people, whose) if argument == "id" else sample(argument, people, whose)
            )
            if name == "postByUrl":
                variables[argument] = f"tiktok.com/@x/video/{POSTS[whose]}"
    declared = ", ".join(f"${n}: {required[n].type}" for n in variables)
    given = ", ".join(f"{n}: ${n}" for n in variables)
    head = f"{root.lower()} ({declared})" if declared else root.lower()
    return f"{head} {{ {name}{f'({given})' if given else ''} {shown} }}", variables


# Every root field, for every caller


def allowed(role: Role, scope: Scope, root: str, name: str) -> bool:
    """Whether a caller may send this root field at all, about what is theirs."""
    if root != "Mutation":
        return role is Role.ADMIN or name not in FOR_ADMINS
    if scope is Scope.READ or (scope is Scope.CONNECT and name not in CONNECTING):
        return False
    return role in (Role.ADMIN, Role.MANAGER) or (role is Role.CREATOR and name not in ROSTER_CHANGES)


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("role", list(Role))
async def test_every_root_field_is_for_whom_it_is_for(
    people: People, schema: GraphQLSchema, role: Role, scope: Scope
) -> None:
    """About objects that there are not: what is allowed answers so, and changes nothing that would matter."""
    profile = row_id(people.mara, "Profile") if role is Role.CREATOR else None
    key = await create_key(people.server.host, "caller", role, profile, scope=scope)
    client = Client(people.server.url, people.server.session, key)

    refused = {
        name
        for root in ("Query", "Mutation")
        for name in root_fields(schema, root)
        for query, variables in [operation(schema, root, name, people, "nobody")]
        for error in (await client.send(query, **variables)).get("errors", [])
        if error["extensions"]["code"] == "FORBIDDEN" or pytest.fail(f"{name}: {error}")
    }

    assert refused == {
        name
        for root in ("Query", "Mutation")
        for name in root_fields(schema, root)
        if not allowed(role, scope, root, name)
    }


async def test_every_stream_is_for_callers_with_a_key(people: People, schema: GraphQLSchema) -> None:
    others = [role for role in Role if role is not Role.CREATOR]
    clients = [await people.creator(), *[await people.server.client(role) for role in others]]
    for client in clients:
        async with open_socket(people.server.session, people.server.url) as socket:
            await socket.init(client.key)
            for number, name in enumerate(root_fields(schema, "Subscription")):
                query, variables = operation(schema, "Subscription", name, people, "mara")
                await socket.start(str(number), query, **variables)
            await socket.start("last", "{ viewer { name } }")

            assert await refusals_until(socket, "last") == []


async def test_no_stream_is_for_callers_without_a_key(people: People, schema: GraphQLSchema) -> None:
    for name in root_fields(schema, "Subscription"):
        query, variables = operation(schema, "Subscription", name, people, "mara")
        async with people.server.session.post(
            f"{people.server.url}/graphql",
            json={"query": query, "variables": variables},
            headers={"Accept": "text/event-stream"},
        ) as answer:
            assert "UNAUTHENTICATED" in await answer.text(), name


async def refusals_until(socket: Socket, last: str) -> list[str]:
    """The codes of all errors up to the answer of the operation *last*."""
    codes: list[str] = []
    while True:
        frame = await socket.receive()
        for error in (frame.get("payload") or {}).get("errors", []):
            codes.append(error["extensions"]["code"])
        if frame["id"] == last:
            return codes


# Nobody


async def test_without_a_key_nothing_is_answered(
    server: Server, people: People, schema: GraphQLSchema
) -> None:
    anonymous = server.anonymous()
    before = await snapshot(server.host)

    codes = {
        name: await anonymous.error_code(query, **variables)
        for root in ("Query", "Mutation")
        for name in root_fields(schema, root)
        for query, variables in [operation(schema, root, name, people, "mara")]
    }

    assert len(codes) >= 30
    assert codes == dict.fromkeys(codes, "UNAUTHENTICATED")
    assert await snapshot(server.host) == before


@pytest.mark.parametrize("key", ["", "x", "lr_0123456789abcdef." + "A" * 43, "lr_\x00", "Ä" * 300], ids=repr)
async def test_a_key_that_is_none_is_as_good_as_no_key(server: Server, key: str) -> None:
    stranger = Client(server.url, server.session, key.encode("unicode_escape").decode())

    assert await stranger.error_code("{ viewer { name } }") == "UNAUTHENTICATED"


# Observers


async def test_an_observer_reads_everything_and_changes_nothing(
    server: Server, people: People, schema: GraphQLSchema
) -> None:
    observer = await server.client(Role.OBSERVER)
    before = await snapshot(server.host)

    codes = {
        name: await observer.error_code(query, **variables)
        for name in root_fields(schema, "Mutation")
        for query, variables in [operation(schema, "Mutation", name, people, "mara")]
    }

    assert codes == dict.fromkeys(root_fields(schema, "Mutation"), "FORBIDDEN")
    assert await snapshot(server.host) == before
    assert (await observer.ask("{ profiles { totalCount } }"))["totalCount"] == 3


# Managers


async def test_a_manager_may_do_what_an_admin_may(server: Server) -> None:
    manager = await server.roster(Role.MANAGER)
    mara, dina = await manager.create_profile("Mara Linden"), await manager.create_profile("Dina Haddad")

    account = await manager.add(mara, "@marabakes", "tiktok")
    merged = await manager.client.ask(
        "mutation ($i: MergeProfilesInput!) { mergeProfiles(input: $i) { __typename } }",
        i={"survivorId": dina, "mergedId": mara},
    )

    assert merged["__typename"] == "MergeProfilesSuccess"
    assert (await manager.account(account))["profile"]["id"] == dina


# Creators


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
