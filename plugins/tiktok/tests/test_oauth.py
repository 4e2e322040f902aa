"""The consent, its tokens and its end. Recorded answers: tiktok sheet 1, values invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from linkroll_sdk import (
    AuthorizationCodeRejected,
    AuthorizeRequest,
    ClientConfig,
    CodeExchange,
    ConfigurationRejected,
    ConsentDenied,
    ConsentFailed,
    InvalidReason,
    NotRefreshable,
    PlatformUnavailable,
    RateLimited,
    ReauthorizationRequired,
    Response,
    TokenSet,
    UnexpectedAnswer,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer

from linkroll_tiktok.oauth import TikTokLogin

GRANTED = {
    "open_id": "-000mK3xExampleOpenId91",
    "scope": "user.info.basic,user.info.profile,user.info.stats,video.list",
    "access_token": "act.New1ExampleAccess!4130.va",
    "expires_in": 7200,
    "refresh_token": "rft.New2ExampleRefresh!4131.va",
    "refresh_expires_in": 15552000,
    "token_type": "Bearer",
}

Tiktok = Callable[..., ScriptedHttp]


def token_answer(status: int = 200, **changes: object) -> Answer:
    """The good answer with *changes*; a field set to None is left out."""
    body = {name: value for name, value in (GRANTED | changes).items() if value is not None}
    return json_answer("POST", "/v2/oauth/token/", body, status)


def oauth_error(code: str, status: int = 200, path: str = "/v2/oauth/token/") -> Answer:
    body = {"error": code, "error_description": "Not telling.", "log_id": "202611220841570100000000000AB12CD"}
    return json_answer("POST", path, body, status)


def revoked(body: bytes = b"{}") -> Answer:
    return Answer("POST", "/v2/oauth/revoke/", Response(200, {}, body))


# Going there


def consent_query(login: TikTokLogin, client: ClientConfig, reconnect: bool = False) -> dict[str, str]:
    request = AuthorizeRequest(
        client, "https://linkroll.example/cb", "the-state", login.scope_names(), reconnect=reconnect
    )
    return dict(parse_qsl(urlsplit(login.authorize_url(request)).query, strict_parsing=True))


def test_the_consent_page_speaks_tiktoks_dialect(login: TikTokLogin, client: ClientConfig) -> None:
    query = consent_query(login, client)

    assert query["client_key"] == "sbaw1example"
    assert "client_id" not in query
    assert query["scope"] == "user.info.basic,user.info.profile,user.info.stats,video.list"


def test_the_consent_page_has_its_trailing_slash(login: TikTokLogin, client: ClientConfig) -> None:
    request = AuthorizeRequest(client, "https://linkroll.example/cb", "s", ("user.info.basic",))

    assert login.authorize_url(request).startswith("https://www.tiktok.com/v2/auth/authorize/?")


@pytest.mark.parametrize("reconnect", [False, True])
def test_the_consent_page_is_always_shown(login: TikTokLogin, client: ClientConfig, reconnect: bool) -> None:
    """Else TikTok silently answers for the account that this browser connected last."""
    assert consent_query(login, client, reconnect)["disable_auto_auth"] == "1"


def test_only_the_follower_count_can_be_declined(login: TikTokLogin) -> None:
    optional = set(login.scope_names()) - login.needed_for("tiktok")

    assert optional == {"user.info.stats"}


# Coming back


def test_the_code_comes_back_as_it_was_sent(login: TikTokLogin) -> None:
    """Real codes hold `*` and `!`, which arrive percent-encoded."""
    query = parse_qs("code=Vx3a%2A0%216410.s1&scopes=user.info.basic%2Cvideo.list&state=s")

    assert login.read_callback({name: values[0] for name, values in query.items()}) == "Vx3a*0!6410.s1"


def test_a_no_is_a_no(login: TikTokLogin) -> None:
    with pytest.raises(ConsentDenied):
        login.read_callback({"error": "access_denied", "error_description": "User cancelled", "state": "s"})


def test_an_app_in_sandbox_mode_is_not_mistaken_for_a_no(login: TikTokLogin) -> None:
    params = {"error": "access_denied", "error_type": "non_sandbox_target", "state": "s"}

    with pytest.raises(ConsentFailed) as caught:
        login.read_callback(params)

    assert caught.value.code == "non_sandbox_target"
    assert "sandbox" in caught.value.description


def test_an_unknown_error_type_changes_nothing(login: TikTokLogin) -> None:
    with pytest.raises(ConsentDenied):
        login.read_callback({"error": "access_denied", "error_type": "something_new"})


@pytest.mark.parametrize(
    "params", [{"error": "server_error", "code": "x"}, {"state": "s"}, {"code": ""}], ids=repr
)
def test_a_callback_without_a_good_code_ends_the_consent(login: TikTokLogin, params: dict[str, str]) -> None:
    with pytest.raises(ConsentFailed):
        login.read_callback(params)


# The exchange


async def test_a_code_is_traded_for_a_grant(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, code: CodeExchange
) -> None:
    http = tiktok(token_answer())

    grant = await login.exchange(http, client, code)

    assert grant.subject == "-000mK3xExampleOpenId91"
    assert grant.scopes == frozenset(login.scope_names())
    assert grant.tokens == TokenSet(
        "act.New1ExampleAccess!4130.va",
        "rft.New2ExampleRefresh!4131.va",
        access_expires_at=http.at + timedelta(hours=2),
        refresh_expires_at=http.at + timedelta(days=180),
        scopes=frozenset(login.scope_names()),
    )


async def test_the_exchange_sends_the_form_that_tiktok_wants(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, code: CodeExchange
) -> None:
    http = tiktok(token_answer())

    await login.exchange(http, client, code)

    (request,) = http.requests
    assert request.url == "https://open.tiktokapis.com/v2/oauth/token/"
    assert request.form == {
        "client_key": "sbaw1example",
        "client_secret": "the client's secret & more",
        "grant_type": "authorization_code",
        "code": "Vx3aExampleCode*0!6410.s1",
        "redirect_uri": "https://linkroll.example/oauth/tiktok/callback",
    }
    assert "Authorization" not in request.headers


@pytest.mark.parametrize("seconds", [15552000, 31536000, 60], ids=["180 days", "365 days", "a minute"])
async def test_the_person_must_be_back_when_the_refresh_token_ends(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, code: CodeExchange, seconds: int
) -> None:
    """TikTok changed its lifetimes once already: the answer's own numbers count."""
    http = tiktok(token_answer(refresh_expires_in=seconds))

    grant = await login.exchange(http, client, code)

    assert grant.person_expires_at == http.at + timedelta(seconds=seconds)


