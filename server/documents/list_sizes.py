"""
How long the lists of an answer get, as far as the request tells: by `first` and `last`, by ids, by days.

Where nothing tells, a usual length is taken. What is out of bounds counts as the bound: the resolver refuses
it later, by its own error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    IntValueNode,
    ListValueNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

USUAL_PAGE = 20
LARGEST_PAGE = 100
USUAL_LIST = 10
"""Taken for a list that nobody counts."""
USUAL_METRICS = 12
USUAL_DAYS = 28

TELLING = frozenset({"first", "last", "ids", "names", "from", "to"})
"""The arguments that say how long a list gets."""

Variables = Mapping[str, Any]


class Given:
    """The arguments of a field, with the variables filled in."""

    __slots__ = ("_arguments", "_variables")

    def __init__(self, node: FieldNode, variables: Variables) -> None:
        self._arguments = {argument.name.value: argument.value for argument in node.arguments or ()}
        self._variables = variables

    def number(self, name: str) -> int | None:
        """A whole number; None for anything else."""
        value = self._arguments.get(name)
        if isinstance(value, IntValueNode):
            return int(value.value[:12])
        found = self._variable(value)
        return found if type(found) is int else None

    def length(self, name: str) -> int | None:
        """How many a list holds; None for anything else."""
        value = self._arguments.get(name)
        if isinstance(value, ListValueNode):
            return len(value.values)
        found = self._variable(value)
        return len(found) if isinstance(found, list) else None

    def day(self, name: str) -> date | None:
        """A day; None for anything else."""
        value = self._arguments.get(name)
        found = value.value if isinstance(value, StringValueNode) else self._variable(value)
        try:
            return date.fromisoformat(found) if isinstance(found, str) else None
        except ValueError:
            return None

    def _variable(self, value: ValueNode | None) -> Any:
        return self._variables.get(value.name.value) if isinstance(value, VariableNode) else None


Size = Callable[[Given], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """
    How a field multiplies what is below it.

    *size* is its own list's. *page* is that of the `is_paged` lists further down, such as `first` of a
    connection is of its `nodes`.
    """

    kind: str
    size: Size | None = None
    page: Size | None = None
    is_paged: bool = False


Rules = Mapping[str, Mapping[str, Rule]]
"""The rule of every field that has something below it, by type and field."""


def rules_of(schema: GraphQLSchema) -> Rules:
    """The rules of a schema."""
    inside = _introspection_sizes(schema)
    rules = {kind.name: dict(_rules(kind, inside)) for kind in _with_fields(schema)}
    assert schema.query_type is not None
    rules[schema.query_type.name] |= {"__schema": Rule("__Schema"), "__type": Rule("__Type")}
    return rules


def telling_variables(document: DocumentNode) -> frozenset[str]:
    """The variables that say how long a list gets."""
    return frozenset(
        argument.value.name.value
        for field in fields_of(document)
        for argument in field.arguments or ()
        if argument.name.value in TELLING and isinstance(argument.value, VariableNode)
    )


def fields_of(document: DocumentNode) -> Iterator[FieldNode]:
    """Every field of a document, as often as it is written."""
    found = (getattr(definition, "selection_set", None) for definition in document.definitions)
    sets = [selection_set for selection_set in found if isinstance(selection_set, SelectionSetNode)]
    while sets:
        for node in sets.pop().selections:
            if isinstance(node, FieldNode):
                yield node
            if (below := getattr(node, "selection_set", None)) is not None:
                sets.append(below)


def _with_fields(schema: GraphQLSchema) -> Iterable[GraphQLObjectType | GraphQLInterfaceType]:
    kinds = schema.type_map.values()
    return [kind for kind in kinds if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))]


def _rules(
    kind: GraphQLObjectType | GraphQLInterfaceType, inside: Mapping[str, int]
) -> Iterator[tuple[str, Rule]]:
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if is_leaf_type(below):
            continue
        is_list = is_list_type(get_nullable_type(field.type))
        if kind.name.startswith("__"):
            yield name, Rule(below.name, _always(inside[name]) if is_list else None)
        elif (kind.name.endswith("Connection") and is_list) or name == "points":
            yield name, Rule(below.name, is_paged=True)
        else:
            yield name, Rule(below.name, _size(field) if is_list else None, _page(field))


def _size(field: GraphQLField) -> Size:
    if "ids" in field.args:
        return lambda given: min(given.length("ids") or 1, LARGEST_PAGE)
    if "names" in field.args:
        return lambda given: given.length("names") or USUAL_METRICS
    return _always(USUAL_LIST)


def _page(field: GraphQLField) -> Size | None:
    if "first" in field.args:
        return _one_page
    return _days if {"from", "to"} <= field.args.keys() else None


def _one_page(given: Given) -> int:
    asked = given.number("first") or given.number("last") or USUAL_PAGE
    return max(1, min(asked, LARGEST_PAGE))


def _days(given: Given) -> int:
    since, until = given.day("from"), given.day("to")
    if since is None:
        return USUAL_DAYS
    # An open end is today. By the machine's clock: a day more or less does not matter here.
    return max(1, ((until or datetime.now(UTC).date()) - since).days + 1)


def _always(size: int) -> Size:
    return lambda _: size


def _introspection_sizes(schema: GraphQLSchema) -> dict[str, int]:
    """How long the lists of introspection are on average, so that it costs about what it answers."""
    kinds = list(schema.type_map.values())
    fields = [field for kind in _with_fields(schema) for field in kind.fields.values()]
    return {
        "types": len(kinds),
        "directives": len(schema.directives),
        "fields": _average(len(fields), len(kinds)),
        "args": _average(sum(len(field.args) for field in fields), len(fields)),
        "inputFields": _average(
            sum(len(kind.fields) for kind in kinds if isinstance(kind, GraphQLInputObjectType)), len(kinds)
        ),
        "enumValues": _average(
            sum(len(kind.values) for kind in kinds if isinstance(kind, GraphQLEnumType)), len(kinds)
        ),
        "possibleTypes": _average(
            sum(len(kind.types) for kind in kinds if isinstance(kind, GraphQLUnionType)), len(kinds)
        ),
        "interfaces": 1,
        "locations": 1,
    }


def _average(count: int, among: int) -> int:
    return max(1, math.ceil(count / max(1, among)))
