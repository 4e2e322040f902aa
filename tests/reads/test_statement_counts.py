"""
The number of SQL statements depends on the query, never on the rows.

The schema is walked for every field that gives several objects, so a new one fails here until it has its count.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLObjectType, GraphQLSchema, build_schema
from support.client import Client
from support.rows import Rows
from support.selections import everything, is_list_of_objects
from support.server import Server, StartServer

FEW, MANY = 2, 40

STATIC = {
    "Query.platforms",
    *("Platform.logins", "Platform.permissions", "Platform.allowedOperations"),
    *("Login.permissions", "Login.allowedOperations"),
}
"""What comes from the installed plugins, without the database."""


class Statements:
    """Everything that a server tells its database."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def least_of(self, ask: Callable[[], Awaitable[Any]], times: int = 3) -> int:
        """How many statements *ask* takes: the least of a few goes, since the server's own work runs beside it."""
        counts = []
        for _ in range(times):
            before = len(self.seen)
            await ask()
            counts.append(len(self.seen) - before)
        return min(counts)


@dataclass
class World:
    """A server under observation, and what its rows hang on."""

    server: Server
    client: Client
    rows: Rows
    statements: Statements
    names: dict[str, Any] = field(default_factory=dict)


@pytest_asyncio.fixture
async def world(start_server: StartServer) -> World:
    """An empty roster whose server is under observation."""
    statements = Statements()
    server = await start_server(observe=statements.seen.append)
    return World(server, await server.client(), Rows(server.host), statements)


@pytest.fixture(scope="session")
def schema(sdl: str) -> GraphQLSchema:
    """The committed schema."""
    return build_schema(sdl)


# Each grows a list by *count* rows, with everything hanging on each row, and answers the query's variables.


async def _person(world: World, number: int) -> str:
    """A profile with two linked accounts that are a pair, in a group."""
    person = await world.rows.profile(f"Person {number}")
    page = await world.rows.linked(person, platform="facebook")
    await world.rows.pair(page, await world.rows.linked(person, platform="instagram"))
    if "crowd" not in world.names:
        world.names["crowd"] = await world.rows.profile("Crowd", kind="GROUP")
    await world.rows.member(world.names["crowd"], person)
    return person


async def profiles(world: World, count: int) -> dict[str, Any]:
    """Profiles, with accounts, groups and members."""
    world.names.setdefault("ids", []).extend([await _person(world, n) for n in range(count)])
    return {"id": world.names["crowd"], "ids": world.names["ids"]}


async def accounts(world: World, count: int) -> dict[str, Any]:
    """Accounts of one profile, the last two of them a pair."""
    if "owner" not in world.names:
        world.names["owner"] = await _person(world, 0)
    added = [await world.rows.linked(world.names["owner"]) for _ in range(count)]
    await world.rows.pair(*added[-2:])
    return {"id": world.names["owner"]}


async def groups(world: World, count: int) -> dict[str, Any]:
    """Groups of one profile, with accounts."""
    if "member" not in world.names:
        world.names["member"] = await _person(world, 0)
    for number in range(count):
        group = await world.rows.profile(f"Group {number}", kind="GROUP")
        await world.rows.member(group, world.names["member"])
        await world.rows.linked(group)
    return {"id": world.names["member"]}


async def events(world: World, count: int) -> dict[str, Any]:
    """Status events, each of its own account."""
    for number in range(count):
        person = await _person(world, number)
        await world.rows.event(person, await world.rows.linked(person))
    return {}


async def candidates(world: World, count: int) -> dict[str, Any]:
    """Candidates of one attempt, each linked as its own account."""
    if "attempt" not in world.names:
        world.names["attempt"] = await world.rows.attempt(await _person(world, 0), outcome="ACCOUNTS_LINKED")
    for number in range(count):
        account = await world.rows.linked(await _person(world, number))
        await world.rows.candidate(world.names["attempt"], account=account, position=number)
    return {"id": world.names["attempt"]}


