"""
A platform's definite word that a link is over, turned into facts: at once, with reason and evidence.

Only `ReauthorizationRequired` (and a refused token that nothing can replace) comes here. A network that
fails, a limit, an outage say nothing about a link and change nothing.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from linkroll_sdk import AccessTokenRejected, InvalidReason, ReauthorizationRequired

from server.database import Transaction
from server.host import Host
from server.models import SocialAccount
from server.services.callers.lookup import lock_owner
from server.services.links.status import Status
from server.services.links.status_events import record_change, standing_of
from server.services.platforms.answers import plain_code

ACCOUNT_REASONS = frozenset(
    {InvalidReason.ROLE_LOST, InvalidReason.ACCOUNT_GONE, InvalidReason.PERMISSION_LOST}
)
"""What happens to one account; everything else happens to the person, and so to all of the grant's accounts."""

HEALABLE = frozenset({InvalidReason.ACTION_REQUIRED, InvalidReason.PERMISSION_LOST, InvalidReason.ROLE_LOST})
"""What can pass without a new consent: the person confirms a login, gets a role back. Probes go on."""

PROBE = "probe"

Refusal = ReauthorizationRequired | AccessTokenRejected

log = structlog.get_logger("linkroll.detection")


async def end_link(
    host: Host,
    account_id: int,
    grant_id: UUID,
    version: int,
    error: Refusal,
    asked_for: str,
    *,
    own_token: bool,
) -> None:
    """
    What a refusal means that came while *account_id* was asked about: the account's end, or the grant's.

    An account that was asked about with its *own token* ends alone: an Instagram account that became
    personal takes no Page along. What may be true of the person's others they are asked at once.
    """
    if own_token or error.reason in ACCOUNT_REASONS:
        evidence = evidence_of(host, error, asked_for)
        await host.database.again(lambda: _end_account(host, account_id, grant_id, error.reason, evidence))
    else:
        await end_grant(host, grant_id, version, error)


async def _end_account(
    host: Host, account_id: int, grant_id: UUID, reason: InvalidReason, evidence: dict[str, str]
) -> None:
    async with host.database.transaction() as transaction:
        ended = await invalidate(host, transaction, account_id, reason, evidence, grant_id=grant_id)
        if ended and reason not in ACCOUNT_REASONS:
            await _look_at_siblings(host, transaction, grant_id)


async def end_grant(
    host: Host, grant_id: UUID, version: int, error: Refusal, holder: UUID | None = None
) -> bool:
    """
    End every account of a grant; whether it was ended.

    Not when it is over or gone already, and not when it has other tokens by now than those that were
    refused, or may have them soon: written down (`refresh_journal`), or still being asked for by somebody
    else than *holder*. Where a refresh is why they were refused, it brings others.
    """
    return await host.database.again(lambda: _end_grant(host, grant_id, version, error, holder))


async def _end_grant(host: Host, grant_id: UUID, version: int, error: Refusal, holder: UUID | None) -> bool:
    async with host.database.transaction() as transaction:
        accounts = await transaction.fetch(
            "SELECT id FROM social_account WHERE grant_id = $1 ORDER BY profile_id, id", grant_id
        )
        for row in accounts:
            await lock_owner(transaction, "social_account", row["id"])
        ended = await transaction.fetchrow(
            "UPDATE oauth_grant SET dead_at = $3, refresh_holder = NULL, refresh_lease_until = NULL,"
            " refresh_started_version = NULL WHERE id = $1 AND version = $2 AND dead_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM refresh_journal WHERE grant_id = $1 AND from_version = $2)"
            " AND (refresh_holder IS NULL OR refresh_holder = $4 OR refresh_lease_until <= $5)"
            " RETURNING id",
            grant_id,
            version,
            None if error.reason in HEALABLE else host.now(),
            holder,
            host.now(),
        )
        if ended is None:
            return False
        evidence = evidence_of(host, error)
        for row in accounts:
            await invalidate(host, transaction, row["id"], error.reason, evidence, grant_id=grant_id)
        await _look_at_siblings(host, transaction, grant_id)
    return True


async def _look_at_siblings(host: Host, transaction: Transaction, grant_id: UUID) -> None:
    """What else the same person granted may be over as well: ask soon instead of tomorrow."""
    await transaction.execute(
        "UPDATE social_account a SET probe_at = LEAST(a.probe_at, $2) FROM oauth_grant g, oauth_grant mine"
        " WHERE mine.id = $1 AND (g.login, g.subject) = (mine.login, mine.subject) AND g.id = a.grant_id"
        " AND g.dead_at IS NULL AND a.invalidated_at IS NULL",
        grant_id,
        host.now(),
    )


async def invalidate(
    host: Host,
    transaction: Transaction,
    account_id: int,
    reason: InvalidReason,
    evidence: dict[str, str],
    *,
    grant_id: UUID | None = None,
) -> bool:
    """
    Mark one account as no longer linked and tell it; False when there was nothing to mark.

    A link that is over already only gets a *reason* that is for good in place of one that could have passed.
    With *grant_id* only while it hangs on that grant: a reconnect meanwhile has brought a new one.
    """
    await lock_owner(transaction, "social_account", account_id)
    account = await SocialAccount.filter(id=account_id).select_for_update().first()
    if account is None or grant_id not in (None, account.grant_id):
        return False
    before = standing_of(host, account)
    if not _is_news(account, before.status, reason):
        return False
    account.invalidated_at = host.now()
    account.invalid_reason = reason.value
    account.status_evidence = evidence
    account.updated_at = host.now()
    await account.save(update_fields=["invalidated_at", "invalid_reason", "status_evidence", "updated_at"])
    await record_change(host, transaction, account, before, standing_of(host, account))
    log.info("link over", platform=account.platform, account=account_id, reason=reason.value)
    return True


def _is_news(account: SocialAccount, status: Status, reason: InvalidReason) -> bool:
    if status is Status.INVALID:
        return account.invalid_reason in HEALABLE and reason not in HEALABLE
    return status is not Status.ADDED


async def heal(
    host: Host, transaction: Transaction, account_id: int, grant_id: UUID, *, scopes_told: bool
) -> bool:
    """
    Take back an end that passed by itself, and tell it; False when there is none to take back.

    Only what can pass (`HEALABLE`), and only on the platform's own word that the link works. A permission
    that was missed elsewhere is not back because a probe does without it: *scopes_told* must say so.
    """
    await lock_owner(transaction, "social_account", account_id)
    account = await SocialAccount.filter(id=account_id, grant_id=grant_id).select_for_update().first()
    if account is None or account.invalid_reason not in HEALABLE:
        return False
    by_probe = (account.status_evidence or {}).get("asked_for") == PROBE
    if account.invalid_reason == InvalidReason.PERMISSION_LOST and not (scopes_told or by_probe):
        return False
    before = standing_of(host, account)
    account.invalidated_at = account.invalid_reason = account.status_evidence = None
    account.updated_at = host.now()
    await account.save(update_fields=["invalidated_at", "invalid_reason", "status_evidence", "updated_at"])
    await record_change(host, transaction, account, before, standing_of(host, account))
    return True


def evidence_of(host: Host, error: Refusal, asked_for: str = "") -> dict[str, str]:
    """
    What the platform said, as it is kept: never a token, never its free text. *asked_for*: our own purpose.
    """
    return {
        "asked_for": asked_for,
        "operation": plain_code(error.operation),
        "platform_code": plain_code(error.platform_code),
        "at": host.now().isoformat(),
    }
