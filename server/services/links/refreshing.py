"""
Tokens that a machine can renew are renewed here: before they are used, and ahead of time.

One refresh at a time for each grant, over all processes, and none that loses the grant:

    lease     the row says who refreshes which version, and until when that counts
    ask       the platform may make the old pair worthless from here on
    journal   the new pair is written down, sealed, before anything else happens to it
    settle    compare and swap: it replaces the version it was made from, and no other

Whoever is killed in between leaves a lease that runs out, and perhaps a journal. The next one settles the
journal, or asks again with what there is; then the platform's word counts. A failure of the network or of
the platform only puts the next try off: it never says anything about the link.
"""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from linkroll_sdk import (
    AccessTokenRejected,
    ConfigurationRejected,
    InvalidReason,
    LinkrollSdkError,
    Login,
    NotRefreshable,
    PlatformUnavailable,
    RateLimited,
    ReauthorizationRequired,
    TokenSet,
    UnexpectedAnswer,
)

from server.database import Record
from server.host import Host
from server.services.links import refresh_journal
from server.services.links.detection import end_grant
from server.services.links.grants import Severed, place, revoke
from server.services.links.unbroken import to_its_end
from server.services.operator.operator_notices import note_app_refused
from server.services.platforms.answers import checked_tokens
from server.services.platforms.budgets import paid
from server.services.platforms.logins import call, client_config, http_for, unavailable_reason
from server.vault import VaultError

