"""Every root field is for whom it is for, whatever role and scope the key has; without one it is for nobody."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema

from server.ids import row_id
from server.services.callers.api_keys import create_key
from server.services.callers.viewers import CONNECTING, Role, Scope
from support.client import Client
from support.rights import (
    FOR_ADMINS,
    ROSTER_CHANGES,
    People,
    operation,
    root_fields,
)
from support.server import Server
from support.snapshots import snapshot
from support.sockets import Socket, open_socket


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
