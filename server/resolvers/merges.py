"""Merging: preview, merge, undo."""

from __future__ import annotations

from typing import Any

from server.ids import global_id
from server.reads.payloads import Many, One, show_success
from server.reads.selection import Selection
from server.reads.tables import build
from server.resolvers.context import Info, merge_key, mutation, profile_key, reader_of, viewer_of
from server.schema.types import payloads
from server.schema.types.inputs import MergeProfilesInput, UndoMergeInput
from server.services.roster import merges
from server.services.roster.merges import MergePlan


@mutation
async def preview_merge(info: Info, input: MergeProfilesInput) -> Any:
    """What a merge would move; nothing is changed."""
    plan = await merges.preview_merge(
        info.context.host, viewer_of(info), profile_key(input.survivor_id), profile_key(input.merged_id)
    )
    return await show_success(
        reader_of(info),
        payloads.MergePreview,
        Selection.below(info),
        _nodes(plan),
        {"undo_until": plan.undo_until},
    )


@mutation
async def merge_profiles(info: Info, input: MergeProfilesInput) -> Any:
    """Two profiles, made one."""
    merge_id, plan = await merges.merge_profiles(
        info.context.host, viewer_of(info), profile_key(input.survivor_id), profile_key(input.merged_id)
    )
    merge = build(
        payloads.ProfileMerge, {"id": global_id("ProfileMerge", merge_id), "undo_until": plan.undo_until}
    )
    return await show_success(
        reader_of(info), payloads.MergeProfilesSuccess, Selection.below(info), _nodes(plan), {"merge": merge}
    )


def _nodes(plan: MergePlan) -> dict[str, One | Many]:
    return {
        "survivor": One("Profile", plan.survivor_id),
        "merged": One("Profile", plan.merged_id),
        "social_accounts": Many("SocialAccount", plan.accounts),
        "groups": Many("Profile", plan.group_ids),
        "members": Many("Profile", plan.member_ids),
    }


@mutation
async def undo_merge(info: Info, input: UndoMergeInput) -> Any:
    """One profile, made two again."""
    undone = await merges.undo_merge(info.context.host, viewer_of(info), merge_key(input.merge_id))
    return await show_success(
        reader_of(info),
        payloads.UndoMergeSuccess,
        Selection.below(info),
        {
            "restored": One("Profile", undone.restored_id),
            "survivor": One("Profile", undone.survivor_id),
        },
        {"gone_account_ids": [global_id("SocialAccount", i) for i in undone.gone]},
    )
