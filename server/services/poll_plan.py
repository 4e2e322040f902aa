"""The plan of what is read when: rows for accounts that are linked, none for others. Set-based."""

from __future__ import annotations

from linkroll_sdk import Work

from server.database import Transaction
from server.host import Host
from server.services.links import LIVING
from server.services.story_polling import LINK_INVALID, close_stories

RANKS = {Work.STORIES: 1, Work.ACCOUNT: 3, Work.POSTS: 4}

PLAN = f"""
WITH linked AS MATERIALIZED (
  SELECT a.id, a.platform, w.work, w.rank FROM social_account a JOIN oauth_grant g ON g.id = a.grant_id
  JOIN unnest($2::text[], $3::text[], $4::text[], $5::smallint[]) AS w(platform, login, work, rank)
    ON w.platform = a.platform AND w.login = g.login
  WHERE g.dead_at IS NULL AND {LIVING.format(now="$1")} AND ($7::bigint IS NULL OR a.id = $7)
), ended AS (
  DELETE FROM poll p WHERE ($7::bigint IS NULL OR p.account_id = $7) AND NOT EXISTS (
    SELECT 1 FROM linked l WHERE (l.id, l.work) = (p.account_id, p.work)
  ) RETURNING p.account_id, p.work, p.last_ok_at
), past AS (
  INSERT INTO poll_past (account_id, work, last_ok_at)
  SELECT e.account_id, e.work, e.last_ok_at FROM ended e JOIN social_account a ON a.id = e.account_id
  WHERE e.last_ok_at IS NOT NULL
  ON CONFLICT (account_id, work) DO UPDATE SET last_ok_at = EXCLUDED.last_ok_at
)
INSERT INTO poll (account_id, platform, work, rank, next_at, last_ok_at, last_error)
SELECT l.id, l.platform, l.work, l.rank, $1, p.last_ok_at, CASE WHEN p.last_ok_at IS NOT NULL THEN $6 END
FROM linked l LEFT JOIN poll_past p ON (p.account_id, p.work) = (l.id, l.work)
ON CONFLICT (account_id, work) DO NOTHING
"""


async def plan_polls(host: Host) -> None:
    """
    Plan what is read of the accounts that are linked now, and end what is planned of others. A chore.

    What is known of an account's last readings outlives the end of its link: a link that comes back goes on
    from there, and says which stories were missed.
    """
    await host.database.fetch(PLAN, *_arguments(host, None))
    await close_stories(host)


async def plan_account(host: Host, transaction: Transaction, account_id: int) -> None:
    """Plan one account's reading, in the transaction that linked it: its first numbers should not wait."""
    await transaction.execute(PLAN, *_arguments(host, account_id))


def _arguments(host: Host, account_id: int | None) -> tuple[object, ...]:
    kinds = [
        (platform.key, login.key, work.value, RANKS[work])
        for platform in host.platforms
        for login in host.platforms.logins_for(platform.key)
        for work in works_of(host, platform.key, login.key)
    ]
    columns = [list(column) for column in zip(*kinds, strict=True)] if kinds else [[], [], [], []]
    return host.now(), *columns, LINK_INVALID, account_id


def works_of(host: Host, platform: str, login: str) -> list[Work]:
    """What is read of a platform's accounts that are linked by a login."""
    fetcher = host.platforms.by_key[platform].metrics
    if fetcher is None or not any(login in metric.scopes for metric in fetcher.metrics):
        return []
    return [Work.ACCOUNT, Work.POSTS, *([Work.STORIES] if fetcher.has_stories else [])]
