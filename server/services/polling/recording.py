"""
Recording what was read: snapshots that never change, the newest word on each metric, and one event a fetch.

Idempotent: what is known already is not written again, so a fetch that is repeated adds nothing. Every write
holds the accounts' rows from an earlier statement on, so what is "newest" cannot change meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import structlog
from linkroll_sdk import Level, Measure, Metric, MetricFetcher, PostKind, Reading, Work

from server.database import Record, Transaction
from server.host import Host
from server.services.links.links import LIVING
from server.services.platforms.fetched import MAX_WORD, believed, is_text
from server.services.polling.findings import Found, catalogue_of
from server.services.polling.metric_sources import Source, source_ids
from server.services.polling.partitions import ensure_months

CHANNEL = "linkroll_metric_event"
"""The NOTIFY channel: only a wake-up."""

log = structlog.get_logger("linkroll.metrics")

RECORD = """
WITH fetched AS MATERIALIZED (
  SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::date[], $6::float8[], $7::text[], $8::int[],
      $9::bool[], $10::bool[])
    AS f(account_id, post_id, metric, day, value, availability, source_id, by_day, is_newest)
), added AS (
  INSERT INTO metric_snapshot (account_id, post_id, metric, day, read_at, value, availability, source_id)
  SELECT f.account_id, f.post_id, f.metric, f.day, $1, f.value, f.availability, f.source_id
  FROM fetched f LEFT JOIN LATERAL (
    SELECT s.read_at, s.value, s.availability, s.source_id FROM metric_snapshot s
    WHERE s.account_id = f.account_id AND s.post_id = f.post_id AND s.metric = f.metric AND s.day = f.day
    ORDER BY s.read_at DESC LIMIT 1
  ) newest ON true
  WHERE newest.read_at IS NULL OR (
    newest.read_at < $1
    AND (newest.value, newest.availability, newest.source_id)
      IS DISTINCT FROM (f.value, f.availability, f.source_id)
    -- "Not yet" and "no more" take nothing back that was told, and of a day that is told no other word does.
    AND NOT (newest.value IS NOT NULL AND f.value IS NULL
      AND (f.by_day OR f.availability IN ('NOT_YET', 'LOST')))
  )
  RETURNING account_id, post_id
), latest AS (
  INSERT INTO metric_latest (account_id, post_id, metric, day, read_at, value, availability, source_id)
  SELECT f.account_id, f.post_id, f.metric, f.day, $1, f.value, f.availability, f.source_id
  FROM fetched f LEFT JOIN metric_latest l
    ON l.account_id = f.account_id AND l.post_id = f.post_id AND l.metric = f.metric
  WHERE f.is_newest AND (l.metric IS NULL OR CASE
    -- A day that is known beats the later one whose number is still to come, but not one whose number is refused.
    WHEN f.value IS NOT NULL THEN (f.day, $1) >= (l.day, l.read_at) OR (f.by_day AND l.value IS NULL)
    WHEN l.value IS NOT NULL AND f.availability IN ('NOT_YET', 'LOST') THEN false
    WHEN l.value IS NOT NULL AND f.by_day THEN f.day > l.day
    ELSE (f.day, $1) >= (l.day, l.read_at) END)
  ON CONFLICT (account_id, post_id, metric) DO UPDATE SET day = EXCLUDED.day, read_at = EXCLUDED.read_at,
    value = EXCLUDED.value, availability = EXCLUDED.availability, source_id = EXCLUDED.source_id
), news AS (
  SELECT account_id, post_id, 1 AS readings FROM added
  UNION ALL SELECT account_id, post_id, 0 FROM unnest($15::bigint[], $16::bigint[]) AS p(account_id, post_id)
)
INSERT INTO metric_event (at, account_id, profile_id, platform, work, post_ids, readings)
SELECT $1, a.account_id, a.profile_id, a.platform, a.work,
  COALESCE(array_agg(DISTINCT n.post_id) FILTER (WHERE n.post_id <> 0), '{}'), sum(n.readings)
FROM unnest($11::bigint[], $12::bigint[], $13::text[], $14::text[]) AS a(account_id, profile_id, platform, work)
JOIN news n ON n.account_id = a.account_id
GROUP BY a.account_id, a.profile_id, a.platform, a.work
RETURNING readings
"""
"""
Fetches of different accounts, as one statement: what differs from the newest snapshot of the same day, the
newest word on each metric, and an event where something was new. A fetch a statement would cost as much again.
"""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What one fetch brought. *new_posts* were found by it, with or without numbers."""

    work: Work
    api_version: str
    found: Sequence[Found]
    new_posts: Collection[int] = field(default=())


