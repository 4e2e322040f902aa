"""
Merge: two profiles become one, in one transaction, with a preview before and an undo after.

Everything moves: accounts (with their grants and history, which hang on the account), attempts,
memberships, members, and the ids of profiles merged earlier. The merged id keeps resolving to the survivor.
Undo gives back exactly what was moved and is still there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.database import Transaction
from server.host import Host
from server.ids import global_id
from server.models import Profile, ProfileMerge, SocialAccount
from server.services.callers.api_keys import keys_changed
from server.services.callers.lookup import get_profile
from server.services.callers.viewers import Viewer, require_roster_change
from server.services.refusals import CannotMerge, CannotUndoMerge, MergeNotFound

MERGE_LOCK = 0x6D65726765
"""Taken while merging or undoing ("merge" in ASCII)."""


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge would move, by id, and when its undo would end."""

    survivor_id: int
    merged_id: int
    accounts: tuple[int, ...]
    group_ids: tuple[int, ...]
    member_ids: tuple[int, ...]
    undo_until: datetime


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo gave back, and the accounts that were no longer there to be given."""

    restored_id: int
    survivor_id: int
    accounts: tuple[int, ...]
    gone: tuple[int, ...]


async def preview_merge(host: Host, viewer: Viewer, survivor_id: int, merged_id: int) -> MergePlan:
    """What `merge_profiles` would do now; changes nothing."""
    require_roster_change(viewer)
    async with host.database.transaction() as transaction:
        survivor, merged = await _both(transaction, viewer, survivor_id, merged_id)
        return await _plan(host, transaction, survivor, merged)


async def merge_profiles(
    host: Host, viewer: Viewer, survivor_id: int, merged_id: int
) -> tuple[int, MergePlan]:
    """Merge *merged_id* into *survivor_id*; the merge's id, and what was moved."""
    require_roster_change(viewer)
    async with host.database.transaction() as transaction:
        survivor, merged = await _both(transaction, viewer, survivor_id, merged_id)
        plan = await _plan(host, transaction, survivor, merged)
        attempts, redirects = await _move(transaction, plan)
        await keys_changed(transaction)
        merged.merged_into_id, merged.updated_at = survivor.id, host.now()
        await merged.save()
        merge = await ProfileMerge.create(
            survivor_id=survivor.id,
            merged_id=merged.id,
            merged_at=host.now(),
            moved={
                "accounts": list(plan.accounts),
                "group_ids": list(plan.group_ids),
                "member_ids": list(plan.member_ids),
                "attempts": attempts,
                "redirects": redirects,
            },
        )
    return merge.id, plan


async def _both(
    transaction: Transaction, viewer: Viewer, survivor_id: int, merged_id: int
) -> tuple[Profile, Profile]:
    """Both profiles, locked."""
    await _one_at_a_time(transaction)
    survivor = await get_profile(transaction, viewer, survivor_id)
    merged = await get_profile(transaction, viewer, merged_id)
    if survivor.id == merged.id:
        raise CannotMerge(reason="These are one profile already.")
    if survivor.kind != merged.kind:
        raise CannotMerge(reason="An individual and a group cannot be merged.")
    return survivor, merged


async def _one_at_a_time(transaction: Transaction) -> None:
    """
    Let merges and undos of the roster take turns.

    Each holds two profiles, or more by way of merged ids, so that no order of locks would serve them all.
    """
    await transaction.execute("SELECT pg_advisory_xact_lock($1)", MERGE_LOCK)


async def _plan(host: Host, transaction: Transaction, survivor: Profile, merged: Profile) -> MergePlan:
    accounts = await SocialAccount.filter(profile_id=merged.id).order_by("id").values_list("id", flat=True)
    groups = await _new_memberships(transaction, "group_id", "member_id", survivor.id, merged.id)
    members = await _new_memberships(transaction, "member_id", "group_id", survivor.id, merged.id)
    until = host.now() + timedelta(days=host.settings.merge_undo_days)
    return MergePlan(survivor.id, merged.id, tuple(accounts), groups, members, until)  # type: ignore[arg-type]


async def _new_memberships(
    transaction: Transaction, other: str, own: str, survivor_id: int, merged_id: int
) -> tuple[int, ...]:
    """The merged profile's memberships that the survivor does not have already."""
    rows = await transaction.fetch(
        f"SELECT m.{other} AS id FROM group_member m WHERE m.{own} = $1 AND m.{other} <> $2"
        f" AND NOT EXISTS (SELECT 1 FROM group_member s WHERE s.{own} = $2 AND s.{other} = m.{other})"
        f" ORDER BY m.{other}",
        merged_id,
        survivor_id,
    )
    return tuple(row["id"] for row in rows)


