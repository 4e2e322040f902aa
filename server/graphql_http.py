"""
GraphQL over HTTP, WebSocket and SSE: Strawberry's view, made strict.

What reaches a client is data, or an error with a stable code. Every malformed request gets a 4xx (or its
WebSocket close code) with a GraphQL error; an unexpected failure becomes one message with a request id,
and the log has the rest.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import Any

import orjson
import structlog
from cross_web import HTTPException
from graphql import GraphQLError, GraphQLSyntaxError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry import UNSET
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError, MissingQueryError
from strawberry.extensions import MaskErrors
from strawberry.http import GraphQLRequestData
from strawberry.http.exceptions import NonJsonMessageReceived
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types.graphql import OperationType

from server.database import UNAVAILABLE
from server.keyring import Keyring
from server.resolvers.context import Context

log = structlog.get_logger("linkroll.graphql")

INIT_TIMEOUT = timedelta(seconds=10)
INVALID_VARIABLE = re.compile(r"Variable '\$\w+' has invalid ")
"""A value that was given, as against the document's own mistakes with variables."""
SUGGESTION = re.compile(r" Did you mean [^?]*\?$")
"""What graphql-core adds to a wrong name: it would tell the schema, letter by letter, to whoever may not read it."""


class StableErrors(MaskErrors):
    """Gives every error a stable `extensions.code`, and keeps the inside of unexpected ones inside."""

    def _process_errors(self, errors: list[GraphQLError]) -> list[GraphQLError]:
        return [stable(error) for error in errors]


def stable(error: GraphQLError) -> GraphQLError:
    """The error as a client may see it."""
    code = _code_of(error)
    if code is not None:
        return _copy(error, SUGGESTION.sub("", error.message), {"code": code})
    if (problem := _malformed(error.original_error)) is not None:
        return _copy(error, problem, {"code": "BAD_REQUEST"})
    request_id = secrets.token_hex(8)
    cause = error.original_error or error
    log.error("unexpected error", request_id=request_id, path=error.path, exc_info=cause)
    return _copy(
        error, f"Unexpected error. Quote {request_id}.", {"code": "INTERNAL_ERROR", "requestId": request_id}
    )


def _malformed(error: BaseException | None) -> str | None:
    """What is wrong with a request that names no operation to run; None for any other error."""
    match error:
        case CannotGetOperationTypeError():
            return error.as_http_error_reason()
        case MissingQueryError():
            return "There is no `query` in the request."
        case _:
            return None


def _code_of(error: GraphQLError) -> str | None:
    """The code of an error that was meant for the client; None for any other."""
    inner: BaseException | None = error
    while isinstance(inner, GraphQLError):
        if inner.extensions and "code" in inner.extensions:
            return str(inner.extensions["code"])
        if inner.original_error is None:
            return _standard_code(error)
        inner = inner.original_error
    return None


def _standard_code(error: GraphQLError) -> str | None:
    if isinstance(error, GraphQLSyntaxError) or error.message.startswith("Syntax Error"):
        return "GRAPHQL_PARSE_FAILED"
    if INVALID_VARIABLE.match(error.message):
        return "BAD_USER_INPUT"
    return None if error.path else "GRAPHQL_VALIDATION_FAILED"


def _copy(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def error_body(code: str, message: str) -> bytes:
    """A GraphQL answer that is only an error."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})


class WebSocketAdapter(ASGIWebSocketAdapter):
    """Reads only well-formed messages of graphql-transport-ws; anything else closes with 4400."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if not _is_well_formed(message):
                raise NonJsonMessageReceived
            yield message

    async def send_json(self, message: Mapping[str, object]) -> None:
        await self.ws.send_text(orjson.dumps(message, default=str).decode())


def _is_well_formed(message: object) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] not in ("subscribe", "complete"):
        return True
    if not isinstance(message.get("id"), str) or not message["id"]:
        return False
    return message["type"] == "complete" or _is_operation(message.get("payload"))


def _is_operation(payload: object) -> bool:
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Looks the caller's key up anew for every operation: a socket outlives a revoked key otherwise."""

    async def run_operation(self, operation: Any) -> None:
        one = object.__new__(type(self))
        # The dictionary of operations stays shared; only the context is this operation's own.
        one.__dict__.update(self.__dict__)
        one.context = await self.context.renewed()
        await BaseGraphQLTransportWSHandler.run_operation(one, operation)


