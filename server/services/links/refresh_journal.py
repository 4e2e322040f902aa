"""
The journal of refreshes: a new pair stands here, sealed, before anything else happens to it.

From the moment it is written it cannot be lost, whoever is killed: the next one who needs the grant puts it
into force.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import datetime
from uuid import UUID

from linkroll_sdk import Login, TokenSet

from server.database import UNAVAILABLE, Record, Transaction
from server.host import Host
from server.services.links.grants import fingerprints_of, keep_alive_at, place

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 20
"""How long to go on trying while the database is away: the pair exists nowhere else. Shorter than what a
refresh's lease leaves after the longest answer."""


async def write_down(host: Host, login: Login, grant_id: UUID, version: int, tokens: TokenSet) -> bool:
    """
    Keep the pair that came for *version*, also when the database is away for a moment; False when the grant
    is gone.
    """
    for _ in range(round(PATIENCE_SECONDS / LOOK_SECONDS)):
        with contextlib.suppress(*UNAVAILABLE):
            return await _insert(host, login, grant_id, version, tokens)
        await asyncio.sleep(LOOK_SECONDS)
    return await _insert(host, login, grant_id, version, tokens)


async def _insert(host: Host, login: Login, grant_id: UUID, version: int, tokens: TokenSet) -> bool:
    secrets = {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token}
    facts = {
        "access_expires_at": _text(tokens.access_expires_at),
        "refresh_expires_at": _text(tokens.refresh_expires_at),
        "scopes": sorted(tokens.scopes) if tokens.scopes is not None else None,
        "fingerprints": fingerprints_of(login, tokens),
        "has_refresh_token": tokens.refresh_token is not None,
    }
    written = await host.database.fetch(
        "INSERT INTO refresh_journal (grant_id, from_version, sealed_tokens, facts, received_at)"
        # Locked, so that whoever is about to delete the grant is waited for.
        " SELECT g.id, $2::integer, $3::bytea, $4::jsonb, $5::timestamptz FROM oauth_grant g WHERE g.id = $1"
        " FOR KEY SHARE ON CONFLICT (grant_id, from_version) DO UPDATE"
        " SET sealed_tokens = EXCLUDED.sealed_tokens, facts = EXCLUDED.facts, received_at = EXCLUDED.received_at"
        " RETURNING grant_id",
        grant_id,
        version,
        host.vault.seal(json.dumps(secrets), place(grant_id)),
        json.dumps(facts),
        host.now(),
    )
    return bool(written)


async def settle(host: Host, login: Login, grant_id: UUID, version: int) -> None:
    """
    Put the pair that came for *version* into force, unless somebody else just did.

    Compare and swap: it replaces the version it was made from, and no other.
    """
    async with host.database.transaction() as transaction:
        # Not locked: whoever deletes a grant locks it first, and its journal after it. So does the swap.
        entry = await transaction.fetchrow(
            "SELECT sealed_tokens, facts, received_at FROM refresh_journal"
            " WHERE grant_id = $1 AND from_version = $2",
            grant_id,
            version,
        )
        if entry is None:
            return
        await _swap(transaction, login, grant_id, version, entry)
        await transaction.execute(
            "DELETE FROM refresh_journal WHERE grant_id = $1 AND from_version <= $2", grant_id, version
        )


async def _swap(transaction: Transaction, login: Login, grant_id: UUID, version: int, entry: Record) -> None:
    facts = json.loads(entry["facts"])
    access_ends, refresh_ends = _moment(facts["access_expires_at"]), _moment(facts["refresh_expires_at"])
    await transaction.execute(
        "UPDATE oauth_grant SET sealed_tokens = $3, access_expires_at = $4, refresh_expires_at = $5,"
        " scopes = COALESCE($6::jsonb, scopes), fingerprints = $7, obtained_at = $8, keep_alive_at = $9,"
        " version = version + 1, refresh_holder = NULL, refresh_lease_until = NULL,"
        " refresh_started_version = NULL, refresh_not_before = NULL, refresh_failures = 0"
        " WHERE id = $1 AND version = $2 AND dead_at IS NULL",
        grant_id,
        version,
        entry["sealed_tokens"],
        access_ends,
        refresh_ends,
        json.dumps(facts["scopes"]) if facts["scopes"] is not None else None,
        facts["fingerprints"],
        entry["received_at"],
        keep_alive_at(login, entry["received_at"], access_ends, facts["has_refresh_token"]),
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
