"""
Pieces of fetching that are due: claimed by one process, then finished, put off, or handed back.

What is due stands in the tables (`poll.next_at`, `post.next_read_at`). A claim runs out by itself, so work
that its process took to the grave is found again a few minutes later.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import orjson
from linkroll_sdk import KnownPost, LinkrollSdkError, PlatformUnavailable, PostKind, RateLimited, Work

from server.database import Record, Transaction
from server.host import Host
from server.services.links import LIVING
from server.services.refreshing import waiting_time

CLAIM = timedelta(minutes=5)
REFUSED_FOR = timedelta(days=1)
"""How long a metric that was refused for an account is not asked for again."""

# Each kind of work of each platform is walked in order of its index, so a claim costs what it claims and not
# what is due; the number of rows stands in the text, for a plan made without it would not know.
CLAIM_POLLS = """
WITH due AS MATERIALIZED (
  SELECT d.* FROM unnest($1::text[]) AS k(platform) CROSS JOIN unnest($3::text[]) AS w(work) CROSS JOIN LATERAL (
    SELECT p.account_id, p.work, g.login, g.scopes, a.metrics_asked_at
    FROM poll p JOIN social_account a ON a.id = p.account_id JOIN oauth_grant g ON g.id = a.grant_id
    WHERE p.platform = k.platform AND p.work = w.work AND p.next_at <= $2 AND g.login = $4
      AND (p.claimed_until IS NULL OR p.claimed_until <= $2) AND g.dead_at IS NULL AND {living}
    ORDER BY p.next_at LIMIT {limit} FOR UPDATE OF p SKIP LOCKED
  ) d
)
UPDATE poll p SET claimed_until = $5 FROM due d WHERE (p.account_id, p.work) = (d.account_id, d.work)
RETURNING p.account_id, p.platform, p.work, p.last_ok_at, p.last_error, p.failures, p.refused, d.login,
  d.scopes, d.metrics_asked_at
"""

# A post has no claim of its own: it is due again when the claim would have run out.
CLAIM_POSTS = """
WITH due AS MATERIALIZED (
  SELECT d.* FROM unnest($1::text[]) AS k(platform) CROSS JOIN LATERAL (
    SELECT p.id, g.login, g.scopes, a.metrics_asked_at
    FROM post p JOIN social_account a ON a.id = p.account_id JOIN oauth_grant g ON g.id = a.grant_id
    WHERE p.platform = k.platform AND p.next_read_at <= $2 AND g.login = $3 AND g.dead_at IS NULL
      AND {living} AND {which}
    ORDER BY {order} LIMIT {limit} FOR UPDATE OF p SKIP LOCKED
  ) d
)
UPDATE post p SET next_read_at = $4 FROM due d WHERE p.id = d.id
RETURNING p.id, p.account_id, p.platform, p.platform_post_id, p.kind, p.published_at, p.ends_at, p.read_at,
  p.read_failures AS failures, d.login, d.scopes, d.metrics_asked_at,
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


@dataclass(frozen=True, slots=True)
class DuePost:
    """A post whose numbers are due."""

    id: int
    known: KnownPost
    ends_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Job:
    """
    One piece of fetching for one account, claimed. With *posts*: their numbers; else what *work* says.

    *refused* names metrics that the platform refused, and when; *asked_at* is when somebody asked for all.
    """

    account_id: int
    platform: str
    login: str
    work: Work
    scopes: frozenset[str]
    failures: int = 0
    last_ok_at: datetime | None = None
    last_error: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    asked_at: datetime | None = None
    posts: tuple[DuePost, ...] = ()

    @property
    def row(self) -> Work:
        """The account's row in `poll` that this belongs to."""
        return Work.POSTS if self.work is Work.POST_METRICS else self.work

    def refuses(self, platform_name: str, now: datetime) -> bool:
        """Whether the platform refused a metric so recently that asking again makes no sense."""
        said = self.refused.get(platform_name)
        return said is not None and datetime.fromisoformat(said) > now - REFUSED_FOR


async def claim_polls(
    host: Host, login: str, platforms: Sequence[str], works: Sequence[Work], limit: int
) -> list[Job]:
    """Accounts of a login that are due for one of *works*; of each kind and platform at most *limit*."""
    now = host.now()
    rows = await host.database.fetch(
        CLAIM_POLLS.format(living=LIVING.format(now="$2"), limit=int(limit)),
        list(platforms),
        now,
        [work.value for work in works],
        login,
        now + CLAIM,
    )
    return [_job(row, Work(row["work"])) for row in rows]


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
    return [job for _, group in grouped for job in _batches(host, list(group))]


def _batches(host: Host, rows: list[Record]) -> Iterable[Job]:
    fetcher = host.platforms.by_key[rows[0]["platform"]].metrics
    size = max(1, fetcher.post_batch) if fetcher else 1
    work = Work.STORIES if rows[0]["kind"] == PostKind.STORY else Work.POST_METRICS
    for first in range(0, len(rows), size):
        batch = rows[first : first + size]
        yield replace(_job(batch[0], work), posts=tuple(map(_due_post, batch)))


def _due_post(row: Record) -> DuePost:
    known = KnownPost(row["platform_post_id"], PostKind(row["kind"]), row["published_at"])
    return DuePost(row["id"], known, row["ends_at"], row["read_at"])


