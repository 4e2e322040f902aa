"""
Grants in the vault: sealed on the way in, opened only to be used, severed from an account for good.

Severing happens here first, in the account's own transaction; the platform is told afterwards. Tokens
are forgotten even when that call fails (`Severed` carries them, in memory only).
"""

from __future__ import annotations

import asyncio
import enum
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from linkroll_sdk import Grant, LinkrollSdkError, Login, ReauthorizationRequired, Revocation, TokenSet

from server.database import Transaction
from server.host import Host
from server.models import OAuthGrant, SocialAccount
from server.services.platforms.answers import checked_tokens, is_storable
from server.services.platforms.logins import ask, call, client_config, http_for, unavailable_reason
from server.vault import VaultError

log = structlog.get_logger("linkroll.grants")

SEVER_LOCK = 0x7365766572
"""Taken while a grant is taken off an account ("sever" in ASCII)."""

LAST_DAY = timedelta(days=1)
MAX_FINGERPRINTS = 50
MAX_FINGERPRINT = 200
REVOKE_SECONDS = 20
"""How long the platform may take to hear of an end. Shorter than an operation may run: its caller is answered."""


class RevocationOutcome(enum.StrEnum):
    """What the platform was told when a link ended. The tokens are forgotten here in every case."""

    REVOKED = "REVOKED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    KEPT_FOR_SIBLINGS = "KEPT_FOR_SIBLINGS"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Severed:
    """
    A grant taken off an account. *tokens* are None when others still need it, so nobody may revoke it; when
    they were *lost*: sealed so that they can no longer be opened; and when it was *over*: ended by the
    platform, and its tokens forgotten (`dead_tokens`).
    """

    login: str
    tokens: TokenSet | None = field(repr=False)
    lost: bool = False
    over: bool = False


def place(grant_id: UUID) -> str:
    """Where a grant's tokens stand: what binds them to their row."""
    return f"oauth_grant|sealed_tokens|{grant_id}"


def account_place(account_id: int) -> str:
    """Where an account's own token stands."""
    return f"social_account|sealed_access_token|{account_id}"


async def store_grant(host: Host, transaction: Transaction, login: str, grant: Grant) -> OAuthGrant:
    """Keep a grant, its tokens sealed."""
    row = OAuthGrant(
        login=login,
        subject=grant.subject,
        scopes=sorted(grant.scopes),
        access_expires_at=grant.tokens.access_expires_at,
        refresh_expires_at=grant.tokens.refresh_expires_at,
        person_expires_at=grant.person_expires_at,
        consented_at=host.now(),
    )
    secrets = {"access_token": grant.tokens.access_token, "refresh_token": grant.tokens.refresh_token}
    row.sealed_tokens = host.vault.seal(json.dumps(secrets), place(row.id))
    await row.save()
    await _plan_life(host, transaction, row, grant.tokens)
    return row


async def _plan_life(host: Host, transaction: Transaction, row: OAuthGrant, tokens: TokenSet) -> None:
    """Note what keeping the grant alive needs (the columns of migration 0003)."""
    login = host.platforms.logins[row.login]
    keep_alive = keep_alive_at(
        login, row.consented_at, tokens.access_expires_at, tokens.refresh_token is not None
    )
    await transaction.execute(
        "UPDATE oauth_grant SET obtained_at = $2, keep_alive_at = $3, fingerprints = $4 WHERE id = $1",
        row.id,
        row.consented_at,
        keep_alive,
        fingerprints_of(login, tokens),
    )


def keep_alive_at(
    login: Login, obtained_at: datetime, access_expires_at: datetime | None, has_refresh_token: bool
) -> datetime | None:
    """
    When tokens should be refreshed at the latest although nobody uses them; None where that is not needed.

    An access token that refreshes itself must be alive for it, so its own end counts as well.
    """
    if not login.refreshes or login.keep_alive is None:
        return None
    due = obtained_at + login.keep_alive
    if has_refresh_token or access_expires_at is None:
        return due
    return min(due, access_expires_at - LAST_DAY)


def fingerprints_of(login: Login, tokens: TokenSet) -> list[str]:
    """How a platform may name these tokens later; none where the plugin cannot say."""
    try:
        return ask(login, "fingerprints", lambda: _checked_fingerprints(login.fingerprints(tokens)))
    except LinkrollSdkError:
        return []


def _checked_fingerprints(found: object) -> list[str]:
    if not isinstance(found, Collection) or len(found) > MAX_FINGERPRINTS:
        raise TypeError("no fingerprints")
    return sorted(one for one in found if is_storable(one, MAX_FINGERPRINT))


def open_tokens(host: Host, row: OAuthGrant) -> TokenSet:
    """The tokens of a grant, in the clear: for use, not for keeping."""
    secrets = json.loads(host.vault.open(row.sealed_tokens, place(row.id)))
    return TokenSet(
        access_token=secrets["access_token"],
        refresh_token=secrets["refresh_token"],
        access_expires_at=row.access_expires_at,
        refresh_expires_at=row.refresh_expires_at,
    )


