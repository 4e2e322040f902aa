"""What mutations answer: a success each, and the refusals each may meet."""

from __future__ import annotations

from typing import Any

import strawberry
from linkroll_sdk import Work
from strawberry.types import Info

from server.schema.types.connect_attempts import ConnectAttempt
from server.schema.types.nodes import relation
from server.schema.types.profiles import Profile
from server.schema.types.refusals import one_of
from server.schema.types.scalars import DateTime
from server.schema.types.social_accounts import SocialAccount
from server.services import refusals as no
from server.services.links.grants import RevocationOutcome
from server.services.metrics import metric_refusals as metrics_no

# Profiles


@strawberry.type(description="The profile was created.")
class CreateProfileSuccess:
    @relation(description="The new profile.")
    def profile(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""


@strawberry.type(description="The profile was changed.")
class UpdateProfileSuccess:
    @relation(description="The profile as it is now.")
    def profile(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""


@strawberry.type(description="The profile was removed with its accounts and their tokens.")
class RemoveProfileSuccess:
    removed_profile_id: strawberry.ID = strawberry.field(description="The id that no longer resolves.")
    removed_account_count: int = strawberry.field(description="How many accounts went with it.")


@strawberry.type(description="The membership stands.")
class AddGroupMemberSuccess:
    @relation(description="The group.")
    def group(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""

    @relation(description="The member.")
    def member(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""


@strawberry.type(description="The membership is over.")
class RemoveGroupMemberSuccess:
    @relation(description="The group.")
    def group(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""

    @relation(description="Who was a member.")
    def member(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""


CreateProfileResult = one_of(
    "CreateProfileResult",
    "What `createProfile` answers.",
    CreateProfileSuccess,
    no.InvalidInput,
    no.ExternalIdTaken,
)
UpdateProfileResult = one_of(
    "UpdateProfileResult",
    "What `updateProfile` answers.",
    UpdateProfileSuccess,
    no.ProfileNotFound,
    no.InvalidInput,
    no.ExternalIdTaken,
)
RemoveProfileResult = one_of(
    "RemoveProfileResult", "What `removeProfile` answers.", RemoveProfileSuccess, no.ProfileNotFound
)
AddGroupMemberResult = one_of(
    "AddGroupMemberResult",
    "What `addGroupMember` answers.",
    AddGroupMemberSuccess,
    no.ProfileNotFound,
    no.CannotGroup,
)
RemoveGroupMemberResult = one_of(
    "RemoveGroupMemberResult",
    "What `removeGroupMember` answers.",
    RemoveGroupMemberSuccess,
    no.ProfileNotFound,
)

# Social accounts


@strawberry.type(description="The account was attached: not authenticated yet.")
class AddSocialAccountSuccess:
    @relation(description="The account, at status `ADDED`.")
    def social_account(self, info: Info[Any, Any]) -> SocialAccount:
        """Loaded by the read path."""


@strawberry.type(description="The link is over; the account stays, at status `INVALID` for `UNLINKED`.")
class UnlinkSocialAccountSuccess:
    revocation: RevocationOutcome = strawberry.field(description="What the platform was told.")

    @relation(description="The account as it is now.")
    def social_account(self, info: Info[Any, Any]) -> SocialAccount:
        """Loaded by the read path."""


@strawberry.type(description="The account is off its profile, with its tokens.")
class RemoveSocialAccountSuccess:
    removed_account_id: strawberry.ID = strawberry.field(description="The id that no longer resolves.")
    revocation: RevocationOutcome = strawberry.field(description="What the platform was told.")

    @relation(description="The profile that held it.")
    def profile(self, info: Info[Any, Any]) -> Profile | None:
        """Loaded by the read path."""


AddSocialAccountResult = one_of(
    "AddSocialAccountResult",
    "What `addSocialAccount` answers.",
    AddSocialAccountSuccess,
    no.ProfileNotFound,
    no.AccountAlreadyAttached,
    no.HandleNeedsPlatform,
    no.InvalidHandle,
    no.PlatformMismatch,
    no.UnknownAddress,
    no.PostAddress,
    no.ReservedAddress,
    no.GroupAddress,
    no.EventAddress,
    no.NotAnAccountAddress,
    no.ShortLinkUnresolved,
    no.InvalidInput,
)
UnlinkSocialAccountResult = one_of(
    "UnlinkSocialAccountResult",
    "What `unlinkSocialAccount` answers.",
    UnlinkSocialAccountSuccess,
    no.SocialAccountNotFound,
    no.AccountNotLinked,
)
RemoveSocialAccountResult = one_of(
    "RemoveSocialAccountResult",
    "What `removeSocialAccount` answers.",
    RemoveSocialAccountSuccess,
    no.SocialAccountNotFound,
)

# Connect


@strawberry.type(description="The attempt waits for the person's browser.")
class ConnectSocialAccountSuccess:
    authorize_url: str = strawberry.field(
        description="Our own address, to be opened in the person's browser, once, within ten minutes. "
        "It binds the attempt to that browser and goes on to the platform. Treat it like a password."
    )

    @relation(description="The attempt.")
    def attempt(self, info: Info[Any, Any]) -> ConnectAttempt:
        """Loaded by the read path."""


@strawberry.type(description="The chosen accounts are linked.")
class ChooseAccountsSuccess:
    @relation(description="The attempt, at its end.")
    def attempt(self, info: Info[Any, Any]) -> ConnectAttempt:
        """Loaded by the read path."""

    @relation(description="The accounts that were linked.")
    def social_accounts(self, info: Info[Any, Any]) -> list[SocialAccount]:
        """Loaded by the read path."""


@strawberry.type(description="The attempt is over.")
class CancelConnectSuccess:
    @relation(description="The attempt as it is now.")
    def attempt(self, info: Info[Any, Any]) -> ConnectAttempt:
        """Loaded by the read path."""


ConnectSocialAccountResult = one_of(
    "ConnectSocialAccountResult",
    "What `connectSocialAccount` answers.",
    ConnectSocialAccountSuccess,
    no.ProfileNotFound,
    no.SocialAccountNotFound,
    no.LoginUnavailable,
    no.ReturnUrlNotAllowed,
    no.TooManyAttempts,
)
ChooseAccountsResult = one_of(
    "ChooseAccountsResult",
    "What `chooseAccounts` answers.",
    ChooseAccountsSuccess,
    no.ConnectAttemptNotFound,
    no.AttemptNotChoosing,
    no.CandidateNotUsable,
    no.AccountAlreadyAttached,
    no.InvalidInput,
)
CancelConnectResult = one_of(
    "CancelConnectResult", "What `cancelConnect` answers.", CancelConnectSuccess, no.ConnectAttemptNotFound
)

# Merge


@strawberry.type(description="What a merge would move.")
class MergePreview:
    undo_until: DateTime = strawberry.field(description="Until when such a merge could be undone.")

    @relation(description="The profile that stays.")
    def survivor(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""

    @relation(description="The profile that would be merged into it.")
    def merged(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""

    @relation(description="The accounts that would move, with their links and history.")
    def social_accounts(self, info: Info[Any, Any]) -> list[SocialAccount]:
        """Loaded by the read path."""

    @relation(description="The groups that the survivor would join.")
    def groups(self, info: Info[Any, Any]) -> list[Profile]:
        """Loaded by the read path."""

    @relation(description="The members that the survivor would gain.")
    def members(self, info: Info[Any, Any]) -> list[Profile]:
        """Loaded by the read path."""


@strawberry.type(description="A merge that was done.")
class ProfileMerge:
    id: strawberry.ID = strawberry.field(description="Names the merge, for `undoMerge`.")
    undo_until: DateTime = strawberry.field(description="Until when `undoMerge` works.")


@strawberry.type(description="The profiles are one. The merged id goes on resolving to the survivor.")
class MergeProfilesSuccess:
    merge: ProfileMerge = strawberry.field(description="The merge, for `undoMerge`.")

    @relation(description="The profile that stays.")
    def survivor(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""

    @relation(description="The profile that was merged, with `mergedInto` set.")
    def merged(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""

    @relation(description="The accounts that moved.")
    def social_accounts(self, info: Info[Any, Any]) -> list[SocialAccount]:
        """Loaded by the read path."""


@strawberry.type(description="The profiles are two again.")
class UndoMergeSuccess:
    gone_account_ids: list[strawberry.ID] = strawberry.field(
        description="Accounts that had moved but were removed or moved on since: they could not be given back."
    )

    @relation(description="The profile that was given back.")
    def restored(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""

    @relation(description="The profile that had survived.")
    def survivor(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""


PreviewMergeResult = one_of(
    "PreviewMergeResult", "What `previewMerge` answers.", MergePreview, no.ProfileNotFound, no.CannotMerge
)
MergeProfilesResult = one_of(
    "MergeProfilesResult",
    "What `mergeProfiles` answers.",
    MergeProfilesSuccess,
    no.ProfileNotFound,
    no.CannotMerge,
)
UndoMergeResult = one_of(
    "UndoMergeResult", "What `undoMerge` answers.", UndoMergeSuccess, no.MergeNotFound, no.CannotUndoMerge
)

# Metrics


@strawberry.type(
    description="The numbers will be read anew within a minute or so; `metricsRecorded` tells when."
)
class RefreshMetricsSuccess:
    works: list[Work] = strawberry.field(
        description="What is read; empty when the platform tells no numbers, or nothing was planned yet."
    )
    again_at: DateTime = strawberry.field(description="When they can be asked for again.")

    @relation(description="The account.")
    def social_account(self, info: Info[Any, Any]) -> SocialAccount:
        """Loaded by the read path."""


RefreshMetricsResult = one_of(
    "RefreshMetricsResult",
    "What `refreshMetrics` answers.",
    RefreshMetricsSuccess,
    no.SocialAccountNotFound,
    no.AccountNotLinked,
    metrics_no.RefreshTooSoon,
)
