"""graph.instagram.com: the professional account behind an Instagram Login token (section 3)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.cast import InstagramAccount
from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.meta.fields import Catalogue, Field, parse_fields, select
from linkroll_sandbox.meta.instagram_callers import instagram_caller, instagram_error

#: `is_published`, `has_profile_pic` and `legacy_instagram_user_id` exist on Facebook's surface
#: only; asked for here they fail the whole call.
ACCOUNT: Catalogue = {
    "id": lambda account: account.login_id,
    "user_id": lambda account: account.id,
    "username": lambda account: account.username,
    "name": lambda account: account.name,
    "account_type": lambda account: account.account_type,
    "profile_picture_url": lambda account: account.picture,
    "followers_count": lambda account: account.followers_count,
    "follows_count": lambda account: account.follows_count,
    "media_count": lambda account: account.media_count,
    "biography": lambda account: account.biography or None,
    "website": lambda account: account.website or None,
}


async def account(request: Request) -> Response:
    """`/me` or `/{id}`, where the id is the professional one or the app-scoped one."""
    caller = instagram_caller(request)
    name = request.path_params["node"]
    if name not in ("me", caller.account.id, caller.account.login_id):
        raise GraphError.not_visible(name)
    caller.require("instagram_business_basic")
    _check_professional(caller.account)
    wanted = (*parse_fields(request.query_params.get("fields", "id")), Field("id"))
    return JSONResponse(select(caller.account, ACCOUNT, wanted, "IGUser", kind="IGApiException"))


async def unknown_edge(request: Request) -> Response:
    """An edge the sandbox does not play (insights and media come with a later milestone)."""
    instagram_caller(request)
    raise instagram_error(2500, f"Unknown path components: /{request.path_params['edge']}")


def _check_professional(account: InstagramAccount) -> None:
    """Section 5: the account became personal; only its owner can switch it back."""
    if not account.is_professional:
        raise instagram_error(9009, "(#9009) The user is not an Instagram Business account")


routes = [Route("/{node}", account), Route("/{node}/{edge:path}", unknown_edge)]
