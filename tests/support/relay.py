"""A relay before the database, for what happens on the way: lines that die without a word, a stranger's answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import quote

from server.database import credentials_of

NONSENSE = b"R\x00\x00\x00\x04"
"""A demand to authenticate that does not say how: asyncpg fails over it in a way of its own."""


class Relay:
    """Carries every connection on to the database, until told otherwise."""

    def __init__(self, url: str) -> None:
        self._to = credentials_of(url)
        self._nonsense = 0
        self._silence = asyncio.Event()
        self._lines: set[asyncio.Task[None]] = set()
        self.url = ""

    def fall_silent(self) -> None:
        """From now on nothing passes on the lines that are open, though they stay so. New ones are carried."""
        self._silence.set()
        self._silence = asyncio.Event()

    def answer_nonsense(self, times: int) -> None:
        """The next *times* connections meet somebody who is no database."""
        self._nonsense = times

    async def open(self) -> asyncio.Server:
        """Begin, at an address of its own: `url`."""
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        who = quote(self._to["user"]) + (
            f":{quote(self._to['password'])}" if self._to.get("password") else ""
        )
        self.url = f"postgresql://{who}@127.0.0.1:{port}/{self._to['database']}?ssl=disable"
        return server

    async def close(self) -> None:
        """Drop every line."""
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(self._carry(reader, writer))
        self._lines.add(line)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._nonsense:
                self._nonsense -= 1
                await reader.read(1)
                writer.write(NONSENSE)
                return
            silence = self._silence
            on_reader, on_writer = await self._connect()
            try:
                ways = (_pass_on(reader, on_writer, silence), _pass_on(on_reader, writer, silence))
                await asyncio.gather(*ways)
            finally:
                on_writer.close()
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = str(self._to["host"]), self._to["port"]
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silence: asyncio.Event
) -> None:
    while data := await reader.read(65536):
        if not silence.is_set():
            writer.write(data)
            await writer.drain()
    # Whoever hangs up is not waited for by the other side.
    writer.close()


@contextlib.asynccontextmanager
async def relay_to(url: str) -> AsyncIterator[Relay]:
    """A relay to the database at *url*."""
    relay = Relay(url)
    server = await relay.open()
    try:
        yield relay
    finally:
        server.close()
        await relay.close()
        await server.wait_closed()
