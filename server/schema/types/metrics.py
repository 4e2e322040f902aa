"""
Metrics: numbers with where they come from, or why there are none.

A number and its absence are two types, and a point's value is null exactly when there is no number,
so that a client cannot take "unknown" for 0.
"""

from __future__ import annotations

from typing import Annotated

import strawberry
from linkroll_sdk import Level, Measure, MetricName, Unit

from server.schema.types.metric_enums import Granularity
from server.schema.types.scalars import Date, DateTime
from server.services.metrics.metric_answers import Availability
from server.services.metrics.metric_periods import Granularity as PostGranularity

Names = Annotated[
    list[MetricName] | None,
    strawberry.argument(
        description="These metrics, each answered once and in this order. Null: all that there are for it."
    ),
]
From = Annotated[
    Date | None,
    strawberry.argument(name="from", description="The first day. Null: four weeks up to `to`."),
]
To = Annotated[
    Date | None,
    strawberry.argument(name="to", description="The last day, included. Null: today, in UTC."),
]
Periods = Annotated[Granularity, strawberry.argument(description="How long the periods are.")]
PostPeriods = Annotated[PostGranularity, strawberry.argument(description="How long the periods are.")]


@strawberry.type(description="Where a number comes from.")
class MetricSource:
    platform_metric: str = strawberry.field(description="The platform's own word for the metric.")
    api_version: str = strawberry.field(description="The version of the platform's API that answered.")
    definition: str = strawberry.field(
        description="Which of the platform's definitions held; `metricCatalogue` says what each means."
    )
    login: str = strawberry.field(description="The login through which it was asked.")


@strawberry.interface(
    description="The newest word on one metric: a `MetricNumber`, or a `MetricUnavailable` that says why there is "
    "none."
)
class MetricResult:
    name: MetricName = strawberry.field(description="The common name.")
    level: Level = strawberry.field(description="What it is about.")
    unit: Unit | None = strawberry.field(
        description="What is counted; null when the platform's catalogue does not have the metric."
    )
    measure: Measure | None = strawberry.field(
        description="Which time it is for; null when the platform's catalogue does not have the metric."
    )
    platform_metric: str | None = strawberry.field(
        description="The platform's own word; null when its catalogue does not have the metric."
    )
    availability: Availability = strawberry.field(
        description="`SUPPORTED` for a number; else why there is none."
    )


@strawberry.type(description="A number.")
class MetricNumber(MetricResult):
    value: float = strawberry.field(description="The number, in `unit`. A 0 is a real 0.")
    day: Date = strawberry.field(
        description="The day it is for, by the platform's calendar; for a total or a state the day it was read."
    )
    complete: bool = strawberry.field(
        description="Whether it stands for the whole day: false when the day may not have been over when it was read."
    )
    fetched_at: DateTime = strawberry.field(description="When the platform told it.")
    source: MetricSource = strawberry.field(description="Where it comes from.")


@strawberry.type(description="There is no number, and why. Show it as unknown, never as 0.")
class MetricUnavailable(MetricResult):
    reason: str = strawberry.field(description="Why, as a sentence. Not stable: branch on `availability`.")
    next_step: str = strawberry.field(description="What can be done about it, for a developer or a person.")
    missing_scopes: list[str] = strawberry.field(
        description="The permissions that are missing, when it is `MISSING_SCOPE`; else empty."
    )
    checked_at: DateTime | None = strawberry.field(
        description="When the platform was last asked for it; null when it never was."
    )


@strawberry.type(description="One period of a series.")
class MetricPoint:
    day: Date = strawberry.field(description="The period's first day.")
    until: Date = strawberry.field(
        description="The period's last day, included; the same as `day` for a day."
    )
    value: float | None = strawberry.field(
        description="The number; null exactly when there is none. Draw null as a gap, never as 0."
    )
    availability: Availability = strawberry.field(
        description="`SUPPORTED` when there is a number; else why there is none."
    )
    complete: bool = strawberry.field(
        description="Whether the number stands for the whole period: false when days are missing in a sum, when one "
        "may not have been over when it was read, and without a number."
    )
    fetched_at: DateTime | None = strawberry.field(
        description="When the platform told it, for a sum the newest of its days; null when nothing was read."
    )
    definition: str | None = strawberry.field(
        description="Which of the platform's definitions held; null without a number, and when a sum mixes two."
    )


@strawberry.type(
    description="From this day on the platform counts something else under the same name: numbers on both sides must "
    "not be compared."
)
class MetricBreak:
    day: Date = strawberry.field(description="The first day of the new definition that has a number.")
    platform_metric: str | None = strawberry.field(description="The platform's own word since.")
    definition: str | None = strawberry.field(description="The definition since.")
    previous_platform_metric: str | None = strawberry.field(description="The platform's own word before.")
    previous_definition: str | None = strawberry.field(description="The definition before.")
    meaning: str | None = strawberry.field(
        description="What the catalogue says about the new definition; null when it says nothing."
    )


@strawberry.type(
    description="One metric over time. Every period that was asked for has a point, with or without a number."
)
class MetricSeries:
    name: MetricName = strawberry.field(description="The common name.")
    level: Level = strawberry.field(description="What it is about.")
    unit: Unit | None = strawberry.field(
        description="What is counted; null when the platform's catalogue does not have the metric."
    )
    measure: Measure | None = strawberry.field(
        description="Which time it is for; null when the platform's catalogue does not have the metric."
    )
    platform_metric: str | None = strawberry.field(
        description="The platform's own word; null when its catalogue does not have the metric."
    )
    granularity: PostGranularity = strawberry.field(description="How long the periods are.")
    availability: Availability = strawberry.field(
        description="The newest word within the series: `SUPPORTED`, or why there is no number. Points before it may "
        "have numbers all the same."
    )
    reason: str | None = strawberry.field(description="Why, as a sentence; null when `SUPPORTED`.")
    next_step: str | None = strawberry.field(description="What can be done about it; null when `SUPPORTED`.")
    points: list[MetricPoint] = strawberry.field(
        description="The periods in order, without a gap; for `READING` the readings. Empty when the platform does "
        "not tell the metric at all, or not in this granularity. A post's begin on the day it was published."
    )
    breaks: list[MetricBreak] = strawberry.field(
        description="Where the platform changed what it counts, in order."
    )
