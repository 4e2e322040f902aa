"""The media and the stories of an account as its lists show them (meta sheet 4.3, confirmed)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from linkroll_meta.days import read_time
from linkroll_meta.lists import next_entries
from linkroll_meta.posts import MOST_STORY_PAGES, STORY_LIFE
from linkroll_meta.values import string
from linkroll_sdk import FoundPost, PostKind

from linkroll_instagram.graph import Graph

FIELDS = "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp"

KINDS = {"IMAGE": PostKind.IMAGE, "VIDEO": PostKind.VIDEO, "CAROUSEL_ALBUM": PostKind.ALBUM}
# Looked at first: a reel is a `VIDEO` by its type (meta sheet 4.2, confirmed).
KINDS_BY_PRODUCT = {"REELS": PostKind.REEL, "STORY": PostKind.STORY}


async def entries_of(graph: Graph, edge: str, after: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """The next entries of *edge* (`media`, `stories`), and the cursor behind them; None at the end."""
    path = f"{graph.account.platform_id}/{edge}"

    async def ask(params: dict[str, str]) -> dict[str, Any]:
        return await graph.get(path, edge, fields=FIELDS, **params)

    return await next_entries(ask, edge, after)


async def stories_of(graph: Graph) -> tuple[list[dict[str, Any]], str | None]:
    """The stories of an account, newest first, and the cursor behind them; None where these are all."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    for _ in range(MOST_STORY_PAGES):
        entries, after = await entries_of(graph, "stories", after)
        found += entries
        if after is None:
            break
    return found, after


def read_media(entries: Iterable[Mapping[str, Any]]) -> list[FoundPost]:
    """The media of a list; an entry without an id or a time is none."""
    found = [read_one(entry, kind_of(entry)) for entry in entries]
    return [post for post in found if post is not None and post.kind is not PostKind.STORY]


def read_stories(entries: Iterable[Mapping[str, Any]]) -> list[FoundPost]:
    """The stories of a list, whatever their entries call themselves."""
    return [story for story in (read_one(entry, PostKind.STORY) for entry in entries) if story]


def read_one(entry: Mapping[str, Any], kind: PostKind) -> FoundPost | None:
    """A media as an entry shows it."""
    media_id, published_at = string(entry.get("id")), read_time(entry.get("timestamp"))
    if media_id is None or published_at is None:
        return None
    return FoundPost(
        post_id=media_id,
        kind=kind,
        published_at=published_at,
        url=_plain_url(entry.get("permalink")),
        text=string(entry.get("caption")) or "",
        # A video's own address is no picture.
        thumbnail_url=string(entry.get("thumbnail_url")) or _picture(entry),
        ends_at=published_at + STORY_LIFE if kind is PostKind.STORY else None,
    )


def kind_of(entry: Mapping[str, Any]) -> PostKind:
    """What a media is; an unknown kind has the feed's metrics."""
    product = KINDS_BY_PRODUCT.get(str(entry.get("media_product_type")).upper())
    return product or KINDS.get(str(entry.get("media_type")).upper(), PostKind.OTHER)


def _picture(entry: Mapping[str, Any]) -> str | None:
    return None if entry.get("media_type") == "VIDEO" else string(entry.get("media_url"))


def _plain_url(value: Any) -> str | None:
    """The address without its query, which only tracks (meta sheet 8)."""
    told = string(value)
    return urlsplit(told)._replace(query="", fragment="").geturl() if told else None
