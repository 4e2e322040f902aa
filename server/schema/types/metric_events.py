"""Metric events: what was read of which account, in an order that can be resumed."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from linkroll_sdk import PlatformKey, Work
from strawberry.types import Info

from server.schema.types.nodes import relation
from server.schema.types.posts import Post
from server.schema.types.profiles import Profile
from server.schema.types.scalars import DateTime
from server.schema.types.social_accounts import SocialAccount
from server.schema.types.status_events import EventGap


@strawberry.type(description="Numbers of one account or of its posts were read, in one go.")
class MetricsRecorded:
    cursor: str = strawberry.field(description="Its place in the stream: resume with it as `after`.")
    at: DateTime = strawberry.field(description="When they were recorded.")
    account_id: strawberry.ID = strawberry.field(
        description="The account's id, which stays true when the account is gone."
    )
    platform: PlatformKey = strawberry.field(description="The account's platform.")
    work: Work = strawberry.field(description="What was read.")
    readings: int = strawberry.field(description="How many readings were recorded.")

    @relation(description="The account as it is now; null when it is gone or no longer visible.")
    def account(self, info: Info[Any, Any]) -> SocialAccount | None:
        """Loaded by the read path."""

    @relation(description="The profile that held the account then, as it is now; null when it is gone.")
    def profile(self, info: Info[Any, Any]) -> Profile | None:
        """Loaded by the read path."""

    @relation(description="The posts that were read and are still here; empty for the account's own numbers.")
    def posts(self, info: Info[Any, Any]) -> list[Post]:
        """Loaded by the read path."""


MetricsEvent = Annotated[
    MetricsRecorded | EventGap,
    strawberry.union("MetricsEvent", description="A reading, or word that some are missing."),
]
