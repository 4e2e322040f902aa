"""
Stories: seen while they live, read close before they end, and what was missed is said.

A platform shows a story for a day and then no more. So the ledger has every story that was seen, and
`story_gap` what is missing in it: spans in which stories may have come and gone unseen, each with the reason
why nobody looked, and stories that were seen but not read close enough to their end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from linkroll_sdk import (
    Availability,
    ClientConfig,
    Http,
    Level,
    LinkedAccount,
    MetricFetcher,
    PlatformUnavailable,
    PostKind,
    PostPage,
    RateLimited,
    Work,
)

from server.database import Record, Transaction
from server.host import Host
from server.services.links.links import use_link
from server.services.platforms.fetched import checked_page
from server.services.polling.findings import found_in, none_of
from server.services.polling.keeping import Answered, Keeper
from server.services.polling.poll_jobs import DuePost, Job, Visit
from server.services.polling.post_ledger import KeptPost, keep_posts, mark_gone
from server.services.polling.post_polling import NumbersAnswered, ask_posts, level_of, page_answered
from server.services.polling.recording import Fetch, lock_account, record, wake
from server.services.polling.rhythm import CLOSE_ENOUGH, STORY_LIFE, next_beat, next_story_reading
from server.services.polling.sheet import Sheet
from server.services.polling.wanted_metrics import wanted

log = structlog.get_logger("linkroll.polling")

NOT_POLLED = "NOT_POLLED"
LINK_INVALID = "LINK_INVALID"
WORKER_DOWN = "WORKER_DOWN"
REASONS = {
    None: WORKER_DOWN,
    LINK_INVALID: LINK_INVALID,
    PlatformUnavailable.__name__: "PLATFORM_DOWN",
    RateLimited.__name__: "RATE_LIMITED",
}
"""Why stories were missed, by the last error that stands in the plan; `NOT_POLLED` for any other."""


async def list_stories(host: Host, job: Job, fetcher: MetricFetcher, keeper: Keeper) -> None:
    """See which stories live, and note what may have been missed since the last time."""

    async def question(http: Http, client: ClientConfig, account: LinkedAccount) -> PostPage:
        return checked_page(await fetcher.list_stories(http, client, account), "list_stories")

    row = job.fresh_link(host.now())
    page = await use_link(host, job.account_id, "list_stories", question, row=row)
    answer = page_answered(host, job, fetcher, page)
    async with host.database.transaction() as transaction:
        account = await lock_account(host, transaction, job.account_id)
        if account is None:
            return
        kept = await keep_posts(host, transaction, account, answer.posts())
        sheet = Sheet()
        answer.enter(host, sheet, account, kept)
        every = story_interval(host) * (1 if kept else 2)
        sheet.visits.append(Visit(job, next_beat(job.account_id, every, host.now())))
        await sheet.write(host, transaction)
        if page.after is None:
            await _drop_taken_down(host, transaction, account, fetcher, kept)
        await _note_gap(host, transaction, job)


def story_interval(host: Host) -> timedelta:
    """How often stories are read while some live."""
    return timedelta(minutes=host.settings.stories_every_minutes)


async def _drop_taken_down(
    host: Host, transaction: Transaction, account: Record, fetcher: MetricFetcher, kept: Sequence[KeptPost]
) -> None:
    """Stories that should live still, and were taken down by their creator."""
    rows = await transaction.fetch(
        "SELECT id FROM post WHERE account_id = $1 AND kind = 'STORY' AND ends_at > $2 AND gone_at IS NULL"
        " AND published_at <= $2 AND NOT id = ANY($3::bigint[])",
        account["id"],
        host.now(),
        [post.id for post in kept],
    )
    if ids := [row["id"] for row in rows]:
        await mark_gone(transaction, host.now(), ids)
        await _lose(host, transaction, account, fetcher, ids)


async def _note_gap(host: Host, transaction: Transaction, job: Job) -> None:
    """What was published since the last look, and ended before this one, nobody has seen."""
    until = host.now() - STORY_LIFE
    if job.last_ok_at is None or job.last_ok_at >= until:
        return
    await transaction.execute(
        "INSERT INTO story_gap (account_id, from_at, until_at, reason) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        job.account_id,
        job.last_ok_at,
        until,
        REASONS.get(job.last_error, NOT_POLLED),
    )


async def read_stories(host: Host, job: Job, fetcher: MetricFetcher, keeper: Keeper) -> Answered:
    """Read the numbers of live stories. Each time may be the last: everything is asked for."""
    level = level_of(job.posts[0].known.kind)
    plan = wanted(fetcher, job, level, host.now(), None, {post.known.kind for post in job.posts})
    answer = await ask_posts(host, job, fetcher, plan.ask) if plan.ask else None
    return NumbersAnswered(job, fetcher, plan, answer, partial(_next_reading, host))


def _next_reading(host: Host, story: DuePost, now: datetime) -> datetime:
    ends_at = story.ends_at or story.known.published_at + STORY_LIFE
    return next_story_reading(ends_at, now, story_interval(host))


async def close_stories(host: Host) -> None:
    """
    Nobody can read stories that have ended: take them off the plan, and note those whose last numbers lack.

    Numbers that were not told by then are lost, and said to be.
    """
    rows = await host.database.fetch(
        "WITH ended AS (UPDATE post SET next_read_at = NULL WHERE platform = ANY($1::text[])"
        "  AND next_read_at IS NOT NULL AND kind = 'STORY' AND ends_at <= $2"
        "  RETURNING account_id, id, read_at, published_at, ends_at, final_at),"
        " noted AS (INSERT INTO story_gap (account_id, post_id, from_at, until_at, reason)"
        "  SELECT account_id, id, COALESCE(read_at, published_at), ends_at, 'NO_FINAL_READING' FROM ended"
        "  WHERE final_at IS NULL AND (read_at IS NULL OR read_at < ends_at - $3::interval)"
        "  ON CONFLICT DO NOTHING)"
        " SELECT account_id, array_agg(id) AS ids FROM ended WHERE final_at IS NULL GROUP BY account_id",
        [platform.key for platform in host.platforms],
        now := host.now(),
        CLOSE_ENOUGH,
    )
    for row in rows:
        await _close(host, row["account_id"], row["ids"])
    if rows:
        await wake(host)
        log.info("stories ended", accounts=len(rows), at=now.isoformat())


async def _close(host: Host, account_id: int, post_ids: Sequence[int]) -> None:
    async with host.database.transaction() as transaction:
        account = await lock_account(host, transaction, account_id)
        fetcher = host.platforms.by_key[account["platform"]].metrics if account else None
        if account is not None and fetcher is not None:
            await _lose(host, transaction, account, fetcher, post_ids)


async def _lose(
    host: Host, transaction: Transaction, account: Record, fetcher: MetricFetcher, post_ids: Sequence[int]
) -> None:
    """Say of every metric of these stories that is still to come that it will not."""
    rows = await transaction.fetch(
        "SELECT post_id, metric FROM metric_latest WHERE account_id = $1 AND post_id = ANY($2::bigint[])"
        " AND availability <> 'NOT_YET'",
        account["id"],
        list(post_ids),
    )
    known, login = {(row["post_id"], row["metric"]) for row in rows}, account["login"]
    readings = none_of(fetcher.catalogue(Level.STORY, login, PostKind.STORY), Availability.LOST)
    found = [
        one
        for post_id in post_ids
        for one in found_in(fetcher, Level.STORY, login, readings, PostKind.STORY, post_id)
        if (post_id, one.key) not in known
    ]
    await record(host, transaction, account, Fetch(Work.STORIES, "", found))
