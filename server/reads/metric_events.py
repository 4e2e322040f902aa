"""How the events of `metricsRecorded` are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.database import Record
from server.event_log import cursor_of
from server.ids import global_id
from server.reads import registry
from server.reads.event_cursors import write_cursor
from server.reads.profiles import by_surviving_ids
from server.reads.reader import Reader
from server.reads.selection import Selection
from server.reads.tables import build, put
from server.schema.types.metric_events import MetricsRecorded


async def show_events(reader: Reader, rows: Sequence[Record], selection: Selection) -> list[Any]:
    """The log's rows as schema events; their accounts, profiles and posts loaded in one statement each."""
    events = [_event(row) for row in rows]
    # A merged profile is shown as what it has become.
    reads = {"account": registry.table("SocialAccount").by_ids, "profile": by_surviving_ids}
    for name, column in (("account", "account_id"), ("profile", "profile_id")):
        for selected in selection.named("MetricsRecorded", name):
            found = await reads[name](reader, [row[column] for row in rows], selected.of)
            for row, event in zip(rows, events, strict=True):
                put(event, selected.key, found.get(row[column]))
    for selected in selection.named("MetricsRecorded", "posts"):
        ids = [post for row in rows for post in row["post_ids"]]
        found = await registry.table("Post").by_ids(reader, ids, selected.of)
        for row, event in zip(rows, events, strict=True):
            put(event, selected.key, [found[post] for post in row["post_ids"] if post in found])
    return events


def _event(row: Record) -> Any:
    return build(
        MetricsRecorded,
        {
            "cursor": write_cursor(cursor_of(row)),
            "at": row["at"],
            "account_id": global_id("SocialAccount", row["account_id"]),
            "platform": row["platform"],
            "work": row["work"],
            "readings": row["readings"],
        },
    )