async def test_lifetimes_that_tiktok_leaves_out_are_the_documented_ones(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, code: CodeExchange
) -> None:
    http = tiktok(token_answer(expires_in=None, refresh_expires_in=None))

    grant = await login.exchange(http, client, code)

    assert grant.tokens.access_expires_at == http.at + timedelta(hours=2)
    assert grant.person_expires_at == http.at + timedelta(days=180)


@pytest.mark.parametrize(
    ("scope", "callback", "granted"),
    [
        ("user.info.basic,video.list", "user.info.basic", {"user.info.basic", "video.list"}),
        ("user.info.basic, video.list,", "", {"user.info.basic", "video.list"}),
        (None, "user.info.basic,user.info.profile", {"user.info.basic", "user.info.profile"}),
        ("", "user.info.basic", {"user.info.basic"}),
        (None, None, {"user.info.basic", "user.info.profile", "user.info.stats", "video.list"}),
    ],
    ids=["the answer counts", "spaces", "the callback fills in", "an empty answer", "nobody says"],
)
async def test_granted_scopes_are_what_the_person_left_on(
    login: TikTokLogin,
    client: ClientConfig,
    tiktok: Tiktok,
    code: CodeExchange,
    scope: str | None,
    callback: str | None,
    granted: set[str],
) -> None:
    http = tiktok(token_answer(scope=scope))
    params = {} if callback is None else {"scopes": callback}

    grant = await login.exchange(http, client, replace(code, callback_params=params))

    assert grant.scopes == granted


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("invalid_grant", AuthorizationCodeRejected),
        ("invalid_request", ConfigurationRejected),
        ("invalid_client", ConfigurationRejected),
        ("server_error", PlatformUnavailable),
    ],
)
async def test_a_refused_exchange_says_whose_turn_it_is(
    login: TikTokLogin,
    client: ClientConfig,
    tiktok: Tiktok,
    code: CodeExchange,
    error: str,
    status: int,
    expected: type[Exception],
) -> None:
    with pytest.raises(expected):
        await login.exchange(tiktok(oauth_error(error, status)), client, code)


