"""
TikTok Login Kit for web, v2 (tiktok sheets 1 and 2).

Its dialect: `client_key` for `client_id`, commas between scopes, flat token answers, refresh tokens
that rotate, and an end date of the consent that no refresh moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from linkroll_sdk import (
    AccessTokenRejected,
    AuthorizeRequest,
    Budget,
    Candidate,
    ClientConfig,
    CodeExchange,
    ConsentFailed,
    Grant,
    Health,
    Http,
    InvalidReason,
    LinkedAccount,
    Login,
    NotRefreshable,
    OAuth2,
    Operation,
    Pkce,
    PlatformError,
    Purpose,
    ReauthorizationRequired,
    Response,
    Revocation,
    TokenSet,
    Window,
    expires_at,
    text,
)

from linkroll_tiktok import accounts, errors
from linkroll_tiktok.callbacks import TikTokWebhook
from linkroll_tiktok.scopes import REFUSED_SCOPES, SCOPES, scopes_in

AUTHORIZE_URL = "https://www.tiktok.com/v2/auth/authorize/"
TOKEN_URL = "https://open.tiktokapis.com/v2/oauth/token/"
REVOKE_URL = "https://open.tiktokapis.com/v2/oauth/revoke/"
"""Trailing slashes included. Tiktok sheet 1, confirmed."""

# TikTok always says how long its tokens last, and shortened both in 2026: an answer's own numbers
# count. These are the documented ones (sheet 1, confirmed), for an answer that says nothing.
ACCESS_LIFETIME = timedelta(hours=2)
REFRESH_LIFETIME = timedelta(days=180)

CLOCK_MARGIN = timedelta(minutes=5)
"""How far TikTok's clock and ours may be apart."""


