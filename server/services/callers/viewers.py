"""Who is asking, and what they may see and change."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class Role(enum.StrEnum):
    """What a key's holder is to the roster."""

    ADMIN = "admin"
    MANAGER = "manager"
    OBSERVER = "observer"
    CREATOR = "creator"


class Scope(enum.StrEnum):
    """What of its role's rights a key may use."""

    FULL = "full"
    """All of them."""
    CONNECT = "connect"
    """Reading, and walking people through consents: for a page that creators open."""
    READ = "read"
    """Reading only: for a dashboard, or a job that exports."""


CONNECTING = frozenset({"connectSocialAccount", "chooseAccounts", "cancelConnect"})
"""The mutations that a `CONNECT` key may send."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """
    The caller behind a request. *profile_id* is set for creators only, and binds them to it.

    *key_id* names an API key, or the subject of an identity provider's token (`jwt_…`).
    """

    key_id: str
    name: str
    role: Role
    profile_id: int | None = None
    scope: Scope = Scope.FULL
    expires_at: datetime | None = None

    @property
    def has_token(self) -> bool:
        """Whether it is an identity provider's token that vouches for the caller, and no key."""
        return self.key_id.startswith("jwt_")

    @property
    def sees_roster(self) -> bool:
        """Whether every profile is visible."""
        return self.role is not Role.CREATOR

    @property
    def changes_roster(self) -> bool:
        """Whether profiles may be created, removed, grouped and merged."""
        return self.role in (Role.ADMIN, Role.MANAGER)

    def sees(self, profile_id: int) -> bool:
        """Whether this profile is visible."""
        return self.sees_roster or profile_id == self.profile_id

    def changes(self, profile_id: int) -> bool:
        """Whether this profile and its accounts may be changed."""
        return self.changes_roster or (self.role is Role.CREATOR and profile_id == self.profile_id)

    def is_live(self, now: datetime) -> bool:
        """Whether the credential's time has not run out."""
        return self.expires_at is None or now < self.expires_at


class Forbidden(Exception):
    """The viewer's role does not allow this at all. A wrong id is a refusal, not this."""

    def __init__(self, needed: str) -> None:
        super().__init__(needed)
        self.needed = needed


def require_scope(viewer: Viewer, mutation: str) -> None:
    """Raise `Forbidden` unless the caller's scope allows the mutation of this name."""
    if viewer.scope is Scope.READ:
        raise Forbidden("a key that may do more than read")
    if viewer.scope is Scope.CONNECT and mutation not in CONNECTING:
        raise Forbidden("a key that may do more than connect")


def require_roster_change(viewer: Viewer) -> None:
    """Raise `Forbidden` unless the viewer may change the roster."""
    if not viewer.changes_roster:
        raise Forbidden("an admin or manager key")


def require_change(viewer: Viewer) -> None:
    """Raise `Forbidden` for those who may change nothing."""
    if viewer.role is Role.OBSERVER:
        raise Forbidden("an admin, manager or creator key")
