"""
Fetches the numbers of Pages: what is asked in which call, and what a silence means.

Everything is asked with the Page's own token (meta sheet 4.4, confirmed).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import quote

from linkroll_meta.calls import version_of
from linkroll_meta.days import DAY, PACIFIC, chunks, days_between, start_of
from linkroll_meta.insights import items_of, reading
from linkroll_meta.posts import PostBatch, post_reading
from linkroll_meta.values import number
from linkroll_meta.verdicts import Untold
from linkroll_sdk import (
    AccountFacts,
    AccountReadings,
    Availability,
    ClientConfig,
    Cost,
    DeadMetric,
    FoundPost,
    Http,
    KnownPost,
    LinkedAccount,
    Measure,
    Metric,
    MetricFetcher,
    PostKind,
    PostPage,
    PostReadings,
    Reading,
    ReauthorizationRequired,
    ScopeNotGranted,
    UnexpectedAnswer,
    Work,
    ask_narrowing,
)

from linkroll_facebook.accounts import read_page
from linkroll_facebook.graph import HOST, Graph
from linkroll_facebook.health import PAGE_FIELDS, facts_of
from linkroll_facebook.insights import by_day, is_told, lifetime_value
from linkroll_facebook.metrics import HISTORY, LAG, METRICS
from linkroll_facebook.posts import (
    POSTS,
    REELS,
    Listing,
    entries_of,
    read_posts,
    stories_of,
)

POST_BATCH = 10
MOST_DAYS = 89
"""One call may span 90 days (meta sheet 4.4, confirmed); a window is an hour longer than its days."""
FEWEST_LIKES = 100
"""Smaller Pages get no insights (meta sheet 4.4, confirmed)."""


class FacebookMetrics(MetricFetcher):
    """The numbers of Pages, their posts, reels and stories."""

    metrics = METRICS
    hosts = frozenset({HOST})
    post_batch = POST_BATCH
    has_stories = True
    costs = (
        Cost(Work.ACCOUNT, "page"),
        Cost(Work.ACCOUNT, "page_insights"),
        Cost(Work.POSTS, "page_posts"),
        Cost(Work.POSTS, "page_reels"),
        Cost(Work.POST_METRICS, "post_insights", requests=POST_BATCH),
        Cost(Work.STORIES, "page_stories"),
    )

    async def read_account(
        self,
        http: Http,
        client: ClientConfig,
        account: LinkedAccount,
        wanted: Sequence[Metric],
        since: date,
        until: date,
    ) -> AccountReadings:
        """The Page's followers now, and the days from *since* to *until*."""
        page = PageDays(Graph(http, client), account, since, until)
        facts = await page.read_facts()
        readings = [Reading.of(m, facts.followers) for m in wanted if m.measure is Measure.STATE]
        found = await ask_narrowing([m for m in wanted if m.measure is Measure.DAY], page.read)
        readings += [one for answer in found.answers for one in answer]
        return AccountReadings(tuple(readings), version_of(client), told_once(found.dead), facts)

    async def list_posts(
        self, http: Http, client: ClientConfig, account: LinkedAccount, since: datetime, after: str | None
    ) -> PostPage:
        """A page of the posts and then, from its beginning, of the reels."""
        name, _, cursor = (after or POSTS.name).partition(":")
        listing = REELS if name == REELS.name else POSTS
        try:
            posts, cursor_after = await _listed(Graph(http, client), account, listing, since, cursor)
        except (UnexpectedAnswer, ScopeNotGranted, ReauthorizationRequired) as error:
            # The posts must not go down with the reels, of whose list we know the name alone, neither its
            # fields nor its permission: a refusal that is meant for the link comes with the next call.
            if listing is not REELS:
                raise
            dead = (DeadMetric(REELS.edge, error.platform_code),)
            return PostPage((), version_of(client), dead=dead)
        following = f"{listing.name}:{cursor_after}" if cursor_after else None
        if following is None and listing is POSTS:
            following = f"{REELS.name}:"
        return PostPage(tuple(posts), version_of(client), following)

    async def list_stories(self, http: Http, client: ClientConfig, account: LinkedAccount) -> PostPage:
        """The stories that live now, all of them: one that is not listed counts as taken down."""
        found, after = await stories_of(Graph(http, client), account.platform_id, account.access_token)
        return PostPage(tuple(found), version_of(client), after)

    async def read_posts(
        self,
        http: Http,
        client: ClientConfig,
        account: LinkedAccount,
        posts: Sequence[KnownPost],
        wanted: Sequence[Metric],
    ) -> PostReadings:
        """The numbers of *posts*, each by a call of its own."""
        batch = PostBatch(partial(_ask_post, Graph(http, client), account.access_token))
        for post in posts:
            await batch.read(post, metrics_of(post, wanted))
        return batch.readings(version_of(client))


