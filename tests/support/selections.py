"""Selections of everything: what a test asks for when no field may be forgotten, also none to come."""

from __future__ import annotations

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
)


def is_list_of_objects(field: GraphQLField) -> bool:
    """Whether a field gives several objects: a list of them, or a connection."""
    kind = get_nullable_type(field.type)
    if isinstance(kind, GraphQLList):
        return not is_leaf_type(get_named_type(kind))
    return get_named_type(kind).name.endswith("Connection")


def everything(schema: GraphQLSchema, kind: GraphQLNamedType, depth: int, leaving: tuple[str, ...] = ()) -> str:
    """
    All fields of *kind* that need no argument, and below them again, *depth* levels deep.

    A connection and its edges count as no level. *leaving* names coordinates to leave out.
    """
    if is_abstract_type(kind):
        members = schema.get_possible_types(kind)
        # Keys of their own: members of one interface may have one field with two types.
        parts = [f"... on {m.name} {everything(schema, m, depth, leaving)}" for m in members]
        return "{ __typename " + " ".join(_apart(part, n) for n, part in enumerate(parts)) + " }"
    assert isinstance(kind, GraphQLObjectType)
    below = depth if kind.name.endswith(("Connection", "Edge")) else depth - 1
    parts = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if f"{kind.name}.{name}" in leaving or any(arg.name in ("id", "ids", "url") for arg in field.args.values()):
            continue
        if is_leaf_type(inner):
            parts.append(name)
        elif below >= 0:
            parts.append(f"{name} {everything(schema, inner, below, leaving)}")
    return "{ " + " ".join(parts) + " }"
