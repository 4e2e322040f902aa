"""The steps of a refresh, held from outside: a trigger that waits, at the commit, for a lock of the test's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from server.host import Host
from support.gates import Gate, held

KEY = 7

STEPS = {
    "lease": "UPDATE ON oauth_grant %s WHEN (NEW.refresh_holder IS DISTINCT FROM OLD.refresh_holder"
    " AND NEW.refresh_holder IS NOT NULL)",
    # After the lease, before a byte has left: the request is paid for.
    "payment": "INSERT OR UPDATE ON budget %s",
    # After the platform failed, before the refresh is put off.
    "failure": "INSERT OR UPDATE ON circuit %s",
    "journal": "INSERT ON refresh_journal %s",
    "settling": "UPDATE ON oauth_grant %s WHEN (NEW.version > OLD.version)",
}


WAITING = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@contextlib.asynccontextmanager
async def held_at(host: Host, step: str) -> AsyncIterator[Gate]:
    """A gate before the commit of *step*. At the end, whoever waited there is through."""
    await host.database.fetch(
        "CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN PERFORM pg_advisory_xact_lock_shared({KEY}); RETURN NULL; END $$"
    )
    event = STEPS[step] % "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    await host.database.fetch(f"CREATE CONSTRAINT TRIGGER hold AFTER {event} EXECUTE FUNCTION hold()")
    async with held(host.database.url, f"SELECT pg_advisory_xact_lock({KEY})") as gate:
        yield gate
    # It waits for every transaction that wrote there.
    await host.database.fetch(f"DROP TRIGGER hold ON {STEPS[step].split(' ON ')[1].split()[0]}")


async def waiting(gate: Gate, number: int) -> None:
    """Come back when *number* others wait for a lock, those among them who connected since the gate was shut."""

    async def are_there() -> bool:
        # Without it a transaction sees the connections of its first look for ever.
        await gate.connection.execute("SELECT pg_stat_clear_snapshot()")
        found = await gate.connection.fetchval(f"SELECT count(*) FROM {WAITING}")
        return bool(found >= number)

    await until(are_there)


async def roll_back(gate: Gate) -> None:
    """End the connections that wait at a gate, with what they had not committed."""
    await gate.connection.execute("SELECT pg_stat_clear_snapshot()")
    await gate.connection.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM {WAITING}")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Come back when *condition* holds; fails when that does not happen."""
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.005)
