"""
GraphQL over WebSocket, by the graphql-transport-ws protocol.

Whatever a client sends, its socket is closed with the protocol's own code, and nobody else notices. A socket
outlives the moment it was opened in: the caller is looked up anew for every operation, and now and then.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry import Schema
from strawberry.http.websocket_origin import is_same_origin, normalize_origin
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from server.database import UNAVAILABLE
from server.identity.credentials import Credential, Credentials, NotFromPage
from server.request_facts import begin_operation, current_request
from server.resolvers.context import Context
from server.schema.types.errors import coded
from server.services.callers.viewers import Viewer
from server.settings import Settings
from server.transport.admission import Admitted, Asked, Gate, Refused
from server.transport.graphql_errors import away, body_of, did_not_run, formatted
from server.transport.holdings import Holdings, TooMany

log = structlog.get_logger("linkroll.graphql")

PROTOCOL = "graphql-transport-ws"
AGAIN = 1013
"""The close code "try again later": clients of graphql-ws come back by themselves, after a while."""


class Close(Exception):
    """The socket ends, with the protocol's code for why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Sockets:
    """The sockets of this process, and how many each caller holds."""

    def __init__(
        self,
        schema: Schema,
        gate: Gate,
        settings: Settings,
        credentials: Credentials,
        context_of: Callable[[Credential], Awaitable[Context]],
    ) -> None:
        self.schema = schema
        self.gate = gate
        self.credentials = credentials
        self.context_of = context_of
        self.settings = settings
        self._origins = {normalize_origin(origin) for origin in (settings.origin, *settings.allowed_origins)}
        self._silent = Holdings(settings.silent_sockets_per_address)
        self._held = Holdings(settings.sockets_per_caller)

    def hold_place(self, viewer: Viewer | None) -> Callable[[], None]:
        """A place among the caller's sockets and streams, until given back. Raises `TooMany`."""
        return self._held.take(viewer.key_id if viewer else current_request().address)

    async def serve(self, websocket: WebSocket) -> None:
        """One socket from its handshake to its end."""
        if not self._is_welcome(websocket):
            await websocket.close()
            return
        try:
            spoken_for = self._silent.take(current_request().address)
        except TooMany:
            await websocket.send_denial_response(Response(status_code=429, headers={"Retry-After": "10"}))
            return
        try:
            is_spoken = PROTOCOL in websocket.scope["subprotocols"]
            await websocket.accept(PROTOCOL if is_spoken else None)
            if not is_spoken:
                await websocket.close(4406, "Subprotocol not acceptable")
                return
            await Socket(self, websocket, spoken_for).serve()
        finally:
            spoken_for()

    def _is_welcome(self, websocket: WebSocket) -> bool:
        """Whether the page that opens the socket may: browsers name its origin, others have none."""
        origin, host = websocket.headers.get("origin"), websocket.headers.get("host")
        if origin is None or is_same_origin(origin, host):
            return True
        return (found := normalize_origin(origin)) is not None and found in self._origins


