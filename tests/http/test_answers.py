"""An answer has the form that the request's Accept asks for, and the status that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from server.transport.negotiation import Accept
from support.server import Server

JSON, GRAPHQL = "application/json", "application/graphql-response+json"
WHOAMI = "{ viewer { name } }"
FOLLOW = "subscription { accountStatusChanged { __typename } }"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    type: str
    body: Any
    headers: Any


async def send(server: Server, query: str, accept: str, **variables: Any) -> Answer:
    """An admin's operation by POST."""
    key = (await server.client()).key
    headers = {"Accept": accept, "Authorization": f"Bearer {key}"}
    body = {"query": query, "variables": variables}
    async with server.session.post(f"{server.url}/graphql", json=body, headers=headers) as answer:
        return Answer(
            answer.status,
            answer.headers["Content-Type"],
            await answer.json(content_type=None),
            answer.headers,
        )


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/json;q=0.9, application/graphql-response+json", GRAPHQL),
        ("application/json, application/graphql-response+json", JSON),
        ("application/graphql-response+json, application/json", GRAPHQL),
        ("application/graphql-response+json;q=0.1, */*", JSON),
        ("application/json;q=0, */*;q=0.5", GRAPHQL),
        ("Application/GraphQL-Response+JSON ; charset=utf-8", GRAPHQL),
        ("text/event-stream, application/json", JSON),
        ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", GRAPHQL),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json;q=nonsense", None),
        ("nonsense", None),
    ],
)
def test_the_answer_is_of_the_most_welcome_type(accept: str | None, chosen: str | None) -> None:
    assert Accept(accept).json == chosen


@pytest.mark.parametrize(
    "accept", [GRAPHQL, JSON, f"text/event-stream, {GRAPHQL}, {JSON}", "*/*, text/event-stream"]
)
async def test_a_query_is_answered_as_json_also_for_one_who_could_read_a_stream(
    server: Server, accept: str
) -> None:
    answer = await send(server, WHOAMI, accept)

    assert answer.status == 200
    assert answer.type == f"{Accept(accept).json}; charset=utf-8"
    assert answer.body == {"data": {"viewer": {"name": "admin"}}}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { profile(id: $id) { id } }", {}, "BAD_USER_INPUT"),
        ("query ($first: Int) { profiles(first: $first) { totalCount } }", {"first": "1"}, "BAD_USER_INPUT"),
    ],
)
async def test_a_document_that_cannot_run_is_400_for_those_who_ask_for_graphql_and_200_for_the_others(
    server: Server, query: str, variables: dict[str, Any], code: str
) -> None:
    """Old clients take any other status for a broken network; the new type was made to tell the two apart."""
    answers = [await send(server, query, accept, **variables) for accept in (GRAPHQL, JSON)]

    assert [answer.status for answer in answers] == [400, 200]
    assert all("data" not in answer.body for answer in answers)
    assert [answer.body["errors"][0]["extensions"]["code"] for answer in answers] == [code] * 2


async def test_an_error_of_one_field_leaves_the_others_and_the_status(server: Server) -> None:
    answer = await send(server, '{ viewer { name } node(id: "x") { id } nodes(ids: []) { id } }', GRAPHQL)
    wrong = await send(server, "{ profiles(first: 1000) { totalCount } }", GRAPHQL)

    assert (answer.status, answer.body["data"]["viewer"]) == (200, {"name": "admin"})
    assert (wrong.status, wrong.body["data"]) == (200, None)


async def test_a_type_that_we_do_not_speak_is_not_acceptable(server: Server) -> None:
    answer = await send(server, WHOAMI, "application/xml")

    assert answer.status == 406
    assert answer.body["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"


async def test_what_is_not_acceptable_has_not_run(server: Server) -> None:
    create = 'mutation { createProfile(input: {displayName: "Mara"}) { __typename } }'

    await send(server, create, "application/xml")

    assert await server.host.database.fetch("SELECT 1 FROM profile") == []


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, "*/*"])
async def test_a_subscription_by_plain_post_says_how_it_is_sent(server: Server, accept: str) -> None:
    answer = await send(server, FOLLOW, accept)

    assert answer.status == 400
    (error,) = answer.body["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert "graphql-transport-ws" in error["message"] and "text/event-stream" in error["message"]


async def test_a_method_that_is_not_allowed_is_told_which_are(server: Server) -> None:
    async with server.session.put(f"{server.url}/graphql") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "query", ["query={viewer{name}}&query={viewer{role}}", "query={viewer{name}}&variables=1"]
)
async def test_a_get_with_ambiguous_or_malformed_parameters_is_refused(server: Server, query: str) -> None:
    async with server.session.get(f"{server.url}/graphql?{query}") as answer:
        found = await answer.json()

    assert (answer.status, found["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
