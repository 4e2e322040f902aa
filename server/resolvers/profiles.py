"""Profiles: questions and mutations."""

from __future__ import annotations

from typing import Any

from server.ids import global_id
from server.reads import profiles as reads
from server.reads.payloads import One, show_success
from server.reads.selection import Selection
from server.resolvers.context import Info, mutation, profile_key, reader_of, viewer_of
from server.resolvers.nodes import node_of
from server.schema.types import payloads
from server.schema.types.inputs import (
    AddGroupMemberInput,
    CreateProfileInput,
    RemoveGroupMemberInput,
    RemoveProfileInput,
    UpdateProfileInput,
)
from server.services.roster import profiles


async def profile(info: Info, id: str) -> Any | None:
    """The profile, the survivor for a merged id, or None."""
    return await node_of(info, "Profile", id)


async def all_profiles(info: Info, **args: Any) -> Any:
    """A page of the profiles the caller may see."""
    return await reads.ALL.load(reader_of(info), args, Selection.below(info))


@mutation
async def create_profile(info: Info, input: CreateProfileInput) -> Any:
    """A new profile."""
    profile_id = await profiles.create_profile(
        info.context.host, viewer_of(info), input.kind, input.display_name, input.external_id
    )
    return await _shown(info, payloads.CreateProfileSuccess, profile=profile_id)


@mutation
async def update_profile(info: Info, input: UpdateProfileInput) -> Any:
    """The fields that are given, changed."""
    profile_id = profile_key(input.id)
    await profiles.update_profile(
        info.context.host,
        viewer_of(info),
        profile_id,
        input.display_name.value if input.display_name else profiles.KEEP,
        input.external_id.value if input.external_id else profiles.KEEP,
    )
    return await _shown(info, payloads.UpdateProfileSuccess, profile=profile_id)


@mutation
async def remove_profile(info: Info, input: RemoveProfileInput) -> Any:
    """The profile with its accounts, gone."""
    removed = await profiles.remove_profile(info.context.host, viewer_of(info), profile_key(input.id))
    return payloads.RemoveProfileSuccess(
        removed_profile_id=global_id("Profile", removed.profile_id),  # type: ignore[arg-type]
        removed_account_count=removed.accounts,
    )


@mutation
async def add_group_member(info: Info, input: AddGroupMemberInput) -> Any:
    """The membership."""
    group_id, member_id = profile_key(input.group_id), profile_key(input.member_id)
    await profiles.add_group_member(info.context.host, viewer_of(info), group_id, member_id)
    return await _shown(info, payloads.AddGroupMemberSuccess, group=group_id, member=member_id)


@mutation
async def remove_group_member(info: Info, input: RemoveGroupMemberInput) -> Any:
    """The end of the membership."""
    group_id, member_id = profile_key(input.group_id), profile_key(input.member_id)
    await profiles.remove_group_member(info.context.host, viewer_of(info), group_id, member_id)
    return await _shown(info, payloads.RemoveGroupMemberSuccess, group=group_id, member=member_id)


async def _shown(info: Info, kind: type, **profile_ids: int) -> Any:
    reader = reader_of(info)
    survivors = await reads.surviving_ids(reader, list(profile_ids.values()))
    nodes = {name: One("Profile", survivors.get(i, i)) for name, i in profile_ids.items()}
    return await show_success(reader, kind, Selection.below(info), nodes)
