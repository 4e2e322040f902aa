"""graph.facebook.com: people, Pages, portfolios, and Instagram accounts behind a Page."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.cast import Business, Page
from linkroll_sandbox.meta import facebook_content, facebook_tokens
from linkroll_sandbox.meta.callers import Caller, facebook_caller
from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.meta.fields import Field, parse_fields, select
from linkroll_sandbox.meta.instagram_media import Medium, medium_answer
from linkroll_sandbox.meta.nodes import Seen, type_of
from linkroll_sandbox.meta.page_posts import PagePost, post_answer
from linkroll_sandbox.meta.paging import paged
from linkroll_sandbox.meta.sight import find

_ACCOUNT_FIELDS = "access_token,category,name,id,tasks"
#: What `pages_show_list` alone shows of a Page; the rest needs pages_read_engagement [inference].
_LIST_FIELDS = frozenset({"id", "name", "username", "link", "category", "picture", "tasks", "access_token"})


async def node(request: Request) -> Response:
    """`/{id}` or `/me`, whatever it is."""
    caller = facebook_caller(request)
    item = find(caller, request.path_params["node"])
    if isinstance(item, Medium):
        return medium_answer(request, item)
    if isinstance(item, PagePost):
        return post_answer(request, item)
    if isinstance(item, Page):
        _check_page(caller, item, request.query_params.get("fields", ""))
    return JSONResponse(_shown(caller, item, request.query_params.get("fields")))


async def accounts(request: Request) -> Response:
    """`/me/accounts`: the Pages with a role, ticked, and not owned by a portfolio out of sight."""
    caller = facebook_caller(request)
    if not _is_me(caller, request.path_params["node"]):
        raise GraphError.not_visible(request.path_params["node"])
    wanted = request.query_params.get("fields", _ACCOUNT_FIELDS)
    pages = caller.pages() if caller.may("pages_show_list") else []
    listed = [page for page in pages if not page.business_id or caller.may("business_management")]
    empty_first = caller.world.is_on("facebook_empty_first_page")
    return _listed(request, caller, listed, wanted, empty_first=empty_first)


async def businesses(request: Request) -> Response:
    """`/me/businesses`."""
    caller = facebook_caller(request)
    caller.require("business_management", 200)
    found = caller.world.cast.businesses_of(caller.person.key)
    wanted = request.query_params.get("fields")
    return _listed(request, caller, found, wanted)


async def owned_pages(request: Request) -> Response:
    """`/{business}/owned_pages`."""
    caller, business = _business(request)
    pages = [page for page in caller.world.cast.pages if page.business_id == business.id]
    return _business_pages(request, caller, pages)


async def client_pages(request: Request) -> Response:
    """`/{business}/client_pages`."""
    caller, business = _business(request)
    pages = [page for page in caller.world.cast.pages if page.id in business.client_page_ids]
    return _business_pages(request, caller, pages)


async def unknown_edge(request: Request) -> Response:
    """An edge the sandbox does not play."""
    facebook_caller(request)
    edge = request.path_params["edge"]
    raise GraphError(2500, f"Unknown path components: /{edge}")


def _business(request: Request) -> tuple[Caller, Business]:
    caller = facebook_caller(request)
    caller.require("business_management", 200)
    found = find(caller, request.path_params["node"])
    if not isinstance(found, Business):
        raise GraphError.not_visible(request.path_params["node"])
    return caller, found


def _business_pages(request: Request, caller: Caller, pages: list[Page]) -> Response:
    wanted = request.query_params.get("fields")
    visible = [page for page in pages if page in caller.pages()]
    return _listed(request, caller, visible, wanted)


def _listed(
    request: Request, caller: Caller, items: Sequence[Any], fields: str | None, *, empty_first: bool = False
) -> Response:
    def show(item: Any) -> dict[str, Any]:
        return _shown(caller, item, fields)

    return JSONResponse(paged(request, items, show, empty_first=empty_first))


def _is_me(caller: Caller, name: str) -> bool:
    return name in ("me", caller.person.facebook_user_id) and caller.page is None


def _check_page(caller: Caller, page: Page, fields: str) -> None:
    """A direct read of a Page. Code 3: its portfolio has not assigned the person or the app."""
    if page.business_id and caller.world.switches["facebook_portfolio_page"] == "code3":
        raise GraphError(3, "(#3) Application does not have the capability to make this API call.")
    beyond = {one.name for one in parse_fields(fields)} - _LIST_FIELDS
    if beyond or not caller.may("pages_show_list"):
        caller.require("pages_read_engagement", 283)


def _shown(caller: Caller, item: Any, fields: str | None) -> dict[str, Any]:
    catalogue, type_name, default = type_of(item)
    shown = select(Seen(item, caller), catalogue, parse_fields(fields or default), type_name)
    # Graph answers always carry the id, asked or not.
    return shown | select(Seen(item, caller), catalogue, (Field("id"),), type_name)


routes = [
    Route("/oauth/access_token", facebook_tokens.access_token, methods=["GET", "POST"]),
    Route("/debug_token", facebook_tokens.debug_token),
    Route("/{node}/permissions", facebook_tokens.permissions, methods=["GET", "DELETE"]),
    Route("/{node}/permissions/{name}", facebook_tokens.permissions, methods=["GET", "DELETE"]),
    Route("/{node}/accounts", accounts),
    Route("/{node}/businesses", businesses),
    Route("/{node}/owned_pages", owned_pages),
    Route("/{node}/client_pages", client_pages),
    *facebook_content.routes,
    Route("/{node}", node),
    Route("/{node}/{edge:path}", unknown_edge),
]
