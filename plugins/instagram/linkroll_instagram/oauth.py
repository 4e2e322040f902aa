"""
Instagram Login: consent for one professional account, without a Facebook Page.

Two ids travel here and must not be mixed up. The *app-scoped* id is the grant's subject: the token answer
calls it `user_id`, `/me` calls it `id`, and the deauthorize and data-deletion callbacks name it, so it is
what must be found again (meta sheet 7, confirmed). The *professional account* id, `/me`'s `user_id`, is the
account's: Facebook Login shows the same one (meta sheet 3, confirmed).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from linkroll_meta.usage import usage
from linkroll_sdk import (
    AuthorizeRequest,
    Candidate,
    ClientConfig,
    CodeExchange,
    Grant,
    Health,
    Http,
    LinkedAccount,
    Login,
    OAuth2,
    Operation,
    Pkce,
    PlatformError,
    Purpose,
    RateLimited,
    Request,
    Response,
    Revocation,
    Scope,
    TokenSet,
    UnexpectedAnswer,
    Usage,
    expires_at,
    missing_scopes,
    text,
)

from linkroll_instagram import budgets, errors
from linkroll_instagram.accounts import INSTAGRAM, discover, probe
from linkroll_instagram.callbacks import DATA_DELETION, DEAUTHORIZE

CONSENT_HOST = "www.instagram.com"
CODE_HOST = "api.instagram.com"
GRAPH_HOST = "graph.instagram.com"

# The smallest set that reads a profile and its insights (meta sheet 2, confirmed). Wordings recalled.
SCOPES = (
    Scope(
        "instagram_business_basic",
        "Reads the profile and the media of the account, and lets linkroll renew its token.",
        "View profile and access media",
        serves=frozenset({INSTAGRAM}),
    ),
    Scope(
        "instagram_business_manage_insights",
        "Reads views, reach and engagement of an account the person manages, hence the name.",
        "Access insights",
        serves=frozenset({INSTAGRAM}),
    ),
)

# All that write (meta sheet 2, confirmed), and the names they had until 2025-01-27 (meta sheet 3).
REFUSED_SCOPES = frozenset(
    {
        "business_content_publish",
        "business_manage_comments",
        "business_manage_messages",
        "instagram_business_content_publish",
        "instagram_business_manage_comments",
        "instagram_business_manage_messages",
    }
)

LIFETIME = timedelta(days=60)
MINIMUM_AGE = timedelta(hours=25)
"""A token younger than 24 hours cannot be refreshed (meta sheet 3, confirmed). One more hour because its
age is reckoned from its end, and Instagram gives it some seconds less than 60 days."""


class InstagramLogin(Login):
    """Business Login for Instagram, with the app's own Instagram App ID and secret."""

    key = "instagram"
    name = "Instagram"
    serves = frozenset({INSTAGRAM})
    scopes = SCOPES
    refused_scopes = REFUSED_SCOPES
    hosts = frozenset({CONSENT_HOST, CODE_HOST, GRAPH_HOST})
    operations = (Operation("POST", CODE_HOST, "/oauth/access_token", Purpose.TOKEN),)
    pkce = Pkce.NONE
    why_no_pkce = (
        "Instagram Login documents no PKCE parameter; its client is confidential and sends a secret "
        "(meta sheet 3, inference)."
    )
    # No revoke call is documented and DELETE /me/permissions is Facebook's (meta sheet 3, inference): the
    # grant is forgotten here, and only the person can remove the app, in Instagram's settings.
    revocation = Revocation.NONE
    # A token lives 60 days from its last refresh and dies unused (meta sheet 3, confirmed): half of that leaves
    # a month for whatever keeps linkroll from refreshing.
    refreshes = True
    refresh_margin = timedelta(days=7)
    keep_alive = timedelta(days=30)
    budgets = budgets.BUDGETS
    callbacks = (DEAUTHORIZE, DATA_DELETION)

    def authorize_url(self, request: AuthorizeRequest) -> str:
        """
        The consent page's address.

        A reconnect asks for the password again (`force_reauth`, meta sheet 3, confirmed): otherwise
        whoever is signed in on a shared phone reconnects as themselves without seeing a page.
        """
        params = {
            "client_id": request.client.client_id,
            "redirect_uri": request.redirect_uri,
            "response_type": "code",
            "scope": ",".join(request.scopes),
            "state": request.state,
        }
        if request.reconnect:
            params["force_reauth"] = "true"
        return f"https://{CONSENT_HOST}/oauth/authorize?{urlencode(params)}"

    def read_callback(self, params: Mapping[str, str]) -> str:
        """The code without the `#_` that Instagram hangs on it (meta sheet 3, confirmed)."""
        return super().read_callback(params).removesuffix("#_")

    async def exchange(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> Grant:
        """
        Trade the code for a grant with a token of 60 days.

        `person_expires_at` is None: a machine can renew the token for ever, so linkroll's own limit is the
        only one. Errors are those of `Login.exchange`.
        """
        short = await self._short_lived(http, client, exchange)
        long = await self._ask(
            http,
            "exchange_long",
            f"https://{GRAPH_HOST}/access_token",
            {
                "grant_type": "ig_exchange_token",
                "client_secret": client.client_secret,
                "access_token": text(short, "access_token"),
            },
        )
        told = _permissions(short) or _permissions(long)
        return Grant(
            subject=text(short, "user_id"),
            tokens=_tokens(long, http.now()),
            # An answer that names no scope grants what was asked for (RFC 6749, 5.1).
            scopes=told or exchange.requested_scopes,
        )

    async def _short_lived(
        self, http: Http, client: ClientConfig, exchange: CodeExchange
    ) -> Mapping[str, Any]:
        protocol = OAuth2(http, client, self.classify, redirect_uri=exchange.redirect_uri)
        code = exchange.code.removesuffix("#_")
        return unwrap(await protocol.exchange(f"https://{CODE_HOST}/oauth/access_token", code=code))

    async def discover(self, http: Http, client: ClientConfig, grant: Grant) -> Sequence[Candidate]:
        """The one account of this consent; see `accounts.discover`."""
        missing = missing_scopes(self.needed_for(INSTAGRAM), grant.scopes)
        return await discover(http, client, self.classify, grant, missing)

    async def refresh(self, http: Http, client: ClientConfig, tokens: TokenSet) -> TokenSet:
        """
        A token for another 60 days from now; its text may be the same (meta sheet 3, confirmed).

        Raises:
            RateLimited: the token is younger than a day; nothing was sent and nothing is wrong.
            ReauthorizationRequired: 60 days passed without a refresh, or the person took access back.
        """
        _wait_until_old_enough(tokens, http.now())
        answer = await self._ask(
            http,
            "refresh",
            f"https://{GRAPH_HOST}/refresh_access_token",
            {"grant_type": "ig_refresh_token", "access_token": tokens.access_token},
        )
        return _tokens(answer, http.now())

    async def probe(self, http: Http, client: ClientConfig, account: LinkedAccount) -> Health:
        """The health of a link; see `accounts.probe`."""
        return await probe(http, client, self.classify, account)

    def usage(self, response: Response) -> Sequence[Usage]:
        """What the usage headers tell."""
        return usage(response.headers, budgets.BY_TYPE)

    def classify(self, response: Response, operation: str) -> PlatformError | None:
        """The error that an answer means, or None for a good answer."""
        return errors.classify(response, operation)

    async def _ask(self, http: Http, operation: str, url: str, params: Mapping[str, str]) -> dict[str, Any]:
        # Neither call is an OAuth token request (no client id, GET), and both are documented with the
        # token in the query, so it goes there and not into a header.
        response = await http.send(Request("GET", url, operation, params))
        if error := self.classify(response, operation):
            raise error
        return response.json_object()


def unwrap(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The short token's answer: documented inside `data[0]`, live it comes flat (meta sheet 3)."""
    data = answer.get("data")
    if data is None:
        return answer
    if not isinstance(data, list) or not data or not isinstance(data[0], dict):
        raise UnexpectedAnswer("data holds no token", operation="exchange")
    return data[0]


def _permissions(answer: Mapping[str, Any]) -> frozenset[str]:
    """The scopes in a token answer, which are a list or a text with commas (meta sheet 3)."""
    told = answer.get("permissions")
    names = told.split(",") if isinstance(told, str) else told if isinstance(told, list) else []
    return frozenset(name.strip() for name in names if isinstance(name, str) and name.strip())


def _tokens(answer: Mapping[str, Any], now: datetime) -> TokenSet:
    # There is no refresh token: the access token refreshes itself while it lives.
    return TokenSet(
        text(answer, "access_token"),
        access_expires_at=expires_at(answer, "expires_in", now),
        scopes=_permissions(answer) or None,
    )


def _wait_until_old_enough(tokens: TokenSet, now: datetime) -> None:
    if tokens.access_expires_at is None:
        return
    wait = tokens.access_expires_at - LIFETIME + MINIMUM_AGE - now
    if wait > timedelta():
        raise RateLimited(wait.total_seconds(), "the token is younger than a day", operation="refresh")
