"""graph.facebook.com: what Pages and the Instagram accounts behind them have published, and its numbers."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from linkroll_sandbox.cast import InstagramAccount, Page
from linkroll_sandbox.meta import instagram_media, page_posts
from linkroll_sandbox.meta.callers import Caller, facebook_caller
from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.meta.insights import instagram_account, page, page_post
from linkroll_sandbox.meta.insights import instagram_media as media_insights
from linkroll_sandbox.meta.instagram_media import Medium
from linkroll_sandbox.meta.instagram_views import InstagramView
from linkroll_sandbox.meta.page_posts import PagePost
from linkroll_sandbox.meta.sight import Seeable, find

PageEdge = Callable[[Request, Caller, Page], Awaitable[Response]]


async def insights(request: Request) -> Response:
    """`/{id}/insights` of a Page, a post, an Instagram account or a medium."""
    caller, found = _asked(request)
    if isinstance(found, Page):
        return await page.page_insights(request, caller, found)
    if isinstance(found, InstagramAccount):
        return await instagram_account.account_insights(request, InstagramView(found, caller))
    if isinstance(found, Medium):
        return await media_insights.media_insights(request, found)
    if isinstance(found, PagePost):
        return await page_post.insights(request, caller, found.page, found.post)
    raise _no_edge(request)


async def video_insights(request: Request) -> Response:
    """`/{video}/video_insights`."""
    caller, found = _asked(request)
    if not isinstance(found, PagePost) or request.path_params["node"] != found.video_id:
        raise _no_edge(request)
    return await page_post.video_insights(request, caller, found.page, found.post)


async def stories(request: Request) -> Response:
    """`/{id}/stories` of a Page or an Instagram account."""
    caller, found = _asked(request)
    if isinstance(found, InstagramAccount):
        return await instagram_media.stories(request, InstagramView(found, caller))
    return await page_posts.stories(request, caller, _page(request, found))


async def media(request: Request) -> Response:
    """`/{ig-user}/media`."""
    caller, found = _asked(request)
    if not isinstance(found, InstagramAccount):
        raise _no_edge(request)
    return await instagram_media.media(request, InstagramView(found, caller))


def _of_a_page(edge: PageEdge) -> Callable[[Request], Awaitable[Response]]:
    async def asked(request: Request) -> Response:
        caller, found = _asked(request)
        return await edge(request, caller, _page(request, found))

    return asked


def _asked(request: Request) -> tuple[Caller, Seeable]:
    caller = facebook_caller(request)
    return caller, find(caller, request.path_params["node"])


def _page(request: Request, found: Seeable) -> Page:
    if not isinstance(found, Page):
        raise _no_edge(request)
    return found


def _no_edge(request: Request) -> GraphError:
    """Code 100: this kind of node has no such edge."""
    edge = request.url.path.rpartition("/")[2]
    return GraphError(100, f"(#100) Tried accessing nonexisting field ({edge})")


routes = [
    Route("/{node}/insights", insights),
    Route("/{node}/media", media),
    Route("/{node}/stories", stories),
    Route("/{node}/posts", _of_a_page(page_posts.posts)),
    Route("/{node}/published_posts", _of_a_page(page_posts.posts)),
    Route("/{node}/feed", _of_a_page(page_posts.posts)),
    Route("/{node}/video_reels", _of_a_page(page_posts.reels)),
    Route("/{node}/videos", _of_a_page(page_posts.videos)),
    Route("/{node}/video_insights", video_insights),
]
