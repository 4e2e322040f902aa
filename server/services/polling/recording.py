"""
Recording what was read: snapshots that never change, the newest word on each metric, and one event a fetch.

Idempotent: what is known already is not written again, so a fetch that is repeated adds nothing. Every write
holds the account's row, so what is "newest" cannot change meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

import structlog
from linkroll_sdk import Level, Measure, MetricFetcher, PostKind, Reading, Work

from server.database import Record, Transaction
from server.host import Host
from server.services.links.links import LIVING
from server.services.platforms.fetched import MAX_WORD, believed, is_text
from server.services.polling.findings import Found, found_in
from server.services.polling.metric_sources import Source, source_ids
from server.services.polling.partitions import ensure_months

CHANNEL = "linkroll_metric_event"
"""The NOTIFY channel: only a wake-up."""

log = structlog.get_logger("linkroll.metrics")

APPEND = """
WITH fetched AS (
  SELECT * FROM unnest($3::bigint[], $4::text[], $5::date[], $6::float8[], $7::text[], $8::int[], $9::bool[])
    AS f(post_id, metric, day, value, availability, source_id, by_day)
)
INSERT INTO metric_snapshot (account_id, post_id, metric, day, read_at, value, availability, source_id)
SELECT $1, f.post_id, f.metric, f.day, $2, f.value, f.availability, f.source_id
FROM fetched f LEFT JOIN LATERAL (
  SELECT s.read_at, s.value, s.availability, s.source_id FROM metric_snapshot s
  WHERE s.account_id = $1 AND s.post_id = f.post_id AND s.metric = f.metric AND s.day = f.day
  ORDER BY s.read_at DESC LIMIT 1
) newest ON true
WHERE newest.read_at IS NULL OR (
  newest.read_at < $2
  AND (newest.value, newest.availability, newest.source_id)
    IS DISTINCT FROM (f.value, f.availability, f.source_id)
  -- "Not yet" and "no more" take nothing back that was told, and of a day that is told no other word does.
  AND NOT (newest.value IS NOT NULL AND f.value IS NULL AND (f.by_day OR f.availability IN ('NOT_YET', 'LOST')))
)
RETURNING post_id
"""

LATEST = """
INSERT INTO metric_latest (account_id, post_id, metric, day, read_at, value, availability, source_id)
SELECT $1, f.post_id, f.metric, f.day, $2, f.value, f.availability, f.source_id
FROM unnest($3::bigint[], $4::text[], $5::date[], $6::float8[], $7::text[], $8::int[], $9::bool[])
  AS f(post_id, metric, day, value, availability, source_id, by_day)
LEFT JOIN metric_latest l ON l.account_id = $1 AND l.post_id = f.post_id AND l.metric = f.metric
WHERE l.metric IS NULL OR CASE
  -- A day that is known beats the later one whose number is still to come, but not one whose number is refused.
  WHEN f.value IS NOT NULL THEN (f.day, $2) >= (l.day, l.read_at) OR (f.by_day AND l.value IS NULL)
  WHEN l.value IS NOT NULL AND f.availability IN ('NOT_YET', 'LOST') THEN false
  WHEN l.value IS NOT NULL AND f.by_day THEN f.day > l.day
  ELSE (f.day, $2) >= (l.day, l.read_at) END
ON CONFLICT (account_id, post_id, metric) DO UPDATE SET day = EXCLUDED.day, read_at = EXCLUDED.read_at,
  value = EXCLUDED.value, availability = EXCLUDED.availability, source_id = EXCLUDED.source_id
"""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What one fetch brought. *new_posts* were found by it, with or without numbers."""

    work: Work
    api_version: str
    found: Sequence[Found]
    new_posts: Collection[int] = field(default=())


@dataclass(frozen=True, slots=True)
class _Row:
    post_id: int
    metric: str
    day: date
    value: float | None
    availability: str
    source: Source
    by_day: bool


async def lock_account(host: Host, transaction: Transaction, account_id: int) -> Record | None:
    """
    The account's row with its login, locked; None when it is gone or its link is over.

    What was read of an account that somebody unlinked meanwhile must not be kept any more.
    """
    return await transaction.fetchrow(
        "SELECT a.id, a.profile_id, a.platform, a.handle, g.login, g.scopes"
        " FROM social_account a JOIN oauth_grant g ON g.id = a.grant_id"
        f" WHERE a.id = $1 AND {LIVING.format(now='$2')} FOR NO KEY UPDATE OF a",
        account_id,
        host.now(),
    )


async def record(host: Host, transaction: Transaction, account: Record, fetch: Fetch) -> int:
    """
    Keep what a fetch found about *account*, a row of `lock_account`; how many snapshots are new.

    Notes it for the subscribers, unless everything was known before. Who commits wakes them (`wake`).
    """
    rows = _rows(host, account, fetch)
    changed: list[int] = []
    if rows:
        # Months before sources, in every transaction: else two could wait for each other.
        await ensure_months(host, transaction, {row.day for row in rows})
        ids = await source_ids(host, transaction, {row.source for row in rows})
        changed = await _append(host, transaction, account["id"], rows, ids)
        await _keep_latest(host, transaction, account["id"], rows, ids)
    if changed or fetch.new_posts:
        posts = sorted({*changed, *fetch.new_posts} - {0})
        await _note(host, transaction, account, fetch.work, posts, len(changed))
    return len(changed)


