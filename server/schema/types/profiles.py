"""Profile: a creator, or a group of creators."""

from __future__ import annotations

import enum
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from server.schema.types.arguments import After, Before, First, Last
from server.schema.types.enums import described
from server.schema.types.metric_enums import Granularity
from server.schema.types.metric_sums import ProfileMetrics
from server.schema.types.metrics import From, Names, Periods, To
from server.schema.types.nodes import Connection, Node, relation
from server.schema.types.scalars import BigInt, DateTime
from server.schema.types.social_accounts import (
    SocialAccount,
    SocialAccountFilter,
    SocialAccountOrder,
)
from server.services.roster.profiles import ProfileKind


@strawberry.type(description="How many of a profile's accounts stand at each status.")
class StatusCounts:
    added: int = strawberry.field(description="Accounts that are `ADDED`.")
    linked: int = strawberry.field(description="Accounts that are `LINKED`.")
    expiring: int = strawberry.field(description="Accounts that are `EXPIRING`.")
    invalid: int = strawberry.field(description="Accounts that are `INVALID`.")


class ProfileOrder(enum.Enum):
    """Orders of profiles."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    NAME = "NAME"


described(
    ProfileOrder,
    "ProfileOrder",
    "Orders of profiles. Ties are broken by age, so every order is total.",
    {
        "NEWEST": "The newest first.",
        "OLDEST": "The oldest first.",
        "NAME": "By `displayName`, without regard to case.",
    },
)


@strawberry.input(description="Which profiles; all conditions must hold.")
class ProfileFilter:
    kind: ProfileKind | None = strawberry.field(default=None, description="Only this kind.")
    search: str | None = strawberry.field(
        default=None,
        description="Part of the display name, of the external id, or of an account's handle or name; "
        "or an account's address. 1 to 200 characters, without regard to case.",
    )
    external_id: str | None = strawberry.field(
        default=None, description="Exactly this external id, its own or that of a profile merged into it."
    )
    account: SocialAccountFilter | None = strawberry.field(
        default=None, description="Only profiles with at least one account that matches."
    )


@strawberry.type(description="A creator, or a group of creators, with social accounts.")
class Profile(Node):
    kind: ProfileKind = strawberry.field(description="What the profile stands for.")
    display_name: str = strawberry.field(description="The name shown to people.")
    external_id: str | None = strawberry.field(
        description="The agency's own id for it, unique; null if none."
    )
    created_at: DateTime = strawberry.field(description="When the profile was created.")
    updated_at: DateTime = strawberry.field(description="When the profile itself was last changed.")
    total_followers: BigInt = strawberry.field(
        description="Followers over the accounts that are `LINKED` or `EXPIRING`. "
        "Accounts whose platform hides the number count nothing."
    )
    status_counts: StatusCounts = strawberry.field(description="How many accounts stand at each status.")

    @relation(description="The profile's accounts.")
    def social_accounts(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            SocialAccountFilter | None, strawberry.argument(description="Which accounts.")
        ] = None,
        order_by: Annotated[
            SocialAccountOrder, strawberry.argument(description="In which order.")
        ] = SocialAccountOrder.OLDEST,
    ) -> Connection[SocialAccount]:
        """Loaded by the read path."""

    @relation(description="The individuals in this group, by name. Empty for an individual.")
    def members(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Profile]:
        """Loaded by the read path."""

    @relation(description="The groups this individual is a member of, by name. Empty for a group.")
    def groups(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Profile]:
        """Loaded by the read path."""

    @relation(description="The profile this one was merged into; its id goes on resolving to that one.")
    def merged_into(self, info: Info[Any, Any]) -> Profile | None:
        """Loaded by the read path."""

    @relation(
        description="The numbers of the profile's accounts taken together: sums of what may be summed, and word of "
        "everything that is not in them."
    )
    def metrics(
        self,
        info: Info[Any, Any],
        names: Names = None,
        from_: From = None,
        to: To = None,
        granularity: Periods = Granularity.DAY,
    ) -> ProfileMetrics:
        """Loaded by the read path."""