class GraphQLApp(GraphQL[Context, None]):
    """The endpoint. Mount it with a `Route` and a `WebSocketRoute` of the same path."""

    websocket_adapter_class = WebSocketAdapter
    graphql_transport_ws_handler_class = WebSocketHandler

    def __init__(
        self, schema: Any, context: Context, keyring: Keyring, allowed_origins: tuple[str, ...]
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=INIT_TIMEOUT,
            allowed_origins=allowed_origins,
        )
        self._context = context
        self._keyring = keyring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with every HTTP failure in GraphQL's own form."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, receive))
        except HTTPException as error:
            response = _failure(error)
        except UNAVAILABLE as error:
            # Where errors inside an operation are `StableErrors`', these met the request before it: its key.
            log.error("database unavailable", error=type(error).__name__)
            body = error_body("SERVICE_UNAVAILABLE", "The database does not answer. Try again in a moment.")
            response = Response(body, 503, {"Retry-After": "5"}, media_type="application/json")
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """The operation's surroundings, with the caller that the header names."""
        return await self._context.of(self._keyring, _bearer(request.headers.get("authorization")))

    async def on_ws_connect(self, context: Context) -> Any:
        """Take the key from `connection_init`, as browsers cannot set headers; a wrong one closes with 4403."""
        named = (context.connection_params or {}).get("Authorization")
        if named is None and context.viewer is not None:
            return UNSET
        renewed = await context.of(self._keyring, _bearer(named))
        if renewed.viewer is None:
            raise ConnectionRejectionError
        context.adopt(renewed)
        return UNSET

    def should_render_graphql_ide(self, request: Any) -> bool:
        """Never: a GET without a query is a request like any other, and lacks one."""
        return False

    def decode_json(self, data: str | bytes) -> object:
        """Strict JSON: UTF-8, bounded depth, no NaN."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        """JSON with times and ids already text."""
        return orjson.dumps(data, default=str)

    async def parse_http_body(self, request: Any) -> Any:
        """The operation in the request; a body that is no JSON object is refused."""
        if request.method == "POST":
            body = self.parse_json(await request.get_body()) if _is_json(request.content_type) else None
            if not isinstance(body, dict):
                raise HTTPException(400, "The body must be a JSON object, sent as application/json.")
            if not isinstance(body.get("operationName"), str | None):
                raise HTTPException(400, "`operationName` must be a string or null.")
        return await super().parse_http_body(request)

    async def execute_single(
        self,
        request: Request,
        request_adapter: Any,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> Any:
        """Run one query or mutation. A subscription needs a transport that can stream."""
        allowed = OperationType.from_http(request_adapter.method) - {OperationType.SUBSCRIPTION}
        try:
            return await self.schema.execute(
                request_data.query,
                variable_values=request_data.variables,
                context_value=context,
                operation_name=request_data.operation_name,
                allowed_operation_types=allowed,
            )
        except InvalidOperationTypeError as error:
            raise _not_allowed(error, request_adapter.method) from error
        except (CannotGetOperationTypeError, MissingQueryError) as error:
            raise HTTPException(400, _malformed(error) or "") from error


def _not_allowed(error: InvalidOperationTypeError, method: str) -> HTTPException:
    if error.operation_type is OperationType.SUBSCRIPTION:
        return HTTPException(
            400, "Send subscriptions over WebSocket (graphql-transport-ws) or with Accept: text/event-stream."
        )
    return HTTPException(405, f"A {error.operation_type.value} cannot be sent by {method}.")


def _failure(error: HTTPException) -> Response:
    headers = {"Allow": "GET, POST"} if error.status_code == 405 else {}
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "BAD_REQUEST")
    body = error_body(code, error.reason)
    return Response(body, error.status_code, headers, media_type="application/json")


def _is_json(content_type: str | None) -> bool:
    return (content_type or "").partition(";")[0].strip().lower() == "application/json"


def _bearer(header: object) -> str | None:
    if not isinstance(header, str):
        return None
    scheme, _, key = header.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None
