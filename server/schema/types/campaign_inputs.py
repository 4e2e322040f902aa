"""What the mutations of campaigns take."""

from __future__ import annotations

import strawberry

from server.schema.types.scalars import DateTime


@strawberry.input(description="A new campaign.")
class CreateCampaignInput:
    name: str = strawberry.field(description="The name shown to people: 1 to 200 characters, one line.")
    starts_at: DateTime = strawberry.field(description="When it starts.")
    ends_at: DateTime = strawberry.field(description="When it ends, not included; after `startsAt`.")
    hashtags: list[str] = strawberry.field(
        default_factory=list, description="Up to 50 hashtags, with or without `#`, in any case."
    )
    mentions: list[str] = strawberry.field(
        default_factory=list, description="Up to 50 handles, with or without `@`, in any case."
    )
    profile_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The profiles that take part, up to 1000."
    )


@strawberry.input(description="Changes to a campaign. What is left out stays as it is.")
class UpdateCampaignInput:
    id: strawberry.ID = strawberry.field(description="The campaign.")
    name: strawberry.Maybe[str] = strawberry.field(description="The new name: 1 to 200 characters.")
    starts_at: strawberry.Maybe[DateTime] = strawberry.field(description="The new start.")
    ends_at: strawberry.Maybe[DateTime] = strawberry.field(description="The new end.")
    hashtags: strawberry.Maybe[list[str]] = strawberry.field(
        description="All hashtags from now on, up to 50; an empty list takes them away."
    )
    mentions: strawberry.Maybe[list[str]] = strawberry.field(
        description="All mentions from now on, up to 50; an empty list takes them away."
    )


@strawberry.input(description="The campaign to remove. Posts and their numbers stay.")
class RemoveCampaignInput:
    id: strawberry.ID = strawberry.field(description="The campaign.")


@strawberry.input(description="Profiles that shall take part.")
class AddCampaignProfilesInput:
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    profile_ids: list[strawberry.ID] = strawberry.field(description="The profiles, all or none.")


@strawberry.input(description="Profiles that shall take part no more.")
class RemoveCampaignProfilesInput:
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    profile_ids: list[strawberry.ID] = strawberry.field(description="The profiles.")


@strawberry.input(description="Posts that shall count, whatever the rules say.")
class AddCampaignPostsInput:
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    urls: list[str] = strawberry.field(
        description="The posts' addresses, as people paste them: up to 100 at once, all or none. The posts need not "
        "be known yet."
    )


@strawberry.input(description="Posts that shall count no more, unless a rule takes them in.")
class RemoveCampaignPostsInput:
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    urls: list[str] = strawberry.field(
        description="The posts' addresses, up to 100 at once, in any of their spellings."
    )
