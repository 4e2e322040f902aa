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
from server.services.polling.rhythm import DAY, STORY_LIFE, post_interval
from server.services.polling.wanted_metrics import BACK_FILL

MAX_KEY = 200

KEEP = """
INSERT INTO post (found_at, seen_at, account_id, platform, platform_post_id, url_key, kind, url, text,
  thumbnail_url, hashtags, mentions, published_at, ends_at, next_read_at)
SELECT $1, $1, f.account_id, f.platform, f.platform_post_id, f.url_key, f.kind, f.url, f.text, f.thumbnail_url,
  string_to_array(f.hashtags, ' '), string_to_array(f.mentions, ' '), f.published_at, f.ends_at, f.next_read_at
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::text[], $11::text[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[])
  AS f(account_id, platform, platform_post_id, url_key, kind, url, text, thumbnail_url, hashtags, mentions,
    published_at, ends_at, next_read_at)
ON CONFLICT (account_id, platform_post_id) DO UPDATE SET seen_at = EXCLUDED.seen_at,
  url = COALESCE(EXCLUDED.url, post.url), url_key = COALESCE(EXCLUDED.url_key, post.url_key),
  text = EXCLUDED.text, hashtags = EXCLUDED.hashtags, mentions = EXCLUDED.mentions,
  published_at = EXCLUDED.published_at, ends_at = EXCLUDED.ends_at,
  thumbnail_url = COALESCE(EXCLUDED.thumbnail_url, post.thumbnail_url), gone_at = NULL,
  -- A post that is back is read again.
  next_read_at = CASE WHEN post.gone_at IS NULL THEN post.next_read_at ELSE EXCLUDED.next_read_at END
RETURNING id, account_id, platform_post_id, kind, published_at, ends_at, xmax = 0 AS is_new
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
    """Enter *posts* of one account, as `keep_all_posts` does."""
    return (await keep_all_posts(host, transaction, [(account, posts)])).get(account["id"], [])


async def keep_all_posts(
    host: Host, transaction: Transaction, listings: Sequence[tuple[Record, Sequence[FoundPost]]]
) -> dict[int, list[KeptPost]]:
    """
    Enter the posts of *listings*, each of another account, a row of `lock_accounts`; by the account's id.

    Those that stood already are brought up to date.
    """
    now = host.now()
    found = {(account["id"], post.post_id): (account, post) for account, posts in listings for post in posts}
    if not found:
        return {}
    values = [
        (account["id"], account["platform"], *_values(host.platforms.by_key[account["platform"]], post, now))
        for account, post in found.values()
    ]
    kept: dict[int, list[KeptPost]] = {}
    for row in await transaction.fetch(KEEP, now, *(list(column) for column in zip(*values, strict=True))):
        post = found[row["account_id"], row["platform_post_id"]][1]
        kept.setdefault(row["account_id"], []).append(_kept(row, post))
    return kept


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


@dataclass(frozen=True, slots=True)
class PlannedReading:
    """When a post is read next, None for never, and when it was *read*, None where it was not now."""

    post_id: int
    next_at: datetime | None
    read_at: datetime | None


async def plan_readings(transaction: Transaction, planned: Sequence[PlannedReading]) -> None:
    """Note when posts are read next."""
    if planned:
        await transaction.execute(
            "UPDATE post SET next_read_at = n.next_at, read_failures = 0, read_at = COALESCE(n.read_at, post.read_at)"
            " FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS n(id, next_at, read_at)"
            " WHERE post.id = n.id",
            [one.post_id for one in planned],
            [one.next_at for one in planned],
            [one.read_at for one in planned],
        )


async def mark_gone(transaction: Transaction, now: datetime, post_ids: Sequence[int]) -> None:
    """The platform has these posts no more: nobody asks for them again. A story's last numbers are missing."""
    if not post_ids:
        return
    await transaction.execute(
        "WITH gone AS (UPDATE post SET gone_at = $2, next_read_at = NULL WHERE id = ANY($1::bigint[])"
        " AND gone_at IS NULL RETURNING account_id, id, kind, read_at, published_at, final_at)"
        " INSERT INTO story_gap (account_id, post_id, from_at, until_at, reason)"
        " SELECT account_id, id, COALESCE(read_at, published_at), $2, 'NO_FINAL_READING' FROM gone"
        " WHERE kind = 'STORY' AND final_at IS NULL ON CONFLICT DO NOTHING",
        list(post_ids),
        now,
    )


async def make_posts_due(host: Host, transaction: Transaction, account_ids: Sequence[int]) -> None:
    """Have the newer posts of accounts read now."""
    if account_ids:
        await transaction.execute(
            "UPDATE post SET next_read_at = $2 WHERE account_id = ANY($1::bigint[]) AND next_read_at > $2"
            " AND published_at > $3 AND kind <> 'STORY'",
            list(account_ids),
            host.now(),
            host.now() - BACK_FILL * DAY,
        )
