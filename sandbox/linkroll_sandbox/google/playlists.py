"""playlistItems (section 3): the uploads of a channel, newest first, page by page."""

import base64
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from linkroll_sandbox.cast import Channel
from linkroll_sandbox.content import accounts, library
from linkroll_sandbox.content.posts import Post
from linkroll_sandbox.google.data_api import (
    limit_of,
    missing_parameter,
    opened,
    resource,
    tagged,
    wanted_parts,
)
from linkroll_sandbox.google.errors import ApiError
from linkroll_sandbox.google.times import iso_seconds
from linkroll_sandbox.world import World

_TOKEN = b"from:"


def uploads_of(channel: Channel) -> str:
    """The playlist of all uploads: `UU` and the channel's id without its `UC`."""
    return f"UU{channel.id[2:]}"


def _snippet(post: Post, position: int) -> dict[str, Any]:
    return {
        "publishedAt": iso_seconds(post.published_at),
        "channelId": post.account.id,
        "title": post.text[:100],
        "description": post.text,
        "playlistId": f"UU{post.account.id[2:]}",
        "position": position,
        "resourceId": {"kind": "youtube#video", "videoId": post.id},
    }


def _content_details(post: Post, position: int) -> dict[str, Any]:
    return {"videoId": post.id, "videoPublishedAt": iso_seconds(post.published_at)}


def _status(post: Post, position: int) -> dict[str, Any]:
    return {"privacyStatus": "public"}


_PARTS: dict[str, Callable[[Post, int], dict[str, Any]]] = {
    "snippet": _snippet,
    "contentDetails": _content_details,
    "status": _status,
}


async def playlist_items(request: Request) -> Response:
    """GET /youtube/v3/playlistItems?playlistId=UU…"""
    params, world = request.query_params, opened(request)
    parts, limit = wanted_parts(params, _PARTS), limit_of(params)
    if "playlistId" not in params:
        raise missing_parameter(["playlistId", "id"])
    uploads = library.posts(world, accounts.of(_channel(world, params["playlistId"])))
    start = _start(params.get("pageToken", ""))
    body = {
        "kind": "youtube#playlistItemListResponse",
        "pageInfo": {"totalResults": len(uploads), "resultsPerPage": limit},
        "items": [_item(post, start + n, parts) for n, post in enumerate(uploads[start : start + limit])],
        **_neighbours(start, limit, len(uploads)),
    }
    return tagged(request, body)


def _channel(world: World, playlist: str) -> Channel:
    """Only uploads are played; they are public, so anybody may list them."""
    found = [one for one in world.cast.channels if uploads_of(one) == playlist and not one.closed]
    if not found:
        words = "The playlist identified with the request's playlistId parameter cannot be found."
        raise ApiError(404, "playlistNotFound", words, "youtube.playlistItem")
    return found[0]


def _item(post: Post, position: int, parts: list[str]) -> dict[str, Any]:
    chosen = {name: _PARTS[name](post, position) for name in parts if name in _PARTS}
    item_id = base64.urlsafe_b64encode(f"{post.account.id}.{post.id}".encode()).decode().rstrip("=")
    return resource("youtube#playlistItem", item_id, chosen)


def _neighbours(start: int, limit: int, total: int) -> dict[str, str]:
    """Tokens of the next page and of the one before, where there is one."""
    tokens = {}
    if limit and start + limit < total:
        tokens["nextPageToken"] = _token(start + limit)
    if start:
        tokens["prevPageToken"] = _token(max(0, start - limit))
    return tokens


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(_TOKEN + str(start).encode()).decode().rstrip("=")


def _start(token: str) -> int:
    """Where a page begins. A new upload between two pages shifts what the second one shows."""
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        text = b""
    number = text.removeprefix(_TOKEN)
    if not text.startswith(_TOKEN) or not number.isdigit():
        raise ApiError(400, "invalidPageToken", "The request specifies an invalid page token.")
    return int(number)


routes = [Route("/youtube/v3/playlistItems", playlist_items)]
