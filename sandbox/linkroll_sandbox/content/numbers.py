"""
Every number of the truth: functions of the account or post, the metric and the moment.

A counter's value at the start of day *d* is `rate x (d + wobble(d))`, where the wobble is a chance
smaller than one day's step: a counter never falls, a day is the difference of two values, and no
value needs the days before it.
"""

import math
from collections.abc import Callable
from datetime import date, timedelta

from linkroll_sandbox.clock import DAY, HOUR
from linkroll_sandbox.content.accounts import Account
from linkroll_sandbox.content.chance import between, share
from linkroll_sandbox.content.days import day_of, number_of, part_gone
from linkroll_sandbox.content.posts import STORY_LIFE, Post

#: How often each of these happens a day, for each follower.
_RATES = {
    "views": 0.42,
    "likes": 0.021,
    "comments": 0.0019,
    "shares": 0.0024,
    "saves": 0.0033,
    "replies": 0.0008,
    "reposts": 0.0004,
    "clicks": 0.0021,
    "profile_views": 0.013,
    "profile_link_taps": 0.0011,
}
_WOBBLE = 0.6
_INTERACTIONS = ("likes", "comments", "shares", "saves", "replies")
#: Milliseconds that a view is watched, on average over an account's videos.
_MILLISECONDS_A_VIEW = 9_000

#: How much of each there is for one view of a post, at least and at most.
_PER_VIEW = {
    "reach": (0.6, 0.9),
    "engaged_views": (0.6, 0.85),
    "likes": (0.03, 0.08),
    "comments": (0.002, 0.008),
    "shares": (0.002, 0.01),
    "saves": (0.004, 0.02),
    "reposts": (0.0005, 0.002),
    "replies": (0.002, 0.012),
    "followers_gained": (0.0005, 0.003),
    "profile_views": (0.004, 0.02),
    "clicks": (0.002, 0.01),
    "tap_forward": (0.45, 0.6),
    "tap_back": (0.02, 0.06),
    "tap_exit": (0.1, 0.2),
    "swipe_forward": (0.05, 0.15),
}
NAVIGATION = ("tap_forward", "tap_back", "tap_exit", "swipe_forward")

# What each platform counts.
_EVERYWHERE = ("views", "likes", "comments", "shares", "engagements", "followers_gained", "followers_lost")
DAY_METRICS = {
    "instagram": (
        *("reach", "saves", "replies", "reposts", "accounts_engaged", "profile_views", "profile_link_taps"),
        *("clicks", *_EVERYWHERE),
    ),
    "facebook": (
        *("reach", "profile_views", "profile_link_taps", "clicks", "video_views", "watch_time"),
        *_EVERYWHERE,
    ),
    "tiktok": _EVERYWHERE,
    "youtube": ("engaged_views", "video_views", "watch_time", *_EVERYWHERE),
}
TOTAL_METRICS = ("followers", *_RATES)
_SEEN_AND_LIKED = ("views", "likes", "comments", "shares", "engagements")
POST_METRICS = {
    "instagram": (*_SEEN_AND_LIKED, "reach", "saves", "reposts", "followers_gained", "profile_views"),
    "facebook": (*_SEEN_AND_LIKED, "reach", "clicks"),
    "tiktok": _SEEN_AND_LIKED,
    "youtube": (*_SEEN_AND_LIKED, "engaged_views"),
}
#: What a video has beyond that.
VIDEO_METRICS = {
    "instagram": ("video_views", "watch_time", "average_watch_time", "skip_rate"),
    "facebook": ("video_views", "watch_time", "average_watch_time", "followers_gained"),
    "tiktok": ("video_views",),
    "youtube": ("video_views", "watch_time", "average_watch_time"),
}
STORY_METRICS = (
    *(
        "views",
        "reach",
        "replies",
        "shares",
        "engagements",
        "reposts",
        "followers_gained",
        "profile_views",
        "clicks",
    ),
    *("navigation", *NAVIGATION),
)


def account_day(account: Account, metric: str, day: date) -> int:
    """What happened on the whole Pacific *day*, also where that day is not over yet."""
    derived = _DAYS.get(metric)
    if derived is not None:
        return derived(account, day)
    return _counted(account, metric, day + timedelta(days=1)) - _counted(account, metric, day)


def account_day_so_far(account: Account, metric: str, day: date, at: float) -> int:
    """What of *day* had happened by *at*."""
    if day != day_of(at):
        return account_day(account, metric, day) if day < day_of(at) else 0
    return int(account_day(account, metric, day) * part_gone(at))


def account_total(account: Account, metric: str, at: float) -> int:
    """A counter since the account began, or `followers` as they stand."""
    day = day_of(at)
    begin = followers_at_start(account, day) if metric == "followers" else _counted(account, metric, day)
    step = net_followers(account, day) if metric == "followers" else account_day(account, metric, day)
    return begin + int(step * part_gone(at))


