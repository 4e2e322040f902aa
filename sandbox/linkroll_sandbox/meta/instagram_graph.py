"""graph.instagram.com: the professional account behind an Instagram Login token (section 3)."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.meta.fields import Catalogue, Field, parse_fields, select
from linkroll_sandbox.meta.insights.instagram_account import account_insights
from linkroll_sandbox.meta.insights.instagram_media import media_insights
from linkroll_sandbox.meta.instagram_callers import check_professional, instagram_caller, instagram_error
from linkroll_sandbox.meta.instagram_media import Medium, find_medium, media, medium_answer, stories
from linkroll_sandbox.meta.instagram_views import InstagramView

AccountEdge = Callable[[Request, InstagramView], Awaitable[Response]]

#: `is_published`, `has_profile_pic` and `legacy_instagram_user_id` exist on Facebook's surface
#: only; asked for here they fail the whole call.
ACCOUNT: Catalogue = {
    "id": lambda view: view.account.login_id,
    "user_id": lambda view: view.account.id,
    "username": lambda view: view.account.username,
    "name": lambda view: view.account.name,
    "account_type": lambda view: view.account.account_type,
    "profile_picture_url": lambda view: view.account.picture,
    "followers_count": lambda view: view.followers,
    "follows_count": lambda view: view.account.follows_count,
    "media_count": lambda view: view.media_count,
    "biography": lambda view: view.account.biography or None,
    "website": lambda view: view.account.website or None,
}


async def node(request: Request) -> Response:
    """`/me` or `/{id}`, where the id is the professional one or the app-scoped one, or a medium's."""
    view, name = _view(request), request.path_params["node"]
    if not _is_own(view, name):
        return medium_answer(request, _medium(view, name))
    view.require_media()
    check_professional(view.account)
    wanted = (*parse_fields(request.query_params.get("fields", "id")), Field("id"))
    return JSONResponse(select(view, ACCOUNT, wanted, "IGUser", kind="IGApiException"))


async def insights(request: Request) -> Response:
    """`/{id}/insights` of the account or of a medium."""
    view, name = _view(request), request.path_params["node"]
    check_professional(view.account)
    if _is_own(view, name):
        return await account_insights(request, view)
    return await media_insights(request, _medium(view, name))


def _of_the_account(edge: AccountEdge) -> Callable[[Request], Awaitable[Response]]:
    async def asked(request: Request) -> Response:
        view = _view(request)
        if not _is_own(view, request.path_params["node"]):
            raise GraphError.not_visible(request.path_params["node"])
        check_professional(view.account)
        return await edge(request, view)

    return asked


async def unknown_edge(request: Request) -> Response:
    """An edge the sandbox does not play."""
    instagram_caller(request)
    raise instagram_error(2500, f"Unknown path components: /{request.path_params['edge']}")


def _view(request: Request) -> InstagramView:
    caller = instagram_caller(request)
    return InstagramView(caller.account, caller)


def _is_own(view: InstagramView, name: str) -> bool:
    return name in ("me", view.account.id, view.account.login_id)


def _medium(view: InstagramView, name: str) -> Medium:
    medium = find_medium(view, name)
    if medium is None:
        raise GraphError.not_visible(name)
    return medium


routes = [
    Route("/{node}/insights", insights),
    Route("/{node}/media", _of_the_account(media)),
    Route("/{node}/stories", _of_the_account(stories)),
    Route("/{node}", node),
    Route("/{node}/{edge:path}", unknown_edge),
]
