"""The status log: as a page of history, and as a subscription that can be resumed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from server.database import Record
from server.events import Cursor, Pruned, StatusLog, cursor_of
from server.ids import row_id
from server.reads.profiles import ids_behind, surviving_ids
from server.reads.selection import Selection
from server.reads.status_events import page_of_events, read_cursor, show_events, write_cursor
from server.resolvers.context import Info, reader_of, viewer_of
from server.schema.types.errors import coded
from server.schema.types.status_events import EventGap
from server.services.status import Status


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a subscriber asked for and may see. *profile_ids* None: those of every profile."""

    profile_ids: Sequence[int] | None
    platforms: Sequence[str] | None
    statuses: Sequence[Status] | None

    def __call__(self, row: Record) -> bool:
        return (
            (self.profile_ids is None or row["profile_id"] in self.profile_ids)
            and (self.platforms is None or row["platform"] in self.platforms)
            and (self.statuses is None or row["status"] in self.statuses)
        )


async def status_events(info: Info, profile_id: str | None, **args: Any) -> Any:
    """A page of the log, as far as the caller may see it."""
    scope = await _scope(info, await _profile_key(info, profile_id))
    return await page_of_events(reader_of(info), args, scope, Selection.below(info))


async def _profile_key(info: Info, text: str | None) -> int | None:
    """The row of the profile that a filter names; a coded error for an id of nothing the caller may see."""
    if text is None:
        return None
    key = row_id(text, "Profile")
    survivors = await surviving_ids(reader_of(info), [key]) if key else {}
    if key not in survivors or not viewer_of(info).sees(survivors[key]):
        raise coded("NOT_FOUND", "There is no profile with this id.")
    return key


async def _scope(info: Info, key: int | None) -> list[int] | None:
    """
    The profiles whose events are meant at this moment; None for those of every profile.

    Events keep the profile that held the account then, so the ids of merged profiles count as well. Merges
    and undos go on while a stream runs: it asks anew for every batch.
    """
    viewer, reader = viewer_of(info), reader_of(info)
    if viewer.profile_id is not None:
        return [viewer.profile_id, *await ids_behind(reader, viewer.profile_id)]
    if key is None:
        return None
    survivor = (await surviving_ids(reader, [key])).get(key, key)
    return [key, survivor, *await ids_behind(reader, survivor)]


async def account_status_changed(
    info: Info,
    after: str | None,
    profile_id: str | None,
    platforms: Sequence[str] | None,
    statuses: Sequence[Status] | None,
) -> AsyncIterator[Any]:
    """
    Changes from *after* on, or from now on: first what the log holds, then live, without gap or repeat.

    A cursor that the log no longer reaches gives an `EventGap` first. The stream ends when the caller's key does.
    """
    key = await _profile_key(info, profile_id)
    log, selection = info.context.listener.status_log, Selection.below(info)
    cursor = read_cursor(after) if after is not None else log.head
    gap = await _gap(log, cursor) if after is not None else None
    while True:
        if gap is not None:
            cursor, gap = gap, None
            yield EventGap(
                cursor=write_cursor(cursor), message="Events before this place are no longer kept."
            )
        try:
            rows = await log.after(cursor)
        except Pruned as pruned:
            gap = pruned.horizon
            continue
        if not await info.context.still_valid():
            return
        wanted = Wanted(await _scope(info, key), platforms, statuses)
        for event in await show_events(reader_of(info), [r for r in rows if wanted(r)], selection):
            yield event
        cursor = cursor_of(rows[-1]) if rows else cursor


async def _gap(log: StatusLog, cursor: Cursor) -> Cursor | None:
    """Where to go on when the log does not reach back (or forward) to *cursor*; None when it does."""
    horizon = await log.horizon()
    if cursor < horizon:
        return horizon
    return await log.end() if await log.is_ahead(cursor) else None
