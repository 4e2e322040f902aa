"""
One refresh of one grant, over all processes, and none that loses the grant:

    lease     the row says who refreshes which version, and until when that counts
    ask       the platform may make the old pair worthless from here on
    journal   the new pair is written down, sealed, before anything else happens to it
    settle    compare and swap: it replaces the version it was made from, and no other

Whoever is killed in between leaves a lease that runs out, and perhaps a journal. The next one settles the
journal, or asks again with what there is; then the platform's word counts. A failure of the network or of
the platform only puts the next try off: it never says anything about the link.
"""

from __future__ import annotations

import json
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
    ReauthorizationRequired,
    TokenSet,
    UnexpectedAnswer,
)

from server.database import Record
from server.host import Host
from server.services.links import refresh_journal
from server.services.links.detection import end_grant
from server.services.links.grants import Severed, place, revoke
from server.services.links.retry_times import TOO_FAR, waiting_time
from server.services.operator.operator_notices import note_app_refused
from server.services.platforms.answers import checked_tokens
from server.services.platforms.budgets import paid
from server.services.platforms.logins import call, client_config, http_for, unavailable_reason

LEASE = timedelta(seconds=90)
"""Longer than a plugin may take (`logins.CALL_SECONDS`). Then the one who refreshed counts as dead."""

log = structlog.get_logger("linkroll.refreshing")


@dataclass(frozen=True, slots=True)
class Opened:
    """A grant with its tokens in the clear. *version* tells which pair they are."""

    id: UUID
    login: str
    subject: str
    scopes: frozenset[str]
    version: int
    tokens: TokenSet = field(repr=False)


def open_row(host: Host, row: Record) -> Opened:
    """The row's grant, its tokens in the clear; `VaultError` for what no key opens."""
    secrets = json.loads(host.vault.open(row["sealed_tokens"], place(row["id"])))
    tokens = TokenSet(
        secrets["access_token"], secrets["refresh_token"], row["access_expires_at"], row["refresh_expires_at"]
    )
    scopes = frozenset(json.loads(row["scopes"]))
    return Opened(row["id"], row["login"], row["subject"], scopes, row["version"], tokens)


async def take_lease(host: Host, row: Record) -> UUID | None:
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


async def refresh(host: Host, login: Login, row: Record, holder: UUID, *, still_works: bool) -> None:
    """Put a new pair into force. Raises what came instead, unless the old one *still works*."""
    opened = open_row(host, row)
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
