"""
GraphQL over server-sent events, each operation a connection of its own (the graphql-sse protocol's distinct
connections mode): `next` for each result, `complete` at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry import Schema
from strawberry.types import ExecutionResult

from server.database_errors import DatabaseAway
from server.resolvers.context import Context
from server.transport.admission import Admitted, Gate, Refused
from server.transport.graphql_errors import body_of, formatted

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
# Bare line feeds and no blank behind `data:`: some clients look for just this (urql).
BEAT = b": ping\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


FOLLOWS = "linkroll.follows"
"""Where a request's scope says that its answer goes on for as long as its client likes."""


class _Events(StreamingResponse):
    """A stream that gives its caller's place back however it ends."""

    def __init__(
        self, content: AsyncIterator[bytes], give_back: Callable[[], None], *, follows: bool
    ) -> None:
        super().__init__(content, headers=HEADERS)
        self._give_back = give_back
        self._follows = follows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[FOLLOWS] = self._follows
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._give_back()


def stream_events(
    schema: Schema, gate: Gate, context: Context, admitted: Admitted, give_back: Callable[[], None]
) -> Response:
    """The stream of an operation's results."""
    events = _with_heartbeat(context, _results(schema, gate, context, admitted))
    return _Events(events, give_back, follows=admitted.is_stream)


async def _results(
    schema: Schema, gate: Gate, context: Context, admitted: Admitted
) -> AsyncGenerator[bytes, None]:
    """The results of an operation, encoded."""
    asked: dict[str, Any] = {
        "variable_values": admitted.asked.variables,
        "context_value": context,
        "operation_name": admitted.asked.operation_name,
    }
    if admitted.is_stream:
        results: Any = await schema.stream(admitted.text, **asked)
        async with contextlib.aclosing(results):
            async for result in results:
                yield _next(result)
        return
    try:
        async with gate.running(context.viewer, admitted):
            result = await schema.execute(admitted.text, **asked)
    except Refused as refused:
        yield encode_next({"errors": formatted(refused.errors)})
    else:
        yield _next(result)


def _next(result: ExecutionResult) -> bytes:
    return encode_next(body_of(result))


def encode_next(body: dict[str, Any]) -> bytes:
    """One event with a result."""
    return b"event: next\ndata: " + orjson.dumps(body, default=str) + b"\n\n"


async def _with_heartbeat(context: Context, results: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """
    The results as they come, and a sign of life while none do; ended when the caller's right has.

    The source runs in one task and waits for its reader: a client that does not read is owed one event, not all.
    """
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
    pump = asyncio.create_task(_pump(results, queue))
    try:
        while True:
            try:
                async with asyncio.timeout(context.host.settings.recheck_seconds):
                    item = await queue.get()
            except TimeoutError:
                if not await _may_go_on(context):
                    break
                yield BEAT
                continue
            if item is None:
                break
            yield item
        yield COMPLETE
    finally:
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)


async def _may_go_on(context: Context) -> bool:
    """Whether the caller's right stands. While nobody can say, nothing is told either."""
    try:
        return await context.still_valid()
    except DatabaseAway:
        return True


async def _pump(results: AsyncGenerator[bytes, None], queue: asyncio.Queue[bytes | None]) -> None:
    try:
        async with contextlib.aclosing(results):
            async for item in results:
                await queue.put(item)
    # The edge of a task: its reader must hear that nothing more comes.
    except Exception as error:
        shown = formatted([GraphQLError("", original_error=error)])
        await queue.put(encode_next({"errors": shown}))
    await queue.put(None)
