"""TikTok's Display API (section 3): the account, field by field, each behind its scope."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.cast import TikTokAccount
from linkroll_sandbox.grants import Grant
from linkroll_sandbox.tiktok.authorize import BASIC
from linkroll_sandbox.tiktok.errors import ApiError, log_id
from linkroll_sandbox.world import World, world_of


def _avatar(account: TikTokAccount) -> str:
    return f"https://p16-sign.tiktokcdn-us.com/{account.username}~tplv.jpeg?x-expires=1764000000&x-signature=AbC%3D"


def _deep_link(account: TikTokAccount) -> str:
    return f"https://vm.tiktok.com/{account.short_code}/"


#: Field → the scope it needs, and where it comes from.
FIELDS: dict[str, tuple[str, Callable[[TikTokAccount], Any]]] = {
    "open_id": (BASIC, lambda account: account.open_id),
    "union_id": (BASIC, lambda account: account.union_id),
    "avatar_url": (BASIC, _avatar),
    "avatar_url_100": (BASIC, _avatar),
    "avatar_large_url": (BASIC, _avatar),
    "display_name": (BASIC, lambda account: account.display_name),
    "bio_description": ("user.info.profile", lambda account: account.bio_description),
    "profile_deep_link": ("user.info.profile", _deep_link),
    "username": ("user.info.profile", lambda account: account.username),
    "is_verified": ("user.info.profile", lambda account: account.is_verified),
    "follower_count": ("user.info.stats", lambda account: account.follower_count),
    "following_count": ("user.info.stats", lambda account: account.following_count),
    "likes_count": ("user.info.stats", lambda account: account.likes_count),
    "video_count": ("user.info.stats", lambda account: account.video_count),
}


async def user_info(request: Request) -> Response:
    """GET /v2/user/info/?fields=…"""
    grant, account = _caller(request)
    fields = _fields(request)
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        raise ApiError("invalid_params", f"Invalid fields: {', '.join(unknown)}")
    _check_scopes(grant, fields)
    return _ok({"user": {name: FIELDS[name][1](account) for name in fields}})


async def videos(request: Request) -> Response:
    """POST /v2/video/list/ and /query/: nobody in the cast has a video yet (a later milestone)."""
    grant, _ = _caller(request)
    _fields(request)
    if "video.list" not in grant.scopes:
        raise ApiError("scope_not_authorized", "The user did not authorize the scope video.list.")
    return _ok({"videos": [], "cursor": 0, "has_more": False})


def _caller(request: Request) -> tuple[Grant, TikTokAccount]:
    world = world_of(request)
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    token = world.ledger.token(text.strip(), "tiktok") if scheme == "Bearer" else None
    if token is None or token.kind != "access" or world.ledger.why_dead(token, world.now()):
        # An expired and a revoked token look the same here (section 4).
        raise ApiError("access_token_invalid", "The access token is invalid or not found in the request.")
    grant = world.ledger.grant_of(token)
    return grant, _open_account(world, grant)


def _open_account(world: World, grant: Grant) -> TikTokAccount:
    account = world.cast.tiktok_account(grant.subject)
    if account is None or account.closed:
        raise ApiError("access_token_invalid", "The access token is invalid or not found in the request.")
    return account


def _fields(request: Request) -> list[str]:
    """Always in the query, on POST too."""
    fields = [one for one in request.query_params.get("fields", "").split(",") if one]
    if not fields:
        raise ApiError("invalid_params", "Fields is required.")
    return fields


def _check_scopes(grant: Grant, fields: list[str]) -> None:
    """The sheet leaves open which code is used: none allowed → 401, some → 400."""
    missing = [name for name in fields if FIELDS[name][0] not in grant.scopes]
    if len(missing) == len(fields):
        raise ApiError(
            "scope_not_authorized", "The user did not authorize the scope required for this request."
        )
    if missing:
        raise ApiError("scope_permission_missed", f"The scope for {', '.join(missing)} was not authorized.")


def _ok(data: dict[str, Any]) -> Response:
    number = log_id()
    body = {"data": data, "error": {"code": "ok", "message": "", "log_id": number}}
    return JSONResponse(body, headers={"x-tt-logid": number})


routes = [
    Route("/v2/user/info/", user_info),
    Route("/v2/video/list/", videos, methods=["POST"]),
    Route("/v2/video/query/", videos, methods=["POST"]),
]
