"""Everybody sees and changes what is theirs, and cannot tell what is somebody else's from what is not there."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, build_schema, get_named_type

from server.ids import global_id
from server.services.viewers import Role
from support.client import Client
from support.roster import Roster
from support.rows import Rows
from support.selections import everything
from support.server import Server
from support.snapshots import snapshot
from support.sockets import open_socket

ROOT = Path(__file__).parents[2]
NOBODY = 2**40
"""A row that there is not."""
SECRET = "Hush"
"""Stands in every name of what the creator must not see."""
ROSTER_CHANGES = {
    "createProfile",
    "removeProfile",
    "addGroupMember",
    "removeGroupMember",
    "previewMerge",
    "mergeProfiles",
    "undoMerge",
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The committed schema."""
    return build_schema((ROOT / "schema.graphql").read_text())


@dataclass
class People:
    """Mara, who has a creator's key, and Hush, whom she knows and must not see."""

    server: Server
    rows: Rows
    mara: str
    mara_account: str
    mara_attempt: str
    hush: str
    hush_account: str
    hush_attempt: str
    hush_candidate: str

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
    hush_account = await rows.linked(hush, handle=f"{SECRET}_handle", display_name=SECRET, followers=1_000_003)
    await rows.pair(mara_account, hush_account)
    # Linked in Mara's attempt once, and somebody else's by now.
    mara_attempt = await rows.attempt(mara, account=hush_account, outcome="ACCOUNTS_LINKED")
    await rows.candidate(mara_attempt, account=hush_account)
    await rows.candidate(mara_attempt, account=mara_account, position=1)
    hush_attempt = await rows.attempt(hush, account=hush_account)
    hush_candidate = await rows.candidate(hush_attempt)
    await rows.event(mara, mara_account)
    # Mara's own past with an account that has moved on.
    await rows.event(mara, hush_account)
    await rows.event(hush, hush_account, status="INVALID")
    return People(
        server, rows, mara, mara_account, mara_attempt, hush, hush_account, hush_attempt, hush_candidate
    )


def sample(name: str, people: People, whose: str) -> Any:
    """A value for an argument or input field: *whose* is `mara`, `hush` or `nobody`."""
    profile, account = {
        "mara": (people.mara, people.mara_account),
        "hush": (people.hush, people.hush_account),
        "nobody": (global_id("Profile", NOBODY), global_id("SocialAccount", NOBODY)),
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
        "url": "https://www.tiktok.com/@somebody.new",
        "profileId": profile,
        "survivorId": profile,
        "mergedId": profile,
        "groupId": profile,
        "memberId": profile,
        "mergeId": global_id("ProfileMerge", NOBODY),
        "attemptId": attempt,
        "candidateIds": [people.hush_candidate],
        "target": {"socialAccountId": account},
        "ids": [profile, account],
    }.get(name)


def sample_id(operation: str, people: People, whose: str) -> str:
    """What `id` is to a root field."""
    if "Attempt" in operation:
        return str(sample("attemptId", people, whose))
    name = "target" if "SocialAccount" in operation or operation == "socialAccount" else "profileId"
    value = sample(name, people, whose)
    return str(value["socialAccountId"] if isinstance(value, dict) else value)


def root_fields(schema: GraphQLSchema, root: str) -> dict[str, Any]:
    """The fields of a root type."""
    kind = schema.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    return kind.fields


def operation(
    schema: GraphQLSchema, root: str, name: str, people: People, whose: str, shown: str = "{ __typename }"
) -> tuple[str, dict[str, Any]]:
    """An operation for one root field with every required argument, and its variables."""
    field = root_fields(schema, root)[name]
    required = {n: a for n, a in field.args.items() if str(a.type).endswith("!") and a.default_value in (None, ...)}
    required = {n: a for n, a in field.args.items() if str(a.type).endswith("!") and n != "orderBy"}
    variables: dict[str, Any] = {}
    for argument, definition in required.items():
        kind = get_named_type(definition.type)
        if isinstance(kind, GraphQLInputObjectType):
            inner = {n: sample_id(name, people, whose) if n == "id" else sample(n, people, whose) for n in kind.fields}
            variables[argument] = {n: value for n, value in inner.items() if value is not None}
        else:
            variables[argument] = (
                sample_id(name, people, whose) if argument == "id" else sample(argument, people, whose)
            )
    declared = ", ".join(f"${n}: {required[n].type}" for n in variables)
    given = ", ".join(f"{n}: ${n}" for n in variables)
    head = f"{root.lower()} ({declared})" if declared else root.lower()
    return f"{head} {{ {name}{f'({given})' if given else ''} {shown} }}", variables


# Nobody


async def test_without_a_key_nothing_is_answered(server: Server, people: People, schema: GraphQLSchema) -> None:
    anonymous = server.anonymous()
    before = await snapshot(server.host)

    codes = {
        name: await anonymous.error_code(query, **variables)
        for root in ("Query", "Mutation")
        for name in root_fields(schema, root)
        for query, variables in [operation(schema, root, name, people, "mara")]
    }

    assert len(codes) == 25
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
    asked = [("mara", people.mara_account), ("hush", people.hush_account)]
    for name, field in root_fields(schema, "Query").items():
        kind = get_named_type(field.type)
        if kind.name in ("Node", "Platform"):
            continue
        for whose, _ in asked:
            for depth in (1, 2):
                query, variables = operation(
                    schema, "Query", name, people, whose, everything(schema, kind.name, depth)
                )
                found.append(await client.send(query, **variables))
    for kind_name in ("Profile", "SocialAccount", "ConnectAttempt", "ConnectCandidate"):
        ids = [people.mara, people.mara_account, people.mara_attempt]
        ids += [people.hush, people.hush_account, people.hush_attempt, people.hush_candidate]
        query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind_name} {everything(schema, kind_name, 2)} }} }}"
        found.append(await client.send(query, ids=ids))
    for answer in found:
        for error in answer.get("errors", []):
            assert error["extensions"]["code"] in ("NOT_FOUND",), error
    return json.dumps(found)


async def test_a_creator_reaches_nothing_of_anybody_else_by_any_edge(
    server: Server, people: People, schema: GraphQLSchema
) -> None:
    creator, admin = await people.creator(), await server.client()
    hidden = [SECRET, people.hush, people.hush_account, people.hush_attempt, people.hush_candidate, "1000003"]

    seen = await everything_from_every_root(creator, people, schema)
    seen_by_admin = await everything_from_every_root(admin, people, schema)

    assert people.mara in seen and people.mara_account in seen and people.mara_attempt in seen
    assert [text for text in hidden if text not in seen_by_admin] == []
    assert [text for text in hidden if text in seen] == []