def _counted(account: Account, metric: str, day: date) -> int:
    number = number_of(day)
    rate = account.audience * _RATES[metric] * between(0.7, 1.3, account.id, metric)
    # Long before the beginning the account was young; 400 days of its present pace stand for that time.
    return max(0, math.floor(rate * (400 + number + _WOBBLE * share(account.id, metric, number))))


def followers_at_start(account: Account, day: date) -> int:
    """How many follow as *day* begins."""
    number = number_of(day)
    growth = account.audience * 0.0015 + 0.1
    swing = account.audience * 0.002 * share(account.id, "followers", number)
    return max(0, math.floor(account.audience + growth * number + swing))


def net_followers(account: Account, day: date) -> int:
    """How many more follow at the end of *day* than at its start."""
    return followers_at_start(account, day + timedelta(days=1)) - followers_at_start(account, day)


def _lost(account: Account, day: date) -> int:
    left = int(account.audience * 0.001 * share(account.id, "lost", number_of(day)))
    return left + max(0, -net_followers(account, day))


def _engagements(account: Account, day: date) -> int:
    own = [one for one in _INTERACTIONS if one in DAY_METRICS[account.platform]]
    return sum(account_day(account, one, day) for one in own)


def _video_views(account: Account, day: date) -> int:
    """At YouTube every view is of a video."""
    if account.platform == "youtube":
        return account_day(account, "views", day)
    return _part_of_views(0.4, 0.6, "video_views")(account, day)


def _part_of_views(low: float, high: float, name: str) -> Callable[[Account, date], int]:
    def part(account: Account, day: date) -> int:
        views = account_day(account, "views", day)
        return int(views * between(low, high, account.id, name, number_of(day)))

    return part


_DAYS: dict[str, Callable[[Account, date], int]] = {
    "reach": _part_of_views(0.55, 0.8, "reach"),
    "video_views": _video_views,
    "engaged_views": _part_of_views(0.6, 0.85, "engaged_views"),
    "watch_time": lambda account, day: account_day(account, "views", day) * _MILLISECONDS_A_VIEW,
    "engagements": _engagements,
    "accounts_engaged": lambda account, day: int(account_day(account, "engagements", day) * 0.8),
    "followers_lost": _lost,
    "followers_gained": lambda account, day: net_followers(account, day) + _lost(account, day),
}


def metrics_of(post: Post) -> tuple[str, ...]:
    """The metrics that *post* has."""
    if post.is_story:
        return STORY_METRICS
    own = POST_METRICS[post.account.platform]
    return (*own, *VIDEO_METRICS[post.account.platform]) if post.is_video else own


def post_total(post: Post, metric: str, at: float) -> int | float:
    """
    What *post* has gathered by *at*: it never falls, and rises ever more slowly.

    `watch_time` and `average_watch_time` are milliseconds; `average_watch_time` and `skip_rate`
    (percent) belong to the post and do not change. A story gathers nothing after its end.
    """
    derived = _TOTALS.get(metric)
    if derived is not None:
        return derived(post, at)
    low, high = _PER_VIEW[metric]
    return int(_views(post, at) * between(low, high, *post.names, metric))


def _views(post: Post, at: float) -> int:
    luck = share(*post.names, "luck")
    final = post.account.audience * (0.08 if post.is_story else 0.15 + 1.6 * luck**3)
    return math.floor(final * (0.7 + 0.6 * luck) * _spread(post, at))


def _spread(post: Post, at: float) -> float:
    """How much of its final audience has seen it: most in the first days, the rest over weeks."""
    age = max(0.0, at - post.published_at)
    if post.is_story:
        return -math.expm1(-min(age, STORY_LIFE) / (5 * HOUR))
    return 0.75 * -math.expm1(-age / (1.2 * DAY)) + 0.25 * -math.expm1(-age / (20 * DAY))


def _interactions(post: Post, at: float) -> int:
    own = [one for one in _INTERACTIONS if one in metrics_of(post)]
    return sum(int(post_total(post, one, at)) for one in own)


def _played(post: Post, at: float) -> int:
    """Only Facebook counts something else: who stayed for three seconds, or a reel without replays."""
    if post.account.platform == "facebook":
        return int(_views(post, at) * between(0.5, 0.8, *post.names, "video_views"))
    return _views(post, at)


def _average_watch_time(post: Post, at: float) -> int:
    return int(post.seconds * 1000 * between(0.2, 0.7, *post.names, "watched"))


_TOTALS: dict[str, Callable[[Post, float], int | float]] = {
    "views": _views,
    "video_views": _played,
    "engagements": _interactions,
    "navigation": lambda post, at: sum(int(post_total(post, one, at)) for one in NAVIGATION),
    "average_watch_time": _average_watch_time,
    "watch_time": lambda post, at: _views(post, at) * _average_watch_time(post, at),
    "skip_rate": lambda post, at: round(between(15, 60, *post.names, "skip_rate"), 1),
}
