"""
Fetching YouTube's numbers: a channel's counters and days, its uploads, and videos in batches.

One channel costs a unit of the Data API and two reports; each fifty videos cost a unit for their list, one
of another bucket for their counters, and two reports (sheet 3, confirmed). See `metrics` for the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from linkroll_sdk import (
    AccountFacts,
    AccountReadings,
    Availability,
    ClientConfig,
    Cost,
    FoundPost,
    Http,
    KnownPost,
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

from linkroll_youtube import reports
from linkroll_youtube.accounts import facts_of, hides_followers, linked_channel
from linkroll_youtube.calls import DATA_API, ask, count_in, items_of, object_in, picture_in, string_in
from linkroll_youtube.metrics import METRICS, is_reported
from linkroll_youtube.urls import HOME, VIDEO_ID

API_VERSION = "v3+v2"
"""The Data API's version and the Analytics API's."""

BATCH = 50
"""The most ids a call takes, and the most items a page has (sheet 3, confirmed for batchGetStats)."""

# What a missing counter means: likes can be hidden and comments switched off (sheet 3, recalled).
_WHY_MISSING = {
    "likeCount": Availability.WITHHELD,
    "commentCount": Availability.NOT_SUPPORTED,
}


class YouTubeMetrics(MetricFetcher):
    """
    The numbers of the channel that a grant acts as, and of its videos.

    A video is never told to be a Short or a live stream, so each is a `VIDEO`. Stories are no part of YouTube.
    """

    metrics = METRICS
    hosts = frozenset({"youtube.googleapis.com", "youtubeanalytics.googleapis.com"})
    post_batch = BATCH
    # Reports go in two calls: what may be refused is asked for apart.
    costs = (
        Cost(Work.ACCOUNT, "channels"),
        Cost(Work.ACCOUNT, "channel_report", 2),
        Cost(Work.POSTS, "uploads"),
        Cost(Work.POST_METRICS, "video_stats"),
        # Only where a batch has videos without counters; one batch in ten is a guess.
        Cost(Work.POST_METRICS, "videos", 0.1),
        Cost(Work.POST_METRICS, "video_report", 2),
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
        """The channel's counters as of now, and its days in California; the last two or three are left out."""
        counters, reported = _by_source(wanted)
        readings, facts = await _read_counters(http, account, counters) if counters else ((), None)
        if not reported or since > until:
            return AccountReadings(readings, API_VERSION, facts=facts)
        days = await reports.channel_days(http, account, reported, since, until)
        found = (reading for row in days.rows.values() for reading in row)
        return AccountReadings((*readings, *found), API_VERSION, days.dead, facts)

    async def list_posts(
        self, http: Http, client: ClientConfig, account: LinkedAccount, since: datetime, after: str | None
    ) -> PostPage:
        """
        One page of the uploads, in the order they were put up.

        A video that was published later than it was put up stands further back than its date, so a page
        is the last only when nothing on it is new enough.
        """
        params = {
            "playlistId": _uploads(account),
            "part": "contentDetails,snippet",
            "maxResults": str(BATCH),
            **({"pageToken": after} if after else {}),
        }
        try:
            answer = await ask(http, account.access_token, f"{DATA_API}/playlistItems", "uploads", params)
        except PostGone:  # a channel that never had a video has no such playlist (sheet 3, recalled)
            return PostPage((), API_VERSION)
        posts = [post for item in items_of(answer, "uploads") if (post := _post(item)) is not None]
        fresh = tuple(post for post in posts if post.published_at >= since)
        return PostPage(fresh, API_VERSION, _next_page(answer, after) if fresh or not posts else None)

    async def read_posts(
        self,
        http: Http,
        client: ClientConfig,
        account: LinkedAccount,
        posts: Sequence[KnownPost],
        wanted: Sequence[Metric],
    ) -> PostReadings:
        """The videos' counters as of now, and their sums up to the last day that YouTube has processed."""
        counters, reported = _by_source(wanted)
        ids = [post.post_id for post in posts]
        statistics = await _statistics(http, account, ids) if counters else {video: {} for video in ids}
        here = [post for post in posts if post.post_id in statistics]
        sums = await _sums(http, account, here, reported)
        by_post = {
            post.post_id: (
                *_counted(statistics[post.post_id], counters),
                *sums.rows.get(post.post_id, _not_yet(reported, sums)),
            )
            for post in here
        }
        return PostReadings(by_post, API_VERSION, frozenset(ids) - statistics.keys(), sums.dead)


