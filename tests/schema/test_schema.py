"""The schema explains itself, and keeps the promises that clients are generated from."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

ROOT = Path(__file__).parents[2]


def own_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    """The types that are ours, not GraphQL's own."""
    builtin = {"Int", "Float", "String", "Boolean", "ID"}
    return [t for name, t in schema.type_map.items() if not name.startswith("__") and name not in builtin]


def unions(schema: GraphQLSchema) -> list[GraphQLUnionType]:
    """Every union."""
    return [t for t in own_types(schema) if isinstance(t, GraphQLUnionType)]


def refusal_types(schema: GraphQLSchema) -> set[str]:
    """The names of the types that implement `Refusal`."""
    return {kind.name for kind in schema.get_possible_types(schema.type_map["Refusal"])}  # type: ignore[arg-type]


def described_parts(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every part of the schema that a client may read about, by coordinate, with its description."""
    for kind in own_types(schema):
        yield kind.name, kind.description
        if isinstance(kind, GraphQLEnumType):
            for name, value in kind.values.items():
                yield f"{kind.name}.{name}", value.description
        elif isinstance(kind, GraphQLInputObjectType):
            for name, input_field in kind.fields.items():
                yield f"{kind.name}.{name}", input_field.description
        elif isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{kind.name}.{name}({argument_name}:)", argument.description


def test_the_committed_schema_file_is_what_the_command_prints() -> None:
    """Frontends generate code from the file: `make schema` renews it, and its diff is read in review."""
    printed = subprocess.run(
        [Path(sys.executable).with_name("linkroll"), "schema"], capture_output=True, text=True, check=True
    )

    assert (ROOT / "schema.graphql").read_text() == printed.stdout


def test_every_part_of_the_schema_has_a_description(schema: GraphQLSchema) -> None:
    parts = list(described_parts(schema))

    silent = [coordinate for coordinate, description in parts if not (description or "").strip()]

    assert len(parts) > 300
    assert silent == []


def test_every_description_ends_its_sentence(schema: GraphQLSchema) -> None:
    """They are read as documentation: one that stops in the middle was cut by accident."""
    cut = [
        where for where, text in described_parts(schema) if text and not text.strip().endswith((".", "`."))
    ]

    assert cut == []


def test_every_refusal_of_the_services_is_a_type_that_implements_refusal(schema: GraphQLSchema) -> None:
    from server.services.refusals import BY_CODE

    assert refusal_types(schema) == {kind.__name__ for kind in BY_CODE.values()}


def test_every_refusal_can_be_met_through_a_union(schema: GraphQLSchema) -> None:
    reachable = {member.name for union in unions(schema) for member in union.types}

    assert refusal_types(schema) - reachable == set()


def test_every_mutation_answers_a_union_of_one_success_and_refusals(schema: GraphQLSchema) -> None:
    """`... on Refusal` catches all the rest, also refusals that a later version adds."""
    assert schema.mutation_type is not None
    refusals = refusal_types(schema)

    answers = {name: get_named_type(field.type) for name, field in schema.mutation_type.fields.items()}

    assert len(answers) >= 15
    for name, answer in answers.items():
        assert isinstance(answer, GraphQLUnionType), name
        successes = [member.name for member in answer.types if member.name not in refusals]
        wanted = "MergePreview" if name == "previewMerge" else f"{name[0].upper()}{name[1:]}Success"
        assert successes == [wanted]
        assert len(answer.types) > 1, name


def test_every_mutation_takes_one_required_input(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None

    arguments = {name: list(field.args) for name, field in schema.mutation_type.fields.items()}

    assert set(map(tuple, arguments.values())) == {("input",)}


def test_members_of_one_union_never_disagree_about_a_field(schema: GraphQLSchema) -> None:
    """Two fragments side by side must merge: GraphQL refuses one name with two types in a selection."""
    clashes = [
        f"{union.name}: {one.name}.{name} is {one.fields[name].type}, {other.name}.{name} {other.fields[name].type}"
        for union in unions(schema)
        for one, other in combinations(union.types, 2)
        for name in set(one.fields) & set(other.fields)
        if str(one.fields[name].type) != str(other.fields[name].type)
    ]

    assert clashes == []


def test_everything_that_is_kept_under_an_id_is_a_node(schema: GraphQLSchema) -> None:
    """A refusal's `id` is what the caller sent, a merge's only serves to undo it; any other fetches its object."""
    objects = [kind for kind in own_types(schema) if isinstance(kind, GraphQLObjectType)]

    with_id = (
        {kind.name for kind in objects if "id" in kind.fields} - refusal_types(schema) - {"ProfileMerge"}
    )

    nodes = {kind.name for kind in schema.get_possible_types(schema.type_map["Node"])}  # type: ignore[arg-type]
    assert with_id == nodes >= {"Profile", "SocialAccount", "ConnectAttempt", "ConnectCandidate", "Post"}
