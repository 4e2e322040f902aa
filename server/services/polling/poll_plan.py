"""The plan of what is read when: rows for accounts that are linked, none for others. Set-based."""

from __future__ import annotations

import random
import time

import structlog
from linkroll_sdk import Work

from server.database import Transaction
from server.host import Host
from server.services.links.links import LIVING
from server.services.polling.rhythm import POST_AGES
from server.services.polling.story_polling import LINK_INVALID, close_stories

RANGE = 10_000
"""How many accounts' ids one statement plans: a roster of millions must not be one transaction."""
ROUND_SECONDS = 45.0

log = structlog.get_logger("linkroll.polling")

RANKS = {Work.STORIES: 1, Work.ACCOUNT: 3, Work.POSTS: 4}

PLAN = f"""
WITH linked AS MATERIALIZED (
  SELECT a.id, a.platform, w.work, w.rank FROM social_account a JOIN oauth_grant g ON g.id = a.grant_id
  JOIN unnest($2::text[], $3::text[], $4::text[], $5::smallint[]) AS w(platform, login, work, rank)
    ON w.platform = a.platform AND w.login = g.login
  WHERE g.dead_at IS NULL AND {LIVING.format(now="$1")} AND a.id BETWEEN $7 AND $8
), ended AS (
  DELETE FROM poll p WHERE p.account_id BETWEEN $7 AND $8 AND NOT EXISTS (
    SELECT 1 FROM linked l WHERE (l.id, l.work) = (p.account_id, p.work)
  ) RETURNING p.account_id, p.work, p.last_ok_at
), asleep AS (
  UPDATE post SET next_read_at = NULL FROM ended e
  WHERE e.work = 'POSTS' AND post.account_id = e.account_id AND kind <> 'STORY' AND next_read_at IS NOT NULL
), past AS (
  INSERT INTO poll_past (account_id, work, last_ok_at)
  SELECT e.account_id, e.work, e.last_ok_at FROM ended e JOIN social_account a ON a.id = e.account_id
  WHERE e.last_ok_at IS NOT NULL
  ON CONFLICT (account_id, work) DO UPDATE SET last_ok_at = EXCLUDED.last_ok_at
), begun AS (
  INSERT INTO poll (account_id, platform, work, rank, next_at, last_ok_at, last_error)
  SELECT l.id, l.platform, l.work, l.rank, $1, p.last_ok_at, CASE WHEN p.last_ok_at IS NOT NULL THEN $6 END
  FROM linked l LEFT JOIN poll_past p ON (p.account_id, p.work) = (l.id, l.work)
  WHERE NOT EXISTS (SELECT 1 FROM poll o WHERE (o.account_id, o.work) = (l.id, l.work))
  ON CONFLICT (account_id, work) DO NOTHING RETURNING account_id, work
)
UPDATE post SET next_read_at = $1 FROM begun b
WHERE b.work = 'POSTS' AND post.account_id = b.account_id AND post.published_at > $1::timestamptz - $9::interval
  AND kind <> 'STORY' AND next_read_at IS NULL AND gone_at IS NULL
"""
"""
One statement for the accounts of a range of ids. Posts sleep while their account's link is over: all that is
due must be worth a look, or whoever looks would walk over the posts of every link that ever ended.
"""

DUE_NOW = """
UPDATE poll SET next_at = LEAST(next_at, $2), failures = 0 WHERE account_id = $1
"""


async def plan_polls(host: Host, *, range_size: int = RANGE) -> None:
    """
    Plan what is read of the accounts that are linked now, and end what is planned of others. A chore.

    What is known of an account's last readings outlives the end of its link: a link that comes back goes on
    from there, and says which stories were missed.
    """
    await close_stories(host)
    until = time.monotonic() + ROUND_SECONDS
    row = await host.database.fetchrow("SELECT min(id) AS first, max(id) AS last FROM social_account")
    if row is None or row["first"] is None:
        return
    # In any order: what a round has no time for is another one's beginning.
    firsts = range(row["first"], row["last"] + 1, range_size)
    for first in random.sample(firsts, len(firsts)):
        if time.monotonic() > until:
            log.warning("no time to plan all accounts", ranges=len(firsts))
            return
        await host.database.fetch(PLAN, *_arguments(host, first, first + range_size - 1))


async def plan_account(host: Host, transaction: Transaction, account_id: int) -> None:
    """Plan one account's reading, in the transaction that linked it: what a consent allows should not wait."""
    await transaction.execute(PLAN, *_arguments(host, account_id, account_id))
    await transaction.execute(DUE_NOW, account_id, host.now())


def _arguments(host: Host, first: int, last: int) -> tuple[object, ...]:
    kinds = [
        (platform.key, login.key, work.value, RANKS[work])
        for platform in host.platforms
        for login in host.platforms.logins_for(platform.key)
        for work in works_of(host, platform.key, login.key)
    ]
    columns = [list(column) for column in zip(*kinds, strict=True)] if kinds else [[], [], [], []]
    return host.now(), *columns, LINK_INVALID, first, last, POST_AGES[-1][0]


def works_of(host: Host, platform: str, login: str) -> list[Work]:
    """What is read of a platform's accounts that are linked by a login."""
    fetcher = host.platforms.by_key[platform].metrics
    if fetcher is None or not any(login in metric.scopes for metric in fetcher.metrics):
        return []
    return [Work.ACCOUNT, Work.POSTS, *([Work.STORIES] if fetcher.has_stories else [])]
