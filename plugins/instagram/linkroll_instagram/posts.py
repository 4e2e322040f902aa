"""The media and the stories of an account as its lists show them (meta sheet 4.3, confirmed)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from linkroll_sdk import FoundPost, PostKind, UnexpectedAnswer

from linkroll_instagram.days import read_time
from linkroll_instagram.graph import Graph

STORY_LIFE = timedelta(hours=24)
MOST_EMPTY = 5
"""How many empty answers with a `next` are followed in one go: endless ones were seen (meta sheet 4.6)."""
MOST_STORY_PAGES = 5
"""Nobody has 250 stories in a day."""

FIELDS = "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp"

KINDS = {"IMAGE": PostKind.IMAGE, "VIDEO": PostKind.VIDEO, "CAROUSEL_ALBUM": PostKind.ALBUM}
# Looked at first: a reel is a `VIDEO` by its type (meta sheet 4.2, confirmed).
KINDS_BY_PRODUCT = {"REELS": PostKind.REEL, "STORY": PostKind.STORY}


async def entries_of(graph: Graph, edge: str, after: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """The next entries of *edge* (`media`, `stories`), and the cursor behind them; None at the end."""
    for _ in range(MOST_EMPTY):
        params = {"fields": FIELDS, "limit": "50"} | ({"after": after} if after else {})
        answer = await graph.get(f"{graph.account.platform_id}/{edge}", edge, **params)
        entries, following = _entries(answer, edge), next_cursor(answer)
        if entries or following is None or following == after:
            return entries, following if following != after else None
        after = following
    return [], None


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


def next_cursor(answer: Mapping[str, Any]) -> str | None:
    """
    The cursor of the next answer; None at the end of the list.

    The last answer has an `after` too, so only a missing `next` ends the list; and `next` itself holds the
    access token, so it is never followed (meta sheet 4.6, confirmed).
    """
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    return _text(cursors.get("after")) if isinstance(cursors, dict) else None


def _entries(answer: Mapping[str, Any], edge: str) -> list[dict[str, Any]]:
    data = answer.get("data")
    if not isinstance(data, list):
        raise UnexpectedAnswer("a list without data", operation=edge)
    return [entry for entry in data if isinstance(entry, dict)]


def read_media(entries: Iterable[Mapping[str, Any]]) -> list[FoundPost]:
    """The media of a list; an entry without an id or a time is none."""
    found = [read_one(entry, kind_of(entry)) for entry in entries]
    return [post for post in found if post is not None and post.kind is not PostKind.STORY]


def read_stories(entries: Iterable[Mapping[str, Any]]) -> list[FoundPost]:
    """The stories of a list, whatever their entries call themselves."""
    return [story for story in (read_one(entry, PostKind.STORY) for entry in entries) if story]


def read_one(entry: Mapping[str, Any], kind: PostKind) -> FoundPost | None:
    """A media as an entry shows it."""
    media_id, published_at = _text(entry.get("id")), read_time(entry.get("timestamp"))
    if media_id is None or published_at is None:
        return None
    return FoundPost(
        post_id=media_id,
        kind=kind,
        published_at=published_at,
        url=_plain_url(entry.get("permalink")),
        text=_text(entry.get("caption")) or "",
        # A video's own address is no picture.
        thumbnail_url=_text(entry.get("thumbnail_url")) or _picture(entry),
        ends_at=published_at + STORY_LIFE if kind is PostKind.STORY else None,
    )


def kind_of(entry: Mapping[str, Any]) -> PostKind:
    """What a media is; an unknown kind has the feed's metrics."""
    product = KINDS_BY_PRODUCT.get(str(entry.get("media_product_type")).upper())
    return product or KINDS.get(str(entry.get("media_type")).upper(), PostKind.OTHER)


def _picture(entry: Mapping[str, Any]) -> str | None:
    return None if entry.get("media_type") == "VIDEO" else _text(entry.get("media_url"))


def _plain_url(value: Any) -> str | None:
    """The address without its query, which only tracks (meta sheet 8)."""
    told = _text(value)
    return urlsplit(told)._replace(query="", fragment="").geturl() if told else None


def _text(value: Any) -> str | None:
    """A non-empty text; ids may come as numbers."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value) or None
