"""
The executor: graphql-core's, with a short way for fields that only read a loaded attribute.

Nine in ten fields of an answer are such. The short way does just what the long one would: read, check for
null, print. Whatever is not plain (an error, a null that must not be, an unexpected type) goes the long way
from the start, so that errors, paths and null propagation are graphql-core's own. Reading an attribute has
no side effect, so doing it again is harmless.

A large answer is made in slices: after each the event loop serves whoever else waits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLLeafType, GraphQLObjectType, GraphQLOutputType, is_leaf_type, is_non_null_type
from graphql.execution.collect_fields import GroupedFieldSet
from graphql.pyutils import Path, Undefined
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

PLAIN = "linkroll.plain"
"""Where an object type keeps its plain fields: `{field name: PlainField}`."""

SLICE_SECONDS = 0.01
"""How long the event loop is kept by one answer at a time."""

Print = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class PlainField:
    """A field that is an attribute: how its value is printed, and whether it may be null."""

    attribute: str
    print: Print
    nullable: bool


def plain_field(attribute: str, kind: GraphQLOutputType) -> PlainField | None:
    """The short way for an attribute of this type; None where there is none."""
    inner = kind.of_type if is_non_null_type(kind) else kind
    if not is_leaf_type(inner):
        return None
    return PlainField(attribute, _printer(inner), inner is kind)


def _printer(leaf: GraphQLLeafType) -> Print:
    coerce = leaf.coerce_output_value
    if leaf.name not in ("String", "ID"):
        return coerce
    # What is text already is its own print; anything else is graphql-core's to judge.
    return lambda value: value if type(value) is str else coerce(value)


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Executes one operation."""

    _slice_ends: float | None = None
    _next_slice: asyncio.Event | None = None

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> Any:
        """An object's fields, now or in a slice to come."""
        asked = (parent_type, source_value, path, grouped_field_set, position_context)
        return self._in_its_slice(*asked) if self._is_slice_over() else self._fields(*asked)

    def _is_slice_over(self) -> bool:
        now = time.perf_counter()
        if self._slice_ends is None:
            self._slice_ends = now + SLICE_SECONDS
        return now > self._slice_ends

    async def _in_its_slice(self, *asked: Any) -> Any:
        # All that wait are woken for a slice; those who come too late in it wait for the next.
        while self._is_slice_over():
            if self._next_slice is None:
                self._next_slice = asyncio.Event()
                asyncio.get_running_loop().call_soon(self._begin_slice)
            await self._next_slice.wait()
        fields = self._fields(*asked)
        return await fields if self.is_awaitable(fields) else fields

    def _begin_slice(self) -> None:
        self._slice_ends = time.perf_counter() + SLICE_SECONDS
        if self._next_slice is not None:
            self._next_slice.set()
            self._next_slice = None

    def _fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> Any:
        """An object's fields: the plain ones at once, the others by graphql-core, in the document's order."""
        plain = parent_type.extensions.get(PLAIN)
        if not plain:
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        results, rest = _read_plain(plain, source_value.__dict__, grouped_field_set)
        if not rest:
            return results
        others: Any = super().execute_fields(parent_type, source_value, path, rest, position_context)
        if self.is_awaitable(others):
            return self._join_later(results, others)
        return _join(results, others)

    async def _join_later(self, results: dict[str, Any], others: Any) -> dict[str, Any]:
        return _join(results, await others)

    def build_resolve_info(self, field_def: Any, field_nodes: Any, parent_type: Any, path: Path) -> Any:
        """As Strawberry's, but with the variables as graphql-core keeps them: `Selection` needs their sources."""
        info = super().build_resolve_info(field_def, field_nodes, parent_type, path)
        return info._replace(variable_values=self.variable_values)


def _read_plain(
    plain: dict[str, PlainField], attributes: dict[str, Any], fields: GroupedFieldSet
) -> tuple[dict[str, Any], GroupedFieldSet]:
    """What could be read the short way, with a place kept for each field that could not."""
    results: dict[str, Any] = {}
    rest: GroupedFieldSet = {}
    for name, details in fields.items():
        field = plain.get(details[0].node.name.value)
        if field is not None:
            value = attributes.get(field.attribute, Undefined)
            if value is None and field.nullable:
                results[name] = None
                continue
            if value is not None and value is not Undefined:
                try:
                    results[name] = field.print(value)
                    continue
                except Exception:  # noqa: S110  (the long way raises it again, in its place)
                    pass
        results[name] = Undefined
        rest[name] = details
    return results, rest


def _join(results: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Fill the places that were kept; `__typename` and unknown fields may leave theirs empty."""
    results.update(others)
    return {name: value for name, value in results.items() if value is not Undefined}
