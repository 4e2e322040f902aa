"""What a profile's accounts come to together: sums of what may be summed, and word of everything left out."""

from __future__ import annotations

from typing import Any

import strawberry
from linkroll_sdk import Measure, MetricName, Unit
from strawberry.types import Info

from server.schema.types.metric_enums import Granularity
from server.schema.types.nodes import relation
from server.schema.types.scalars import Date
from server.schema.types.social_accounts import SocialAccount
from server.services.metrics.metric_answers import Availability


@strawberry.type(description="One period of a sum.")
class MetricSumPoint:
    day: Date = strawberry.field(description="The period's first day.")
    until: Date = strawberry.field(description="The period's last day, included.")
    value: float | None = strawberry.field(
        description="The sum over those accounts that have a number; null exactly when none has one."
    )
    accounts: int = strawberry.field(description="How many accounts are in the sum.")
    complete: bool = strawberry.field(
        description="Whether every account of the series is in the sum, each with the whole period."
    )


@strawberry.type(description="One metric, summed over a profile's accounts.")
class MetricSum:
    name: MetricName = strawberry.field(description="The common name.")
    measure: Measure = strawberry.field(
        description="Which time it is for. A name that platforms measure differently gives one sum for each measure."
    )
    unit: Unit = strawberry.field(description="What is counted.")
    granularity: Granularity = strawberry.field(description="How long the periods are.")
    points: list[MetricSumPoint] = strawberry.field(description="The periods in order, without a gap.")

    @relation(description="The accounts whose numbers are summed.")
    def accounts(self, info: Info[Any, Any]) -> list[SocialAccount]:
        """Loaded by the read path."""


@strawberry.type(description="An account's metric that is in no sum, and why.")
class MetricLeftOut:
    metric: MetricName = strawberry.field(description="The metric.")
    availability: Availability = strawberry.field(
        description="Why there is no number; `SUPPORTED` when there is one that must not be summed, such as reach."
    )
    reason: str = strawberry.field(description="Why, as a sentence.")

    @relation(description="The account.")
    def account(self, info: Info[Any, Any]) -> SocialAccount:
        """Loaded by the read path."""


@strawberry.type(description="An account's metric that is summed with periods missing.")
class MetricIncomplete:
    metric: MetricName = strawberry.field(description="The metric.")
    missing_periods: int = strawberry.field(description="How many periods lack a whole number.")

    @relation(description="The account.")
    def account(self, info: Info[Any, Any]) -> SocialAccount:
        """Loaded by the read path."""


@strawberry.type(
    description="A profile's own accounts taken together (not those of a group's members). What must not be summed "
    "is left out and named."
)
class ProfileMetrics:
    @relation(description="The sums, one for each metric that any account tells.")
    def sums(self, info: Info[Any, Any]) -> list[MetricSum]:
        """Loaded by the read path."""

    @relation(description="What is in no sum. Reach never is: one person may follow two accounts.")
    def left_out(self, info: Info[Any, Any]) -> list[MetricLeftOut]:
        """Loaded by the read path."""

    @relation(description="What is in a sum, but not for every period.")
    def incomplete(self, info: Info[Any, Any]) -> list[MetricIncomplete]:
        """Loaded by the read path."""
