"""
A login: the consent surface of a platform company, and everything that differs between them.

The server walks the flow (state, browser binding, attempts, storage); a login knows its addresses,
its scopes, its client quirks and how to read the answers. It keeps no state: one object serves all.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Mapping, Sequence
from datetime import timedelta

from linkroll_sdk.accounts import Health, LinkedAccount
from linkroll_sdk.budgets import Budget, Usage
from linkroll_sdk.callbacks import Callback
from linkroll_sdk.errors import ConsentDenied, ConsentFailed, PlatformError
from linkroll_sdk.grants import AuthorizeRequest, Candidate, ClientConfig, CodeExchange, Grant, TokenSet
from linkroll_sdk.http import Http, Operation, Response
from linkroll_sdk.pkce import Pkce
from linkroll_sdk.scopes import Scope


class Revocation(enum.StrEnum):
    """What ending a grant at the platform takes down."""

    NONE = "NONE"
    """The platform has no revoke call: the person removes the app in the platform's own settings."""
    TOKEN = "TOKEN"
    """Only this grant ends."""
    SUBJECT = "SUBJECT"
    """Everything the same person granted this app ends, so siblings die with it."""


class Login(abc.ABC):
    """
    How consent works at one platform company.

    Class attributes are the declaration that the server checks at load: *serves* the platforms whose
    accounts a grant can reach, *scopes* the catalogue of what may be asked for, *refused_scopes* what
    must never be (writes), *hosts* every host it talks to or sends the browser to, *operations* every
    request that is not a GET. *consent_days* is the platform's own limit where it is under linkroll's.

    *refreshes* says that `refresh` works. The server refreshes before an access token is used within
    *refresh_margin* of its end, and, where *keep_alive* is set, at the latest that long after the last
    time: tokens that die unused are kept alive. *budgets* are the buckets that requests are paid from,
    *callbacks* the addresses that the platform delivers to.
    """

    key: str
    name: str
    serves: frozenset[str]
    scopes: tuple[Scope, ...]
    refused_scopes: frozenset[str]
    hosts: frozenset[str]
    operations: tuple[Operation, ...] = ()
    pkce: Pkce = Pkce.NONE
    revocation: Revocation = Revocation.NONE
    consent_days: int | None = None
    why_no_pkce: str = ""
    """The reason, with its source, where a platform's flow has no PKCE. Shown in the docs."""
    refreshes: bool = False
    refresh_margin: timedelta = timedelta(minutes=5)
    keep_alive: timedelta | None = None
    budgets: tuple[Budget, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    issuer: str | None = None
    """
    The `iss` of each answer at the callback, exactly as the platform writes it (RFC 9207). Where it is set the
    server refuses an answer with another, or with none, before the code is sent anywhere. None: not looked at.
    """

    def scope_names(self) -> tuple[str, ...]:
        """What the consent asks for, in the catalogue's order."""
        return tuple(scope.name for scope in self.scopes)

    def needed_for(self, platform: str) -> frozenset[str]:
        """The scopes without which an account of *platform* cannot be linked."""
        return frozenset(s.name for s in self.scopes if platform in s.serves)

    @abc.abstractmethod
    def authorize_url(self, request: AuthorizeRequest) -> str:
        """The consent page's https address. Pure; `response_type=code`, nothing secret in it."""

    def read_callback(self, params: Mapping[str, str]) -> str:
        """
        The authorization code in the callback's query.

        Raises:
            ConsentDenied: `error=access_denied` (RFC 6749 4.1.2.1).
            ConsentFailed: any other error, or no code at all.
        """
        error = params.get("error", "")
        if error == "access_denied":
            raise ConsentDenied
        if error:
            raise ConsentFailed(error, params.get("error_description", ""))
        if not params.get("code"):
            raise ConsentFailed("missing_code", "The platform sent no code.")
        return params["code"]

    @abc.abstractmethod
    async def exchange(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> Grant:
        """
        Trade the code for a grant with the longest-lived tokens the platform gives.

        Raises `AuthorizationCodeRejected`, `ConfigurationRejected`, `RateLimited`,
        `PlatformUnavailable` or `UnexpectedAnswer`.
        """

    @abc.abstractmethod
    async def discover(self, http: Http, client: ClientConfig, grant: Grant) -> Sequence[Candidate]:
        """
        Every account the grant reaches, on every platform of `serves`, each usable or with its reason.

        An account that the person plainly has but cannot link belongs here too, as unusable: the
        reason is what the person needs to read. Empty only when there is nothing to say.
        """

    async def refresh(self, http: Http, client: ClientConfig, tokens: TokenSet) -> TokenSet:
        """
        New tokens without the person; the answer replaces *tokens* whole.

        Raises `ReauthorizationRequired` when the platform's word is definite; `RateLimited` also when it
        is too early to refresh (`retry_after` says how long).
        """
        raise NotRefreshable(f"{self.key} tokens cannot be refreshed by a machine")

    async def probe(self, http: Http, client: ClientConfig, account: LinkedAccount) -> Health:
        """
        Ask the platform whether a link still works, as cheaply as it can be asked.

        Raises `ReauthorizationRequired` or `AccessTokenRejected` when it does not.
        """
        raise NotImplementedError(f"{self.key} cannot be probed")

    def fingerprints(self, tokens: TokenSet) -> frozenset[str]:
        """
        Digests by which a callback may name these tokens later; empty where none does. Pure.

        Each at most 200 characters, and nothing that a token could be made of.
        """
        return frozenset()

    def usage(self, response: Response) -> Sequence[Usage]:
        """What an answer tells about the budgets; empty when nothing. Pure; never raises."""
        return ()

    async def revoke(self, http: Http, client: ClientConfig, tokens: TokenSet) -> None:
        """End the grant at the platform, as `revocation` says. Returns also when it was dead already."""
        raise NotRevocable(f"{self.key} has no revoke call")

    @abc.abstractmethod
    def classify(self, response: Response, operation: str) -> PlatformError | None:
        """The error that an answer means, or None for a good answer. Pure; never raises."""


class NotRefreshable(PlatformError):
    """The login has no refresh: check before calling."""


class NotRevocable(PlatformError):
    """The login has `Revocation.NONE`: check before calling."""
