"""
Tokens that a machine can renew are renewed here: before they are used, and ahead of time.

How one of them goes, and what becomes of those that are cut off, stands in `one_refresh`.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from linkroll_sdk import Login, NotRefreshable, PlatformUnavailable, RateLimited

from server.database import Record
from server.host import Host
from server.services.links import refresh_journal
from server.services.links.one_refresh import Opened, open_row, refresh, take_lease
from server.services.links.retry_times import LONGEST_WAIT, TOO_FAR
from server.services.links.unbroken import to_its_end
from server.vault import VaultError

LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 30
"""How long to wait for somebody else's refresh, before this use is given up for now."""
COLUMNS = (
    "id, login, subject, scopes, sealed_tokens, access_expires_at, refresh_expires_at, version, dead_at,"
    " refresh_lease_until, refresh_started_version, refresh_not_before, refresh_failures,"
    " EXISTS (SELECT 1 FROM refresh_journal WHERE grant_id = id AND from_version = version) AS is_journaled"
)


class GrantGone(Exception):
    """There is no such grant any more, or it is over: nothing can be asked with it."""


async def live_grant(host: Host, grant_id: UUID, *, refused: int | None = None) -> Opened:
    """
    The grant with tokens that can be used now, refreshed where they were due.

    *refused* is the version whose access token a platform refused: then another one must come.

    Raises `GrantGone`; `ReauthorizationRequired` after the grant was ended for it; `NotRefreshable` when
    a refused token has no successor; `RateLimited` or `PlatformUnavailable` while no refresh succeeds.
    """
    for _ in range(round(PATIENCE_SECONDS / LOOK_SECONDS)):
        row = await _read(host, grant_id)
        login = host.platforms.logins.get(row["login"])
        if login is None or not _must_refresh(host, login, row, refused):
            return open_row(host, row)
        if refused is not None and not login.refreshes:
            raise NotRefreshable(f"{login.key} has no refresh", operation="refresh")
        if row["is_journaled"]:
            await refresh_journal.settle(host, login, grant_id, row["version"])
        elif not _may_try(host, row, refused):
            return open_row(host, row)
        elif (holder := await take_lease(host, row)) is not None:
            still_works = _still_works(host, row, refused)
            await to_its_end(refresh(host, login, row, holder, still_works=still_works))
        else:
            await asyncio.sleep(LOOK_SECONDS)
    raise PlatformUnavailable("another process is at it for too long", operation="refresh")


def ready_grant(host: Host, login: Login, row: Record) -> Opened | None:
    """
    The grant in a *row* that was read just now, where nothing is to be done for its tokens.

    None: `live_grant` has to look. Raises `GrantGone`.
    """
    if row["dead_at"] is not None:
        raise GrantGone(row["id"])
    return None if _must_refresh(host, login, row, None) else open_row(host, row)


async def renew(host: Host, grant_id: UUID) -> None:
    """
    Refresh a grant ahead of time, unless somebody just did.

    Raises as `live_grant` does; `VaultError` for tokens that cannot be read, which are left alone for hours.
    """
    row = await _read(host, grant_id)
    try:
        open_row(host, row)
    except VaultError:
        await host.database.fetch(
            "UPDATE oauth_grant SET refresh_not_before = $2 WHERE id = $1",
            grant_id,
            host.now() + LONGEST_WAIT,
        )
        raise
    await live_grant(host, grant_id, refused=row["version"])


async def _read(host: Host, grant_id: UUID) -> Record:
    row = await host.database.fetchrow(f"SELECT {COLUMNS} FROM oauth_grant WHERE id = $1", grant_id)
    if row is None or row["dead_at"] is not None:
        raise GrantGone(grant_id)
    return row


def _must_refresh(host: Host, login: Login, row: Record, refused: int | None) -> bool:
    if refused is not None:
        return bool(row["version"] <= refused)
    ends_at = row["access_expires_at"]
    return login.refreshes and ends_at is not None and ends_at <= host.now() + login.refresh_margin


def _may_try(host: Host, row: Record, refused: int | None) -> bool:
    """Whether a refresh may be tried now; False while it must wait and the old token still does."""
    until, now = row["refresh_not_before"], host.now()
    if until is None or not now < until <= now + TOO_FAR:
        return True
    if _still_works(host, row, refused):
        return False
    raise RateLimited((until - now).total_seconds(), "the next refresh waits", operation="refresh")


def _still_works(host: Host, row: Record, refused: int | None) -> bool:
    """Whether the old access token is good for this use: a refresh that fails then fails nobody."""
    return refused is None and bool(row["access_expires_at"] > host.now())


# Ahead of time

DUE = (
    "g.dead_at IS NULL AND (g.refresh_not_before IS NULL OR NOT g.refresh_not_before BETWEEN $1 AND $2)"
    " AND (g.keep_alive_at <= $1 OR (g.refresh_started_version = g.version"
    "  AND (g.refresh_lease_until IS NULL OR NOT g.refresh_lease_until BETWEEN $1 AND $2)))"
    " AND EXISTS (SELECT 1 FROM social_account a WHERE a.grant_id = g.id AND a.invalidated_at IS NULL"
    "  AND (a.expires_at IS NULL OR a.expires_at > $1))"
)
"""Which grants are to be refreshed now ($1; $2 is `TOO_FAR` from now), as SQL over `g`: kept alive too long
ago, or with a refresh whose end nobody knows. Only those that a living link needs."""


async def due_grants(host: Host, login: str, limit: int) -> list[UUID]:
    """Grants of a login to refresh now (`DUE`)."""
    rows = await host.database.fetch(
        f"SELECT g.id FROM oauth_grant g WHERE g.login = $3 AND {DUE} ORDER BY g.keep_alive_at LIMIT $4",
        host.now(),
        host.now() + TOO_FAR,
        login,
        limit,
    )
    return [row["id"] for row in rows]
