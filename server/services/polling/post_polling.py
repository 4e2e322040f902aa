"""Finding an account's posts, and reading the numbers of those that are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from linkroll_sdk import (
    Availability,
    ClientConfig,
    FoundPost,
    Http,
    Level,
    LinkedAccount,
    Metric,
    MetricFetcher,
    PostGone,
    PostKind,
    PostPage,
    PostReadings,
    Reading,
)

from server.database import Record, Transaction
from server.host import Host
from server.services.links.links import use_link
from server.services.platforms.budgets import patient
from server.services.platforms.fetched import believed, checked_page, checked_posts, storable_post
from server.services.polling.fetch_report import report
from server.services.polling.findings import Found, found_in, none_of
from server.services.polling.poll_jobs import DuePost, Job, finish
from server.services.polling.post_ledger import KeptPost, keep_posts, mark_gone, plan_readings
from server.services.polling.recording import Fetch, lock_account, record
from server.services.polling.rhythm import DAY, HOUR, has_beaten, next_beat, next_post_reading
from server.services.polling.wanted_metrics import BACK_FILL, Wanted, wanted

OVERLAP = DAY
"""Posts may show up later than they say they were published."""
MAX_PAGES = 100

log = structlog.get_logger("linkroll.polling")


async def list_posts(host: Host, job: Job, fetcher: MetricFetcher) -> None:
    """Find what was published since the last time, page by page; each page is kept at once."""
    since, after = _list_since(job, host.now()), None
    seen: set[str] = set()
    for number in range(1, MAX_PAGES + 1):
        page = await _ask_page(host, job, fetcher, since, after)
        after = page.after if page.after not in seen else None
        # An account with more new posts than that is done as well: it would be begun anew for ever.
        is_last = after is None or number == MAX_PAGES
        await _keep_page(host, job, fetcher, page, is_last=is_last)
        if after is None:
            return
        seen.add(after)
    log.warning("more new posts than are listed", account=job.account_id, pages=MAX_PAGES)


def _list_since(job: Job, now: datetime) -> datetime:
    """
    From when on posts are listed: since the last listing, and once a day all of the last weeks.

    Captions are edited, and posts hidden and shown again: what was seen once is looked at again while it is new.
    """
    weeks_ago = now - BACK_FILL * DAY
    if job.last_ok_at is None:
        return weeks_ago
    since = job.last_ok_at - OVERLAP
    return min(since, weeks_ago) if has_beaten(job.account_id, DAY, job.last_ok_at, now) else since


async def _ask_page(
    host: Host, job: Job, fetcher: MetricFetcher, since: datetime, after: str | None
) -> PostPage:
    async def question(http: Http, client: ClientConfig, account: LinkedAccount) -> PostPage:
        return checked_page(await fetcher.list_posts(http, client, account, since, after), "list_posts")

    with patient():
        return await use_link(host, job.account_id, "list_posts", question)


async def _keep_page(host: Host, job: Job, fetcher: MetricFetcher, page: PostPage, *, is_last: bool) -> None:
    async with host.database.transaction() as transaction:
        account = await lock_account(host, transaction, job.account_id)
        if account is None:
            return
        await keep_page(host, transaction, account, job, fetcher, page)
        if is_last:
            if job.asked_at is not None and (job.last_ok_at is None or job.asked_at >= job.last_ok_at):
                await _make_posts_due(host, transaction, job.account_id)
            every = timedelta(minutes=host.settings.posts_every_minutes)
            await finish(host, transaction, job, next_beat(job.account_id, every, host.now()))


async def keep_page(
    host: Host, transaction: Transaction, account: Record, job: Job, fetcher: MetricFetcher, page: PostPage
) -> list[KeptPost]:
    """Enter the posts of a listing, with the numbers that it brought along."""
    now = host.now()
    storable = [storable_post(post, now) for post in page.posts]
    posts = [post for post in storable if post is not None and _belongs(post, job)]
    kept = await keep_posts(host, transaction, account, posts)
    found: list[Found] = []
    odd = storable.count(None)
    for post in kept:
        level = level_of(post.kind)
        catalogue = fetcher.catalogue(level, job.login, post.kind)
        good = believed(post.found.readings, catalogue, now.date())
        odd += good.odd
        found += found_in(fetcher, level, job.login, good.readings, post.kind, post.id)
    new = [post.id for post in kept if post.is_new]
    await record(host, transaction, account, Fetch(job.work, page.api_version, found, new))
    if fetcher.listing_has_metrics and found:
        await _plan_listed(host, transaction, job, fetcher, kept, {one.post_id for one in found})
    await report(host, transaction, job, page.dead, odd)
    return kept


def _belongs(post: FoundPost, job: Job) -> bool:
    """Stories come from the listing of stories, everything else from that of posts."""
    return (post.kind is PostKind.STORY) == (job.row.value == "STORIES")


async def _plan_listed(
    host: Host,
    transaction: Transaction,
    job: Job,
    fetcher: MetricFetcher,
    kept: Sequence[KeptPost],
    read: set[int],
) -> None:
    """Posts whose numbers the listing brought need no reading of their own for now."""
    now = host.now()
    # The next listing comes first and brings them again, as long as they stand on it.
    slack = HOUR / 4
    every = shortest_cadence(fetcher, job.login)
    planned = [
        (
            post.id,
            at + slack if (at := next_post_reading(job.account_id, post.published_at, now, every)) else None,
        )
        for post in kept
        if post.id in read and post.kind is not PostKind.STORY
    ]
    await plan_readings(transaction, now, planned, read=True)


async def _make_posts_due(host: Host, transaction: Transaction, account_id: int) -> None:
    """Somebody asked for fresh numbers: those of the posts belong to them."""
    await transaction.execute(
        "UPDATE post SET next_read_at = $2 WHERE account_id = $1 AND next_read_at > $2 AND published_at > $3"
        " AND kind <> 'STORY'",
        account_id,
        host.now(),
        host.now() - BACK_FILL * DAY,
    )


def level_of(kind: PostKind) -> Level:
    """Which part of the catalogue a post's numbers are from."""
    return Level.STORY if kind is PostKind.STORY else Level.POST


