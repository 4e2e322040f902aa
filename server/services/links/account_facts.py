"""How an account presents itself now, as a fetch found it."""

from __future__ import annotations

import asyncpg
import structlog
from linkroll_sdk import AccountFacts, Platform, ProfileRef

from server.database import Record, Transaction
from server.host import Host
from server.services.platforms.grammars import parsed_handle, profile_url

log = structlog.get_logger("linkroll.metrics")


async def refresh_facts(
    host: Host, transaction: Transaction, account: Record, facts: AccountFacts | None
) -> None:
    """Bring the account's row up to date; what was not told stays as it is. *facts* can be stored."""
    if facts is None:
        return
    await transaction.execute(
        "UPDATE social_account SET display_name = COALESCE($2, display_name),"
        " avatar_url = COALESCE($3, avatar_url), followers = COALESCE($4, followers) WHERE id = $1",
        account["id"],
        facts.display_name,
        facts.avatar_url,
        facts.followers,
    )
    if facts.handle is not None and facts.handle != account["handle"]:
        await _rename(host, transaction, account, facts.handle)


async def _rename(host: Host, transaction: Transaction, account: Record, handle: str) -> None:
    """The account's new handle. One that stands at another account stays there until that is sorted out."""
    ref = _ref(host.platforms.by_key[account["platform"]], handle)
    if ref is None:
        return
    url = profile_url(host.platforms.by_key[account["platform"]], ref)
    try:
        async with transaction.savepoint():
            await transaction.execute(
                "UPDATE social_account SET handle = $2, handle_key = $3, url = COALESCE($4, url),"
                " updated_at = $5 WHERE id = $1",
                account["id"],
                handle,
                ref.handle_key,
                url,
                host.now(),
            )
    except asyncpg.UniqueViolationError:
        log.info("handle stands at another account", account=account["id"], platform=account["platform"])


def _ref(platform: Platform, handle: str) -> ProfileRef | None:
    """What the platform makes of a handle of its own; None where it makes nothing of it."""
    read = parsed_handle(platform, handle)
    return read if isinstance(read, ProfileRef) and read.handle_key else None
