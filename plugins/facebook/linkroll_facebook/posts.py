"""
The posts, reels and stories of a Page as its lists show them.

Posts and reels stand in two lists, read one after the other behind one cursor. A reel that shows in the
feed as well is known by its video's id in both, so it is one post (that its address tells the id: inference).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from linkroll_meta.days import read_time
from linkroll_meta.lists import next_entries
from linkroll_meta.posts import MOST_STORY_PAGES, STORY_LIFE
from linkroll_meta.values import string
from linkroll_sdk import FoundPost, PostKind

from linkroll_facebook.graph import Graph


@dataclass(frozen=True, slots=True)
class Listing:
    """One of a Page's lists: its edge, its operation, and what is asked of each entry."""

    name: str
    edge: str
    operation: str
    fields: str


POSTS = Listing(
    "posts",
    "published_posts",
    "page_posts",
    "id,message,created_time,permalink_url,full_picture,status_type,attachments",
)
# The fields are recalled; what Facebook says to an unknown one, `fetching` survives.
REELS = Listing("reels", "video_reels", "page_reels", "id,description,created_time,permalink_url")
STORIES = Listing(
    "stories", "stories", "page_stories", "post_id,status,creation_time,media_type,media_id,url"
)


async def entries_of(
    graph: Graph, listing: Listing, page_id: str, access_token: str, after: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """The next entries of a list, and the cursor behind them; None at its end."""
    path = f"{page_id}/{listing.edge}"

    async def ask(params: dict[str, str]) -> dict[str, Any]:
        return await graph.get(path, listing.operation, access_token, fields=listing.fields, **params)

    return await next_entries(ask, listing.operation, after)


async def stories_of(graph: Graph, page_id: str, access_token: str) -> tuple[list[FoundPost], str | None]:
    """The living stories of a Page, and the cursor behind them; None where these are all."""
    found: list[FoundPost] = []
    after: str | None = None
    for _ in range(MOST_STORY_PAGES):
        entries, after = await entries_of(graph, STORIES, page_id, access_token, after)
        living = read_stories(entries, graph.http.now())
        found += living
        # Ended ones come behind the living (recalled).
        if after is None or not living:
            return found, None
    return found, after


def read_posts(entries: Iterable[Mapping[str, Any]], listing: Listing) -> list[FoundPost]:
    """The posts in a list; an entry without an id or a time is none."""
    read = _read_reel if listing is REELS else _read_post
    return [post for post in map(read, entries) if post is not None]


def read_stories(entries: Iterable[Mapping[str, Any]], now: datetime) -> list[FoundPost]:
    """The stories that live *now*."""
    found = [story for story in map(_read_story, entries) if story is not None]
    return [story for story in found if story.ends_at is not None and story.ends_at > now]


def _read_post(entry: Mapping[str, Any]) -> FoundPost | None:
    post_id, created = string(entry.get("id")), read_time(entry.get("created_time"))
    if post_id is None or created is None:
        return None
    url = plain_url(entry.get("permalink_url"))
    reel = _REEL.search(url or "")
    return FoundPost(
        post_id=reel[1] if reel else post_id,
        kind=PostKind.REEL if reel else kind_of(entry),
        published_at=created,
        url=url,
        text=string(entry.get("message")) or "",
        thumbnail_url=string(entry.get("full_picture")),
    )


_REEL = re.compile(r"/reel/(\d+)/?$", re.ASCII)


def _read_reel(entry: Mapping[str, Any]) -> FoundPost | None:
    video_id, created = string(entry.get("id")), read_time(entry.get("created_time"))
    if video_id is None or created is None:
        return None
    url = plain_url(entry.get("permalink_url"))
    return FoundPost(video_id, PostKind.REEL, created, url, string(entry.get("description")) or "")


def _read_story(entry: Mapping[str, Any]) -> FoundPost | None:
    post_id, created = string(entry.get("post_id")), read_time(entry.get("creation_time"))
    # Ended stories are listed as archived (recalled).
    if post_id is None or created is None or str(entry.get("status")).lower() == "archived":
        return None
    url = plain_url(entry.get("url"))
    return FoundPost(post_id, PostKind.STORY, created, url, ends_at=created + STORY_LIFE)


# Words of `attachments`, then of `status_type`; recalled, so an unknown one is OTHER.
KINDS_BY_ATTACHMENT = {
    "album": PostKind.ALBUM,
    "new_album": PostKind.ALBUM,
    "photo": PostKind.IMAGE,
    "cover_photo": PostKind.IMAGE,
    "profile_media": PostKind.IMAGE,
    "video": PostKind.VIDEO,
    "video_inline": PostKind.VIDEO,
    "video_autoplay": PostKind.VIDEO,
}
KINDS_BY_STATUS = {
    "added_photos": PostKind.IMAGE,
    "added_video": PostKind.VIDEO,
    "mobile_status_update": PostKind.TEXT,
}


def kind_of(entry: Mapping[str, Any]) -> PostKind:
    """What a post is, by its first attachment, else by its status."""
    for field in ("media_type", "type"):
        if kind := KINDS_BY_ATTACHMENT.get(str(_attachment(entry).get(field)).lower()):
            return kind
    return KINDS_BY_STATUS.get(str(entry.get("status_type")).lower(), PostKind.OTHER)


def _attachment(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    attachments = entry.get("attachments")
    data = attachments.get("data") if isinstance(attachments, dict) else None
    first = data[0] if isinstance(data, list) and data else None
    return first if isinstance(first, dict) else {}


def plain_url(value: Any) -> str | None:
    """
    A post's public address without what only tracks.

    `story_fbid`, `id`, `fbid` and `v` are the address itself (meta sheet 8); a reel's comes without a host.
    """
    told = string(value)
    if told is None:
        return None
    parts = urlsplit(told if "://" in told else f"https://www.facebook.com/{told.lstrip('/')}")
    kept = [pair for pair in parts.query.split("&") if pair.partition("=")[0] in _ADDRESS_PARAMS]
    return parts._replace(query="&".join(kept), fragment="").geturl()


_ADDRESS_PARAMS = frozenset({"story_fbid", "id", "fbid", "v"})
