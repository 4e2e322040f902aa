"""The YouTube Data API (section 3): channels, by the one filter that a call may have."""

from collections.abc import Callable
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from linkroll_sandbox.cast import Channel
from linkroll_sandbox.content import accounts, library, numbers
from linkroll_sandbox.google import playlists, videos
from linkroll_sandbox.google.callers import GoogleCaller
from linkroll_sandbox.google.data_api import (
    limit_of,
    missing_parameter,
    opened,
    reader,
    resource,
    tagged,
    wanted_parts,
)
from linkroll_sandbox.google.errors import ApiError
from linkroll_sandbox.world import World, world_of

_FILTERS = ("id", "mine", "forHandle", "forUsername", "managedByMe")


def _thumbnails(channel: Channel) -> dict[str, Any]:
    sizes = {"default": 88, "medium": 240, "high": 800}
    address = f"https://yt3.ggpht.com/{channel.id}=s"
    return {name: {"url": f"{address}{size}", "width": size, "height": size} for name, size in sizes.items()}


def _snippet(world: World, channel: Channel) -> dict[str, Any]:
    return {
        "title": channel.title,
        "description": channel.description,
        "customUrl": f"@{channel.handle.lower()}",
        "publishedAt": channel.published_at,
        "thumbnails": _thumbnails(channel),
        "localized": {"title": channel.title, "description": channel.description},
        "country": channel.country,
    }


def _statistics(world: World, channel: Channel) -> dict[str, Any]:
    """Every count is a string."""
    account, now = accounts.of(channel), world.now()
    return {
        "viewCount": str(numbers.account_total(account, "views", now)),
        **_subscribers(world, numbers.account_total(account, "followers", now)),
        "videoCount": str(library.count(world, account)),
    }


def _subscribers(world: World, count: int) -> dict[str, Any]:
    """Rounded down to three digits [recalled]; hidden, the number is not there [inference]."""
    if world.is_on("youtube_hidden_counts"):
        return {"hiddenSubscriberCount": True}
    return {"subscriberCount": str(_three_digits(count)), "hiddenSubscriberCount": False}


def _three_digits(number: int) -> int:
    digits = str(number)
    return int(digits[:3].ljust(len(digits), "0"))


def _content_details(world: World, channel: Channel) -> dict[str, Any]:
    return {"relatedPlaylists": {"likes": "", "uploads": playlists.uploads_of(channel)}}


def _status(world: World, channel: Channel) -> dict[str, Any]:
    return {
        "privacyStatus": "public",
        "isLinked": True,
        "longUploadsStatus": "longUploadsUnspecified",
        "madeForKids": False,
    }


_PARTS: dict[str, Callable[[World, Channel], dict[str, Any]]] = {
    "snippet": _snippet,
    "statistics": _statistics,
    "contentDetails": _content_details,
    "status": _status,
}


async def channels(request: Request) -> Response:
    """GET /youtube/v3/channels."""
    params, world = request.query_params, opened(request)
    parts = wanted_parts(params, _PARTS)
    limit = limit_of(params)
    found = _found(request, _filter(params))
    body: dict[str, Any] = {
        "kind": "youtube#channelListResponse",
        "pageInfo": {"totalResults": len(found), "resultsPerPage": limit},
    }
    if found:  # without a match there is no `items` at all
        body["items"] = [_item(world, channel, parts) for channel in found[:limit]]
    return tagged(request, body)


def _item(world: World, channel: Channel, parts: list[str]) -> dict[str, Any]:
    chosen = {name: _PARTS[name](world, channel) for name in parts if name in _PARTS}
    return resource("youtube#channel", channel.id, chosen)


def _filter(params: QueryParams) -> str:
    """Exactly one filter."""
    given = [name for name in _FILTERS if name in params]
    if not given:
        raise missing_parameter(list(_FILTERS))
    if len(given) > 1:
        words = f"Incompatible parameters specified in the request: {', '.join(given)}"
        raise ApiError(400, "incompatibleParameters", words, "youtube.parameter")
    return given[0]


def _found(request: Request, name: str) -> list[Channel]:
    if name in ("mine", "managedByMe"):
        return _mine(request, name)
    channels = world_of(request).cast.channels
    return [one for one in channels if not one.closed and _matches(one, name, request)]


def _matches(channel: Channel, name: str, request: Request) -> bool:
    values = request.query_params.getlist(name)
    if name == "id":
        return channel.id in [one for text in values for one in text.split(",")]
    wanted = values[0].removeprefix("@").casefold()
    return wanted == (channel.handle if name == "forHandle" else channel.username).casefold()


def _mine(request: Request, name: str) -> list[Channel]:
    """The one channel of the identity chosen at consent, never the person's others (section 8)."""
    caller = reader(request)
    if name == "managedByMe":
        words = "Access forbidden. Only content owners may use managedByMe."
        raise ApiError(403, "forbidden", words, "youtube.channel")
    channel = caller.world.cast.channel(caller.grant.subject)
    if channel is None:
        return _without_channel(caller.world)
    check_open(caller, channel)
    return [channel]


def _without_channel(world: World) -> list[Channel]:
    """The token is fine, the Google Account merely has no channel; three answers were seen."""
    behaviour = world.switches["youtube_no_channel"]
    if behaviour == "empty":
        return []
    raise ApiError(int(behaviour[-3:]), "youtubeSignupRequired", "Unauthorized", "youtube.header")


def check_open(caller: GoogleCaller, channel: Channel) -> None:
    """Raise 403 for a channel that is closed, or that the caller no longer manages."""
    if channel.closed:
        raise ApiError(403, "channelClosed", "The channel has been closed.", "youtube.channel")
    if caller.person.key not in channel.managers:
        raise ApiError(403, "forbidden", "The caller no longer manages this channel.", "youtube.channel")


routes = [Route("/youtube/v3/channels", channels), *playlists.routes, *videos.routes]
