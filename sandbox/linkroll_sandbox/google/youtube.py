"""The YouTube Data API (section 3): channels, by the one filter that a call may have."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.cast import Channel
from linkroll_sandbox.google import scopes
from linkroll_sandbox.google.callers import GoogleCaller, google_caller
from linkroll_sandbox.google.errors import ApiError
from linkroll_sandbox.world import World, world_of

_FILTERS = ("id", "mine", "forHandle", "forUsername", "managedByMe")


def _thumbnails(channel: Channel) -> dict[str, Any]:
    sizes = {"default": 88, "medium": 240, "high": 800}
    address = f"https://yt3.ggpht.com/{channel.id}=s"
    return {name: {"url": f"{address}{size}", "width": size, "height": size} for name, size in sizes.items()}


def _snippet(channel: Channel) -> dict[str, Any]:
    return {
        "title": channel.title,
        "description": channel.description,
        "customUrl": f"@{channel.handle.lower()}",
        "publishedAt": channel.published_at,
        "thumbnails": _thumbnails(channel),
        "localized": {"title": channel.title, "description": channel.description},
        "country": channel.country,
    }


def _statistics(channel: Channel) -> dict[str, Any]:
    """Every count is a string; subscribers are rounded down to three digits [recalled]."""
    return {
        "viewCount": str(channel.view_count),
        "subscriberCount": str(_three_digits(channel.subscriber_count)),
        "hiddenSubscriberCount": False,
        "videoCount": str(channel.video_count),
    }


def _three_digits(number: int) -> int:
    digits = str(number)
    return int(digits[:3].ljust(len(digits), "0"))


def _content_details(channel: Channel) -> dict[str, Any]:
    return {"relatedPlaylists": {"likes": "", "uploads": f"UU{channel.id[2:]}"}}


def _status(channel: Channel) -> dict[str, Any]:
    return {
        "privacyStatus": "public",
        "isLinked": True,
        "longUploadsStatus": "longUploadsUnspecified",
        "madeForKids": False,
    }


_PARTS: dict[str, Callable[[Channel], dict[str, Any]]] = {
    "snippet": _snippet,
    "statistics": _statistics,
    "contentDetails": _content_details,
    "status": _status,
}


async def channels(request: Request) -> Response:
    """GET /youtube/v3/channels."""
    params = request.query_params
    parts = _wanted_parts(params)
    limit = _limit(params)
    found = _found(request, _filter(params))
    body: dict[str, Any] = {
        "kind": "youtube#channelListResponse",
        "pageInfo": {"totalResults": len(found), "resultsPerPage": limit},
    }
    if found:  # without a match there is no `items` at all
        body["items"] = [_item(channel, parts) for channel in found[:limit]]
    return _tagged(request, body)


def _wanted_parts(params: QueryParams) -> list[str]:
    parts = [one for text in params.getlist("part") for one in text.split(",") if one]
    if not parts:
        raise ApiError(
            400, "missingRequiredParameter", "No filter selected. Expected one of: part", "youtube.parameter"
        )
    unknown = [one for one in parts if one not in _PARTS and one != "id"]
    if unknown:
        raise ApiError(400, "unknownPart", f"'{unknown[0]}'", "youtube.part")
    return parts


def _limit(params: QueryParams) -> int:
    text = params.get("maxResults", "5")
    if not text.isdigit() or int(text) > 50:
        raise ApiError(
            400, "badRequest", "Invalid value for maxResults. Values must be within the range: [0, 50]"
        )
    return int(text)


def _filter(params: QueryParams) -> str:
    """Exactly one filter."""
    given = [name for name in _FILTERS if name in params]
    if not given:
        raise ApiError(
            400,
            "missingRequiredParameter",
            f"No filter selected. Expected one of: {', '.join(_FILTERS)}",
            "youtube.parameter",
        )
    if len(given) > 1:
        raise ApiError(
            400,
            "incompatibleParameters",
            f"Incompatible parameters specified in the request: {', '.join(given)}",
            "youtube.parameter",
        )
    return given[0]


def _found(request: Request, name: str) -> list[Channel]:
    world = world_of(request)
    if name in ("mine", "managedByMe"):
        return _mine(request, name)
    if "key" not in request.query_params:
        google_caller(request).require(scopes.YOUTUBE)
    return [one for one in world.cast.channels if not one.closed and _matches(one, name, request)]


def _matches(channel: Channel, name: str, request: Request) -> bool:
    values = request.query_params.getlist(name)
    if name == "id":
        return channel.id in [one for text in values for one in text.split(",")]
    wanted = values[0].removeprefix("@").casefold()
    return wanted == (channel.handle if name == "forHandle" else channel.username).casefold()


def _mine(request: Request, name: str) -> list[Channel]:
    """The one channel of the identity chosen at consent, never the person's others (section 8)."""
    caller = google_caller(request)
    caller.require(scopes.YOUTUBE)
    if name == "managedByMe":
        raise ApiError(
            403, "forbidden", "Access forbidden. Only content owners may use managedByMe.", "youtube.channel"
        )
    channel = caller.world.cast.channel(caller.grant.subject)
    if channel is None:
        return _without_channel(caller.world)
    _check_open(caller, channel)
    return [channel]


def _without_channel(world: World) -> list[Channel]:
    """The token is fine, the Google Account merely has no channel; three answers were seen."""
    behaviour = world.switches["youtube_no_channel"]
    if behaviour == "empty":
        return []
    raise ApiError(int(behaviour[-3:]), "youtubeSignupRequired", "Unauthorized", "youtube.header")


def _check_open(caller: GoogleCaller, channel: Channel) -> None:
    if channel.closed:
        raise ApiError(403, "channelClosed", "The channel has been closed.", "youtube.channel")
    if caller.person.key not in channel.managers:
        raise ApiError(403, "forbidden", "The caller no longer manages this channel.", "youtube.channel")


def _item(channel: Channel, parts: list[str]) -> dict[str, Any]:
    item: dict[str, Any] = {"kind": "youtube#channel", "id": channel.id}
    item |= {name: _PARTS[name](channel) for name in parts if name in _PARTS}
    return {**item, "etag": _etag(item)}


def _tagged(request: Request, body: dict[str, Any]) -> Response:
    """With its etag; the same etag in If-None-Match answers 304 without a body [recalled]."""
    etag = _etag(body)
    if request.headers.get("if-none-match", "").strip('"') == etag:
        return Response(status_code=304, headers={"etag": etag})
    return JSONResponse({**body, "etag": etag}, headers={"etag": etag})


def _etag(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:27]


routes = [Route("/youtube/v3/channels", channels)]
