"""Gates: a row or a table held shut, so that those who race meet exactly there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg

from server.database import credentials_of


@dataclass
class Gate:
    """A transaction of the test's own that others run into."""

    connection: Any

    async def waiting(self, number: int) -> None:
        """Come back when *number* others wait for a lock in this database."""
        async with asyncio.timeout(10):
            while await self._waiting() < number:
                await asyncio.sleep(0.005)

    async def _waiting(self) -> int:
        return int(
            await self.connection.fetchval(
                # By what each backend waits for: some locks, such as another's transaction, name no database.
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        )


@contextlib.asynccontextmanager
async def held(url: str, sql: str, *args: object) -> AsyncIterator[Gate]:
    """A gate that stays shut by the locks of *sql* until the block ends."""
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL stats_fetch_consistency = 'none'")
            await connection.execute(sql, *args)
            yield Gate(connection)
    finally:
        await connection.close()
