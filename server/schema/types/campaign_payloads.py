"""What the mutations of campaigns answer: a success each, and the refusals each may meet."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.types import Info

from server.schema.types.campaigns import Campaign
from server.schema.types.nodes import relation
from server.schema.types.refusals import one_of
from server.services import refusals as no
from server.services.campaigns import campaign_refusals as campaigns_no


@strawberry.type(description="The campaign was created.")
class CreateCampaignSuccess:
    @relation(description="The new campaign.")
    def campaign(self, info: Info[Any, Any]) -> Campaign:
        """Loaded by the read path."""


@strawberry.type(description="The campaign was changed.")
class UpdateCampaignSuccess:
    @relation(description="The campaign as it is now.")
    def campaign(self, info: Info[Any, Any]) -> Campaign:
        """Loaded by the read path."""


@strawberry.type(description="The campaign was removed. Posts and their numbers stay.")
class RemoveCampaignSuccess:
    removed_campaign_id: strawberry.ID = strawberry.field(description="The id that no longer resolves.")


@strawberry.type(description="The profiles take part.")
class AddCampaignProfilesSuccess:
    @relation(description="The campaign as it is now.")
    def campaign(self, info: Info[Any, Any]) -> Campaign:
        """Loaded by the read path."""


@strawberry.type(description="The profiles take part no more.")
class RemoveCampaignProfilesSuccess:
    @relation(description="The campaign as it is now.")
    def campaign(self, info: Info[Any, Any]) -> Campaign:
        """Loaded by the read path."""


@strawberry.type(description="The posts count, or will as soon as they are found.")
class AddCampaignPostsSuccess:
    @relation(description="The campaign as it is now.")
    def campaign(self, info: Info[Any, Any]) -> Campaign:
        """Loaded by the read path."""


@strawberry.type(description="The posts are named no more.")
class RemoveCampaignPostsSuccess:
    @relation(description="The campaign as it is now.")
    def campaign(self, info: Info[Any, Any]) -> Campaign:
        """Loaded by the read path."""


CreateCampaignResult = one_of(
    "CreateCampaignResult",
    "What `createCampaign` answers.",
    CreateCampaignSuccess,
    no.InvalidInput,
    campaigns_no.CampaignWindowBackwards,
    campaigns_no.CampaignRuleRefused,
    campaigns_no.CampaignTooLarge,
    no.ProfileNotFound,
)
UpdateCampaignResult = one_of(
    "UpdateCampaignResult",
    "What `updateCampaign` answers.",
    UpdateCampaignSuccess,
    campaigns_no.CampaignNotFound,
    no.InvalidInput,
    campaigns_no.CampaignWindowBackwards,
    campaigns_no.CampaignRuleRefused,
    campaigns_no.CampaignTooLarge,
)
RemoveCampaignResult = one_of(
    "RemoveCampaignResult",
    "What `removeCampaign` answers.",
    RemoveCampaignSuccess,
    campaigns_no.CampaignNotFound,
)
AddCampaignProfilesResult = one_of(
    "AddCampaignProfilesResult",
    "What `addCampaignProfiles` answers.",
    AddCampaignProfilesSuccess,
    campaigns_no.CampaignNotFound,
    no.ProfileNotFound,
    campaigns_no.CampaignTooLarge,
)
RemoveCampaignProfilesResult = one_of(
    "RemoveCampaignProfilesResult",
    "What `removeCampaignProfiles` answers.",
    RemoveCampaignProfilesSuccess,
    campaigns_no.CampaignNotFound,
    no.ProfileNotFound,
    campaigns_no.CampaignTooLarge,
)
AddCampaignPostsResult = one_of(
    "AddCampaignPostsResult",
    "What `addCampaignPosts` answers.",
    AddCampaignPostsSuccess,
    campaigns_no.CampaignNotFound,
    campaigns_no.CampaignAddressRefused,
    campaigns_no.CampaignTooLarge,
)
RemoveCampaignPostsResult = one_of(
    "RemoveCampaignPostsResult",
    "What `removeCampaignPosts` answers.",
    RemoveCampaignPostsSuccess,
    campaigns_no.CampaignNotFound,
    campaigns_no.CampaignAddressRefused,
    campaigns_no.CampaignTooLarge,
)
