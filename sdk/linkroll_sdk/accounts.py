"""A linked account as a plugin gets it to work with, and what it finds out about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """
    One account with the tokens to read it. The server has refreshed them where they were due.

    *access_token* is the account's own (a Page token) where it has one, else the grant's;
    *grant_access_token* is always the grant's. *scopes* are those the person granted at *login*.
    """

    platform: str
    platform_id: str
    login: str
    subject: str
    scopes: frozenset[str]
    access_token: str = field(repr=False)
    grant_access_token: str = field(repr=False)
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """How an account presents itself now. None means the answer did not tell, and changes nothing."""

    handle: str | None = None
    display_name: str | None = None
    avatar_url: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """
    What a probe of a living link found.

    *scopes* are those that hold now, None when the platform does not tell; the server compares them
    with what the platform's accounts need. *person_expires_at* is the platform's own end as told now.
    """

    scopes: frozenset[str] | None = None
    person_expires_at: datetime | None = None
    facts: AccountFacts | None = None
