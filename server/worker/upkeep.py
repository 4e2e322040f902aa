"""What keeps links alive, for one login at a time: refreshes ahead of time, and probes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog
from linkroll_sdk import LinkrollSdkError

from server.host import Host
from server.services.links.probing import claim_probes, probe
from server.services.links.refreshing import GrantGone, due_grants, renew
from server.services.platforms.logins import unavailable_reason
from server.telemetry.metrics import REFRESHES
from server.vault import VaultError
from server.worker.rounds import in_rounds

log = structlog.get_logger("linkroll.worker")


async def refresh_due(host: Host, login: str) -> None:
    """Refresh the grants of *login* that are due. One that fails has been put off by its own row."""
    if unavailable_reason(host, host.platforms.logins[login]) is not None:
        return
    tried: set[UUID] = set()

    async def claim(limit: int) -> Sequence[UUID]:
        due = [g for g in await due_grants(host, login, limit + len(tried)) if g not in tried]
        tried.update(due)
        return due

    async def refresh(grant_id: UUID) -> None:
        try:
            await renew(host, grant_id)
        except (LinkrollSdkError, GrantGone) as error:
            # Settled where it happened: put off, or ended with its reason.
            REFRESHES.labels(login, type(error).__name__).inc()
        except VaultError as error:
            REFRESHES.labels(login, type(error).__name__).inc()
            log.error("tokens cannot be opened", login=login, grant=str(grant_id))
        else:
            REFRESHES.labels(login, "done").inc()

    await in_rounds(claim, refresh)


async def probe_due(host: Host, login: str) -> None:
    """Probe the links of *login* that are due."""

    async def claim(limit: int) -> Sequence[int]:
        return await claim_probes(host, login, limit)

    async def ask(account_id: int) -> None:
        await probe(host, account_id)

    await in_rounds(claim, ask)
