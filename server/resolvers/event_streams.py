"""
Following a log: what every stream of events has in common.

First what the log holds behind the cursor, then live, without gap or repeat. A cursor that the log no longer
reaches gives an `EventGap` first. The stream ends when the caller's key does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from server.database import Record
from server.database_errors import DatabaseAway
from server.event_log import Cursor, EventLog, Pruned, cursor_of
from server.ids import row_id
from server.reads.event_cursors import read_cursor, write_cursor
from server.reads.profiles import ids_behind, surviving_ids
from server.reads.reader import Reader
from server.reads.selection import Selection
from server.resolvers.context import Info, reader_of, viewer_of
from server.schema.types.errors import coded
from server.schema.types.status_events import EventGap

T = TypeVar("T")
AGAIN_SECONDS = 1.0
"""How soon a stream looks again for a database that is away."""

Show = Callable[[Reader, Sequence[Record], Selection], Awaitable[list[Any]]]


async def profile_in_filter(info: Info, text: str | None) -> int | None:
    """The row of the profile that a filter names; a coded error for an id of nothing the caller may see."""
    if text is None:
        return None
    key = row_id(text, "Profile")
    survivors = await surviving_ids(reader_of(info), [key]) if key else {}
    if key not in survivors or not viewer_of(info).sees(survivors[key]):
        raise coded("NOT_FOUND", "There is no profile with this id.")
    return key


async def profiles_meant(info: Info, key: int | None) -> list[int] | None:
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


async def follow(
    info: Info,
    log: EventLog,
    after: str | None,
    profile: int | None,
    is_wanted: Callable[[Record], bool],
    show: Show,
) -> AsyncIterator[Any]:
    """The events from *after* on, or from now on, of the caller's profiles (or of *profile*) that are wanted."""
    # Now, not at the first event: who is nobody must not hold a stream open.
    viewer_of(info)
    selection = Selection.below(info)
    cursor = read_cursor(after) if after is not None else log.head
    gap = await patiently(partial(_gap, log, cursor)) if after is not None else None
    while True:
        if gap is not None:
            cursor, gap = gap, None
            yield EventGap(
                cursor=write_cursor(cursor), message="Events before this place are no longer kept."
            )
        try:
            rows = await patiently(partial(log.after, cursor))
        except Pruned as pruned:
            gap = pruned.horizon
            continue
        if not await patiently(info.context.still_valid):
            return
        for event in await patiently(partial(_shown, info, profile, rows, is_wanted, show, selection)):
            yield event
        cursor = cursor_of(rows[-1]) if rows else cursor


async def _shown(
    info: Info,
    profile: int | None,
    rows: Sequence[Record],
    is_wanted: Callable[[Record], bool],
    show: Show,
    selection: Selection,
) -> list[Any]:
    """Those of *rows* that are meant, as they are told."""
    scope = await profiles_meant(info, profile)
    wanted = [r for r in rows if (scope is None or r["profile_id"] in scope) and is_wanted(r)]
    return await show(reader_of(info), wanted, selection)


async def patiently(look: Callable[[], Awaitable[T]]) -> T:
    """What *look* finds. While the database is away it is asked again: a stream that has begun goes on by itself."""
    while True:
        try:
            return await look()
        except DatabaseAway:
            await asyncio.sleep(AGAIN_SECONDS)


async def _gap(log: EventLog, cursor: Cursor) -> Cursor | None:
    """Where to go on when the log does not reach back (or forward) to *cursor*; None when it does."""
    horizon = await log.horizon()
    if cursor < horizon:
        return horizon
    return await log.end() if await log.is_ahead(cursor) else None
