"""A year of daily numbers of every account, as a worker would have left them."""

from __future__ import annotations

from datetime import date, timedelta

import asyncpg

from benchmarks.plan import connect
from server.services.polling.partitions import month_of, next_month, partition_name

DAYS = 365

SOURCE = """
INSERT INTO metric_source (platform, login, level, metric, platform_metric, api_version, definition)
VALUES ('instagram', 'instagram', 'ACCOUNT', 'VIEWS', 'views', 'v23.0', 'views') RETURNING id
"""
# Day by day, as they are read: one account's year lies scattered over the table, not side by side. Every
# thirtieth number was corrected the next day.
MONTH = """
INSERT INTO {name} (account_id, metric, day, read_at, value, availability, source_id)
SELECT a.id, 'VIEWS', d::date, d AT TIME ZONE 'UTC' + make_interval(hours => 40 + 24 * c.n),
  (a.id * 7919 + c.n + extract(doy FROM d)::int * 104729) % 100000, 'SUPPORTED', $3
FROM generate_series($1::timestamp, $2::timestamp, '1 day') d CROSS JOIN social_account a
JOIN generate_series(0, 1) c(n) ON c.n = 0 OR (a.id + extract(doy FROM d)::int) % 30 = 0
"""
LATEST = """
INSERT INTO metric_latest (account_id, metric, day, read_at, value, availability, source_id)
SELECT a.id, m, $1::date, $1::date + interval '40 hours', a.id * 31 % 100000, 'SUPPORTED', $2
FROM social_account a CROSS JOIN unnest(ARRAY['VIEWS', 'FOLLOWERS', 'ENGAGEMENTS']) m
"""


async def seed_numbers(url: str, until: date) -> None:
    """`DAYS` days of one metric up to *until* for every account, and its newest numbers."""
    async with connect(url) as connection:
        await connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
        source = await connection.fetchval(SOURCE)
        since = until - timedelta(days=DAYS - 1)
        first = since
        while first <= until:
            last = min(next_month(first) - timedelta(days=1), until)
            await _seed_month(connection, first, last, source)
            first = last + timedelta(days=1)
        await connection.execute(LATEST, until, source)
        await connection.execute("VACUUM ANALYZE")


async def _seed_month(connection: asyncpg.Connection, first: date, last: date, source: int) -> None:
    """One partition, its index made when all is in. Not logged: that only makes the seeding quicker."""
    month = month_of(first)
    name = partition_name(month)
    await connection.execute(f"CREATE UNLOGGED TABLE {name} (LIKE metric_snapshot INCLUDING DEFAULTS)")
    await connection.execute(MONTH.format(name=name), first, last, source)
    await connection.execute(
        f"ALTER TABLE {name} ADD PRIMARY KEY (account_id, post_id, metric, day, read_at)"
    )
    await connection.execute(
        f"ALTER TABLE metric_snapshot ATTACH PARTITION {name}"
        f" FOR VALUES FROM ('{month}') TO ('{next_month(month)}')"
    )