def _by_source(wanted: Sequence[Metric]) -> tuple[list[Metric], list[Metric]]:
    """The counters of the Data API, and what the Analytics API reports."""
    return [m for m in wanted if not is_reported(m)], [m for m in wanted if is_reported(m)]


# The channel


async def _read_counters(
    http: Http, account: LinkedAccount, counters: Sequence[Metric]
) -> tuple[tuple[Reading, ...], AccountFacts]:
    channel = await linked_channel(http, account, "channels")
    statistics = object_in(channel, "statistics")
    return tuple(_channel_reading(metric, statistics) for metric in counters), facts_of(channel)


def _channel_reading(metric: Metric, statistics: Mapping[str, Any]) -> Reading:
    if metric.platform_name == "subscriberCount" and hides_followers(statistics):
        return Reading.none(metric, Availability.WITHHELD)
    return Reading.of(metric, count_in(statistics, metric.platform_name))


# The uploads


def _uploads(account: LinkedAccount) -> str:
    """The id of the playlist with all of a channel's videos (sheet 3, confirmed); saves a unit."""
    return "UU" + account.platform_id.removeprefix("UC")


def _next_page(answer: Mapping[str, Any], after: str | None) -> str | None:
    """The next page's token; None on the last page, or where an answer would send us in a circle."""
    token = string_in(answer, "nextPageToken")
    return token if token and token != after else None


def _post(item: Mapping[str, Any]) -> FoundPost | None:
    """A video of the list; None for one that is not published, which has no date (inference)."""
    details, snippet = object_in(item, "contentDetails"), object_in(item, "snippet")
    video = string_in(details, "videoId") or string_in(object_in(snippet, "resourceId"), "videoId")
    published_at = _moment(string_in(details, "videoPublishedAt"))
    if published_at is None or VIDEO_ID.fullmatch(video) is None:
        return None
    return FoundPost(
        video,
        PostKind.VIDEO,
        published_at,
        url=f"{HOME}/watch?v={video}",
        text=f"{string_in(snippet, 'title')}\n{string_in(snippet, 'description')}".strip(),
        thumbnail_url=picture_in(snippet),
    )


def _moment(text: str) -> datetime | None:
    """A moment with its zone; None for anything else, and for 1970, which stands for "no date"."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and moment.year > 1970 else None


# The videos


async def _statistics(http: Http, account: LinkedAccount, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """
    The counters of those of *ids* that exist.

    `batchGetStats` has a bucket of its own, but is not atomic (sheet 3, confirmed): what it leaves out may
    still exist. Only what `videos` leaves out as well is gone, or private.
    """
    found = await _videos(http, account, "videos:batchGetStats", "video_stats", ids)
    missing = [video for video in ids if video not in found]
    return found | (await _videos(http, account, "videos", "videos", missing) if missing else {})


async def _videos(
    http: Http, account: LinkedAccount, path: str, operation: str, ids: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    params = {"id": ",".join(ids), "part": "id,statistics"}
    answer = await ask(http, account.access_token, f"{DATA_API}/{path}", operation, params)
    found = {string_in(item, "id"): object_in(item, "statistics") for item in items_of(answer, operation)}
    return {video: found[video] for video in ids if video in found}


def _counted(statistics: Mapping[str, Any], counters: Sequence[Metric]) -> tuple[Reading, ...]:
    return tuple(_video_reading(metric, statistics) for metric in counters)


def _video_reading(metric: Metric, statistics: Mapping[str, Any]) -> Reading:
    count = count_in(statistics, metric.platform_name)
    # One field that is missing among others was left out on purpose; anything else is only unknown.
    if statistics and metric.platform_name not in statistics:
        return Reading.none(metric, _WHY_MISSING.get(metric.platform_name, Availability.NOT_YET))
    return Reading.of(metric, count)


async def _sums(
    http: Http, account: LinkedAccount, posts: Sequence[KnownPost], reported: Sequence[Metric]
) -> reports.Report:
    """The videos' sums since the first of them was published; a day before by UTC is never too late there."""
    if not posts or not reported:
        return reports.Report({}, ())
    since = min(post.published_at for post in posts).date() - timedelta(days=1)
    ids = [post.post_id for post in posts]
    return await reports.video_sums(http, account, ids, reported, since, http.now().date())


def _not_yet(reported: Sequence[Metric], sums: reports.Report) -> tuple[Reading, ...]:
    """A video too new for a report has its numbers later; what was refused has none."""
    dead = {metric.platform_name for metric in sums.dead}
    return tuple(Reading.none(m, Availability.NOT_YET) for m in reported if m.platform_name not in dead)
