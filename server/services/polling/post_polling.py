"""Finding an account's posts, and reading the numbers of those that are due."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

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
    Work,
)

from server.database import Record
from server.host import Host
from server.services.links.links import use_link
from server.services.platforms.budgets import patient
from server.services.platforms.fetched import (
    believed,
    checked_page,
    checked_posts,
    entries_of,
    storable_post,
)
from server.services.polling.fetch_report import Report
from server.services.polling.findings import Catalogue, Found, catalogue_of, found_in, none_of
from server.services.polling.keeping import Answered, Keeper
from server.services.polling.poll_jobs import DuePost, Job, Visit
from server.services.polling.post_ledger import KeptPost, PlannedReading
from server.services.polling.recording import Fetch
from server.services.polling.rhythm import DAY, HOUR, has_beaten, next_beat, next_post_reading
from server.services.polling.sheet import Sheet
from server.services.polling.wanted_metrics import BACK_FILL, Wanted, wanted

OVERLAP = DAY
"""Posts may show up later than they say they were published."""
MAX_PAGES = 100

log = structlog.get_logger("linkroll.polling")


async def list_posts(host: Host, job: Job, fetcher: MetricFetcher, keeper: Keeper) -> Answered:
    """Find what was published since the last time, page by page; the last one. Those before it are kept at once."""
    since, after = _list_since(job, host.now()), None
    seen: set[str] = set()
    for number in itertools.count(1):
        page = await _ask_page(host, job, fetcher, since, after)
        after = page.after if page.after not in seen else None
        # An account with more new posts than that is done as well: it would be begun anew for ever.
        if after is None or number == MAX_PAGES:
            break
        await keeper.keep(page_answered(host, job, fetcher, page, is_last=False))
        seen.add(after)
    if after is not None:
        log.warning("more new posts than are listed", account=job.account_id, pages=MAX_PAGES)
    return page_answered(host, job, fetcher, page)


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
        row = job.fresh_link(host.now())
        return await use_link(host, job.account_id, "list_posts", question, row=row)


def page_answered(
    host: Host, job: Job, fetcher: MetricFetcher, page: PostPage, *, is_last: bool = True
) -> PageAnswered:
    """A page of a listing, to be kept."""
    storable = [storable_post(post, host.now()) for post in page.posts]
    return PageAnswered(job, fetcher, page, [post for post in storable if post is not None], is_last)


@dataclass(frozen=True, slots=True)
class PageAnswered:
    """One page of a listing of posts or stories. *storable* are those on it that can be stored."""

    job: Job
    fetcher: MetricFetcher
    page: PostPage
    storable: Sequence[FoundPost]
    is_last: bool = True

    def posts(self) -> Sequence[FoundPost]:
        """Those that belong to such a listing."""
        return [post for post in self.storable if _belongs(post, self.job)]

    def enter(self, host: Host, sheet: Sheet, account: Record, kept: Sequence[KeptPost]) -> None:
        """The numbers that came with the posts, and when the account and they are read next."""
        found, odd = self._findings(host, kept)
        new = [post.id for post in kept if post.is_new]
        sheet.fetches.append((account, Fetch(self.job.work, self.page.api_version, found, new)))
        if self.fetcher.listing_has_metrics:
            sheet.readings += self._planned(host, kept, {one.post_id for one in found})
        sheet.reports.append(Report(self.job, self.page.dead, odd))
        if self.is_last and self.job.work is Work.POSTS:
            self._finish(host, sheet)

    def _findings(self, host: Host, kept: Sequence[KeptPost]) -> tuple[list[Found], int]:
        """The numbers, and how much on the page could not be believed."""
        catalogues: dict[PostKind, Catalogue] = {}
        found: list[Found] = []
        odd = len(self.page.posts) - len(self.storable)
        today = host.now().date()
        for post in kept:
            if post.kind not in catalogues:
                level = level_of(post.kind)
                catalogues[post.kind] = catalogue_of(self.fetcher, level, self.job.login, post.kind)
            catalogue = catalogues[post.kind]
            good = believed(post.found.readings, catalogue.entries, today)
            odd += good.odd
            found += catalogue.found(good.readings, post.id)
        return found, odd

    def _planned(self, host: Host, kept: Sequence[KeptPost], read: set[int]) -> list[PlannedReading]:
        """Posts whose numbers the listing brought need no reading of their own for now."""
        now = host.now()
        # The next listing comes first and brings them again, as long as they stand on it.
        slack = HOUR / 4
        every = shortest_cadence(self.fetcher, self.job.login)
        listed = [post for post in kept if post.id in read and post.kind is not PostKind.STORY]
        times = [next_post_reading(self.job.account_id, post.published_at, now, every) for post in listed]
        return [
            PlannedReading(post.id, at + slack if at else None, now)
            for post, at in zip(listed, times, strict=True)
        ]

    def _finish(self, host: Host, sheet: Sheet) -> None:
        job = self.job
        if job.asked_at is not None and (job.last_ok_at is None or job.asked_at >= job.last_ok_at):
            # Somebody asked for fresh numbers: those of the posts belong to them.
            sheet.wanted.append(job.account_id)
        every = timedelta(minutes=host.settings.posts_every_minutes)
        sheet.visits.append(Visit(job, next_beat(job.account_id, every, host.now())))


def _belongs(post: FoundPost, job: Job) -> bool:
    """Stories come from the listing of stories, everything else from that of posts."""
    return (post.kind is PostKind.STORY) == (job.row is Work.STORIES)


def level_of(kind: PostKind) -> Level:
    """Which part of the catalogue a post's numbers are from."""
    return Level.STORY if kind is PostKind.STORY else Level.POST


