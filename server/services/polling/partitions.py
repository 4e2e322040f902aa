"""
The months that numbers are kept in: one partition of `metric_snapshot` each, made ahead and on demand.

A month is made beside the table and attached then: that locks out nobody who reads or writes, which
`CREATE TABLE … PARTITION OF` would.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from weakref import WeakKeyDictionary

import structlog

from server.database import Database, Transaction
from server.host import Host

LOCK = 0x6D6F6E746873
"""Taken while months are made or dropped ("months" in ASCII)."""
AHEAD = 2
"""How many months stand ready before they begin."""

log = structlog.get_logger("linkroll.metrics")

_known: WeakKeyDictionary[Database, set[date]] = WeakKeyDictionary()


def month_of(day: date) -> date:
    """The first day of the month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return month_of(month + timedelta(days=31))


def partition_name(month: date) -> str:
    """The table that holds a month."""
    return f"metric_snapshot_{month:%Y_%m}"


async def ensure_partitions(host: Host) -> None:
    """Make this month and those to come. A chore; safe in any number of processes."""
    months = [month_of(host.now().date())]
    while len(months) <= AHEAD:
        months.append(next_month(months[-1]))
    async with host.database.transaction() as transaction:
        await ensure_months(host, transaction, months)


async def ensure_months(host: Host, transaction: Transaction, days: Iterable[date]) -> None:
    """
    Make the months of *days* that are missing.

    Only months that others can see are remembered: one made here may be rolled back yet. Those old enough for
    any process to drop are looked for each time.
    """
    known = _known.setdefault(host.database, set())
    wanted = {month for month in map(month_of, days) if month not in known or _may_go(host, month)}
    if not wanted:
        return
    found = await _existing(transaction)
    known |= found
    if not wanted - found:
        return
    await transaction.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    for month in sorted(wanted - await _existing(transaction)):
        await _make(transaction, month)


def _may_go(host: Host, month: date) -> bool:
    days = host.settings.metric_retention_days
    return days is not None and next_month(month) <= host.now().date() - timedelta(days=days)


async def _existing(transaction: Transaction) -> set[date]:
    rows = await transaction.fetch(
        "SELECT right(c.relname, 7) AS month FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'metric_snapshot'::regclass"
    )
    return {date(int(row["month"][:4]), int(row["month"][5:]), 1) for row in rows}


async def _make(transaction: Transaction, month: date) -> None:
    name = partition_name(month)
    await transaction.execute(f"CREATE TABLE {name} (LIKE metric_snapshot INCLUDING ALL)")
    await transaction.execute(
        f"ALTER TABLE metric_snapshot ATTACH PARTITION {name}"
        f" FOR VALUES FROM ('{month}') TO ('{next_month(month)}')"
    )


async def drop_months(host: Host, before: date) -> list[date]:
    """Drop the months that ended before a day; those that were dropped."""
    async with host.database.transaction() as transaction:
        await transaction.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        # Who reads must not queue up behind us: with the lock out of reach, the next round will do.
        await transaction.execute("SET LOCAL lock_timeout = '2s'")
        old = sorted(m for m in await _existing(transaction) if next_month(m) <= before)
        for month in old:
            await transaction.execute(f"DROP TABLE {partition_name(month)}")
    _known.pop(host.database, None)
    if old:
        log.info("months dropped", months=[f"{month:%Y-%m}" for month in old])
    return old