@pytest.mark.parametrize(
    "missing",
    [{"open_id": None}, {"access_token": ""}, {"refresh_token": None}, {"expires_in": "soon"}],
    ids=lambda change: next(iter(change)),
)
async def test_an_incomplete_token_answer_makes_no_grant(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, code: CodeExchange, missing: dict[str, Any]
) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        await login.exchange(tiktok(token_answer(**missing)), client, code)

    assert "Example" not in f"{caught.value} {vars(caught.value)}"


# The refresh


async def test_a_refresh_replaces_both_tokens_and_keeps_the_end(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    """TikTok tells what remains of the 180 days: the end stands still while the tokens rotate."""
    http = tiktok(token_answer(refresh_expires_in=80 * 86400))

    renewed = await login.refresh(http, client, tokens)

    assert renewed == TokenSet(
        "act.New1ExampleAccess!4130.va",
        "rft.New2ExampleRefresh!4131.va",
        access_expires_at=http.at + timedelta(hours=2),
        refresh_expires_at=tokens.refresh_expires_at,
        scopes=frozenset(login.scope_names()),
    )


async def test_a_refresh_sends_the_form_that_tiktok_wants(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    http = tiktok(token_answer())

    await login.refresh(http, client, tokens)

    assert http.requests[0].form == {
        "client_key": "sbaw1example",
        "client_secret": "the client's secret & more",
        "grant_type": "refresh_token",
        "refresh_token": "rft.Qp77ExampleRefresh!4121.va",
    }


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (timedelta(days=80, seconds=-7), timedelta(days=80)),
        (timedelta(days=80, seconds=1), timedelta(days=80)),
        (timedelta(days=180), timedelta(days=80)),
        (timedelta(days=30), timedelta(days=30)),
    ],
    ids=["a slow answer", "rounded up", "a new term", "TikTok shortened it"],
)
async def test_a_refresh_never_moves_the_end_later_and_does_not_let_it_waver(
    login: TikTokLogin,
    client: ClientConfig,
    tiktok: Tiktok,
    tokens: TokenSet,
    told: timedelta,
    kept: timedelta,
) -> None:
    """TikTok's whole seconds are counted from our clock: else the end would creep with every refresh."""
    http = tiktok(token_answer(refresh_expires_in=int(told.total_seconds())))

    renewed = await login.refresh(http, client, tokens)

    assert renewed.refresh_expires_at == http.at + kept


async def test_a_refresh_tells_an_end_that_was_not_known(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    http = tiktok(token_answer(refresh_expires_in=60))

    renewed = await login.refresh(http, client, replace(tokens, refresh_expires_at=None))

    assert renewed.refresh_expires_at == http.at + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [("user.info.basic,video.list", {"user.info.basic", "video.list"}), (None, None), ("", None)],
    ids=["named", "absent", "empty"],
)
async def test_a_refresh_tells_the_scopes_that_tiktok_names(
    login: TikTokLogin,
    client: ClientConfig,
    tiktok: Tiktok,
    tokens: TokenSet,
    scope: str | None,
    scopes: set[str] | None,
) -> None:
    renewed = await login.refresh(tiktok(token_answer(scope=scope)), client, tokens)

    assert renewed.scopes == scopes


def test_an_access_token_is_refreshed_well_before_it_ends(login: TikTokLogin) -> None:
    """Nothing dies unused before the consent does, so nothing is kept alive for its own sake."""
    assert login.refreshes
    assert timedelta(0) < login.refresh_margin < timedelta(hours=1)
    assert login.keep_alive is None


async def test_a_refresh_that_does_not_tell_the_end_keeps_the_known_one(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    renewed = await login.refresh(tiktok(token_answer(refresh_expires_in=None)), client, tokens)

    assert renewed.refresh_expires_at == tokens.refresh_expires_at


@pytest.mark.parametrize("sent", [None, ""], ids=["absent", "empty"])
async def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet, sent: str | None
) -> None:
    renewed = await login.refresh(tiktok(token_answer(refresh_token=sent)), client, tokens)

    assert renewed.refresh_token == tokens.refresh_token