class _Row(NamedTuple):
    account_id: int
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
    return (await lock_accounts(host, transaction, [account_id])).get(account_id)


async def lock_accounts(
    host: Host, transaction: Transaction, account_ids: Sequence[int], *, skip_locked: bool = False
) -> dict[int, Record]:
    """
    The accounts' rows by their ids, as `lock_account` has them; without those that are gone, or unlinked.

    *skip_locked*: nor those that somebody holds. Who locks several accounts must not wait for one of them.
    """
    rows = await transaction.fetch(
        "SELECT a.id, a.profile_id, a.platform, a.handle, g.login, g.scopes"
        " FROM social_account a JOIN oauth_grant g ON g.id = a.grant_id"
        f" WHERE a.id = ANY($1::bigint[]) AND {LIVING.format(now='$2')}"
        f" FOR NO KEY UPDATE OF a{' SKIP LOCKED' if skip_locked else ''}",
        list(account_ids),
        host.now(),
    )
    return {row["id"]: row for row in rows}


async def record(host: Host, transaction: Transaction, account: Record, fetch: Fetch) -> int:
    """Keep what one fetch found, as `record_all` does."""
    return await record_all(host, transaction, [(account, fetch)])


async def record_all(host: Host, transaction: Transaction, fetches: Sequence[tuple[Record, Fetch]]) -> int:
    """
    Keep what fetches found, each about another account, a row of `lock_accounts`; how many snapshots are new.

    Notes each for the subscribers, unless all of it was known before. Who commits wakes them (`wake`).
    """
    rows = [row for account, fetch in fetches for row in _rows(host, account, fetch)]
    new_posts = [(account["id"], post) for account, fetch in fetches for post in fetch.new_posts]
    if not rows and not new_posts:
        return 0
    # Months before sources, in every transaction: else two could wait for each other.
    await ensure_months(host, transaction, {row.day for row in rows})
    ids = await source_ids(host, transaction, {row.source for row in rows})
    about = [(a["id"], a["profile_id"], a["platform"], fetch.work.value) for a, fetch in fetches]
    noted = await transaction.fetch(
        RECORD,
        host.now(),
        *columns(9, [(*row[:6], ids[row.source], row.by_day, newest) for row, newest in _with_newest(rows)]),
        *columns(4, about),
        *columns(2, new_posts),
    )
    return sum(row["readings"] for row in noted)


def columns(number: int, rows: Iterable[Sequence[object]]) -> list[list[object]]:
    """*rows* as so many arrays for `unnest`."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(number)]


def _rows(host: Host, account: Record, fetch: Fetch) -> Iterable[_Row]:
    """One row for each metric and day; of two readings of the same, the one with a number."""
    today = host.now().date()
    # Each reading of a metric on a day has the same source: its definition is looked up once.
    sources: dict[tuple[int, date], Source] = {}
    rows: dict[tuple[int, str, date], _Row] = {}
    for found in fetch.found:
        day = found.reading.day or today
        source = sources.get((id(found.metric), day))
        if source is None:
            source = sources[id(found.metric), day] = _source(account, fetch.api_version, found.metric, day)
        key = (found.post_id, found.key, day)
        if key not in rows or rows[key].value is None:
            rows[key] = _row(account["id"], found, day, source)
    return rows.values()


def _source(account: Record, api_version: str, metric: Metric, day: date) -> Source:
    return Source(
        account["platform"],
        account["login"],
        metric.level.value,
        metric.name.value,
        metric.platform_name,
        api_version,
        metric.definition_on(day),
    )


def _row(account_id: int, found: Found, day: date, source: Source) -> _Row:
    reading = found.reading
    value = None if reading.value is None else float(reading.value)
    by_day = found.metric.measure is Measure.DAY
    return _Row(account_id, found.post_id, found.key, day, value, reading.availability.value, source, by_day)


def _with_newest(rows: Sequence[_Row]) -> Iterable[tuple[_Row, bool]]:
    """Each row, and whether it is the newest word of its fetch on its metric: a number before any other."""
    newest: dict[tuple[int, int, str], _Row] = {}
    for row in rows:
        key = (row.account_id, row.post_id, row.metric)
        other = newest.get(key)
        if other is None or (row.value is not None, row.day) >= (other.value is not None, other.day):
            newest[key] = row
    return ((row, newest[row.account_id, row.post_id, row.metric] is row) for row in rows)


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
        catalogue = catalogue_of(fetcher, level, account["login"], kind)
        good = believed(readings, catalogue.entries, host.now().date())
        found = catalogue.found(good.readings, post["id"])
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
