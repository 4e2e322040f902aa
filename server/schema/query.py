"""The questions: wiring only, each answered by its noun's resolver."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from linkroll_sdk import Level, MetricName, PlatformKey
from strawberry.types import Info

from server.resolvers import (
    audit_log,
    campaigns,
    connect_attempts,
    metrics,
    nodes,
    operator_notices,
    platforms,
    posts,
    profiles,
    quota_forecasts,
    social_accounts,
    status_events,
    viewer,
)
from server.schema.types.arguments import After, Before, First, Last
from server.schema.types.audit_log import AuditEntry, AuditLogFilter
from server.schema.types.campaigns import Campaign, CampaignFilter
from server.schema.types.connect_attempts import ConnectAttempt
from server.schema.types.metric_catalogue import MetricDefinition
from server.schema.types.nodes import Connection, Node
from server.schema.types.operator_notices import OperatorNotice
from server.schema.types.platforms import Platform
from server.schema.types.posts import Post
from server.schema.types.profiles import Profile, ProfileFilter, ProfileOrder
from server.schema.types.quota_forecasts import QuotaForecast
from server.schema.types.refusals import one_of
from server.schema.types.social_accounts import SocialAccount, SocialAccountFilter, SocialAccountOrder
from server.schema.types.status_events import AccountStatusChanged
from server.schema.types.viewer import Viewer
from server.services import refusals as no
from server.services.links.status import Status
from server.services.metrics import metric_refusals as metrics_no

Id = Annotated[strawberry.ID, strawberry.argument(description="The object's id.")]

SocialAccountByUrlResult = one_of(
    "SocialAccountByUrlResult",
    "The account that stands for an address, or why there is none.",
    SocialAccount,
    no.SocialAccountNotFound,
    no.HandleNeedsPlatform,
    no.InvalidHandle,
    no.PlatformMismatch,
    no.UnknownAddress,
    no.PostAddress,
    no.ReservedAddress,
    no.GroupAddress,
    no.EventAddress,
    no.NotAnAccountAddress,
    no.ShortLinkUnresolved,
    no.InvalidInput,
)

PostByUrlResult = one_of(
    "PostByUrlResult",
    "The post that an address names, or why there is none.",
    Post,
    metrics_no.PostNotFound,
    metrics_no.NotAPostAddress,
    no.UnknownAddress,
    no.ShortLinkUnresolved,
    no.InvalidInput,
)


@strawberry.type(description="What can be asked. Everything needs a key; a creator's key sees one profile.")
class Query:
    @strawberry.field(description="The caller behind this request.")
    async def viewer(self, info: Info[Any, Any]) -> Viewer:
        return await viewer.viewer(info)

    @strawberry.field(description="Any object by its id; null for nobody's and somebody else's alike.")
    async def node(self, info: Info[Any, Any], id: Id) -> Node | None:
        return await nodes.node(info, id)

    @strawberry.field(description="Objects in the order of `ids`, null where there is none.")
    async def nodes(
        self,
        info: Info[Any, Any],
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 ids.")],
    ) -> list[Node | None]:
        return await nodes.nodes(info, ids)

    @strawberry.field(description="A profile; for a merged profile's id the survivor; else null.")
    async def profile(self, info: Info[Any, Any], id: Id) -> Profile | None:
        return await profiles.profile(info, id)

    @strawberry.field(description="The roster's profiles, merged ones left out.")
    async def profiles(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[ProfileFilter | None, strawberry.argument(description="Which profiles.")] = None,
        order_by: Annotated[
            ProfileOrder, strawberry.argument(description="In which order.")
        ] = ProfileOrder.NEWEST,
    ) -> Connection[Profile]:
        return await profiles.all_profiles(
            info, first=first, after=after, last=last, before=before, filter=filter, order_by=order_by
        )

    @strawberry.field(description="A social account; else null.")
    async def social_account(self, info: Info[Any, Any], id: Id) -> SocialAccount | None:
        return await social_accounts.social_account(info, id)

    @strawberry.field(description="The roster's social accounts.")
    async def social_accounts(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            SocialAccountFilter | None, strawberry.argument(description="Which accounts.")
        ] = None,
        order_by: Annotated[
            SocialAccountOrder, strawberry.argument(description="In which order.")
        ] = SocialAccountOrder.NEWEST,
    ) -> Connection[SocialAccount]:
        return await social_accounts.all_social_accounts(
            info, first=first, after=after, last=last, before=before, filter=filter, order_by=order_by
        )

    @strawberry.field(description="Who holds the account with this address: the way out of a conflict.")
    async def social_account_by_url(
        self,
        info: Info[Any, Any],
        url: Annotated[
            str, strawberry.argument(description="The account's address, or its handle with `platform`.")
        ],
        platform: Annotated[
            PlatformKey | None, strawberry.argument(description="The platform of a bare handle.")
        ] = None,
    ) -> SocialAccountByUrlResult:  # type: ignore[valid-type]
        return await social_accounts.social_account_by_url(info, url, platform)

    @strawberry.field(
        description="The installed platforms: what they ask for, and the proof that they only read."
    )
    async def platforms(self, info: Info[Any, Any]) -> list[Platform]:
        return await platforms.platforms(info)

    @strawberry.field(description="A connect attempt; else null.")
    async def connect_attempt(self, info: Info[Any, Any], id: Id) -> ConnectAttempt | None:
        return await connect_attempts.connect_attempt(info, id)

    @strawberry.field(
        description="The log of status changes, oldest first. `last: 20` gives the newest; its `endCursor` is "
        "where `accountStatusChanged` can take up."
    )
    async def status_events(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        profile_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this profile's accounts.")
        ] = None,
        platforms: Annotated[
            list[PlatformKey] | None, strawberry.argument(description="Only these platforms.")
        ] = None,
        statuses: Annotated[
            list[Status] | None, strawberry.argument(description="Only changes to one of these statuses.")
        ] = None,
    ) -> Connection[AccountStatusChanged]:
        return await status_events.status_events(
            info,
            profile_id,
            first=first,
            after=after,
            last=last,
            before=before,
            platforms=platforms,
            statuses=statuses,
        )

    @strawberry.field(description="The post, video or story with this address.")
    async def post_by_url(
        self,
        info: Info[Any, Any],
        url: Annotated[str, strawberry.argument(description="The post's address, as people paste it.")],
    ) -> PostByUrlResult:  # type: ignore[valid-type]
        return await posts.post_by_url(info, url)

    @strawberry.field(
        description="What the installed platforms tell, each in its own words: which numbers, of what, for which "
        "permission, how late and how far back."
    )
    async def metric_catalogue(
        self,
        info: Info[Any, Any],
        platforms: Annotated[
            list[PlatformKey] | None, strawberry.argument(description="Only these platforms.")
        ] = None,
        levels: Annotated[
            list[Level] | None, strawberry.argument(description="Only numbers about these.")
        ] = None,
        names: Annotated[
            list[MetricName] | None, strawberry.argument(description="Only these common names.")
        ] = None,
    ) -> list[MetricDefinition]:
        return await metrics.metric_catalogue(info, platforms, levels, names)

    @strawberry.field(description="A campaign; else null.")
    async def campaign(self, info: Info[Any, Any], id: Id) -> Campaign | None:
        return await campaigns.campaign(info, id)

    @strawberry.field(description="The campaigns, the latest to start first.")
    async def campaigns(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[CampaignFilter | None, strawberry.argument(description="Which campaigns.")] = None,
    ) -> Connection[Campaign]:
        return await campaigns.all_campaigns(info, filter, first=first, after=after, last=last, before=before)

    @strawberry.field(description="Who did what, or tried to, the latest first. For admins.")
    async def audit_log(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[AuditLogFilter | None, strawberry.argument(description="Which entries.")] = None,
    ) -> Connection[AuditEntry]:
        return await audit_log.audit_log(
            info, first=first, after=after, last=last, before=before, filter=filter
        )

    @strawberry.field(description="What the operator should know, the latest first. For admins.")
    async def operator_notices(
        self,
        info: Info[Any, Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OperatorNotice]:
        return await operator_notices.operator_notices(
            info, first=first, after=after, last=last, before=before
        )

    @strawberry.field(
        description="What the platforms' quotas will be asked for, what runs out first before the others. For admins."
    )
    async def quota_forecast(self, info: Info[Any, Any]) -> list[QuotaForecast]:
        return await quota_forecasts.quota_forecast(info)
