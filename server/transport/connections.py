"""
Connections with a limit to their patience: with a client that does not read, and with one that does not ask.

uvicorn waits for both without end. An answer that nobody reads holds its buffers and, for a stream, its place;
a head that never ends holds the connection.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.settings import Settings
from server.transport.graphql_sse import FOLLOWS

MAX_MESSAGE = 1024 * 1024
STOP_SECONDS = 5
AT_ONCE = struct.pack("ii", 1, 0)
"""A socket's option to end by a reset, and what is unsent with it."""


class _Impatient:
    """Cuts the connection when what was written stays unread for too long."""

    stalled_seconds: float
    transport: Any
    loop: asyncio.AbstractEventLoop
    _stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The buffers are full: begin to count."""
        super().pause_writing()  # type: ignore[misc]
        self._calm()
        self._stalled = self.loop.call_later(self.stalled_seconds, self._cut)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()  # type: ignore[misc]
        self._calm()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection ended."""
        super().connection_lost(error)  # type: ignore[misc]
        self._calm()

    def _cut(self) -> None:
        # Not `close`, which would wait until the client has read all that is written; and reset, or the
        # kernel would go on waiting in our place.
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.transport.abort()

    def _calm(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class _ImpatientHttp(_Impatient, HttpToolsProtocol):
    """HTTP, with a limit to how slowly a head may arrive."""

    head_seconds: float
    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Somebody came: what do they want?"""
        super().connection_made(transport)
        self._await_head()

    def on_message_begin(self) -> None:
        """A further request on the same connection. Between two the keep-alive limit holds."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._forget_head()
        super().on_headers_complete()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection ended."""
        super().connection_lost(error)
        self._forget_head()

    def shutdown(self) -> None:
        """
        The server ends. What was asked is answered first; a stream is cut, as it would hold the end up.

        Its client is not told `complete` and comes back, to whoever serves next.
        """
        if self.cycle is not None and self.cycle.scope.get(FOLLOWS):
            self.transport.close()
        else:
            super().shutdown()

    def _await_head(self) -> None:
        self._forget_head()
        self._head = self.loop.call_later(self.head_seconds, self.transport.close)

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None


class _ImpatientWebSocket(_Impatient, WebSocketsSansIOProtocol):
    """WebSocket."""


def serving_config(app: Any, settings: Settings) -> uvicorn.Config:
    """How `linkroll serve` meets the network."""
    patience = {"stalled_seconds": settings.stalled_seconds, "head_seconds": settings.head_seconds}
    return uvicorn.Config(
        app,
        http=type("Http", (_ImpatientHttp,), patience),
        ws=type("WebSocket", (_ImpatientWebSocket,), patience),
        # Its lines go the way of ours.
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws_max_size=MAX_MESSAGE,
        # Compression costs every socket a window of memory, and a small message can stand for a huge one.
        ws_per_message_deflate=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=",".join(settings.trusted_proxies),
        # Longer than proxies and clients keep an idle connection, so that it is theirs to close: a request
        # must not meet a socket that we are just closing.
        timeout_keep_alive=75,
        # Without it an open event stream would keep the process for as long as its client likes.
        timeout_graceful_shutdown=STOP_SECONDS,
    )
