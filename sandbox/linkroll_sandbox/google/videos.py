"""
Videos by id (section 3): videos.list, and batchGetStats with a quota of its own.

Ids that are deleted, private or nobody's are missing from the items without a word [recalled].
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from linkroll_sandbox.content import accounts, library
from linkroll_sandbox.content.numbers import post_total
from linkroll_sandbox.content.posts import Post
from linkroll_sandbox.google import quota
from linkroll_sandbox.google.data_api import opened, resource, tagged, wanted_ids, wanted_parts
from linkroll_sandbox.google.times import iso_duration, iso_seconds
from linkroll_sandbox.world import World

Part = Callable[[World, Post], dict[str, Any]]


def _snippet(world: World, post: Post) -> dict[str, Any]:
    channel = world.cast.channel(post.account.id)
    return {
        "publishedAt": iso_seconds(post.published_at),
        "channelId": post.account.id,
        "title": post.text[:100],
        "description": post.text,
        "thumbnails": {"default": {"url": f"https://i.ytimg.com/vi/{post.id}/default.jpg"}},
        "channelTitle": channel.title if channel else "",
        "liveBroadcastContent": "none",
    }


def _content_details(world: World, post: Post) -> dict[str, Any]:
    return {"duration": iso_duration(post.seconds), "definition": "hd"}


def _counts(world: World, post: Post) -> dict[str, str]:
    """Strings; hidden likes and disabled comments are missing, not 0 [recalled]."""
    shown = {"viewCount": "views"}
    if not world.is_on("youtube_hidden_counts"):
        shown |= {"likeCount": "likes", "commentCount": "comments"}
    return {name: str(int(post_total(post, metric, world.now()))) for name, metric in shown.items()}


def _statistics(world: World, post: Post) -> dict[str, Any]:
    return {**_counts(world, post), "favoriteCount": "0"}


def _status(world: World, post: Post) -> dict[str, Any]:
    return {"uploadStatus": "processed", "privacyStatus": "public", "madeForKids": False}


_PARTS: dict[str, Part] = {
    "snippet": _snippet,
    "contentDetails": _content_details,
    "statistics": _statistics,
    "status": _status,
}
#: batchGetStats writes the same facts another way: `publishTime`, and "63s" [inference].
_STATS_PARTS: dict[str, Part] = {
    "snippet": lambda world, post: {"publishTime": iso_seconds(post.published_at)},
    "contentDetails": lambda world, post: {"duration": f"{post.seconds}s"},
    "statistics": _counts,
}


async def video_list(request: Request) -> Response:
    """GET /youtube/v3/videos?id=…"""
    params, world = request.query_params, opened(request)
    parts = wanted_parts(params, _PARTS)
    found = _found(world, wanted_ids(params))
    body = {
        "kind": "youtube#videoListResponse",
        "pageInfo": {"totalResults": len(found), "resultsPerPage": len(found)},
        "items": [_item(world, "youtube#video", post, parts, _PARTS) for post in found],
    }
    return tagged(request, body)


async def batch_get_stats(request: Request) -> Response:
    """GET /youtube/v3/videos:batchGetStats?id=…"""
    params, world = request.query_params, opened(request, quota.STATS)
    parts = wanted_parts(params, _STATS_PARTS)
    found = _found(world, wanted_ids(params))
    items = [_item(world, "youtube#videoStats", post, parts, _STATS_PARTS) for post in found]
    return tagged(request, {"kind": "youtube#batchGetStatsResponse", "items": items})


def _found(world: World, wanted: list[str]) -> list[Post]:
    channels = [accounts.of(one) for one in world.cast.channels if not one.closed]
    found = [library.find(world, account, video) for video in wanted for account in channels]
    return [post for post in found if post]


def _item(
    world: World, kind: str, post: Post, parts: list[str], catalogue: dict[str, Part]
) -> dict[str, Any]:
    chosen = {name: catalogue[name](world, post) for name in parts if name in catalogue}
    return resource(kind, post.id, chosen)


routes = [
    Route("/youtube/v3/videos", video_list),
    Route("/youtube/v3/videos:batchGetStats", batch_get_stats),
]
