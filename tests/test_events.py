"""The process's reader of the log: what it keeps, what it reads again from the table, and what it lives through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from structlog.testing import capture_logs

from server.database import Database
from server.event_log import BUFFERED, START, STATUS_EVENTS, Cursor, EventLog, Pruned, cursor_of
from server.events import Listener
from server.services.connect import attempts
from server.services.links import status_events
from support.relay import relay_to
from support.writers import Writers, writers


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The database with the log."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def writing(database_url: str) -> AsyncIterator[Writers]:
    """Somebody who writes to the log."""
    async with writers(database_url, 2) as found:
        yield found


@pytest.fixture
async def log(database: Database) -> EventLog:
    """The log as a process that just started reads it."""
    found = EventLog(database, STATUS_EVENTS)
    await found.start()
    return found


async def _all_after(log: EventLog, cursor: Cursor) -> list[Cursor]:
    """The places of every event behind *cursor*, as a subscriber walks them."""
    found: list[Cursor] = []
    while cursor < log.head:
        found += [cursor_of(row) for row in await log.after(cursor)]
        cursor = found[-1]
    return found


async def _table(database: Database) -> list[Cursor]:
    rows = await database.fetch("SELECT tx::text AS tx, id FROM status_event e ORDER BY e.tx, e.id")
    return [cursor_of(row) for row in rows]


async def test_who_fell_behind_the_buffer_reads_the_table_and_misses_nothing(
    database: Database, log: EventLog, writing: Writers
) -> None:
    """The buffer is bounded: one slow subscriber must not make the process keep everything for it."""
    first = log.head
    for _ in range(9):
        await writing.write(BUFFERED // 4)
        await log.pull()

    assert log._floor > first and len(log._buffer) <= 2 * BUFFERED
    assert await _all_after(log, first) == await _table(database)


async def test_an_event_waits_until_every_older_transaction_has_ended(
    database: Database, log: EventLog, writing: Writers
) -> None:
    await writing.begin()
    await writing.write()
    more_is_coming = await log.pull()
    seen_early = await _all_after(log, START)
    await writing.finish()

    await log.pull()

    assert more_is_coming and seen_early == []
    assert await _all_after(log, START) == await _table(database)


async def test_a_subscriber_waits_without_asking_the_database(database_url: str, writing: Writers) -> None:
    asked: list[str] = []
    database = await Database.open(database_url, observe=asked.append)
    log = EventLog(database, STATUS_EVENTS)
    await log.start()
    waiting = [asyncio.create_task(log.after(log.head)) for _ in range(50)]
    await asyncio.sleep(0)
    before = len(asked)

    await writing.write(3)
    await log.pull()
    told = await asyncio.gather(*waiting)

    assert [[cursor_of(row) for row in rows] for rows in told] == [await _table(database)] * 50
    assert len(asked) - before <= 5, asked[before:]
    await database.close()


async def test_what_was_pruned_behind_a_subscribers_back_is_told_and_not_skipped(
    database: Database, log: EventLog, writing: Writers
) -> None:
    await writing.write(4)
    places = await _table(database)
    await log.start()
    async with database.transaction() as transaction:
        await transaction.execute("DELETE FROM status_event WHERE id <= $1", places[2].id)
        await transaction.execute(
            "INSERT INTO status_event_horizon (tx, id) VALUES ($1::text::xid8, $2)",
            str(places[2].tx),
            places[2].id,
        )

    with pytest.raises(Pruned) as pruned:
        await log.after(places[0])

    assert pruned.value.horizon == places[2]
    assert [cursor_of(row) for row in await log.after(places[2])] == places[3:]


# What the process's listener lives through


async def until(condition: Callable[[], bool]) -> None:
    """Come back when *condition* holds; fails when that does not happen."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_log_that_cannot_be_read_is_tried_again_whatever_the_error(
    database: Database, database_url: str
) -> None:
    """A time that Python has no word for is an error neither of PostgreSQL's nor of asyncpg's."""
    listener = Listener(database, database_url)
    await listener.start()
    with capture_logs() as logged:
        await _write_at(database, "4000-01-01 BC")
        await until(lambda: any(line["event"] == "log could not be read" for line in logged))
        await database.fetch("DELETE FROM status_event")
        await _write_at(database, "2026-01-01")

        await until(lambda: listener.status_log.head > START)

    assert [cursor_of(row) for row in await listener.status_log.after(START)] == await _table(database)
    await listener.stop()


async def _write_at(database: Database, moment: str) -> None:
    """An event at a moment that PostgreSQL has a word for, and the word that wakes a listener."""
    await database.fetch(
        "WITH written AS (INSERT INTO status_event (at, account_id, profile_id, platform)"
        f" VALUES ('{moment}', 1, 1, 'tiktok') RETURNING id) SELECT pg_notify($1, '') FROM written",
        status_events.CHANNEL,
    )


async def test_a_listener_stops_even_at_the_moment_of_a_word(database: Database, database_url: str) -> None:
    """A cancellation and an event may come together; losing the one over the other would hang every shutdown."""
    listener = Listener(database, database_url)
    await listener.start()

    listener._look()
    async with asyncio.timeout(5):
        await listener.stop()

    assert all(task.done() for task in listener._tasks)


async def test_a_stranger_at_the_databases_address_is_not_the_end_of_listening(
    database: Database, database_url: str
) -> None:
    async with relay_to(database_url) as relay:
        listener = Listener(database, relay.url)
        relay.answer_nonsense(1)
        with capture_logs() as logged:
            await listener.start()

        assert [line["error"] for line in logged] == ["InternalClientError"]
        assert listener.is_connected
        await listener.stop()


async def test_a_listening_connection_that_died_without_a_word_is_made_anew(
    database: Database, database_url: str
) -> None:
    """A firewall that forgets a connection tells neither end: it looks as if nothing ever happened."""
    async with relay_to(database_url) as relay:
        listener = Listener(database, relay.url, heartbeat_seconds=0.05)
        await listener.start()
        assert listener.is_connected

        relay.fall_silent()
        await until(lambda: not listener.is_connected)
        await until(lambda: listener.is_connected)

        woken = listener.attempts.expect("an attempt")
        await database.fetch("SELECT pg_notify($1, 'an attempt')", attempts.CHANNEL)
        async with asyncio.timeout(10):
            await woken.wait()
        await listener.stop()


async def test_a_connection_that_hears_itself_is_kept(database: Database, database_url: str) -> None:
    """The heartbeat must not end what is alive."""
    told: list[bool] = []
    listener = Listener(database, database_url, heartbeat_seconds=0.05)
    await listener.start()
    listener.on_key_change = lambda: told.append(listener.is_connected)

    with capture_logs() as logged:
        for _ in range(3):
            listener._heard_ourselves.clear()
            async with asyncio.timeout(10):
                await listener._heard_ourselves.wait()

    assert (logged, told) == ([], [])
    await listener.stop()
