"""
Deliveries as rows: filed once under the platform's own name for them, claimed to be worked off, settled.

A delivery stays open until each of its notices is worked off; whoever claims one and dies leaves it to
the next. What is worked off is not kept: whom it was about then stands nowhere but at the accounts.
"""

from __future__ import annotations

import enum
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from linkroll_sdk import (
    Acknowledged,
    CheckWanted,
    DeletionRequested,
    FinalReadings,
    GrantEnded,
    Notice,
    Notified,
)
from pydantic import TypeAdapter

from server.host import Host

LEASE = timedelta(minutes=5)
"""How long a claim holds. Nothing goes wrong when the work takes longer: each notice may be worked off twice."""
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
KEPT = timedelta(days=90)
"""How long a delivery is known again. Platforms repeat for 72 hours at most (tiktok sheet 6, confirmed)."""

CODE = re.compile(r"[0-9a-f]{32}")

ADAPTERS: Mapping[str, TypeAdapter[Notice]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (GrantEnded, DeletionRequested, CheckWanted, FinalReadings, Acknowledged)
}

Record = dict[str, Any]
"""A notice as JSON values, with the name of its kind."""


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a delivery stands: its receipt's code, and whether it stood there before."""

    code: str
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in the hands of one worker, with the notices that are still to be worked off."""

    id: int
    login: str
    callback: str
    received_at: datetime
    attempts: int
    records: tuple[Record, ...]


class DeletionState(enum.StrEnum):
    """How far a person's request for deletion is."""

    RECEIVED = "RECEIVED"
    DELETING = "DELETING"
    """The link is over and its tokens are forgotten; the numbers are going."""
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class Deletion:
    """A request for deletion, as the person may see it."""

    state: DeletionState
    received_at: datetime


def records_of(notices: Sequence[Notice]) -> list[Record]:
    """
    *notices* as they are kept. Raises `ValueError` or `TypeError` for what is none, and for texts that no
    database takes: plugins are not trusted with the form.
    """
    text = orjson.dumps([{"kind": type(notice).__name__, "notice": notice} for notice in notices])
    if rb"\u0000" in text:
        raise ValueError("a notice holds a NUL")
    records: list[Record] = orjson.loads(text)
    for record in records:
        notice_of(record)
    return records


def notice_of(record: Record) -> Notice:
    """The notice that was kept. Raises `ValueError` for a kind that this version does not know."""
    adapter = ADAPTERS.get(record["kind"])
    if adapter is None:
        raise ValueError("unknown kind of notice")
    return adapter.validate_python(record["notice"])


async def file_delivery(
    host: Host, login: str, callback: str, notified: Notified, received_at: datetime
) -> Filed:
    """Keep a genuine delivery, unless it is kept already: then only count the repeat."""
    async with host.database.transaction() as transaction:
        rows = await transaction.fetch(
            "INSERT INTO callback_delivery"
            " (login, callback, dedupe_key, notices, asks_deletion, receipt_code, received_at)"
            " VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7)"
            " ON CONFLICT (login, callback, dedupe_key) DO UPDATE SET repeats = callback_delivery.repeats + 1"
            " RETURNING receipt_code, repeats",
            login,
            callback,
            # A digest: a key may be of any length, and may name a person.
            hashlib.sha256(notified.key.encode()).hexdigest(),
            orjson.dumps(records_of(notified.notices)).decode(),
            any(isinstance(notice, DeletionRequested) for notice in notified.notices),
            secrets.token_hex(16),
            received_at,
        )
    return Filed(rows[0]["receipt_code"], rows[0]["repeats"] > 0)


async def claim_delivery(host: Host) -> Claimed | None:
    """The oldest delivery that is due and that nobody else works on; None when there is none."""
    async with host.database.transaction() as transaction:
        row = await transaction.fetchrow(
            "UPDATE callback_delivery SET attempts = attempts + 1, not_before = $2 WHERE id ="
            " (SELECT id FROM callback_delivery WHERE done_at IS NULL"
            "  AND (not_before IS NULL OR not_before <= $1) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
            " RETURNING id, login, callback, received_at, attempts, notices",
            host.now(),
            host.now() + LEASE,
        )
    if row is None:
        return None
    facts = {name: row[name] for name in ("id", "login", "callback", "received_at", "attempts")}
    return Claimed(**facts, records=tuple(orjson.loads(row["notices"])))


async def settle_delivery(
    host: Host, claimed: Claimed, left: Sequence[Record], outcome: str, account_ids: Sequence[int]
) -> None:
    """Close a delivery, or keep what is *left* of it for later; the pause grows with each attempt."""
    pause = min(FIRST_PAUSE * 2 ** min(claimed.attempts, 20), LONGEST_PAUSE)
    async with host.database.transaction() as transaction:
        await transaction.execute(
            "UPDATE callback_delivery SET notices = $2::jsonb, done_at = $3, not_before = $4, outcome = $5,"
            " account_ids = ARRAY(SELECT DISTINCT unnest(account_ids || $6::bigint[])) WHERE id = $1",
            claimed.id,
            orjson.dumps(list(left)).decode(),
            None if left else host.now(),
            host.now() + pause if left else None,
            outcome,
            list(account_ids),
        )


async def deletion_by_code(host: Host, code: str) -> Deletion | None:
    """The request for deletion with this receipt code."""
    if not CODE.fullmatch(code):
        return None
    row = await host.database.fetchrow(
        "SELECT d.received_at, d.done_at,"
        " EXISTS (SELECT 1 FROM metric_purge p WHERE p.account_id = ANY(d.account_ids)) AS deleting"
        " FROM callback_delivery d WHERE d.receipt_code = $1 AND d.asks_deletion",
        code,
    )
    if row is None:
        return None
    if row["done_at"] is None:
        return Deletion(DeletionState.RECEIVED, row["received_at"])
    state = DeletionState.DELETING if row["deleting"] else DeletionState.DONE
    return Deletion(state, row["received_at"])


async def prune_deliveries(host: Host) -> None:
    """
    Forget deliveries that were worked off long ago, all but requests for deletion: their pages stay.

    A replay after that is filed anew, and finds no consent that is as old as it (`GrantEnded.at`).
    """
    async with host.database.transaction() as transaction:
        await transaction.execute(
            "DELETE FROM callback_delivery WHERE done_at < $1 AND NOT asks_deletion", host.now() - KEPT
        )