def _job(row: Record, work: Work) -> Job:
    return Job(
        account_id=row["account_id"],
        platform=row["platform"],
        login=row["login"],
        work=work,
        scopes=frozenset(orjson.loads(row["scopes"])),
        failures=row["failures"],
        last_ok_at=row.get("last_ok_at"),
        last_error=row.get("last_error"),
        refused=orjson.loads(row["refused"] or "{}"),
        asked_at=row["metrics_asked_at"],
    )


async def finish(host: Host, transaction: Transaction, job: Job, next_at: datetime) -> None:
    """A whole piece of work was done. Whoever asked for fresh numbers meanwhile gets it done once more."""
    await transaction.execute(
        "UPDATE poll p SET next_at = CASE WHEN a.metrics_asked_at IS DISTINCT FROM $5"
        " THEN $4::timestamptz ELSE $3::timestamptz END,"
        " last_ok_at = $4, claimed_until = NULL, failures = 0, last_error = NULL"
        " FROM social_account a WHERE a.id = p.account_id AND p.account_id = $1 AND p.work = $2",
        job.account_id,
        job.work.value,
        next_at,
        host.now(),
        job.asked_at,
    )
    await transaction.execute(
        "UPDATE social_account SET checked_at = $2 WHERE id = $1", job.account_id, host.now()
    )


async def keep_refused(host: Host, transaction: Transaction, job: Job, names: Iterable[str]) -> None:
    """Remember metrics that the platform refused, and forget those whose time is over."""
    now = host.now()
    old = [name for name in job.refused if not job.refuses(name, now)]
    new = {name: now.isoformat() for name in names}
    if old or new:
        await transaction.execute(
            "UPDATE poll SET refused = (refused - $3::text[]) || $4::jsonb WHERE account_id = $1 AND work = $2",
            job.account_id,
            job.row.value,
            old,
            orjson.dumps(new).decode(),
        )


async def put_off(host: Host, job: Job, error: Exception) -> None:
    """A piece of work failed: say when to try again, and why it failed."""
    next_at = host.now() + _wait(host, job, error)
    if job.posts:
        await _put_off_posts(host, job, next_at)
        return
    await host.database.fetch(
        "UPDATE poll SET next_at = $3, claimed_until = NULL, last_error = $4, failures = failures + $5"
        " WHERE account_id = $1 AND work = $2",
        job.account_id,
        job.work.value,
        next_at,
        word_for(error),
        0 if _is_told(error) else 1,
    )


async def _put_off_posts(host: Host, job: Job, next_at: datetime) -> None:
    # A story is tried once more close to its end, however long we were to wait.
    await host.database.fetch(
        "UPDATE post SET read_failures = read_failures + 1, next_read_at = LEAST($2,"
        " GREATEST(ends_at - interval '600 seconds', $3::timestamptz + interval '60 seconds'))"
        " WHERE id = ANY($1::bigint[])",
        [post.id for post in job.posts],
        next_at,
        host.now(),
    )


def word_for(error: Exception) -> str:
    """An error as `last_error` has it."""
    if isinstance(error, PlatformUnavailable):
        return PlatformUnavailable.__name__
    return type(error).__name__[:100]


def _is_told(error: Exception) -> bool:
    """Whether the platform said when to come back: then no guess of ours has to grow."""
    return isinstance(error, RateLimited) and error.retry_after is not None


def _wait(host: Host, job: Job, error: Exception) -> timedelta:
    told = error.retry_after if isinstance(error, RateLimited) else None
    if told is not None:
        seconds = min(max(told, 1.0), 2 * 86_400.0)
        return timedelta(seconds=seconds * random.uniform(1.0, 1.1))  # noqa: S311  (spreads retries)
    if not isinstance(error, LinkrollSdkError):
        return waiting_time(max(job.failures, 5))
    return waiting_time(job.failures)


async def skip(host: Host, job: Job) -> None:
    """The account has no living link: the plan will drop it, or a refreshed link finds it here."""
    later = host.now() + timedelta(hours=1)
    if job.posts:
        await _put_off_posts(host, job, later)
        return
    await host.database.fetch(
        "UPDATE poll SET next_at = $3, claimed_until = NULL WHERE account_id = $1 AND work = $2",
        job.account_id,
        job.work.value,
        later,
    )


async def hand_back(host: Host, jobs: Sequence[Job]) -> None:
    """Claimed, but not begun: it is due for anybody again."""
    posts = [post.id for job in jobs for post in job.posts]
    polls = [job for job in jobs if not job.posts]
    if posts:
        await host.database.fetch(
            "UPDATE post SET next_read_at = $2 WHERE id = ANY($1::bigint[])", posts, host.now()
        )
    if polls:
        await host.database.fetch(
            "UPDATE poll SET claimed_until = NULL FROM unnest($1::bigint[], $2::text[]) AS j(account_id, work)"
            " WHERE poll.account_id = j.account_id AND poll.work = j.work",
            [job.account_id for job in polls],
            [job.work.value for job in polls],
        )


async def note_waiting(host: Host, login: str, platforms: Sequence[str], error: Exception) -> None:
    """
    Note on all that is due why nobody reads it now.

    Only a few accounts meet an outage or a limit themselves; the stories that the others miss meanwhile are
    missing for the same reason.
    """
    await host.database.fetch(
        "UPDATE poll p SET last_error = $4 FROM social_account a JOIN oauth_grant g ON g.id = a.grant_id"
        " WHERE a.id = p.account_id AND g.login = $3 AND p.platform = ANY($1::text[]) AND p.next_at <= $2"
        " AND p.work = 'STORIES' AND p.last_error IS NULL",
        list(platforms),
        host.now(),
        login,
        word_for(error),
    )
