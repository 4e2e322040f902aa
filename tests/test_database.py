"""The database: its migrations, and connections that are lost or given up."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator

import asyncpg
import pytest
from tortoise import Tortoise, connections
from tortoise.context import TortoiseContext
from tortoise.migrations.api import migrate as apply_migrations
from tortoise.migrations.autodetector import MigrationAutodetector

from server.database import Database, credentials_of, migrate, tortoise_config
from support.databases import Databases

MIGRATIONS = [
    "0001_roster",
    "0002_rules",
    "0003_links",
    "0004_metrics",
    "0005_queue",
    "0006_audit",
    "0007_browser_sessions",
]

SHAPE = """
  SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable AS line
  FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'tortoise_migrations'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'
  UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT IN ('-', 'tortoise_migrations')
  ORDER BY line
"""


async def _shape(url: str) -> list[str]:
    """What the database at *url* consists of: columns, indexes and constraints."""
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        return [row["line"] for row in await connection.fetch(SHAPE)]
    finally:
        await connection.close()


@pytest.fixture
async def empty_url(databases: Databases) -> AsyncIterator[str]:
    """A database without any table."""
    url = await databases.empty()
    yield url
    await databases.drop(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database with two connections."""
    opened = await Database.open(database_url, pool=2)
    yield opened
    await opened.close()


# Migrations


async def test_an_empty_database_is_brought_to_the_newest_schema_once(empty_url: str) -> None:
    first = await migrate(empty_url)
    again = await migrate(empty_url)

    assert (first, again) == (MIGRATIONS, [])


async def test_migrations_go_down_to_nothing_and_up_to_the_same_again(empty_url: str) -> None:
    await migrate(empty_url)
    before = await _shape(empty_url)

    await _undo_all(empty_url)
    nothing = await _shape(empty_url)
    await migrate(empty_url)

    assert nothing == []
    assert await _shape(empty_url) == before


async def _undo_all(url: str) -> None:
    await apply_migrations(
        config=tortoise_config(url, pool=2), target="models.__first__", direction="backward"
    )
    await connections.close_all()
    await Tortoise._reset_apps()


async def test_three_processes_migrating_at_once_do_it_once_between_them(
    empty_url: str, database_url: str
) -> None:
    """Every `linkroll serve` migrates when it starts, and several may start at the same moment."""
    program = (
        "import asyncio, sys; from server.database import migrate; print(asyncio.run(migrate(sys.argv[1])))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]

    answers = sorted(process.communicate(timeout=50)[0].strip() for process in processes)

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert answers == [str(MIGRATIONS), "[]", "[]"]
    assert await _shape(empty_url) == await _shape(database_url)


async def test_the_models_and_the_migrations_say_the_same(empty_url: str) -> None:
    """Else the next `makemigrations` would find something to do."""
    config = tortoise_config(empty_url)
    context = TortoiseContext()
    with context:
        await context.init(config=config)
        assert context.apps is not None
        found = await MigrationAutodetector(context.apps, config["apps"]).changes()
        await context.close_connections()

    assert [str(writer) for writer in found] == []


# Connections


async def test_transactions_go_on_after_every_connection_was_ended(database: Database) -> None:
    """A database that restarts, or a firewall that forgets: nobody should have to restart the server."""
    for _ in range(10):
        await asyncio.gather(*(_work(database) for _ in range(2)))
        await _end_connections(database.url)

        await asyncio.gather(*(_work(database) for _ in range(4)))


async def test_reads_go_on_after_every_connection_was_ended(database: Database) -> None:
    for _ in range(10):
        await asyncio.gather(*(database.fetch("SELECT pg_sleep(0.001)") for _ in range(2)))
        await _end_connections(database.url)

        assert len(await database.fetch("SELECT 1")) == 1


async def test_a_transaction_that_is_cancelled_at_any_moment_gives_its_connection_back(
    database: Database,
) -> None:
    """A client that hangs up cancels its request, be it in the middle of BEGIN."""
    await asyncio.gather(*(_work(database) for _ in range(2)))
    for moment in range(30):
        task = asyncio.create_task(_work(database))
        for _ in range(moment):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async with asyncio.timeout(5):
        await asyncio.gather(*(_work(database) for _ in range(4)))


async def _work(database: Database) -> None:
    async with database.transaction() as transaction:
        assert len(await transaction.fetch("SELECT 1")) == 1


async def _end_connections(url: str) -> None:
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
