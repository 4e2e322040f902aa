"""
Numbers that must go: removed accounts', and what a platform says may be kept no longer.

In bounded batches, and derived from the tables: a round that ends early leaves the rest to the next one.
`metric_purge` holds what somebody asked for (a removal, a person's wish at the platform); what a platform's
`Retention` demands follows from the accounts' own facts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

import structlog

from server.database import Transaction
from server.host import Host
from server.services.polling.partitions import drop_months

BATCH = 20_000
ACCOUNTS = 200
MARGIN = timedelta(hours=12)
"""How long before a platform's limit we begin: by then all of it must be gone."""
ROUND_SECONDS = 40.0

REMOVED = "REMOVED"
"""The reason in `metric_purge` of an account that was taken off its profile."""

log = structlog.get_logger("linkroll.retention")

# What was read of an account that still stands, and must go: nobody checked the link for too long, or the
# link ended too long ago. Only accounts that have something left, so that a round ends.
OVERDUE = """
SELECT a.id FROM social_account a
JOIN unnest($2::text[], $3::int[], $4::int[]) AS r(platform, recheck, ends) ON r.platform = a.platform
WHERE (
  COALESCE(a.checked_at, a.authenticated_at) <= $1::timestamptz - make_interval(secs => r.recheck * 86400)
  OR LEAST(a.invalidated_at, a.expires_at) <= $1::timestamptz - make_interval(secs => r.ends * 86400)
) AND (
  EXISTS (SELECT 1 FROM metric_latest l WHERE l.account_id = a.id)
  OR EXISTS (SELECT 1 FROM post p WHERE p.account_id = a.id)
) LIMIT $5
"""

# By keys, not ctids: a snapshot may be anywhere among the months.
KEYS = {
    "metric_snapshot": "account_id, post_id, metric, day, read_at",
    "metric_latest": "account_id, post_id, metric",
    "post": "id",
}
"""What an account may have a great many of, and what tells one from the others."""
FORGET_SOME = """
DELETE FROM {table} WHERE ({keys}) IN (SELECT {keys} FROM {table} WHERE account_id = ANY($1::bigint[]) LIMIT $2)
RETURNING 1
"""


async def purge(host: Host) -> int:
    """Forget what must go; how many accounts were done. A chore."""
    until = time.monotonic() + ROUND_SECONDS
    done = 0
    for find in (_asked_for, _overdue):
        while time.monotonic() < until:
            accounts = await find(host)
            if not accounts or not await _forget(host, accounts, until):
                break
            done += len(accounts)
    if host.settings.metric_retention_days is not None:
        await drop_months(host, host.now().date() - timedelta(days=host.settings.metric_retention_days))
    await _forget_idle_buckets(host)
    if done:
        log.info("numbers forgotten", accounts=done)
    return done


async def forget_later(host: Host, transaction: Transaction, account_id: int) -> None:
    """Have the numbers of an account forgotten that is being removed: too many for the removal itself."""
    await transaction.execute(
        "INSERT INTO metric_purge (account_id, due_at, reason) VALUES ($1, $2, $3)"
        " ON CONFLICT (account_id) DO UPDATE SET due_at = LEAST(metric_purge.due_at, EXCLUDED.due_at)",
        account_id,
        host.now(),
        REMOVED,
    )


async def _asked_for(host: Host) -> list[int]:
    rows = await host.database.fetch(
        "SELECT account_id FROM metric_purge WHERE due_at <= $1 ORDER BY due_at LIMIT $2",
        host.now(),
        ACCOUNTS,
    )
    return [row["account_id"] for row in rows]


async def _overdue(host: Host) -> list[int]:
    kept = [p for p in host.platforms if p.retention.recheck_days or p.retention.end_days]
    rows = await host.database.fetch(
        OVERDUE,
        host.now() + MARGIN,
        [platform.key for platform in kept],
        [platform.retention.recheck_days for platform in kept],
        [platform.retention.end_days for platform in kept],
        ACCOUNTS,
    )
    return [row["id"] for row in rows]


async def _forget(host: Host, accounts: Sequence[int], until: float) -> bool:
    """Forget all about these accounts' numbers; False when the time was up before."""
    for table, keys in KEYS.items():
        some = FORGET_SOME.format(table=table, keys=keys)
        while len(await host.database.fetch(some, list(accounts), BATCH)) == BATCH:
            if time.monotonic() > until:
                return False
    async with host.database.transaction() as transaction:
        await _forget_rest(host, transaction, list(accounts))
    return True


async def _forget_rest(host: Host, transaction: Transaction, accounts: list[int]) -> None:
    """The newest numbers, the posts, and the memory of what was read: a new link begins from nothing."""
    # The accounts' rows first, in order, as whoever records does: nothing is written behind our back.
    await transaction.execute(
        "SELECT 1 FROM social_account WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE", accounts
    )
    for table in ("metric_snapshot", "metric_latest", "post", "story_gap", "poll_past"):
        await transaction.execute(f"DELETE FROM {table} WHERE account_id = ANY($1::bigint[])", accounts)
    await transaction.execute(
        "UPDATE social_account SET followers = NULL WHERE id = ANY($1::bigint[]) AND followers IS NOT NULL",
        accounts,
    )
    await transaction.execute(
        "UPDATE poll SET last_ok_at = NULL, refused = '{}' WHERE account_id = ANY($1::bigint[])", accounts
    )
    await transaction.execute(
        "DELETE FROM metric_purge WHERE account_id = ANY($1::bigint[]) AND due_at <= $2", accounts, host.now()
    )


async def _forget_idle_buckets(host: Host) -> None:
    """Buckets whose windows are long over say nothing any more: a new one begins at nothing anyway."""
    await host.database.fetch(
        "DELETE FROM budget WHERE window_start < $1 AND COALESCE(blocked_until, $1) <= $1"
        " AND COALESCE(told_at, window_start) < $1",
        host.now() - timedelta(days=3),
    )
