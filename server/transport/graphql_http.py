"""
GraphQL over HTTP, WebSocket and SSE.

HTTP is answered here, by the GraphQL-over-HTTP draft; sockets and streams lie beside (`graphql_ws`,
`graphql_sse`). What reaches a client is data, or an error with a stable code. A request that cannot be
run gets a 4xx with a GraphQL error, never a 5xx.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry import Schema
from strawberry.types import ExecutionResult

from server.database import UNAVAILABLE
from server.identity.credentials import Credential, Credentials, NotFromPage
from server.identity.keyring import Keyring
from server.resolvers.context import Context
from server.schema.types.errors import coded
from server.transport.admission import Admitted, Asked, Gate, Refused
from server.transport.graphql_errors import away, body_of, code_of, did_not_run, formatted, stable
from server.transport.graphql_sse import stream_events
from server.transport.graphql_ws import Sockets
from server.transport.holdings import TooMany
from server.transport.ide import ide_page
from server.transport.negotiation import GRAPHQL, JSON, Accept

log = structlog.get_logger("linkroll.graphql")

STATUSES = {
    "BAD_REQUEST": 400,
    "CSRF_REQUIRED": 403,
    "DOCUMENT_NOT_TRUSTED": 403,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "REQUEST_TIMEOUT": 408,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "RATE_LIMITED": 429,
    "TOO_MANY_STREAMS": 429,
    "SERVICE_UNAVAILABLE": 503,
}
"""Errors that have a status of their own. All others are 200 as JSON, 400 as a GraphQL response, when nothing ran."""


class GraphQLApp:
    """The endpoint. Mount it with a `Route` and a `WebSocketRoute` of the same path."""

    def __init__(self, schema: Schema, gate: Gate, context: Context, keyring: Keyring) -> None:
        self._schema = schema
        self._gate = gate
        self._context = context
        self._keyring = keyring
        self._settings = context.host.settings
        self._credentials = Credentials(self._settings, keyring.failures)
        self._sockets = Sockets(schema, gate, self._settings, self._credentials, self.context_of)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one socket."""
        if scope["type"] == "websocket":
            await self._sockets.serve(WebSocket(scope, receive, send))
            return
        request = Request(scope, receive)
        accept = Accept(request.headers.get("accept"))
        try:
            response = await self._answer(request, accept)
        except Refused as refused:
            response = _refusal(list(refused.errors), accept)
        except NotFromPage:
            response = _refusal([not_from_page()], accept)
        except ClientDisconnect:
            return
        except UNAVAILABLE as error:
            # Where errors inside an operation are `StableErrors`', these met the request before it: its key.
            response = _refusal([away(error)], accept)
        await response(scope, receive, send)

    async def context_of(self, credential: Credential) -> Context:
        """An operation's surroundings, with the caller behind a credential. A session is used by it."""
        if not credential.is_cookie:
            return await self._context.of(self._keyring, credential.text)
        context = await self._context.of(self._keyring.sessions, credential.text)
        if context.viewer is not None and credential.text is not None:
            await self._keyring.sessions.use(credential.text)
        return context

    async def _answer(self, request: Request, accept: Accept) -> Response:
        if request.method not in ("GET", "POST"):
            raise Refused(coded("METHOD_NOT_ALLOWED", "GraphQL is sent by POST, a query also by GET."))
        if self._settings.shows_ide and _opens_page(request, accept):
            return ide_page()
        if accept.json is None and not accept.events:
            raise Refused(coded("NOT_ACCEPTABLE", f"Answers are {JSON}, {GRAPHQL} or an event stream."))
        async with self._gate.time_limit():
            context = await self.context_of(await self._credentials.of_request(request))
        self._gate.knock(context.viewer)
        admitted = self._gate.admit(
            context.viewer, Asked.of(await _payload(request, self._settings.body_seconds))
        )
        if admitted.type is OperationType.MUTATION and request.method == "GET":
            raise Refused(coded("METHOD_NOT_ALLOWED", "A mutation cannot be sent by GET."))
        if admitted.is_stream or accept.json is None:
            return await self._stream(context, admitted, accept)
        return _response(await self._run(context, admitted), accept)

    async def _run(self, context: Context, admitted: Admitted) -> ExecutionResult:
        async with self._gate.running(context.viewer, admitted):
            return await self._schema.execute(
                admitted.text,
                variable_values=admitted.asked.variables,
                context_value=context,
                operation_name=admitted.asked.operation_name,
            )

    async def _stream(self, context: Context, admitted: Admitted, accept: Accept) -> Response:
        if not accept.events:
            raise Refused(
                coded(
                    "BAD_REQUEST",
                    "Send subscriptions over WebSocket (graphql-transport-ws) or with Accept: text/event-stream.",
                )
            )
        try:
            place = self._sockets.hold_place(context.viewer)
        except TooMany:
            raise Refused(
                coded("TOO_MANY_STREAMS", "You hold too many streams. End one, or try again later.")
            ) from None
        return stream_events(self._schema, self._gate, context, admitted, place)


