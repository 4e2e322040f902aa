"""The posts that a campaign names by their addresses, whether they are known yet or not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from linkroll_sdk import PostRef, clean_text

from server.database import Transaction
from server.host import Host
from server.services.callers.viewers import Viewer, require_roster_change
from server.services.campaigns.campaign_refusals import CampaignAddressRefused, CampaignTooLarge
from server.services.campaigns.campaigns import check_room, lock_campaign, touch
from server.services.metrics.post_addresses import locate_post
from server.services.polling.post_ledger import MAX_KEY
from server.services.refusals import Refusal

MAX_URLS = 1000
AT_ONCE = 100
"""How many addresses one mutation takes: each may be a short link, which is a question to its host."""
RESOLVED_TOGETHER = 5
MAX_SHOWN = 500


@dataclass(frozen=True, slots=True)
class NamedPost:
    """A post that an address names."""

    platform: str
    ref: PostRef
    url: str


async def add_urls(host: Host, viewer: Viewer, campaign_id: int, urls: Sequence[str]) -> None:
    """Have posts count in a campaign, all of them or none. One that counts already is fine."""
    require_roster_change(viewer)
    posts = await _read_all(host, urls)
    async with host.database.transaction() as transaction:
        await lock_campaign(transaction, campaign_id)
        await _enter(host, transaction, campaign_id, posts)
        await check_room(transaction, campaign_id, "campaign_url", "urls", MAX_URLS)
        await touch(host, transaction, campaign_id)


async def remove_urls(host: Host, viewer: Viewer, campaign_id: int, urls: Sequence[str]) -> None:
    """
    Have posts count no more, unless a rule takes them in. One that is not there is fine.

    An address that stands in the campaign letter by letter is not read again: a short link may be dead by now.
    """
    require_roster_change(viewer)
    _check_number(urls)
    known = await _standing(host, campaign_id, urls)
    posts = await _read_all(host, [url for url in urls if clean_text(url) not in known])
    async with host.database.transaction() as transaction:
        await lock_campaign(transaction, campaign_id)
        await transaction.execute(
            "DELETE FROM campaign_url WHERE campaign_id = $1 AND (url = ANY($2::text[])"
            " OR (platform, url_key) IN (SELECT * FROM unnest($3::text[], $4::text[])))",
            campaign_id,
            sorted(known),
            [post.platform for post in posts],
            [post.ref.post_id for post in posts],
        )
        await touch(host, transaction, campaign_id)


async def _standing(host: Host, campaign_id: int, urls: Sequence[str]) -> set[str]:
    """Those of the addresses that the campaign holds letter by letter."""
    rows = await host.database.fetch(
        "SELECT url FROM campaign_url WHERE campaign_id = $1 AND url = ANY($2::text[])",
        campaign_id,
        [clean_text(url) for url in urls],
    )
    return {row["url"] for row in rows}


async def _enter(host: Host, transaction: Transaction, campaign_id: int, posts: Sequence[NamedPost]) -> None:
    owners = [post.ref.owner for post in posts]
    await transaction.execute(
        "INSERT INTO campaign_url (campaign_id, platform, url_key, url, owner_platform_id, owner_handle_key,"
        " added_at) SELECT $1, n.*, $2 FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) n"
        " ON CONFLICT DO NOTHING",
        campaign_id,
        host.now(),
        [post.platform for post in posts],
        [post.ref.post_id for post in posts],
        [post.url for post in posts],
        [owner.platform_id if owner else None for owner in owners],
        [owner.handle_key if owner else None for owner in owners],
    )


async def _read_all(host: Host, urls: Sequence[str]) -> list[NamedPost]:
    """The posts that the addresses name; a refusal for the first that names none."""
    _check_number(urls)
    turn = asyncio.Semaphore(RESOLVED_TOGETHER)

    async def read(position: int, url: str) -> NamedPost | CampaignAddressRefused:
        async with turn:
            return await _read(host, position, url)

    found = await asyncio.gather(*(read(position, url) for position, url in enumerate(urls)))
    for one in found:
        if isinstance(one, CampaignAddressRefused):
            raise one
    return [one for one in found if isinstance(one, NamedPost)]


def _check_number(urls: Sequence[str]) -> None:
    if len(urls) > AT_ONCE:
        raise CampaignTooLarge(field="urls", limit=AT_ONCE)


async def _read(host: Host, position: int, url: str) -> NamedPost | CampaignAddressRefused:
    try:
        platform, ref = await locate_post(host, url)
    except Refusal as refusal:
        return CampaignAddressRefused(
            url=url[:MAX_SHOWN], position=position, because=refusal.code, hint=refusal.message
        )
    if not 0 < len(ref.post_id) <= MAX_KEY:
        hint = f"This {platform.name} address names no post."
        return CampaignAddressRefused(
            url=url[:MAX_SHOWN], position=position, because="NOT_A_POST_ADDRESS", hint=hint
        )
    return NamedPost(platform.key, ref, clean_text(url))
