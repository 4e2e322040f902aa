"""The posts and stories that were found: each stands once, with what its caption names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from linkroll_sdk import FoundPost, Platform, PostKind, PostRef, read_address

from server.database import Record, Transaction
from server.host import Host
from server.platforms import claims
from server.services.platforms.grammars import parsed
from server.services.polling.captions import hashtags_in, mentions_in
from server.services.polling.rhythm import STORY_LIFE, post_interval

MAX_KEY = 200

KEEP = """
INSERT INTO post (account_id, platform, found_at, seen_at, platform_post_id, url_key, kind, url, text,
  thumbnail_url, hashtags, mentions, published_at, ends_at, next_read_at)
SELECT $1, $2, $3, $3, f.platform_post_id, f.url_key, f.kind, f.url, f.text, f.thumbnail_url,
  string_to_array(f.hashtags, ' '), string_to_array(f.mentions, ' '), f.published_at, f.ends_at, f.next_read_at
FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
  $12::timestamptz[], $13::timestamptz[], $14::timestamptz[])
  AS f(platform_post_id, url_key, kind, url, text, thumbnail_url, hashtags, mentions, published_at, ends_at,
    next_read_at)
ON CONFLICT (account_id, platform_post_id) DO UPDATE SET seen_at = EXCLUDED.seen_at,
  url = COALESCE(EXCLUDED.url, post.url), url_key = COALESCE(EXCLUDED.url_key, post.url_key),
  text = EXCLUDED.text, hashtags = EXCLUDED.hashtags, mentions = EXCLUDED.mentions,
  published_at = EXCLUDED.published_at, ends_at = EXCLUDED.ends_at,
  thumbnail_url = COALESCE(EXCLUDED.thumbnail_url, post.thumbnail_url), gone_at = NULL,
  -- A post that is back is read again.
  next_read_at = CASE WHEN post.gone_at IS NULL THEN post.next_read_at ELSE EXCLUDED.next_read_at END
RETURNING id, platform_post_id, kind, published_at, ends_at, xmax = 0 AS is_new
"""


@dataclass(frozen=True, slots=True)
class KeptPost:
    """A post as it stands in the table."""

    id: int
    kind: PostKind
    published_at: datetime
    ends_at: datetime | None
    is_new: bool
    found: FoundPost


async def keep_posts(
    host: Host, transaction: Transaction, account: Record, posts: Sequence[FoundPost]
) -> list[KeptPost]:
    """Enter *posts* of an account, a row of `lock_account`; those that stood already are brought up to date."""
    found = {post.post_id: post for post in posts}
    if not found:
        return []
    platform, now = host.platforms.by_key[account["platform"]], host.now()
    values = [_values(platform, post, now) for post in found.values()]
    columns = (list(column) for column in zip(*values, strict=True))
    rows = await transaction.fetch(KEEP, account["id"], account["platform"], now, *columns)
    return [_kept(row, found[row["platform_post_id"]]) for row in rows]


def _kept(row: Record, found: FoundPost) -> KeptPost:
    return KeptPost(
        row["id"], PostKind(row["kind"]), row["published_at"], row["ends_at"], row["is_new"], found
    )


def _values(platform: Platform, post: FoundPost, now: datetime) -> tuple[object, ...]:
    is_story = post.kind is PostKind.STORY
    ends_at = post.ends_at or post.published_at + STORY_LIFE if is_story else None
    is_read = is_story or post_interval(post.published_at, now) is not None
    return (
        post.post_id,
        post_key(platform, post.url),
        post.kind.value,
        post.url,
        post.text,
        post.thumbnail_url,
        " ".join(hashtags_in(post.text)),
        " ".join(mentions_in(post.text)),
        post.published_at,
        ends_at,
        now if is_read else None,
    )


def post_key(platform: Platform, url: str | None) -> str | None:
    """What the platform's own address grammar calls the post at *url*; None where it names none."""
    address = read_address(url) if url else None
    if address is None:
        return None
    ref = parsed(platform, address) if claims(platform, address) else None
    return ref.post_id if isinstance(ref, PostRef) and 0 < len(ref.post_id) <= MAX_KEY else None


async def plan_readings(
    transaction: Transaction, now: datetime, planned: Sequence[tuple[int, datetime | None]], *, read: bool
) -> None:
    """Note when posts are read next; *read*: they just were."""
    await transaction.execute(
        "UPDATE post SET next_read_at = n.at, read_failures = 0,"
        " read_at = CASE WHEN $4 THEN $3 ELSE read_at END"
        " FROM unnest($1::bigint[], $2::timestamptz[]) AS n(id, at) WHERE post.id = n.id",
        [post_id for post_id, _ in planned],
        [at for _, at in planned],
        now,
        read,
    )


async def mark_gone(transaction: Transaction, now: datetime, post_ids: Sequence[int]) -> None:
    """The platform has these posts no more: nobody asks for them again. A story's last numbers are missing."""
    await transaction.execute(
        "WITH gone AS (UPDATE post SET gone_at = $2, next_read_at = NULL WHERE id = ANY($1::bigint[])"
        " AND gone_at IS NULL RETURNING account_id, id, kind, read_at, published_at, final_at)"
        " INSERT INTO story_gap (account_id, post_id, from_at, until_at, reason)"
        " SELECT account_id, id, COALESCE(read_at, published_at), $2, 'NO_FINAL_READING' FROM gone"
        " WHERE kind = 'STORY' AND final_at IS NULL ON CONFLICT DO NOTHING",
        list(post_ids),
        now,
    )
