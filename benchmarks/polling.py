"""
Polling: accounts that one worker reads, beside a bare loop that makes the same requests.

An account is read whole: its own numbers (`user_info`), and one page of twenty videos (`video_list`) of which
the last two days are kept. The bare loop throws every answer away, so what is left of the ratio is what
reading *is*: tokens out of the vault, budgets, checks, and transactions that some answers share.
"""

from __future__ import annotations

import contextlib
import statistics
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import asyncpg
import orjson

from benchmarks.plan import Plan, connect
from benchmarks.pollers import platforms, settings_for
from benchmarks.processes import free_port, read_line, running, until_open, write_line
from benchmarks.report import Row
from server.app import open_host
from server.host import Host
from server.services.links.grants import place
from server.services.polling.poll_plan import plan_polls

ACCOUNTS = 400
SCOPES = ["user.info.basic", "user.info.profile", "user.info.stats", "video.list"]

PROFILES = """
INSERT INTO profile (kind, display_name, created_at, updated_at)
SELECT 'INDIVIDUAL', 'Creator ' || n, now(), now() FROM generate_series(1, $1::int) n
"""
GRANTS = """
INSERT INTO oauth_grant (id, login, subject, scopes, sealed_tokens, access_expires_at, consented_at, obtained_at)
SELECT g.id, 'tiktok', 'id' || g.n, $3::jsonb, g.sealed, $4, now(), now()
FROM unnest($1::uuid[], $2::bytea[]) WITH ORDINALITY g(id, sealed, n)
"""
LINKED = """
INSERT INTO social_account (profile_id, platform, platform_id, handle, handle_key, url, grant_id,
  authenticated_at, consent_expires_at, told_status, created_at, updated_at)
SELECT g.n, 'tiktok', 'id' || g.n, 'creator' || g.n, 'creator' || g.n, 'https://www.tiktok.com/@creator' || g.n,
  g.id, now(), now() + interval '90 days', 'LINKED', now(), now()
FROM unnest($1::uuid[]) WITH ORDINALITY g(id, n)
"""
# As after six hours: everything that the account tells is due, and of its posts what the listing brings.
DUE = """
WITH later AS (UPDATE post SET next_read_at = NULL WHERE next_read_at IS NOT NULL)
UPDATE poll SET next_at = now() - interval '1 minute', last_ok_at = now() - interval '6 hours'
"""


async def rows(plan: Plan) -> AsyncIterator[Row]:
    """Accounts a second of one worker, over those of the bare loop."""
    async with contextlib.AsyncExitStack() as stack:
        url = await stack.enter_async_context(plan.database("polling"))
        port = free_port()
        await seed(url, port)
        await stack.enter_async_context(running("benchmarks.standin", str(port)))
        await until_open(port)
        ours, bare = [await _start(stack, which, url, port) for which in ("linkroll", "bare")]
        connection = await stack.enter_async_context(connect(url))
        # The first time linkroll finds a month of posts; then it makes the requests that are measured.
        await _poll(ours)
        await connection.execute("VACUUM ANALYZE")
        await _compare(connection, ours, bare, port)
        pairs = [(await _poll_due(connection, ours), await _poll(bare)) for _ in range(plan.rounds)]
    seconds = statistics.median(one for one, _ in pairs)
    remark = f"{ACCOUNTS / seconds:.0f} accounts a second"
    yield Row("accounts polled, over a bare loop", [two / one for one, two in pairs], 0.08, remark)


async def _start(stack: contextlib.AsyncExitStack, which: str, url: str, port: int) -> Process:
    arguments = (which, url, str(port), str(ACCOUNTS))
    process = await stack.enter_async_context(running("benchmarks.pollers", *arguments))
    await read_line(process)
    return process


async def _poll(poller: Process) -> float:
    """Let a poller read every account once; how many seconds it took."""
    await write_line(poller, "go")
    return float(await read_line(poller))


async def _poll_due(connection: asyncpg.Connection, poller: Process) -> float:
    """The same for linkroll, which only reads what is due."""
    await connection.execute(DUE)
    return await _poll(poller)


async def _compare(connection: asyncpg.Connection, ours: Process, bare: Process, port: int) -> None:
    """Refuse to measure two sides that ask for different things."""
    await _seen(port)
    await _poll_due(connection, ours)
    mine = await _seen(port)
    await _poll(bare)
    theirs = await _seen(port)
    if mine != theirs:
        raise SystemExit(f"the two sides ask differently:\n{mine}\n{theirs}")


async def _seen(port: int) -> dict[str, int]:
    """The requests that the stand-in saw since the last time."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/seen") as answer:
        found: dict[str, int] = await answer.json()
    return found


async def seed(url: str, port: int) -> None:
    """Linked accounts, each with a grant of its own whose tokens are really sealed, and due for everything."""
    async with open_host(settings_for(url, port), url, platforms=platforms()) as host:
        ids = [uuid4() for _ in range(ACCOUNTS)]
        sealed = [_sealed(host, place(grant_id), n) for n, grant_id in enumerate(ids, 1)]
        ends_at = datetime.now(UTC) + timedelta(days=1)
        await host.database.fetch(PROFILES, ACCOUNTS)
        await host.database.fetch(GRANTS, ids, sealed, orjson.dumps(SCOPES).decode(), ends_at)
        await host.database.fetch(LINKED, ids)
        await plan_polls(host)


def _sealed(host: Host, where: str, number: int) -> bytes:
    tokens = {"access_token": str(number), "refresh_token": f"refresh {number}"}
    return host.vault.seal(orjson.dumps(tokens).decode(), where)