async def sever(host: Host, transaction: Transaction, account: SocialAccount) -> Severed | None:
    """Take the grant off an account and forget its tokens; None when it had none. The caller saves."""
    if account.grant_id is None:
        return None
    # Locked: a refresh that is just being settled is waited for.
    row = await OAuthGrant.filter(id=account.grant_id).select_for_update().get()
    row.sealed_tokens = await _newest_tokens(transaction, row)
    has_siblings = await _has_siblings(host, transaction, account, row)
    severed = Severed(row.login, None) if has_siblings else _severed(host, row)
    account.grant_id = None
    account.sealed_access_token = None
    await account.save(update_fields=["grant_id", "sealed_access_token"])
    await drop_orphans(transaction, [row.id])
    return severed


async def _newest_tokens(transaction: Transaction, row: OAuthGrant) -> bytes:
    """The pair that came last: one that is journaled and not in force yet has made the grant's own worthless."""
    journaled = await transaction.fetchrow(
        "SELECT j.sealed_tokens FROM refresh_journal j JOIN oauth_grant g ON g.id = j.grant_id"
        " WHERE j.grant_id = $1 AND j.from_version = g.version",
        row.id,
    )
    return bytes(journaled["sealed_tokens"]) if journaled else row.sealed_tokens


def _severed(host: Host, row: OAuthGrant) -> Severed:
    """A grant that nobody else needs. A link must be endable also when its tokens cannot be read."""
    if not row.sealed_tokens:
        return Severed(row.login, None, over=True)
    try:
        return Severed(row.login, open_tokens(host, row))
    except VaultError as error:
        log.error("tokens cannot be opened", place=place(row.id), error=str(error))
        return Severed(row.login, None, lost=True)


async def _has_siblings(
    host: Host, transaction: Transaction, account: SocialAccount, row: OAuthGrant
) -> bool:
    """
    Whether other accounts would lose their link too: those of the same person at the same login, or only those
    of the same grant where the platform ends no more than that.

    A consent that still waits for a choice counts as well: its tokens would die in its hands. Siblings are
    severed one after the other; side by side each would see the other, and nobody would tell the platform.
    What the platform has ended already loses nothing.
    """
    await transaction.execute("SELECT pg_advisory_xact_lock($1)", SEVER_LOCK)
    login = host.platforms.logins.get(row.login)
    rows = await transaction.fetch(
        "SELECT a.id FROM social_account a JOIN oauth_grant g ON g.id = a.grant_id"
        " WHERE g.login = $1 AND g.subject = $2 AND g.id = COALESCE($5, g.id) AND a.id <> $3"
        " AND g.dead_at IS NULL UNION ALL"
        " SELECT 0 FROM connect_attempt t JOIN oauth_grant g ON g.id = t.grant_id"
        " WHERE g.login = $1 AND g.subject = $2 AND g.id = COALESCE($5, g.id)"
        " AND t.finished_at IS NULL AND t.expires_at > $4",
        row.login,
        row.subject,
        account.id,
        host.now(),
        row.id if login is not None and login.revocation is Revocation.TOKEN else None,
    )
    return bool(rows)


async def drop_orphans(transaction: Transaction, grant_ids: list[UUID]) -> None:
    """Delete those grants that no account and no open attempt needs any more."""
    await transaction.execute(
        "DELETE FROM oauth_grant g WHERE g.id = ANY($1::uuid[])"
        " AND NOT EXISTS (SELECT 1 FROM social_account a WHERE a.grant_id = g.id)"
        " AND NOT EXISTS (SELECT 1 FROM connect_attempt t WHERE t.grant_id = g.id AND t.finished_at IS NULL)",
        grant_ids,
    )


async def revoke(host: Host, severed: Severed | None) -> RevocationOutcome:
    """Tell the platform that a severed grant is over. Never raises: the link is ended here already."""
    login = host.platforms.logins.get(severed.login) if severed else None
    if severed is None or login is None or login.revocation is Revocation.NONE:
        return RevocationOutcome.NOT_SUPPORTED
    if severed.over:
        return RevocationOutcome.REVOKED
    if severed.tokens is None:
        return RevocationOutcome.FAILED if severed.lost else RevocationOutcome.KEPT_FOR_SIBLINGS
    if unavailable_reason(host, login) is not None:
        return RevocationOutcome.FAILED
    try:
        async with asyncio.timeout(REVOKE_SECONDS):
            await _tell(host, login, severed.tokens)
    except ReauthorizationRequired:
        # It was over already.
        return RevocationOutcome.REVOKED
    except (LinkrollSdkError, TimeoutError):
        return RevocationOutcome.FAILED
    return RevocationOutcome.REVOKED


async def _tell(host: Host, login: Login, tokens: TokenSet) -> None:
    """Have the platform end a grant, by an access token that it still takes."""
    http, client, live = http_for(host, login), client_config(host, login), tokens
    if _is_stale(host, login, tokens):
        live = await call(
            login, "refresh", lambda: checked_tokens(login.refresh(http, client, tokens), tokens)
        )
    await call(login, "revoke", lambda: login.revoke(http, client, live))


def _is_stale(host: Host, login: Login, tokens: TokenSet) -> bool:
    """Whether the access token is at its end: its refusal would say nothing about the consent behind it."""
    ends_at = tokens.access_expires_at
    return login.refreshes and ends_at is not None and ends_at <= host.now() + login.refresh_margin
