"""The consent of Instagram Login: addresses, tokens in both shapes, refresh."""

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
    NotRevocable,
    PlatformUnavailable,
    RateLimited,
    ReauthorizationRequired,
    Revocation,
    TokenSet,
    UnexpectedAnswer,
)
from linkroll_sdk.testing import Answer, json_answer

from linkroll_instagram.oauth import InstagramLogin

REDIRECT_URI = "https://linkroll.example/oauth/instagram/callback"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIXTY_DAYS = datetime(2027, 1, 21, 11, 59, 4, tzinfo=UTC)
SCOPES = frozenset({"instagram_business_basic", "instagram_business_manage_insights"})
CODE = CodeExchange("the-code", REDIRECT_URI, requested_scopes=SCOPES)
LONG: dict[str, Any] = {"access_token": "IGAAsandbox2", "token_type": "bearer", "expires_in": 5183944}

FLAT: dict[str, Any] = {
    "access_token": "IGAAsandbox1",
    "user_id": 26040011223344556,
    "permissions": sorted(SCOPES),
}
WRAPPED = {
    "data": [
        {
            "access_token": "IGAAsandbox1",
            "user_id": "26040011223344556",
            "permissions": ", ".join(sorted(SCOPES)),
        }
    ]
}


def consent(short: object = FLAT, long: object = LONG) -> list[Answer]:
    """The recorded answers of one exchange."""
    return [
        json_answer("POST", "api.instagram.com/oauth/access_token", short),
        json_answer("GET", "graph.instagram.com/access_token", long),
    ]


def authorize(login: InstagramLogin, app: ClientConfig, *, reconnect: bool) -> dict[str, str]:
    """The query of the consent page's address."""
    request = AuthorizeRequest(app, REDIRECT_URI, "the-state", login.scope_names(), reconnect=reconnect)
    parts = urlsplit(login.authorize_url(request))
    assert (parts.hostname, parts.path) == ("www.instagram.com", "/oauth/authorize")
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def test_the_consent_asks_for_the_two_reading_scopes(login: InstagramLogin, app: ClientConfig) -> None:
    asked = authorize(login, app, reconnect=False)

    assert asked["scope"] == "instagram_business_basic,instagram_business_manage_insights"
    assert "force_reauth" not in asked


def test_a_reconnect_asks_who_it_is(login: InstagramLogin, app: ClientConfig) -> None:
    assert authorize(login, app, reconnect=True)["force_reauth"] == "true"


@pytest.mark.parametrize("code", ["AQBx", "AQBx#_"])
def test_the_tail_of_the_code_is_cut_off(login: InstagramLogin, code: str) -> None:
    assert login.read_callback({"code": code, "state": "s"}) == "AQBx"


def test_a_cancelled_consent_is_a_no(login: InstagramLogin) -> None:
    with pytest.raises(ConsentDenied):
        login.read_callback(
            {
                "error": "access_denied",
                "error_reason": "user_denied",
                "error_description": "The user denied your request",
            }
        )


@pytest.mark.parametrize("short", [FLAT, WRAPPED], ids=["flat", "wrapped"])
async def test_the_code_becomes_a_grant_of_sixty_days(
    login: InstagramLogin, app: ClientConfig, play, short: object
) -> None:
    grant = await login.exchange(play(*consent(short)), app, CODE)

    assert grant.subject == "26040011223344556"
    assert grant.tokens == TokenSet("IGAAsandbox2", access_expires_at=SIXTY_DAYS)
    assert grant.scopes == SCOPES


async def test_a_machine_can_renew_so_the_person_has_no_deadline(
    login: InstagramLogin, app: ClientConfig, play
) -> None:
    grant = await login.exchange(play(*consent()), app, CODE)

    assert grant.person_expires_at is None


async def test_the_exchange_sends_what_is_documented_and_no_more(
    login: InstagramLogin, app: ClientConfig, play
) -> None:
    instagram = play(*consent())

    await login.exchange(instagram, app, CodeExchange("the-code#_", REDIRECT_URI))

    short, long = instagram.requests
    assert short.form == {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT_URI,
        "code": "the-code",
    }
    assert long.params == {
        "grant_type": "ig_exchange_token",
        "client_secret": app.client_secret,
        "access_token": "IGAAsandbox1",
    }
    assert "IGAA" not in f"{instagram.requests!r}"


@pytest.mark.parametrize(
    ("short", "long", "scopes"),
    [
        ({"permissions": ["instagram_business_basic"]}, {}, {"instagram_business_basic"}),
        ({"permissions": "instagram_business_basic,"}, {}, {"instagram_business_basic"}),
        ({"permissions": None}, {"permissions": "instagram_business_basic"}, {"instagram_business_basic"}),
        ({"permissions": None}, {}, SCOPES),
    ],
    ids=["list", "text", "only in the long answer", "nowhere"],
)
async def test_what_was_granted_is_read_wherever_it_stands(
    login: InstagramLogin,
    app: ClientConfig,
    play,
    short: dict[str, Any],
    long: dict[str, Any],
    scopes: set[str],
) -> None:
    grant = await login.exchange(play(*consent(FLAT | short, LONG | long)), app, CODE)

    assert grant.scopes == scopes


