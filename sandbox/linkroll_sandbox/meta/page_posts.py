"""
Posts, reels, videos and stories of a Page (section 4.5).

A reel stands in `/video_reels` only and a video both in `/posts` and `/videos`; the sheet does not
say [inference].
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from linkroll_sandbox.cast import Page
from linkroll_sandbox.content import accounts, ids, library, numbers
from linkroll_sandbox.content.posts import Post
from linkroll_sandbox.meta.callers import Caller
from linkroll_sandbox.meta.fields import Catalogue, Edge, Field, parse_fields, select
from linkroll_sandbox.meta.insights import page_post as post_insights
from linkroll_sandbox.meta.insights.items import graph_time
from linkroll_sandbox.meta.insights.windows import moment
from linkroll_sandbox.meta.paging import paged


@dataclass(frozen=True)
class PagePost:
    """A post of a Page and who looks at it."""

    post: Post
    page: Page
    caller: Caller

    def total(self, metric: str) -> int:
        """What it has gathered by now."""
        return int(numbers.post_total(self.post, metric, self.caller.world.now()))

    @property
    def video_id(self) -> str:
        """The id of the video in it."""
        return ids.page_video_id(self.post.key)


def _insights(seen: PagePost) -> Edge:
    """`insights.metric(a,b)` inside a list of posts."""

    def answer(field: Field) -> dict[str, Any]:
        asked = dict(field.options).get("metric", "")
        metrics = [one.strip() for one in asked.split(",") if one.strip()]
        return {"data": post_insights.items(seen.caller, seen.page, seen.post, seen.post.id, metrics)}

    return Edge(answer)


def _counted(metric: str) -> Callable[[PagePost], dict[str, Any]]:
    """`likes.summary(true)` and its kin need a permission of their own (section 2)."""

    def count(seen: PagePost) -> dict[str, Any]:
        seen.caller.require("pages_read_user_content")
        return {"data": [], "summary": {"total_count": seen.total(metric)}}

    return count


def _picture(seen: PagePost) -> str:
    return f"https://cdn.sandbox/pages/{seen.page.id}/{seen.post.slot}.jpg"


def _status_type(seen: PagePost) -> str:
    return "added_video" if seen.post.is_video else "added_photos"


def _attachments(seen: PagePost) -> dict[str, Any]:
    kind = {"VIDEO": "video", "REEL": "video", "ALBUM": "album"}.get(seen.post.kind, "photo")
    target = {"id": seen.video_id if seen.post.is_video else seen.post.id, "url": seen.post.url}
    return {"data": [{"media_type": kind, "type": kind, "target": target, "url": seen.post.url}]}


def _is_published(seen: PagePost) -> bool:
    return True


_POST: Catalogue = {
    "id": lambda seen: seen.post.id,
    "message": lambda seen: seen.post.text or None,
    "created_time": lambda seen: graph_time(seen.post.published_at),
    "updated_time": lambda seen: graph_time(seen.post.published_at),
    "permalink_url": lambda seen: seen.post.url,
    "full_picture": _picture,
    "status_type": _status_type,
    "attachments": _attachments,
    "shares": lambda seen: {"count": seen.total("shares")},
    "is_published": _is_published,
    "insights": _insights,
    "reactions": _counted("likes"),
    "likes": _counted("likes"),
    "comments": _counted("comments"),
}
_VIDEO: Catalogue = {
    "id": lambda seen: seen.video_id,
    "description": lambda seen: seen.post.text or None,
    "title": lambda seen: None,
    "created_time": lambda seen: graph_time(seen.post.published_at),
    "updated_time": lambda seen: graph_time(seen.post.published_at),
    "permalink_url": lambda seen: seen.post.url,
    "picture": _picture,
    "length": lambda seen: seen.post.seconds,
    "post_id": lambda seen: ids.page_post_id(seen.post.key),
    "published": _is_published,
}
_STORY: Catalogue = {
    "post_id": lambda seen: seen.post.id,
    "status": lambda seen: "PUBLISHED",
    "creation_time": lambda seen: str(int(seen.post.published_at)),
    "media_type": lambda seen: "video" if seen.post.is_video else "photo",
    "media_id": lambda seen: seen.video_id,
    "url": lambda seen: seen.post.url,
}
_STORY_DEFAULT = ",".join(_STORY)


async def posts(request: Request, caller: Caller, page: Page) -> Response:
    """`/{page}/posts`, `/published_posts` and `/feed`: newest first."""
    return _list(request, caller, page, ("IMAGE", "ALBUM", "VIDEO"), _shown_post)


async def reels(request: Request, caller: Caller, page: Page) -> Response:
    """`/{page}/video_reels`."""
    return _list(request, caller, page, ("REEL",), _shown_video)


async def videos(request: Request, caller: Caller, page: Page) -> Response:
    """`/{page}/videos`."""
    return _list(request, caller, page, ("VIDEO",), _shown_video)


async def stories(request: Request, caller: Caller, page: Page) -> Response:
    """`/{page}/stories`: those that live now [inference: the sheet does not say whether ended ones stay]."""
    caller.require("pages_read_engagement")
    found = library.live_stories(caller.world, accounts.of(page))
    wanted = parse_fields(request.query_params.get("fields", _STORY_DEFAULT))

    def show(post: Post) -> dict[str, Any]:
        return select(PagePost(post, page, caller), _STORY, wanted, "PageStory")

    return JSONResponse(paged(request, found, show))


def post_answer(request: Request, seen: PagePost) -> Response:
    """`/{post}` or `/{video}`."""
    seen.caller.require("pages_read_engagement")
    fields = request.query_params.get("fields")
    is_video = request.path_params["node"] == seen.video_id
    return JSONResponse((_shown_video if is_video else _shown_post)(seen, fields))


def _list(
    request: Request,
    caller: Caller,
    page: Page,
    kinds: tuple[str, ...],
    shown: Callable[[PagePost, str | None], dict[str, Any]],
) -> Response:
    caller.require("pages_read_engagement")
    given = request.query_params
    since = moment(given["since"], "since") if "since" in given else 0.0
    until = moment(given["until"], "until") if "until" in given else float("inf")
    found = library.posts(caller.world, accounts.of(page), since, until)
    seen = [PagePost(post, page, caller) for post in found if post.kind in kinds]
    return JSONResponse(paged(request, seen, lambda one: shown(one, given.get("fields"))))


def _shown_post(seen: PagePost, fields: str | None) -> dict[str, Any]:
    wanted = (*parse_fields(fields or "created_time,message"), Field("id"))
    return select(seen, _POST, wanted, "PagePost")


def _shown_video(seen: PagePost, fields: str | None) -> dict[str, Any]:
    wanted = (*parse_fields(fields or "description,updated_time"), Field("id"))
    return select(seen, _VIDEO, wanted, "Video")
