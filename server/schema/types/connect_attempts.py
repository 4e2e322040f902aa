"""ConnectAttempt: one walk through a login's consent, followed headless by node or subscription."""

from __future__ import annotations

from typing import Any

import strawberry
from linkroll_sdk import PlatformKey, Unusable
from strawberry.types import Info

from server.schema.types.nodes import Node, relation
from server.schema.types.profiles import Profile
from server.schema.types.refusals import one_of
from server.schema.types.scalars import BigInt, DateTime
from server.schema.types.social_accounts import SocialAccount
from server.services import refusals
from server.services.connect.attempts import AttemptState


@strawberry.type(description="One account that a consent turned out to reach, offered for choosing.")
class ConnectCandidate(Node):
    platform: PlatformKey = strawberry.field(description="The platform.")
    platform_id: str | None = strawberry.field(
        description="The platform's stable id; null where there is none."
    )
    handle: str | None = strawberry.field(description="The changeable name, without `@`.")
    display_name: str = strawberry.field(description="The name the account shows.")
    avatar_url: str | None = strawberry.field(description="The account's picture; such addresses expire.")
    followers: BigInt | None = strawberry.field(description="Followers; null when unknown or hidden.")
    usable: bool = strawberry.field(description="Whether it can be chosen.")
    problem: Unusable | None = strawberry.field(description="Why it cannot be chosen; null when it can.")
    hint: str = strawberry.field(
        description="What the person can do about the problem; empty when there is none."
    )
    missing_scopes: list[str] = strawberry.field(description="Permissions it needs and did not get.")
    pair: str | None = strawberry.field(
        description="Equal for a Facebook Page and its Instagram account: show and choose them together."
    )

    expected: bool = strawberry.field(
        description="Whether it is the account that is being connected: a choice must contain it."
    )

    @relation(description="The account it was linked as; null until then.")
    def social_account(self, info: Info[Any, Any]) -> SocialAccount | None:
        """Loaded by the read path."""


@strawberry.type(description="The attempt's good end.")
class AccountsLinked:
    @relation(description="The accounts that were linked.")
    def social_accounts(self, info: Info[Any, Any]) -> list[SocialAccount]:
        """Loaded by the read path."""


ConnectOutcome = one_of(
    "ConnectOutcome",
    "How an attempt ended.",
    AccountsLinked,
    refusals.ConsentDenied,
    refusals.ConsentFailed,
    refusals.CodeRejected,
    refusals.LoginMisconfigured,
    refusals.PlatformUnavailable,
    refusals.ScopesMissing,
    refusals.NoUsableAccount,
    refusals.WrongAccount,
    refusals.AccountAlreadyAttached,
    refusals.AttemptExpired,
    refusals.AttemptCancelled,
)


@strawberry.type(
    description="One walk through a login's consent. Open `authorizeUrl` in the person's browser, then follow "
    "this node by `connectAttempt` or `connectAttemptChanged`."
)
class ConnectAttempt(Node):
    state: AttemptState = strawberry.field(description="Where it stands now.")
    login: str = strawberry.field(description="The login it goes through.")
    platform: PlatformKey = strawberry.field(description="The platform that was asked for.")
    created_at: DateTime = strawberry.field(description="When it began.")
    expires_at: DateTime = strawberry.field(description="When it runs out, unless it ends before.")
    finished_at: DateTime | None = strawberry.field(description="When it ended; null while it is open.")

    @relation(description="How it ended; null while it is open.")
    def outcome(self, info: Info[Any, Any]) -> ConnectOutcome | None:  # type: ignore[valid-type]
        """Loaded by the read path."""

    @relation(description="The profile that is being connected.")
    def profile(self, info: Info[Any, Any]) -> Profile:
        """Loaded by the read path."""

    @relation(description="The account that is expected; null when any account of the platform will do.")
    def expected_account(self, info: Info[Any, Any]) -> SocialAccount | None:
        """Loaded by the read path."""

    @relation(description="The accounts that the consent reaches; empty before it is given.")
    def candidates(self, info: Info[Any, Any]) -> list[ConnectCandidate]:
        """Loaded by the read path."""
