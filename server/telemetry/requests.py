"""HTTP requests and sockets, counted, timed and traced by their route. Never by their path: it may hold a secret."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.telemetry.metrics import HTTP_REQUESTS, HTTP_SECONDS, SOCKETS
from server.telemetry.traces import span

ROUTES = frozenset({"graphql", "connect", "oauth", "callbacks", "deletion", "session", "healthz", "readyz"})
OTHER = "other"
CLIENT_GONE = 499
"""Noted where the client left before an answer: proxies' number for it."""


def route_of(path: str) -> str:
    """The first part of a path, where it is one of ours."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return f"/{first}" if first in ROUTES else OTHER


class Observed:
    """Counts, times and traces whatever passes. Stands before everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""
        if scope["type"] == "websocket":
            with SOCKETS.track_inprogress():
                await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        route, started, status = route_of(scope["path"]), time.perf_counter(), CLIENT_GONE

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with span(f"{scope['method']} {route}", {"http.route": route}) as noted:
            try:
                await self.app(scope, receive, answer)
            finally:
                noted.note("http.response.status_code", status)
                HTTP_REQUESTS.labels(route, str(status)).inc()
                HTTP_SECONDS.labels(route).observe(time.perf_counter() - started)
