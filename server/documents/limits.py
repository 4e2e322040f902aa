"""
How large an operation may be. Judged before anything runs, before validation even: some rules of that compare
every field with every other.

The same for every transport, since all of them read their documents here (`server.documents.documents`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, GraphQLError, OperationDefinitionNode

from server.documents.list_sizes import fields_of
from server.documents.weights import Weight
from server.settings import LimitSettings

CODE = "OPERATION_TOO_COMPLEX"

MAX_DOCUMENT = 100_000
"""Characters of a document. What is long in a request belongs into variables."""
MAX_OPERATIONS = 20
MAX_FRAGMENTS = 100
MAX_SAMENESS = 100_000
"""The squares of how often each answer key is asked for, summed: so many pairs does validation compare."""
INTROSPECTION_COST = 200_000
"""Tools ask for the whole schema at once. It is answered once a document, then remembered."""


def too_large(what: str, got: int | None, most: int) -> GraphQLError:
    """The error of an operation that has more of something than it may."""
    extensions: dict[str, object] = {"code": CODE, "limit": what, "most": most}
    found = "" if got is None else f" of {got:,}"
    if got is not None:
        extensions["got"] = got
    return GraphQLError(
        f"The operation's {what}{found} is over the limit of {most:,}.", extensions=extensions
    )


def judge_document(document: DocumentNode, limits: LimitSettings) -> list[GraphQLError]:
    """What is too large about a document as it stands, whatever its types; nothing when all is well."""
    return [too_large(what, got, most) for what, got, most in _counted(document, limits) if got > most]


def _counted(document: DocumentNode, limits: LimitSettings) -> Iterator[tuple[str, int, int]]:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    fragments = [d for d in document.definitions if isinstance(d, FragmentDefinitionNode)]
    roots = max((len(o.selection_set.selections) for o in operations), default=0)
    keys = Counter(key_of(field) for field in fields_of(document))
    yield "number of operations", len(operations), MAX_OPERATIONS
    yield "number of fragments", len(fragments), MAX_FRAGMENTS
    yield "number of root fields", roots, limits.root_fields
    yield "repetition of fields", sum(count * count for count in keys.values()), MAX_SAMENESS


def key_of(field: FieldNode) -> str:
    """The key that a field answers under."""
    return field.alias.value if field.alias else field.name.value


def judge_weight(weight: Weight, limits: LimitSettings) -> list[GraphQLError]:
    """What is too large about an operation that was weighed; nothing when all is well."""
    counted = (
        ("depth", weight.depth, limits.depth),
        ("number of aliases", weight.aliases, limits.aliases),
        ("number of directives", weight.directives, limits.directives),
        ("cost", weight.cost, limits.cost),
        ("cost of introspection", weight.schema_cost, INTROSPECTION_COST),
    )
    return [too_large(what, got, limit) for what, got, limit in counted if got > limit]
