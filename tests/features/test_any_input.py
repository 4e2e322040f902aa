"""Generated input: thousands of odd values for every mutation, and the server always knows what to say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    is_enum_type,
)
from hypothesis import given
from hypothesis import strategies as st

from server.ids import global_id
from support.client import Client
from support.generated import generated
from support.rows import Rows
from support.schema import committed_schema
from support.server import Server
from support.snapshots import snapshot

SCHEMA = committed_schema()
INSIDE = ("Traceback", "asyncpg", "SELECT ", "INSERT ", "codec", "padding", "tortoise", "Unexpected error")

odd_texts = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.sampled_from(
        ["", " ", "\x00", "a\x00b", "\n", "%", "_", "\\", "'", '"', "@", "/", "null", "../", "\u202e"]
    )
    | st.sampled_from(
        ["x" * 201, "x" * 5000, "\N{GRINNING FACE}" * 300, "https://", "http://[", "tiktok.com/@a"]
    )
)
odd_ids = odd_texts | st.builds(
    global_id,
    st.sampled_from(
        ["Profile", "SocialAccount", "ConnectAttempt", "ConnectCandidate", "ProfileMerge", "ApiKey", ""]
    ),
    st.integers(-5, 9) | st.sampled_from([2**31, 2**63 - 1, 2**63, 10**40]) | st.uuids() | odd_texts,
)


@dataclass(frozen=True)
class Known:
    """Stands for the id of a row that there is."""

    kind: str
    number: int


KINDS = ["Profile", "SocialAccount", "ConnectAttempt"]
odd_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | odd_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_texts, inner, max_size=3),
    max_leaves=5,
)


def value_of(kind: Any, place: str) -> st.SearchStrategy[Any]:
    """Values for an input type: mostly of its form, with odd contents. *place* names the input and the field."""
    if isinstance(kind, GraphQLNonNull):
        return value_of(kind.of_type, place)
    if isinstance(kind, GraphQLList):
        return st.lists(value_of(kind.of_type, place), max_size=3)
    if isinstance(kind, GraphQLInputObjectType):
        fields = {name: value_of(field.type, f"{kind.name}.{name}") for name, field in kind.fields.items()}
        if kind.is_one_of:
            return st.one_of(*(st.fixed_dictionaries({name: field}) for name, field in fields.items()))
        required = {n: f for n, f in fields.items() if isinstance(kind.fields[n].type, GraphQLNonNull)}
        return st.fixed_dictionaries(
            required, optional={n: f for n, f in fields.items() if n not in required}
        )
    if is_enum_type(kind):
        return st.sampled_from(sorted(kind.values))
    platforms = st.sampled_from(["tiktok", "youtube", "facebook", "instagram"])
    return {"ID": ids_for(place), "PlatformKey": platforms}.get(kind.name, odd_texts)


def ids_for(place: str) -> st.SearchStrategy[Any]:
    """Ids for a field: three in four are of a row that there is, and of the kind that belongs there."""
    if "attempt" in place.lower():
        fitting = "ConnectAttempt"
    else:
        fitting = "SocialAccount" if "SocialAccount" in place and "rofileId" not in place else "Profile"
    rows = st.builds(Known, st.just(fitting), st.integers(0, 2))
    return st.one_of(rows, rows, rows, odd_ids | st.builds(Known, st.sampled_from(KINDS), st.integers(0, 2)))


def with_ids(value: Any, known: dict[str, list[str]]) -> Any:
    """The value with real ids in the place of `Known`."""
    match value:
        case Known(kind, number):
            return known[kind][number]
        case list():
            return [with_ids(inner, known) for inner in value]
        case dict():
            return {name: with_ids(inner, known) for name, inner in value.items()}
        case _:
            return value


def mutations(schema: GraphQLSchema) -> dict[str, Any]:
    """The input type of every mutation."""
    kind = schema.type_map["Mutation"]
    assert isinstance(kind, GraphQLObjectType)
    return {name: field.args["input"].type for name, field in kind.fields.items()}


@pytest_asyncio.fixture
async def admin(server: Server) -> Client:
    """Somebody whom only the input can stop."""
    return await server.client()


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, Any]:
    """A mutation with an input: of the right form five times in six."""
    name, kind = draw(st.sampled_from(sorted(mutations(SCHEMA).items(), key=lambda item: item[0])))
    is_nonsense = draw(st.integers(0, 5)) == 0
    return name, draw(odd_json if is_nonsense else value_of(kind, name))


async def seed(rows: Rows) -> dict[str, list[str]]:
    """Rows for the generated ids to hit: two persons and a group, each with an account and an open attempt."""
    kinds = ("INDIVIDUAL", "INDIVIDUAL", "GROUP")
    profiles = [await rows.profile(f"Person {number}", kind=kind) for number, kind in enumerate(kinds)]
    accounts = [await rows.account(profile) for profile in profiles[:2]] + [await rows.linked(profiles[2])]
    attempts = [await rows.attempt(profile) for profile in profiles]
    return {"Profile": profiles, "SocialAccount": accounts, "ConnectAttempt": attempts}


@generated(cases=150)
@given(batch=st.lists(calls(), min_size=5, max_size=5))
async def test_every_mutation_has_an_answer_for_any_input(
    server: Server, admin: Client, batch: list[tuple[str, Any]]
) -> None:
    known = await seed(Rows(server.host))

    for name, drawn in batch:
        query = (
            f"mutation ($input: {mutations(SCHEMA)[name]}) {{ {name}(input: $input)"
            " { __typename ... on Refusal { code message nextStep } } }"
        )
        given_input = with_ids(drawn, known)
        before = await snapshot(server.host)

        answer = await admin.send(query, input=given_input)

        case = (name, given_input, answer)
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        assert codes <= {"BAD_USER_INPUT", "UNKNOWN_PLATFORM"}, case
        assert not any(word in json.dumps(answer, ensure_ascii=False) for word in INSIDE), case
        if codes or "code" in answer["data"][name]:
            assert await snapshot(server.host) == before, case
