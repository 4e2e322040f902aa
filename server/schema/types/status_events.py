"""Status events: what happened to accounts, in an order that can be resumed."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from linkroll_sdk import PlatformKey
from strawberry.types import Info

from server.schema.types.nodes import relation
from server.schema.types.profiles import Profile
from server.schema.types.scalars import DateTime
from server.schema.types.social_accounts import SocialAccount, StatusEvidence
from server.services.links.status import Status, StatusReason


@strawberry.type(description="One change of one account's status, in the order of the log.")
class AccountStatusChanged:
    cursor: str = strawberry.field(description="Its place in the log: resume with it as `after`.")
    at: DateTime = strawberry.field(description="When it changed.")
    account_id: strawberry.ID = strawberry.field(
        description="The account's id, which stays true when the account is gone."
    )
    platform: PlatformKey = strawberry.field(description="The account's platform.")
    previous_status: Status | None = strawberry.field(
        description="The status before; null: it was just added."
    )
    status: Status | None = strawberry.field(description="The status since; null: it was removed.")
    status_reason: StatusReason | None = strawberry.field(description="Why, when `INVALID`.")
    status_evidence: StatusEvidence | None = strawberry.field(
        description="What the platform said, where it was the platform."
    )
    days_left: int | None = strawberry.field(
        description="For `EXPIRING`: how many days before its end this was due to be told: the warning time, then 7, "
        "3 and 1 by default. The later ones come as changes from `EXPIRING` to `EXPIRING`. Else null."
    )

    @relation(description="The account as it is now; null when it is gone or no longer visible.")
    def account(self, info: Info[Any, Any]) -> SocialAccount | None:
        """Loaded by the read path."""

    @relation(description="The profile that held the account then, as it is now; null when it is gone.")
    def profile(self, info: Info[Any, Any]) -> Profile | None:
        """Loaded by the read path."""


@strawberry.type(
    description="The log no longer reaches back to the cursor: events are missing here, and it goes on behind them. "
    "Read the accounts anew, then trust the events again."
)
class EventGap:
    cursor: str = strawberry.field(description="Where the log goes on; resume with it as `after`.")
    message: str = strawberry.field(description="What happened, as a sentence.")


AccountStatusEvent = Annotated[
    AccountStatusChanged | EventGap,
    strawberry.union("AccountStatusEvent", description="A change, or word that some are missing."),
]
