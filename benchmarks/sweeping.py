"""
The sweep: ten thousand accounts whose status the clock changed, found, marked and told.

Beside one hand-written statement for the same rows, and among a million accounts beside among fifty thousand:
a sweep must cost what there is to tell, not what there is.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

import asyncpg
from pydantic import SecretStr

from benchmarks.contenders import VAULT_KEYS
from benchmarks.plan import Plan, connect
from benchmarks.report import Row, in_milliseconds
from server.app import open_host
from server.clock import Clock
from server.host import Host
from server.services.links.sweeping import sweep
from server.settings import Settings

MANY, FEW = 1_000_000, 50_000
DUE = 10_000
"""How many accounts are due in one round."""
MINUTE = timedelta(minutes=1)
STEPS = (14, 7, 3, 1)
"""How many days before its end an account is told of."""
MAX_ROUNDS = (FEW // DUE * len(STEPS) - 2) // 2
"""How often there is something to tell among few accounts, without the rounds that are compared."""

PROFILES = """
INSERT INTO profile (kind, display_name, created_at, updated_at)
SELECT 'INDIVIDUAL', 'Creator ' || n, now(), now() FROM generate_series(1, $1::int / 4) n
"""
# The accounts of one minute stand apart in the table, as accounts that fall due together do.
ACCOUNTS = """
INSERT INTO social_account (profile_id, platform, platform_id, handle, handle_key, url, followers,
  authenticated_at, consent_expires_at, told_status, next_tell_at, created_at, updated_at)
SELECT 1 + n % ($1::int / 4), 'tiktok', 'id' || n, 'creator' || n, 'creator' || n,
  'https://tiktok.example/@creator' || n, n, at, at + interval '336 hours' + minute, 'LINKED', at + minute, at, at
FROM (SELECT n, $2::timestamptz AS at, make_interval(mins => n % ($1::int / $3::int)) AS minute
  FROM generate_series(0, $1 - 1) n) made
"""
# $1 now, $2 the step that is reached, $3 the next one, in days before the end.
BARE = """
WITH before AS (SELECT CASE WHEN $2 = 14 THEN 'LINKED' ELSE 'EXPIRING' END AS status), told AS (
  UPDATE social_account SET told_status = 'EXPIRING', told_reason = NULL, told_days = $2,
    next_tell_at = expires_at - make_interval(hours => 24 * $3::int)
  WHERE next_tell_at <= $1 RETURNING id, profile_id, platform
)
INSERT INTO status_event (at, account_id, profile_id, platform, previous_status, status, days_left)
SELECT $1, id, profile_id, platform, before.status, 'EXPIRING', $2 FROM told, before
"""
# What a round left behind, without what differs by its nature: which accounts, and when.
TRACES = """
SELECT count(*) AS accounts, a.told_status, a.told_reason, a.told_days, a.expires_at - a.next_tell_at AS before,
  e.previous_status, e.status, e.status_reason, e.evidence, e.days_left, a.platform = e.platform AS same,
  a.profile_id = e.profile_id AS owned
FROM status_event e JOIN social_account a ON a.id = e.account_id
WHERE e.id > $1 GROUP BY 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
"""


@dataclass
class Roster:
    """A database of linked accounts, *DUE* of which fall due in each minute from *begins_at* on."""

    host: Host
    clock: Clock
    connection: asyncpg.Connection
    begins_at: datetime
    minutes: int
    told: int = 0
    looked_at: int = 0

    async def sweep(self) -> float:
        """Sweep the next minute as a worker does; how many seconds it took."""
        self.clock.offset = self._next() - datetime.now(UTC)
        began = time.perf_counter()
        told = await sweep(self.host)
        seconds = time.perf_counter() - began
        _expect(told)
        return seconds

    async def sweep_barely(self) -> float:
        """Sweep the next minute by the hand-written statement."""
        step = self.told // self.minutes
        reached, coming = (*STEPS, 0)[step : step + 2]
        moment = self._next()
        began = time.perf_counter()
        done = await self.connection.execute(BARE, moment, reached, coming)
        seconds = time.perf_counter() - began
        _expect(int(done.split()[-1]))
        return seconds

    async def traces(self) -> list[asyncpg.Record]:
        """What was left in the tables since this was asked last."""
        found = await self.connection.fetch(TRACES, self.looked_at)
        self.looked_at = await self.connection.fetchval("SELECT max(id) FROM status_event")
        return list(found)

    def _next(self) -> datetime:
        """A moment at which one more minute's accounts are due: all of them for one step, then for the next."""
        step, minute = divmod(self.told, self.minutes)
        self.told += 1
        return self.begins_at + timedelta(days=STEPS[0] - STEPS[step]) + minute * MINUTE + MINUTE / 2


def _expect(told: int) -> None:
    if told != DUE:
        raise SystemExit(f"a sweep told of {told} accounts instead of {DUE}")


async def rows(plan: Plan) -> AsyncIterator[Row]:
    """Linkroll's sweep over the bare statement, and among many accounts over among few."""
    async with _roster(plan, "sweep_many", MANY) as many, _roster(plan, "sweep_few", FEW) as few:
        for roster in (many, few):
            await _compare(roster)
        rounds = [await _round(many, few) for _ in range(min(plan.rounds, MAX_ROUNDS))]
    ours, bare, ours_few, bare_few = zip(*rounds, strict=True)
    told = f"{DUE:,} transitions told, over a bare statement"
    yield Row(told, _over(bare, ours), 0.4, in_milliseconds(ours, bare))
    among = f"  among {MANY:,} accounts, over among {FEW:,}"
    # The bare statement is slower there as well: the rows lie on more pages, and less is in memory.
    alike = f"{in_milliseconds(ours, ours_few)}; bare {statistics.median(_over(bare_few, bare)):.2f}"
    yield Row(among, _over(ours_few, ours), 0.2, alike)


async def _compare(roster: Roster) -> None:
    """Refuse to measure two sides that leave different rows behind."""
    await roster.sweep()
    ours = await roster.traces()
    await roster.sweep_barely()
    if ours != await roster.traces():
        raise SystemExit("the sweep and the bare statement left different rows behind")


async def _round(many: Roster, few: Roster) -> tuple[float, float, float, float]:
    return await many.sweep(), await many.sweep_barely(), await few.sweep(), await few.sweep_barely()


def _over(theirs: Iterable[float], ours: Iterable[float]) -> list[float]:
    """How much quicker we were, by round."""
    return [other / own for other, own in zip(theirs, ours, strict=True)]


@contextlib.asynccontextmanager
async def _roster(plan: Plan, name: str, accounts: int) -> AsyncIterator[Roster]:
    async with plan.database(name) as url, connect(url) as connection:
        begins_at = datetime.now(UTC).replace(microsecond=0)
        await connection.execute(PROFILES, accounts)
        await connection.execute(ACCOUNTS, accounts, begins_at, DUE)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
        clock = Clock()
        async with open_host(_settings(url), url, clock=clock) as host:
            yield Roster(host, clock, connection, begins_at, accounts // DUE)


def _settings(url: str) -> Settings:
    return Settings(data_dir=Path(gettempdir()), database_url=url, vault_keys=SecretStr(VAULT_KEYS))
