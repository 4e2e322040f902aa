"""The streams: wiring only."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import strawberry
from linkroll_sdk import PlatformKey
from strawberry.types import Info

from server.resolvers import connect_attempts, metric_events, status_events
from server.schema.types.connect_attempts import ConnectAttempt
from server.schema.types.metric_events import MetricsEvent
from server.schema.types.status_events import AccountStatusEvent
from server.services.links.status import Status


@strawberry.type(description="What can be followed, over WebSocket (graphql-transport-ws) or SSE.")
class Subscription:
    @strawberry.subscription(
        description="Changes of account status, in order, each once. With `after` the log is replayed from there "
        "first, so a client that keeps its last cursor misses nothing; without it the stream begins now."
    )
    async def account_status_changed(
        self,
        info: Info[Any, Any],
        after: Annotated[
            str | None, strawberry.argument(description="Begin behind this event's cursor.")
        ] = None,
        profile_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this profile's accounts.")
        ] = None,
        platforms: Annotated[
            list[PlatformKey] | None, strawberry.argument(description="Only these platforms.")
        ] = None,
        statuses: Annotated[
            list[Status] | None, strawberry.argument(description="Only changes to one of these statuses.")
        ] = None,
    ) -> AsyncGenerator[AccountStatusEvent, None]:
        async for event in status_events.account_status_changed(info, after, profile_id, platforms, statuses):
            yield event

    @strawberry.subscription(
        description="A connect attempt: as it is now, then at each change of its state, until it ends."
    )
    async def connect_attempt_changed(
        self,
        info: Info[Any, Any],
        id: Annotated[strawberry.ID, strawberry.argument(description="The attempt.")],
    ) -> AsyncGenerator[ConnectAttempt, None]:
        async for attempt in connect_attempts.connect_attempt_changed(info, id):
            yield attempt

    @strawberry.subscription(
        description="What was read of which account, in order, each once: take it up as `accountStatusChanged`. One "
        "event tells of one fetch; ask for the numbers below `account` or `posts`."
    )
    async def metrics_recorded(
        self,
        info: Info[Any, Any],
        after: Annotated[
            str | None, strawberry.argument(description="Begin behind this event's cursor.")
        ] = None,
        account_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this account.")
        ] = None,
        profile_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this profile's accounts.")
        ] = None,
        platforms: Annotated[
            list[PlatformKey] | None, strawberry.argument(description="Only these platforms.")
        ] = None,
    ) -> AsyncGenerator[MetricsEvent, None]:
        async for event in metric_events.metrics_recorded(info, after, account_id, profile_id, platforms):
            yield event
