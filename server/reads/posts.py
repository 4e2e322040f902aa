"""How posts, stories and the gaps between them are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.reads import metrics, registry
from server.reads.pages import Listing, Order
from server.reads.reader import Reader
from server.reads.selection import Selection
from server.reads.sql import Sql
from server.reads.tables import Column, Table, owned_by, to_one
from server.schema.types.posts import Post, StoryGap

SUBJECT = {
    **metrics.link_columns("o"),
    "_account_id": "t.account_id",
    "_kind": "t.kind",
    "_published_at": "t.published_at",
}

TABLE = registry.add(
    Table(
        type_name="Post",
        kind=Post,
        source="post t JOIN social_account o ON o.id = t.account_id",
        columns={
            "platform": Column("t.platform"),
            "platform_post_id": Column("t.platform_post_id"),
            "kind": Column("t.kind"),
            "url": Column("t.url"),
            "text": Column("t.text"),
            "thumbnail_url": Column("t.thumbnail_url"),
            "published_at": Column("t.published_at"),
            "ends_at": Column("t.ends_at"),
            "gone_at": Column("t.gone_at"),
        },
        relations={
            "account": to_one(lambda: registry.table("SocialAccount"), "t.account_id", is_certain=True),
            "metrics": metrics.series(metrics.post_subject, SUBJECT),
            "latest_metrics": metrics.latest(metrics.post_subject, SUBJECT),
        },
        visible=owned_by("o.profile_id"),
    )
)

GAP = registry.add(
    Table(
        type_name="StoryGap",
        kind=StoryGap,
        source="story_gap t JOIN social_account o ON o.id = t.account_id",
        columns={
            "from_at": Column("t.from_at"),
            "until_at": Column("t.until_at"),
            "reason": Column("t.reason"),
        },
        relations={"post": to_one(lambda: registry.table("Post"), "t.post_id")},
        visible=owned_by("o.profile_id"),
    )
)

NEWEST = Order("newest", "t.published_at", "timestamptz", descending=True)


def _posts(reader: Reader, sql: Sql, args: Mapping[str, Any]) -> list[str]:
    found = ["t.kind <> 'STORY'"]
    if args.get("from_") is not None:
        found.append(f"t.published_at >= {sql.value(args['from_'], 'timestamptz')}")
    if args.get("to") is not None:
        found.append(f"t.published_at < {sql.value(args['to'], 'timestamptz')}")
    return found


def _stories(reader: Reader, sql: Sql, args: Mapping[str, Any]) -> list[str]:
    found = ["t.kind = 'STORY'"]
    if args.get("live") is not None:
        live = f"(t.gone_at IS NULL AND (t.ends_at IS NULL OR t.ends_at > {sql.now}))"
        found.append(live if args["live"] else f"NOT {live}")
    return found


POSTS = Listing("SocialAccount.posts", lambda: TABLE, lambda args: NEWEST, _posts, parent="t.account_id")
STORIES = Listing(
    "SocialAccount.stories", lambda: TABLE, lambda args: NEWEST, _stories, parent="t.account_id"
)
GAPS = Listing(
    "SocialAccount.storyGaps",
    lambda: GAP,
    lambda args: Order("newest", "t.from_at", "timestamptz", descending=True),
    parent="t.account_id",
)


async def by_address(reader: Reader, platform: str, url_key: str, selection: Selection) -> Any | None:
    """
    The visible post that an address names, or None.

    Accounts that publish together each have the post: the one that was found first is shown.
    """
    sql = reader.sql()
    rows = await reader.fetch(
        f"SELECT t.id FROM {TABLE.source} WHERE t.platform = {sql.value(platform, 'text')}"
        f" AND t.url_key = {sql.value(url_key, 'text')} AND {TABLE.visible(reader, sql)} ORDER BY t.id LIMIT 1",
        sql,
    )
    return await TABLE.by_id(reader, rows[0]["id"], selection) if rows else None
