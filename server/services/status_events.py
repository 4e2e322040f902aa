"""Each change of status is written to the log in the transaction that makes the change."""

from __future__ import annotations

from server.database import Transaction
from server.host import Host
from server.models import SocialAccount, StatusEvent
from server.services.status import Facts, Standing, status_of

CHANNEL = "linkroll_status_event"
"""The NOTIFY channel: only a wake-up, delivered at commit. The table is the truth."""


def standing_of(host: Host, account: SocialAccount) -> Standing:
    """The account's status by the facts its row holds now."""
    deadlines = [d for d in (account.consent_expires_at, account.platform_expires_at) if d is not None]
    facts = Facts(
        authenticated_at=account.authenticated_at,
        expires_at=min(deadlines, default=None),
        invalidated_at=account.invalidated_at,
        invalid_reason=account.invalid_reason,
    )
    return status_of(facts, host.now(), host.settings.warning)


async def record_change(
    host: Host,
    transaction: Transaction,
    account: SocialAccount,
    before: Standing | None,
    after: Standing | None,
) -> None:
    """
    Write one event if the status or its reason changed, and wake the subscribers at commit.

    *before* is None for an account that was just added, *after* for one that was removed.
    """
    if before == after:
        return
    await StatusEvent.create(
        at=host.now(),
        account_id=account.id,
        profile_id=account.profile_id,
        platform=account.platform,
        previous_status=before.status if before else None,
        status=after.status if after else None,
        status_reason=after.reason if after else None,
        evidence=account.status_evidence if after else None,
    )
    await transaction.execute("SELECT pg_notify($1, '')", CHANNEL)
