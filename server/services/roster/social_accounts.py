"""Social accounts: add, unlink, remove, and find the holder."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from linkroll_sdk import ProfileRef
from tortoise.exceptions import IntegrityError

from server.database import Transaction
from server.host import Host
from server.models import SocialAccount
from server.services.callers.audit import made
from server.services.callers.lookup import get_account, get_profile
from server.services.callers.viewers import Viewer, require_change
from server.services.connect.attempts import drop_attempts
from server.services.links.grants import RevocationOutcome, Severed, revoke, sever
from server.services.links.status import StatusReason
from server.services.links.status_events import record_change, standing_of
from server.services.platforms.addresses import Located, locate
from server.services.polling.retention import forget_later
from server.services.refusals import AccountAlreadyAttached, AccountNotLinked

MAX_LOOKS = 20
"""How often an add looks again when somebody else is always quicker, to add the account and to remove it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a link that was ended."""

    account_id: int
    revocation: RevocationOutcome


async def add_account(
    host: Host, viewer: Viewer, profile_id: int, text: str, platform: str | None = None
) -> int:
    """
    Attach the account that *text* names to a profile, not authenticated; its id.

    The database decides who comes first: of any number of adds at once, one succeeds and the others get
    `AccountAlreadyAttached`.
    """
    require_change(viewer)
    located = await locate(host, text, platform)
    for _ in range(MAX_LOOKS):
        # Somebody else may be first between the look and the insert: then all is undone, and we look again.
        with contextlib.suppress(IntegrityError):
            return await _add(host, viewer, profile_id, located)
    raise RuntimeError(f"{located.url} can neither be added nor found")


async def _add(host: Host, viewer: Viewer, profile_id: int, located: Located) -> int:
    async with host.database.transaction() as transaction:
        # Shared, so that adds run side by side, and a merge or removal of the profile takes its turn.
        profile = await get_profile(transaction, viewer, profile_id, lock="SHARE")
        holder = await find_holder(transaction, located.platform.key, located.ref)
        if holder is not None:
            raise AccountAlreadyAttached(url=located.url, account_id=holder.id, profile_id=holder.profile_id)
        account = await _insert(host, profile.id, located)
        await record_change(host, transaction, account, None, standing_of(host, account))
        made("SocialAccount", account.id)
        return account.id


async def _insert(host: Host, profile_id: int, located: Located) -> SocialAccount:
    now = host.now()
    return await SocialAccount.create(
        profile_id=profile_id,
        platform=located.platform.key,
        platform_id=located.ref.platform_id,
        handle=located.ref.handle,
        handle_key=located.ref.handle_key,
        url=located.url,
        created_at=now,
        updated_at=now,
    )


async def find_holder(transaction: Transaction, platform: str, ref: ProfileRef) -> SocialAccount | None:
    """
    The account that already stands for *ref*: by stable id first, by handle otherwise.

    Under READ COMMITTED each statement sees what others committed meanwhile, so this is right after a
    unique violation too.
    """
    if ref.platform_id is not None:
        account = await SocialAccount.get_or_none(platform=platform, platform_id=ref.platform_id)
        if account is not None:
            return account
    if ref.handle_key is None:
        return None
    account = await SocialAccount.get_or_none(platform=platform, handle_key=ref.handle_key)
    # A handle that stands at another stable id is somebody else's: handles change hands, ids do not.
    if account is not None and None not in (ref.platform_id, account.platform_id):
        return None
    return account


async def unlink_account(host: Host, viewer: Viewer, account_id: int) -> Ended:
    """End the authentication and keep the account. Tokens are forgotten here before the platform is asked."""
    require_change(viewer)
    async with host.database.transaction() as transaction:
        account = await get_account(transaction, viewer, account_id)
        before = standing_of(host, account)
        if account.grant_id is None:
            raise AccountNotLinked()
        severed = await sever(host, transaction, account)
        account.invalidated_at = host.now()
        account.invalid_reason = StatusReason.UNLINKED.value
        account.status_evidence = {"operation": "unlinkSocialAccount", "by": viewer.key_id}
        account.updated_at = host.now()
        await account.save()
        await record_change(host, transaction, account, before, standing_of(host, account))
    return Ended(account_id, await revoke(host, severed))


async def remove_account(host: Host, viewer: Viewer, account_id: int) -> tuple[Ended, int]:
    """Take the account off its profile, with its tokens; what became of its link, and the profile's id."""
    require_change(viewer)
    async with host.database.transaction() as transaction:
        account = await get_account(transaction, viewer, account_id)
        severed = await detach(host, transaction, account)
    return Ended(account_id, await revoke(host, severed)), account.profile_id


async def detach(host: Host, transaction: Transaction, account: SocialAccount) -> Severed | None:
    """Delete the account with its tokens and tell it; the grant that was on it, to be revoked."""
    before = standing_of(host, account)
    # Before severing: a consent that waits for this very account is no sibling that its grant must be kept for.
    await drop_attempts(transaction, account_id=account.id)
    severed = await sever(host, transaction, account)
    await record_change(host, transaction, account, before, None)
    await forget_later(host, transaction, account.id)
    await account.delete()
    return severed
