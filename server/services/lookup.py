"""Rows by id, locked, under the viewer's rights: somebody else's and nobody's look the same."""

from __future__ import annotations

from server.database import Transaction
from server.ids import global_id
from server.models import Profile, SocialAccount
from server.services.refusals import ProfileNotFound, SocialAccountNotFound
from server.services.viewers import Viewer


async def get_profile(
    transaction: Transaction, viewer: Viewer, profile_id: int, *, lock: str = "UPDATE"
) -> Profile:
    """The profile, or the one it was merged into, locked; `ProfileNotFound` otherwise."""
    row = await transaction.fetchrow(
        "SELECT p.id FROM profile p JOIN profile asked ON p.id = COALESCE(asked.merged_into_id, asked.id)"
        f" WHERE asked.id = $1 FOR {lock} OF p",
        profile_id,
    )
    if row is None or not viewer.sees(row["id"]):
        raise ProfileNotFound(id=global_id("Profile", profile_id))
    profile = await Profile.get(id=row["id"])
    if profile.merged_into_id is not None:
        # It was merged while we waited for the lock: go on with the survivor.
        return await get_profile(transaction, viewer, profile_id, lock=lock)
    return profile


async def get_account(transaction: Transaction, viewer: Viewer, account_id: int) -> SocialAccount:
    """The account, locked; `SocialAccountNotFound` otherwise."""
    row = await transaction.fetchrow(
        "SELECT id, profile_id FROM social_account WHERE id = $1 FOR UPDATE", account_id
    )
    if row is None or not viewer.sees(row["profile_id"]):
        raise SocialAccountNotFound(id=global_id("SocialAccount", account_id))
    return await SocialAccount.get(id=account_id)
