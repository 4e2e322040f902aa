"""
The rows of a report: the truth of the days that the platform has finished counting.

A day takes `youtube_lag_days` until it has a row; a range that reaches further is cut there (section 4).
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from linkroll_sandbox.content import library
from linkroll_sandbox.content.accounts import Account
from linkroll_sandbox.content.days import day_of, days_from, end_of, start_of
from linkroll_sandbox.content.numbers import account_day_so_far, post_total
from linkroll_sandbox.content.posts import Post
from linkroll_sandbox.content.thumbnails import thumbnail_impressions
from linkroll_sandbox.google.report_query import Query
from linkroll_sandbox.world import World

Row = list[Any]
#: Days until a number is final, while `youtube_revises` is on.
_SETTLES = 3
#: Metric of a report → metric of the truth.
_COUNTED = {
    "views": "views",
    "engagedViews": "engaged_views",
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "subscribersGained": "followers_gained",
    "subscribersLost": "followers_lost",
}
_MILLISECONDS_A_MINUTE = 60_000

#: A truth's number for one day: metric and day in, count out.
Count = Callable[[str, date], int]


def rows_of(world: World, account: Account, query: Query) -> list[Row]:
    """The rows in the asked order; none where nothing has been counted yet."""
    found = _unordered(world, account, query)
    for column, falls in reversed(query.sort):
        index = query.columns.index(column)
        found.sort(key=lambda row: row[index], reverse=falls)
    start = query.first - 1
    return found[start : start + query.limit] if query.limit else found[start:]


def _unordered(world: World, account: Account, query: Query) -> list[Row]:
    days = _counted_days(world, query)
    if not days:
        return []
    if query.dimension == "video":
        posts = _posts(world, account, query)
        return [[post.id, *_video_values(world, post, query, days)] for post in posts]
    count = _counter(world, account, query)
    if query.dimension == "day":
        return [[day.isoformat(), *_values(count, query, [day])] for day in days]
    return [_values(count, query, days)]


def _counted_days(world: World, query: Query) -> list[date]:
    last = day_of(world.now()) - timedelta(days=int(world.switches["youtube_lag_days"]))
    return days_from(query.start, min(query.end, last))


def _posts(world: World, account: Account, query: Query) -> list[Post]:
    """The videos of the filter that are the channel's own, or all that were up in the range."""
    if query.videos is None:
        return library.posts(world, account, until=end_of(query.end))
    found = [library.find(world, account, one) for one in query.videos]
    return [post for post in found if post and post.published_at < end_of(query.end)]


def _counter(world: World, account: Account, query: Query) -> Count:
    """The numbers of the channel, or of the filtered videos together."""
    if query.videos is None:
        return _revised(world, lambda metric, day: _of_channel(world, account, metric, day))
    posts = _posts(world, account, query)
    return _revised(world, lambda metric, day: sum(_of_video(world, one, metric, day) for one in posts))


def _of_channel(world: World, account: Account, metric: str, day: date) -> int:
    return account_day_so_far(account, _COUNTED.get(metric, metric), day, world.now())


def _of_video(world: World, post: Post, metric: str, day: date) -> int:
    """
    What a video gathered on one day: the difference of two totals.

    The truth knows whom a video brought, and of nobody whom it cost.
    """
    if metric == "subscribersLost":
        return 0
    name = _COUNTED.get(metric, metric)
    start, end = start_of(day), min(end_of(day), world.now())
    return int(post_total(post, name, end)) - int(post_total(post, name, start))


def _revised(world: World, count: Count) -> Count:
    """With `youtube_revises` on, a young day shows 85, 90, then 95 percent of what it will."""
    if not world.is_on("youtube_revises"):
        return count
    newest = day_of(world.now()) - timedelta(days=int(world.switches["youtube_lag_days"]))

    def so_far(metric: str, day: date) -> int:
        age = (newest - day).days
        return count(metric, day) if age >= _SETTLES else count(metric, day) * (85 + 5 * age) // 100

    return so_far


def _video_values(world: World, post: Post, query: Query, days: list[date]) -> Row:
    if query.metrics[0].startswith("videoThumbnail"):
        return [_impressions(post, metric, days) for metric in query.metrics]
    count = _revised(world, lambda metric, day: _of_video(world, post, metric, day))
    return _values(count, query, days)


def _impressions(post: Post, metric: str, days: list[date]) -> int | float:
    """How often the thumbnail was shown, or how many of a hundred led to a view."""
    begin, end = start_of(days[0]), end_of(days[-1])
    shown = thumbnail_impressions(post, end) - thumbnail_impressions(post, begin)
    if metric == "videoThumbnailImpressions":
        return shown
    engaged = int(post_total(post, "engaged_views", end) - post_total(post, "engaged_views", begin))
    return round(100 * engaged / shown, 2) if shown else 0.0


def _values(count: Count, query: Query, days: list[date]) -> Row:
    return [_value(count, metric, days) for metric in query.metrics]


def _value(count: Count, metric: str, days: list[date]) -> int | float:
    watched = "watch_time"
    if metric == "estimatedMinutesWatched":
        return _sum(count, watched, days) // _MILLISECONDS_A_MINUTE
    if metric == "averageViewDuration":
        views = _sum(count, "views", days)
        return _sum(count, watched, days) // 1000 // views if views else 0
    return _sum(count, metric, days)


def _sum(count: Count, metric: str, days: list[date]) -> int:
    return sum(count(metric, day) for day in days)
