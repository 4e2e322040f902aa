"""
Live events: one listener a process wakes any number of subscribers; the tables stay the truth.

NOTIFY only says "look" (into the logs of `server.event_log`, at an attempt, at the keys); a slow poll looks
anyway when a notification, or the listening connection, was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import asyncpg
import structlog

from server.database import Database, credentials_of
from server.event_log import METRIC_EVENTS, STATUS_EVENTS, EventLog
from server.services.callers import api_keys
from server.services.connect import attempts

HEARTBEAT_SECONDS = 10.0
POLL_SECONDS = 2.0
"""The safety net. Everything usual arrives by notification, in milliseconds."""
RETRY_SECONDS = 0.02
"""How soon to look again for an event whose transaction is not the oldest yet."""

log = structlog.get_logger("linkroll.events")


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


class _Followed:
    """One log, and the task that reads what is new in it."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.look = asyncio.Event()

    async def pump(self) -> None:
        """Look for new events, for ever."""
        more = False
        while True:
            # Not `wait_for`: up to Python 3.11 it loses a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_SECONDS if more else POLL_SECONDS):
                    await self.look.wait()
            self.look.clear()
            try:
                more = await self.log.pull()
            # The edge of a task that must outlive whatever meets it.
            except Exception as error:
                more = False
                log.warning("log could not be read", table=self.log.table.name, error=type(error).__name__)


class Listener:
    """The process's one listening connection, kept alive, and what it wakes."""

    def __init__(
        self, database: Database, listen_url: str, *, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        self.status_log = EventLog(database, STATUS_EVENTS)
        self.metric_log = EventLog(database, METRIC_EVENTS)
        self.attempts = Topic()
        self.on_key_change: Callable[[], None] = lambda: None
        self.is_connected = False
        self._url = listen_url
        self._limits = {"timeout": database.seconds, "command_timeout": database.seconds}
        self._heartbeat_seconds = heartbeat_seconds
        self._logs = {log.table.channel: _Followed(log) for log in (self.status_log, self.metric_log)}
        self._own_channel = f"linkroll_heartbeat_{secrets.token_hex(8)}"
        self._heard_ourselves = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Listen, and read the logs from their ends on."""
        for followed in self._logs.values():
            await followed.log.start()
        listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._listen(listening)),
            *(asyncio.create_task(followed.pump()) for followed in self._logs.values()),
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
        connection = await asyncpg.connect(**{**self._limits, **credentials_of(self._url)})
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            for channel in (*self._logs, attempts.CHANNEL, api_keys.CHANNEL, self._own_channel):
                await connection.add_listener(channel, self._heard)
            self.is_connected = True
            listening.set()
            # Whatever came while nobody listened.
            self._look()
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
            async with asyncio.timeout(self._heartbeat_seconds):
                await lost.wait()
            return
        self._heard_ourselves.clear()
        async with asyncio.timeout(self._heartbeat_seconds):
            await connection.fetch("SELECT pg_notify($1, '')", self._own_channel)
            await self._heard_ourselves.wait()

    def _heard(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        if channel in self._logs:
            self._logs[channel].look.set()
        elif channel == attempts.CHANNEL:
            self.attempts.wake(str(payload))
        elif channel == self._own_channel:
            self._heard_ourselves.set()
        else:
            self._keys_changed()

    def _look(self) -> None:
        """Look into every log."""
        for followed in self._logs.values():
            followed.look.set()

    def _keys_changed(self) -> None:
        """Have every key looked up anew, also those of streams that run."""
        self.on_key_change()
        for followed in self._logs.values():
            followed.log.nudge()
        self.attempts.wake_all()
