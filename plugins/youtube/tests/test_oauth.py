"""The consent at Google: its address, the exchange, the refresh, the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from linkroll_sdk import (
    AuthorizationCodeRejected,
    AuthorizeRequest,
    ClientConfig,
    CodeExchange,
    ConfigurationRejected,
    ConsentDenied,
    InvalidReason,
    PlatformError,
    PlatformUnavailable,
    ReauthorizationRequired,
    TokenSet,
    UnexpectedAnswer,
)
from linkroll_sdk.testing import ScriptedHttp, json_answer

from linkroll_youtube.oauth import GoogleLogin
from linkroll_youtube.scopes import (
    ANALYTICS_READONLY,
    OPENID,
    PROFILE,
    SCOPES,
    YOUTUBE_READONLY,
    canonical_scopes,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CALLBACK = "https://linkroll.example/oauth/google/callback"
EXCHANGE = CodeExchange("4/planted-code", CALLBACK, "v" * 43)
SECRETS = ("planted", "client-secret", "ya29", "1//", "v" * 43)

Google = Callable[..., ScriptedHttp]
Recorded = Callable[[str], Any]


class TestTheConsentPage:
    @pytest.fixture
    def query(self, login: GoogleLogin, client: ClientConfig) -> dict[str, list[str]]:
        request = AuthorizeRequest(
            client, CALLBACK, "the-state", login.scope_names(), code_challenge="challenge"
        )
        return parse_qs(urlsplit(login.authorize_url(request)).query)

    def test_the_person_picks_the_account_and_consents_every_time(self, query: dict[str, list[str]]) -> None:
        """With `consent` alone Google links whoever was picked last."""
        assert query["prompt"] == ["select_account consent"]

    def test_it_asks_for_a_refresh_token(self, query: dict[str, list[str]]) -> None:
        assert query["access_type"] == ["offline"]

    def test_it_leaves_older_grants_alone(self, query: dict[str, list[str]]) -> None:
        assert "include_granted_scopes" not in query

    def test_scopes_are_separated_by_spaces(self, query: dict[str, list[str]]) -> None:
        assert query["scope"] == [f"{OPENID} {PROFILE} {YOUTUBE_READONLY} {ANALYTICS_READONLY}"]

    def test_a_no_comes_back_as_denied(self, login: GoogleLogin) -> None:
        with pytest.raises(ConsentDenied):
            login.read_callback({"error": "access_denied", "state": "the-state"})


class TestTheScopes:
    def test_both_youtube_scopes_are_needed_and_signing_in_is_not_counted(self, login: GoogleLogin) -> None:
        assert login.needed_for("youtube") == {YOUTUBE_READONLY, ANALYTICS_READONLY}

    def test_a_short_spelling_is_the_same_scope(self) -> None:
        assert canonical_scopes(f"profile openid  {YOUTUBE_READONLY}") == {PROFILE, OPENID, YOUTUBE_READONLY}

    def test_every_scope_that_writes_is_refused(self, login: GoogleLogin) -> None:
        writes = {"youtube", "youtube.force-ssl", "youtube.upload", "youtubepartner"}

        assert {f"https://www.googleapis.com/auth/{name}" for name in writes} <= login.refused_scopes


class TestTheExchange:
    async def test_a_code_becomes_a_grant(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded
    ) -> None:
        http = google(
            json_answer("POST", "/token", recorded("token")),
            json_answer("GET", "/v1/userinfo", recorded("userinfo")),
        )

        grant = await login.exchange(http, client, EXCHANGE)

        assert grant.subject == "109876543210987654321"
        assert grant.scopes == {scope.name for scope in SCOPES}
        assert grant.tokens == TokenSet(
            "ya29.a0ExampleAccess",
            "1//0gExampleRefresh",
            NOW + timedelta(seconds=3599),
            scopes=frozenset(scope.name for scope in SCOPES),
        )
        assert grant.person_expires_at is None

    async def test_the_code_travels_with_its_verifier_and_the_secret_in_the_body(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded
    ) -> None:
        http = google(
            json_answer("POST", "/token", recorded("token")),
            json_answer("GET", "/v1/userinfo", recorded("userinfo")),
        )

        await login.exchange(http, client, EXCHANGE)

        asked, userinfo = http.requests
        assert asked.url == "https://oauth2.googleapis.com/token"
        assert asked.form == {
            "grant_type": "authorization_code",
            "code": EXCHANGE.code,
            "redirect_uri": CALLBACK,
            "code_verifier": EXCHANGE.code_verifier,
            "client_id": "client-id",
            "client_secret": "client-secret",
        }
        assert not asked.params
        assert "Authorization" not in asked.headers
        assert userinfo.access_token == recorded("token")["access_token"]
        assert not userinfo.params

    async def test_only_ticked_boxes_are_granted(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded
    ) -> None:
        token = recorded("token") | {"scope": f"openid profile {YOUTUBE_READONLY}"}
        http = google(
            json_answer("POST", "/token", token), json_answer("GET", "/v1/userinfo", recorded("userinfo"))
        )

        grant = await login.exchange(http, client, EXCHANGE)

        assert grant.scopes == {OPENID, PROFILE, YOUTUBE_READONLY}

    async def test_an_app_in_testing_has_a_deadline_that_no_machine_moves(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded
    ) -> None:
        token = recorded("token") | {"refresh_token_expires_in": 604799}
        http = google(
            json_answer("POST", "/token", token), json_answer("GET", "/v1/userinfo", recorded("userinfo"))
        )

        grant = await login.exchange(http, client, EXCHANGE)

        assert grant.person_expires_at == NOW + timedelta(seconds=604799)
        assert grant.tokens.refresh_expires_at == grant.person_expires_at

    async def test_without_a_refresh_token_the_hour_is_the_deadline(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded
    ) -> None:
        token = recorded("token") | {"refresh_token": ""}
        http = google(
            json_answer("POST", "/token", token), json_answer("GET", "/v1/userinfo", recorded("userinfo"))
        )

        grant = await login.exchange(http, client, EXCHANGE)

        assert grant.tokens.refresh_token is None
        assert grant.person_expires_at == NOW + timedelta(seconds=3599)

    async def test_an_unsaid_lifetime_is_taken_as_just_under_an_hour(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded
    ) -> None:
        token = {k: v for k, v in recorded("token").items() if k != "expires_in"}
        http = google(
            json_answer("POST", "/token", token), json_answer("GET", "/v1/userinfo", recorded("userinfo"))
        )

        grant = await login.exchange(http, client, EXCHANGE)

        assert grant.tokens.access_expires_at == NOW + timedelta(minutes=59)

    @pytest.mark.parametrize("field", ["access_token", "scope"])
    async def test_an_answer_without_a_field_that_counts_is_refused(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded, field: str
    ) -> None:
        token = {k: v for k, v in recorded("token").items() if k != field}
        http = google(
            json_answer("POST", "/token", token), json_answer("GET", "/v1/userinfo", recorded("userinfo"))
        )

        with pytest.raises(UnexpectedAnswer) as caught:
            await login.exchange(http, client, EXCHANGE)

        assert_tells_no_secret(caught.value)

    @pytest.mark.parametrize(
        ("status", "error", "raised"),
        [
            (400, "invalid_grant", AuthorizationCodeRejected),
            (401, "invalid_client", ConfigurationRejected),
            (400, "redirect_uri_mismatch", ConfigurationRejected),
            (400, "invalid_request", UnexpectedAnswer),
            (503, "backend_error", PlatformUnavailable),
        ],
    )
    async def test_a_refused_code_is_told_apart(
        self,
        login: GoogleLogin,
        client: ClientConfig,
        google: Google,
        status: int,
        error: str,
        raised: type[PlatformError],
    ) -> None:
        body = {"error": error, "error_description": "planted 4/planted-code"}
        http = google(json_answer("POST", "/token", body, status))

        with pytest.raises(raised) as caught:
            await login.exchange(http, client, EXCHANGE)

        assert caught.value.operation == "exchange"
        assert caught.value.platform_code == error
        assert_tells_no_secret(caught.value)

    async def test_a_person_who_cannot_be_told_makes_no_grant(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded
    ) -> None:
        http = google(
            json_answer("POST", "/token", recorded("token")), json_answer("GET", "/v1/userinfo", {}, 503)
        )

        with pytest.raises(PlatformUnavailable) as caught:
            await login.exchange(http, client, EXCHANGE)

        assert caught.value.operation == "userinfo"


class TestTheRefresh:
    async def test_the_refresh_token_stays_when_google_sends_none(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded, tokens: TokenSet
    ) -> None:
        http = google(json_answer("POST", "/token", recorded("refreshed")))

        renewed = await login.refresh(http, client, tokens)

        assert renewed == TokenSet(
            "ya29.a0ExampleRenewed",
            tokens.refresh_token,
            NOW + timedelta(seconds=3599),
            scopes=frozenset(scope.name for scope in SCOPES),
        )
        assert http.requests[0].form == {
            "grant_type": "refresh_token",
            "refresh_token": tokens.refresh_token,
            "client_id": "client-id",
            "client_secret": "client-secret",
        }

    async def test_what_a_renewed_token_may_do_is_told_only_where_google_says_it(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded, tokens: TokenSet
    ) -> None:
        """A person can take back one box at Google; a refresh is where that shows."""
        less = recorded("refreshed") | {"scope": f"openid profile {YOUTUBE_READONLY}"}
        silent = {k: v for k, v in recorded("refreshed").items() if k != "scope"}
        http = google(json_answer("POST", "/token", less), json_answer("POST", "/token", silent))

        first, second = [await login.refresh(http, client, tokens) for _ in range(2)]

        assert first.scopes == {OPENID, PROFILE, YOUTUBE_READONLY}
        assert second.scopes is None

    @pytest.mark.parametrize(("sent", "kept"), [("1//new", "1//new"), ("", "1//planted-refresh")])
    async def test_a_new_refresh_token_replaces_the_old_one_and_an_empty_one_does_not(
        self,
        login: GoogleLogin,
        client: ClientConfig,
        google: Google,
        recorded: Recorded,
        tokens: TokenSet,
        sent: str,
        kept: str,
    ) -> None:
        http = google(json_answer("POST", "/token", recorded("refreshed") | {"refresh_token": sent}))

        assert (await login.refresh(http, client, tokens)).refresh_token == kept

    async def test_the_end_of_a_time_based_grant_is_not_forgotten(
        self, login: GoogleLogin, client: ClientConfig, google: Google, recorded: Recorded, tokens: TokenSet
    ) -> None:
        end = NOW + timedelta(days=5)
        http = google(json_answer("POST", "/token", recorded("refreshed")))

        renewed = await login.refresh(http, client, replace(tokens, refresh_expires_at=end))

        assert renewed.refresh_expires_at == end

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({"error": "invalid_grant"}, InvalidReason.ACCESS_REVOKED),
            ({"error": "invalid_grant", "error_subtype": "invalid_rapt"}, InvalidReason.ACTION_REQUIRED),
        ],
    )
    async def test_a_dead_refresh_token_ends_the_grant(
        self,
        login: GoogleLogin,
        client: ClientConfig,
        google: Google,
        tokens: TokenSet,
        body: dict[str, str],
        reason: InvalidReason,
    ) -> None:
        http = google(json_answer("POST", "/token", body, 400))

        with pytest.raises(ReauthorizationRequired) as caught:
            await login.refresh(http, client, tokens)

        assert caught.value.reason is reason
        assert_tells_no_secret(caught.value)

    @pytest.mark.parametrize("status", [429, 500, 503])
    async def test_an_outage_leaves_the_grant_alone(
        self, login: GoogleLogin, client: ClientConfig, google: Google, tokens: TokenSet, status: int
    ) -> None:
        http = google(json_answer("POST", "/token", {"error": "invalid_grant"}, status))

        with pytest.raises(PlatformError) as caught:
            await login.refresh(http, client, tokens)

        assert not isinstance(caught.value, ReauthorizationRequired)

    async def test_without_a_refresh_token_only_the_person_can_help(
        self, login: GoogleLogin, client: ClientConfig, google: Google
    ) -> None:
        http = google()

        with pytest.raises(ReauthorizationRequired):
            await login.refresh(http, client, TokenSet("ya29.planted-access"))

        assert http.requests == []


class TestTheEnd:
    async def test_the_refresh_token_is_revoked_and_nothing_else_is_sent(
        self, login: GoogleLogin, client: ClientConfig, google: Google, tokens: TokenSet
    ) -> None:
        http = google(json_answer("POST", "/revoke", {}))

        await login.revoke(http, client, tokens)

        assert http.requests[0].form == {"token": tokens.refresh_token}
        assert not http.requests[0].params
        assert not http.requests[0].headers

    async def test_a_grant_that_is_over_already_needs_no_end(
        self, login: GoogleLogin, client: ClientConfig, google: Google
    ) -> None:
        http = google(json_answer("POST", "/revoke", {"error": "invalid_token"}, 400))

        await login.revoke(http, client, TokenSet("ya29.planted-access"))

        assert http.requests[0].form == {"token": "ya29.planted-access"}

    async def test_an_outage_is_told_so_that_the_server_tries_again(
        self, login: GoogleLogin, client: ClientConfig, google: Google, tokens: TokenSet
    ) -> None:
        http = google(json_answer("POST", "/revoke", {}, 503))

        with pytest.raises(PlatformUnavailable):
            await login.revoke(http, client, tokens)


def assert_tells_no_secret(error: BaseException | None) -> None:
    """Neither the error nor what caused it, as text or as repr, holds a token, a code or a secret."""
    while error is not None:
        told = f"{error} {error!r} {vars(error)}"
        assert not any(secret in told for secret in SECRETS), told
        error = error.__cause__ or error.__context__