def shortest_cadence(fetcher: MetricFetcher, login: str) -> timedelta:
    """How often the numbers of posts change at the quickest."""
    return min((metric.cadence for metric in fetcher.catalogue(Level.POST, login)), default=DAY)


async def read_posts(host: Host, job: Job, fetcher: MetricFetcher) -> None:
    """Read the numbers of a batch of posts, keep them, and plan the next time."""
    plan = _wanted_of(host, job, fetcher)
    answer = None
    if plan.ask:
        with patient():
            answer = await ask_posts(host, job, fetcher, plan.ask)
    async with host.database.transaction() as transaction:
        account = await lock_account(host, transaction, job.account_id)
        if account is None:
            return
        there = await keep_readings(host, transaction, account, job, fetcher, plan, answer)
        every = shortest_cadence(fetcher, job.login)
        now = host.now()
        planned = [
            (post.id, next_post_reading(job.account_id, post.known.published_at, now, every))
            for post in there
        ]
        await plan_readings(transaction, now, planned, read=answer is not None)


def _wanted_of(host: Host, job: Job, fetcher: MetricFetcher) -> Wanted:
    """What to ask for: a batch goes by the post that was read longest ago."""
    times = [post.read_at for post in job.posts]
    oldest = None if None in times else min(at for at in times if at is not None)
    kinds = {post.known.kind for post in job.posts}
    return wanted(fetcher, job, level_of(job.posts[0].known.kind), host.now(), oldest, kinds)


async def ask_posts(host: Host, job: Job, fetcher: MetricFetcher, metrics: Sequence[Metric]) -> PostReadings:
    """The fetcher's answer about the job's posts."""
    known = [post.known for post in job.posts]
    ids = [post.post_id for post in known]

    async def question(http: Http, client: ClientConfig, account: LinkedAccount) -> PostReadings:
        return checked_posts(await fetcher.read_posts(http, client, account, known, metrics), ids)

    try:
        return await use_link(host, job.account_id, "read_posts", question)
    except PostGone:
        # Said of a batch, it does not say which: only alone it is that post's end.
        if len(ids) > 1:
            raise
        return PostReadings({}, "", gone=frozenset(ids))


async def keep_readings(
    host: Host,
    transaction: Transaction,
    account: Record,
    job: Job,
    fetcher: MetricFetcher,
    plan: Wanted,
    answer: PostReadings | None,
) -> list[DuePost]:
    """Keep what was read of the job's posts; those that are not gone."""
    by_post: Mapping[str, Sequence[Reading]] = answer.by_post if answer else {}
    gone = answer.gone if answer else frozenset()
    found: list[Found] = []
    odd = 0
    for post in job.posts:
        level, kind = level_of(post.known.kind), post.known.kind
        good = believed(by_post.get(post.known.post_id, ()), plan.ask, host.now().date())
        odd += good.odd
        readings = [*good.readings, *none_of(plan.lacking, Availability.MISSING_SCOPE)]
        if post.known.post_id in gone:
            readings = none_of(fetcher.catalogue(level, job.login, kind), Availability.LOST)
        found += found_in(fetcher, level, job.login, readings, kind, post.id)
    version = answer.api_version if answer else ""
    await record(host, transaction, account, Fetch(job.work, version, found))
    await mark_gone(transaction, host.now(), [p.id for p in job.posts if p.known.post_id in gone])
    if answer is not None:
        await report(host, transaction, job, answer.dead, odd)
    return [post for post in job.posts if post.known.post_id not in gone]
