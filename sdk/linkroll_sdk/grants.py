"""What a consent yields: tokens, the scopes that came with them, and the accounts they reach."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """The operator's app at a login. *options* are the plugin's own settings, such as an API version."""

    client_id: str
    client_secret: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """
    What goes into an authorize URL.

    *code_challenge* is None where the login has no PKCE. *reconnect* is true when the account was
    authenticated before; a login may then ask its platform to renew rather than skip the page.
    """

    client: ClientConfig
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    code_challenge: str | None = None
    reconnect: bool = False


@dataclass(frozen=True, slots=True)
class CodeExchange:
    """What a code is exchanged with. *redirect_uri* is byte-identical to the authorize request's."""

    code: str = field(repr=False)
    redirect_uri: str = ""
    code_verifier: str | None = field(default=None, repr=False)
    requested_scopes: frozenset[str] = frozenset()
    callback_params: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class TokenSet:
    """
    The tokens of one grant; times are aware UTC.

    `access_expires_at` is no deadline for the person when a refresh can move it.
    An empty string never replaces a token: use None for "there is none". *scopes* are those that the
    answer named, None where it named none.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    access_expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """
    What a person allowed.

    *subject* is the platform's stable id of the person at this login (Google `sub`, Facebook user
    id, TikTok `open_id`); grants of one subject are siblings. *scopes* are those really granted, in
    canonical spelling. *person_expires_at* is the platform's own end that only the person can move.
    """

    subject: str
    tokens: TokenSet
    scopes: frozenset[str]
    person_expires_at: datetime | None = None


class Unusable(enum.StrEnum):
    """Why a grant reaches an account that still cannot be linked. Each has a hint for the person."""

    PERSONAL_ACCOUNT = "PERSONAL_ACCOUNT"
    NO_PAGE = "NO_PAGE"
    NOT_TICKED = "NOT_TICKED"
    SCOPE_DECLINED = "SCOPE_DECLINED"
    ROLE_MISSING = "ROLE_MISSING"
    NO_CHANNEL = "NO_CHANNEL"
    NOT_ACCESSIBLE = "NOT_ACCESSIBLE"


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    One account that a grant turned out to reach, offered for choosing.

    *platform_id* is the stable id; an unusable candidate may have none (a Google account without a
    channel). *pair* is equal for a Facebook Page and its Instagram account. *access_token* is the
    account's own token where the platform gives one (a Page token), else None.
    *followers* is None when the platform hides or does not tell it, never 0 for "unknown".
    """

    platform: str
    platform_id: str | None
    handle: str | None = None
    display_name: str = ""
    avatar_url: str | None = None
    followers: int | None = None
    unusable: Unusable | None = None
    hint: str = ""
    missing_scopes: frozenset[str] = frozenset()
    pair: str | None = None
    access_token: str | None = field(default=None, repr=False)

    @property
    def is_usable(self) -> bool:
        """Whether this candidate can be linked."""
        return self.unusable is None and self.platform_id is not None
