"""The status log: as a page of history, and as a subscription that can be resumed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from server.database import Record
from server.reads.selection import Selection
from server.reads.status_events import page_of_events, show_events
from server.resolvers.context import Info, reader_of
from server.resolvers.event_streams import follow, profile_in_filter, profiles_meant
from server.services.links.status import Status


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes a subscriber asked for."""

    platforms: Sequence[str] | None
    statuses: Sequence[Status] | None

    def __call__(self, row: Record) -> bool:
        return (self.platforms is None or row["platform"] in self.platforms) and (
            self.statuses is None or row["status"] in self.statuses
        )


async def status_events(info: Info, profile_id: str | None, **args: Any) -> Any:
    """A page of the log, as far as the caller may see it."""
    scope = await profiles_meant(info, await profile_in_filter(info, profile_id))
    return await page_of_events(reader_of(info), args, scope, Selection.below(info))


async def account_status_changed(
    info: Info,
    after: str | None,
    profile_id: str | None,
    platforms: Sequence[str] | None,
    statuses: Sequence[Status] | None,
) -> AsyncIterator[Any]:
    """Changes of status from *after* on, or from now on."""
    profile, log = await profile_in_filter(info, profile_id), info.context.listener.status_log
    async for event in follow(info, log, after, profile, Wanted(platforms, statuses), show_events):
        yield event