async def nodes(world: World, count: int) -> dict[str, Any]:
    """Ids of every type of node; the attempts ended well and ended badly."""
    ids = world.names.setdefault("ids", [])
    for number in range(count // 2):
        person = await _person(world, number)
        account = await world.rows.linked(person)
        attempt = await world.rows.attempt(person, outcome="ACCOUNTS_LINKED")
        candidate = await world.rows.candidate(attempt, account=account)
        held = {"url": None, "account_id": number + 1, "profile_id": number + 1}
        refused = await world.rows.attempt(person, outcome="ACCOUNT_ALREADY_ATTACHED", facts=held)
        ids += [person, account, attempt, candidate, refused]
    return {"ids": ids}


async def merge(world: World, count: int) -> dict[str, Any]:
    """A survivor, and somebody to merge into it who has accounts and groups."""
    survivor, merged = await _person(world, 1), await world.rows.profile("Again")
    for number in range(count):
        await world.rows.linked(merged)
        await world.rows.member(await world.rows.profile(f"Club {number}", kind="GROUP"), merged)
    return {"input": {"survivorId": survivor, "mergedId": merged}}


async def merge_of_groups(world: World, count: int) -> dict[str, Any]:
    """A group to survive, and one to merge into it that has members."""
    survivor, merged = [await world.rows.profile(name, kind="GROUP") for name in ("Duo", "Trio")]
    for number in range(count):
        await world.rows.member(merged, await _person(world, number))
    return {"input": {"survivorId": survivor, "mergedId": merged}}


PREVIEW = (
    "mutation ($input: MergeProfilesInput!) { previewMerge(input: $input) { ... on MergePreview { %s %s } } }"
)
IN_NODE = "query ($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {field} {{ %s }} }} }} }}"
PAGE = "totalCount pageInfo { hasNextPage } nodes"

CASES: dict[str, tuple[Callable[[World, int], Awaitable[dict[str, Any]]], str, str]] = {
    "Query.profiles": (profiles, "Profile", "query { profiles(first: 100) { nodes %s edges { node %s } } }"),
    "Query.socialAccounts": (
        accounts,
        "SocialAccount",
        "query { socialAccounts(first: 100) { totalCount nodes %s edges { node %s } } }",
    ),
    "Query.statusEvents": (
        events,
        "AccountStatusChanged",
        "query { statusEvents(first: 100) { totalCount nodes %s edges { node %s } } }",
    ),
    "Query.nodes": (nodes, "Node", "query ($ids: [ID!]!) { nodes(ids: $ids) %s }"),
    "Profile.socialAccounts": (
        accounts,
        "SocialAccount",
        "query ($id: ID!) { profile(id: $id) { socialAccounts(first: 100) { totalCount nodes %s edges { node %s } } } }",
    ),
    "Profile.members": (
        profiles,
        "Profile",
        "query ($id: ID!) { profile(id: $id) { members(first: 100) { totalCount nodes %s edges { node %s } } } }",
    ),
    "Profile.groups": (
        groups,
        "Profile",
        "query ($id: ID!) { profile(id: $id) { groups(first: 100) { totalCount nodes %s edges { node %s } } } }",
    ),
    "ConnectAttempt.candidates": (
        candidates,
        "ConnectCandidate",
        "query ($id: ID!) { connectAttempt(id: $id) { candidates %s } }",
    ),
    "AccountsLinked.socialAccounts": (
        candidates,
        "SocialAccount",
        "query ($id: ID!) { connectAttempt(id: $id) { outcome { ... on AccountsLinked { socialAccounts %s } } } }",
    ),
    "MergePreview.socialAccounts": (
        merge,
        "SocialAccount",
        "mutation ($input: MergeProfilesInput!) { previewMerge(input: $input) { ... on MergePreview { socialAccounts %s } } }",
    ),
    "MergePreview.groups": (
        merge,
        "Profile",
        "mutation ($input: MergeProfilesInput!) { previewMerge(input: $input) { ... on MergePreview { groups %s } } }",
    ),
    "MergePreview.members": (
        merge_of_groups,
        "Profile",
        "mutation ($input: MergeProfilesInput!) { previewMerge(input: $input) { ... on MergePreview { members %s } } }",
    ),
    "MergeProfilesSuccess.socialAccounts": (
        merge,
        "SocialAccount",
        "mutation ($input: MergeProfilesInput!) { mergeProfiles(input: $input)"
        " { ... on MergeProfilesSuccess { socialAccounts %s } } }",
    ),
}
