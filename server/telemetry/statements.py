"""SQL in traces: the database with a span around each statement. Used only while traces are kept."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from server.database import Database, Record, Transaction
from server.telemetry.traces import span

LONGEST = 2000
"""How much of a statement is kept."""


class TracedDatabase(Database):
    """A `Database` that tells its statements. Their values are parameters, and stay out."""

    async def _fetch(self, sql: str, args: tuple[object, ...]) -> list[Record]:
        with span(_name(sql), _facts(sql)):
            return await super()._fetch(sql, args)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """See `Database.transaction`. What models write has no span of its own."""
        with span("SQL transaction", {"db.system.name": "postgresql"}):
            async with super().transaction() as transaction:
                yield _TracedTransaction(transaction._client)


class _TracedTransaction(Transaction):
    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """See `Transaction.fetch`."""
        with span(_name(sql), _facts(sql)):
            return await super().fetch(sql, *args)


def _name(sql: str) -> str:
    return f"SQL {sql.split(None, 1)[0].upper()[:20]}"


def _facts(sql: str) -> dict[str, str | int]:
    return {"db.system.name": "postgresql", "db.query.text": " ".join(sql.split())[:LONGEST]}
