"""
What every operation passes before it runs, whatever transport brought it: is it the caller's turn, is it one
of the trusted documents, is it well-formed, small enough, paid for. And how long it may run.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode, OperationType

from server.documents.documents import Documents, Prepared
from server.documents.limits import judge_weight
from server.documents.weights import Weight
from server.request_facts import current_request
from server.schema.types.errors import coded
from server.services.callers.viewers import Viewer
from server.settings import Settings
from server.transport.rate_limits import HEAVY, RateLimits, TooMuch
from server.transport.trusted_documents import TrustedDocuments, document_id

EVERY_OPERATION = 10
"""What an operation costs beside its answer."""
CHARACTERS = 20
"""So many characters of a document that may not run cost as much as a value: it was read for nothing."""


class Refused(Exception):
    """The operation does not run; *errors* say why."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation as a request asks for it."""

    query: str | None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    document_id: str | None = None

    @classmethod
    def of(cls, payload: dict[str, Any]) -> Asked:
        """The operation in a body or a `subscribe` message. Raises `Refused` where a part is of no use."""
        query, variables = payload.get("query"), payload.get("variables")
        name, extensions = payload.get("operationName"), payload.get("extensions")
        for what, value, kind, good in (
            ("query", query, str, "a string"),
            ("variables", variables, dict, "an object"),
            ("operationName", name, str, "a string"),
            ("extensions", extensions, dict, "an object"),
        ):
            if value is not None and not isinstance(value, kind):
                raise Refused(coded("BAD_REQUEST", f"`{what}` must be {good} or null."))
        return cls(query, variables, name, document_id(payload.get("documentId"), extensions))


@dataclass(frozen=True, slots=True)
class Admitted:
    """An operation that may run."""

    text: str
    prepared: Prepared
    operation: OperationDefinitionNode
    weight: Weight
    asked: Asked

    @property
    def type(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation

    @property
    def is_stream(self) -> bool:
        """Whether it is a subscription."""
        return self.type is OperationType.SUBSCRIPTION


class Gate:
    """What operations pass."""

    def __init__(self, documents: Documents, settings: Settings) -> None:
        self.documents = documents
        self._settings = settings
        self._callers = RateLimits(settings.rate_per_second)
        self._strangers = RateLimits(settings.anonymous_rate_per_second)
        path = settings.trusted_documents
        self._trusted = TrustedDocuments.load(path) if path else None

    def knock(self, viewer: Viewer | None) -> None:
        """Let a caller's request be read at all. Raises `Refused` while its share is used up."""
        limits, caller = self._account(viewer)
        try:
            limits.admit(caller)
        except TooMuch as error:
            raise Refused(_too_much(error.retry_after)) from None

    def admit(self, viewer: Viewer | None, asked: Asked) -> Admitted:
        """The operation, ready to run and charged for. Raises `Refused`."""
        limits, caller = self._account(viewer)
        text = self._text(asked)
        prepared = self.documents.prepare(text)
        if prepared.errors:
            limits.charge(caller, EVERY_OPERATION + len(text) // CHARACTERS)
            if prepared.document is not None and not prepared.operations:
                raise Refused(coded("BAD_REQUEST", "The document has no operation."))
            raise Refused(*prepared.errors)
        operation = _meant(prepared, asked.operation_name)
        weight = self.documents.weigh(prepared, operation, asked.variables)
        limits.charge(caller, EVERY_OPERATION + self._cost(text, weight))
        if errors := judge_weight(weight, self._settings.limits):
            raise Refused(*errors)
        if weight.schema_cost:
            self._may_introspect(viewer)
        return Admitted(text, prepared, operation, weight, asked)

    @contextlib.asynccontextmanager
    async def running(self, viewer: Viewer | None, admitted: Admitted) -> AsyncIterator[None]:
        """While an operation runs: a heavy one in its caller's turn. Raises `Refused` when it takes too long."""
        cost = self._cost(admitted.text, admitted.weight)
        async with self.time_limit():
            if cost < HEAVY:
                yield
                return
            limits, caller = self._account(viewer)
            async with limits.turn(caller, cost):
                yield

    @contextlib.asynccontextmanager
    async def time_limit(self) -> AsyncIterator[None]:
        """Cancel what runs inside when it takes too long, its SQL included; then `Refused`."""
        seconds = self._settings.operation_seconds
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            raise Refused(
                coded("OPERATION_TIMEOUT", f"The operation took longer than {seconds:g} seconds.")
            ) from None

    def _cost(self, text: str, weight: Weight) -> int:
        """What the operation costs now: an answer about the schema that is remembered is as good as free."""
        is_remembered = weight.schema_cost and self.documents.schema_answer(text) is not None
        return weight.cost if is_remembered else weight.cost + weight.schema_cost

    def _account(self, viewer: Viewer | None) -> tuple[RateLimits, str]:
        if viewer is None:
            return self._strangers, current_request().address
        return self._callers, viewer.key_id

    def _text(self, asked: Asked) -> str:
        if self._trusted is not None:
            text = self._trusted.text(asked.document_id, asked.query)
            if text is None:
                raise Refused(coded("DOCUMENT_NOT_TRUSTED", "Only the operator's documents run here."))
            return text
        if not asked.query:
            raise Refused(coded("BAD_REQUEST", "There is no `query` in the request."))
        return asked.query

    def _may_introspect(self, viewer: Viewer | None) -> None:
        who = self._settings.may_introspect
        if who == "nobody" or (who == "callers" and viewer is None):
            raise Refused(coded("INTROSPECTION_DISABLED", "The schema cannot be asked for here."))


def _meant(prepared: Prepared, name: str | None) -> OperationDefinitionNode:
    """The operation that is meant. Of several only the one that is named: it is not for us to choose."""
    operation = prepared.operation(name or None)
    if operation is not None:
        return operation
    if name:
        raise Refused(coded("BAD_REQUEST", f'The document has no operation "{name[:100]}".'))
    raise Refused(coded("BAD_REQUEST", "The document has several operations: name one as `operationName`."))


def _too_much(retry_after: int) -> GraphQLError:
    message = f"You asked for more than your share. Try again in {retry_after} seconds."
    return GraphQLError(message, extensions={"code": "RATE_LIMITED", "retryAfter": retry_after})
