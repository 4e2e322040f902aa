"""Housekeeping outlives whatever meets it: a chore that fails keeps neither the others nor its own next round."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.ids import uuid_id
from server.services.attempts import expire_attempts
from server.worker import housekeeping
from support.roster import Roster
from support.rows import Rows
from support.server import Server


@pytest.fixture
async def rows(server: Server) -> Rows:
    """Rows put straight into the tables."""
    return Rows(server.host)


@contextlib.asynccontextmanager
async def keeping_house(server: Server) -> AsyncIterator[None]:
    """Somebody who clears up, again and again."""
    task = asyncio.create_task(housekeeping.keep_house(server.host))
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Come back when *condition* holds; fails when that does not happen."""
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.005)


async def _count(server: Server, what: str) -> int:
    row = await server.host.database.fetchrow(f"SELECT count(*) AS found FROM {what}")
    assert row is not None
    return int(row["found"])


async def test_a_chore_that_fails_keeps_neither_the_next_one_nor_its_own_next_round(
    server: Server, roster: Roster, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    mara = await roster.create_profile("Mara Linden")
    await roster.add(mara, "@marabakes", "tiktok")
    await rows.attempt(mara)
    await server.host.database.fetch("UPDATE status_event SET at = '2020-01-01'")
    await server.host.database.fetch("UPDATE connect_attempt SET expires_at = '2020-01-01'")
    await server.host.database.fetch("ALTER TABLE connect_attempt RENAME TO out_of_reach")
    monkeypatch.setattr(housekeeping, "EVERY_SECONDS", 0.01)

    async def is_pruned() -> bool:
        return await _count(server, "status_event") == 0

    async def is_ended() -> bool:
        return await _count(server, "connect_attempt WHERE outcome_code = 'ATTEMPT_EXPIRED'") == 1

    async with keeping_house(server):
        await until(is_pruned)
        await server.host.database.fetch("ALTER TABLE out_of_reach RENAME TO connect_attempt")
        await until(is_ended)


async def test_an_attempt_that_cannot_be_ended_does_not_keep_the_others_open(
    server: Server, roster: Roster, rows: Rows
) -> None:
    """A time that Python has no word for stands for whatever may be wrong with a row."""
    mara = await roster.create_profile("Mara Linden")
    broken, sound = await rows.attempt(mara), await rows.attempt(mara)
    await server.host.database.fetch("UPDATE connect_attempt SET expires_at = '2020-01-01'")
    await server.host.database.fetch(
        "UPDATE connect_attempt SET created_at = '4000-01-01 BC', expires_at = '2019-01-01' WHERE id = $1",
        uuid_id(broken, "ConnectAttempt"),
    )

    ended = await expire_attempts(server.host)

    assert ended == 1
    assert (await roster.attempt(sound))["outcome"]["__typename"] == "AttemptExpired"
