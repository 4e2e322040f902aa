"""What was read of which account, as a subscription that can be resumed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from server.database import Record
from server.ids import row_id
from server.reads import registry
from server.reads.metric_events import show_events
from server.resolvers.context import Info, reader_of
from server.resolvers.event_streams import follow, profile_in_filter
from server.schema.types.errors import coded


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readings a subscriber asked for."""

    account_id: int | None
    platforms: Sequence[str] | None

    def __call__(self, row: Record) -> bool:
        return (self.account_id is None or row["account_id"] == self.account_id) and (
            self.platforms is None or row["platform"] in self.platforms
        )


async def metrics_recorded(
    info: Info,
    after: str | None,
    account_id: str | None,
    profile_id: str | None,
    platforms: Sequence[str] | None,
) -> AsyncIterator[Any]:
    """Readings from *after* on, or from now on."""
    profile, account = await profile_in_filter(info, profile_id), await _account(info, account_id)
    log = info.context.listener.metric_log
    async for event in follow(info, log, after, profile, Wanted(account, platforms), show_events):
        yield event


async def _account(info: Info, text: str | None) -> int | None:
    """The row of the account that a filter names; a coded error for an id of nothing the caller may see."""
    if text is None:
        return None
    reader, key = reader_of(info), row_id(text, "SocialAccount")
    sql = reader.sql()
    visible = registry.table("SocialAccount").visible(reader, sql)
    rows = await reader.fetch(
        f"SELECT t.id FROM social_account t WHERE t.id = {sql.value(key, 'bigint')} AND {visible}", sql
    )
    if not rows:
        raise coded("NOT_FOUND", "There is no social account with this id.")
    return key
