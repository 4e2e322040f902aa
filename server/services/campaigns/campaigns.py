"""
Campaigns: create, change, remove, and the profiles that take part.

Which posts a campaign has is stored nowhere: it follows from the window, the profiles and the rules at every
reading (`server.reads.campaign_posts`). So a post that is found late joins by itself, and a change of the rules
holds for the past as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.database import Record, Transaction
from server.host import Host
from server.ids import global_id
from server.services.callers.audit import made
from server.services.callers.viewers import Viewer, require_roster_change
from server.services.campaigns.campaign_refusals import CampaignNotFound, CampaignTooLarge
from server.services.campaigns.campaign_rules import check_window, hashtags_of, mentions_of
from server.services.refusals import ProfileNotFound
from server.services.roster.profiles import KEEP, Keep, check_text

MAX_PROFILES = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """A new campaign, as somebody wishes it."""

    name: str
    starts_at: datetime
    ends_at: datetime
    hashtags: Sequence[str] = ()
    mentions: Sequence[str] = ()
    profile_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What shall be other than it is."""

    name: str | Keep = KEEP
    starts_at: datetime | Keep = KEEP
    ends_at: datetime | Keep = KEEP
    hashtags: Sequence[str] | Keep = KEEP
    mentions: Sequence[str] | Keep = KEEP


async def create_campaign(host: Host, viewer: Viewer, plan: Plan) -> int:
    """A new campaign's id."""
    require_roster_change(viewer)
    name = check_text("name", plan.name)
    check_window(plan.starts_at, plan.ends_at)
    hashtags, mentions = hashtags_of(plan.hashtags), mentions_of(plan.mentions)
    async with host.database.transaction() as transaction:
        [row] = await transaction.fetch(
            "INSERT INTO campaign (name, starts_at, ends_at, hashtags, mentions, created_at, updated_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
            name,
            plan.starts_at,
            plan.ends_at,
            hashtags,
            mentions,
            host.now(),
        )
        await _add_profiles(host, transaction, row["id"], plan.profile_ids)
        made("Campaign", row["id"])
    return int(row["id"])


async def update_campaign(host: Host, viewer: Viewer, campaign_id: int, changes: Changes) -> None:
    """Change what is given. The window is checked as it will be."""
    require_roster_change(viewer)
    async with host.database.transaction() as transaction:
        old = await lock_campaign(transaction, campaign_id)
        wanted = {**old, **_checked(changes)}
        check_window(wanted["starts_at"], wanted["ends_at"])
        await transaction.execute(
            "UPDATE campaign SET name = $2, starts_at = $3, ends_at = $4, hashtags = $5, mentions = $6,"
            " updated_at = $7 WHERE id = $1",
            campaign_id,
            *(wanted[column] for column in ("name", "starts_at", "ends_at", "hashtags", "mentions")),
            host.now(),
        )


def _checked(changes: Changes) -> dict[str, object]:
    """The columns that change, with their new values."""
    found: dict[str, object] = {}
    if not isinstance(changes.name, Keep):
        found["name"] = check_text("name", changes.name)
    if not isinstance(changes.starts_at, Keep):
        found["starts_at"] = changes.starts_at
    if not isinstance(changes.ends_at, Keep):
        found["ends_at"] = changes.ends_at
    if not isinstance(changes.hashtags, Keep):
        found["hashtags"] = hashtags_of(changes.hashtags)
    if not isinstance(changes.mentions, Keep):
        found["mentions"] = mentions_of(changes.mentions)
    return found


async def remove_campaign(host: Host, viewer: Viewer, campaign_id: int) -> None:
    """Remove a campaign. Posts and numbers belong to their accounts and stay."""
    require_roster_change(viewer)
    async with host.database.transaction() as transaction:
        await lock_campaign(transaction, campaign_id)
        await transaction.execute("DELETE FROM campaign WHERE id = $1", campaign_id)


async def add_profiles(host: Host, viewer: Viewer, campaign_id: int, profile_ids: Sequence[int]) -> None:
    """Have profiles take part. Taking part already is fine."""
    require_roster_change(viewer)
    async with host.database.transaction() as transaction:
        await lock_campaign(transaction, campaign_id)
        await _add_profiles(host, transaction, campaign_id, profile_ids)
        await touch(host, transaction, campaign_id)


async def remove_profiles(host: Host, viewer: Viewer, campaign_id: int, profile_ids: Sequence[int]) -> None:
    """Have profiles take part no more. Not taking part is fine."""
    require_roster_change(viewer)
    async with host.database.transaction() as transaction:
        await lock_campaign(transaction, campaign_id)
        survivors = await _survivors(transaction, profile_ids)
        # A profile stays in its campaigns through a merge: its survivor stands for it.
        await transaction.execute(
            "DELETE FROM campaign_profile cp USING profile m WHERE cp.campaign_id = $1 AND m.id = cp.profile_id"
            " AND COALESCE(m.merged_into_id, m.id) = ANY($2::bigint[])",
            campaign_id,
            survivors,
        )
        await touch(host, transaction, campaign_id)


async def lock_campaign(transaction: Transaction, campaign_id: int) -> Record:
    """The campaign's row, locked; before any profile. `CampaignNotFound` where there is none."""
    row = await transaction.fetchrow("SELECT * FROM campaign WHERE id = $1 FOR UPDATE", campaign_id)
    if row is None:
        raise CampaignNotFound(id=global_id("Campaign", campaign_id))
    return row


async def touch(host: Host, transaction: Transaction, campaign_id: int) -> None:
    """Note that the campaign was changed."""
    await transaction.execute("UPDATE campaign SET updated_at = $2 WHERE id = $1", campaign_id, host.now())


async def check_room(transaction: Transaction, campaign_id: int, table: str, field: str, limit: int) -> None:
    """Refuse what made *table* hold more than *limit* rows of the campaign."""
    [row] = await transaction.fetch(
        f"SELECT count(*) AS total FROM {table} WHERE campaign_id = $1", campaign_id
    )
    if row["total"] > limit:
        raise CampaignTooLarge(field=field, limit=limit)


async def _add_profiles(
    host: Host, transaction: Transaction, campaign_id: int, profile_ids: Sequence[int]
) -> None:
    if not profile_ids:
        return
    if len(profile_ids) > MAX_PROFILES:
        raise CampaignTooLarge(field="profileIds", limit=MAX_PROFILES)
    await transaction.execute(
        "INSERT INTO campaign_profile (campaign_id, profile_id, added_at)"
        " SELECT $1, id, $3 FROM unnest($2::bigint[]) AS wanted(id) ON CONFLICT DO NOTHING",
        campaign_id,
        await _survivors(transaction, profile_ids),
        host.now(),
    )
    await check_room(transaction, campaign_id, "campaign_profile", "profileIds", MAX_PROFILES)


async def _survivors(transaction: Transaction, profile_ids: Sequence[int]) -> list[int]:
    """What the profiles have become, kept from going meanwhile; `ProfileNotFound` for the first unknown one."""
    rows = await transaction.fetch(
        "SELECT id, COALESCE(merged_into_id, id) AS survivor FROM profile WHERE id = ANY($1::bigint[])"
        " ORDER BY id FOR KEY SHARE",
        list(profile_ids),
    )
    known = {row["id"]: row["survivor"] for row in rows}
    for profile_id in profile_ids:
        if profile_id not in known:
            raise ProfileNotFound(id=global_id("Profile", profile_id))
    return sorted({known[profile_id] for profile_id in profile_ids})
