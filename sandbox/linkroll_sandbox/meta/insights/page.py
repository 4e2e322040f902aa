"""`/{page}/insights` (section 4.4): days of the Page, and sums of seven and twenty-eight of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from linkroll_sandbox.cast import Page
from linkroll_sandbox.clock import DAY
from linkroll_sandbox.content import accounts, numbers
from linkroll_sandbox.content.days import days_from, end_of
from linkroll_sandbox.meta.callers import Caller
from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.meta.insights.items import (
    Item,
    Value,
    graph_time,
    listed,
    metrics_asked,
    split,
    value_item,
)
from linkroll_sandbox.meta.insights.page_rights import check_metrics, require_page_insights
from linkroll_sandbox.meta.insights.told import day_told, is_too_small, people_over
from linkroll_sandbox.meta.insights.windows import Window, window

#: How many of each kind there are for one like; the truth counts the likes alone.
REACTIONS = {"like": 1.0, "love": 0.28, "wow": 0.04, "haha": 0.04, "sorry": 0.01, "anger": 0.01}
_COUNTRIES = {"DE": 0.44, "AT": 0.18, "GB": 0.15, "FR": 0.23}
_CITIES = {"Berlin, Germany": 0.5, "Vienna, Austria": 0.3, "Lyon, France": 0.2}
_BREAKDOWNS = {
    "is_from_ads": {"true": 0.0, "false": 1.0},
    "is_from_followers": {"true": 0.6, "false": 0.4},
}
_LENGTHS = {"day": 1, "week": 7, "days_28": 28}
_SUMS = ("day", "week", "days_28")
_MOST_DAYS = 90
_KEPT = 2 * 365 * DAY


def _whole(value: int) -> Value:
    return value


def _nothing(value: int) -> Value:
    return 0


def _by(parts: dict[str, float]) -> Callable[[int], Value]:
    return lambda value: split(value, parts)


def reactions(likes: int) -> dict[str, int]:
    """All reactions that come with so many likes."""
    return {name: int(likes * part) for name, part in REACTIONS.items()}


def _reaction(name: str) -> Callable[[int], Value]:
    return lambda likes: reactions(likes)[name]


@dataclass(frozen=True)
class Told:
    """A metric: whose number of the truth it tells, how it is shown, for which periods."""

    truth: str
    shown: Callable[[int], Value] = _whole
    periods: tuple[str, ...] = _SUMS


_DAY = ("day",)
METRICS = {
    "page_media_view": Told("views"),
    "page_total_media_view_unique": Told("reach"),
    "page_post_engagements": Told("engagements"),
    "page_follows": Told("followers", periods=_DAY),
    "page_daily_follows": Told("followers_gained", periods=_DAY),
    "page_daily_follows_unique": Told("followers_gained", periods=_DAY),
    "page_daily_unfollows_unique": Told("followers_lost", periods=_DAY),
    "page_views_total": Told("profile_views"),
    "page_total_actions": Told("profile_link_taps"),
    "page_video_views": Told("video_views"),
    "page_video_views_organic": Told("video_views"),
    "page_video_views_paid": Told("video_views", _nothing),
    "page_video_complete_views_30s": Told("video_views", lambda value: value // 3),
    "page_video_view_time": Told("watch_time"),
    "page_actions_post_reactions_total": Told("likes", lambda likes: {**reactions(likes)}),
    **{f"page_actions_post_reactions_{name}_total": Told("likes", _reaction(name)) for name in REACTIONS},
    "page_follows_country": Told("followers", _by(_COUNTRIES), _DAY),
    "page_follows_city": Told("followers", _by(_CITIES), _DAY),
    "page_fan_adds_by_paid_non_paid_unique": Told(
        "followers_gained", lambda value: {"total": value, "paid": 0, "unpaid": value}, _DAY
    ),
    "page_lifetime_engaged_followers_unique": Told("followers", lambda value: value // 3, ("lifetime",)),
}


async def page_insights(request: Request, caller: Caller, page: Page) -> Response:
    """Insights of the Page. A day that Meta does not have yet is missing, and with it maybe everything."""
    require_page_insights(caller, page)
    metrics = metrics_asked(request.query_params)
    check_metrics(caller, metrics, METRICS)
    period = request.query_params.get("period", "day")
    asked = _window(request, caller)
    found = [_item(request, caller, page, one, period, asked) for one in metrics]
    return JSONResponse(listed(request, [item for item in found if item], asked))


def _window(request: Request, caller: Caller) -> Window:
    now, params = caller.world.now(), request.query_params
    asked = window(params.get("since"), params.get("until"), now)
    # A day of grace, because a day of 25 hours must not make a window of 90 days too long.
    if asked.until - asked.since > (_MOST_DAYS + 1) * DAY:
        raise GraphError(100, "(#100) There cannot be more than 90 days between since and until")
    if asked.since < now - _KEPT:
        raise GraphError(100, "(#100) Insights are only available for the last 2 years")
    return asked


def _item(
    request: Request, caller: Caller, page: Page, metric: str, period: str, asked: Window
) -> Item | None:
    told = METRICS[metric]
    if period not in told.periods:
        raise GraphError(100, f"(#100) {metric} does not support the period {period}")
    if is_too_small(caller.world, accounts.of(page)):
        return None
    days = asked.days if period != "lifetime" else asked.days[-1:]
    ends = [(day, _told(caller, page, told.truth, day, _LENGTHS.get(period, 1))) for day in days]
    shown = _cut(request, metric) or told.shown
    values = [
        {"value": shown(value), "end_time": graph_time(end_of(day))}
        for day, value in ends
        if value is not None
    ]
    return value_item(page.id, metric, period, values) if values else None


def _cut(request: Request, metric: str) -> Callable[[int], Value] | None:
    """Only views are cut up, and the value is then an object."""
    name = request.query_params.get("breakdown")
    if name is None:
        return None
    if metric != "page_media_view" or name not in _BREAKDOWNS:
        raise GraphError(100, f"(#100) {metric} does not support the breakdown {name}")
    return _by(_BREAKDOWNS[name])


def _told(caller: Caller, page: Page, truth: str, last: date, length: int) -> int | None:
    """The number of the *length* days that end with *last*."""
    account = accounts.of(page)
    if day_told(caller.world, account, "views", last) is None:
        return None
    if truth == "followers":
        return numbers.account_total(account, truth, end_of(last))
    days = days_from(last - timedelta(days=length - 1), last)
    values = [day_told(caller.world, account, truth, day) or 0 for day in days]
    return people_over(values) if truth == "reach" else sum(values)
