"""`/{ig-media}/insights` (section 4.2): the set of metrics hangs on the product type, the period is lifetime."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from linkroll_sandbox.content.numbers import NAVIGATION
from linkroll_sandbox.meta.insights.items import (
    Item,
    breakdown,
    listed,
    metrics_asked,
    split,
    total_item,
    value_item,
)
from linkroll_sandbox.meta.instagram_media import Medium, product_type
from linkroll_sandbox.meta.instagram_views import InstagramView

_EVERY = ("views", "reach", "shares", "total_interactions", "reposts")
_PROFILE = ("follows", "profile_visits", "profile_activity")
_TOTALS = ("total_likes", "total_comments", "total_views")
SETS = {
    "FEED": (*_EVERY, "likes", "comments", "saved", *_PROFILE, "facebook_views", *_TOTALS),
    # `facebook_views` and `crossposted_views` are for cross-posted reels, and nobody here has one.
    "REELS": (
        *(*_EVERY, "likes", "comments", "saved", *_TOTALS),
        *("ig_reels_avg_watch_time", "ig_reels_video_view_total_time", "reels_skip_rate"),
    ),
    "STORY": (*_EVERY, "replies", *_PROFILE, "navigation", "facebook_views", "total_views", "link_clicks"),
}
_FACEBOOK_ONLY = frozenset({*_TOTALS, "link_clicks"})
_KNOWN = frozenset({one for metrics in SETS.values() for one in metrics} | {"crossposted_views"})
#: The platform's word → the truth's, where they differ.
_TRUTH = {
    "total_interactions": "engagements",
    "saved": "saves",
    "follows": "followers_gained",
    "profile_visits": "profile_views",
    "profile_activity": "clicks",
    "total_likes": "likes",
    "total_comments": "comments",
    "total_views": "views",
    "link_clicks": "clicks",
    "ig_reels_avg_watch_time": "average_watch_time",
    "ig_reels_video_view_total_time": "watch_time",
    "reels_skip_rate": "skip_rate",
}
_ACTIONS = {"bio_link_clicked": 0.7, "email": 0.2, "other": 0.1}
_BREAKDOWNS = {"profile_activity": "action_type", "navigation": "story_navigation_action_type"}
_FEWEST_VIEWERS = 5
_PRE_CONVERSION_EVERY = 5


async def media_insights(request: Request, medium: Medium) -> Response:
    """Insights of one medium. A story that has ended is not found long before this."""
    medium.view.require_insights()
    asked = _metrics(request, medium.view)
    _check_told_at_all(medium)
    items = [_item(request, medium, one) for one in _offered(medium, asked)]
    return JSONResponse(listed(request, items))


def _metrics(request: Request, view: InstagramView) -> list[str]:
    """One unknown metric fails the whole call, in the same words whether it died or was mistyped."""
    asked = metrics_asked(request.query_params)
    dead = view.world.switches["meta_dead_metrics"].split(",")
    known = sorted(_KNOWN - set(dead) - (frozenset() if view.on_facebook else _FACEBOOK_ONLY))
    wrong = [place for place, one in enumerate(asked) if one not in known]
    if not asked or wrong:
        place = wrong[0] if wrong else 0
        raise view.error(
            100, f"(#100) metric[{place}] must be one of the following values: {', '.join(known)}"
        )
    return asked


def _check_told_at_all(medium: Medium) -> None:
    view, post = medium.view, medium.post
    few = medium.total("reach") < _FEWEST_VIEWERS or view.world.is_on("ig_story_few_viewers")
    if post.is_story and few:
        raise view.error(10, "(#10) Not enough viewers for the media to show insights")
    early = post.slot // 2 % _PRE_CONVERSION_EVERY == 0 and view.world.is_on("ig_pre_conversion_media")
    if early and not post.is_story:
        title = "Media posted before business account conversion"
        raise view.error(100, "Invalid parameter", 2108006, user_title=title)


def _offered(medium: Medium, asked: list[str]) -> list[str]:
    """What of *asked* this product type has; for the rest there are two behaviours [X]."""
    product = product_type(medium.post)
    lacking = [one for one in asked if one not in SETS[product]]
    if lacking and medium.view.world.switches["meta_unsupported_metric"] == "error":
        words = f"(#100) The Media Insights API does not support the {lacking[0]} metric"
        raise medium.view.error(100, f"{words} for this media product type.")
    return [one for one in asked if one not in lacking]


def _item(request: Request, medium: Medium, metric: str) -> Item:
    cut = request.query_params.get("breakdown")
    value = _value(medium, metric)
    if cut is None or isinstance(value, float):
        return value_item(medium.post.id, metric, "lifetime", [{"value": value}])
    if cut != _BREAKDOWNS.get(metric):
        raise medium.view.error(1, "An unknown error has occurred.")
    results: dict[tuple[str, ...], int] = {(name,): part for name, part in _CUTS[cut](medium, value).items()}
    return total_item(medium.post.id, metric, "lifetime", value, [breakdown([cut], results)])


def _value(medium: Medium, metric: str) -> int | float:
    if metric == "facebook_views":
        return 0
    if metric == "reels_skip_rate":
        return medium.exact("skip_rate")
    return medium.total(_TRUTH.get(metric, metric))


_CUTS: dict[str, Callable[[Medium, int], dict[str, int]]] = {
    "action_type": lambda medium, value: split(value, _ACTIONS),
    "story_navigation_action_type": lambda medium, value: {one: medium.total(one) for one in NAVIGATION},
}
