"""
The pool behind `server.database`: connections taken, given back and distrusted, and transactions begun and ended.

Whatever asks a dead connection waits for ever, a ROLLBACK and asyncpg's own tidying included. So each step here
has its time, and what leaves a step unanswered is ended: PostgreSQL undoes what a lost connection had begun.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import asyncpg
from tortoise.exceptions import TransactionManagementError
from tortoise.transactions import in_transaction

from server.database_errors import FAILED, LOST, DatabaseAway, OutcomeUnknown, is_away

TRIES = 3
STOP_SECONDS = 2.0
"""How long what was cut off, or is to be undone, may take to end. Then its connection is ended instead."""


class Pool:
    """Tortoise's pool of asyncpg connections; *seconds* is how long a connection, a BEGIN or a COMMIT may take."""

    def __init__(self, client: Any, seconds: float) -> None:
        self._client = client
        self._seconds = seconds

    async def take(self) -> Any:
        """A connection of one's own, to be given back."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._client._pool.acquire()
        except LOST:
            raise
        except asyncpg.PostgresError as error:
            # Whatever keeps it from letting us in: no place, no such database, the wrong password.
            raise DatabaseAway from error

    async def give_back(self, connection: Any) -> None:
        """Let others have the connection. Never raises: its user has its answer, or its own error."""
        try:
            await self._client._pool.release(connection, timeout=STOP_SECONDS)
        except TimeoutError:
            self._distrust()
        except LOST:
            pass

    def _distrust(self) -> None:
        """End what lies idle in the pool: where one connection died without a word, the others may have too."""
        for holder in self._client._pool._holders:
            if holder.is_idle():
                holder.terminate()

    async def begin(self) -> Any:
        """
        Tortoise's transaction, begun on a connection that lives.

        Its own `__aenter__` keeps the connection for ever when BEGIN fails or is cancelled: so it is let go here.
        """
        for left in reversed(range(TRIES)):
            begun: Any = in_transaction()
            try:
                async with asyncio.timeout(self._seconds):
                    await begun.__aenter__()
            except BaseException as error:
                await self._let_go(begun, error)
                if isinstance(error, asyncpg.PostgresError) and not isinstance(error, LOST):
                    raise DatabaseAway from error
                if not left or not isinstance(error, LOST):
                    raise
            else:
                return begun
        raise AssertionError("unreachable")

    async def _let_go(self, begun: Any, error: BaseException) -> None:
        """Give up a transaction that was not begun."""
        if hasattr(begun, "token"):
            drop(begun.client._connection)
            # With this type it only lets go: there is nothing to roll back.
            await begun.__aexit__(TransactionManagementError, None, None)
        if isinstance(error, TimeoutError):
            self._distrust()

    async def finish(self, begun: Any, kind: Any, error: BaseException | None, trace: Any) -> None:
        """Commit, or after *error* roll back. `OutcomeUnknown` where nobody says whether it was committed."""
        if error is not None:
            await end(begun, STOP_SECONDS, kind, error, trace)
            return
        try:
            await end(begun, self._seconds, kind, error, trace)
        except asyncpg.PostgresError as refused:
            # PostgreSQL itself says that it kept nothing, unless it said so with its last breath.
            if isinstance(refused, LOST):
                raise OutcomeUnknown from refused
            raise
        except FAILED as lost:
            raise OutcomeUnknown from lost


async def end(begun: Any, seconds: float, _kind: Any, error: BaseException | None, trace: Any) -> None:
    """End a transaction or a savepoint. A rollback that cannot be had is no error beside *error*."""
    cut = asyncio.get_running_loop().call_later(seconds, drop, begun.client._connection)
    # Tortoise lets go of a transaction that stands open when the error is of one type of its own.
    kind = Exception if error is not None else None
    try:
        await begun.__aexit__(kind, error, trace)
    except FAILED as failed:
        if error is None or not is_away(failed):
            raise
    finally:
        cut.cancel()


def drop(connection: Any) -> None:
    """End a connection of the pool, which would hand it out again next, as the last to come back."""
    # Unless asyncpg has noticed its end by now, and taken it back.
    with contextlib.suppress(asyncpg.InterfaceError):
        connection.terminate()
