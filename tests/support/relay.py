"""A relay before the database, for what happens on the way: lines that are slow, cut, refused, silently dead."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from server.database import credentials_of

NONSENSE = b"R\x00\x00\x00\x04"
"""A demand to authenticate that does not say how: asyncpg fails over it in a way of its own."""
CHUNKS_A_SECOND = 20


@dataclass
class Way:
    """One direction of every line. What is set here holds from now on."""

    delay: float = 0.0
    """By how many seconds each chunk is late."""
    bytes_a_second: int | None = None
    """How much passes; None: all there is."""
    swallows: bool = False
    """Whether what is sent is taken and never handed on. A line that lost something so stays dead."""
    cut_after: int | None = None
    """After how many more bytes the line that carries them is cut."""
    trap: Trap | None = None

    def when(self, text: bytes, spring: Callable[[Line], None], *, skip: int = 0) -> None:
        """When *text* comes by the next time (after *skip* times), *spring* is done to its line, before it passes."""
        self.trap = Trap(text, spring, skip)

    def after(self, text: bytes, spring: Callable[[Line], None]) -> None:
        """The same, but *text* still passes."""
        self.trap = Trap(text, spring, 0, lets_pass=True)

    def sprung_by(self, data: bytes) -> Trap | None:
        """The trap that *data* springs, once."""
        trap = self.trap
        if trap is None or trap.text not in data:
            return None
        trap.skip -= 1
        if trap.skip >= 0:
            return None
        self.trap = None
        return trap


@dataclass
class Trap:
    """What happens to the line that carries a certain text."""

    text: bytes
    spring: Callable[[Line], None]
    skip: int
    lets_pass: bool = False


@dataclass(eq=False)
class Line:
    """One connection that is carried."""

    task: asyncio.Task[None] | None = None
    is_dead: bool = False
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def die(self) -> None:
        """Hand nothing more on, without a word."""
        self.is_dead = True

    def cut(self) -> None:
        """End at once, at both ends."""
        self.is_dead = True
        for writer in self.writers:
            writer.transport.abort()

    def hang_up(self) -> None:
        """End as soon as all that was taken is handed over."""
        self.is_dead = True
        for writer in self.writers:
            writer.close()


class Relay:
    """Carries every connection on to the database, until told otherwise."""

    def __init__(self, url: str) -> None:
        self._to = credentials_of(url)
        self._nonsense = 0
        self._lines: set[Line] = set()
        self.asking = Way()
        self.answering = Way()
        self.refuses = False
        self.url = ""

    # What may happen

    def fall_silent(self) -> None:
        """From now on nothing passes on the lines that are open, though they stay so. New ones are carried."""
        for line in self._lines:
            line.die()

    def answer_nonsense(self, times: int) -> None:
        """The next *times* connections meet somebody who is no database."""
        self._nonsense = times

    def swallow(self) -> None:
        """From now on everything is taken and nothing answered, on new lines too."""
        self.asking.swallows = self.answering.swallows = True

    def refuse(self, but: Line | None = None) -> None:
        """Cut every line, and take no more. The line *but* first hands over what it has taken."""
        self.refuses = True
        for line in self._lines:
            line.hang_up() if line is but else line.cut()

    def cut(self) -> None:
        """End every line at once. New ones are carried."""
        for line in self._lines:
            line.cut()

    def carry(self) -> None:
        """All is well again. Lines that lost something stay dead."""
        self.asking, self.answering, self.refuses = Way(), Way(), False

    @property
    def lines(self) -> int:
        """How many lines are open."""
        return len(self._lines)

    # How it is done

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
        tasks = [line.task for line in self._lines if line.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        line = Line(writers=[writer])
        self._lines.add(line)
        line.task = asyncio.create_task(self._carry(line, reader, writer))

    async def _carry(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._nonsense:
                self._nonsense -= 1
                await reader.read(1)
                writer.write(NONSENSE)
                return
            on_reader, on_writer = await self._connect()
            line.writers.append(on_writer)
            try:
                ways = (
                    self._pass_on("asking", line, reader, on_writer),
                    self._pass_on("answering", line, on_reader, writer),
                )
                await asyncio.gather(*ways)
            finally:
                on_writer.close()
        # One end of a line that was cut, or a database that is not there.
        except OSError:
            pass
        finally:
            self._lines.discard(line)
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = str(self._to["host"]), self._to["port"]
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pass_on(
        self, name: str, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(65536):
            # Asked for anew each time: `carry` puts another in its place.
            way = self.asking if name == "asking" else self.answering
            trap = way.sprung_by(data)
            if trap is not None and not trap.lets_pass:
                trap.spring(line)
            if way.swallows:
                line.die()
            if line.is_dead:
                continue
            if way.delay:
                await asyncio.sleep(way.delay)
            await _write(way, data, line, writer)
            if trap is not None and trap.lets_pass:
                trap.spring(line)
        # Whoever hangs up is not waited for by the other side.
        writer.close()


async def _write(way: Way, data: bytes, line: Line, writer: asyncio.StreamWriter) -> None:
    """Hand *data* on, as fast and as far as the way lets it."""
    if way.cut_after is not None:
        data, way.cut_after = data[: way.cut_after], way.cut_after - len(data)
    step = max(1, (way.bytes_a_second or 0) // CHUNKS_A_SECOND) if way.bytes_a_second else len(data)
    for start in range(0, len(data), max(1, step)):
        writer.write(data[start : start + step])
        await writer.drain()
        if way.bytes_a_second:
            await asyncio.sleep(1 / CHUNKS_A_SECOND)
    if way.cut_after is not None and way.cut_after <= 0:
        way.cut_after = None
        line.cut()


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
