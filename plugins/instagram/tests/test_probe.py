"""Whether a link of Instagram Login still works, and what keeps it alive."""

from datetime import timedelta
from typing import Any

import pytest
from linkroll_sdk import (
    AccountFacts,
    ClientConfig,
    Health,
    InvalidReason,
    LinkedAccount,
    PlatformUnavailable,
    RateLimited,
    ReauthorizationRequired,
    TokenSet,
    UnexpectedAnswer,
)
from linkroll_sdk.testing import Answer, json_answer

from linkroll_instagram.oauth import InstagramLogin

IG_ID = "17841400000000123"
ME: dict[str, Any] = {
    "id": "26040011223344556",
    "user_id": IG_ID,
    "username": "mara.bakes",
    "name": "Mara",
    "account_type": "MEDIA_CREATOR",
    "profile_picture_url": "https://cdn.sandbox/i.jpg",
    "followers_count": 18342,
}


def me(**changes: Any) -> Answer:
    return json_answer("GET", "graph.instagram.com/v25.0/me", ME | changes)


def refused(code: int, status: int = 400, **more: object) -> Answer:
    error = {"message": "(words)", "type": "IGApiException", "code": code, **more}
    return json_answer("GET", "/v25.0/me", {"error": error}, status)


@pytest.fixture
def account(login: InstagramLogin) -> LinkedAccount:
    scopes = frozenset(login.scope_names())
    return LinkedAccount("instagram", IG_ID, "instagram", "26040011223344556", scopes, "IGAA2", "IGAA2")


async def test_an_account_that_answers_is_well(
    login: InstagramLogin, app: ClientConfig, play: Any, account: LinkedAccount
) -> None:
    instagram = play(me())

    assert await login.probe(instagram, app, account) == Health(
        facts=AccountFacts("mara.bakes", "Mara", "https://cdn.sandbox/i.jpg", 18342)
    )
    assert instagram.requests[0].access_token == "IGAA2"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (me(account_type="PERSONAL"), InvalidReason.ACTION_REQUIRED),
        (refused(9009), InvalidReason.ACTION_REQUIRED),
        (refused(190), InvalidReason.ACCESS_REVOKED),
        (refused(190, error_subcode=458), InvalidReason.ACCESS_REVOKED),
        (refused(190, error_subcode=460), InvalidReason.PASSWORD_CHANGED),
        (refused(190, error_subcode=463), InvalidReason.EXPIRED),
        (refused(10), InvalidReason.PERMISSION_LOST),
        (refused(803, 404), InvalidReason.ACCOUNT_GONE),
    ],
    ids=["personal", "9009", "190", "app removed", "password", "expired", "permission", "gone"],
)
async def test_a_definite_word_ends_the_link(
    login: InstagramLogin,
    app: ClientConfig,
    play: Any,
    account: LinkedAccount,
    answer: Answer,
    reason: InvalidReason,
) -> None:
    with pytest.raises(ReauthorizationRequired) as caught:
        await login.probe(play(answer), app, account)

    assert caught.value.reason is reason
    assert caught.value.operation == "me"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(190, 503), PlatformUnavailable),
        (refused(2), PlatformUnavailable),
        (refused(80002), RateLimited),
        (refused(100, error_subcode=33), UnexpectedAnswer),
        (me(user_id="17841400000000999"), UnexpectedAnswer),
        (me(user_id=None), UnexpectedAnswer),
    ],
    ids=["outage", "transient", "throttled", "not visible", "another account", "no id"],
)
async def test_what_is_not_definite_ends_nothing(
    login: InstagramLogin,
    app: ClientConfig,
    play: Any,
    account: LinkedAccount,
    answer: Answer,
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        await login.probe(play(answer), app, account)


def test_a_token_is_kept_alive_long_before_it_dies(login: InstagramLogin) -> None:
    assert login.refreshes
    assert login.keep_alive is not None and login.keep_alive <= timedelta(days=30)
    assert timedelta(days=1) < login.refresh_margin < timedelta(days=30)


def test_two_callbacks_are_heard(login: InstagramLogin) -> None:
    assert [callback.key for callback in login.callbacks] == ["deauthorize", "data-deletion"]


async def test_a_refresh_that_names_the_scopes_passes_them_on(
    login: InstagramLogin, app: ClientConfig, play: Any
) -> None:
    told = {"access_token": "IGAA3", "expires_in": 5183944, "permissions": "instagram_business_basic"}
    tokens = await login.refresh(
        play(json_answer("GET", "/refresh_access_token", told)), app, TokenSet("IGAA2")
    )

    assert tokens.scopes == {"instagram_business_basic"}
