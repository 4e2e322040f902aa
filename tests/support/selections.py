"""Selections of everything: what a test asks for when no field may be forgotten, also none to come."""

from __future__ import annotations

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)


def is_list_of_objects(field: GraphQLField) -> bool:
    """Whether a field gives several objects: a list of them, or a connection."""
    kind = get_nullable_type(field.type)
    if isinstance(kind, GraphQLList):
        return not is_leaf_type(get_named_type(kind))
    return get_named_type(kind).name.endswith("Connection")


def everything(schema: GraphQLSchema, type_name: str, depth: int) -> str:
    """Every field of a type, and of what is below it, *depth* objects deep. Pages and edges count as no depth."""
    return _everything(schema, schema.type_map[type_name], depth, "")


def everything_in_parts(schema: GraphQLSchema, type_name: str, depth: int) -> list[str]:
    """`everything`, as one selection for each field of the type: together they may be too long for a document."""
    kind = schema.type_map[type_name]
    if isinstance(kind, (GraphQLInterfaceType, GraphQLUnionType)):
        members = [m.name for m in schema.get_possible_types(kind)]
        return [f"{{ ... on {m} {part} }}" for m in members for part in everything_in_parts(schema, m, depth)]
    assert isinstance(kind, GraphQLObjectType)
    is_wrapping = kind.name.endswith(("Connection", "Edge"))
    fields = [_field(schema, name, field, depth, "", is_wrapping) for name, field in kind.fields.items()]
    return [f"{{ {field} }}" for field in fields if field]


def _everything(schema: GraphQLSchema, kind: GraphQLNamedType, depth: int, prefix: str) -> str:
    if isinstance(kind, (GraphQLInterfaceType, GraphQLUnionType)):
        # Keys of their own: two members may have one name for fields of two types.
        members = schema.get_possible_types(kind)
        parts = [f"... on {m.name} {_everything(schema, m, depth, f'{m.name}_')}" for m in members]
        return "{ __typename " + " ".join(parts) + " }"
    assert isinstance(kind, GraphQLObjectType)
    is_wrapping = kind.name.endswith(("Connection", "Edge"))
    fields = [_field(schema, name, field, depth, prefix, is_wrapping) for name, field in kind.fields.items()]
    return "{ " + " ".join(["__typename", *filter(None, fields)]) + " }"


def _field(
    schema: GraphQLSchema, name: str, field: GraphQLField, depth: int, prefix: str, is_wrapping: bool
) -> str | None:
    inner = get_named_type(field.type)
    alias = f"{prefix}{name}: {name}"
    if is_leaf_type(inner):
        return alias
    deeper = depth if is_wrapping or inner.name == "PageInfo" else depth - 1
    return f"{alias} {_everything(schema, inner, deeper, '')}" if deeper >= 0 else None
