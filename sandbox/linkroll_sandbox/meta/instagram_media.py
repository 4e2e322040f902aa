"""Media and stories of an Instagram account (section 4.3), the same on both surfaces but for a few fields."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from linkroll_sandbox.content import library, numbers
from linkroll_sandbox.content.posts import Post
from linkroll_sandbox.meta.fields import Catalogue, Field, Node, NodeList, parse_fields, select
from linkroll_sandbox.meta.insights.items import graph_time
from linkroll_sandbox.meta.insights.windows import moment
from linkroll_sandbox.meta.instagram_views import InstagramView
from linkroll_sandbox.meta.paging import paged

_MOST = 10_000
_CHILDREN = 3


@dataclass(frozen=True)
class Medium:
    """A post and the view it is seen through."""

    post: Post
    view: InstagramView

    def total(self, metric: str) -> int:
        """What it has gathered by now."""
        return int(self.exact(metric))

    def exact(self, metric: str) -> float:
        """The same with its fraction, as a share has."""
        return numbers.post_total(self.post, metric, self.view.world.now())


def media_type(post: Post) -> str:
    """`IMAGE`, `VIDEO` or `CAROUSEL_ALBUM`; a reel is a VIDEO by type (section 4.2)."""
    if post.kind == "ALBUM":
        return "CAROUSEL_ALBUM"
    return "VIDEO" if post.is_video else "IMAGE"


def product_type(post: Post) -> str:
    """`FEED`, `REELS` or `STORY`: what decides which metrics a medium has."""
    return {"REEL": "REELS", "STORY": "STORY"}.get(post.kind, "FEED")


def _media_url(medium: Medium) -> str:
    ending = "mp4" if medium.post.is_video else "jpg"
    return f"https://cdn.sandbox/instagram/media/{medium.post.id}.{ending}"


def _thumbnail(medium: Medium) -> str | None:
    post = medium.post
    return f"https://cdn.sandbox/instagram/media/{post.id}.jpg" if post.is_video else None


def _children(medium: Medium) -> NodeList | None:
    """An album's parts. They have no insights of their own (section 4.2)."""
    if medium.post.kind != "ALBUM":
        return None
    ids = tuple(f"1791{place}{medium.post.id[5:]}" for place in range(1, _CHILDREN + 1))
    return NodeList(ids, _CHILD, "IGMedia")


_CHILD: Catalogue = {
    "id": lambda child: child,
    "media_type": lambda child: "IMAGE",
    "media_url": lambda child: f"https://cdn.sandbox/instagram/media/{child}.jpg",
}
_OWNER: Catalogue = {"id": lambda medium: medium.view.account.id}
_MEDIA: Catalogue = {
    "id": lambda medium: medium.post.id,
    "caption": lambda medium: medium.post.text or None,
    "media_type": lambda medium: media_type(medium.post),
    "media_product_type": lambda medium: product_type(medium.post),
    "media_url": _media_url,
    "thumbnail_url": _thumbnail,
    "permalink": lambda medium: medium.post.url,
    "shortcode": lambda medium: medium.post.short_code,
    "timestamp": lambda medium: graph_time(medium.post.published_at),
    "username": lambda medium: medium.view.account.username,
    "owner": lambda medium: Node(medium, _OWNER, "IGUser"),
    "like_count": lambda medium: medium.total("likes"),
    "comments_count": lambda medium: medium.total("comments"),
    "is_shared_to_feed": lambda medium: True if medium.post.kind == "REEL" else None,
    "is_comment_enabled": lambda medium: True,
    "alt_text": lambda medium: None,
    "children": _children,
}
#: Only Facebook's surface has these (section 3).
_FACEBOOK_MEDIA: Catalogue = {
    **_MEDIA,
    "reposts_count": lambda medium: medium.total("reposts"),
    "saved_count": lambda medium: medium.total("saves"),
    "shares_count": lambda medium: medium.total("shares"),
}


def shown(medium: Medium, fields: str | None) -> dict[str, Any]:
    """The asked fields of a medium, and its id in any case."""
    catalogue = _FACEBOOK_MEDIA if medium.view.on_facebook else _MEDIA
    wanted = (*parse_fields(fields or "id"), Field("id"))
    return select(medium, catalogue, wanted, "IGMedia", kind=medium.view.kind)


async def media(request: Request, view: InstagramView) -> Response:
    """`/{ig-user}/media`: newest first, without stories, at most the newest 10 000."""
    view.require_media()
    since, until = (_bound(request, name) for name in ("since", "until"))
    found = library.posts(
        view.world, view.truth, 0.0 if since is None else since, float("inf") if until is None else until
    )
    return _list(request, view, found[:_MOST])


async def stories(request: Request, view: InstagramView) -> Response:
    """`/{ig-user}/stories`: those that live now; ids alone unless fields are asked for."""
    view.require_media()
    return _list(request, view, library.live_stories(view.world, view.truth))


def find_medium(view: InstagramView, name: str) -> Medium | None:
    """The medium called *name* if it is this account's. A story that has ended is gone."""
    post = library.find(view.world, view.truth, name)
    if post is None or (post.ends_at is not None and post.ends_at <= view.world.now()):
        return None
    return Medium(post, view)


def medium_answer(request: Request, medium: Medium) -> Response:
    """`/{media}`."""
    medium.view.require_media()
    return JSONResponse(shown(medium, request.query_params.get("fields")))


def _bound(request: Request, name: str) -> float | None:
    text = request.query_params.get(name)
    return None if text is None else moment(text, name)


def _list(request: Request, view: InstagramView, found: list[Post]) -> Response:
    fields = request.query_params.get("fields")
    return JSONResponse(paged(request, found, lambda post: shown(Medium(post, view), fields)))