class Socket:
    """One open socket."""

    def __init__(self, sockets: Sockets, websocket: WebSocket, spoken_for: Callable[[], None]) -> None:
        self._sockets = sockets
        self._settings = sockets.settings
        self._websocket = websocket
        self._spoken_for = spoken_for
        self._credential = Credential()
        self._context: Context | None = None
        self._greeted = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._numbers = itertools.count(1)
        self._give_back: Callable[[], None] = lambda: None

    async def serve(self) -> None:
        """Answer messages until the socket ends."""
        watch = asyncio.create_task(self._watch())
        try:
            async for message in self._messages():
                await self._handle(message)
        except Close as close:
            await self._close(close)
        except UNAVAILABLE as error:
            log.error("database unavailable", error=type(error).__name__)
            await self._close(Close(AGAIN, "Try again later"))
        except WebSocketDisconnect:
            pass
        finally:
            self._give_back()
            tasks = [watch, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        """Close the socket when its client stays silent, or its caller's right has ended."""
        await asyncio.sleep(self._settings.init_seconds)
        if self._context is None:
            await self._close(Close(4408, "Connection initialisation timeout"))
        while self._context is not None:
            await asyncio.sleep(self._settings.recheck_seconds)
            with contextlib.suppress(*UNAVAILABLE):
                if not await self._context.still_valid():
                    await self._close(Close(4403, "Forbidden"))
                    return

    async def _close(self, close: Close) -> None:
        # The other end may have closed in the same moment.
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self._websocket.close(close.code, close.reason)

    # What the client says

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        while (event := await self._websocket.receive())["type"] == "websocket.receive":
            text = event.get("text")
            if text is None:
                raise Close(4400, "Messages must be text")
            try:
                message = orjson.loads(text)
            except orjson.JSONDecodeError:
                raise Close(4400, "Messages must be JSON") from None
            if not isinstance(message, dict):
                raise Close(4400, "Messages must be objects")
            yield message

    async def _handle(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._greet(message.get("payload"))
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self._begin(_id(message), message.get("payload"))
            case "complete":
                self._end(_id(message))
            case _:
                raise Close(4400, "Unknown type of message")

    async def _greet(self, payload: Any) -> None:
        """Learn who the caller is: by the handshake's header, or here, as browsers can set none."""
        if not isinstance(payload, dict | None):
            raise Close(4400, "The payload of connection_init must be an object")
        if self._greeted:
            raise Close(4429, "Too many initialisation requests")
        self._greeted = True
        try:
            self._credential = await self._sockets.credentials.of_socket(self._websocket, payload or {})
        except NotFromPage:
            raise Close(4403, "Forbidden") from None
        context = await self._sockets.context_of(self._credential)
        if context.viewer is None:
            raise Close(4403, "Forbidden")
        try:
            self._give_back = self._sockets.hold_place(context.viewer)
        except TooMany:
            raise Close(AGAIN, "Too many sockets") from None
        self._spoken_for()
        await self._send({"type": "connection_ack"})
        self._context = context

    async def _begin(self, id: str, payload: Any) -> None:
        if not isinstance(payload, dict):
            raise Close(4400, "The payload of subscribe must be an object")
        if not _is_operation(payload):
            raise Close(4400, "The payload of subscribe is malformed")
        if self._context is None:
            raise Close(4401, "Unauthorized")
        if id in self._operations:
            raise Close(4409, f"Subscriber for {id[:60]} already exists")
        if len(self._operations) >= (most := self._settings.operations_per_socket):
            full = coded("TOO_MANY_OPERATIONS", f"A socket takes {most} operations at a time.")
            await self._send({"id": id, "type": "error", "payload": formatted([full])})
            return
        self._operations[id] = asyncio.create_task(self._run(id, payload))

    def _end(self, id: str) -> None:
        """The client lost interest. It may be that we have just ended the operation ourselves."""
        if (task := self._operations.pop(id, None)) is not None:
            task.cancel()

    # What it gets

    async def _run(self, id: str, payload: dict[str, Any]) -> None:
        """One operation from its admission to its last message."""
        begin_operation(next(self._numbers))
        last: dict[str, Any] = {"id": id, "type": "complete"}
        try:
            async for result in self._results(payload):
                if isinstance(result, PreExecutionError):
                    last = {"id": id, "type": "error", "payload": body_of(result)["errors"]}
                    break
                await self._send({"id": id, "type": "next", "payload": body_of(result)})
        except Refused as refused:
            last = {"id": id, "type": "error", "payload": formatted(refused.errors)}
        except WebSocketDisconnect:
            return
        # The edge of a task.
        except Exception as error:
            last = {"id": id, "type": "error", "payload": formatted([_unexpected(error)])}
        # Before the last message goes out: whoever reads it may use the id again.
        self._operations.pop(id, None)
        with contextlib.suppress(WebSocketDisconnect):
            await self._send(last)

    async def _results(self, payload: dict[str, Any]) -> AsyncIterator[ExecutionResult]:
        gate = self._sockets.gate
        async with gate.time_limit():
            context = await self._sockets.context_of(self._credential)
        gate.knock(context.viewer)
        admitted = gate.admit(context.viewer, Asked.of(payload))
        if not admitted.is_stream:
            async with gate.running(context.viewer, admitted):
                result = await self._sockets.schema.execute(admitted.text, **_given(admitted, context))
            if did_not_run(result):
                raise Refused(*(result.errors or ()))
            yield result
            return
        results: Any = await self._sockets.schema.stream(admitted.text, **_given(admitted, context))
        async with contextlib.aclosing(results):
            async for result in results:
                yield result

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            await self._websocket.send_text(orjson.dumps(message, default=str).decode())
        except RuntimeError as error:
            # Starlette's word for sending on a socket that we have closed.
            raise WebSocketDisconnect(1006) from error


def _given(admitted: Admitted, context: Context) -> dict[str, Any]:
    return {
        "variable_values": admitted.asked.variables,
        "context_value": context,
        "operation_name": admitted.asked.operation_name,
    }


def _unexpected(error: Exception) -> GraphQLError:
    if isinstance(error, UNAVAILABLE):
        return away(error)
    return GraphQLError("", original_error=error)


def _id(message: dict[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not id:
        raise Close(4400, "An operation needs an id")
    return id


def _is_operation(payload: dict[str, Any]) -> bool:
    """Whether a payload has the protocol's form. Its text may be missing when it names a trusted document."""
    fields: Sequence[tuple[str, type]] = (
        ("query", str),
        ("variables", dict),
        ("operationName", str),
        ("extensions", dict),
        ("documentId", str),
    )
    names_one = payload.get("query") is not None or "documentId" in payload or "extensions" in payload
    return names_one and all(isinstance(payload.get(name), (kind, type(None))) for name, kind in fields)
