"""
Google's consent: scopes, authorize address, exchange, refresh, probe, revoke.

Endpoints and fields: sheet 1, confirmed, but for the OpenID userinfo address (recalled).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from linkroll_sdk import (
    AuthorizeRequest,
    Budget,
    Candidate,
    ClientConfig,
    CodeExchange,
    Grant,
    Health,
    Http,
    InvalidReason,
    LinkedAccount,
    Login,
    OAuth2,
    Operation,
    Pkce,
    PlatformError,
    Purpose,
    ReauthorizationRequired,
    Request,
    Response,
    Revocation,
    TokenSet,
    Window,
    expires_at,
    missing_scopes,
    text,
)

from linkroll_youtube import accounts, callbacks, errors
from linkroll_youtube.scopes import REFUSED_SCOPES, SCOPES, YOUTUBE, canonical_scopes

AUTHORIZE = "https://accounts.google.com/o/oauth2/v2/auth"
TOKEN = "https://oauth2.googleapis.com/token"
REVOKE = "https://oauth2.googleapis.com/revoke"
USERINFO = "https://openidconnect.googleapis.com/v1/userinfo"

ACCESS_LIFETIME = timedelta(minutes=59)
"""How long an access token is taken to live when Google does not say; it has said 3599 seconds (sheet 1)."""

BUDGETS = (
    Budget(
        "units",
        Window.PACIFIC_DAY,
        10_000,
        ("channels", "probe", "uploads", "videos"),
        source="youtube sheet 3, confirmed: reads cost a unit each, each page again",
    ),
    Budget(
        "batch_get_stats",
        Window.PACIFIC_DAY,
        10_000,
        ("video_stats",),
        source="youtube sheet 3, confirmed: a bucket of its own since 2026-06-01",
    ),
    Budget(
        "analytics",
        Window.PACIFIC_DAY,
        None,
        ("channel_report", "video_report"),
        source="the sheet has no number; only a refusal tells",
    ),
)
"""What a project may ask by default; more is had by an audit (sheet 3, confirmed)."""


class GoogleLogin(Login):
    """
    One Google consent reaches one channel: the one picked on Google's own page (sheet 8, confirmed).

    Google sets no date on a grant in production, and a machine renews the access token for years;
    the 90 days are linkroll's own. Ending a grant ends all that this person granted to the project.

    A refresh token dies after six months without use (sheet 1, confirmed), and statistics may only be
    kept while the app checks every 30 days that it is still authorised (sheet 9, confirmed). A refresh
    each 30 days serves both.
    """

    key = "google"
    name = "Google"
    serves = frozenset({YOUTUBE})
    scopes = SCOPES
    refused_scopes = REFUSED_SCOPES
    hosts = frozenset(
        {
            "accounts.google.com",
            "oauth2.googleapis.com",
            "openidconnect.googleapis.com",
            "www.googleapis.com",
            "youtube.googleapis.com",
        }
    )
    operations = (
        Operation("POST", "oauth2.googleapis.com", "/token", Purpose.TOKEN),
        Operation("POST", "oauth2.googleapis.com", "/revoke", Purpose.REVOKE),
    )
    pkce = Pkce.S256
    revocation = Revocation.SUBJECT
    refreshes = True
    keep_alive = timedelta(days=30)
    budgets = BUDGETS
    callbacks = (callbacks.SecurityEvents(),)

    def authorize_url(self, request: AuthorizeRequest) -> str:
        """The consent page, with the account and channel picker in front of it."""
        url = prepare_grant_uri(
            AUTHORIZE,
            request.client.client_id,
            "code",
            redirect_uri=request.redirect_uri,
            scope=request.scopes,
            state=request.state,
            access_type="offline",
            # `consent` alone skips the picker and links whoever was picked last; it is also what makes
            # Google send a refresh token every time (sheet 1, confirmed). `include_granted_scopes` is
            # left out on purpose: it would pull older grants, writes included, into our token.
            prompt="select_account consent",
            code_challenge=request.code_challenge,
            code_challenge_method="S256" if request.code_challenge else None,
        )
        return str(url)

    async def exchange(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> Grant:
        """Trade the code for an access token of an hour and a refresh token without an end."""
        asked_at = http.now()
        answer = await OAuth2(http, client, self.classify).exchange(TOKEN, **_code_fields(exchange))
        tokens = _read_tokens(answer, asked_at)
        return Grant(
            subject=await self._subject(http, tokens),
            tokens=tokens,
            # Boxes can be unticked one by one and only this field tells, so without it nothing is
            # taken as granted (sheet 1, confirmed).
            scopes=canonical_scopes(text(answer, "scope")),
            person_expires_at=_person_deadline(tokens),
        )

    async def _subject(self, http: Http, tokens: TokenSet) -> str:
        """Google's `sub`: the person, whatever channel they picked."""
        request = Request("GET", USERINFO, "userinfo", access_token=tokens.access_token)
        response = await http.send(request)
        error = self.classify(response, request.operation)
        if error is not None:
            raise error
        return text(response.json_object(), "sub")

    async def discover(self, http: Http, client: ClientConfig, grant: Grant) -> Sequence[Candidate]:
        """The channel that was picked, or why there is none to link."""
        missing = missing_scopes(self.needed_for(YOUTUBE), grant.scopes)
        return await accounts.discover(http, grant, missing)

    async def refresh(self, http: Http, client: ClientConfig, tokens: TokenSet) -> TokenSet:
        """A new access token. Google rotates nothing: the refresh token stays unless a new one comes."""
        if not tokens.refresh_token:
            raise ReauthorizationRequired(
                InvalidReason.EXPIRED, "the grant has no refresh token", operation="refresh"
            )
        asked_at = http.now()
        answer = await OAuth2(http, client, self.classify).renew(TOKEN, tokens.refresh_token)
        return _read_tokens(answer, asked_at, before=tokens)

    async def probe(self, http: Http, client: ClientConfig, account: LinkedAccount) -> Health:
        """
        The channel as it is now, for one unit: the token works, and still acts as this channel.

        Google's tokeninfo would be free, but knows nothing of channels and wants the token in the address.
        It would tell the scopes; so does each refresh, which no probe is more than an hour away from.
        """
        channel = await accounts.linked_channel(http, account, "probe")
        return Health(facts=accounts.facts_of(channel))

    def fingerprints(self, tokens: TokenSet) -> frozenset[str]:
        """The digests by which a security event may name the refresh token."""
        return callbacks.fingerprints(tokens.refresh_token) if tokens.refresh_token else frozenset()

    async def revoke(self, http: Http, client: ClientConfig, tokens: TokenSet) -> None:
        """End everything the person granted to the operator's Google project."""
        # Google's form has the token and nothing else; the client's secret has no business here.
        form = {"token": tokens.refresh_token or tokens.access_token}
        response = await http.send(Request("POST", REVOKE, "revoke", form=form))
        error = self.classify(response, "revoke")
        # A grant that is over already answers 400 `invalid_token` (sheet 1, recalled).
        if error is not None and not isinstance(error, ReauthorizationRequired):
            raise error

    def classify(self, response: Response, operation: str) -> PlatformError | None:
        """The error that an answer means, or None for a good answer. Pure; never raises."""
        return errors.classify(response, operation)


