"""
What is known of the request at hand, wherever its code runs: its id, and the address it came from.

The id is the caller's own `X-Request-Id` where that is a sensible one. It is in the answer's headers, in every
log line of the request, and in what an unexpected error tells.
"""

from __future__ import annotations

import contextvars
import re
import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
SENSIBLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """One request. *address* is the client's, behind whatever proxies the operator trusts."""

    id: str
    address: str = ""


_current: contextvars.ContextVar[RequestFacts | None] = contextvars.ContextVar(
    "linkroll_request", default=None
)


def current_request() -> RequestFacts:
    """The request at hand. Outside of any, one with a new id, so that an error can always be found again."""
    return _current.get() or RequestFacts(secrets.token_hex(8))


def request_id() -> str | None:
    """The id of the request at hand; None outside of any."""
    facts = _current.get()
    return facts.id if facts else None


def begin_operation(number: int) -> None:
    """An operation on a socket is a request of its own: the socket's id with a number."""
    facts = current_request()
    _current.set(replace(facts, id=f"{facts.id}-{number}"))


def add_request_id(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the request's id in every line."""
    if (facts := _current.get()) is not None:
        event.setdefault("request_id", facts.id)
    return event


class KnowRequests:
    """Learns a request's facts before anything else happens, and gives its id back with the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        facts = _facts(scope)
        _current.set(facts)

        async def answer(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                message.setdefault("headers", [])
                MutableHeaders(scope=message).append(HEADER, facts.id)
            await send(message)

        await self.app(scope, receive, answer)


def _facts(scope: Scope) -> RequestFacts:
    asked = Headers(scope=scope).get(HEADER, "")
    client = scope.get("client")
    return RequestFacts(asked if SENSIBLE.match(asked) else secrets.token_hex(8), client[0] if client else "")
