"""
The guarded client: the only way out. The second of the three read-only locks.

Promises: a request leaves only to what the plugin declared (`Allowance`), over https, to an address of the
public internet (`server.dialing`), follows no redirect, ends in time, and never fills memory. The log gets
method, host, path and status; never a query, header or body. With a sandbox, the same check runs on the real
address before it is rewritten, and then nothing but this machine's loopback is dialled.
"""

from __future__ import annotations

import time
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
import structlog
from linkroll_sdk import Allowance, ForbiddenOperation, Http, PlatformUnavailable, Request, Response
from yarl import URL

from server.clock import Clock
from server.dialing import is_loopback, is_public, open_connector, was_not_dialled
from server.telemetry.metrics import PLATFORM_REQUESTS, PLATFORM_SECONDS
from server.telemetry.traces import span

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
"""`total` holds for the whole answer, so that one that drips in ends too."""
MAX_BODY = 2 * 1024 * 1024
"""As it is unpacked: a small answer can be packed so that it unpacks without end."""
MAX_HEADER = 16 * 1024
MAX_HEADERS = 128

log = structlog.get_logger("linkroll.outgoing")


class SandboxInProduction(Exception):
    """The sandbox was asked for where real accounts are."""


class TooLarge(Exception):
    """The answer was cut off."""


class Outgoing:
    """The process's one outgoing session. `to` gives a plugin its own client."""

    def __init__(
        self, clock: Clock, sandbox_url: str | None = None, timeout: aiohttp.ClientTimeout = TIMEOUT
    ) -> None:
        self._clock = clock
        self._sandbox = sandbox_url.rstrip("/") if sandbox_url else None
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """Opened on first use, inside the running loop; keeps no cookies between platforms, knows no proxy."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=open_connector(is_loopback if self._sandbox else is_public),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=MAX_HEADER,
                max_field_size=MAX_HEADER,
                max_headers=MAX_HEADERS,
            )
        return self._session

    async def close(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()

    def to(self, allowance: Allowance, login: str | None = None) -> Http:
        """A client that reaches what *allowance* names and nothing else. *login* is whose requests are counted."""
        return GuardedHttp(self, allowance, self._clock, login)

    def address(self, url: str) -> str:
        """Where a platform's address really leads: itself, or its place in the sandbox."""
        if self._sandbox is None:
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._sandbox}/{parts.netloc}{parts.path}{query}"

    def target(self, url: str) -> URL:
        """`address` as it is dialled. Raises `ForbiddenOperation` where readers of addresses disagree on *url*."""
        try:
            read, found = URL(url), URL(self.address(url))
        except ValueError:
            raise ForbiddenOperation("the address cannot be read") from None
        parts = urlsplit(url)
        if (read.scheme, read.raw_host) != (parts.scheme, parts.hostname):
            raise ForbiddenOperation("the address can be read in two ways")
        return found


class GuardedHttp:
    """One plugin's `Http`."""

    def __init__(
        self, outgoing: Outgoing, allowance: Allowance, clock: Clock, login: str | None = None
    ) -> None:
        self._outgoing = outgoing
        self._allowance = allowance
        self._clock = clock
        self._login = login

    def now(self) -> datetime:
        """The server's clock."""
        return self._clock.now()

    async def send(self, request: Request) -> Response:
        """See `linkroll_sdk.Http.send`."""
        self._allowance.check_request(request)
        address = self._outgoing.target(request.full_url())
        started = time.perf_counter()
        facts = {
            "http.request.method": request.method,
            "server.address": urlsplit(request.url).hostname or "",
        }
        with span(f"platform {request.operation}", facts) as noted:
            try:
                response = await self._exchange(request, address)
            except (aiohttp.ClientError, TimeoutError, TooLarge) as error:
                why = _why(error)
                noted.failed(why)
                self._note(request, why, started)
                # The cause is dropped on purpose: its text may hold the address with its query.
                raise PlatformUnavailable(why, operation=request.operation) from None
            noted.note("http.response.status_code", response.status)
            self._note(request, response.status, started)
        return response

    async def _exchange(self, request: Request, address: URL) -> Response:
        headers = dict(request.headers)
        headers.setdefault("Accept", "application/json")
        if request.access_token is not None:
            headers["Authorization"] = f"Bearer {request.access_token}"
        async with self._outgoing.session.request(
            request.method,
            address,
            data=dict(request.form) if request.form is not None else None,
            json=request.json,
            headers=headers,
            allow_redirects=False,
        ) as answer:
            body = await _read(answer)
            return Response(answer.status, {k.lower(): v for k, v in answer.headers.items()}, body)

    def _note(self, request: Request, outcome: int | str, started: float) -> None:
        seconds = time.perf_counter() - started
        parts = urlsplit(request.url)
        login = self._login or parts.hostname or ""
        PLATFORM_REQUESTS.labels(login, request.operation, str(outcome)).inc()
        PLATFORM_SECONDS.labels(login).observe(seconds)
        log.info(
            "platform request",
            method=request.method,
            host=parts.hostname,
            path=parts.path,
            operation=request.operation,
            outcome=outcome,
            milliseconds=round(seconds * 1000),
        )


def _why(error: Exception) -> str:
    """A failure in a word: its type, or what of ours stopped it."""
    if isinstance(error, TooLarge):
        return "the answer is too large"
    if was_not_dialled(error):
        return "the address is not public"
    return type(error).__name__


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(65536):
        body += chunk
        if len(body) > MAX_BODY:
            answer.close()
            raise TooLarge
    return bytes(body)
