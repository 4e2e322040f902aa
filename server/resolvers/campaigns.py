"""Campaigns: questions and mutations."""

from __future__ import annotations

from typing import Any

from server.ids import global_id, row_id
from server.reads import campaigns as reads
from server.reads.payloads import One, show_success
from server.reads.profiles import surviving_ids
from server.reads.selection import Selection
from server.resolvers.context import Info, mutation, profile_key, reader_of, viewer_of
from server.resolvers.event_streams import profile_in_filter
from server.resolvers.nodes import node_of
from server.schema.types import campaign_payloads as payloads
from server.schema.types.campaign_inputs import (
    AddCampaignPostsInput,
    AddCampaignProfilesInput,
    CreateCampaignInput,
    RemoveCampaignInput,
    RemoveCampaignPostsInput,
    RemoveCampaignProfilesInput,
    UpdateCampaignInput,
)
from server.schema.types.campaigns import CampaignFilter
from server.services.campaigns import campaign_urls, campaigns
from server.services.campaigns.campaign_refusals import CampaignNotFound


async def campaign(info: Info, id: str) -> Any | None:
    """The campaign, or None."""
    return await node_of(info, "Campaign", id)


async def all_campaigns(info: Info, filter: CampaignFilter | None, **args: Any) -> Any:
    """A page of the campaigns the caller may see."""
    reader = reader_of(info)
    if filter is not None:
        profile = await profile_in_filter(info, filter.profile_id)
        survivor = (await surviving_ids(reader, [profile])).get(profile, profile) if profile else None
        args |= {"profile": survivor, "active_at": filter.active_at}
    return await reads.ALL.load(reader, args, Selection.below(info))


@mutation
async def create_campaign(info: Info, input: CreateCampaignInput) -> Any:
    """A new campaign."""
    plan = campaigns.Plan(
        input.name,
        input.starts_at,
        input.ends_at,
        input.hashtags,
        input.mentions,
        [profile_key(one) for one in input.profile_ids],
    )
    campaign_id = await campaigns.create_campaign(info.context.host, viewer_of(info), plan)
    return await _shown(info, payloads.CreateCampaignSuccess, campaign_id)


@mutation
async def update_campaign(info: Info, input: UpdateCampaignInput) -> Any:
    """The fields that are given, changed."""
    campaign_id = _key(input.id)
    changes = campaigns.Changes(
        **{
            name: given.value
            for name in ("name", "starts_at", "ends_at", "hashtags", "mentions")
            if (given := getattr(input, name)) is not None
        }
    )
    await campaigns.update_campaign(info.context.host, viewer_of(info), campaign_id, changes)
    return await _shown(info, payloads.UpdateCampaignSuccess, campaign_id)


@mutation
async def remove_campaign(info: Info, input: RemoveCampaignInput) -> Any:
    """The campaign, gone."""
    campaign_id = _key(input.id)
    await campaigns.remove_campaign(info.context.host, viewer_of(info), campaign_id)
    return payloads.RemoveCampaignSuccess(
        removed_campaign_id=global_id("Campaign", campaign_id)  # type: ignore[arg-type]
    )


@mutation
async def add_campaign_profiles(info: Info, input: AddCampaignProfilesInput) -> Any:
    """The campaign with the profiles."""
    campaign_id, profiles = _key(input.campaign_id), [profile_key(one) for one in input.profile_ids]
    await campaigns.add_profiles(info.context.host, viewer_of(info), campaign_id, profiles)
    return await _shown(info, payloads.AddCampaignProfilesSuccess, campaign_id)


@mutation
async def remove_campaign_profiles(info: Info, input: RemoveCampaignProfilesInput) -> Any:
    """The campaign without the profiles."""
    campaign_id, profiles = _key(input.campaign_id), [profile_key(one) for one in input.profile_ids]
    await campaigns.remove_profiles(info.context.host, viewer_of(info), campaign_id, profiles)
    return await _shown(info, payloads.RemoveCampaignProfilesSuccess, campaign_id)


@mutation
async def add_campaign_posts(info: Info, input: AddCampaignPostsInput) -> Any:
    """The campaign with the addresses."""
    campaign_id = _key(input.campaign_id)
    await campaign_urls.add_urls(info.context.host, viewer_of(info), campaign_id, input.urls)
    return await _shown(info, payloads.AddCampaignPostsSuccess, campaign_id)


@mutation
async def remove_campaign_posts(info: Info, input: RemoveCampaignPostsInput) -> Any:
    """The campaign without the addresses."""
    campaign_id = _key(input.campaign_id)
    await campaign_urls.remove_urls(info.context.host, viewer_of(info), campaign_id, input.urls)
    return await _shown(info, payloads.RemoveCampaignPostsSuccess, campaign_id)


def _key(text: str) -> int:
    """The row behind a Campaign's id; `CampaignNotFound` for any other text."""
    found = row_id(text, "Campaign")
    if found is None:
        raise CampaignNotFound(id=text[:200])
    return found


async def _shown(info: Info, kind: type, campaign_id: int) -> Any:
    nodes = {"campaign": One("Campaign", campaign_id)}
    return await show_success(reader_of(info), kind, Selection.below(info), nodes)
