"""
A plugin for any OAuth 2.0 server with OpenID Connect's userinfo, as the standards have it and without dialect.

RFC 6749 (code flow), 7636 (S256), 9207 (`iss`), 7009 (revocation), 6750 (errors of a resource).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from linkroll_sdk import (
    AccessTokenRejected,
    AccountFacts,
    AccountUrls,
    Address,
    AuthorizationCodeRejected,
    AuthorizeRequest,
    Candidate,
    ClientConfig,
    CodeExchange,
    ConfigurationRejected,
    Grant,
    Health,
    Http,
    InvalidReason,
    LinkedAccount,
    Login,
    NotAnAccount,
    NotAnAccountKind,
    NotRefreshable,
    OAuth2,
    Operation,
    Pkce,
    Platform,
    PlatformError,
    PlatformUnavailable,
    ProfileRef,
    Purpose,
    RateLimited,
    ReauthorizationRequired,
    Request,
    Response,
    Revocation,
    Scope,
    ScopeNotGranted,
    TokenSet,
    UnexpectedAnswer,
    Unusable,
    UrlResult,
    expires_at,
    missing_scopes,
    text,
)

HOST = "id.example"
GENERIC = frozenset({"generic"})


class GenericUrls(AccountUrls):
    """`https://id.example/@name`."""

    domains = frozenset({HOST})

    def parse(self, address: Address) -> UrlResult:
        match address.segments:
            case (name,) if name.startswith("@"):
                return self.parse_handle(name)
        return NotAnAccount(NotAnAccountKind.PAGE_OF_PLATFORM, f"Paste https://{HOST}/@name.")

    def parse_handle(self, text: str) -> ProfileRef | NotAnAccount:
        return ProfileRef(handle=text.removeprefix("@").lower())

    def profile_url(self, ref: ProfileRef) -> str:
        if ref.handle is None:
            raise ValueError("an address needs a handle")
        return f"https://{HOST}/@{ref.handle}"


class GenericLogin(Login):
    """One person's account at the issuer."""

    key = "generic"
    name = "Generic"
    serves = GENERIC
    issuer = f"https://{HOST}"
    scopes = (
        Scope("openid", "Tells whose account this is.", "Sign you in", serves=GENERIC),
        Scope("profile", "Reads the account's name.", "See your profile", serves=GENERIC),
        Scope("offline_access", "Renews the tokens.", "Stay connected"),
        Scope("stats.read", "Reads numbers.", "See your statistics", serves=GENERIC),
    )
    refused_scopes = frozenset({"stats.write"})
    hosts = frozenset({HOST})
    operations = (
        Operation("POST", HOST, "/token", Purpose.TOKEN),
        Operation("POST", HOST, "/revoke", Purpose.REVOKE),
    )
    pkce = Pkce.S256
    revocation = Revocation.TOKEN
    refreshes = True

    def authorize_url(self, request: AuthorizeRequest) -> str:
        query = {
            "response_type": "code",
            "client_id": request.client.client_id,
            "redirect_uri": request.redirect_uri,
            "scope": " ".join(request.scopes),
            "state": request.state,
            "code_challenge": request.code_challenge or "",
            "code_challenge_method": "S256",
            # OpenID Connect gives a refresh token only to who was asked for it (core, 11).
            "prompt": "consent",
        }
        return f"https://{HOST}/authorize?{urlencode(query)}"

    async def exchange(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> Grant:
        asked_at = http.now()
        answer = await OAuth2(http, client, self.classify).exchange(
            f"https://{HOST}/token",
            code=exchange.code,
            redirect_uri=exchange.redirect_uri,
            code_verifier=exchange.code_verifier or "",
        )
        tokens = _tokens(answer, asked_at)
        # RFC 6749 5.1: unsaid is as asked for.
        scopes = exchange.requested_scopes if tokens.scopes is None else tokens.scopes
        me = await self._userinfo(http, tokens.access_token)
        return Grant(text(me, "sub"), tokens, scopes)

    async def discover(self, http: Http, client: ClientConfig, grant: Grant) -> Sequence[Candidate]:
        me = await self._userinfo(http, grant.tokens.access_token)
        missing = missing_scopes(self.needed_for("generic"), grant.scopes)
        return [
            Candidate(
                "generic",
                text(me, "sub"),
                handle=me.get("preferred_username"),
                display_name=me.get("name", ""),
                unusable=Unusable.SCOPE_DECLINED if missing else None,
                missing_scopes=missing,
            )
        ]

    async def refresh(self, http: Http, client: ClientConfig, tokens: TokenSet) -> TokenSet:
        if tokens.refresh_token is None:
            raise NotRefreshable("the grant has no refresh token", operation="refresh")
        asked_at = http.now()
        answer = await OAuth2(http, client, self.classify).renew(
            f"https://{HOST}/token", tokens.refresh_token
        )
        return _tokens(answer, asked_at)

    async def probe(self, http: Http, client: ClientConfig, account: LinkedAccount) -> Health:
        me = await self._userinfo(http, account.access_token)
        return Health(facts=AccountFacts(me.get("preferred_username"), me.get("name")))

    async def revoke(self, http: Http, client: ClientConfig, tokens: TokenSet) -> None:
        token = tokens.refresh_token or tokens.access_token
        response = await OAuth2(http, client, self.classify).revoke(f"https://{HOST}/revoke", token)
        # RFC 7009 2.2: 200 as well for a token that is over already.
        if (error := self.classify(response, "revoke")) is not None:
            raise error

    def classify(self, response: Response, operation: str) -> PlatformError | None:
        if 200 <= response.status < 300:
            return None
        word = _word(response)
        if response.status == 429:
            return RateLimited(operation=operation, platform_code=word)
        if response.status >= 500:
            return PlatformUnavailable(operation=operation, platform_code=word)
        return _refusal(word, operation)

    async def _userinfo(self, http: Http, access_token: str) -> dict[str, Any]:
        request = Request("GET", f"https://{HOST}/userinfo", "userinfo", access_token=access_token)
        response = await http.send(request)
        if (error := self.classify(response, "userinfo")) is not None:
            raise error
        return response.json_object()


def _refusal(word: str, operation: str) -> PlatformError:
    match word:
        case "invalid_grant" if operation == "exchange":
            return AuthorizationCodeRejected(operation=operation, platform_code=word)
        case "invalid_grant":
            return ReauthorizationRequired(
                InvalidReason.ACCESS_REVOKED, operation=operation, platform_code=word
            )
        case "invalid_client" | "unauthorized_client":
            return ConfigurationRejected(operation=operation, platform_code=word)
        case "invalid_token":
            return AccessTokenRejected(InvalidReason.ACCESS_REVOKED, operation=operation, platform_code=word)
        case "insufficient_scope":
            return ScopeNotGranted((), operation=operation, platform_code=word)
    return UnexpectedAnswer(operation=operation, platform_code=word)


def _word(response: Response) -> str:
    try:
        return str(response.json_object().get("error", ""))
    except UnexpectedAnswer:
        return ""


def _tokens(answer: Mapping[str, Any], asked_at: datetime) -> TokenSet:
    return TokenSet(
        access_token=text(answer, "access_token"),
        refresh_token=answer.get("refresh_token") or None,
        access_expires_at=expires_at(answer, "expires_in", asked_at),
        scopes=frozenset(text(answer, "scope").split()) if answer.get("scope") else None,
    )


def generic_platform(login: Login) -> Platform:
    """The platform whose accounts *login* reaches."""
    return Platform("generic", "Generic", GenericUrls(), (login,))