def told_once(dead: Iterable[DeadMetric]) -> tuple[DeadMetric, ...]:
    """The dead metrics, each once: two catalogue entries may read one metric."""
    return tuple({one.platform_name: one for one in dead}.values())


async def _listed(
    graph: Graph, account: LinkedAccount, listing: Listing, since: datetime, cursor: str
) -> tuple[list[FoundPost], str | None]:
    """The posts of a list since *since*, and the cursor behind them; an older post ends the list."""
    entries, after = await entries_of(
        graph, listing, account.platform_id, account.access_token, cursor or None
    )
    found = read_posts(entries, listing)
    recent = [post for post in found if post.published_at >= since]
    return recent, after if len(recent) == len(found) else None


class PageDays:
    """The days of one fetch, from *since* to *until*, as far back as Facebook keeps them."""

    def __init__(self, graph: Graph, account: LinkedAccount, since: date, until: date) -> None:
        today = graph.http.now().astimezone(PACIFIC).date()
        self.graph, self.account = graph, account
        # A window that begins before what is kept is refused, and no metric is to blame for it.
        self.days = days_between(max(since, today - HISTORY + DAY), min(until, today))
        self.is_small = False

    async def read_facts(self) -> AccountFacts:
        """How the Page presents itself; notes whether it is too small for insights."""
        fields = f"{PAGE_FIELDS},fan_count"
        answer = await self.graph.get(
            self.account.platform_id, "page", self.account.access_token, fields=fields
        )
        likes = number(answer.get("fan_count"))
        self.is_small = likes is not None and likes < FEWEST_LIKES
        return facts_of(read_page(answer))

    async def read(self, metrics: Sequence[Metric]) -> list[Reading]:
        """The readings of *metrics* for every day."""
        items = []
        for first, last in chunks(self.days, MOST_DAYS):
            try:
                items += items_of(await self._ask(metrics, first, last))
            except Untold as untold:
                return [Reading.none(m, untold.availability, day) for m in metrics for day in self.days]
        return [one for metric in metrics for one in self._readings(metric, by_day(items, metric))]

    async def _ask(self, metrics: Sequence[Metric], first: date, last: date) -> dict[str, object]:
        # An hour on top, as it is not told whether a point that ends with the window is inside.
        end = min(start_of(last + DAY) + timedelta(hours=1), self.graph.http.now())
        return await self.graph.get(
            f"{self.account.platform_id}/insights",
            "page_insights",
            self.account.access_token,
            metric=",".join(dict.fromkeys(m.platform_name for m in metrics)),
            period="day",
            since=str(int(start_of(first).timestamp())),
            until=str(int(end.timestamp())),
        )

    def _readings(self, metric: Metric, values: dict[date, float]) -> list[Reading]:
        told = [reading(metric, values[day], day) for day in self.days if day in values]
        if not values and self.is_small:
            return [Reading.none(metric, Availability.WITHHELD, day) for day in self.days]
        # A day that is long past and was not told will not be: it is left out.
        young = [day for day in self.days if day not in values and self._may_come(day)]
        return told + [Reading.none(metric, Availability.NOT_YET, day) for day in young]

    def _may_come(self, day: date) -> bool:
        end = start_of(day + DAY)
        return end + LAG + DAY > self.graph.http.now()


async def _ask_post(
    graph: Graph, access_token: str, post: KnownPost, metrics: Sequence[Metric]
) -> list[Reading]:
    edge, operation = edge_of(post)
    names = ",".join(dict.fromkeys(m.platform_name for m in metrics))
    path = f"{quote(post.post_id, safe='')}/{edge}"
    items = items_of(await graph.get(path, operation, access_token, metric=names))
    return [
        post_reading(
            post,
            m,
            lifetime_value(items, m),
            is_omitted=bool(items) and not is_told(items, m),
            now=graph.http.now(),
        )
        for m in metrics
    ]


def metrics_of(post: KnownPost, wanted: Iterable[Metric]) -> list[Metric]:
    """The metrics of *wanted* that such a post has."""
    return [m for m in wanted if m.measure is Measure.TOTAL and m.kinds is not None and post.kind in m.kinds]


def edge_of(post: KnownPost) -> tuple[str, str]:
    """Where a post's numbers are asked, and the operation's name."""
    if post.kind is PostKind.REEL:
        return "video_insights", "reel_insights"
    return "insights", "story_insights" if post.kind is PostKind.STORY else "post_insights"
