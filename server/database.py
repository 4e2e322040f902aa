"""
The database: one PostgreSQL dialect, asyncpg rows for reads, Tortoise models for writes.

Reads go through `Database.fetch` and give asyncpg records. Writes happen inside `Database.transaction`,
the only place where Tortoise finds a context, so no model query can run outside a transaction
by accident, and none outlives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from tortoise import Tortoise, connections
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import IntegrityError, TransactionManagementError
from tortoise.migrations.api import migrate as apply_migrations
from tortoise.transactions import in_transaction

Record = asyncpg.Record
Observer = Callable[[str], None]

MIGRATION_LOCK = 0x6C696E6B726F6C6C
"""Taken while migrating ("linkroll" in ASCII): Tortoise itself takes no lock, and two servers may start at once."""

LOST = (
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
)
"""What asyncpg raises on a connection whose end it has not noticed yet, by how far it has got in noticing."""
TRIES = 3

UNAVAILABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the database's absence, or a failure of its own, looks like."""

CROSSED = (asyncpg.DeadlockDetectedError, IntegrityError)
"""What a transaction meets when another one came in between. Done again, it sees what the other one did."""

T = TypeVar("T")


class Executor(Protocol):
    """What can run SQL: the database itself, or a transaction on it."""

    async def fetch(self, sql: str, *args: object) -> list[Record]: ...


class Transaction:
    """SQL inside an open transaction, beside the model writes of the same block."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """All rows of one statement."""
        async with self._client.acquire_connection() as connection:
            return list(await connection.fetch(sql, *args))

    async def fetchrow(self, sql: str, *args: object) -> Record | None:
        """The first row, or None."""
        return next(iter(await self.fetch(sql, *args)), None)

    async def execute(self, sql: str, *args: object) -> None:
        """Run a statement for its effect."""
        await self.fetch(sql, *args)

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A violation inside undoes only this block; without it PostgreSQL refuses all that follows."""
        async with in_transaction():
            yield


class Witness(Protocol):
    """What stands beside each transaction of a task, and writes last in it (`server.services.callers.audit`)."""

    async def before_commit(self, transaction: Transaction) -> None: ...

    def committed(self) -> None: ...


WITNESS: contextvars.ContextVar[Witness | None] = contextvars.ContextVar("witness", default=None)


