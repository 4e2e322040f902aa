"""The changes: wiring only, each done by its noun's resolver."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from server.resolvers import campaigns, connect_attempts, merges, metrics, profiles, social_accounts
from server.schema.types import campaign_inputs, campaign_payloads, inputs, payloads


@strawberry.type(
    description="What can be changed. Each answers a union of its success and its expected refusals; "
    "`... on Refusal { code message nextStep }` catches every refusal, also those to come."
)
class Mutation:
    @strawberry.mutation(description="Create a profile. For admins and managers.")
    async def create_profile(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.CreateProfileInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.CreateProfileResult:
        return await profiles.create_profile(info, input)

    @strawberry.mutation(description="Change a profile's name or external id.")
    async def update_profile(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.UpdateProfileInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.UpdateProfileResult:
        return await profiles.update_profile(info, input)

    @strawberry.mutation(
        description="Remove a profile with its accounts and their tokens. For admins and managers. Cannot be undone."
    )
    async def remove_profile(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.RemoveProfileInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.RemoveProfileResult:
        return await profiles.remove_profile(info, input)

    @strawberry.mutation(description="Make an individual a member of a group. Being one already is fine.")
    async def add_group_member(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.AddGroupMemberInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.AddGroupMemberResult:
        return await profiles.add_group_member(info, input)

    @strawberry.mutation(description="End a membership. Having none is fine.")
    async def remove_group_member(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.RemoveGroupMemberInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.RemoveGroupMemberResult:
        return await profiles.remove_group_member(info, input)

    @strawberry.mutation(
        description="Attach an account to a profile by address or handle, without authenticating it."
    )
    async def add_social_account(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.AddSocialAccountInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.AddSocialAccountResult:
        return await social_accounts.add_social_account(info, input)

    @strawberry.mutation(description="Start a consent, to connect an account or to reconnect it.")
    async def connect_social_account(
        self,
        info: Info[Any, Any],
        input: Annotated[
            inputs.ConnectSocialAccountInput, strawberry.argument(description="What is wanted.")
        ],
    ) -> payloads.ConnectSocialAccountResult:
        return await connect_attempts.connect_social_account(info, input)

    @strawberry.mutation(
        description="Link those accounts that a consent reaches and that are wanted, all or none."
    )
    async def choose_accounts(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.ChooseAccountsInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.ChooseAccountsResult:
        return await connect_attempts.choose_accounts(info, input)

    @strawberry.mutation(
        description="End an attempt that is still open. One that ended already stays as it is."
    )
    async def cancel_connect(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.CancelConnectInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.CancelConnectResult:
        return await connect_attempts.cancel_connect(info, input)

    @strawberry.mutation(
        description="End an account's link and forget its tokens; the account stays on its profile."
    )
    async def unlink_social_account(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.UnlinkSocialAccountInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.UnlinkSocialAccountResult:
        return await social_accounts.unlink_social_account(info, input)

    @strawberry.mutation(description="Take an account off its profile, with its tokens.")
    async def remove_social_account(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.RemoveSocialAccountInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.RemoveSocialAccountResult:
        return await social_accounts.remove_social_account(info, input)

    @strawberry.mutation(description="What `mergeProfiles` would move. Changes nothing.")
    async def preview_merge(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.MergeProfilesInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.PreviewMergeResult:
        return await merges.preview_merge(info, input)

    @strawberry.mutation(
        description="Make two profiles one: everything moves into the survivor, and the merged id resolves to it."
    )
    async def merge_profiles(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.MergeProfilesInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.MergeProfilesResult:
        return await merges.merge_profiles(info, input)

    @strawberry.mutation(description="Give back exactly what a merge moved.")
    async def undo_merge(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.UndoMergeInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.UndoMergeResult:
        return await merges.undo_merge(info, input)

    @strawberry.mutation(
        description="Have an account's numbers read anew now instead of at their next turn; once in five minutes."
    )
    async def refresh_metrics(
        self,
        info: Info[Any, Any],
        input: Annotated[inputs.RefreshMetricsInput, strawberry.argument(description="What is wanted.")],
    ) -> payloads.RefreshMetricsResult:
        return await metrics.refresh_metrics(info, input)

    @strawberry.mutation(
        description="Create a campaign. For admins and managers, as are all changes of campaigns."
    )
    async def create_campaign(
        self,
        info: Info[Any, Any],
        input: Annotated[
            campaign_inputs.CreateCampaignInput, strawberry.argument(description="What is wanted.")
        ],
    ) -> campaign_payloads.CreateCampaignResult:
        return await campaigns.create_campaign(info, input)

    @strawberry.mutation(
        description="Change a campaign's name, time or rules. They hold for the past as well."
    )
    async def update_campaign(
        self,
        info: Info[Any, Any],
        input: Annotated[
            campaign_inputs.UpdateCampaignInput, strawberry.argument(description="What is wanted.")
        ],
    ) -> campaign_payloads.UpdateCampaignResult:
        return await campaigns.update_campaign(info, input)

    @strawberry.mutation(description="Remove a campaign. Posts and their numbers stay. Cannot be undone.")
    async def remove_campaign(
        self,
        info: Info[Any, Any],
        input: Annotated[
            campaign_inputs.RemoveCampaignInput, strawberry.argument(description="What is wanted.")
        ],
    ) -> campaign_payloads.RemoveCampaignResult:
        return await campaigns.remove_campaign(info, input)

    @strawberry.mutation(description="Have profiles take part in a campaign. Taking part already is fine.")
    async def add_campaign_profiles(
        self,
        info: Info[Any, Any],
        input: Annotated[
            campaign_inputs.AddCampaignProfilesInput, strawberry.argument(description="What is wanted.")
        ],
    ) -> campaign_payloads.AddCampaignProfilesResult:
        return await campaigns.add_campaign_profiles(info, input)

    @strawberry.mutation(
        description="Have profiles take part in a campaign no more. Not taking part is fine."
    )
    async def remove_campaign_profiles(
        self,
        info: Info[Any, Any],
        input: Annotated[
            campaign_inputs.RemoveCampaignProfilesInput, strawberry.argument(description="What is wanted.")
        ],
    ) -> campaign_payloads.RemoveCampaignProfilesResult:
        return await campaigns.remove_campaign_profiles(info, input)

    @strawberry.mutation(
        description="Have posts count in a campaign by their addresses, also before they are found. "
        "Counting already is fine."
    )
    async def add_campaign_posts(
        self,
        info: Info[Any, Any],
        input: Annotated[
            campaign_inputs.AddCampaignPostsInput, strawberry.argument(description="What is wanted.")
        ],
    ) -> campaign_payloads.AddCampaignPostsResult:
        return await campaigns.add_campaign_posts(info, input)

    @strawberry.mutation(
        description="Have posts count in a campaign no more, unless a rule takes them in. Not counting is fine."
    )
    async def remove_campaign_posts(
        self,
        info: Info[Any, Any],
        input: Annotated[
            campaign_inputs.RemoveCampaignPostsInput, strawberry.argument(description="What is wanted.")
        ],
    ) -> campaign_payloads.RemoveCampaignPostsResult:
        return await campaigns.remove_campaign_posts(info, input)
