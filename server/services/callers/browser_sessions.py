"""
Browser sessions: a cookie that stands for an API key, or for a token of the identity provider (ADR 0016).

A session neither outlives nor outgrows its credential: a key's role, scope and end are looked up at each use, and
what a token gave is kept until that token's own end. It is over after `session_hours`, and earlier when nobody
used it for `session_idle_minutes`. Only a hash of the cookie's secret is stored, and the page's own token is made
from that secret: whoever has the database has neither.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.database import UNAVAILABLE, Record
from server.host import Host
from server.request_facts import request_id
from server.services.callers.api_keys import NoKey, hash_secret, keys_changed
from server.services.callers.audit import SIGN_IN, SIGN_OUT, actor_of, record
from server.services.callers.viewers import Role, Scope, Viewer

SECRET = re.compile(r"[A-Za-z0-9_\-]{43}\Z")
SESSIONS_PER_CALLER = 100
"""How many one key may hold. A further one ends that which was used longest ago."""
SEEN = timedelta(minutes=1)
"""How exactly a session's last use is known, so that reading does not mean writing."""


@dataclass(frozen=True, slots=True)
class Session:
    """One page that is let in. *viewer* is its caller, who expires when the session does at the latest."""

    viewer: Viewer
    seen_at: datetime
    idle: timedelta

    def is_live(self, now: datetime) -> bool:
        """Whether neither its time has run out nor its user has gone."""
        return self.viewer.is_live(now) and now < self.seen_at + self.idle

    def is_due(self, now: datetime) -> bool:
        """Whether a use is worth noting again."""
        return now >= self.seen_at + SEEN


def csrf_token(secret: str) -> str:
    """What only the page of the session with this secret knows: other pages can send its cookie, not read this."""
    made = hmac.new(secret.encode(), b"linkroll csrf token", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def is_csrf_token(secret: str, token: object) -> bool:
    """Whether *token* is that of the session with this secret; in constant time."""
    given = token.encode(errors="replace") if isinstance(token, str) else b""
    return hmac.compare_digest(csrf_token(secret).encode(), given)


async def open_session(host: Host, viewer: Viewer, replaced: str | None) -> tuple[str, Session]:
    """
    A new session of this caller and its secret, which is told for the only time.

    The one that the browser had before (*replaced*) is over: nobody can plant a session of his own on another.
    """
    secret, now = secrets.token_urlsafe(32), host.now()
    async with host.database.transaction() as transaction:
        await transaction.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"sessions of {viewer.key_id}"
        )
        ended = await transaction.fetch(
            "DELETE FROM browser_session WHERE secret_hash = $1 OR secret_hash IN (SELECT secret_hash"
            " FROM browser_session WHERE caller = $2 ORDER BY seen_at DESC OFFSET $3) RETURNING caller",
            hash_secret(replaced) if replaced is not None else None,
            viewer.key_id,
            SESSIONS_PER_CALLER - 1,
        )
        if ended:
            await keys_changed(transaction)
        await transaction.execute(INSERT, hash_secret(secret), viewer.key_id, *_kept(host, viewer), now)
        await record(host, transaction, actor_of(viewer), SIGN_IN, request_id=request_id())
    return secret, _session(host, viewer, viewer.expires_at, now, now)


INSERT = (
    "INSERT INTO browser_session (secret_hash, caller, api_key_id, issuer, name, role, profile_id,"
    " credential_ends_at, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)"
)


def _kept(host: Host, viewer: Viewer) -> tuple[object, ...]:
    """What is kept of a credential: of a key only which it is."""
    if not viewer.has_token:
        return (viewer.key_id, None, None, None, None, None)
    assert host.settings.jwt is not None
    ends_at = viewer.expires_at
    return (None, host.settings.jwt.issuer, viewer.name, viewer.role.value, viewer.profile_id, ends_at)


async def find_session(host: Host, secret: str) -> Session | NoKey:
    """
    The session with this secret, or why there is none.

    A creator whose profile was merged goes on as the survivor's. Those of a provider that is no longer believed
    are none.
    """
    row = await host.database.fetchrow(
        "SELECT s.caller, s.created_at, s.seen_at, k.revoked_at, COALESCE(k.name, s.name) AS name,"
        " COALESCE(k.role, s.role) AS role, COALESCE(k.scope, 'full') AS scope,"
        " COALESCE(k.expires_at, s.credential_ends_at) AS credential_ends_at,"
        " COALESCE(p.merged_into_id, p.id) AS profile_id"
        " FROM browser_session s LEFT JOIN api_key k ON k.id = s.api_key_id"
        " LEFT JOIN profile p ON p.id = COALESCE(k.profile_id, s.profile_id)"
        " WHERE s.secret_hash = $1 AND (s.api_key_id IS NOT NULL OR s.issuer = $2)",
        hash_secret(secret),
        host.settings.jwt.issuer if host.settings.jwt is not None else None,
    )
    if row is None:
        return NoKey("?", "SESSION_UNKNOWN")
    viewer = _viewer(row)
    session = _session(host, viewer, row["credential_ends_at"], row["created_at"], row["seen_at"])
    if row["revoked_at"] is not None:
        return NoKey(actor_of(viewer).id, "KEY_REVOKED")
    return session if session.is_live(host.now()) else NoKey(actor_of(viewer).id, "SESSION_EXPIRED")


def _viewer(row: Record) -> Viewer:
    return Viewer(row["caller"], row["name"], Role(row["role"]), row["profile_id"], Scope(row["scope"]))


def _session(
    host: Host, viewer: Viewer, credential_ends_at: datetime | None, created_at: datetime, seen_at: datetime
) -> Session:
    """A session with its ends, by the settings of today."""
    own_end = created_at + timedelta(hours=host.settings.session_hours)
    ends_at = own_end if credential_ends_at is None else min(own_end, credential_ends_at)
    idle = timedelta(minutes=host.settings.session_idle_minutes)
    return Session(replace(viewer, expires_at=ends_at), seen_at, idle)


async def note_use(host: Host, secret: str) -> None:
    """Note that the session is used now. Where that fails the next use notes it."""
    with contextlib.suppress(*UNAVAILABLE):
        await host.database.fetch(
            "UPDATE browser_session SET seen_at = $2 WHERE secret_hash = $1 AND seen_at <= $3",
            hash_secret(secret),
            host.now(),
            host.now() - SEEN,
        )


async def end_session(host: Host, secret: str, viewer: Viewer) -> None:
    """End a session at once in every process."""
    async with host.database.transaction() as transaction:
        ended = await transaction.fetch(
            "DELETE FROM browser_session WHERE secret_hash = $1 RETURNING caller", hash_secret(secret)
        )
        if ended:
            await record(host, transaction, actor_of(viewer), SIGN_OUT, request_id=request_id())
            await keys_changed(transaction)


async def prune_sessions(host: Host) -> int:
    """Forget the sessions that are over; how many there were."""
    now, settings = host.now(), host.settings
    gone = await host.database.fetch(
        "DELETE FROM browser_session s WHERE s.created_at <= $2 OR s.seen_at <= $3 OR s.credential_ends_at <= $1"
        " OR EXISTS (SELECT 1 FROM api_key k WHERE k.id = s.api_key_id"
        " AND (k.revoked_at IS NOT NULL OR k.expires_at <= $1)) RETURNING s.caller",
        now,
        now - timedelta(hours=settings.session_hours),
        now - timedelta(minutes=settings.session_idle_minutes),
    )
    return len(gone)
