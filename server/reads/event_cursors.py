"""The cursors of logs: a place by transaction and id, opaque outside (ADR 0004)."""

from __future__ import annotations

import base64
import binascii

from server.event_log import Cursor
from server.reads.pages import invalid_cursor

PREFIX = "event:"


def write_cursor(cursor: Cursor) -> str:
    """A place in a log, opaque."""
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