class Database:
    """A pool of connections. Open with `Database.open`, leave with `close`."""

    def __init__(self, url: str, context: TortoiseContext) -> None:
        self.url = url
        self._context = context
        self._client: Any = context.db("default")

    @classmethod
    async def open(cls, url: str, *, pool: int = 10, observe: Observer | None = None) -> Database:
        """Connect to *url*. *observe* is called with the text of every statement (for tests)."""
        context = TortoiseContext()
        with context:
            await context.init(config=tortoise_config(url, pool=pool, observe=observe))
            database = cls(url, context)
        await database.fetch("SELECT 1")
        return database

    async def close(self) -> None:
        """Close every connection."""
        with self._context:
            await self._context.close_connections()

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """All rows of one read. A connection that was lost while idle is replaced."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(*LOST):
                return await self._fetch(sql, args)
        return await self._fetch(sql, args)

    async def fetchrow(self, sql: str, *args: object) -> Record | None:
        """The first row, or None."""
        return next(iter(await self.fetch(sql, *args)), None)

    async def _fetch(self, sql: str, args: tuple[object, ...]) -> list[Record]:
        async with self._client.acquire_connection() as connection:
            try:
                return list(await connection.fetch(sql, *args))
            except LOST:
                _drop(connection)
                raise

    async def again(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do a piece of *work* that is one transaction, and again where another one crossed it."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(*CROSSED):
                return await work()
        return await work()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """
        One transaction for model writes and SQL. No network call belongs inside, and no task may be
        started here: it would inherit the connection.
        """
        token, witness = _current_context.set(self._context), WITNESS.get()
        try:
            async with contextlib.AsyncExitStack() as stack:
                begun = await _begin()
                stack.push_async_exit(begun)
                transaction = Transaction(begun.client)
                yield transaction
                if witness is not None:
                    await witness.before_commit(transaction)
            if witness is not None:
                witness.committed()
        finally:
            _current_context.reset(token)


def _drop(connection: Any) -> None:
    """End a connection of the pool, which would hand it out again next, as the last to come back."""
    # Unless asyncpg has noticed its end by now, and taken it back.
    with contextlib.suppress(asyncpg.InterfaceError):
        connection.terminate()


async def _begin() -> Any:
    """
    Tortoise's transaction, begun on a connection that lives.

    Its own `__aenter__` keeps the connection for ever when BEGIN fails or is cancelled: so it is let go here.
    """
    for left in reversed(range(TRIES)):
        begun: Any = in_transaction()
        try:
            await begun.__aenter__()
        except BaseException as error:
            if hasattr(begun, "token"):
                _drop(begun.client._connection)
                # With this type it only lets go: there is nothing to roll back.
                await begun.__aexit__(TransactionManagementError, None, None)
            if not left or not isinstance(error, LOST):
                raise
        else:
            return begun
    raise AssertionError("unreachable")


def tortoise_config(url: str, *, pool: int = 10, observe: Observer | None = None) -> dict[str, Any]:
    """Tortoise's configuration for *url*; `host` in the query names a unix socket's folder."""
    # asyncpg would send a statement to tidy up after every use of a connection. Nothing here leaves a trace
    # on one: no SET outside a transaction, no cursors, LISTEN has a connection of its own. A transaction
    # that was cut off is rolled back by asyncpg in any case.
    credentials = {**credentials_of(url), "minsize": 1, "maxsize": pool, "reset": _no_reset}
    if observe is not None:
        credentials["init"] = _observing(observe)
    return {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
        "apps": {
            "models": {
                "models": ["server.models"],
                "default_connection": "default",
                "migrations": "server.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


async def _no_reset(connection: Any) -> None:
    """Nothing to tidy up."""


def credentials_of(url: str) -> dict[str, Any]:
    """asyncpg's connection arguments from a URL; other query parameters are handed on as they stand."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", None) or parts.hostname or "127.0.0.1"
    extra = {k: int(v) if v.isdigit() else v for k, v in query.items()}
    return {
        "host": host,
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": parts.path.lstrip("/") or "postgres",
        **extra,
    }


def _observing(observe: Observer) -> Callable[[Any], Any]:
    async def init(connection: Any) -> None:
        connection.add_query_logger(lambda record: observe(record.query))

    return init


class DatabaseUnreachable(Exception):
    """There is no connection to the database; the message is for the operator and holds no password."""


async def migrate(url: str) -> list[str]:
    """Bring the database at *url* to the newest schema; the names of the migrations applied."""
    try:
        connection = await asyncpg.connect(**credentials_of(url))
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise DatabaseUnreachable(
            f"The database cannot be reached: check LINKROLL_DATABASE_URL ({why})."
        ) from error
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        before = await _applied(connection)
        await _apply(url)
        return [name for name in await _applied(connection) if name not in before]
    finally:
        await connection.close()


async def _applied(connection: Any) -> list[str]:
    if await connection.fetchval("SELECT to_regclass('tortoise_migrations')") is None:
        return []
    return [r["name"] for r in await connection.fetch("SELECT name FROM tortoise_migrations ORDER BY name")]


async def _apply(url: str) -> None:
    """Tortoise's own migrate leaves its context behind: give it a throw-away one."""

    async def run() -> None:
        await apply_migrations(config=tortoise_config(url, pool=2))
        await connections.close_all()
        await Tortoise._reset_apps()

    await asyncio.get_running_loop().create_task(run(), context=contextvars.copy_context())
