"""
The guarded client: the only way out. The second of the three read-only locks.

Promises: a request leaves only to what the plugin declared (`Allowance`), over https, follows no
redirect, ends in time, and never fills memory. The log gets method, host, path and status; never a
query, header or body. With a sandbox, the same check runs on the real address before it is rewritten.
"""

from __future__ import annotations

import time
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
import structlog
from linkroll_sdk import Allowance, Http, PlatformUnavailable, Request, Response

from server.clock import Clock

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
MAX_BODY = 2 * 1024 * 1024

log = structlog.get_logger("linkroll.outgoing")


class Outgoing:
    """The process's one outgoing session. `to` gives a plugin its own client."""

    def __init__(self, clock: Clock, sandbox_url: str | None = None) -> None:
        self._clock = clock
        self._sandbox = sandbox_url.rstrip("/") if sandbox_url else None
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """Opened on first use, inside the running loop; keeps no cookies between platforms."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()

    def to(self, allowance: Allowance) -> Http:
        """A client that reaches what *allowance* names and nothing else."""
        return GuardedHttp(self, allowance, self._clock)

    def address(self, url: str) -> str:
        """Where a platform's address really leads: itself, or its place in the sandbox."""
        if self._sandbox is None:
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._sandbox}/{parts.netloc}{parts.path}{query}"


class GuardedHttp:
    """One plugin's `Http`."""

    def __init__(self, outgoing: Outgoing, allowance: Allowance, clock: Clock) -> None:
        self._outgoing = outgoing
        self._allowance = allowance
        self._clock = clock

    def now(self) -> datetime:
        """The server's clock."""
        return self._clock.now()

    async def send(self, request: Request) -> Response:
        """See `linkroll_sdk.Http.send`."""
        self._allowance.check_request(request)
        started = time.perf_counter()
        try:
            response = await self._exchange(request)
        except (aiohttp.ClientError, TimeoutError) as error:
            _note(request, type(error).__name__, started)
            # The cause is dropped on purpose: its text may hold the address with its query.
            raise PlatformUnavailable(type(error).__name__, operation=request.operation) from None
        _note(request, response.status, started)
        return response

    async def _exchange(self, request: Request) -> Response:
        headers = dict(request.headers)
        headers.setdefault("Accept", "application/json")
        if request.access_token is not None:
            headers["Authorization"] = f"Bearer {request.access_token}"
        async with self._outgoing.session.request(
            request.method,
            self._outgoing.address(request.full_url()),
            data=dict(request.form) if request.form is not None else None,
            json=request.json,
            headers=headers,
            allow_redirects=False,
        ) as answer:
            body = await _read(answer, request.operation)
            return Response(answer.status, {k.lower(): v for k, v in answer.headers.items()}, body)


async def _read(answer: aiohttp.ClientResponse, operation: str) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(65536):
        body += chunk
        if len(body) > MAX_BODY:
            raise PlatformUnavailable("the answer is too large", operation=operation)
    return bytes(body)


def _note(request: Request, outcome: object, started: float) -> None:
    parts = urlsplit(request.url)
    log.info(
        "platform request",
        method=request.method,
        host=parts.hostname,
        path=parts.path,
        operation=request.operation,
        outcome=outcome,
        milliseconds=round((time.perf_counter() - started) * 1000),
    )
