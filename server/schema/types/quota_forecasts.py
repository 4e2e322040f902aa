"""Quota forecasts: what the platforms' quotas will be asked for, before they run out."""

from __future__ import annotations

import strawberry
from linkroll_sdk import PlatformKey, Window, Work

from server.schema.types.enums import described
from server.schema.types.scalars import DateTime

described(
    Window,
    "QuotaWindow",
    "How a quota fills up again.",
    {
        "MINUTE": "A sliding minute.",
        "HOUR": "A sliding hour.",
        "DAY": "A sliding day.",
        "PACIFIC_DAY": "A calendar day that ends at midnight in California.",
    },
)


@strawberry.type(description="What one kind of reading asks of a quota in one window.")
class QuotaDemand:
    platform: PlatformKey = strawberry.field(description="The platform that is read.")
    work: Work = strawberry.field(description="What is read.")
    requests: float = strawberry.field(description="How much of the quota it asks for.")


@strawberry.type(
    description="One quota of a login, and what the present roster at the present pace asks of it in one window. "
    "Counted from the plan, so it tells before the first request is refused."
)
class QuotaForecast:
    login: str = strawberry.field(description="The login.")
    budget: str = strawberry.field(description="The quota's key, as the plugin names it.")
    window: Window = strawberry.field(description="How it fills up again.")
    per_account: bool = strawberry.field(
        description="Whether each account has one of its own: the numbers are then of the account that asks most."
    )
    accounts: int = strawberry.field(description="How many accounts are read by the login.")
    limit: float | None = strawberry.field(
        description="What the platform allows in one window; null when nobody knows."
    )
    limit_is_told: bool = strawberry.field(
        description="Whether the limit is reckoned from the platform's answers, not declared by the plugin."
    )
    demand: float = strawberry.field(description="What the roster asks for in one window.")
    used: float = strawberry.field(description="What was used of the present window.")
    percent: float | None = strawberry.field(
        description="The demand's share of the limit: over 100 it does not fit. Null without a limit."
    )
    told_percent: float | None = strawberry.field(
        description="The share that the platform itself said was used, last; null when it never did."
    )
    window_ends_at: DateTime = strawberry.field(description="When the present window ends.")
    blocked_until: DateTime | None = strawberry.field(
        description="Until when the platform refuses to answer; null when it does answer."
    )
    runs_out_at: DateTime | None = strawberry.field(
        description="When the quota is used up in the present window at this pace; null when it lasts."
    )
    works: list[QuotaDemand] = strawberry.field(description="What asks for it, the most first.")
    source: str = strawberry.field(description="Where the limit stands; empty when the plugin does not say.")
