"""SocialAccount: one account on one platform, attached to one profile."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from linkroll_sdk import PlatformKey
from strawberry.types import Info

from server.schema.types.arguments import After, Before, First, Last
from server.schema.types.enums import described
from server.schema.types.metric_enums import Granularity
from server.schema.types.metrics import From, MetricResult, MetricSeries, Names, Periods, To
from server.schema.types.nodes import Connection, Node, relation
from server.schema.types.posts import Post, PublishedFrom, PublishedTo, StoryGap
from server.schema.types.scalars import BigInt, DateTime
from server.services.links.status import NextAction, Status, StatusReason

if TYPE_CHECKING:
    from server.schema.types.profiles import Profile


class SocialAccountOrder(enum.Enum):
    """Orders of accounts."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    HANDLE = "HANDLE"
    EXPIRES_SOONEST = "EXPIRES_SOONEST"
    MOST_FOLLOWERS = "MOST_FOLLOWERS"


described(
    SocialAccountOrder,
    "SocialAccountOrder",
    "Orders of accounts. Ties are broken by age, so every order is total.",
    {
        "NEWEST": "The newest first.",
        "OLDEST": "The oldest first.",
        "HANDLE": "By handle, without regard to case; accounts without one first.",
        "EXPIRES_SOONEST": "By `expiresAt`, the soonest first; accounts without one last.",
        "MOST_FOLLOWERS": "By followers, the most first; unknown last.",
    },
)


@strawberry.input(description="Which accounts; all conditions must hold.")
class SocialAccountFilter:
    platforms: list[PlatformKey] | None = strawberry.field(
        default=None, description="On one of these platforms."
    )
    statuses: list[Status] | None = strawberry.field(default=None, description="At one of these statuses.")
    reasons: list[StatusReason] | None = strawberry.field(
        default=None, description="`INVALID` for one of these reasons."
    )
    expiring_before: DateTime | None = strawberry.field(
        default=None, description="Authenticated, not `INVALID`, and with `expiresAt` before this moment."
    )
    search: str | None = strawberry.field(
        default=None,
        description="Part of the handle or name, or the account's address. 1 to 200 characters, "
        "without regard to case.",
    )


@strawberry.type(description="What the platform said when a link was found dead. Never holds a token.")
class StatusEvidence:
    operation: str = strawberry.field(description="The call that found it.")
    platform_code: str | None = strawberry.field(description="The platform's own code, where it gave one.")
    at: DateTime = strawberry.field(description="When it was found.")


@strawberry.type(description="One account on one platform, attached to exactly one profile.")
class SocialAccount(Node):
    platform: PlatformKey = strawberry.field(description="The platform.")
    platform_id: str | None = strawberry.field(
        description="The platform's stable id; null until it is known. Handles change hands, ids do not."
    )
    handle: str | None = strawberry.field(description="The changeable name, without `@`.")
    url: str | None = strawberry.field(description="The canonical address of the account's page.")
    display_name: str | None = strawberry.field(
        description="The name the account shows; null until connected."
    )
    avatar_url: str | None = strawberry.field(
        description="The account's picture at the platform. Such addresses expire: do not keep them."
    )
    followers: BigInt | None = strawberry.field(
        description="Followers or subscribers at the last look; null when unknown or hidden, never 0 for that."
    )
    status: Status = strawberry.field(description="Where the link stands now.")
    status_reason: StatusReason | None = strawberry.field(description="Why, when `INVALID`; else null.")
    status_evidence: StatusEvidence | None = strawberry.field(
        description="What the platform said, when it was the platform; else null."
    )
    next_action: NextAction | None = strawberry.field(
        description="What a person should do; null while all is well."
    )
    authenticated_at: DateTime | None = strawberry.field(description="When the person last consented.")
    expires_at: DateTime | None = strawberry.field(
        description="When the person must act again: consent plus 90 days, or the platform's own limit if "
        "that is earlier. A token that a machine can refresh is no such limit."
    )
    login: str | None = strawberry.field(description="The login it is linked by; null while it is not.")
    granted_scopes: list[str] = strawberry.field(
        description="What the person allowed; empty while not linked."
    )
    created_at: DateTime = strawberry.field(description="When the account was added.")
    updated_at: DateTime = strawberry.field(description="When it was last changed.")

    @relation(description="The profile that holds the account.")
    def profile(
        self, info: Info[Any, Any]
    ) -> Annotated[Profile, strawberry.lazy("server.schema.types.profiles")]:
        """Loaded by the read path."""

    @relation(
        description="The Page of an Instagram account, or the Instagram account of a Page; null if none."
    )
    def paired_with(self, info: Info[Any, Any]) -> SocialAccount | None:
        """Loaded by the read path."""

    @relation(description="The account's own numbers over time, one series a metric.")
    def metrics(
        self,
        info: Info[Any, Any],
        names: Names = None,
        from_: From = None,
        to: To = None,
        granularity: Periods = Granularity.DAY,
    ) -> list[MetricSeries]:
        """Loaded by the read path."""

    @relation(description="The newest word on each of the account's own metrics.")
    def latest_metrics(self, info: Info[Any, Any], names: Names = None) -> list[MetricResult]:
        """Loaded by the read path."""

    @relation(description="The account's posts, the newest first; stories stand apart.")
    def posts(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        from_: PublishedFrom = None,
        to: PublishedTo = None,
    ) -> Connection[Post]:
        """Loaded by the read path."""

    @relation(description="The account's stories that were seen, the newest first, also those that ended.")
    def stories(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        live: Annotated[
            bool | None,
            strawberry.argument(description="True: only those that live now; false: only those that ended."),
        ] = None,
    ) -> Connection[Post]:
        """Loaded by the read path."""

    @relation(description="What is missing among the stories for good, the newest first.")
    def story_gaps(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StoryGap]:
        """Loaded by the read path."""