@pytest.mark.parametrize(
    ("days_left", "reason"),
    [(80, InvalidReason.ACCESS_REVOKED), (-1, InvalidReason.EXPIRED), (0, InvalidReason.EXPIRED)],
)
@pytest.mark.parametrize("status", [200, 400])
async def test_a_refused_refresh_token_is_revoked_or_expired_by_its_date(
    login: TikTokLogin,
    client: ClientConfig,
    tiktok: Tiktok,
    tokens: TokenSet,
    days_left: int,
    reason: InvalidReason,
    status: int,
) -> None:
    http = tiktok(oauth_error("invalid_grant", status))
    tokens = replace(tokens, refresh_expires_at=http.at + timedelta(days=days_left))

    with pytest.raises(ReauthorizationRequired) as caught:
        await login.refresh(http, client, tokens)

    assert caught.value.reason is reason
    assert (caught.value.operation, caught.value.platform_code) == ("refresh", "invalid_grant")


async def test_a_refused_refresh_token_of_unknown_age_counts_as_revoked(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    with pytest.raises(ReauthorizationRequired) as caught:
        await login.refresh(
            tiktok(oauth_error("invalid_grant")), client, replace(tokens, refresh_expires_at=None)
        )

    assert caught.value.reason is InvalidReason.ACCESS_REVOKED


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (oauth_error("temporarily_unavailable"), PlatformUnavailable),
        (oauth_error("invalid_client", 401), ConfigurationRejected),
        (Answer("POST", "/v2/oauth/token/", Response(502, {}, b"<html>")), PlatformUnavailable),
        (Answer("POST", "/v2/oauth/token/", Response(429, {}, b"")), RateLimited),
        (Answer("POST", "/v2/oauth/token/", Response(200, {}, b"")), UnexpectedAnswer),
    ],
    ids=["temporarily_unavailable", "invalid_client", "502", "429", "an empty answer"],
)
async def test_trouble_on_the_way_does_not_end_the_grant(
    login: TikTokLogin,
    client: ClientConfig,
    tiktok: Tiktok,
    tokens: TokenSet,
    answer: Answer,
    expected: type[Exception],
) -> None:
    with pytest.raises(expected):
        await login.refresh(tiktok(answer), client, tokens)


async def test_a_grant_without_a_refresh_token_cannot_be_refreshed(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    with pytest.raises(NotRefreshable):
        await login.refresh(tiktok(), client, replace(tokens, refresh_token=None))


# The end


@pytest.mark.parametrize("body", [b"", b"{}"], ids=["empty", "an empty object"])
async def test_revoking_ends_the_grant_by_its_access_token(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet, body: bytes
) -> None:
    http = tiktok(revoked(body))

    await login.revoke(http, client, tokens)

    (request,) = http.requests
    assert request.form == {
        "client_key": "sbaw1example",
        "client_secret": "the client's secret & more",
        "token": "act.Zx81ExampleAccess!4120.va",
    }
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    "answer",
    [
        oauth_error("invalid_grant", path="/v2/oauth/revoke/"),
        json_answer("POST", "/v2/oauth/revoke/", {"error": {"code": "access_token_invalid"}}, 401),
    ],
    ids=["flat", "envelope"],
)
async def test_revoking_a_dead_grant_is_no_error(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet, answer: Answer
) -> None:
    http = tiktok(answer)

    await login.revoke(http, client, tokens)

    assert [request.method for request in http.requests] == ["POST"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (oauth_error("invalid_client", path="/v2/oauth/revoke/"), ConfigurationRejected),
        (oauth_error("server_error", path="/v2/oauth/revoke/"), PlatformUnavailable),
        (Answer("POST", "/v2/oauth/revoke/", Response(503, {}, b"")), PlatformUnavailable),
    ],
    ids=["invalid_client", "server_error", "503"],
)
async def test_a_revocation_that_failed_is_not_called_done(
    login: TikTokLogin,
    client: ClientConfig,
    tiktok: Tiktok,
    tokens: TokenSet,
    answer: Answer,
    expected: type[Exception],
) -> None:
    with pytest.raises(expected):
        await login.revoke(tiktok(answer), client, tokens)