# What was asked


async def _payload(request: Request, seconds: float) -> dict[str, Any]:
    """The request's parameters: a body that is a JSON object and comes within *seconds*, or those of the address."""
    if request.method == "GET":
        return _parameters(request)
    if not is_json(request.headers.get("content-type")) or _is_encoded(request):
        raise Refused(
            coded("UNSUPPORTED_MEDIA_TYPE", "The body must be a JSON object, sent as application/json.")
        )
    try:
        async with asyncio.timeout(seconds):
            body = await request.body()
    except TimeoutError:
        raise Refused(coded("REQUEST_TIMEOUT", "The body took too long to arrive.")) from None
    found = _loads(body)
    if not isinstance(found, dict):
        raise Refused(coded("BAD_REQUEST", "The body must be a JSON object, sent as application/json."))
    return found


def _parameters(request: Request) -> dict[str, Any]:
    """A GET's parameters. One that is given twice means nothing certain, so it is refused."""
    pairs = request.query_params.multi_items()
    found: dict[str, Any] = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(coded("BAD_REQUEST", "A parameter is given twice."))
    for name in ("variables", "extensions"):
        if found.get(name):
            found[name] = _loads(found[name])
    return {name: value for name, value in found.items() if value != ""}


def _loads(text: bytes | str) -> Any:
    """Strict JSON: UTF-8, bounded depth, no NaN."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refused(coded("BAD_REQUEST", "This is no JSON.")) from None


def is_json(content_type: str | None) -> bool:
    """Whether a body is declared as plain JSON: what a page of another origin cannot send without being asked."""
    media_type, _, parameters = (content_type or "").partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "")
    return media_type.strip().lower() == "application/json" and charset in ("", "charset=utf-8")


def _is_encoded(request: Request) -> bool:
    return request.headers.get("content-encoding", "identity").lower() != "identity"


def _opens_page(request: Request, accept: Accept) -> bool:
    return request.method == "GET" and accept.html and not request.query_params


# What is answered


def _response(result: ExecutionResult, accept: Accept) -> Response:
    if did_not_run(result):
        return _refusal(result.errors or [], accept)
    return _json(body_of(result), 200, accept)


def _refusal(errors: list[GraphQLError], accept: Accept) -> Response:
    """The answer of an operation that did not run."""
    shown = [stable(error) for error in errors]
    status = STATUSES.get(code_of(shown[0])) or (400 if accept.json == GRAPHQL else 200)
    response = _json({"errors": formatted(shown)}, status, accept)
    if status == 405:
        response.headers["Allow"] = "GET, POST"
    if (after := (shown[0].extensions or {}).get("retryAfter")) is not None:
        response.headers["Retry-After"] = str(after)
    elif status in (429, 503):
        response.headers["Retry-After"] = "5"
    return response


def not_from_page() -> GraphQLError:
    """The error for a cookie that comes without its proof."""
    return coded(
        "CSRF_REQUIRED",
        "A session's cookie counts only from a page of a listed origin that sends the session's `csrfToken`.",
    )


def _json(body: dict[str, Any], status: int, accept: Accept) -> Response:
    media_type = accept.json or JSON
    return Response(orjson.dumps(body, default=str), status, {"Content-Type": f"{media_type}; charset=utf-8"})


def error_body(code: str, message: str) -> bytes:
    """A GraphQL answer that is only an error."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
