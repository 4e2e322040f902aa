"""How a document is read before it runs: cached, bounded, and every mistake in it told like any other error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import ParserCache, SchemaExtension

from server.schema.types.errors import coded


class CarefulParser(ParserCache):
    """
    Parsed documents, remembered.

    What cannot be parsed is left to Strawberry, which tells it as an error of the operation: raised in here, it
    would pass by the extensions that give errors their codes.
    """

    def on_parse(self) -> Iterator[None]:
        """Put the parsed document on the operation's context."""
        context = self.execution_context
        with contextlib.suppress(GraphQLError):
            context.graphql_document = self.cached_parse_document(context.query, **context.parse_options)
        yield


class OneOperation(SchemaExtension):
    """Of several operations only the one that is named may run; Strawberry would take the first."""

    def on_validate(self) -> Iterator[None]:
        """Add the error to those of validation."""
        context = self.execution_context
        assert context.graphql_document is not None
        operations = [
            d for d in context.graphql_document.definitions if isinstance(d, OperationDefinitionNode)
        ]
        if (
            len(operations) > 1
            and context._provided_operation_name is None
            and not context.pre_execution_errors
        ):
            context.pre_execution_errors = [
                coded("BAD_REQUEST", "The document has several operations: name one as `operationName`.")
            ]
        yield
