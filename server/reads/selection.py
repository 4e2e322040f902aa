"""
What a client selected below a field, read once from the document.

`Selection.on(type)` gives the fields asked of objects of that type: fragments flattened, `@skip` and
`@include` obeyed, arguments as the resolver would get them. The executor walks the same document later;
this only tells the read path what to fetch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
)
from graphql.execution.values import get_argument_values, get_directive_values
from strawberry.types import Info
from strawberry.types.arguments import convert_arguments

DEFINITION = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class Selected:
    """One field asked for: its Python name, the key it answers under, its arguments, what is below."""

    name: str
    key: str
    args: dict[str, Any]
    of: Selection


class Selection:
    """The fields below one place of a document."""

    __slots__ = ("_info", "_known", "_sets")

    def __init__(self, info: GraphQLResolveInfo[Any], sets: Iterable[SelectionSetNode]) -> None:
        self._info = info
        self._sets = tuple(sets)
        self._known: dict[str, list[Selected]] = {}

    @classmethod
    def below(cls, info: Info[Any, Any]) -> Selection:
        """What was selected below the field being resolved."""
        raw = info._raw_info
        return cls(raw, (n.selection_set for n in raw.field_nodes if n.selection_set))

    def on(self, type_name: str) -> list[Selected]:
        """The fields asked of an object of this type, each response key once."""
        known = self._known.get(type_name)
        if known is None:
            known = self._known[type_name] = self._collect(type_name)
        return known

    def _collect(self, type_name: str) -> list[Selected]:
        kind = self._info.schema.type_map[type_name]
        assert isinstance(kind, GraphQLObjectType)
        by_key: dict[str, list[FieldNode]] = {}
        for selection_set in self._sets:
            for node in self._fields(selection_set, kind, set()):
                by_key.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return [
            self._selected(key, nodes, kind)
            for key, nodes in by_key.items()
            if not nodes[0].name.value.startswith("__")
        ]

    def named(self, type_name: str, name: str) -> list[Selected]:
        """The fields of this Python name; several when it was asked for under several keys."""
        return [field for field in self.on(type_name) if field.name == name]

    def _selected(self, key: str, nodes: list[FieldNode], kind: GraphQLObjectType) -> Selected:
        definition = kind.fields[nodes[0].name.value]
        field = definition.extensions[DEFINITION]
        below = Selection(self._info, (n.selection_set for n in nodes if n.selection_set))
        return Selected(field.python_name, key, self._arguments(definition, field, nodes[0]), below)

    def _arguments(self, definition: Any, field: Any, node: FieldNode) -> dict[str, Any]:
        if not definition.args:
            return {}
        values = get_argument_values(definition, node, self._info.variable_values)
        schema = self._info.schema.extensions[DEFINITION]
        return convert_arguments(
            values, field.arguments, schema.schema_converter.scalar_registry, schema.config
        )

    def _fields(
        self, selection_set: SelectionSetNode, kind: GraphQLObjectType, seen: set[str]
    ) -> Iterator[FieldNode]:
        for node in selection_set.selections:
            if node.directives and not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else kind.name
                if self._applies(condition, kind):
                    yield from self._fields(node.selection_set, kind, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self._info.fragments[node.name.value]
                # graphql-core 3.3 wraps a fragment with its variables' signature.
                fragment = getattr(fragment, "definition", fragment)
                if self._applies(fragment.type_condition.name.value, kind):
                    yield from self._fields(fragment.selection_set, kind, seen)

    def _applies(self, condition: str, kind: GraphQLObjectType) -> bool:
        if condition == kind.name:
            return True
        abstract = self._info.schema.type_map[condition]
        return isinstance(
            abstract, (GraphQLInterfaceType, GraphQLUnionType)
        ) and self._info.schema.is_sub_type(abstract, kind)

    def _is_included(self, node: Any) -> bool:
        variables = self._info.variable_values
        skip = get_directive_values(GraphQLSkipDirective, node, variables)
        include = get_directive_values(GraphQLIncludeDirective, node, variables)
        return not (skip and skip["if"]) and not (include and not include["if"])
