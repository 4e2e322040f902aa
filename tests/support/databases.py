"""A fresh database for each test, cloned from one that was migrated once."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from server.database import credentials_of, migrate

COUNTER = itertools.count()


def at(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def be_careless(url: str) -> None:
    """Let a server that lives as long as the tests forgo what only matters in a power cut: it halves their time."""
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            await connection.execute(f"ALTER SYSTEM SET {setting} = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


class Databases:
    """Databases on one PostgreSQL server, named after this process so that parallel runs do not meet."""

    def __init__(self, server_url: str) -> None:
        self._server = server_url
        self._prefix = f"linkroll_test_{os.getpid()}"
        self.template = f"{self._prefix}_template"

    async def make_template(self) -> None:
        """Migrate a database by the real migrations, to be cloned."""
        await self._run(f'CREATE DATABASE "{self.template}"')
        await migrate(at(self._server, self.template))

    async def clone(self) -> str:
        """The URL of a new database."""
        name = f"{self._prefix}_{next(COUNTER)}"
        await self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}" STRATEGY FILE_COPY')
        return at(self._server, name)

    async def empty(self) -> str:
        """The URL of a new database without any table."""
        name = f"{self._prefix}_{next(COUNTER)}"
        await self._run(f'CREATE DATABASE "{name}"')
        return at(self._server, name)

    @contextlib.asynccontextmanager
    async def away(self, url: str) -> AsyncIterator[None]:
        """A database that takes no connections and has ended those it had."""
        name = urlsplit(url).path.lstrip("/")
        await self._run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            await self._run(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            yield
        finally:
            await self._run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    async def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        name = urlsplit(url).path.lstrip("/")
        await self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(**credentials_of(self._server))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
