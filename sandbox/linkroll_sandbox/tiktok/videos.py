"""
TikTok's videos (section 3): a list by time, and up to twenty by id. Both are reads by POST.

All numbers are totals of the present moment. There is no reach, no saves, no watch time.
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from linkroll_sandbox.content import library
from linkroll_sandbox.content.numbers import post_total
from linkroll_sandbox.content.posts import Post
from linkroll_sandbox.tiktok.answers import ok, wanted_fields
from linkroll_sandbox.tiktok.callers import TikTokCaller, tiktok_caller
from linkroll_sandbox.tiktok.errors import ApiError
from linkroll_sandbox.world import World

_SCOPE = "video.list"
_USUAL, _MOST = 10, 20
_LONGEST_TEXT = 150


def _share_url(world: World, post: Post) -> str:
    """With the tracking that TikTok adds."""
    return f"{post.url}?utm_campaign=tt4d_open_api&utm_source={world.apps['tiktok'].client_id}"


def _cover(world: World, post: Post) -> str:
    """A signed address that lives for six hours."""
    ends = int(world.now()) + 6 * 3600
    return f"https://p16-sign.tiktokcdn-us.com/{post.id}~tplv.jpeg?x-expires={ends}&x-signature=AbC%3D"


def _embed_link(world: World, post: Post) -> str:
    return f"https://www.tiktok.com/player/v1/{post.id}"


def _embed_html(world: World, post: Post) -> str:
    return f'<blockquote class="tiktok-embed" cite="{post.url}" data-video-id="{post.id}"></blockquote>'


def _text(world: World, post: Post) -> str:
    return post.text[:_LONGEST_TEXT]


def _total(metric: str) -> Callable[[World, Post], int]:
    return lambda world, post: int(post_total(post, metric, world.now()))


FIELDS: dict[str, Callable[[World, Post], Any]] = {
    "id": lambda world, post: post.id,
    "create_time": lambda world, post: int(post.published_at),
    "cover_image_url": _cover,
    "share_url": _share_url,
    "video_description": _text,
    "title": _text,
    "duration": lambda world, post: post.seconds,
    "height": lambda world, post: 1024,
    "width": lambda world, post: 576,
    "embed_html": _embed_html,
    "embed_link": _embed_link,
    "like_count": _total("likes"),
    "comment_count": _total("comments"),
    "share_count": _total("shares"),
    "view_count": _total("views"),
}


async def video_list(request: Request) -> Response:
    """POST /v2/video/list/: newest first, older than `cursor`, a Unix time in milliseconds."""
    caller = _caller(request)
    fields, given = wanted_fields(request, FIELDS), await _body(request)
    limit, cursor = _max_count(given), _cursor(given)
    until = cursor / 1000 if cursor else float("inf")
    found = library.posts(caller.world, caller.account, until=until)
    page = found[: _page_size(caller.world, limit)]
    next_cursor = int(page[-1].published_at * 1000) if page else 0
    return ok(
        {
            "videos": [_video(caller.world, post, fields) for post in page],
            "cursor": next_cursor,
            "has_more": len(found) > len(page),
        }
    )


async def video_query(request: Request) -> Response:
    """POST /v2/video/query/: ids that are not the person's are simply absent [recalled]."""
    caller = _caller(request)
    fields, wanted = wanted_fields(request, FIELDS), _video_ids(await _body(request))
    found = [library.find(caller.world, caller.account, one) for one in dict.fromkeys(wanted)]
    return ok({"videos": [_video(caller.world, post, fields) for post in found if post]})


def _caller(request: Request) -> TikTokCaller:
    caller = tiktok_caller(request)
    caller.require(_SCOPE)
    return caller


async def _body(request: Request) -> dict[str, Any]:
    """The JSON object of the body; both of its fields are optional in a list, so it may be empty."""
    if not await request.body():
        return {}
    try:
        given = await request.json()
    except ValueError as error:
        raise _invalid("The request body is not JSON.") from error
    if not isinstance(given, dict):
        raise _invalid("The request body is not an object.")
    return given


def _max_count(given: dict[str, Any]) -> int:
    count = given.get("max_count", _USUAL)
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= _MOST:
        raise _invalid(f"max_count must be between 1 and {_MOST}.")
    return count


def _cursor(given: dict[str, Any]) -> int:
    cursor = given.get("cursor", 0)
    if not isinstance(cursor, int) or isinstance(cursor, bool) or cursor < 0:
        raise _invalid("cursor must be a Unix time in milliseconds.")
    return cursor


def _page_size(world: World, asked: int) -> int:
    """A page may hold fewer than were asked for although more are there."""
    return max(1, asked // 2) if world.is_on("tiktok_short_page") else asked


def _video_ids(given: dict[str, Any]) -> list[str]:
    filters = given.get("filters")
    wanted = filters.get("video_ids") if isinstance(filters, dict) else None
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise _invalid("filters.video_ids must be a list of texts.")
    if not 1 <= len(wanted) <= _MOST:
        raise _invalid(f"filters.video_ids must hold between 1 and {_MOST} ids.")
    return wanted


def _invalid(words: str) -> ApiError:
    return ApiError("invalid_params", words)


def _video(world: World, post: Post, fields: list[str]) -> dict[str, Any]:
    """The asked fields, without what `tiktok_missing_metric` names: absent means unknown, never 0."""
    missing = world.switches["tiktok_missing_metric"].split(",")
    return {name: FIELDS[name](world, post) for name in fields if name not in missing}


routes = [
    Route("/v2/video/list/", video_list, methods=["POST"]),
    Route("/v2/video/query/", video_query, methods=["POST"]),
]
