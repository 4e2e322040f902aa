"""What a refresh leaves in the dark is looked into; what it leaves without a way on is over."""

from __future__ import annotations

import asyncio
import json

from server.services.links.grants import place
from server.services.links.refreshing import due_grants
from server.worker.upkeep import refresh_due
from support.clock import travel
from support.databases import Databases
from support.links import LinkOne
from support.refresher import outcome
from support.sandbox import Sandbox
from support.server import Server
from support.steps import until
from support.tokens import TOKENS, held_by, use_until_rotated


async def test_a_lost_answer_is_looked_into_although_the_next_try_is_only_told_to_wait(
    server: Server, sandbox: Sandbox, stale: int
) -> None:
    """A limit says nothing about the request before, whose answer was lost."""
    await sandbox.fault(kind="cut_after", times=1, **TOKENS)
    assert await outcome(server.host, stale) == "PlatformUnavailable"
    await travel(sandbox, server, minutes=2)
    await sandbox.fault(kind="throttle", minutes=1, times=1, **TOKENS)
    assert await outcome(server.host, stale) == "RateLimited"

    await travel(sandbox, server, hours=1)
    await refresh_due(server.host, "tiktok")

    link = await held_by(server, sandbox, stale)
    link.check_honest()
    assert link.reason == "ACCESS_REVOKED"


async def test_an_answer_that_cannot_be_read_is_looked_into(
    server: Server, sandbox: Sandbox, stale: int
) -> None:
    """A proxy's page may stand where the new pair was."""
    await sandbox.fault(kind="garbage", times=1, **TOKENS)
    assert await outcome(server.host, stale) == "UnexpectedAnswer"
    await travel(sandbox, server, minutes=2)

    assert len(await due_grants(server.host, "tiktok", 10)) == 1


async def test_a_new_pair_outlasts_a_database_that_is_away_when_it_comes(
    server: Server, sandbox: Sandbox, databases: Databases, database_url: str, stale: int
) -> None:
    async def is_answered() -> bool:
        return bool((await sandbox.requests(fault="delay_after"))[0]["status"])

    using = await use_until_rotated(server, sandbox, stale)
    async with databases.away(database_url):
        await until(is_answered)
        # As long as it takes to try to write it down, and fail.
        await asyncio.sleep(0.2)

    assert await using == await outcome(server.host, stale)
    assert (await held_by(server, sandbox, stale)).access_lives


async def test_a_token_that_has_run_out_and_cannot_be_renewed_is_over(
    server: Server, sandbox: Sandbox, stale: int
) -> None:
    await lose_refresh_token(server)

    assert await outcome(server.host, stale) == "ReauthorizationRequired"

    link = await held_by(server, sandbox, stale)
    assert (link.status, link.reason, link.told) == ("INVALID", "EXPIRED", ("INVALID", "EXPIRED"))


async def test_a_token_that_cannot_be_renewed_is_used_to_its_end(
    server: Server, sandbox: Sandbox, link_one: LinkOne
) -> None:
    account = await link_one("tiktok")
    await lose_refresh_token(server)
    await travel(sandbox, server, minutes=115)

    names = [await outcome(server.host, account) for _ in range(2)]

    assert names[0] == names[1] and (await held_by(server, sandbox, account)).status == "LINKED"


async def lose_refresh_token(server: Server) -> None:
    """Make the only grant one that came without a refresh token."""
    [row] = await server.host.database.fetch("SELECT id, sealed_tokens FROM oauth_grant")
    secrets = json.loads(server.host.vault.open(row["sealed_tokens"], place(row["id"])))
    sealed = server.host.vault.seal(json.dumps({**secrets, "refresh_token": None}), place(row["id"]))
    await server.host.database.fetch("UPDATE oauth_grant SET sealed_tokens = $1", sealed)
