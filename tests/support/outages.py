"""Trouble with the database as callers meet it: what they are told, how soon, and what it leaves behind."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from server.database import credentials_of
from server.database_pool import STOP_SECONDS
from support.client import Client
from support.server import Server

LIMITS: dict[str, float] = {"database_seconds": 1.0, "operation_seconds": 2.0, "statement_seconds": 3.0}
"""What the settings are in these tests. `docs/reference/timeouts.md` says what follows from them."""
ANSWER = LIMITS["operation_seconds"] + STOP_SECONDS
"""The longest that an answer takes by these settings."""
SLACK = 10.0
"""How late a busy machine may be. Without its limits the server is far later."""
INSIDE = re.compile(
    r"Traceback|asyncpg|tortoise|Errno|SELECT |INSERT |UPDATE |\.py|127\.0\.0\.1:\d+.*refused"
)
"""What no answer shows."""


@dataclass(frozen=True)
class Told:
    """An answer: its HTTP status, its data, the codes of its errors, and how long it took."""

    status: int
    data: Any
    codes: list[str]
    text: str
    headers: Mapping[str, str]
    seconds: float


async def tell(client: Client, query: str, **variables: Any) -> Told:
    """The answer to an operation; fails when it takes too long or shows the inside."""
    headers = {"Authorization": f"Bearer {client.key}"} if client.key else {}
    body = {"query": query, "variables": variables}
    begun = time.monotonic()
    async with (
        asyncio.timeout(ANSWER + SLACK),
        client.session.post(f"{client.url}/graphql", json=body, headers=headers) as answer,
    ):
        found, text = await answer.json(), await answer.text()
    assert not INSIDE.search(text), text
    codes = [error["extensions"]["code"] for error in found.get("errors", ())]
    return Told(answer.status, found.get("data"), codes, text, answer.headers, time.monotonic() - begun)


async def status_of(server: Server, path: str) -> tuple[int, float]:
    """The status of an address, and how long it took."""
    begun = time.monotonic()
    async with asyncio.timeout(ANSWER + SLACK), server.session.get(f"{server.url}{path}") as answer:
        return answer.status, time.monotonic() - begun


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = ANSWER + SLACK) -> Any:
    """What *condition* answers as soon as that is true; fails when it stays false."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.02)
        return found


async def recovered(client: Client, query: str) -> Told:
    """The first good answer after the trouble."""
    found: list[Told] = []

    async def is_well() -> bool:
        found.append(await tell(client, query))
        return not found[-1].codes

    await until(is_well, 2 * (ANSWER + SLACK))
    return found[-1]


async def left_behind(url: str) -> int:
    """How many transactions stand open in the database that nobody works in."""
    async with directly(url) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
            )
        )


async def assert_nothing_is_left(server: Server, url: str) -> None:
    """No connection of the pool is in anybody's hands, and no transaction stands open."""
    pool: Any = server.host.database._client._pool

    async def all_back() -> bool:
        # The server's own look for events has one now and then.
        return pool._queue.qsize() == pool.get_max_size()

    async def none_open() -> bool:
        return await left_behind(url) == 0

    await until(all_back)
    await until(none_open)


@asynccontextmanager
async def directly(url: str) -> AsyncIterator[Any]:
    """A connection past the relay."""
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        yield connection
    finally:
        await connection.close()
