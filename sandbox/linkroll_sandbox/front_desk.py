"""
Where every platform request is written down before anything else happens to it.

The front desk records, refuses writes, lets ordered faults strike, and only then hands the request
on to the stand-in. The control pages are not platforms and pass unrecorded.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from linkroll_sandbox import fault_answers, faults
from linkroll_sandbox.faults import Fault
from linkroll_sandbox.google.errors import ApiError as GoogleError
from linkroll_sandbox.hosts import FAMILIES, effective_method, is_write, split_host
from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.record import Entry
from linkroll_sandbox.tiktok.errors import ApiError as TikTokError
from linkroll_sandbox.world import World


class FrontDesk:
    """ASGI middleware around the stand-ins."""

    def __init__(self, app: ASGIApp, world: World, changed: Callable[[], None]) -> None:
        self.app = app
        self.world = world
        self.changed = changed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record a request to any host and see it through; pass the control pages on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            if "." in split_host(scope["path"])[0]:
                await self._platform_request(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        finally:
            self.changed()

    async def _platform_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        entry = entry_of(scope, body, self.world.clock.today())
        self.world.record.add(entry)
        app = self._server_for(entry, scope)
        await app(scope, _replay(body, receive), _noting_status(entry, send))

    def _server_for(self, entry: Entry, scope: Scope) -> ASGIApp:
        """Who answers: a refusal, a fault, or the stand-in itself."""
        if entry.write and entry.host in FAMILIES:
            return _refuse_write(FAMILIES[entry.host])
        fault = faults.pick(self.world.faults, entry.method, entry.host, entry.path)
        if fault is None:
            return self.app
        entry.fault = fault.kind
        return self._struck(fault, entry.host, scope["query_string"].decode())

    def _struck(self, fault: Fault, host: str, query_string: str) -> ASGIApp:
        if fault.kind == "slow":
            return _slow(self.app, float(fault.get("seconds", 1)))
        if fault.kind == "cut":
            return fault_answers.cut
        if fault.kind == "cut_after":
            return fault_answers.cut_after(self.app)
        if fault.kind == "delay_after":
            return fault_answers.delay_after(self.app, float(fault.get("seconds", 1)))
        return fault_answers.answer(fault, host, query_string)


def entry_of(scope: Scope, body: bytes, at: datetime) -> Entry:
    """The record of one request, with its body read as what it says it is."""
    host, path = split_host(scope["path"])
    headers = Headers(scope=scope)
    query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
    method = effective_method(host, scope["method"], query)
    return Entry(
        seq=0,
        at=at.astimezone(UTC).isoformat(),
        method=scope["method"],
        host=host,
        path=path,
        query=query,
        body=_parsed(body, headers.get("content-type", "")),
        headers=dict(headers.items()),
        write=is_write(host, method, path),
    )


def _parsed(body: bytes, content_type: str) -> Any:
    text = body.decode("utf-8", errors="replace")
    if "x-www-form-urlencoded" in content_type:
        return parse_qs(text, keep_blank_values=True)
    if "json" in content_type:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text or None


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once more, then whatever the connection says next."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _noting_status(entry: Entry, send: Send) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.status = message["status"]
        await send(message)

    return noting


def _slow(app: ASGIApp, seconds: float) -> ASGIApp:
    async def later(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(seconds)
        await app(scope, receive, send)

    return later


def _refuse_write(family: str) -> Response:
    words = "The sandbox takes no writes."
    if family == "meta":
        return GraphError(200, f"(#200) {words}", status=403).response()
    if family == "tiktok":
        return TikTokError("scope_not_authorized", words).response()
    return GoogleError(403, "insufficientPermissions", words).response()
