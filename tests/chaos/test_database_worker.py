"""Background work goes on by itself after its database was away, however it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from server.worker.queue import SCHEMA, working
from support.outages import assert_nothing_is_left, directly, until
from support.relay import Relay
from support.server import StartServer
from support.soak import SOAKING, soak_timeout

TROUBLE: dict[str, Callable[[Relay], None]] = {"dead": Relay.fall_silent}
if SOAKING:
    TROUBLE |= {"refused": Relay.refuse, "cut": Relay.cut, "swallowed": Relay.swallow}


@soak_timeout(240)
@pytest.mark.parametrize("trouble", list(TROUBLE.values()), ids=list(TROUBLE))
async def test_rounds_go_on_after_the_trouble(
    start_server: StartServer, relay: Relay, database_url: str, trouble: Callable[[Relay], None]
) -> None:
    server = await start_server(on=relay.url, database_seconds=2, statement_seconds=3)
    await _note_rounds(database_url)
    async with working(server.host, relay.url):
        await until(lambda: _rounds(database_url), 30)
        trouble(relay)
        await asyncio.sleep(2)
        relay.carry()
        done = await _rounds(database_url)

        await until(lambda: _more_rounds_than(database_url, done + 1), 50)

    await assert_nothing_is_left(server, database_url)


async def _note_rounds(url: str) -> None:
    """Keep a note of each round of the sweep that was done: the queue forgets them."""
    async with directly(url) as connection:
        await connection.execute("CREATE TABLE noted (id bigint)")
        await connection.execute(
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN INSERT INTO public.noted VALUES (OLD.id); RETURN OLD; END $$"
        )
        await connection.execute(
            f"CREATE TRIGGER note AFTER DELETE ON {SCHEMA}.procrastinate_jobs FOR EACH ROW"
            " WHEN (OLD.task_name = 'sweep') EXECUTE FUNCTION note()"
        )


async def _rounds(url: str) -> int:
    async with directly(url) as connection:
        return int(await connection.fetchval("SELECT count(*) FROM noted"))


async def _more_rounds_than(url: str, number: int) -> bool:
    return await _rounds(url) > number