def _code_fields(exchange: CodeExchange) -> dict[str, str]:
    fields = {"code": exchange.code, "redirect_uri": exchange.redirect_uri}
    return fields | ({"code_verifier": exchange.code_verifier} if exchange.code_verifier else {})


def _read_tokens(answer: Mapping[str, Any], asked_at: datetime, before: TokenSet | None = None) -> TokenSet:
    """
    The tokens of an answer, dated from when it was asked for.

    What a refresh leaves unsaid stays as it was *before*: the refresh token, and the end of a
    time-based grant.
    """
    refresh_expires_at = expires_at(answer, "refresh_token_expires_in", asked_at)
    return TokenSet(
        access_token=text(answer, "access_token"),
        refresh_token=text(answer, "refresh_token") if answer.get("refresh_token") else None,
        access_expires_at=expires_at(answer, "expires_in", asked_at) or asked_at + ACCESS_LIFETIME,
        refresh_expires_at=refresh_expires_at or (before.refresh_expires_at if before else None),
        scopes=canonical_scopes(text(answer, "scope")) if answer.get("scope") else None,
    )


def _person_deadline(tokens: TokenSet) -> datetime | None:
    """
    When the person must consent again by Google's own word; None in production.

    A time-based grant says so, and so does an app in testing, whose refresh tokens live seven days
    (sheet 1: field confirmed, testing recalled). Without any refresh token an hour is all there is.
    """
    return tokens.refresh_expires_at if tokens.refresh_token else tokens.access_expires_at
