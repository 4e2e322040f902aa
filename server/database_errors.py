"""
The database's absence, as everybody above it sees it: one error, and one for a change whose end is not known.

Faults in what it was asked (a constraint, a wrong statement) stay what they are.
"""

from __future__ import annotations

import asyncpg
from tortoise.exceptions import TransactionManagementError

SQLSTATES = (
    "08",  # the connection
    "53",  # no room: connections, memory, disk
    "57",  # it is stopped, starts, or cancels
    "58",  # its own system fails
    "25006",  # it takes no writes: after a failover, say
)
"""The beginnings of PostgreSQL's codes for what is no fault of the statement."""


LOST = (
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
)
"""What asyncpg raises on a connection whose end it has not noticed yet, by how far it has got in noticing."""
FAILED = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg raises, whosever fault it is."""


class DatabaseAway(Exception):
    """The database did not answer, or cannot do what it does otherwise. Asked again later, it may."""


class OutcomeUnknown(DatabaseAway):
    """The answer to a COMMIT never came: all of the transaction was kept, or nothing."""


def is_away(error: BaseException) -> bool:
    """Whether an error of a statement tells of the database's absence rather than of the statement."""
    if isinstance(error, TransactionManagementError):
        # Tortoise's word for PostgreSQL's refusal to write, among others.
        return error.__cause__ is not None and is_away(error.__cause__)
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate).startswith(SQLSTATES)
    # A time-out is one of the first.
    return isinstance(error, FAILED)
