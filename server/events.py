"""
Live events: one listener a process wakes any number of subscribers; the tables stay the truth.

A subscriber keeps its own cursor. It reads from a short buffer that all of a process share, and from
the table when it is behind that, so a slow one costs nobody memory and misses nothing. NOTIFY only
says "look"; a slow poll looks anyway when a notification, or the listening connection, was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import asyncpg
import structlog

from server.database import Database, Record, credentials_of
from server.services import api_keys, attempts, status_events

HEARTBEAT_SECONDS = 10.0
POLL_SECONDS = 2.0
"""The safety net. Everything usual arrives by notification, in milliseconds."""
RETRY_SECONDS = 0.02
"""How soon to look again for an event whose transaction is not the oldest yet."""
BUFFERED = 10_000
BATCH = 1_000

log = structlog.get_logger("linkroll.events")


@dataclass(frozen=True, order=True, slots=True)
class Cursor:
    """A place in the status log: after the event with this transaction and id."""

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

COLUMNS = (
    "e.tx::text AS tx, e.id, e.at, e.account_id, e.profile_id, e.platform,"
    " e.previous_status, e.status, e.status_reason, e.evidence"
)


class StatusLog:
    """The status log as subscribers read it."""

    def __init__(self, database: Database) -> None:
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
        for table in ("status_event", "status_event_horizon"):
            await self._database.fetch(
                f"UPDATE {table} SET tx = '1' WHERE tx >= pg_snapshot_xmax(pg_current_snapshot())"
            )

    async def end(self) -> Cursor:
        """The cursor behind the last settled event."""
        row = await self._database.fetchrow(
            f"SELECT e.tx::text AS tx, e.id FROM status_event e WHERE {SETTLED} ORDER BY e.tx DESC, e.id DESC LIMIT 1"
        )
        return cursor_of(row) if row else await self.horizon()

    async def horizon(self) -> Cursor:
        """Where the log begins: events up to here were pruned."""
        row = await self._database.fetchrow("SELECT tx::text AS tx, id FROM status_event_horizon")
        return cursor_of(row) if row else START

    async def pull(self) -> bool:
        """Read what is new into the buffer and wake the subscribers; whether more is on its way."""
        while rows := await self.read(self._head):
            self._buffer.extend(rows)
            self._head = cursor_of(rows[-1])
            self._trim()
            self._wake()
        return await self._unsettled()

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
            "SELECT EXISTS (SELECT 1 FROM status_event e WHERE (e.tx, e.id) > ($1::text::xid8, $2)) AS more",
            str(self._head.tx),
            self._head.id,
        )
        return bool(row and row["more"])

    async def read(self, after: Cursor, limit: int = BATCH) -> list[Record]:
        """Settled events after a cursor, from the table, in order."""
        return await self._database.fetch(
            f"SELECT {COLUMNS} FROM status_event e"
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


class Topic:
    """Wakes those who wait for one key, such as an attempt's id."""

    def __init__(self) -> None:
        # Weak: an event lives as long as somebody waits for it.
        self._waiting: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

    def wake(self, key: str) -> None:
        """Wake everybody who waits for *key*."""
        event = self._waiting.pop(key, None)
        if event is not None:
            event.set()

    def wake_all(self) -> None:
        """Wake everybody: something may have been missed."""
        for key in list(self._waiting):
            self.wake(key)

    def expect(self, key: str) -> asyncio.Event:
        """The event that the next `wake` sets. Take it before looking, wait for it after."""
        event = self._waiting.get(key)
        if event is None:
            event = self._waiting[key] = asyncio.Event()
        return event


class Listener:
    """The process's one listening connection, kept alive, and what it wakes."""

    def __init__(self, database: Database, listen_url: str) -> None:
        self.status_log = StatusLog(database)
        self.attempts = Topic()
        self.on_key_change: Callable[[], None] = lambda: None
        self.is_connected = False
        self._url = listen_url
        self._look = asyncio.Event()
        self._own_channel = f"linkroll_heartbeat_{secrets.token_hex(8)}"
        self._heard_ourselves = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Listen, and read the log from its end on."""
        await self.status_log.start()
        listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._listen(listening)),
            asyncio.create_task(self._pump()),
        ]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await listening.wait()

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self, listening: asyncio.Event) -> None:
        while True:
            try:
                await self._listen_once(listening)
            # The edge of a task that must outlive whatever meets it.
            except Exception as error:
                log.warning("listening connection lost", error=type(error).__name__)
            finally:
                self.is_connected = False
                self.on_key_change()
            await asyncio.sleep(1)

    async def _listen_once(self, listening: asyncio.Event) -> None:
        connection = await asyncpg.connect(**credentials_of(self._url))
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            for channel in (status_events.CHANNEL, attempts.CHANNEL, api_keys.CHANNEL, self._own_channel):
                await connection.add_listener(channel, self._heard)
            self.is_connected = True
            listening.set()
            # Whatever came while nobody listened.
            self._look.set()
            self._keys_changed()
            while not lost.is_set():
                await self._hear_ourselves(connection, lost)
        finally:
            connection.terminate()

    async def _hear_ourselves(self, connection: Any, lost: asyncio.Event) -> None:
        """
        Wait a while, then notify ourselves and expect to hear it; `TimeoutError` when we do not.

        A connection can be dead without a word, or lead through a pooler that keeps the notifications.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await lost.wait()
            return
        self._heard_ourselves.clear()
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await connection.fetch("SELECT pg_notify($1, '')", self._own_channel)
            await self._heard_ourselves.wait()

    def _heard(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        if channel == status_events.CHANNEL:
            self._look.set()
        elif channel == attempts.CHANNEL:
            self.attempts.wake(str(payload))
        elif channel == self._own_channel:
            self._heard_ourselves.set()
        else:
            self._keys_changed()

    def _keys_changed(self) -> None:
        """Have every key looked up anew, also those of streams that run."""
        self.on_key_change()
        self.status_log.nudge()
        self.attempts.wake_all()

    async def _pump(self) -> None:
        more = False
        while True:
            # Not `wait_for`: up to Python 3.11 it loses a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_SECONDS if more else POLL_SECONDS):
                    await self._look.wait()
            self._look.clear()
            try:
                more = await self.status_log.pull()
            # The edge of a task that must outlive whatever meets it.
            except Exception as error:
                more = False
                log.warning("status log could not be read", error=type(error).__name__)
