"""Campaign: profiles, a time and rules; the posts that fit, and what they come to."""

from __future__ import annotations

import enum
from typing import Any

import strawberry
from linkroll_sdk import PlatformKey
from strawberry.types import Info

from server.schema.types.arguments import After, Before, First, Last
from server.schema.types.campaign_totals import CampaignTotals
from server.schema.types.enums import described
from server.schema.types.metrics import Names
from server.schema.types.nodes import RELATION, Connection, Node, PageInfo, relation
from server.schema.types.posts import Post
from server.schema.types.profiles import Profile
from server.schema.types.scalars import DateTime
from server.schema.types.social_accounts import SocialAccount
from server.services.links.status import NextAction, Status, StatusReason


class CampaignJoin(enum.StrEnum):
    """How a post came into a campaign."""

    RULE = "RULE"
    URL = "URL"


described(
    CampaignJoin,
    "CampaignJoin",
    "How a post came into a campaign.",
    {
        "RULE": "By rule: a profile of the campaign published it in its time, with one of its hashtags or mentions, "
        "or with any text where the campaign has neither.",
        "URL": "Only because somebody named it by its address.",
    },
)


class CampaignUrlProblem(enum.StrEnum):
    """Why no post was found at an address yet."""

    ACCOUNT_NOT_IN_ROSTER = "ACCOUNT_NOT_IN_ROSTER"
    ACCOUNT_NOT_LINKED = "ACCOUNT_NOT_LINKED"
    ACCOUNT_UNKNOWN = "ACCOUNT_UNKNOWN"
    NOT_FOUND_YET = "NOT_FOUND_YET"


described(
    CampaignUrlProblem,
    "CampaignUrlProblem",
    "Why no post was found at an address yet.",
    {
        "ACCOUNT_NOT_IN_ROSTER": "The account that published it is on no profile.",
        "ACCOUNT_NOT_LINKED": "The account that published it has no living link.",
        "ACCOUNT_UNKNOWN": "The address does not tell whose post it is, and no linked account was seen to have it.",
        "NOT_FOUND_YET": "Its account is linked; the post was not seen there yet, or is older than the link reaches.",
    },
)


@strawberry.type(description="One post of a campaign, and how it came in.")
class CampaignPostEdge:
    cursor: str = strawberry.field(description="The post's place; give it as `after` or `before`.")
    joined_by: CampaignJoin = strawberry.field(description="How it came in.")
    matched_hashtags: list[str] = strawberry.field(
        description="Those of the campaign's hashtags that it carries."
    )
    matched_mentions: list[str] = strawberry.field(
        description="Those of the campaign's mentions that it carries."
    )
    node: Post = strawberry.field(description="The post.", metadata={RELATION: True})


@strawberry.type(description="One page of a campaign's posts.")
class CampaignPostConnection:
    edges: list[CampaignPostEdge] = strawberry.field(
        description="The page's posts, with how each came in.", metadata={RELATION: True}
    )
    nodes: list[Post] = strawberry.field(description="The page's posts.", metadata={RELATION: True})
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(
        description="How many posts the campaign has, as far as the caller sees them."
    )


@strawberry.type(
    description="An account of a campaign whose numbers stand still until a person acts: not linked, or without a "
    "permission that its posts' numbers need."
)
class CampaignReconnect:
    status: Status = strawberry.field(description="Where its link stands.")
    status_reason: StatusReason | None = strawberry.field(description="Why, when `INVALID`; else null.")
    next_action: NextAction = strawberry.field(description="What the person should do.")

    @relation(description="Permissions that are missing while it is linked; else empty.")
    def missing_scopes(self, info: Info[Any, Any]) -> list[str]:
        """Loaded by the read path."""

    @relation(description="The account.")
    def account(self, info: Info[Any, Any]) -> SocialAccount:
        """Loaded by the read path."""


@strawberry.type(description="A post that a campaign names by its address.")
class CampaignUrl:
    url: str = strawberry.field(description="The address, as it was given.")
    platform: PlatformKey = strawberry.field(description="Its platform.")
    added_at: DateTime = strawberry.field(description="When it was given.")
    problem: CampaignUrlProblem | None = strawberry.field(
        description="Why no post was found there yet; null when one was."
    )
    next_step: str | None = strawberry.field(description="What to do about it; null without a problem.")

    @relation(description="The post; null while none was found there.")
    def post(self, info: Info[Any, Any]) -> Post | None:
        """Loaded by the read path."""

    @relation(description="The account that published it; null when it is not in the roster, or not known.")
    def account(self, info: Info[Any, Any]) -> SocialAccount | None:
        """Loaded by the read path."""


@strawberry.input(description="Which campaigns; all conditions must hold.")
class CampaignFilter:
    profile_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those in which this profile takes part."
    )
    active_at: DateTime | None = strawberry.field(default=None, description="Those that run at this moment.")


@strawberry.type(
    description="Profiles, a time and rules: the posts that fit, and what they come to. Which posts fit is worked "
    "out at every question, so a post that is found late joins by itself, and a changed rule holds for the past as "
    "well. A creator's key sees the campaigns its profile takes part in, and of each only its own part."
)
class Campaign(Node):
    name: str = strawberry.field(description="The name shown to people.")
    starts_at: DateTime = strawberry.field(description="Posts by rule count from this moment on.")
    ends_at: DateTime = strawberry.field(description="Posts by rule count up to this moment, not included.")
    hashtags: list[str] = strawberry.field(
        description="Posts with one of these join, without `#` and in lower case. With no hashtags and no mentions "
        "every post of the profiles joins."
    )
    mentions: list[str] = strawberry.field(
        description="Posts that mention one of these join, without `@` and in lower case."
    )
    created_at: DateTime = strawberry.field(description="When the campaign was created.")
    updated_at: DateTime = strawberry.field(
        description="When it was last changed, its profiles and addresses included."
    )

    @relation(description="The profiles that take part, by name; for a merged one its survivor.")
    def profiles(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Profile]:
        """Loaded by the read path."""

    @relation(
        description="Its posts and stories, newest first: those that a rule takes in, and those named by address, "
        "of whatever account and time. A post that several accounts published together counts once."
    )
    def posts(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> CampaignPostConnection:
        """Loaded by the read path."""

    @relation(description="What its posts come to together.")
    def totals(self, info: Info[Any, Any], names: Names = None) -> CampaignTotals:
        """Loaded by the read path."""

    @relation(
        description="The accounts of its profiles, and of the posts named by address, for which a person must act "
        "before the numbers are whole."
    )
    def must_reconnect(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CampaignReconnect]:
        """Loaded by the read path."""

    @relation(description="The posts named by address, in the order given.")
    def urls(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CampaignUrl]:
        """Loaded by the read path."""

    @relation(description="Those addresses at which no post was found yet, each with the reason.")
    def missing_urls(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CampaignUrl]:
        """Loaded by the read path."""

    @relation(
        description="Whether the numbers are whole: nobody must reconnect, no address is missing, and every post was "
        "read at least once. What a platform does not tell is no gap; `totals { leftOut }` has it."
    )
    def is_whole(self, info: Info[Any, Any]) -> bool:
        """Loaded by the read path."""
