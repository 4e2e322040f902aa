"""
Relay's node and connection, and how loaded children hang on an object.

Objects are not built by their constructors: the read path dresses a row in its type, with just the
attributes that were selected (`server.reads.tables`). Children lie beside them under their response key,
so that one field can be asked for twice with different arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import strawberry

T = TypeVar("T")

RELATION = "linkroll.relation"


@strawberry.interface(description="An object that can be fetched again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Globally unique and opaque. Stays the same for ever.")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows `endCursor`.")
    has_previous_page: bool = strawberry.field(description="Whether something comes before `startCursor`.")
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first edge; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge; null on an empty page.")


@strawberry.type(description="One object in a list, with its place.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The object's place; give it as `after` or `before`.")
    node: T = strawberry.field(description="The object.", metadata={RELATION: True})


@strawberry.type(
    description="One page of a list, in keyset order: rows that come or go meanwhile shift nothing."
)
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(
        description="The page's objects with their cursors.", metadata={RELATION: True}
    )
    nodes: list[T] = strawberry.field(description="The page's objects.", metadata={RELATION: True})
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="How many objects the whole list has under this filter.")


def child_key(response_key: str) -> str:
    """Where a loaded child lies in its parent's attributes; no column's name looks like it."""
    return f"@{response_key}"


def relation(description: str) -> Callable[[Callable[..., Any]], Any]:
    """
    A field whose value the read path has loaded already. The function only declares arguments and type:
    `server.schema.build` makes all relations read `child_key` of their parent.
    """

    def declare(function: Callable[..., Any]) -> Any:
        field = strawberry.field(resolver=function, description=description)
        field.metadata = {**(field.metadata or {}), RELATION: True}
        return field

    return declare
