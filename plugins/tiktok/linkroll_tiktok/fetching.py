"""
Fetching TikTok's numbers: the account's, a page of posts with theirs, and known posts again.

A listing brings every number along, so posts are read one by one (`video/query`) only when they are too
old for the first pages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from linkroll_sdk import (
    AccountReadings,
    ClientConfig,
    Cost,
    DeadMetric,
    Http,
    KnownPost,
    Level,
    LinkedAccount,
    Metric,
    MetricFetcher,
    Narrowed,
    Operation,
    PostPage,
    PostReadings,
    Purpose,
    Request,
    UnexpectedAnswer,
    Work,
    ask_narrowing,
)

from linkroll_tiktok import accounts
from linkroll_tiktok.display_api import (
    API_VERSION,
    HOST,
    VIDEO_LIST_URL,
    VIDEO_QUERY_URL,
    ask,
    count,
    joined,
    metric_fields,
)
from linkroll_tiktok.metrics import CATALOGUE
from linkroll_tiktok.posts import POST_FIELDS, read_post, readings_of, videos_by_id

BATCH = 20
"""Videos in one answer, of a listing and of a query alike (tiktok sheet 3, confirmed)."""

Answer = Mapping[str, Any]


class TikTokMetrics(MetricFetcher):
    """Reads the Display API v2 with the person's own token. One object serves all; it keeps no state."""

    metrics = CATALOGUE
    hosts = frozenset({HOST})
    # Both only read: TikTok takes the cursor and the ids in a body (sheet 3, confirmed).
    operations = (
        Operation("POST", HOST, "/v2/video/list/", Purpose.QUERY),
        Operation("POST", HOST, "/v2/video/query/", Purpose.QUERY),
    )
    post_batch = BATCH
    costs = (
        Cost(Work.ACCOUNT, "user_info"),
        Cost(Work.POSTS, "video_list"),
        Cost(Work.POST_METRICS, "video_query"),
    )
    listing_has_metrics = True

    async def read_account(
        self,
        http: Http,
        client: ClientConfig,
        account: LinkedAccount,
        wanted: Sequence[Metric],
        since: date,
        until: date,
    ) -> AccountReadings:
        """The account's numbers as of now: TikTok has none for days, so *since* and *until* say nothing."""

        async def ask_user(metrics: Sequence[Metric]) -> Answer:
            return await accounts.read_user(http, account.access_token, account.scopes, metrics)

        found = await _narrow(wanted, ask_user)
        user = {name: value for answer in found.answers for name, value in answer.items()}
        return AccountReadings(
            readings_of(_alive(wanted, found), user),
            API_VERSION,
            dead=_dead(found),
            facts=accounts.facts_in(user),
        )

    async def list_posts(
        self, http: Http, client: ClientConfig, account: LinkedAccount, since: datetime, after: str | None
    ) -> PostPage:
        """
        Up to twenty public posts with all their numbers. *after* is TikTok's cursor: Unix milliseconds,
        older than which the page is. A page may be short, or empty, and still not be the last.
        """
        metrics = self.catalogue(Level.POST, account.login)
        body = {"max_count": BATCH} if after is None else {"max_count": BATCH, "cursor": int(after)}

        async def ask_list(asked: Sequence[Metric]) -> Answer:
            return await _ask_videos(http, account, "video_list", [*POST_FIELDS], asked, body)

        found = await _narrow(metrics, ask_list)
        alive = _alive(metrics, found)
        posts = [read_post(video, alive, since) for video in videos_by_id(found.answers).values()]
        return PostPage(
            tuple(sorted(filter(None, posts), key=lambda post: post.published_at, reverse=True)),
            API_VERSION,
            after=_next_cursor(found.answers[0], since, after),
            dead=_dead(found),
        )

    async def read_posts(
        self,
        http: Http,
        client: ClientConfig,
        account: LinkedAccount,
        posts: Sequence[KnownPost],
        wanted: Sequence[Metric],
    ) -> PostReadings:
        """
        The numbers of up to twenty posts. TikTok leaves out what is no longer there (sheet 3, recalled),
        or is public no longer (inference): those are gone.
        """
        if not posts:
            return PostReadings({}, API_VERSION)
        body = {"filters": {"video_ids": [post.post_id for post in posts]}}

        async def ask_query(asked: Sequence[Metric]) -> Answer:
            data = await _ask_videos(http, account, "video_query", ["id"], asked, body)
            # An answer without the list says nothing about any post, least of all that it is gone.
            if not isinstance(data.get("videos"), list):
                raise UnexpectedAnswer("data.videos is missing", operation="video_query")
            return data

        found = await _narrow(wanted, ask_query)
        alive, videos = _alive(wanted, found), videos_by_id(found.answers)
        there = [post for post in posts if post.post_id in videos]
        return PostReadings(
            {post.post_id: readings_of(alive, videos[post.post_id], post.kind) for post in there},
            API_VERSION,
            gone=frozenset(post.post_id for post in posts) - videos.keys(),
            dead=_dead(found),
        )


async def _ask_videos(
    http: Http,
    account: LinkedAccount,
    operation: str,
    fields: Sequence[str],
    metrics: Sequence[Metric],
    body: Mapping[str, object],
) -> Answer:
    """`data` of a video call: the fields stand in the query although it is a POST (sheet 3, confirmed)."""
    request = Request(
        "POST",
        VIDEO_LIST_URL if operation == "video_list" else VIDEO_QUERY_URL,
        operation,
        params={"fields": joined([*fields, *metric_fields(metrics)])},
        json=body,
        access_token=account.access_token,
    )
    return await ask(http, request, metrics)


async def _narrow(
    metrics: Sequence[Metric], ask_for: Callable[[Sequence[Metric]], Awaitable[Answer]]
) -> Narrowed[Answer]:
    """
    At least one answer, and the metrics that TikTok refused.

    Where every metric was refused, the call must work without any: else it is not the metrics that
    TikTok dislikes, none of them is dead, and its refusal of the bare call is raised.
    """
    found = await ask_narrowing(metrics, ask_for)
    if not found.answers:
        found.answers.append(await ask_for(()))
    return found


def _alive(metrics: Sequence[Metric], found: Narrowed[Answer]) -> list[Metric]:
    refused = {dead.platform_name for dead in found.dead}
    return [metric for metric in metrics if metric.platform_name not in refused]


def _dead(found: Narrowed[Answer]) -> tuple[DeadMetric, ...]:
    """Each once: views and video views are one field."""
    return tuple(dict.fromkeys(found.dead))


def _next_cursor(page: Answer, since: datetime, after: str | None) -> str | None:
    """Where the next page starts; None when there is none, or none that could hold a post since *since*."""
    cursor = count(page, "cursor")
    if page.get("has_more") is not True or not cursor or cursor <= since.timestamp() * 1000:
        return None
    # Every page must be older than the one before, or the listing would never end.
    return str(cursor) if after is None or cursor < int(after) else None
