"""Post: a post, reel, video or story of an account, with its numbers; and what is missing among the stories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from linkroll_sdk import PlatformKey, PostKind
from strawberry.types import Info

from server.schema.types.metrics import From, MetricResult, MetricSeries, Names, PostPeriods, To
from server.schema.types.nodes import Node, relation
from server.schema.types.scalars import DateTime
from server.services.metrics.metric_periods import Granularity as PostGranularity

if TYPE_CHECKING:
    from server.schema.types.social_accounts import SocialAccount

PublishedFrom = Annotated[
    DateTime | None,
    strawberry.argument(name="from", description="Published at this moment or later."),
]
PublishedTo = Annotated[
    DateTime | None, strawberry.argument(name="to", description="Published before this moment.")
]


@strawberry.type(description="A post, reel, video or story of an account.")
class Post(Node):
    platform: PlatformKey = strawberry.field(description="The platform.")
    platform_post_id: str = strawberry.field(description="The platform's own id.")
    kind: PostKind = strawberry.field(description="What it is.")
    url: str | None = strawberry.field(description="Its public address; null where the platform tells none.")
    text: str = strawberry.field(description="Its caption or title; empty when it has none.")
    thumbnail_url: str | None = strawberry.field(
        description="A picture of it at the platform. Such addresses expire: do not keep them."
    )
    published_at: DateTime = strawberry.field(description="When it was published.")
    ends_at: DateTime | None = strawberry.field(description="When a story vanishes; null for what stays.")
    gone_at: DateTime | None = strawberry.field(
        description="When it was found to be gone from the platform; its numbers stay. Null while it is there."
    )

    @relation(description="The account that published it.")
    def account(
        self, info: Info[Any, Any]
    ) -> Annotated[SocialAccount, strawberry.lazy("server.schema.types.social_accounts")]:
        """Loaded by the read path."""

    @relation(description="Its numbers over time, one series a metric.")
    def metrics(
        self,
        info: Info[Any, Any],
        names: Names = None,
        from_: From = None,
        to: To = None,
        granularity: PostPeriods = PostGranularity.DAY,
    ) -> list[MetricSeries]:
        """Loaded by the read path."""

    @relation(description="The newest word on each of its metrics.")
    def latest_metrics(self, info: Info[Any, Any], names: Names = None) -> list[MetricResult]:
        """Loaded by the read path."""


@strawberry.type(
    description="Stories, or numbers of a story, that are missing for good: they end within a day and nobody was "
    "there to read them."
)
class StoryGap:
    from_at: DateTime = strawberry.field(description="From when on something may be missing.")
    until_at: DateTime = strawberry.field(description="Until when.")
    reason: str = strawberry.field(
        description="Why, as a stable word: `LINK_INVALID`, `PLATFORM_DOWN`, `RATE_LIMITED`, `WORKER_DOWN`, "
        "`NOT_POLLED`, or for one story `NO_FINAL_READING`."
    )

    @relation(description="The story whose numbers are incomplete; null when whole stories may be missing.")
    def post(self, info: Info[Any, Any]) -> Post | None:
        """Loaded by the read path."""
