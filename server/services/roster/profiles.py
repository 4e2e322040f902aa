"""Profiles and groups: create, update, remove, members."""

from __future__ import annotations

import asyncio
import enum
import unicodedata
from dataclasses import dataclass

from tortoise.exceptions import IntegrityError

from server.host import Host
from server.models import GroupMember, Profile, SocialAccount
from server.services.callers.api_keys import keys_changed
from server.services.callers.audit import made
from server.services.callers.lookup import get_profile
from server.services.callers.viewers import Viewer, require_change, require_roster_change
from server.services.connect.attempts import drop_attempts
from server.services.links.grants import revoke
from server.services.refusals import CannotGroup, ExternalIdTaken, InvalidInput
from server.services.roster.social_accounts import detach

MAX_NAME = 200


class ProfileKind(enum.StrEnum):
    """What a profile stands for."""

    INDIVIDUAL = "INDIVIDUAL"
    GROUP = "GROUP"


@dataclass(frozen=True, slots=True)
class Keep:
    """Stands for "leave this field as it is"."""


KEEP = Keep()


@dataclass(frozen=True, slots=True)
class RemovedProfile:
    """A profile that is gone, and how many accounts went with it."""

    profile_id: int
    accounts: int


def check_text(field: str, text: str) -> str:
    """*text* as it may be stored: trimmed, composed, one line, 1 to 200 characters."""
    if len(text) > MAX_NAME * 4:
        raise InvalidInput(field=field, problem=f"longer than {MAX_NAME} characters.")
    cleaned = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in cleaned):
        raise InvalidInput(field=field, problem="holds control characters.")
    if not cleaned:
        raise InvalidInput(field=field, problem="is empty.")
    if len(cleaned) > MAX_NAME:
        raise InvalidInput(field=field, problem=f"longer than {MAX_NAME} characters.")
    return cleaned


async def create_profile(
    host: Host, viewer: Viewer, kind: ProfileKind, display_name: str, external_id: str | None = None
) -> int:
    """A new profile's id. Refuses a malformed name and an external id that another profile carries."""
    require_roster_change(viewer)
    now, name = host.now(), check_text("displayName", display_name)
    external_id = check_text("externalId", external_id) if external_id is not None else None
    async with host.database.transaction() as transaction:
        try:
            async with transaction.savepoint():
                profile = await Profile.create(
                    kind=kind.value,
                    display_name=name,
                    external_id=external_id,
                    created_at=now,
                    updated_at=now,
                )
        except IntegrityError:
            raise await _taken(external_id) from None
        made("Profile", profile.id)
    return profile.id


async def update_profile(
    host: Host,
    viewer: Viewer,
    profile_id: int,
    display_name: str | Keep = KEEP,
    external_id: str | Keep | None = KEEP,
) -> None:
    """Change the fields that are given. `external_id=None` clears it."""
    require_change(viewer)
    async with host.database.transaction() as transaction:
        profile = await get_profile(transaction, viewer, profile_id)
        if not isinstance(display_name, Keep):
            profile.display_name = check_text("displayName", display_name)
        if not isinstance(external_id, Keep):
            # The external id ties the profile to the agency's other systems: not the creator's to change.
            require_roster_change(viewer)
            profile.external_id = check_text("externalId", external_id) if external_id is not None else None
        profile.updated_at = host.now()
        try:
            async with transaction.savepoint():
                await profile.save()
        except IntegrityError:
            raise await _taken(profile.external_id) from None


async def _taken(external_id: str | None) -> ExternalIdTaken:
    other = await Profile.get(external_id=external_id)
    return ExternalIdTaken(external_id=external_id or "", profile_id=other.id)


async def remove_profile(host: Host, viewer: Viewer, profile_id: int) -> RemovedProfile:
    """
    Remove a profile with its accounts, their tokens and its merged ids.

    Grants are revoked at the platforms afterwards, where that is possible; a failure there changes nothing here.
    """
    require_roster_change(viewer)
    async with host.database.transaction() as transaction:
        profile = await get_profile(transaction, viewer, profile_id)
        accounts = await SocialAccount.filter(profile_id=profile.id).select_for_update().order_by("id")
        await drop_attempts(transaction, profile_id=profile.id)
        severed = [await detach(host, transaction, account) for account in accounts]
        await profile.delete()
        await keys_changed(transaction)
    await asyncio.gather(*(revoke(host, one) for one in severed))
    return RemovedProfile(profile.id, len(accounts))


async def add_group_member(host: Host, viewer: Viewer, group_id: int, member_id: int) -> None:
    """Make an individual a member of a group. A member already is no error."""
    require_roster_change(viewer)
    async with host.database.transaction() as transaction:
        group = await get_profile(transaction, viewer, group_id)
        member = await get_profile(transaction, viewer, member_id)
        if group.kind != ProfileKind.GROUP:
            raise CannotGroup(reason="Only a GROUP profile has members.")
        if member.kind != ProfileKind.INDIVIDUAL:
            raise CannotGroup(reason="Only an INDIVIDUAL profile can be a member.")
        await GroupMember.get_or_create(
            group_id=group.id, member_id=member.id, defaults={"created_at": host.now()}
        )


async def remove_group_member(host: Host, viewer: Viewer, group_id: int, member_id: int) -> None:
    """End a membership. None there is no error."""
    require_roster_change(viewer)
    async with host.database.transaction() as transaction:
        group = await get_profile(transaction, viewer, group_id)
        member = await get_profile(transaction, viewer, member_id)
        await GroupMember.filter(group_id=group.id, member_id=member.id).delete()
