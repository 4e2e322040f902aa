"""What a campaign's posts come to together: sums with where they come from, and word of all that is not in them."""

from __future__ import annotations

import strawberry
from linkroll_sdk import MetricName, PlatformKey, Unit

from server.schema.types.scalars import DateTime
from server.services.metrics.metric_answers import Availability


@strawberry.type(description="Where a part of a sum comes from.")
class CampaignSumSource:
    platform: PlatformKey = strawberry.field(description="The platform that told it.")
    login: str = strawberry.field(description="The login through which it was asked.")
    platform_metric: str = strawberry.field(description="The platform's own word for the metric.")
    api_version: str = strawberry.field(description="The version of the platform's API that answered.")
    definition: str = strawberry.field(
        description="Which of the platform's definitions held; `metricCatalogue` says what each means."
    )
    value: float = strawberry.field(description="What came from here.")
    posts: int = strawberry.field(description="How many posts' numbers came from here.")


@strawberry.type(description="One platform's part of a sum.")
class CampaignPlatformSum:
    platform: PlatformKey = strawberry.field(description="The platform.")
    value: float = strawberry.field(description="The sum over those of its posts that have a number.")
    posts: int = strawberry.field(description="How many posts are in it.")
    oldest_fetched_at: DateTime = strawberry.field(description="When the oldest number in it was told.")
    newest_fetched_at: DateTime = strawberry.field(description="When the newest number in it was told.")


@strawberry.type(description="One metric, summed over a campaign's posts.")
class CampaignSum:
    name: MetricName = strawberry.field(description="The common name.")
    unit: Unit = strawberry.field(description="What is counted.")
    value: float = strawberry.field(
        description="The sum over those posts that have a number. Platforms count differently under one name: "
        "`platforms` has their parts, `sources` what each counts."
    )
    posts: int = strawberry.field(
        description="How many posts are in it; with those of `leftOut` all posts that were asked for the metric."
    )
    oldest_fetched_at: DateTime = strawberry.field(description="When the oldest number in it was told.")
    newest_fetched_at: DateTime = strawberry.field(description="When the newest number in it was told.")
    platforms: list[CampaignPlatformSum] = strawberry.field(description="The platforms' parts, by key.")
    sources: list[CampaignSumSource] = strawberry.field(description="Where its numbers come from.")


@strawberry.type(description="Posts of one platform whose metric is in no sum, and why.")
class CampaignLeftOut:
    metric: MetricName = strawberry.field(description="The metric.")
    platform: PlatformKey = strawberry.field(description="The platform.")
    posts: int = strawberry.field(description="How many posts.")
    availability: Availability = strawberry.field(
        description="Why there is no number; `SUPPORTED` when there is one that must not be summed, such as reach."
    )
    reason: str = strawberry.field(description="Why, as a sentence. Not stable: branch on `availability`.")
    next_step: str = strawberry.field(description="What can be done about it, for a developer or a person.")


@strawberry.type(
    description="A campaign's posts taken together: the newest number of each. What must not be summed, or has no "
    "number, is left out and counted."
)
class CampaignTotals:
    posts: int = strawberry.field(
        description="How many posts the campaign has, as far as the caller sees them."
    )
    sums: list[CampaignSum] = strawberry.field(
        description="The sums, one for each metric of which any post has a number that may be summed."
    )
    left_out: list[CampaignLeftOut] = strawberry.field(
        description="What is in no sum. Reach never is: one person may have seen two posts."
    )
