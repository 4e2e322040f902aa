"""How the status log is read: as history, and as the events of a subscription."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.database import Record
from server.event_log import SETTLED, STATUS_EVENTS, cursor_of
from server.ids import global_id
from server.reads import registry
from server.reads.event_cursors import read_cursor, write_cursor
from server.reads.pages import Page, read_page
from server.reads.profiles import by_surviving_ids
from server.reads.reader import Reader
from server.reads.selection import Selection
from server.reads.social_accounts import evidence
from server.reads.sql import Sql
from server.reads.tables import build, put
from server.schema.types.nodes import Connection, Edge, PageInfo
from server.schema.types.status_events import AccountStatusChanged


async def page_of_events(
    reader: Reader, args: Mapping[str, Any], profile_ids: Sequence[int] | None, selection: Selection
) -> Any:
    """A page of the log, oldest first, in the same cursors that subscriptions resume by."""
    page = read_page({**args, "after": None, "before": None}, "statusEvents")
    wanted = selection.on("AccountStatusChangedConnection")
    rows = await _fetch(reader, args, profile_ids, page)
    more, rows = len(rows) > page.size, rows[: page.size][:: -1 if page.backward else 1]
    cursors = [write_cursor(cursor_of(row)) for row in rows]
    nodes = {s.key: await show_events(reader, rows, s.of) for s in wanted if s.name == "nodes"}
    edges = {s.key: await _edges(reader, rows, cursors, s.of) for s in wanted if s.name == "edges"}
    return build(
        Connection,
        {
            "page_info": PageInfo(
                has_next_page=args.get("before") is not None if page.backward else more,
                has_previous_page=more if page.backward else args.get("after") is not None,
                start_cursor=next(iter(cursors), None),
                end_cursor=next(reversed(cursors), None),
            ),
            "total_count": await _count(reader, args, profile_ids)
            if any(s.name == "total_count" for s in wanted)
            else 0,
        },
        {**nodes, **edges},
    )


async def _edges(
    reader: Reader, rows: Sequence[Record], cursors: Sequence[str], selection: Selection
) -> list[Any]:
    edges = [build(Edge, {"cursor": cursor}) for cursor in cursors]
    for selected in selection.named("AccountStatusChangedEdge", "node"):
        for edge, event in zip(edges, await show_events(reader, rows, selected.of), strict=True):
            put(edge, selected.key, event)
    return edges


async def _fetch(
    reader: Reader, args: Mapping[str, Any], profile_ids: Sequence[int] | None, page: Page
) -> list[Record]:
    sql = reader.sql()
    conditions = _conditions(reader, sql, args, profile_ids)
    for name, sign in (("after", ">"), ("before", "<")):
        if args.get(name) is not None:
            cursor = read_cursor(args[name])
            tx, event_id = sql.value(str(cursor.tx), "text"), sql.value(cursor.id, "bigint")
            conditions.append(f"(e.tx, e.id) {sign} ({tx}::xid8, {event_id})")
    direction = "DESC" if page.backward else "ASC"
    return await reader.fetch(
        f"SELECT {STATUS_EVENTS.columns} FROM status_event e WHERE {' AND '.join(conditions)}"
        f" ORDER BY e.tx {direction}, e.id {direction} LIMIT {page.size + 1}",
        sql,
    )


async def _count(reader: Reader, args: Mapping[str, Any], profile_ids: Sequence[int] | None) -> int:
    sql = reader.sql()
    conditions = " AND ".join(_conditions(reader, sql, args, profile_ids))
    rows = await reader.fetch(f"SELECT count(*) AS total FROM status_event e WHERE {conditions}", sql)
    return int(rows[0]["total"])


def _conditions(
    reader: Reader, sql: Sql, args: Mapping[str, Any], profile_ids: Sequence[int] | None
) -> list[str]:
    found = [SETTLED]
    if profile_ids is not None:
        found.append(f"e.profile_id = ANY({sql.value(list(profile_ids), 'bigint[]')})")
    if args.get("platforms") is not None:
        found.append(f"e.platform = ANY({sql.value(list(args['platforms']), 'text[]')})")
    if args.get("statuses") is not None:
        found.append(f"e.status = ANY({sql.value([s.value for s in args['statuses']], 'text[]')})")
    return found


async def show_events(reader: Reader, rows: Sequence[Record], selection: Selection) -> list[Any]:
    """The log's rows as schema events, their accounts and profiles loaded in one statement each."""
    events = [_event(row) for row in rows]
    # A merged profile is shown as what it has become.
    reads = {"account": registry.table("SocialAccount").by_ids, "profile": by_surviving_ids}
    for name, column in (("account", "account_id"), ("profile", "profile_id")):
        for selected in selection.named("AccountStatusChanged", name):
            found = await reads[name](reader, [row[column] for row in rows], selected.of)
            for row, event in zip(rows, events, strict=True):
                put(event, selected.key, found.get(row[column]))
    return events


def _event(row: Record) -> Any:
    return build(
        AccountStatusChanged,
        {
            "cursor": write_cursor(cursor_of(row)),
            "at": row["at"],
            "account_id": global_id("SocialAccount", row["account_id"]),
            "platform": row["platform"],
            "previous_status": row["previous_status"],
            "status": row["status"],
            "status_reason": row["status_reason"],
            "status_evidence": evidence(row["evidence"]),
            "days_left": row["days_left"],
        },
    )