def _rows(host: Host, account: Record, fetch: Fetch) -> list[_Row]:
    """One row for each metric and day; of two readings of the same, the one with a number."""
    today = host.now().date()
    rows: dict[tuple[int, str, date], _Row] = {}
    for found in fetch.found:
        day = found.reading.day or today
        key = (found.post_id, found.key, day)
        if key not in rows or rows[key].value is None:
            rows[key] = _row(account, fetch.api_version, found, day)
    return list(rows.values())


def _row(account: Record, api_version: str, found: Found, day: date) -> _Row:
    metric, reading = found.metric, found.reading
    source = Source(
        account["platform"],
        account["login"],
        metric.level.value,
        metric.name.value,
        metric.platform_name,
        api_version,
        metric.definition_on(day),
    )
    value = None if reading.value is None else float(reading.value)
    by_day = metric.measure is Measure.DAY
    return _Row(found.post_id, found.key, day, value, reading.availability.value, source, by_day)


def _columns(rows: Sequence[_Row], ids: dict[Source, int]) -> tuple[list[object], ...]:
    return (
        [row.post_id for row in rows],
        [row.metric for row in rows],
        [row.day for row in rows],
        [row.value for row in rows],
        [row.availability for row in rows],
        [ids[row.source] for row in rows],
        [row.by_day for row in rows],
    )


async def _append(
    host: Host, transaction: Transaction, account_id: int, rows: Sequence[_Row], ids: dict[Source, int]
) -> list[int]:
    """Add what differs from the newest snapshot of the same day; the posts of the rows that were added."""
    added = await transaction.fetch(APPEND, account_id, host.now(), *_columns(rows, ids))
    return [row["post_id"] for row in added]


async def _keep_latest(
    host: Host, transaction: Transaction, account_id: int, rows: Sequence[_Row], ids: dict[Source, int]
) -> None:
    best: dict[tuple[int, str], _Row] = {}
    for row in sorted(rows, key=lambda row: (row.value is not None, row.day)):
        best[row.post_id, row.metric] = row
    chosen = list(best.values())
    await transaction.execute(LATEST, account_id, host.now(), *_columns(chosen, ids))


async def _note(
    host: Host, transaction: Transaction, account: Record, work: Work, posts: list[int], readings: int
) -> None:
    await transaction.execute(
        "INSERT INTO metric_event (at, account_id, profile_id, platform, work, post_ids, readings)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        host.now(),
        account["id"],
        account["profile_id"],
        account["platform"],
        work.value,
        posts,
        readings,
    )


async def wake(host: Host) -> None:
    """
    Wake the subscribers of what was recorded; once for many fetches.

    On its own, after their commits: whoever notifies waits for every other commit that does so too. Where
    this is lost with its process, the subscribers look by themselves a little later.
    """
    await host.database.fetch("SELECT pg_notify($1, '')", CHANNEL)


async def record_post_readings(
    host: Host,
    account_id: int,
    platform_post_id: str,
    readings: Sequence[Reading],
    api_version: str,
    *,
    final: bool,
) -> bool:
    """
    Keep numbers of a post or story that the platform sent by itself; False when nobody knows the post.

    *final*: there will be no others, and nobody needs to ask any more.
    """
    async with host.database.transaction() as transaction:
        account = await lock_account(host, transaction, account_id)
        fetcher = _fetcher(host, account)
        post = await _post(transaction, account_id, platform_post_id)
        if account is None or fetcher is None or post is None:
            log.info("numbers of an unknown post", account=account_id)
            return False
        kind = PostKind(post["kind"])
        level = Level.STORY if kind is PostKind.STORY else Level.POST
        good = believed(readings, fetcher.catalogue(level, account["login"], kind), host.now().date())
        found = found_in(fetcher, level, account["login"], good.readings, kind, post["id"])
        version = api_version if is_text(api_version, MAX_WORD) else ""
        await record(host, transaction, account, Fetch(_work(kind), version, found))
        if final:
            await _close(host, transaction, post["id"])
    await wake(host)
    return True


def _fetcher(host: Host, account: Record | None) -> MetricFetcher | None:
    platform = host.platforms.by_key.get(account["platform"]) if account else None
    return platform.metrics if platform else None


def _work(kind: PostKind) -> Work:
    return Work.STORIES if kind is PostKind.STORY else Work.POST_METRICS


async def _post(transaction: Transaction, account_id: int, platform_post_id: str) -> Record | None:
    return await transaction.fetchrow(
        "SELECT id, kind FROM post WHERE account_id = $1 AND platform_post_id = $2",
        account_id,
        platform_post_id,
    )


async def _close(host: Host, transaction: Transaction, post_id: int) -> None:
    """The last numbers are here: nothing is missing of this post."""
    await transaction.execute(
        "UPDATE post SET final_at = $2, read_at = $2, next_read_at = NULL WHERE id = $1", post_id, host.now()
    )
    await transaction.execute("DELETE FROM story_gap WHERE post_id = $1", post_id)
