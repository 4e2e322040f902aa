"""Attempts as rows: their states, their one-time values, and how they end."""

from __future__ import annotations

import enum
import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from server.database import Executor, Transaction
from server.host import Host
from server.models import ConnectAttempt
from server.services.callers.lookup import lock_owner
from server.services.links.grants import drop_orphans
from server.services.refusals import AttemptExpired, Refusal

log = structlog.get_logger("linkroll.attempts")

CHANNEL = "linkroll_connect_attempt"
"""NOTIFY channel; the payload is the attempt's id."""

LINKED = "ACCOUNTS_LINKED"
"""The outcome code of an attempt that linked something. Every other code is a refusal's."""


class AttemptState(enum.StrEnum):
    """Where an attempt stands: a function of its times and the clock."""

    PENDING = "PENDING"
    AUTHORIZING = "AUTHORIZING"
    EXCHANGING = "EXCHANGING"
    CHOOSING = "CHOOSING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


FINAL = frozenset({AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.CANCELLED, AttemptState.EXPIRED})


def state_sql(table: str, now: str) -> str:
    """An attempt's state as a SQL expression over *table*; *now* is a placeholder."""
    return (
        f"CASE WHEN {table}.finished_at IS NOT NULL THEN CASE {table}.outcome_code"
        f" WHEN '{LINKED}' THEN 'SUCCEEDED' WHEN 'ATTEMPT_CANCELLED' THEN 'CANCELLED'"
        f" WHEN 'ATTEMPT_EXPIRED' THEN 'EXPIRED' ELSE 'FAILED' END"
        f" WHEN {table}.expires_at <= {now} THEN 'EXPIRED'"
        f" WHEN {table}.choosing_at IS NOT NULL THEN 'CHOOSING'"
        f" WHEN {table}.taken_at IS NOT NULL THEN 'EXCHANGING'"
        f" WHEN {table}.opened_at IS NOT NULL THEN 'AUTHORIZING' ELSE 'PENDING' END"
    )


def new_secret() -> str:
    """256 random bits, fit for a URL, a cookie or a `state`."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a one-time value."""
    return hashlib.sha256(secret.encode()).digest()


def deadline(host: Host) -> datetime:
    """When an attempt, or the choice at its end, runs out if it begins now."""
    return host.now() + timedelta(minutes=host.settings.attempt_minutes)


def verifier_place(attempt_id: UUID) -> str:
    """Where an attempt's code verifier stands: what binds it to its row."""
    return f"connect_attempt|sealed_code_verifier|{attempt_id}"


def candidate_place(candidate_id: UUID) -> str:
    """Where a candidate's own token stands."""
    return f"connect_candidate|sealed_access_token|{candidate_id}"


async def state_of(host: Host, executor: Executor, attempt_id: UUID) -> AttemptState:
    """The attempt's state at this moment."""
    rows = await executor.fetch(
        f"SELECT {state_sql('t', '$2::timestamptz')} AS state FROM connect_attempt t WHERE t.id = $1",
        attempt_id,
        host.now(),
    )
    return AttemptState(rows[0]["state"])


async def announce(transaction: Transaction, attempt_id: UUID) -> None:
    """Wake those who follow this attempt, at commit."""
    await transaction.execute("SELECT pg_notify($1, $2)", CHANNEL, str(attempt_id))


async def finish(
    host: Host, transaction: Transaction, attempt: ConnectAttempt, refusal: Refusal | None
) -> None:
    """
    End an attempt: with *refusal* as its outcome, or linked.

    A grant that nobody took is forgotten with its tokens, and so are the candidates' own tokens.
    """
    attempt.finished_at = host.now()
    attempt.outcome_code = refusal.code if refusal else LINKED
    attempt.outcome_facts = refusal.facts() if refusal else None
    attempt.sealed_code_verifier = None
    grant_id, attempt.grant_id = attempt.grant_id, None
    await attempt.save()
    await transaction.execute(
        "UPDATE connect_candidate SET sealed_access_token = NULL WHERE attempt_id = $1", attempt.id
    )
    if grant_id is not None:
        await drop_orphans(transaction, [grant_id])
    await announce(transaction, attempt.id)


async def lock_attempt(transaction: Transaction, attempt_id: UUID) -> ConnectAttempt | None:
    """The attempt, locked behind its profile for this transaction."""
    await lock_owner(transaction, "connect_attempt", attempt_id)
    rows = await transaction.fetch("SELECT id FROM connect_attempt WHERE id = $1 FOR UPDATE", attempt_id)
    return await ConnectAttempt.get(id=attempt_id) if rows else None


async def drop_attempts(
    transaction: Transaction, *, profile_id: int | None = None, account_id: int | None = None
) -> None:
    """Delete every attempt for a profile or an account, with the tokens that still waited for a choice."""
    rows = await transaction.fetch(
        "DELETE FROM connect_attempt WHERE profile_id = $1 OR account_id = $2 RETURNING grant_id",
        profile_id,
        account_id,
    )
    await drop_orphans(transaction, [row["grant_id"] for row in rows if row["grant_id"] is not None])


async def expire_attempts(host: Host) -> int:
    """End every attempt whose time ran out, with the tokens it still held; how many there were."""
    ended = 0
    rows = await host.database.fetch(
        "SELECT id FROM connect_attempt WHERE finished_at IS NULL AND expires_at <= $1 LIMIT 1000", host.now()
    )
    for row in rows:
        try:
            ended += await _expire(host, row["id"])
        # One that cannot be ended must not keep the others.
        except Exception as error:
            log.error("attempt could not be ended", attempt=str(row["id"]), error=type(error).__name__)
    return ended


async def _expire(host: Host, attempt_id: UUID) -> bool:
    async with host.database.transaction() as transaction:
        attempt = await lock_attempt(transaction, attempt_id)
        if attempt is None or attempt.finished_at is not None or attempt.expires_at > host.now():
            return False
        await finish(host, transaction, attempt, AttemptExpired())
        return True
