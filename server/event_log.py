"""
An append-only log as subscribers read it: the table is the truth, a short buffer makes it fast.

A subscriber keeps its own cursor. It reads from a buffer that all of a process share, and from the table
when it is behind that, so a slow one costs nobody memory and misses nothing.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from server.database import Database, Record
from server.services.links import status_events
from server.services.polling import recording

T = TypeVar("T")

BUFFERED = 10_000
BATCH = 1_000


@dataclass(frozen=True, order=True, slots=True)
class Cursor:
    """A place in a log: after the event with this transaction and id."""

    tx: int
    id: int


START = Cursor(0, 0)


class Pruned(Exception):
    """Events behind the subscriber's cursor are no longer kept; the log begins at *horizon*."""

    def __init__(self, horizon: Cursor) -> None:
        super().__init__(horizon)
        self.horizon = horizon


# Only what every older transaction has settled before: ids and even commits come out of order (ADR 0004).
SETTLED = "e.tx < pg_snapshot_xmin(pg_current_snapshot())"


@dataclass(frozen=True, slots=True)
class LogTable:
    """A table with a log in it: its own columns (over the row `e`), and the channel that tells of new rows."""

    name: str
    own_columns: str
    channel: str

    @property
    def columns(self) -> str:
        """The select list of an event."""
        return f"e.tx::text AS tx, e.id, e.at, e.account_id, e.profile_id, e.platform, {self.own_columns}"

    @property
    def horizon(self) -> str:
        """The table that says where the log begins since it was pruned."""
        return f"{self.name}_horizon"


STATUS_EVENTS = LogTable(
    "status_event",
    "e.previous_status, e.status, e.status_reason, e.evidence, e.days_left",
    status_events.CHANNEL,
)
METRIC_EVENTS = LogTable("metric_event", "e.work, e.post_ids, e.readings", recording.CHANNEL)


class EventLog:
    """A log as subscribers read it."""

    def __init__(self, database: Database, table: LogTable) -> None:
        self.table = table
        self._database = database
        self._buffer: list[Record] = []
        self._head = START
        self._floor = START
        self._arrived = asyncio.Event()
        self._nudges = 0

    @property
    def head(self) -> Cursor:
        """The newest event that was read."""
        return self._head

    async def start(self) -> None:
        """Begin at the end of the log: what is older is replayed from the table."""
        await self._adopt_restored()
        self._head = self._floor = await self.end()

    async def _adopt_restored(self) -> None:
        """
        Give events that came from another database cluster, by a restore, a place before all of this one's.

        Their transactions have numbers that this cluster has not reached yet; as they stand they would count
        as unsettled, and later events would sort before them. Old cursors get an explicit gap.
        """
        for table in (self.table.name, self.table.horizon):
            await self._database.fetch(
                f"UPDATE {table} SET tx = '1' WHERE tx >= pg_snapshot_xmax(pg_current_snapshot())"
            )

    async def end(self) -> Cursor:
        """The cursor behind the last settled event."""
        row = await self._database.fetchrow(
            f"SELECT e.tx::text AS tx, e.id FROM {self.table.name} e WHERE {SETTLED}"
            " ORDER BY e.tx DESC, e.id DESC LIMIT 1"
        )
        return cursor_of(row) if row else await self.horizon()

    async def horizon(self) -> Cursor:
        """Where the log begins: events up to here were pruned."""
        row = await self._database.fetchrow(f"SELECT tx::text AS tx, id FROM {self.table.horizon}")
        return cursor_of(row) if row else START

    async def pull(self) -> bool:
        """Read what is new into the buffer and wake the subscribers; whether more is on its way."""
        while rows := await self._in_time(self.read(self._head)):
            self._buffer.extend(rows)
            self._head = cursor_of(rows[-1])
            self._trim()
            self._wake()
        return await self._in_time(self._unsettled())

    async def _in_time(self, look: Awaitable[T]) -> T:
        # Everybody's events wait for this one look: a connection that died under it must not hold them up long.
        async with asyncio.timeout(self._database.seconds):
            return await look

    def _wake(self) -> None:
        self._arrived.set()
        self._arrived = asyncio.Event()

    def nudge(self) -> None:
        """End the waiting of all subscribers without an event: they shall look whether they may still wait."""
        self._nudges += 1
        self._wake()

    def _trim(self) -> None:
        """Forget the older half of a full buffer, at once and seldom."""
        if len(self._buffer) > 2 * BUFFERED:
            self._floor = cursor_of(self._buffer[-BUFFERED - 1])
            del self._buffer[:-BUFFERED]

    async def _unsettled(self) -> bool:
        row = await self._database.fetchrow(
            f"SELECT EXISTS (SELECT 1 FROM {self.table.name} e"
            " WHERE (e.tx, e.id) > ($1::text::xid8, $2)) AS more",
            str(self._head.tx),
            self._head.id,
        )
        return bool(row and row["more"])

    async def read(self, after: Cursor, limit: int = BATCH) -> list[Record]:
        """Settled events after a cursor, from the table, in order."""
        return await self._database.fetch(
            f"SELECT {self.table.columns} FROM {self.table.name} e"
            f" WHERE (e.tx, e.id) > ($1::text::xid8, $2) AND {SETTLED}"
            " ORDER BY e.tx, e.id LIMIT $3",
            str(after.tx),
            after.id,
            limit,
        )

    async def is_ahead(self, cursor: Cursor) -> bool:
        """Whether *cursor* lies beyond anything written so far (of another database, or of a lost one)."""
        row = await self._database.fetchrow(
            "SELECT $1::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) AS ahead", str(cursor.tx)
        )
        return bool(row and row["ahead"])

    async def after(self, cursor: Cursor) -> list[Record]:
        """
        The next events after *cursor*; waits until there are some. `Pruned` when the log begins later.

        None at all when the waiting was ended by `nudge`.
        """
        while True:
            arrived, nudges = self._arrived, self._nudges
            if cursor >= self._head:
                await arrived.wait()
                if nudges != self._nudges:
                    return []
            elif cursor >= self._floor:
                return self._buffer[bisect_right(self._buffer, cursor, key=cursor_of) :][:BATCH]
            else:
                rows = await self.read(cursor)
                # Only now: what was pruned before the read is missing from it, and the horizon says so.
                if cursor < (horizon := await self.horizon()):
                    raise Pruned(horizon)
                if rows:
                    return rows
                cursor = self._floor


def cursor_of(row: Record) -> Cursor:
    """The cursor behind an event's row."""
    return Cursor(int(row["tx"]), row["id"])
