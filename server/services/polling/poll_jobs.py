"""Pieces of fetching, once they are claimed (`poll_claims`): finished, put off, or handed back."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
from linkroll_sdk import AccountFacts, KnownPost, LinkrollSdkError, PlatformUnavailable, RateLimited, Work

from server.database import Record, Transaction
from server.host import Host
from server.services.links.retry_times import waiting_time

REFUSED_FOR = timedelta(days=1)
"""How long a metric that was refused for an account is not asked for again."""
NO_FACTS = AccountFacts()
LINK_FRESH = timedelta(seconds=2)
"""How long a link counts as it was when its account was claimed: one that somebody ends is used that long."""


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
    *consented_at* is when the person last consented, perhaps to more than before. *claimed_at* is what counts
    as the time of the reading: what happened since may not be in it. *link* has the tokens, sealed.
    """

    account_id: int
    platform: str
    login: str
    work: Work
    scopes: frozenset[str]
    claimed_at: datetime
    failures: int = 0
    last_ok_at: datetime | None = None
    last_error: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    asked_at: datetime | None = None
    consented_at: datetime | None = None
    posts: tuple[DuePost, ...] = ()
    link: Record | None = field(default=None, repr=False)

    def fresh_link(self, now: datetime) -> Record | None:
        """What the claim read of the account's link (`LINK_COLUMNS`); None when that is too long ago."""
        return self.link if self.claimed_at <= now < self.claimed_at + LINK_FRESH else None

    @property
    def row(self) -> Work:
        """The account's row in `poll` that this belongs to."""
        return Work.POSTS if self.work is Work.POST_METRICS else self.work

    def refuses(self, platform_name: str, now: datetime) -> bool:
        """Whether the platform refused a metric so recently that asking again makes no sense."""
        said = self.refused.get(platform_name)
        return said is not None and datetime.fromisoformat(said) > now - REFUSED_FOR


@dataclass(frozen=True, slots=True)
class Visit:
    """A platform answered about a job's account. *next_at*: all of the work was done, and is due again then."""

    job: Job
    next_at: datetime | None
    facts: AccountFacts = NO_FACTS


FINISH = """
WITH visit AS MATERIALIZED (
  SELECT * FROM unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
      $7::text[], $8::text[], $9::bigint[])
    AS v(account_id, work, next_at, asked_at, claimed_at, display_name, avatar_url, followers)
), seen AS (
  UPDATE social_account a SET
    checked_at = CASE WHEN v.next_at IS NULL THEN a.checked_at ELSE $1 END,
    display_name = COALESCE(v.display_name, a.display_name),
    avatar_url = COALESCE(v.avatar_url, a.avatar_url), followers = COALESCE(v.followers, a.followers)
  FROM visit v WHERE a.id = v.account_id RETURNING a.id, a.metrics_asked_at
)
UPDATE poll p SET last_ok_at = v.claimed_at, claimed_until = NULL, failures = 0, last_error = NULL,
  next_at = CASE WHEN s.metrics_asked_at IS DISTINCT FROM v.asked_at THEN $1 ELSE v.next_at END
FROM visit v JOIN seen s ON s.id = v.account_id
WHERE p.account_id = v.account_id AND p.work = v.work AND v.next_at IS NOT NULL
"""
"""Whoever asked for fresh numbers meanwhile gets them read once more."""


async def finish(host: Host, transaction: Transaction, visits: Sequence[Visit]) -> None:
    """Note what different accounts tell of themselves (*facts* can be stored), and whole pieces of work as done."""
    rows = [
        (
            visit.job.account_id,
            visit.job.work.value,
            visit.next_at,
            visit.job.asked_at,
            visit.job.claimed_at,
            visit.facts.display_name,
            visit.facts.avatar_url,
            visit.facts.followers,
        )
        for visit in visits
    ]
    if rows:
        await transaction.execute(FINISH, host.now(), *(list(column) for column in zip(*rows, strict=True)))


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
        "UPDATE post SET read_failures = read_failures + 1, next_read_at = CASE WHEN ends_at IS NULL THEN $2"
        " ELSE LEAST($2, GREATEST(ends_at - interval '600 seconds', $3::timestamptz + interval '60 seconds')) END"
        " WHERE id = ANY($1::bigint[])",
        [post.id for post in job.posts],
        next_at,
        host.now(),
    )


def word_for(error: Exception) -> str:
    """An error as `last_error` has it."""
    for known in (PlatformUnavailable, RateLimited):
        if isinstance(error, known):
            return known.__name__
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
    wait = waiting_time(job.failures)
    # Stories do not wait: what is not seen today is not there tomorrow.
    return (
        min(wait, timedelta(minutes=host.settings.stories_every_minutes)) if job.row is Work.STORIES else wait
    )


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
