"""The catalogue: what each installed platform tells, in its own words."""

from __future__ import annotations

import strawberry
from linkroll_sdk import Level, Measure, MetricName, PlatformKey, PostKind, Unit

from server.schema.types.scalars import Date, Duration


@strawberry.type(description="What a platform means by a metric, from a day on.")
class MetricMeaning:
    version: str = strawberry.field(description="Names the definition, as `MetricSource.definition` does.")
    since: Date | None = strawberry.field(description="The first day it holds; null: from the beginning.")
    meaning: str = strawberry.field(description="What is counted; empty when the platform does not say.")


@strawberry.type(description="What a person must have allowed at one login.")
class MetricScopes:
    login: str = strawberry.field(description="The login's key.")
    scopes: list[str] = strawberry.field(description="All of these are needed.")


@strawberry.type(description="One number that a platform offers.")
class MetricDefinition:
    platform: PlatformKey = strawberry.field(description="The platform.")
    name: MetricName = strawberry.field(description="The common name.")
    level: Level = strawberry.field(description="What it is about.")
    platform_metric: str = strawberry.field(description="The platform's own word.")
    description: str = strawberry.field(description="What it is; empty when the plugin does not say.")
    unit: Unit = strawberry.field(description="What is counted.")
    measure: Measure = strawberry.field(description="Which time it is for.")
    additive: bool = strawberry.field(
        description="Whether numbers of different accounts, posts and (for `DAY`) days may be added up."
    )
    kinds: list[PostKind] | None = strawberry.field(
        description="The kinds of posts that have it; null when kinds make no difference."
    )
    scopes: list[MetricScopes] = strawberry.field(
        description="The logins that can tell it, with what each needs."
    )
    cadence: Duration = strawberry.field(description="How often reading it anew makes sense.")
    delay: Duration = strawberry.field(description="How long after a day its number is final.")
    history: Duration | None = strawberry.field(
        description="How far back the platform answers; null: only how things stand now."
    )
    definitions: list[MetricMeaning] = strawberry.field(
        description="What the platform means by it, and since when. Each new one breaks time series."
    )
    source: str = strawberry.field(description="Where this rule stands; empty when the plugin does not say.")
    certain: bool = strawberry.field(description="Whether it was read there; false: from memory.")
