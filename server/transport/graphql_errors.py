"""
Errors as a client may see them: each with a stable `extensions.code`, and nothing of the inside.

An unexpected error becomes one message with the request's id, and the log has the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import MaskErrors
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from server.database_errors import DatabaseAway, OutcomeUnknown
from server.request_facts import current_request
from server.schema.types.errors import coded

log = structlog.get_logger("linkroll.graphql")

INVALID_VARIABLE = re.compile(r"Variable '\$\w+' has invalid ")
"""A value that was given, as against the document's own mistakes with variables."""
SUGGESTION = re.compile(r" Did you mean [^?]*\?$")
"""What graphql-core adds to a wrong value: it would tell the schema, letter by letter, to whoever may not read it."""


class StableErrors(MaskErrors):
    """Makes the errors of every result of the schema stable."""

    def _process_errors(self, errors: list[GraphQLError]) -> list[GraphQLError]:
        return [stable(error) for error in errors]


def stable(error: GraphQLError) -> GraphQLError:
    """The error as a client may see it."""
    extensions = _extensions_of(error)
    if extensions is not None:
        return _copy(error, SUGGESTION.sub("", error.message), extensions)
    cause = _cause(error)
    if isinstance(cause, DatabaseAway):
        told = away(cause)
        return _copy(error, told.message, dict(told.extensions or {}))
    # Outside of a request the id is new: it is logged by name, so that the two are the same in any case.
    request_id = current_request().id
    log.error("unexpected error", request_id=request_id, path=error.path, exc_info=cause)
    return _copy(
        error, f"Unexpected error. Quote {request_id}.", {"code": "INTERNAL_ERROR", "requestId": request_id}
    )


def away(error: Exception) -> GraphQLError:
    """What a client is told while the database is away. The log has what met us, by name only."""
    request_id = current_request().id
    log.error("database unavailable", request_id=request_id, error=type(error.__cause__ or error).__name__)
    if isinstance(error, OutcomeUnknown):
        message = "The database did not say whether the change was made. Look before you repeat it."
        found = coded("OUTCOME_UNKNOWN", message)
    else:
        found = coded("SERVICE_UNAVAILABLE", "The database does not answer. Try again in a moment.")
    return GraphQLError(found.message, extensions={**(found.extensions or {}), "requestId": request_id})


def formatted(errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    """Errors that met an operation before it ran, as they go into an answer."""
    return [dict(stable(error).formatted) for error in errors]


def did_not_run(result: ExecutionResult) -> bool:
    """Whether an operation ended before its first field: its answer then has no `data` at all."""
    if isinstance(result, PreExecutionError):
        return True
    return result.data is None and bool(result.errors) and not any(e.path for e in result.errors or ())


def body_of(result: ExecutionResult) -> dict[str, Any]:
    """The answer with an operation's result."""
    body: dict[str, Any] = {} if did_not_run(result) else {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    return body


def code_of(error: GraphQLError) -> str:
    """The code of an error that was made stable."""
    return str((error.extensions or {}).get("code", ""))


def _extensions_of(error: GraphQLError) -> dict[str, Any] | None:
    """The extensions of an error that was meant for the client; None for any other."""
    inner: BaseException | None = error
    while isinstance(inner, GraphQLError):
        if inner.extensions and "code" in inner.extensions:
            return dict(inner.extensions)
        if inner.original_error is None:
            return _standard(error)
        inner = inner.original_error
    return None


def _cause(error: GraphQLError) -> Exception:
    """What lies under the wrappers that errors collect on their way."""
    inner: Exception = error
    while isinstance(inner, GraphQLError) and inner.original_error is not None:
        inner = inner.original_error
    return inner


def _standard(error: GraphQLError) -> dict[str, Any] | None:
    """The code of an error that graphql-core itself raised about a request."""
    if isinstance(error, GraphQLSyntaxError) or error.message.startswith("Syntax Error"):
        return {"code": "GRAPHQL_PARSE_FAILED"}
    if INVALID_VARIABLE.match(error.message):
        return {"code": "BAD_USER_INPUT"}
    return None if error.path else {"code": "GRAPHQL_VALIDATION_FAILED"}


def _copy(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
