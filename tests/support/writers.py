"""Writers of the status log whose transactions commit in any order."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from server.database import credentials_of
from server.event_log import Cursor
from server.reads.event_cursors import write_cursor
from server.services.links.status_events import CHANNEL

WRITE = """
  INSERT INTO status_event (at, account_id, profile_id, platform, previous_status, status)
  SELECT now(), n, $2, $3, 'ADDED', $4 FROM generate_series(1, $1) n
"""


class Writers:
    """A few connections that write events, each in its own transaction."""

    def __init__(self, connections: list[Any], seed: int) -> None:
        self._free = connections
        self._open: list[tuple[Any, Any]] = []
        self._random = random.Random(seed)

    async def write(self, number: int = 1, **facts: Any) -> None:
        """Events in a transaction of their own, committed at once."""
        async with self._free[0].transaction():
            await _write(self._free[0], number, **facts)

    async def begin(self) -> None:
        """A transaction that writes, and stays open."""
        connection = self._free.pop(self._random.randrange(len(self._free)))
        transaction = connection.transaction()
        await transaction.start()
        await _write(connection, self._random.randint(1, 3))
        self._open.append((connection, transaction))

    async def step(self) -> None:
        """One step of anybody: a transaction begins and writes, or one that is open writes more or ends."""
        if self._free and (not self._open or self._random.random() < 0.4):
            await self.begin()
        elif self._random.random() < 0.4:
            await _write(self._random.choice(self._open)[0], 1)
        else:
            # One in eight is undone: its events were never there.
            await self._end(self._random.randrange(len(self._open)), undone=self._random.random() < 0.125)

    async def finish(self) -> None:
        """Commit the transactions that are open, the youngest first."""
        while self._open:
            await self._end(len(self._open) - 1)

    async def _end(self, number: int, *, undone: bool = False) -> None:
        connection, transaction = self._open.pop(number)
        await (transaction.rollback() if undone else transaction.commit())
        self._free.append(connection)


async def _write(
    connection: Any, number: int, profile: int = 1, platform: str = "tiktok", status: str = "LINKED"
) -> None:
    await connection.execute(WRITE, number, profile, platform, status)
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


@contextlib.asynccontextmanager
async def writers(url: str, number: int = 6, *, seed: int = 0) -> AsyncIterator[Writers]:
    """*number* writers on the database at *url*."""
    async with contextlib.AsyncExitStack() as stack:
        connections = []
        for _ in range(number):
            connections.append(await asyncpg.connect(**credentials_of(url)))
            stack.push_async_callback(connections[-1].close)
        yield Writers(connections, seed)


async def cursors_in(url: str) -> list[str]:
    """The cursors of the whole log, in its order, as the table has them."""
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        rows = await connection.fetch("SELECT e.tx::text AS tx, e.id FROM status_event e ORDER BY e.tx, e.id")
        return [write_cursor(Cursor(int(row["tx"]), row["id"])) for row in rows]
    finally:
        await connection.close()
