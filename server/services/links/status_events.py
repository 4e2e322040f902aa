"""Each change of status is written to the log in the transaction that makes the change."""

from __future__ import annotations

from typing import Any

import orjson

from server.database import Transaction
from server.host import Host
from server.models import SocialAccount
from server.services.links.reminders import Reminder, reminder_of
from server.services.links.status import Facts, Standing, Status, StatusReason, status_of

CHANNEL = "linkroll_status_event"
"""The NOTIFY channel: only a wake-up, delivered at commit. The table is the truth."""

INSERT = (
    "INSERT INTO status_event (at, account_id, profile_id, platform, previous_status, status, status_reason,"
    " evidence, days_left)"
)


def facts_of(account: SocialAccount) -> Facts:
    """What the account's status depends on."""
    deadlines = [d for d in (account.consent_expires_at, account.platform_expires_at) if d is not None]
    return Facts(
        authenticated_at=account.authenticated_at,
        expires_at=min(deadlines, default=None),
        invalidated_at=account.invalidated_at,
        invalid_reason=account.invalid_reason,
    )


def standing_of(host: Host, account: SocialAccount) -> Standing:
    """The account's status by the facts its row holds now."""
    return status_of(facts_of(account), host.now(), host.settings.warning)


async def record_change(
    host: Host,
    transaction: Transaction,
    account: SocialAccount,
    before: Standing | None,
    after: Standing | None,
) -> None:
    """
    Write one event if the status or its reason changed, and wake the subscribers at commit.

    *before* is None for an account that was just added, *after* for one that was removed. What the clock
    had changed and nobody had told yet is told first, so that the log's changes always join.
    """
    told = await _told(transaction, account) if before is not None else None
    if told is not None and before is not None and told != before:
        await _write(host, transaction, account, told, before, None)
    reminder = reminder_of(facts_of(account), host.now(), host.settings.warning)
    if before != after:
        evidence = account.status_evidence if after else None
        days = reminder.days if after is not None and after.status is Status.EXPIRING else None
        await _write(host, transaction, account, before, after, evidence, days)
    if after is not None:
        await _remember(transaction, account, after, reminder)


async def _told(transaction: Transaction, account: SocialAccount) -> Standing | None:
    row = await transaction.fetchrow(
        "SELECT told_status, told_reason FROM social_account WHERE id = $1", account.id
    )
    if row is None or row["told_status"] is None:
        return None
    return Standing(
        Status(row["told_status"]), StatusReason(row["told_reason"]) if row["told_reason"] else None
    )


async def _write(
    host: Host,
    transaction: Transaction,
    account: SocialAccount,
    before: Standing | None,
    after: Standing | None,
    evidence: dict[str, Any] | None,
    days: int | None = None,
) -> None:
    await transaction.execute(
        f"{INSERT} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        host.now(),
        account.id,
        account.profile_id,
        account.platform,
        before.status if before else None,
        after.status if after else None,
        after.reason if after else None,
        orjson.dumps(evidence).decode() if evidence else None,
        days,
    )
    await transaction.execute("SELECT pg_notify($1, '')", CHANNEL)


async def _remember(
    transaction: Transaction, account: SocialAccount, standing: Standing, reminder: Reminder
) -> None:
    await transaction.execute(
        "UPDATE social_account SET told_status = $2, told_reason = $3, told_days = $4, next_tell_at = $5"
        " WHERE id = $1",
        account.id,
        standing.status,
        standing.reason,
        reminder.days,
        reminder.next_at,
    )