@pytest.mark.parametrize(
    "short",
    [{}, {"data": []}, {"data": 5}, {"data": ["x"]}, {"access_token": ""}, FLAT | {"user_id": None}],
)
async def test_a_short_answer_of_another_shape_is_named_as_such(
    login: InstagramLogin, app: ClientConfig, play, short: object
) -> None:
    instagram = play(*consent(short))

    with pytest.raises(UnexpectedAnswer):
        await login.exchange(instagram, app, CODE)


async def test_a_used_code_asks_for_a_new_login(login: InstagramLogin, app: ClientConfig, play) -> None:
    error = {
        "error_type": "OAuthException",
        "code": 400,
        "error_message": "This authorization code has been used",
    }

    with pytest.raises(AuthorizationCodeRejected):
        await login.exchange(play(json_answer("POST", "/oauth/access_token", error, 400)), app, CODE)


async def test_a_wrong_secret_is_the_operators(login: InstagramLogin, app: ClientConfig, play) -> None:
    error = {"error_type": "OAuthException", "code": 400, "error_message": "Error validating client secret."}

    with pytest.raises(ConfigurationRejected):
        await login.exchange(play(json_answer("POST", "/oauth/access_token", error, 400)), app, CODE)


async def test_an_outage_of_the_long_exchange_is_an_outage(
    login: InstagramLogin, app: ClientConfig, play
) -> None:
    busy = {"error": {"message": "x", "type": "IGApiException", "code": 2, "is_transient": True}}

    with pytest.raises(PlatformUnavailable):
        await login.exchange(play(consent()[0], json_answer("GET", "/access_token", busy, 400)), app, CODE)


# Refresh


@pytest.mark.parametrize("new_text", ["IGAAsandbox2", "IGAAsandbox3"], ids=["same", "new"])
async def test_a_refresh_counts_sixty_days_from_now(
    login: InstagramLogin, app: ClientConfig, play, new_text: str
) -> None:
    old = TokenSet("IGAAsandbox2", access_expires_at=NOW + timedelta(days=10))
    instagram = play(json_answer("GET", "/refresh_access_token", LONG | {"access_token": new_text}))

    assert await login.refresh(instagram, app, old) == TokenSet(new_text, access_expires_at=SIXTY_DAYS)
    assert instagram.requests[0].params == {
        "grant_type": "ig_refresh_token",
        "access_token": "IGAAsandbox2",
    }


async def test_a_token_younger_than_a_day_waits_and_nothing_is_sent(
    login: InstagramLogin, app: ClientConfig, play
) -> None:
    instagram = play()

    with pytest.raises(RateLimited) as caught:
        await login.refresh(instagram, app, TokenSet("IGAA", access_expires_at=SIXTY_DAYS))

    assert instagram.requests == []
    assert 24 * 3600 < (caught.value.retry_after or 0) <= 25 * 3600


@pytest.mark.parametrize("expires_at", [None, NOW - timedelta(days=1), NOW + timedelta(days=58, hours=22)])
async def test_a_token_that_may_be_old_enough_is_tried(
    login: InstagramLogin, app: ClientConfig, play, expires_at: datetime | None
) -> None:
    instagram = play(json_answer("GET", "/refresh_access_token", LONG))

    await login.refresh(instagram, app, TokenSet("IGAAsandbox2", access_expires_at=expires_at))

    assert len(instagram.requests) == 1


async def test_a_token_not_refreshed_in_time_is_dead(login: InstagramLogin, app: ClientConfig, play) -> None:
    dead = {
        "error": {
            "message": "Error validating access token: Session has expired on Sunday",
            "type": "OAuthException",
            "code": 190,
        }
    }

    with pytest.raises(ReauthorizationRequired) as caught:
        await login.refresh(
            play(json_answer("GET", "/refresh_access_token", dead, 400)), app, TokenSet("IGAA")
        )

    assert caught.value.reason is InvalidReason.EXPIRED
    assert caught.value.operation == "refresh"


async def test_an_empty_token_never_replaces_a_good_one(
    login: InstagramLogin, app: ClientConfig, play
) -> None:
    instagram = play(json_answer("GET", "/refresh_access_token", LONG | {"access_token": ""}))

    with pytest.raises(UnexpectedAnswer):
        await login.refresh(instagram, app, TokenSet("IGAA"))


async def test_nothing_can_be_revoked(login: InstagramLogin, app: ClientConfig, play) -> None:
    assert login.revocation is Revocation.NONE
    with pytest.raises(NotRevocable):
        await login.revoke(play(), app, TokenSet("IGAA"))
