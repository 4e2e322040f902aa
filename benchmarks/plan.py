"""How much is measured, and on which database."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg

from server.database import credentials_of, migrate
from server.embedded import EmbeddedPostgres


@dataclass(frozen=True)
class Plan:
    """*rounds* of *seconds* each; *full*: as many readings as an agency has after a year."""

    postgres: EmbeddedPostgres
    rounds: int
    seconds: float
    full: bool

    @contextlib.asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[str]:
        """The URL of a new, migrated database, which is dropped in the end."""
        await self._command(f"CREATE DATABASE {name}")
        try:
            url = self.postgres.url(name)
            await migrate(url)
            yield url
        finally:
            await self._command(f"DROP DATABASE {name} WITH (FORCE)")

    async def _command(self, text: str) -> None:
        async with connect(self.postgres.url()) as connection:
            await connection.execute(text)


@contextlib.asynccontextmanager
async def connect(url: str) -> AsyncIterator[asyncpg.Connection]:
    """One bare connection."""
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        yield connection
    finally:
        await connection.close()
