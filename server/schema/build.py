"""
The schema, built once the plugins are known.

After Strawberry has built it, fields that only read a loaded attribute get the shortest resolver there is:
they are nine in ten of all fields, and Strawberry's general one costs more than reading the row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import strawberry
from graphql import GraphQLObjectType
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from server.documents.documents import Documents, Remember
from server.documents.execution import PLAIN, Executor, plain_field
from server.platforms import Platforms
from server.reads.selection import DEFINITION
from server.schema.mutation import Mutation
from server.schema.query import Query
from server.schema.subscription import Subscription
from server.schema.types.metrics import MetricNumber, MetricUnavailable
from server.schema.types.nodes import RELATION, child_key
from server.schema.types.refusals import TYPES
from server.schema.types.scalars import scalar_map
from server.settings import LimitSettings


class Schema(strawberry.Schema):
    """Strawberry's, with the documents that were read for it."""

    documents: Documents


def build_schema(
    platforms: Platforms,
    extensions: Sequence[Callable[[], SchemaExtension]] = (),
    limits: LimitSettings | None = None,
) -> Schema:
    """The schema for these installed platforms. *extensions* run outermost."""
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        execution_context_class=Executor,
        types=[*TYPES.values(), MetricNumber, MetricUnavailable],
        config=StrawberryConfig(scalar_map=scalar_map(platforms), disable_field_suggestions=True),
        extensions=[*extensions, Remember],
    )
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            _shorten(kind)
    schema.documents = Documents(schema._schema, limits or LimitSettings())
    return schema


def _shorten(kind: GraphQLObjectType) -> None:
    for name, field in kind.fields.items():
        definition = field.extensions.get(DEFINITION)
        if definition is None:
            continue
        if definition.metadata.get(RELATION):
            field.resolve = _read_child
        elif definition.is_basic_field:
            field.resolve = _read_attribute(definition.python_name)
            if plain := plain_field(definition.python_name, field.type):
                kind.extensions.setdefault(PLAIN, {})[name] = plain


def _read_child(source: Any, info: Any, **_: Any) -> Any:
    return source.__dict__[child_key(info.path.key)]


def _read_attribute(name: str) -> Callable[..., Any]:
    def read(source: Any, _info: Any) -> Any:
        return source.__dict__[name]

    return read
