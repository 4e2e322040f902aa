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
from functools import partial
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from tortoise import Tortoise, connections
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import IntegrityError, TransactionManagementError
from tortoise.migrations.api import migrate as apply_migrations
from tortoise.transactions import in_transaction

from server.database_errors import FAILED, LOST, DatabaseAway, is_away
from server.database_pool import STOP_SECONDS, TRIES, Pool, drop, end

Record = asyncpg.Record
Observer = Callable[[str], None]

MIGRATION_LOCK = 0x6C696E6B726F6C6C
"""Taken while migrating ("linkroll" in ASCII): Tortoise itself takes no lock, and two servers may start at once."""

UNAVAILABLE = (DatabaseAway, *FAILED)
"""What the database's absence, or a failure of its own, looks like."""

CROSSED = (asyncpg.DeadlockDetectedError, IntegrityError)
"""What a transaction meets when another one came in between. Done again, it sees what the other one did."""

SECONDS = 10.0
STATEMENT_SECONDS = 60.0
"""What `Database` waits for unless told otherwise: a connection, and the answer to a statement."""

AGAIN_SECONDS = 0.2

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
        async with contextlib.AsyncExitStack() as stack:
            begun: Any = in_transaction()
            await begun.__aenter__()
            stack.push_async_exit(partial(end, begun, STOP_SECONDS))
            yield


class Witness(Protocol):
    """What stands beside each transaction of a task, and writes last in it (`server.services.callers.audit`)."""

    async def before_commit(self, transaction: Transaction) -> None: ...

    def committed(self) -> None: ...


WITNESS: contextvars.ContextVar[Witness | None] = contextvars.ContextVar("witness", default=None)


class Database:
    """
    A pool of connections. Open with `Database.open`, leave with `close`.

    `DatabaseAway` is raised where no connection is had in *seconds*, or a statement is not answered in
    `STATEMENT_SECONDS`; `OutcomeUnknown` where that was a COMMIT.
    """

    def __init__(self, url: str, context: TortoiseContext, seconds: float) -> None:
        self.url = url
        self.seconds = seconds
        self._context = context
        self._client: Any = context.db("default")
        self._pool = Pool(self._client, seconds)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        pool: int = 10,
        seconds: float = SECONDS,
        statement_seconds: float = STATEMENT_SECONDS,
        observe: Observer | None = None,
    ) -> Database:
        """Connect to *url*. *observe* is called with the text of every statement (for tests)."""
        context = TortoiseContext()
        limits = {"timeout": seconds, "command_timeout": statement_seconds}
        with context:
            await context.init(config=tortoise_config(url, pool=pool, observe=observe, **limits))
            database = cls(url, context, seconds)
        await database._client.create_connection(with_db=True)
        return database

    async def close(self) -> None:
        """Close every connection."""
        with self._context:
            await self._context.close_connections()

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """All rows of one read. A connection that was lost while idle is replaced."""
        try:
            for _ in range(TRIES - 1):
                with contextlib.suppress(*LOST):
                    return await self._fetch(sql, args)
            return await self._fetch(sql, args)
        except FAILED as error:
            if is_away(error):
                raise DatabaseAway from error
            raise

    async def fetchrow(self, sql: str, *args: object) -> Record | None:
        """The first row, or None."""
        return next(iter(await self.fetch(sql, *args)), None)

    async def _fetch(self, sql: str, args: tuple[object, ...]) -> list[Record]:
        connection = await self._pool.take()
        try:
            return list(await connection.fetch(sql, *args))
        except LOST:
            drop(connection)
            raise
        finally:
            await self._pool.give_back(connection)

    async def again(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do a piece of *work* that is one transaction, and again where another one crossed it."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(*CROSSED):
                return await work()
        return await work()

    async def in_the_end(self, work: Callable[[], Awaitable[T]], patience: float) -> T:
        """
        As `again`, and for *patience* seconds while the database is away: for what exists nowhere else.

        *work* must bear to be done twice: a COMMIT whose answer was lost may have been one.
        """
        until = asyncio.get_running_loop().time() + patience
        while True:
            try:
                return await self.again(work)
            except DatabaseAway:
                if asyncio.get_running_loop().time() > until:
                    raise
                await asyncio.sleep(AGAIN_SECONDS)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """
        One transaction for model writes and SQL. No network call belongs inside, and no task may be
        started here: it would inherit the connection.
        """
        token, witness = _current_context.set(self._context), WITNESS.get()
        try:
            async with contextlib.AsyncExitStack() as stack:
                begun = await self._pool.begin()
                stack.push_async_exit(partial(self._pool.finish, begun))
                transaction = Transaction(begun.client)
                yield transaction
                if witness is not None:
                    await witness.before_commit(transaction)
            if witness is not None:
                witness.committed()
        except (*FAILED, TransactionManagementError) as error:
            if is_away(error):
                raise DatabaseAway from error
            raise
        finally:
            _current_context.reset(token)

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """Reads that all see the same rows: those of the first one's moment."""
        # What stands beside a change has no business here, and could not write either.
        token = WITNESS.set(None)
        try:
            async with self.transaction() as transaction:
                await transaction.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield transaction
        finally:
            WITNESS.reset(token)


def tortoise_config(
    url: str, *, pool: int = 10, observe: Observer | None = None, **limits: float
) -> dict[str, Any]:
    """Tortoise's configuration for *url*; `host` in the query names a unix socket's folder. *limits*: asyncpg's."""
    # asyncpg would send a statement to tidy up after every use of a connection. Nothing here leaves a trace
    # on one: no SET outside a transaction, no cursors, LISTEN has a connection of its own. A transaction
    # that was cut off is rolled back by asyncpg in any case.
    credentials = {**limits, **credentials_of(url), "minsize": 1, "maxsize": pool, "reset": _no_reset}
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
