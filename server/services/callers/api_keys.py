"""
Callers' keys: made, listed, revoked, and turned into viewers.

A key is `lr_<public id>.<secret>`. The secret has 256 bits, so a plain SHA-256 of it is kept: there is
nothing to guess, and no reason for a slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.database import Database, Transaction
from server.host import Host
from server.services.callers.audit import OPERATOR, record
from server.services.callers.viewers import Role, Scope, Viewer

KEY = re.compile(r"lr_([0-9a-f]{16})\.([A-Za-z0-9_\-]{43})\Z")
CHANNEL = "linkroll_api_key"
"""NOTIFY channel: every process forgets a key the moment it is revoked."""


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be told about a key; never its secret."""

    id: str
    name: str
    role: str
    profile_id: int | None
    scope: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoKey:
    """Why a key is nobody's, and which key it claims to be; never its secret."""

    key_id: str
    reason: str


def hash_secret(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


async def create_key(
    host: Host,
    name: str,
    role: Role,
    profile_id: int | None = None,
    *,
    scope: Scope = Scope.FULL,
    lasts: timedelta | None = None,
) -> str:
    """
    Make a key and return it, for the only time. A creator's key needs a profile, others take none.

    With *lasts* it is over after that time.
    """
    if (role is Role.CREATOR) != (profile_id is not None):
        raise ValueError("a creator key is bound to a profile, and only a creator key")
    public, secret, now = secrets.token_hex(8), secrets.token_urlsafe(32), host.now()
    async with host.database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO api_key (id, name, role, profile_id, secret_hash, scope, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            public,
            name,
            role.value,
            profile_id,
            hash_secret(secret),
            scope.value,
            now,
            now + lasts if lasts is not None else None,
        )
        await record(host, transaction, OPERATOR, "key.create", [f"lr_{public}"])
    return f"lr_{public}.{secret}"


async def list_keys(database: Database) -> list[KeyInfo]:
    """All keys, the newest first."""
    rows = await database.fetch(
        "SELECT id, name, role, profile_id, scope, created_at, expires_at, revoked_at FROM api_key"
        " ORDER BY created_at DESC, id"
    )
    return [KeyInfo(**dict(row)) for row in rows]


async def revoke_key(host: Host, key_id: str) -> bool:
    """Revoke a key at once in every process; False when there is no such live key."""
    public = key_id.removeprefix("lr_").partition(".")[0]
    async with host.database.transaction() as transaction:
        rows = await transaction.fetch(
            "UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id",
            public,
            host.now(),
        )
        if rows:
            await record(host, transaction, OPERATOR, "key.revoke", [f"lr_{public}"])
        await keys_changed(transaction)
    return bool(rows)


async def keys_changed(transaction: Transaction) -> None:
    """Tell every process, at commit, to look keys up anew: one was revoked, or its profile changed."""
    await transaction.execute("SELECT pg_notify($1, '')", CHANNEL)


async def find_viewer(database: Database, key: str, now: datetime) -> Viewer | NoKey:
    """
    The caller behind *key*, or why there is none: it is malformed, unknown, revoked or expired.

    A creator whose profile was merged goes on as the survivor's.
    """
    match = KEY.match(key)
    if match is None:
        return NoKey("?", "KEY_MALFORMED")
    row = await database.fetchrow(
        "SELECT k.name, k.role, k.secret_hash, k.scope, k.expires_at, k.revoked_at,"
        " COALESCE(p.merged_into_id, p.id) AS profile_id FROM api_key k"
        " LEFT JOIN profile p ON p.id = k.profile_id WHERE k.id = $1",
        match[1],
    )
    if row is None or not hmac.compare_digest(row["secret_hash"], hash_secret(match[2])):
        return NoKey(f"lr_{match[1]}", "KEY_UNKNOWN")
    if row["revoked_at"] is not None:
        return NoKey(f"lr_{match[1]}", "KEY_REVOKED")
    viewer = Viewer(
        match[1], row["name"], Role(row["role"]), row["profile_id"], Scope(row["scope"]), row["expires_at"]
    )
    return viewer if viewer.is_live(now) else NoKey(f"lr_{match[1]}", "KEY_EXPIRED")