LEASE = timedelta(seconds=90)
"""Longer than a plugin may take (`logins.CALL_SECONDS`). Then the one who refreshed counts as dead."""
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 30
"""How long to wait for somebody else's refresh, before this use is given up for now."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_TOLD = timedelta(days=2)
"""How long to wait at most because a platform says so."""
TOO_FAR = 1.5 * LONGEST_TOLD
"""Nothing here waits for longer. A time that lies farther ahead comes from a clock that was set back since."""

COLUMNS = (
    "id, login, subject, scopes, sealed_tokens, access_expires_at, refresh_expires_at, version, dead_at,"
    " refresh_lease_until, refresh_started_version, refresh_not_before, refresh_failures,"
    " EXISTS (SELECT 1 FROM refresh_journal WHERE grant_id = id AND from_version = version) AS is_journaled"
)

log = structlog.get_logger("linkroll.refreshing")


class GrantGone(Exception):
    """There is no such grant any more, or it is over: nothing can be asked with it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A grant with its tokens in the clear. *version* tells which pair they are."""

    id: UUID
    login: str
    subject: str
    scopes: frozenset[str]
    version: int
    tokens: TokenSet = field(repr=False)


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
            return _open(host, row)
        if refused is not None and not login.refreshes:
            raise NotRefreshable(f"{login.key} has no refresh", operation="refresh")
        if row["is_journaled"]:
            await refresh_journal.settle(host, login, grant_id, row["version"])
        elif not _may_try(host, row, refused):
            return _open(host, row)
        elif (holder := await _lease(host, row)) is not None:
            still_works = _still_works(host, row, refused)
            await to_its_end(_refresh(host, login, row, holder, still_works=still_works))
        else:
            await asyncio.sleep(LOOK_SECONDS)
    raise PlatformUnavailable("another process is at it for too long", operation="refresh")


async def renew(host: Host, grant_id: UUID) -> None:
    """
    Refresh a grant ahead of time, unless somebody just did.

    Raises as `live_grant` does; `VaultError` for tokens that cannot be read, which are left alone for hours.
    """
    row = await _read(host, grant_id)
    try:
        _open(host, row)
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


def _open(host: Host, row: Record) -> Opened:
    secrets = json.loads(host.vault.open(row["sealed_tokens"], place(row["id"])))
    tokens = TokenSet(
        secrets["access_token"], secrets["refresh_token"], row["access_expires_at"], row["refresh_expires_at"]
    )
    scopes = frozenset(json.loads(row["scopes"]))
    return Opened(row["id"], row["login"], row["subject"], scopes, row["version"], tokens)


# One refresh


async def _lease(host: Host, row: Record) -> UUID | None:
    """Be the one who refreshes this version, by the name returned; None while another one does, or did."""
    now = host.now()
    if row["refresh_lease_until"] is not None and now < row["refresh_lease_until"] <= now + TOO_FAR:
        return None
    won = await host.database.fetchrow(
        "UPDATE oauth_grant SET refresh_holder = $3, refresh_lease_until = $4, refresh_started_version = $2"
        " WHERE id = $1 AND version = $2 AND dead_at IS NULL"
        " AND (refresh_lease_until IS NULL OR NOT refresh_lease_until BETWEEN $5 AND $7)"
        # Nobody failed since the row was read: of many at once, one learns that the platform is down.
        " AND refresh_failures = $6 RETURNING refresh_holder",
        row["id"],
        row["version"],
        uuid4(),
        now + LEASE,
        now,
        row["refresh_failures"],
        now + TOO_FAR,
    )
    return won["refresh_holder"] if won else None


async def _refresh(host: Host, login: Login, row: Record, holder: UUID, *, still_works: bool) -> None:
    """Put a new pair into force. Raises what came instead, unless the old one *still works*."""
    opened = _open(host, row)
    try:
        tokens = await _ask(host, login, opened)
    except LinkrollSdkError as error:
        if (last_word := _last_word(opened, error, host.now())) is not None:
            await _end(host, opened, last_word, holder)
        else:
            await _put_off(host, opened, row, holder, error)
            if not still_works:
                raise
        return
    if await refresh_journal.write_down(host, login, opened.id, opened.version, tokens):
        await refresh_journal.settle(host, login, opened.id, opened.version)
    else:
        await _give_back(host, login, opened, tokens)


async def _ask(host: Host, login: Login, opened: Opened) -> TokenSet:
    if unavailable_reason(host, login) is not None:
        raise ConfigurationRejected("the login is not configured", operation="refresh")
    client = client_config(host, login)
    http = paid(host, login, None, http_for(host, login))
    return await call(
        login, "refresh", lambda: checked_tokens(login.refresh(http, client, opened.tokens), opened.tokens)
    )


def _last_word(opened: Opened, error: LinkrollSdkError, now: datetime) -> ReauthorizationRequired | None:
    """What ends a grant for good: there is nothing else to refresh with, so a refused token does as well."""
    ends_at = opened.tokens.access_expires_at
    if isinstance(error, ReauthorizationRequired | AccessTokenRejected):
        reason = error.reason
    elif isinstance(error, NotRefreshable) and ends_at is not None and ends_at <= now:
        reason = InvalidReason.EXPIRED
    else:
        return None
    return ReauthorizationRequired(reason, operation=error.operation, platform_code=error.platform_code)


async def _end(host: Host, opened: Opened, last_word: ReauthorizationRequired, holder: UUID) -> None:
    """End the grant, and raise; not where a new pair came meanwhile, because of which the old was refused."""
    if await end_grant(host, opened.id, opened.version, last_word, holder):
        raise last_word from None


async def _put_off(host: Host, opened: Opened, row: Record, holder: UUID, error: LinkrollSdkError) -> None:
    """
    Let the lease go, while it is ours, and say when to try again.

    Where an answer came, nothing happened to the pair. Where none came, or none that can be read, the pair
    may be used up: that stays noted (`refresh_started_version`), also when it was so before and only this
    try was answered, so that the truth is looked for soon.
    """
    is_doubted = (
        isinstance(error, PlatformUnavailable | UnexpectedAnswer)
        or row["refresh_started_version"] == row["version"]
    )
    await host.database.fetch(
        "UPDATE oauth_grant SET refresh_holder = NULL, refresh_lease_until = NULL, refresh_not_before = $3,"
        " refresh_failures = refresh_failures + 1,"
        " refresh_started_version = CASE WHEN $4 THEN refresh_started_version END"
        " WHERE id = $1 AND refresh_holder = $2",
        opened.id,
        holder,
        host.now() + waiting_time(row["refresh_failures"], getattr(error, "retry_after", None)),
        is_doubted,
    )
    if isinstance(error, ConfigurationRejected):
        await note_app_refused(host, opened.login, error)
    log.info(
        "refresh put off",
        login=opened.login,
        grant=str(opened.id),
        error=type(error).__name__,
        failures=row["refresh_failures"],
    )


async def _give_back(host: Host, login: Login, opened: Opened, tokens: TokenSet) -> None:
    """
    The link ended while its tokens were renewed, and whoever ended it could show the platform only the old
    pair: tell it by the new one. Not where the same person consented again, whose tokens would die with it.
    """
    others = await host.database.fetch(
        "SELECT id FROM oauth_grant WHERE login = $1 AND subject = $2 LIMIT 1", opened.login, opened.subject
    )
    if not others:
        outcome = await revoke(host, Severed(login.key, tokens))
        log.info("renewed after the link had ended", login=login.key, revocation=outcome.value)


def waiting_time(failures: int, retry_after: float | None = None) -> timedelta:
    """How long to wait after so many failures: doubling, with jitter, and no less than the platform said."""
    doubled = min(FIRST_WAIT * 2 ** min(failures, 20), LONGEST_WAIT)
    jittered: timedelta = doubled * random.uniform(0.7, 1.3)  # noqa: S311  (spreads retries, guards nothing)
    told = timedelta(seconds=min(max(retry_after or 0, 0), LONGEST_TOLD.total_seconds()))
    spread: timedelta = told * random.uniform(1, 1.1)  # noqa: S311
    return max(jittered, spread)


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
