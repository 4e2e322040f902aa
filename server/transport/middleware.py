"""What holds for every request: a bounded body, a known name, and headers that keep browsers careful."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.settings import Settings
from server.transport.graphql_http import error_body

MAX_BODY = 1024 * 1024

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class BodyLimit:
    """Refuses a request body over 1 MiB with 413, whether it says its length or not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY:
            await _too_large(scope, receive, send)
            return
        await self.app(scope, _Counted(receive), send)


class _Counted:
    """`receive` that ends the body at the limit; the cut body is no JSON, so it is refused as such."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = MAX_BODY

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                return {"type": "http.request", "body": b"", "more_body": False}
        return message


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    body = error_body("BODY_TOO_LARGE", "The body is over 1 MiB.")
    await Response(body, 413, media_type="application/json")(scope, receive, send)


class CarefulHeaders:
    """Adds the headers that every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers added."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, careful)


class KnownHosts:
    """
    Refuses requests under a name that is not ours.

    A page can make its own name lead to this machine, and then read answers as its own. It cannot do so with a
    plain IP address, so those are always taken.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        ours = urlsplit(settings.origin).hostname or ""
        self._names = {"localhost", ours.lower(), *(name.lower() for name in settings.allowed_hosts)}
        # Nearly all requests name the same one.
        self._is_ours = lru_cache(maxsize=64)(self._judge)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, if it is meant for us."""
        if scope["type"] not in ("http", "websocket") or self._is_ours(Headers(scope=scope).get("host", "")):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            body = error_body(
                "UNKNOWN_HOST", "This server does not go by that name (LINKROLL_ALLOWED_HOSTS)."
            )
            await Response(body, 421, media_type="application/json")(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _judge(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
