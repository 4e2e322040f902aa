"""What mutations take."""

from __future__ import annotations

import strawberry
from linkroll_sdk import PlatformKey

from server.services.roster.profiles import ProfileKind


@strawberry.input(description="A new profile.")
class CreateProfileInput:
    display_name: str = strawberry.field(
        description="The name shown to people: 1 to 200 characters, one line."
    )
    kind: ProfileKind = strawberry.field(
        default=ProfileKind.INDIVIDUAL, description="What the profile stands for."
    )
    external_id: str | None = strawberry.field(
        default=None, description="The agency's own id, unique over all profiles: 1 to 200 characters."
    )


@strawberry.input(description="Changes to a profile. What is left out stays as it is.")
class UpdateProfileInput:
    id: strawberry.ID = strawberry.field(description="The profile.")
    display_name: strawberry.Maybe[str] = strawberry.field(description="The new name: 1 to 200 characters.")
    external_id: strawberry.Maybe[str | None] = strawberry.field(
        description="The new external id; null clears it. Not for creators' keys."
    )


@strawberry.input(description="The profile to remove, with its accounts and their tokens.")
class RemoveProfileInput:
    id: strawberry.ID = strawberry.field(description="The profile.")


@strawberry.input(description="A membership to begin.")
class AddGroupMemberInput:
    group_id: strawberry.ID = strawberry.field(description="A GROUP profile.")
    member_id: strawberry.ID = strawberry.field(description="An INDIVIDUAL profile.")


@strawberry.input(description="A membership to end.")
class RemoveGroupMemberInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="The member.")


@strawberry.input(description="An account to attach, without authenticating it.")
class AddSocialAccountInput:
    profile_id: strawberry.ID = strawberry.field(description="The profile that shall hold it.")
    account: str = strawberry.field(
        description="The account's address, as people paste it, or its handle with or without `@`. "
        "An address tells its platform; a handle needs `platform`."
    )
    platform: PlatformKey | None = strawberry.field(
        default=None, description="The platform. With an address it must be the address's own."
    )


@strawberry.input(description="Which account or platform to connect a profile to. Also for reconnecting.")
class ConnectSocialAccountInput:
    target: ConnectTarget = strawberry.field(description="What to connect.")
    login: str | None = strawberry.field(
        default=None,
        description="The login to use, by key. By default the one the account was linked by, "
        "else the platform's own.",
    )
    return_url: str | None = strawberry.field(
        default=None,
        description="Where the browser returns to afterwards, with `attempt` (the attempt's id) added to its "
        "query. Must be on the operator's list; custom schemes can be. Null: a page of this server.",
    )


@strawberry.input(one_of=True, description="Either an account that was added, or any account of a platform.")
class ConnectTarget:
    social_account_id: strawberry.Maybe[strawberry.ID] = strawberry.field(
        description="This account: who consents as somebody else is refused."
    )
    profile_platform: strawberry.Maybe[ProfilePlatform] = strawberry.field(
        description="Any account of a platform that the consent reaches."
    )


@strawberry.input(description="A profile, and the platform to connect it to.")
class ProfilePlatform:
    profile_id: strawberry.ID = strawberry.field(description="The profile.")
    platform: PlatformKey = strawberry.field(description="The platform.")


@strawberry.input(description="The accounts to link, of those a consent reaches.")
class ChooseAccountsInput:
    attempt_id: strawberry.ID = strawberry.field(description="An attempt at state `CHOOSING`.")
    candidate_ids: list[strawberry.ID] = strawberry.field(
        description="Its candidates to link, all or none. A pair is linked by naming both."
    )


@strawberry.input(description="An attempt to end.")
class CancelConnectInput:
    attempt_id: strawberry.ID = strawberry.field(description="The attempt.")


@strawberry.input(description="The account whose link to end. It stays on its profile.")
class UnlinkSocialAccountInput:
    id: strawberry.ID = strawberry.field(description="The account.")


@strawberry.input(description="The account to take off its profile.")
class RemoveSocialAccountInput:
    id: strawberry.ID = strawberry.field(description="The account.")


@strawberry.input(description="Two profiles to become one.")
class MergeProfilesInput:
    survivor_id: strawberry.ID = strawberry.field(description="The profile that stays.")
    merged_id: strawberry.ID = strawberry.field(description="The profile that is merged into it.")


@strawberry.input(description="A merge to undo.")
class UndoMergeInput:
    merge_id: strawberry.ID = strawberry.field(description="The merge, as `mergeProfiles` answered it.")


@strawberry.input(description="The account whose numbers to read anew.")
class RefreshMetricsInput:
    account_id: strawberry.ID = strawberry.field(description="The account.")
