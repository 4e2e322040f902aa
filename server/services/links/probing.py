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
    ConfigurationRejected,
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
from server.services.callers.lookup import lock_owner
from server.services.links.account_facts import refresh_facts
from server.services.links.detection import HEALABLE, PROBE, heal
from server.services.links.links import ALLOWED, Link, NoLink, open_link, use_link
from server.services.links.retry_times import TOO_FAR, waiting_time
from server.services.links.status_events import record_change, standing_of
from server.services.operator.operator_notices import note_app_refused
from server.services.platforms.answers import checked_health
from server.services.platforms.fetched import storable_facts
from server.vault import VaultError

EVERY = timedelta(days=1)
CLAIM = timedelta(minutes=10)
"""How long a claimed probe may take before somebody else tries."""
WANTED = f"{ALLOWED} AND (a.invalidated_at IS NULL OR a.invalid_reason = ANY({{healable}}::text[]))"
"""Which accounts are probed, as SQL over `a`: whose link lives, or ended for a reason that can pass."""
DUE = f"a.probe_at <= {{now}} AND g.dead_at IS NULL AND {WANTED}"
"""Which of them now, as SQL over `a` and its grant `g`."""

log = structlog.get_logger("linkroll.probing")


async def plan_probes(host: Host) -> None:
    """
    Plan the probes of links that have none planned, spread over a day, and drop what needs none. So is what a
    clock had planned that has been set back since. Nobody is waited for: who is busy is met in the next round.
    """
    now, wanted = host.now(), WANTED.format(now="$1", healable="$2")
    await host.database.fetch(
        "UPDATE social_account SET probe_at = $1::timestamptz + random() * $3::interval"
        " WHERE id IN (SELECT a.id FROM social_account a"
        f" WHERE a.grant_id IS NOT NULL AND (a.probe_at IS NULL OR a.probe_at > $4) AND {wanted}"
        " FOR NO KEY UPDATE SKIP LOCKED)",
        now,
        sorted(HEALABLE),
        EVERY,
        now + EVERY + TOO_FAR,
    )
    await host.database.fetch(
        "UPDATE social_account SET probe_at = NULL WHERE id IN (SELECT a.id FROM social_account a"
        f" WHERE a.probe_at <= $1 AND NOT COALESCE({wanted}, false) FOR NO KEY UPDATE SKIP LOCKED)",
        now,
        sorted(HEALABLE),
    )


async def plan_probe(host: Host, transaction: Transaction, account_id: int) -> None:
    """Plan the first probe of a link, in the transaction that made it: some time within a day."""
    await transaction.execute(
        "UPDATE social_account SET probe_at = $2::timestamptz + random() * $3::interval, probe_failures = 0"
        " WHERE id = $1",
        account_id,
        host.now(),
        EVERY,
    )


async def claim_probes(host: Host, login: str, limit: int) -> list[int]:
    """Accounts of a login whose probe is due, for the caller to probe within `CLAIM`."""
    now, due = host.now(), DUE.format(now="$1", healable="$2")
    rows = await host.database.fetch(
        "UPDATE social_account SET probe_at = $4 WHERE id IN (SELECT a.id FROM social_account a"
        f" JOIN oauth_grant g ON g.id = a.grant_id WHERE g.login = $3 AND {due}"
        " ORDER BY a.probe_at LIMIT $5 FOR NO KEY UPDATE OF a SKIP LOCKED) RETURNING id",
        now,
        sorted(HEALABLE),
        login,
        now + CLAIM,
        limit,
    )
    return [row["id"] for row in rows]


async def probe(host: Host, account_id: int) -> None:
    """Ask about one link now, settle what the platform says, and plan the next time."""
    begun = host.now()
    try:
        await _probe(host, account_id)
        jitter = random.uniform(0.95, 1.05)  # noqa: S311  (spreads probes, guards nothing)
        await _plan(host, account_id, begun, EVERY * jitter)
    except (NoLink, ReauthorizationRequired, ScopeNotGranted):
        # Settled where it came up.
        await _plan(host, account_id, begun, EVERY)
    except (RateLimited, PlatformUnavailable) as error:
        await _put_off(host, account_id, begun, getattr(error, "retry_after", None))
    except (LinkrollSdkError, VaultError) as error:
        log.warning("probe failed", account=account_id, error=type(error).__name__)
        await _put_off(host, account_id, begun, None)


async def _probe(host: Host, account_id: int) -> None:
    link = await open_link(host, account_id, also_invalid=True)
    ask = partial(_ask, link)
    try:
        health = await use_link(host, account_id, PROBE, ask, by_login=True, also_invalid=True)
    except ConfigurationRejected as error:
        await note_app_refused(host, link.login.key, error)
        raise
    await host.database.again(lambda: _keep(host, account_id, link, health))


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


async def _plan(host: Host, account_id: int, begun: datetime, wait: timedelta, failures: int = 0) -> None:
    """Plan the next probe, unless one was asked for since this one was *begun*: it may know less."""
    now = host.now()
    await host.database.fetch(
        "UPDATE social_account SET probe_at = $2, probe_failures = $5"
        " WHERE id = $1 AND NOT COALESCE(probe_at BETWEEN $3 AND $4, false)",
        account_id,
        now + wait,
        begun,
        now,
        failures,
    )


async def _put_off(host: Host, account_id: int, begun: datetime, retry_after: float | None) -> None:
    row = await host.database.fetchrow("SELECT probe_failures FROM social_account WHERE id = $1", account_id)
    if row is not None:
        failures = row["probe_failures"]
        await _plan(host, account_id, begun, waiting_time(failures, retry_after), failures + 1)


async def _keep(host: Host, account_id: int, link: Link, health: Health) -> None:
    """Keep what a good answer told: what was granted, until when, how the account presents itself."""
    async with host.database.transaction() as transaction:
        await heal(host, transaction, account_id, link.grant_id, scopes_told=health.scopes is not None)
        await _keep_deadline(host, transaction, account_id, link.grant_id, health.person_expires_at)
        if health.scopes is not None:
            await OAuthGrant.filter(id=link.grant_id).update(scopes=sorted(health.scopes))
        account = await transaction.fetchrow(
            # What was told about a link that has ended meanwhile is not ours to keep.
            "UPDATE social_account SET checked_at = $2 WHERE id = $1 AND grant_id = $3"
            " RETURNING id, platform, handle",
            account_id,
            host.now(),
            link.grant_id,
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
