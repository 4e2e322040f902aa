"""Observers read everything and change nothing; managers do what admins do."""

from __future__ import annotations

from graphql import GraphQLSchema

from server.services.callers.viewers import Role
from support.rights import (
    People,
    operation,
    root_fields,
)
from support.server import Server
from support.snapshots import snapshot


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