async def _move(transaction: Transaction, plan: MergePlan) -> tuple[list[str], list[int]]:
    """Move everything of the plan; the ids of attempts, and of profiles merged into the merged one before."""
    survivor, merged = plan.survivor_id, plan.merged_id
    await _give_accounts(transaction, list(plan.accounts), merged, survivor)
    await _give_memberships(transaction, plan.group_ids, plan.member_ids, merged, survivor)
    attempts = await transaction.fetch(
        "UPDATE connect_attempt SET profile_id = $1 WHERE profile_id = $2 RETURNING id", survivor, merged
    )
    redirects = await transaction.fetch(
        "UPDATE profile SET merged_into_id = $1 WHERE merged_into_id = $2 RETURNING id", survivor, merged
    )
    return [str(row["id"]) for row in attempts], [row["id"] for row in redirects]


async def _give_accounts(transaction: Transaction, accounts: list[int], giver: int, taker: int) -> list[int]:
    """Move accounts; the ids of those that were there to be moved."""
    rows = await transaction.fetch(
        "UPDATE social_account SET profile_id = $1 WHERE profile_id = $2 AND id = ANY($3::bigint[]) RETURNING id",
        taker,
        giver,
        accounts,
    )
    return sorted(row["id"] for row in rows)


async def _give_memberships(
    transaction: Transaction,
    group_ids: tuple[int, ...] | list[int],
    member_ids: tuple[int, ...] | list[int],
    giver: int,
    taker: int,
) -> None:
    for own, other, ids in (("member_id", "group_id", group_ids), ("group_id", "member_id", member_ids)):
        await transaction.execute(
            f"UPDATE group_member SET {own} = $1 WHERE {own} = $2 AND {other} = ANY($3::bigint[])",
            taker,
            giver,
            list(ids),
        )


async def undo_merge(host: Host, viewer: Viewer, merge_id: int) -> Undone:
    """Undo a merge within `merge_undo_days`. Refuses one that was undone, or whose survivor was merged on."""
    require_roster_change(viewer)
    async with host.database.transaction() as transaction:
        await _one_at_a_time(transaction)
        merge = await ProfileMerge.get_or_none(id=merge_id)
        if merge is None:
            raise MergeNotFound(id=global_id("ProfileMerge", merge_id))
        _check_undo(host, merge)
        await _lock_pair(transaction, merge)
        moved = merge.moved
        back = await _give_accounts(transaction, moved["accounts"], merge.survivor_id, merge.merged_id)
        await _give_memberships(
            transaction, moved["group_ids"], moved["member_ids"], merge.survivor_id, merge.merged_id
        )
        # Also the attempts begun since, where they stand for an account that goes back.
        await transaction.execute(
            "UPDATE connect_attempt SET profile_id = $1 WHERE profile_id = $2"
            " AND (id = ANY($3::uuid[]) OR account_id = ANY($4::bigint[]))",
            merge.merged_id,
            merge.survivor_id,
            moved["attempts"],
            back,
        )
        await transaction.execute(
            "UPDATE profile SET merged_into_id = CASE WHEN id = $1 THEN NULL ELSE $1 END, updated_at = $3"
            " WHERE id = $1 OR id = ANY($2::bigint[])",
            merge.merged_id,
            moved["redirects"],
            host.now(),
        )
        await keys_changed(transaction)
        merge.undone_at = host.now()
        await merge.save()
    gone = set(moved["accounts"]) - set(back)
    return Undone(merge.merged_id, merge.survivor_id, tuple(back), tuple(sorted(gone)))


def _check_undo(host: Host, merge: ProfileMerge) -> None:
    if merge.undone_at is not None:
        raise CannotUndoMerge(reason="This merge was undone already.")
    if host.now() > merge.merged_at + timedelta(days=host.settings.merge_undo_days):
        days = host.settings.merge_undo_days
        raise CannotUndoMerge(reason=f"A merge can be undone for {days} days.")


async def _lock_pair(transaction: Transaction, merge: ProfileMerge) -> None:
    into = {}
    # The survivor first, as the removal of a profile goes on from it to those merged into it.
    for profile_id in (merge.survivor_id, merge.merged_id):
        row = await transaction.fetchrow(
            "SELECT id, merged_into_id FROM profile WHERE id = $1 FOR UPDATE", profile_id
        )
        into[profile_id] = row["merged_into_id"] if row else None
    if into.get(merge.survivor_id) is not None or into.get(merge.merged_id) != merge.survivor_id:
        raise CannotUndoMerge(reason="The survivor was merged on since: undo that merge first.")
