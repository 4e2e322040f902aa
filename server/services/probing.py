"""
Probes: the platform is asked now and then whether a link still works, so that its end is noticed within a day.

They are spread over the day by each account's own last probe. A link that ended for a reason that can pass
by itself is probed on, and heals when the platform says so.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from linkroll_sdk import (
    ClientConfig,
    Health,
    Http,
    LinkedAccount,
    LinkrollSdkError,
    PlatformUnavailable,
    RateLimited,
    ReauthorizationRequired,
    ScopeNotGranted,
)

from server.database import Transaction
from server.host import Host
from server.models import OAuthGrant, SocialAccount
from server.services.account_facts import refresh_facts
from server.services.answers import checked_health
from server.services.detection import HEALABLE, PROBE, heal
from server.services.fetched import storable_facts
from server.services.links import ALLOWED, Link, NoLink, open_link, use_link
from server.services.lookup import lock_owner
from server.services.refreshing import waiting_time
from server.services.status_events import record_change, standing_of

EVERY = timedelta(days=1)
CLAIM = timedelta(minutes=10)
"""How long a claimed probe may take before somebody else tries."""

log = structlog.get_logger("linkroll.probing")


async def plan_probes(host: Host) -> None:
    """Plan the first probe of links that have none planned, spread over a day, and drop what needs none."""
    now = host.now()
    await host.database.fetch(
        f"UPDATE social_account a SET probe_at = $1::timestamptz + random() * $2::interval"
        f" WHERE a.probe_at IS NULL AND {ALLOWED.format(now='$1')}"
        " AND (a.invalidated_at IS NULL OR a.invalid_reason = ANY($3::text[]))",
        now,
        EVERY,
        sorted(HEALABLE),
    )
    await host.database.fetch(
        f"UPDATE social_account a SET probe_at = NULL WHERE a.probe_at <= $1 AND NOT COALESCE("
        f"{ALLOWED.format(now='$1')} AND (a.invalidated_at IS NULL OR a.invalid_reason = ANY($2::text[])), false)",
        now,
        sorted(HEALABLE),
    )


async def claim_probes(host: Host, login: str, limit: int) -> list[int]:
    """Accounts of a login whose probe is due, for the caller to probe within `CLAIM`."""
    now = host.now()
    rows = await host.database.fetch(
        "UPDATE social_account SET probe_at = $3 WHERE id IN (SELECT a.id FROM social_account a"
        " JOIN oauth_grant g ON g.id = a.grant_id WHERE a.probe_at <= $1 AND g.login = $2 AND g.dead_at IS NULL"
        " ORDER BY a.probe_at LIMIT $4 FOR NO KEY UPDATE OF a SKIP LOCKED) RETURNING id",
        now,
        login,
        now + CLAIM,
        limit,
    )
    return [row["id"] for row in rows]


async def probe(host: Host, account_id: int) -> None:
    """Ask about one link now, settle what the platform says, and plan the next time."""
    try:
        link = await open_link(host, account_id, also_invalid=True)
        health = await use_link(
            host, account_id, PROBE, partial(_ask, link), by_login=True, also_invalid=True
        )
        await _settle(host, account_id, link, health)
    except (NoLink, ReauthorizationRequired, ScopeNotGranted):
        # Settled where it came up.
        await _plan(host, account_id, host.now() + EVERY)
    except (RateLimited, PlatformUnavailable) as error:
        await _put_off(host, account_id, getattr(error, "retry_after", None))
    except LinkrollSdkError as error:
        log.warning("probe failed", account=account_id, error=type(error).__name__)
        await _put_off(host, account_id, None)


async def _ask(link: Link, http: Http, client: ClientConfig, account: LinkedAccount) -> Health:
    """
    The login's word about a link; `ScopeNotGranted` also when it lists what was granted and something needed
    is not on the list.
    """
    health = await checked_health(link.login.probe(http, client, account))
    if health.scopes is not None:
        missing = link.login.needed_for(account.platform) - health.scopes
        if missing:
            raise ScopeNotGranted(missing, operation=PROBE)
    return health


async def _plan(host: Host, account_id: int, at: datetime) -> None:
    await host.database.fetch(
        "UPDATE social_account SET probe_at = $2, probe_failures = 0 WHERE id = $1", account_id, at
    )


async def _put_off(host: Host, account_id: int, retry_after: float | None) -> None:
    row = await host.database.fetchrow("SELECT probe_failures FROM social_account WHERE id = $1", account_id)
    if row is not None:
        await host.database.fetch(
            "UPDATE social_account SET probe_at = $2, probe_failures = probe_failures + 1 WHERE id = $1",
            account_id,
            host.now() + waiting_time(row["probe_failures"], retry_after),
        )


async def _settle(host: Host, account_id: int, link: Link, health: Health) -> None:
    """Keep what a good answer told: what was granted, until when, how the account presents itself."""
    await host.database.again(lambda: _keep(host, account_id, link, health))
    jitter = random.uniform(0.95, 1.05)  # noqa: S311  (spreads probes, guards nothing)
    await _plan(host, account_id, host.now() + EVERY * jitter)


async def _keep(host: Host, account_id: int, link: Link, health: Health) -> None:
    async with host.database.transaction() as transaction:
        await heal(host, transaction, account_id, link.grant_id, scopes_told=health.scopes is not None)
        await _keep_deadline(host, transaction, account_id, link.grant_id, health.person_expires_at)
        if health.scopes is not None:
            await OAuthGrant.filter(id=link.grant_id).update(scopes=sorted(health.scopes))
        account = await transaction.fetchrow(
            "UPDATE social_account SET checked_at = $2 WHERE id = $1 RETURNING id, platform, handle",
            account_id,
            host.now(),
        )
        if account is not None:
            await refresh_facts(host, transaction, account, storable_facts(health.facts))


async def _keep_deadline(
    host: Host, transaction: Transaction, account_id: int, grant_id: UUID, told: datetime | None
) -> None:
    """The platform's own end, where it tells another one than it did."""
    if told is None:
        return
    await lock_owner(transaction, "social_account", account_id)
    account = await SocialAccount.filter(id=account_id, grant_id=grant_id).select_for_update().first()
    if account is None or account.platform_expires_at == told:
        return
    before = standing_of(host, account)
    account.platform_expires_at = told
    await account.save(update_fields=["platform_expires_at"])
    await record_change(host, transaction, account, before, standing_of(host, account))
