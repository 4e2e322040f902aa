"""
Rows by id, locked, under the viewer's rights: somebody else's and nobody's look the same.

Everybody locks from the profile down: profile, attempt, account. With any other order a merge or a removal
(profile, accounts, attempts) and a consent (attempt, accounts) could each wait for the other.
"""

from __future__ import annotations

import contextlib
from uuid import UUID

from server.database import Transaction
from server.ids import global_id
from server.models import Profile, SocialAccount
from server.services.callers.viewers import Viewer
from server.services.refusals import ProfileNotFound, SocialAccountNotFound


class _Moved(Exception):
    """A merge came first. The lock that we waited for is let go with its savepoint, and we look again."""


async def get_profile(
    transaction: Transaction, viewer: Viewer, profile_id: int, *, lock: str = "UPDATE"
) -> Profile:
    """The profile, or the one it was merged into, locked; `ProfileNotFound` otherwise."""
    while True:
        with contextlib.suppress(_Moved):
            async with transaction.savepoint():
                return await _lock_profile(transaction, viewer, profile_id, lock)


async def _lock_profile(transaction: Transaction, viewer: Viewer, profile_id: int, lock: str) -> Profile:
    row = await transaction.fetchrow(
        "SELECT p.id FROM profile p JOIN profile asked ON p.id = COALESCE(asked.merged_into_id, asked.id)"
        f" WHERE asked.id = $1 FOR {lock} OF p",
        profile_id,
    )
    if row is None or not viewer.sees(row["id"]):
        raise ProfileNotFound(id=global_id("Profile", profile_id))
    profile = await Profile.get(id=row["id"])
    if profile.merged_into_id is not None:
        raise _Moved
    return profile


async def lock_owner(transaction: Transaction, table: str, row_id: int | UUID) -> None:
    """Lock the profile that a row of *table* hangs on, before the row itself is locked."""
    while True:
        with contextlib.suppress(_Moved):
            async with transaction.savepoint():
                return await _lock_owner(transaction, table, row_id)


async def _lock_owner(transaction: Transaction, table: str, row_id: int | UUID) -> None:
    locked = await transaction.fetchrow(
        f"SELECT p.id FROM profile p JOIN {table} r ON r.profile_id = p.id WHERE r.id = $1"
        " FOR NO KEY UPDATE OF p",
        row_id,
    )
    now = await transaction.fetchrow(f"SELECT profile_id FROM {table} WHERE id = $1", row_id)
    if now is not None and (locked is None or locked["id"] != now["profile_id"]):
        raise _Moved


async def get_account(transaction: Transaction, viewer: Viewer, account_id: int) -> SocialAccount:
    """The account, locked behind its profile; `SocialAccountNotFound` otherwise."""
    await lock_owner(transaction, "social_account", account_id)
    row = await transaction.fetchrow(
        "SELECT id, profile_id FROM social_account WHERE id = $1 FOR UPDATE", account_id
    )
    if row is None or not viewer.sees(row["profile_id"]):
        raise SocialAccountNotFound(id=global_id("SocialAccount", account_id))
    return await SocialAccount.get(id=account_id)
