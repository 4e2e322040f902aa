"""What is too large never runs, and says what about it is: over every transport alike."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from graphql import get_introspection_query

from server.settings import LimitSettings
from support.client import Client
from support.server import Server, StartServer
from support.sockets import open_socket

Send = Callable[[Server, Client, str, dict[str, Any]], Awaitable[Any]]


async def by_post(server: Server, client: Client, query: str, variables: dict[str, Any]) -> Any:
    """The error, by POST."""
    return (await client.send(query, **variables))["errors"][0]


async def by_get(server: Server, client: Client, query: str, variables: dict[str, Any]) -> Any:
    """The error, by GET."""
    headers = {"Authorization": f"Bearer {client.key}"}
    asked = {"query": query, "variables": json.dumps(variables)}
    async with server.session.get(f"{server.url}/graphql", params=asked, headers=headers) as answer:
        return (await answer.json())["errors"][0]


async def by_socket(server: Server, client: Client, query: str, variables: dict[str, Any]) -> Any:
    """The error, over WebSocket."""
    async with open_socket(server.session, server.url) as socket:
        await socket.init(client.key)
        await socket.start("1", query, **variables)
        return (await socket.result("1"))[0]


async def by_stream(server: Server, client: Client, query: str, variables: dict[str, Any]) -> Any:
    """The error, to one who reads only streams."""
    headers = {"Authorization": f"Bearer {client.key}", "Accept": "text/event-stream"}
    body = {"query": query, "variables": variables}
    async with server.session.post(f"{server.url}/graphql", json=body, headers=headers) as answer:
        return (await answer.json(content_type=None))["errors"][0]


WAYS: dict[str, Send] = {"POST": by_post, "GET": by_get, "WebSocket": by_socket, "SSE": by_stream}
FAN = (
    "{ ...F0 } "
    + "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(24))
    + "fragment F24 on Query { __typename }"
)
PROFILES = (
    "query ($n: Int) { profiles(first: $n) { nodes { socialAccounts(first: $n) { nodes { id handle url "
)
TOO_LARGE: dict[str, tuple[str, dict[str, Any], str]] = {
    "depth": ("{ profiles { nodes { " + "members { nodes { " * 10 + "id" + " } }" * 11 + " }", {}, "depth"),
    "cost": (PROFILES + "displayName platform } } } } }", {"n": 100}, "cost"),
    "aliases": (
        "{ viewer { " + " ".join(f"a{n}: name" for n in range(101)) + " } }",
        {},
        "number of aliases",
    ),
    "root fields": ("{ " + "__typename " * 31 + "}", {}, "number of root fields"),
    "directives": (
        "{ viewer { " + "name @include(if: true) " * 101 + "} }",
        {},
        "number of directives",
    ),
    "fragments": (
        "{ ...F0 } " + "".join(f"fragment F{n} on Query {{ __typename }} " for n in range(101)),
        {},
        "number of fragments",
    ),
    "operations": (
        "".join(f"query Q{n} {{ viewer {{ name }} }} " for n in range(21)),
        {},
        "number of operations",
    ),
    "repetition": ("{ viewer { " + "name " * 400 + "} }", {}, "repetition of fields"),
    "length": ("{ viewer { name } } #" + "x" * 100_000, {}, "length"),
    "a fan of 2^24 fields in a kilobyte": (FAN, {}, "cost"),
}


@pytest.mark.parametrize("case", TOO_LARGE)
async def test_what_is_too_large_is_refused_with_its_measure(server: Server, case: str) -> None:
    query, variables, limit = TOO_LARGE[case]

    error = await by_post(server, await server.client(), query, variables)

    assert error["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert (error["extensions"]["limit"], error["extensions"]["got"] > error["extensions"]["most"]) == (
        limit,
        True,
    )


@pytest.mark.parametrize("way", WAYS)
async def test_every_transport_has_the_same_limits(server: Server, way: str) -> None:
    client = await server.client()
    cases = {name: TOO_LARGE[name] for name in ("depth", "cost", "repetition")}

    limits = {
        name: (await WAYS[way](server, client, query, variables))["extensions"]["limit"]
        for name, (query, variables, _) in cases.items()
    }

    assert limits == {name: limit for name, (_, _, limit) in cases.items()}


async def test_a_list_that_a_variable_makes_long_is_counted_with_each_request(server: Server) -> None:
    """The document is read once; whether it may run depends on what it is sent with."""
    client = await server.client()
    query = PROFILES + "displayName platform } } } } }"

    small = [await client.send(query, n=n) for n in (1, 5, 1)]
    large = await client.send(query, n=100)

    assert all("errors" not in answer for answer in small)
    assert large["errors"][0]["extensions"]["limit"] == "cost"


async def test_a_limit_is_the_operators(start_server: StartServer) -> None:
    server = await start_server(limits=LimitSettings(depth=2))
    client = await server.client()

    assert await client.ask("{ viewer { name } }")
    assert await client.error_code("{ viewer { profile { id } } }") == "OPERATION_TOO_COMPLEX"


async def test_tools_may_ask_for_the_whole_schema(server: Server) -> None:
    query = get_introspection_query(
        specified_by_url=True,
        schema_description=True,
        input_value_deprecation=True,
        directive_is_repeatable=True,
    )
    client = await server.client()

    first, again = await client.send(query), await client.send(query)

    assert first == again
    assert len(first["data"]["__schema"]["types"]) > 100


async def test_introspection_is_no_way_around_the_limit(server: Server) -> None:
    schema = "__schema { types { fields { type { name fields { name args { name } } } } } }"
    often = "{" + " ".join(f"a{n}: {schema}" for n in range(20)) + "}"
    nested = "{ __schema { types { " + "fields { type { " * 5 + "name" + " } }" * 5 + " } } }"
    query, variables, _ = TOO_LARGE["cost"]
    client = await server.client()

    beside = await by_post(server, client, query[:-1] + "__schema { queryType { name } } }", variables)

    assert (await by_post(server, client, often, {}))["extensions"]["limit"] == "cost of introspection"
    assert await client.error_code(nested) == "OPERATION_TOO_COMPLEX"
    assert beside["extensions"]["limit"] == "cost"


async def test_what_is_too_large_is_refused_before_it_is_compared(server: Server) -> None:
    """Validation compares fields of one key pair by pair, and looks names up letter by letter: minutes of work."""
    client = await server.client()
    repeated = "{" + "viewer{name}" * 900 + "}"
    unknown = "{profiles(filter:{" + "a:1 " * 900 + "}){totalCount}}"

    codes = [await client.error_code(query) for query in (repeated, unknown)]

    assert codes == ["OPERATION_TOO_COMPLEX", "GRAPHQL_VALIDATION_FAILED"]
