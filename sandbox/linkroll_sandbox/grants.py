"""
What people allowed at the stand-ins: grants, the codes on the way to them, and their tokens.

A token is never removed, only ended with its reason: the platforms tell a changed password from a
removed app, and so must the sandbox.
"""

import secrets
from dataclasses import dataclass, field
from typing import Literal

EndReason = Literal[
    "app_removed",
    "password_changed",
    "checkpoint",
    "blocking_checkpoint",
    "unconfirmed",
    "logged_out",
    "role_lost",
    "page_gone",
    "account_closed",
    "revoked",
    "rotated",
    "idle",
    "crowded_out",
    "expired",
]


@dataclass
class Grant:
    """One person's consent to one app, acting as one account (`subject`)."""

    id: str
    login: str
    person: str
    subject: str
    consented_at: float
    scopes: list[str] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    #: Assets ticked at Facebook: None means all, present and future.
    pages: list[str] | None = None
    instagram: list[str] | None = None
    data_access_expires_at: float | None = None
    ended: str | None = None


@dataclass
class Code:
    """An authorization code: good once, for a short while, for one redirect address."""

    value: str
    login: str
    grant_id: str
    redirect_uri: str
    expires_at: float
    challenge: str = ""
    challenge_method: str = ""
    nonce: str = ""
    wants_refresh: bool = False
    used: bool = False


@dataclass
class Token:
    """A token of any kind. `kind` is the platform's word for what it is good for."""

    value: str
    login: str
    kind: str
    grant_id: str
    issued_at: float
    expires_at: float | None = None
    page_id: str = ""
    last_used_at: float = 0.0
    ended: str | None = None


@dataclass
class Ledger:
    """Every grant, code and token of the sandbox."""

    grants: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)

    def live_grants(self, login: str, person: str) -> list[Grant]:
        """What *person* currently allows at *login*, oldest first."""
        return [
            grant
            for grant in self.grants.values()
            if grant.login == login and grant.person == person and grant.ended is None
        ]

    def live_grant(self, login: str, person: str, subject: str) -> Grant | None:
        """The newest live grant of *person* for one account."""
        matching = [one for one in self.live_grants(login, person) if one.subject == subject]
        return matching[-1] if matching else None

    def open_grant(self, login: str, person: str, subject: str, now: float) -> Grant:
        """A new grant, not yet with any scope."""
        grant = Grant(secrets.token_hex(8), login, person, subject, consented_at=now)
        self.grants[grant.id] = grant
        return grant

    def add_code(self, code: Code) -> Code:
        """Remember *code*, so that it can be asked for once."""
        self.codes[code.value] = code
        return code

    def add_token(self, token: Token) -> Token:
        """Remember *token*."""
        self.tokens[token.value] = token
        return token

    def token(self, value: str, login: str) -> Token | None:
        """The token with this text if *login* issued it."""
        token = self.tokens.get(value)
        return token if token and token.login == login else None

    def grant_of(self, token: Token) -> Grant:
        """The grant behind *token*."""
        return self.grants[token.grant_id]

    def why_dead(self, token: Token, now: float) -> str | None:
        """Why *token* no longer works, or None while it does."""
        ended = token.ended or self.grant_of(token).ended
        if ended:
            return ended
        return "expired" if token.expires_at is not None and token.expires_at <= now else None

    def tokens_of(self, grant: Grant) -> list[Token]:
        """Every token that came from *grant*, dead ones too."""
        return [token for token in self.tokens.values() if token.grant_id == grant.id]

    def end_grant(self, grant: Grant, reason: EndReason) -> None:
        """End *grant*, and with it every token that came from it."""
        grant.ended = grant.ended or reason

    def end_tokens(self, grant: Grant, reason: EndReason, page_id: str | None = None) -> None:
        """End the tokens of *grant* (or those of one Page) while the consent itself stands."""
        for token in self.tokens_of(grant):
            if page_id is None or token.page_id == page_id:
                token.ended = token.ended or reason
