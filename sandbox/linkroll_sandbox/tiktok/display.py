"""TikTok's Display API (section 3): the account, field by field, each behind its scope."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from linkroll_sandbox.content import library, numbers
from linkroll_sandbox.grants import Grant
from linkroll_sandbox.tiktok import videos
from linkroll_sandbox.tiktok.answers import ok, wanted_fields
from linkroll_sandbox.tiktok.authorize import BASIC
from linkroll_sandbox.tiktok.callers import TikTokCaller, tiktok_caller
from linkroll_sandbox.tiktok.errors import ApiError

_PROFILE, _STATS = "user.info.profile", "user.info.stats"


def _avatar(caller: TikTokCaller) -> str:
    """A signed address that expires, as they all do."""
    name = caller.item.username
    return f"https://p16-sign.tiktokcdn-us.com/{name}~tplv.jpeg?x-expires=1764000000&x-signature=AbC%3D"


def _deep_link(caller: TikTokCaller) -> str:
    return f"https://vm.tiktok.com/{caller.item.short_code}/"


def _total(metric: str) -> Callable[[TikTokCaller], int]:
    return lambda caller: numbers.account_total(caller.account, metric, caller.world.now())


#: Field → the scope it needs, and where it comes from.
FIELDS: dict[str, tuple[str, Callable[[TikTokCaller], Any]]] = {
    "open_id": (BASIC, lambda caller: caller.item.open_id),
    "union_id": (BASIC, lambda caller: caller.item.union_id),
    "avatar_url": (BASIC, _avatar),
    "avatar_url_100": (BASIC, _avatar),
    "avatar_large_url": (BASIC, _avatar),
    "display_name": (BASIC, lambda caller: caller.item.display_name),
    "bio_description": (_PROFILE, lambda caller: caller.item.bio_description),
    "profile_deep_link": (_PROFILE, _deep_link),
    "username": (_PROFILE, lambda caller: caller.item.username),
    "is_verified": (_PROFILE, lambda caller: caller.item.is_verified),
    "follower_count": (_STATS, _total("followers")),
    "following_count": (_STATS, lambda caller: caller.item.following_count),
    "likes_count": (_STATS, _total("likes")),
    "video_count": (_STATS, lambda caller: library.count(caller.world, caller.account)),
}


async def user_info(request: Request) -> Response:
    """GET /v2/user/info/?fields=…"""
    caller = tiktok_caller(request)
    fields = wanted_fields(request, FIELDS)
    _check_scopes(caller.grant, fields)
    return ok({"user": {name: FIELDS[name][1](caller) for name in fields}})


def _check_scopes(grant: Grant, fields: list[str]) -> None:
    """The sheet leaves open which code is used: none allowed → 401, some → 400."""
    missing = [name for name in fields if FIELDS[name][0] not in grant.scopes]
    if len(missing) == len(fields):
        raise ApiError(
            "scope_not_authorized", "The user did not authorize the scope required for this request."
        )
    if missing:
        raise ApiError("scope_permission_missed", f"The scope for {', '.join(missing)} was not authorized.")


routes = [Route("/v2/user/info/", user_info), *videos.routes]
