"""
A platform that misbehaves to order: it stands before the sandbox and carries everything on until told otherwise.

It listens twice on loopback, in the open (`url`) and with TLS (`tls_url`). What it is told holds for the
requests whose address it matches; every new order drops the connections that are open. It notes what it was
asked, and every token that passed, so that a test can look for them where they must not be.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Misdeed = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What is done in place of an answer, once the request has been read."""

SECRET = re.compile(rb'"(?:access_token|refresh_token|id_token)"\s*:\s*"([^"]{8,})"')
ON_LOOPBACK = "127.0.0.1"
CONTROL = "/_control/"
"""The sandbox's own addresses, which are no platform's."""


@dataclass
class Order:
    """What to do with requests whose address holds *where*. *met* counts them."""

    where: str
    misdeed: Misdeed
    met: int = 0


@dataclass
class Hostile:
    """The one before the sandbox at *behind*."""

    behind: str
    url: str = ""
    tls_url: str = ""
    tls: ssl.SSLContext | None = None
    cuts_handshakes: bool = False
    asked: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    dialled: int = 0
    _orders: list[Order] = field(default_factory=list)
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def do(self, misdeed: Misdeed, where: str = "/") -> Order:
        """From now on answer so, beside what was told before: requests to a platform whose address holds *where*."""
        self._orders.append(Order(where, misdeed))
        self._hang_up()
        return self._orders[-1]

    def be_well(self) -> None:
        """From now on carry everything on."""
        self._orders.clear()
        self._hang_up()

    def show(self, tls: ssl.SSLContext | None, *, cuts_handshakes: bool = False) -> None:
        """From now on greet new connections with another certificate, or hang up in the middle of it."""
        self.tls, self.cuts_handshakes = tls, cuts_handshakes
        self._hang_up()

    async def open(self) -> list[asyncio.Server]:
        """Begin to listen."""
        plain = await asyncio.start_server(self._take, ON_LOOPBACK, 0)
        sealed = await asyncio.start_server(self._greet, ON_LOOPBACK, 0)
        self.url = f"http://localhost:{_port(plain)}"
        self.tls_url = f"https://localhost:{_port(sealed)}"
        return [plain, sealed]

    async def close(self) -> None:
        """Drop everybody."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hang_up(self) -> None:
        for line in self._lines:
            line.close()

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._begin(self._serve(reader, writer))

    def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._begin(self._shake_hands(reader, writer))

    def _begin(self, work: Awaitable[None]) -> None:
        self.dialled += 1
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _shake_hands(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ssl.SSLError, ConnectionError):
            if self.cuts_handshakes or self.tls is None:
                # In the middle: the other side has said hello by now.
                await reader.read(1)
                writer.close()
                return
            await writer.start_tls(self.tls)
            await self._serve(reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            # Whoever is misbehaved towards may hang up as well.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                head, body = await _request(reader)
                address = head.split(b" ", 2)[1].decode()
                if (order := self._order_for(address)) is not None:
                    order.met += 1
                    await order.misdeed(reader, writer)
                else:
                    await self._carry_on(head, body, writer)
        finally:
            self._lines.discard(writer)
            writer.close()

    def _order_for(self, address: str) -> Order | None:
        if address.startswith(CONTROL):
            return None
        return next((order for order in self._orders if order.where in address), None)

    async def _carry_on(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        self.asked.append(head.split(b" ", 2)[1].decode())
        behind = urlsplit(self.behind)
        reader, onward = await asyncio.open_connection(behind.hostname, behind.port)
        try:
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            lines[1:1] = [b"Connection: close"]
            onward.write(b"\r\n".join(lines) + body)
            answer = await reader.read()
            self.tokens.update(token.decode() for token in SECRET.findall(answer))
            writer.write(answer)
            await writer.drain()
        finally:
            onward.close()


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length:\s*(\d+)", head)
    return head, await reader.readexactly(int(length[1])) if length else b""


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


@contextlib.asynccontextmanager
async def hostile_before(sandbox_url: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Hostile]:
    """Somebody before the sandbox, who behaves until told otherwise."""
    found = Hostile(sandbox_url, tls=tls)
    servers = await found.open()
    try:
        yield found
    finally:
        for server in servers:
            server.close()
        await found.close()
