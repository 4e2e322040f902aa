"""Fetches the numbers of an account, its media and its stories, by either login."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from urllib.parse import quote

from linkroll_meta.calls import version_of
from linkroll_meta.insights import items_of, reading
from linkroll_meta.posts import PostBatch, post_reading
from linkroll_meta.values import number
from linkroll_sdk import (
    AccountFacts,
    AccountReadings,
    ClientConfig,
    Cost,
    Http,
    KnownPost,
    LinkedAccount,
    Measure,
    Metric,
    MetricFetcher,
    PostPage,
    PostReadings,
    Reading,
    Work,
)

from linkroll_instagram.account_days import AccountDays
from linkroll_instagram.accounts import facts_of
from linkroll_instagram.graph import BY_INSTAGRAM, HOSTS, Graph
from linkroll_instagram.insights import item_of, total
from linkroll_instagram.metrics import DELIVERED, METRICS
from linkroll_instagram.posts import entries_of, read_media, read_stories, stories_of

POST_BATCH = 10
DAY_BATCH = 10
"""Two calls a day, one after the other: more days would not fit into the time that an answer has."""
USUAL_DAYS = 7
"""How many days are usually fetched again: two until they settle, three for revisions, and what is new."""

ACCOUNT_FIELDS = "username,name,profile_picture_url,followers_count,follows_count,media_count"


class InstagramMetrics(MetricFetcher):
    """The numbers of professional accounts, their media and their stories."""

    metrics = METRICS
    hosts = frozenset(HOSTS.values())
    post_batch = POST_BATCH
    day_batch = DAY_BATCH
    has_stories = True
    costs = (
        Cost(Work.ACCOUNT, "account"),
        # The series of reach; then each day twice, with and without a breakdown.
        Cost(Work.ACCOUNT, "account_insights", requests=1 + 2 * USUAL_DAYS),
        Cost(Work.POSTS, "media"),
        Cost(Work.POST_METRICS, "media_insights", requests=POST_BATCH),
        Cost(Work.STORIES, "stories"),
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
        """How the account stands now, and the days from *since* to *until*."""
        graph = Graph(http, client, account)
        facts, states = await _read_states(graph, [m for m in wanted if m.measure is Measure.STATE])
        days = AccountDays(graph, since, until, facts.followers)
        await days.read([m for m in wanted if m.measure is Measure.DAY])
        dead = tuple(days.dead.values())
        return AccountReadings((*states, *days.readings), version_of(client), dead, facts)

    async def list_posts(
        self, http: Http, client: ClientConfig, account: LinkedAccount, since: datetime, after: str | None
    ) -> PostPage:
        """A page of the media, newest first; one that is older than *since* ends the list."""
        entries, following = await entries_of(Graph(http, client, account), "media", after)
        found = read_media(entries)
        recent = tuple(post for post in found if post.published_at >= since)
        return PostPage(recent, version_of(client), following if len(recent) == len(found) else None)

    async def list_stories(self, http: Http, client: ClientConfig, account: LinkedAccount) -> PostPage:
        """The stories that live now, all of them: one that is not listed counts as taken down."""
        entries, after = await stories_of(Graph(http, client, account))
        return PostPage(tuple(read_stories(entries)), version_of(client), after)

    async def read_posts(
        self,
        http: Http,
        client: ClientConfig,
        account: LinkedAccount,
        posts: Sequence[KnownPost],
        wanted: Sequence[Metric],
    ) -> PostReadings:
        """The numbers of *posts*, each by a call of its own."""
        batch = PostBatch(partial(_ask_post, Graph(http, client, account)))
        for post in posts:
            await batch.read(post, metrics_of(post, wanted))
        return batch.readings(version_of(client))


async def _read_states(graph: Graph, wanted: Sequence[Metric]) -> tuple[AccountFacts, list[Reading]]:
    """How the account presents itself, and the numbers among its fields."""
    # Instagram Login knows its account as `me` (meta sheet 3); a Page's token has no such word for it.
    path = "me" if graph.account.login == BY_INSTAGRAM else graph.account.platform_id
    answer = await graph.get(path, "account", fields=ACCOUNT_FIELDS)
    return facts_of(answer), [reading(m, number(answer.get(m.platform_name))) for m in wanted]


async def _ask_post(graph: Graph, post: KnownPost, metrics: Sequence[Metric]) -> list[Reading]:
    names = ",".join(dict.fromkeys(m.platform_name for m in metrics))
    path = f"{quote(post.post_id, safe='')}/insights"
    items = items_of(await graph.get(path, "media_insights", metric=names))
    told = [(m, item_of(items, m)) for m in metrics]
    return [
        post_reading(post, m, total(item), is_omitted=bool(items) and item is None, now=graph.http.now())
        for m, item in told
    ]


def metrics_of(post: KnownPost, wanted: Iterable[Metric]) -> list[Metric]:
    """The metrics of *wanted* that such a post has and that can be asked for."""
    return [
        m for m in wanted if m.kinds is not None and post.kind in m.kinds and m.platform_name not in DELIVERED
    ]
