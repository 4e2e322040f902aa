"""How the status log is read: as history, and as the events of a subscription."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from server.database import Record
from server.events import Cursor, cursor_of
from server.ids import global_id
from server.reads import registry
from server.reads.pages import invalid_cursor
from server.reads.reader import Reader
from server.reads.selection import Selection
from server.reads.social_accounts import evidence
from server.reads.tables import build, put
from server.schema.types.status_events import AccountStatusChanged

PREFIX = "event:"


def write_cursor(cursor: Cursor) -> str:
    """A place in the log, opaque."""
    return base64.urlsafe_b64encode(f"{PREFIX}{cursor.tx}.{cursor.id}".encode()).decode()


def read_cursor(text: str) -> Cursor:
    """The place in a log cursor; a coded error for any other text."""
    try:
        inside = base64.b64decode(text[:200], altchars=b"-_", validate=True).decode("ascii")
        tx, _, event_id = inside.removeprefix(PREFIX).partition(".")
        if not inside.startswith(PREFIX) or not (tx.isdecimal() and event_id.isdecimal()):
            raise ValueError
        cursor = Cursor(int(tx), int(event_id))
    except (ValueError, binascii.Error):
        raise invalid_cursor() from None
    if cursor.tx >= 2**63 or cursor.id >= 2**63:
        raise invalid_cursor()
    return cursor


async def show_events(reader: Reader, rows: Sequence[Record], selection: Selection) -> list[Any]:
    """The log's rows as schema events, their accounts and profiles loaded in one statement each."""
    events = [_event(row) for row in rows]
    for name, column in (("account", "account_id"), ("profile", "profile_id")):
        table = registry.table("SocialAccount" if name == "account" else "Profile")
        for selected in selection.named("AccountStatusChanged", name):
            found = await table.by_ids(reader, (row[column] for row in rows), selected.of)
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
        },
    )
