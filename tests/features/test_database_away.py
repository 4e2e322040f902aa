"""While the database is away, whoever asks is told so and when to come back; afterwards all goes on by itself."""

from __future__ import annotations

import aiohttp

from support.client import Client
from support.databases import Databases
from support.roster import Roster
from support.server import Server

WHOAMI = "{ viewer { role } }"


async def _ask(client: Client) -> tuple[int, str | None, str]:
    """The answer to a first question: its HTTP status, when to come back, and the error's code."""
    headers = {"Authorization": f"Bearer {client.key}"}
    async with client.session.post(
        f"{client.url}/graphql", json={"query": WHOAMI}, headers=headers
    ) as answer:
        error = (await answer.json())["errors"][0]
        return answer.status, answer.headers.get("Retry-After"), error["extensions"]["code"]


async def _status(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as answer:
        return answer.status


async def test_a_key_that_cannot_be_looked_up_is_no_wrong_key(
    server: Server, databases: Databases, database_url: str
) -> None:
    """401 would make frontends throw their key away, and 500 tells them nothing."""
    client = await server.client()

    async with databases.away(database_url):
        told = await _ask(client)

    assert told == (503, "5", "SERVICE_UNAVAILABLE")
    assert await client.ask(WHOAMI) == {"role": "ADMIN"}


async def test_the_process_lives_but_is_not_ready(
    server: Server, session: aiohttp.ClientSession, databases: Databases, database_url: str
) -> None:
    async with databases.away(database_url):
        away = await _status(session, f"{server.url}/healthz"), await _status(session, f"{server.url}/readyz")

    assert away == (200, 503)
    assert await _status(session, f"{server.url}/readyz") == 200


async def test_a_roster_in_use_goes_on_where_it_was(
    roster: Roster, databases: Databases, database_url: str
) -> None:
    mara = await roster.create_profile("Mara Linden")
    async with databases.away(database_url):
        pass

    account = await roster.add(mara, "@marabakes", "tiktok")

    assert await roster.status(account) == "ADDED"