class TikTokLogin(Login):
    """Consent of one TikTok account. One object serves all; it keeps no state."""

    key = "tiktok"
    name = "TikTok"
    serves = frozenset({"tiktok"})
    scopes = SCOPES
    refused_scopes = REFUSED_SCOPES
    hosts = frozenset({"www.tiktok.com", "open.tiktokapis.com"})
    operations = (
        Operation("POST", "open.tiktokapis.com", "/v2/oauth/token/", Purpose.TOKEN),
        Operation("POST", "open.tiktokapis.com", "/v2/oauth/revoke/", Purpose.REVOKE),
    )
    pkce = Pkce.NONE
    why_no_pkce = (
        "TikTok documents PKCE for mobile and desktop apps only; the web flow takes no code_challenge "
        "(Login Kit for Web, tiktok sheet 1, confirmed). A server cannot be registered as a desktop app, "
        "whose redirect URIs are localhost only."
    )
    # The app leaves the person's list of connected apps (sheet 1, confirmed).
    revocation = Revocation.SUBJECT
    refreshes = True
    # Two clocks apart, and a fetch that has begun (our choice). Nothing dies unused before the consent's
    # own end (sheet 1, confirmed), so nothing needs keeping alive.
    refresh_margin = 2 * CLOCK_MARGIN
    budgets = tuple(
        Budget(
            operation,
            Window.MINUTE,
            600,
            (operation,),
            source="tiktok sheet 5: 600 a minute for each endpoint, confirmed; for the app, recalled",
        )
        for operation in ("user_info", "video_list", "video_query")
    )
    callbacks = (TikTokWebhook(),)

    def authorize_url(self, request: AuthorizeRequest) -> str:
        """TikTok's consent page. Comma-separated scopes and `client_key` are its dialect."""
        query = {
            "client_key": request.client.client_id,
            "response_type": "code",
            "scope": ",".join(request.scopes),
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            # Without it TikTok skips the page and sends a code for whichever account this browser
            # connected last, so nobody could connect a second one (sheet 1, confirmed).
            "disable_auto_auth": "1",
        }
        return f"{AUTHORIZE_URL}?{urlencode(query)}"

    def read_callback(self, params: Mapping[str, str]) -> str:
        """
        The authorization code in the callback's query.

        An app in TikTok's sandbox turns away everyone who is not on its list with the same
        `access_denied` as a person's own no; only `error_type` tells them apart (sheet 1, confirmed).
        """
        if params.get("error") and params.get("error_type") == "non_sandbox_target":
            raise ConsentFailed(
                "non_sandbox_target",
                "This TikTok app is in sandbox mode and the account is not one of its target users.",
            )
        return super().read_callback(params)

    async def exchange(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> Grant:
        """
        Trade the code for a grant, which ends on a fixed day about 180 days after the consent.

        Raises as `Login.exchange` says; TikTok calls a used or stale code `invalid_grant`.
        """
        asked_at = http.now()
        answer = await self._oauth(http, client).exchange(
            TOKEN_URL, code=exchange.code, redirect_uri=exchange.redirect_uri
        )
        tokens = _read_tokens(answer, asked_at, default_end=asked_at + REFRESH_LIFETIME)
        return Grant(
            subject=text(answer, "open_id"),
            tokens=tokens,
            scopes=_granted_scopes(answer, exchange),
            # Refreshing does not move the refresh token's end (sheet 1, confirmed), so it is the
            # day by which the person must consent again.
            person_expires_at=tokens.refresh_expires_at,
        )

    async def discover(self, http: Http, client: ClientConfig, grant: Grant) -> Sequence[Candidate]:
        """The one account that consented."""
        return await accounts.discover(http, self, grant)

    async def probe(self, http: Http, client: ClientConfig, account: LinkedAccount) -> Health:
        """The account as it presents itself now; scopes only where one was taken away."""
        return await accounts.probe(http, account)

    async def refresh(self, http: Http, client: ClientConfig, tokens: TokenSet) -> TokenSet:
        """
        A new pair of tokens with the old end date.

        TikTok rotates refresh tokens: the answer replaces *tokens* whole, and the old refresh token
        is dead from then on (sheet 1, confirmed).

        Raises:
            ReauthorizationRequired: `invalid_grant`. `EXPIRED` when the fixed end has passed, else
                `ACCESS_REVOKED`: TikTok has one word for both.
        """
        if not tokens.refresh_token:
            raise NotRefreshable("the grant holds no refresh token", operation="refresh")
        asked_at = http.now()
        try:
            answer = await self._oauth(http, client).renew(TOKEN_URL, tokens.refresh_token)
        except ReauthorizationRequired as error:
            if not _has_ended(tokens, asked_at):
                raise
            raise ReauthorizationRequired(
                InvalidReason.EXPIRED, operation=error.operation, platform_code=error.platform_code
            ) from error
        renewed = _read_tokens(answer, asked_at, default_end=tokens.refresh_expires_at)
        end = _fixed_end(tokens.refresh_expires_at, renewed.refresh_expires_at)
        return replace(renewed, refresh_expires_at=end)

    async def revoke(self, http: Http, client: ClientConfig, tokens: TokenSet) -> None:
        """
        Take the app off the person's connected apps. Returns also when it was off already.

        TikTok revokes by access token, and that lives two hours (sheet 1, confirmed). The server refreshes
        a stale one first, so one that is refused here belongs to a consent that is over (inference).
        """
        response = await self._oauth(http, client).revoke(REVOKE_URL, tokens.access_token)
        error = self.classify(response, "revoke")
        if error is not None and not isinstance(error, (ReauthorizationRequired, AccessTokenRejected)):
            raise error

    def classify(self, response: Response, operation: str) -> PlatformError | None:
        """The error that an answer means, or None for a good answer. Pure; never raises."""
        return errors.classify(response, operation)

    def _oauth(self, http: Http, client: ClientConfig) -> OAuth2:
        return OAuth2(http, client, self.classify, auth_method=_client_key_auth)


def _client_key_auth(
    client: Any, method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """Client authentication as an Authlib method: TikTok wants `client_key` where others want `client_id`."""
    credentials = urlencode({"client_key": client.client_id, "client_secret": client.client_secret})
    return uri, headers, f"{body}&{credentials}"


def _read_tokens(answer: Mapping[str, Any], asked_at: datetime, default_end: datetime | None) -> TokenSet:
    """
    The tokens of an answer; *default_end* is the consent's end when the answer does not say it.

    Lifetimes are the seconds that remain (sheet 1, confirmed). They are counted from before the
    request, so that a slow answer makes tokens look older than they are and never younger.
    """
    return TokenSet(
        access_token=text(answer, "access_token"),
        refresh_token=text(answer, "refresh_token"),
        access_expires_at=expires_at(answer, "expires_in", asked_at) or asked_at + ACCESS_LIFETIME,
        refresh_expires_at=expires_at(answer, "refresh_expires_in", asked_at) or default_end,
        scopes=scopes_in(answer.get("scope")) or None,
    )


def _fixed_end(known: datetime | None, told: datetime | None) -> datetime | None:
    """
    The consent's end after a refresh: the *known* one, unless TikTok now tells a clearly earlier one.

    TikTok tells whole seconds that remain, so what we make of them wavers by how long its answer took;
    taking it each time would move the end with every refresh. A later end is not believed: no refresh
    moves it (sheet 1, confirmed), and being asked too early costs a person less than being asked too late.
    """
    if known is None or told is None:
        return known or told
    return told if told < known - CLOCK_MARGIN else known


def _granted_scopes(answer: Mapping[str, Any], exchange: CodeExchange) -> frozenset[str]:
    """
    What the person left switched on: the token answer's word, else the callback's `scopes`.

    Where both are silent the request was granted whole (RFC 6749 5.1).
    """
    said = answer.get("scope") or exchange.callback_params.get("scopes")
    return scopes_in(said) if isinstance(said, str) else exchange.requested_scopes


def _has_ended(tokens: TokenSet, at: datetime) -> bool:
    """Whether the consent's own end has passed, as far as we know it."""
    return tokens.refresh_expires_at is not None and tokens.refresh_expires_at <= at + CLOCK_MARGIN
