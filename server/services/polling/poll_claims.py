"""
Claiming what is due: a few pieces for one process, which the others pass over until the claim runs out.

What is due stands in the tables (`poll.next_at`, `post.next_read_at`), so work that its process took to the
grave is found again a few minutes later.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson
from linkroll_sdk import KnownPost, PostKind, Work

from server.database import Record
from server.host import Host
from server.services.links.links import LINK_COLUMNS, LIVING
from server.services.polling.poll_jobs import DuePost, Job

CLAIM = timedelta(minutes=5)
ALONE_AFTER = 2
"""After so many failures a post is no longer asked for together with others."""

# Each kind of work of each platform is walked in order of its index, so a claim costs what it claims and not
# what is due; the number of rows stands in the text, for a plan made without it would not know.
CLAIM_POLLS = """
WITH due AS MATERIALIZED (
  SELECT d.* FROM unnest($1::text[]) AS k(platform) CROSS JOIN unnest($3::text[]) AS w(work) CROSS JOIN LATERAL (
    SELECT {link}, p.work, p.next_at AS due_at, a.metrics_asked_at, a.authenticated_at
    FROM poll p JOIN social_account a ON a.id = p.account_id JOIN oauth_grant g ON g.id = a.grant_id
    WHERE p.platform = k.platform AND p.work = w.work AND p.next_at <= $2 AND g.login = $4
      AND (p.claimed_until IS NULL OR p.claimed_until <= $2) AND g.dead_at IS NULL AND {living}
    ORDER BY p.next_at LIMIT {limit} FOR UPDATE OF p SKIP LOCKED
  ) d
)
UPDATE poll p SET claimed_until = $5 FROM due d WHERE (p.account_id, p.work) = (d.account_id, d.work)
RETURNING p.last_ok_at, p.last_error, p.failures, p.refused, d.*
"""

# A post has no claim of its own: it is due again when the claim would have run out.
CLAIM_POSTS = """
WITH due AS MATERIALIZED (
  SELECT d.* FROM unnest($1::text[]) AS k(platform) CROSS JOIN LATERAL (
    SELECT p.id, p.next_read_at AS due_at, g.login, g.scopes, a.metrics_asked_at, a.authenticated_at
    FROM post p JOIN social_account a ON a.id = p.account_id JOIN oauth_grant g ON g.id = a.grant_id
    WHERE p.platform = k.platform AND p.next_read_at <= $2 AND g.login = $3 AND g.dead_at IS NULL
      AND {living} AND {which}
    ORDER BY {order} LIMIT {limit} FOR UPDATE OF p SKIP LOCKED
  ) d
)
UPDATE post p SET next_read_at = $4 FROM due d WHERE p.id = d.id
RETURNING p.id, p.account_id, p.platform, p.platform_post_id, p.kind, p.published_at, p.ends_at, p.read_at,
  p.read_failures AS failures, d.login, d.scopes, d.metrics_asked_at, d.authenticated_at, d.due_at,
  (SELECT l.refused FROM poll l WHERE l.account_id = p.account_id
    AND l.work = CASE WHEN p.kind = 'STORY' THEN 'STORIES' ELSE 'POSTS' END) AS refused
"""


@dataclass(frozen=True, slots=True)
class Which:
    """Some of the posts that are due, as SQL over `p`, in the order of an index that has them."""

    condition: str
    order: str


STORIES = Which("p.kind = 'STORY' AND p.ends_at > $2", "p.next_read_at")
FRESH_POSTS = Which(
    "p.kind <> 'STORY' AND p.published_at > $2::timestamptz - interval '24 hours'", "p.published_at"
)
OTHER_POSTS = Which("p.kind <> 'STORY'", "p.next_read_at")


async def claim_polls(
    host: Host, login: str, platforms: Sequence[str], works: Sequence[Work], limit: int
) -> list[Job]:
    """Accounts of a login that are due for one of *works*; of each kind and platform at most *limit*."""
    now = host.now()
    rows = await host.database.fetch(
        CLAIM_POLLS.format(link=LINK_COLUMNS, living=LIVING.format(now="$2"), limit=int(limit)),
        list(platforms),
        now,
        [work.value for work in works],
        login,
        now + CLAIM,
    )
    # Who waits longest comes first, whatever order the rows come back in.
    rows.sort(key=lambda row: row["due_at"])
    # What a link takes comes along: each account's own question for it would cost more than all of the claim.
    return [replace(_job(row, Work(row["work"]), now), link=row) for row in rows]


async def claim_posts(
    host: Host, login: str, platforms: Sequence[str], which: Which, limit: int
) -> list[Job]:
    """Posts of a login that are due, in batches of one account each as large as their platform takes."""
    now = host.now()
    statement = CLAIM_POSTS.format(
        living=LIVING.format(now="$2"), which=which.condition, order=which.order, limit=int(limit)
    )
    rows = await host.database.fetch(statement, list(platforms), now, login, now + CLAIM)
    rows.sort(key=lambda row: (row["account_id"], row["kind"] == PostKind.STORY, row["id"]))
    grouped = itertools.groupby(rows, key=lambda row: (row["account_id"], row["kind"] == PostKind.STORY))
    groups = sorted((list(group) for _, group in grouped), key=lambda g: min(row["due_at"] for row in g))
    return [job for group in groups for job in _batches(host, group, now)]


def _batches(host: Host, rows: list[Record], now: datetime) -> Iterable[Job]:
    """Jobs about one account's posts. What failed again and again goes alone: it may be what the others fail by."""
    fetcher = host.platforms.by_key[rows[0]["platform"]].metrics
    size = max(1, fetcher.post_batch) if fetcher else 1
    work = Work.STORIES if rows[0]["kind"] == PostKind.STORY else Work.POST_METRICS
    together = [row for row in rows if row["failures"] < ALONE_AFTER]
    batches = [together[first : first + size] for first in range(0, len(together), size)]
    for batch in [*batches, *([row] for row in rows if row["failures"] >= ALONE_AFTER)]:
        yield replace(_job(batch[0], work, now), posts=tuple(map(_due_post, batch)))


def _due_post(row: Record) -> DuePost:
    known = KnownPost(row["platform_post_id"], PostKind(row["kind"]), row["published_at"])
    return DuePost(row["id"], known, row["ends_at"], row["read_at"])


def _job(row: Record, work: Work, now: datetime) -> Job:
    return Job(
        account_id=row["account_id"],
        platform=row["platform"],
        login=row["login"],
        work=work,
        scopes=frozenset(orjson.loads(row["scopes"])),
        claimed_at=now,
        failures=row["failures"],
        last_ok_at=row.get("last_ok_at"),
        last_error=row.get("last_error"),
        refused=orjson.loads(row["refused"] or "{}"),
        asked_at=row["metrics_asked_at"],
        consented_at=row["authenticated_at"],
    )