def shortest_cadence(fetcher: MetricFetcher, login: str) -> timedelta:
    """How often the numbers of posts change at the quickest."""
    return min((metric.cadence for metric in fetcher.catalogue(Level.POST, login)), default=DAY)


async def read_posts(host: Host, job: Job, fetcher: MetricFetcher, keeper: Keeper) -> Answered:
    """Read the numbers of a batch of posts."""
    plan = _wanted_of(host, job, fetcher)
    answer = None
    if plan.ask:
        with patient():
            answer = await ask_posts(host, job, fetcher, plan.ask)
    every = shortest_cadence(fetcher, job.login)
    return NumbersAnswered(job, fetcher, plan, answer, partial(_next_reading, job.account_id, every))


def _next_reading(account_id: int, every: timedelta, post: DuePost, now: datetime) -> datetime | None:
    return next_post_reading(account_id, post.known.published_at, now, every)


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


@dataclass(frozen=True, slots=True)
class NumbersAnswered:
    """The numbers of a job's posts or stories; None where there was nothing to ask. *next_at* plans the next time."""

    job: Job
    fetcher: MetricFetcher
    plan: Wanted
    answer: PostReadings | None
    next_at: Callable[[DuePost, datetime], datetime | None]

    def posts(self) -> Sequence[FoundPost]:
        """None: they were found before."""
        return ()

    def enter(self, host: Host, sheet: Sheet, account: Record, kept: Sequence[KeptPost]) -> None:
        """The numbers, which posts are gone, and when the others are read next."""
        now, is_read = host.now(), self.answer is not None
        gone = self.answer.gone if self.answer else frozenset()
        found, odd = self._findings(host, gone)
        version = self.answer.api_version if self.answer else ""
        sheet.fetches.append((account, Fetch(self.job.work, version, found)))
        sheet.gone += [post.id for post in self.job.posts if post.known.post_id in gone]
        sheet.readings += [
            PlannedReading(post.id, self.next_at(post, now), now if is_read else None)
            for post in self.job.posts
            if post.known.post_id not in gone
        ]
        if self.answer is not None:
            sheet.reports.append(Report(self.job, self.answer.dead, odd))

    def _findings(self, host: Host, gone: Collection[str]) -> tuple[list[Found], int]:
        """What is known of each post now, and how much could not be believed."""
        by_post: Mapping[str, Sequence[Reading]] = self.answer.by_post if self.answer else {}
        asked, today = entries_of(self.plan.ask), host.now().date()
        lacking = none_of(self.plan.lacking, Availability.MISSING_SCOPE)
        found: list[Found] = []
        odd = 0
        for post in self.job.posts:
            level, kind = level_of(post.known.kind), post.known.kind
            good = believed(by_post.get(post.known.post_id, ()), asked, today)
            odd += good.odd
            readings = [*good.readings, *lacking]
            if post.known.post_id in gone:
                readings = none_of(self.fetcher.catalogue(level, self.job.login, kind), Availability.LOST)
            found += found_in(self.fetcher, level, self.job.login, readings, kind, post.id)
        return found, odd
