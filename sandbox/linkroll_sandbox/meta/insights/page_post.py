"""Insights of a Page's posts, videos and stories (section 4.5), all of them lifetime values."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from linkroll_sandbox.cast import Page
from linkroll_sandbox.clock import DAY, HOUR
from linkroll_sandbox.content import numbers
from linkroll_sandbox.content.posts import Post
from linkroll_sandbox.meta.callers import Caller
from linkroll_sandbox.meta.insights.items import (
    Item,
    Value,
    graph_time,
    listed,
    metrics_asked,
    split,
    value_item,
)
from linkroll_sandbox.meta.insights.page import REACTIONS, reactions
from linkroll_sandbox.meta.insights.page_rights import check_metrics, require_page_insights

#: Asks for one number of the truth.
Total = Callable[[str], int]
Told = Mapping[str, Callable[[Total], Value]]

_CLICKS = {"link clicks": 0.6, "other clicks": 0.4}
#: "0, and the day after 1970" is what a story says that has not been counted yet (4.5, confirmed).
_NOT_YET_COUNTED = {"value": 0, "end_time": graph_time(DAY)}
_COUNTED_AFTER = HOUR


def _of(name: str) -> Callable[[Total], Value]:
    return lambda total: total(name)


def _reaction(name: str) -> Callable[[Total], Value]:
    return lambda total: reactions(total("likes"))[name]


def _nothing(total: Total) -> Value:
    return 0


def _actions(total: Total) -> Value:
    return {"like": total("likes"), "comment": total("comments"), "share": total("shares")}


_ANY_POST: Told = {
    "post_media_view": _of("views"),
    "post_total_media_view_unique": _of("reach"),
    "post_clicks": _of("clicks"),
    "post_clicks_by_type": lambda total: split(total("clicks"), _CLICKS),
    "post_reactions_by_type_total": lambda total: {**reactions(total("likes"))},
    **{f"post_reactions_{name}_total": _reaction(name) for name in REACTIONS},
    "post_activity_by_action_type": _actions,
}
_VIDEO_POST: Told = {
    "post_video_views": _of("video_views"),
    "post_video_views_organic": _of("video_views"),
    "post_video_views_paid": _nothing,
    "post_video_views_15s": lambda total: total("video_views") // 2,
    # [recalled] as to the name.
    "post_video_views_60s_excludes_shorter": lambda total: total("video_views") // 9,
    "post_video_avg_time_watched": _of("average_watch_time"),
    "post_video_view_time": _of("watch_time"),
}
_REEL: Told = {
    "blue_reels_play_count": _of("video_views"),
    "fb_reels_total_plays": _of("views"),
    "fb_reels_replay_count": lambda total: total("views") - total("video_views"),
    "post_video_avg_time_watched": _of("average_watch_time"),
    "post_video_view_time": _of("watch_time"),
    "post_video_social_actions": lambda total: {"COMMENT": total("comments"), "SHARE": total("shares")},
    "post_video_likes_by_reaction_type": lambda total: {"REACTION_LIKE": total("likes")},
    "post_video_followers": _of("followers_gained"),
}
#: "`total_video_views` and kin" [recalled] as to the kin.
_VIDEO: Told = {
    "total_video_views": _of("video_views"),
    "total_video_views_unique": _of("reach"),
    "total_video_avg_time_watched": _of("average_watch_time"),
    "total_video_view_total_time": _of("watch_time"),
}
_STORY: Told = {
    "page_story_impressions_by_story_id": _of("views"),
    "page_story_impressions_by_story_id_unique": _of("reach"),
    "story_media_view": _of("views"),
    "story_total_media_view_unique": _of("reach"),
    "story_interaction": _of("engagements"),
    "pages_fb_story_replies": _of("replies"),
    "pages_fb_story_shares": _of("shares"),
    "pages_fb_story_thread_lightweight_reactions": _nothing,
    "pages_fb_story_sticker_interactions": _nothing,
}
_POST = {**_ANY_POST, **_VIDEO_POST}


async def insights(request: Request, caller: Caller, page: Page, post: Post) -> Response:
    """`/{post}/insights`, where a story goes by its bare post id."""
    metrics = metrics_asked(request.query_params)
    return JSONResponse(listed(request, items(caller, page, post, request.path_params["node"], metrics)))


async def video_insights(request: Request, caller: Caller, page: Page, post: Post) -> Response:
    """`/{video}/video_insights`: without a metric it tells all it has [recalled]."""
    require_page_insights(caller, page)
    told = _REEL if post.kind == "REEL" else _VIDEO
    metrics = metrics_asked(request.query_params) or list(told)
    check_metrics(caller, metrics, told)
    total = _totals(caller, post)
    found = [_lifetime(request.path_params["node"], one, told[one](total)) for one in metrics]
    return JSONResponse(listed(request, found))


def items(caller: Caller, page: Page, post: Post, node: str, metrics: list[str]) -> list[Item]:
    """The insights of a post; one that holds no video leaves out what is about videos [inference]."""
    require_page_insights(caller, page)
    known = _STORY if post.is_story else _POST
    check_metrics(caller, metrics, known)
    offered = [one for one in metrics if post.is_video or one not in _VIDEO_POST]
    if post.is_story and caller.world.now() < post.published_at + _COUNTED_AFTER:
        return [value_item(node, one, "lifetime", [_NOT_YET_COUNTED]) for one in offered]
    total = _totals(caller, post)
    return [_lifetime(node, one, known[one](total)) for one in offered]


def _totals(caller: Caller, post: Post) -> Total:
    return lambda name: int(numbers.post_total(post, name, caller.world.now()))


def _lifetime(node: str, metric: str, value: Value) -> dict[str, Any]:
    return value_item(node, metric, "lifetime", [{"value": value}])
