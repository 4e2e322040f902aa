"""Who consented. Recorded answers: tiktok sheet 3, values invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from linkroll_sdk import (
    AccessTokenRejected,
    AccountFacts,
    Candidate,
    ClientConfig,
    Grant,
    Health,
    LinkedAccount,
    PlatformUnavailable,
    RateLimited,
    ScopeNotGranted,
    TokenSet,
    UnexpectedAnswer,
    Unusable,
)
from linkroll_sdk.testing import ScriptedHttp, json_answer

from linkroll_tiktok.oauth import TikTokLogin

OPEN_ID = "-000mK3xExampleOpenId91"
AVATAR = "https://p16-sign.tiktokcdn-us.com/x~tplv.jpeg?x-expires=1764000000&x-signature=AbC%3D"
ALL = frozenset({"user.info.basic", "user.info.profile", "user.info.stats", "video.list"})
MARA = {
    "open_id": OPEN_ID,
    "avatar_url": AVATAR,
    "display_name": "Mara Bakes",
    "username": "marabakes",
    "follower_count": 48211,
}
OK = {"code": "ok", "message": "", "log_id": "202611220842010100000000000AB12CE"}

Tiktok = Callable[..., ScriptedHttp]


def user_info(user: dict[str, Any]) -> Any:
    return json_answer("GET", "/v2/user/info/", {"data": {"user": user}, "error": OK})


def refused(code: str, status: int) -> Any:
    return json_answer("GET", "/v2/user/info/", {"data": {}, "error": {"code": code}}, status)


def grant_of(tokens: TokenSet, scopes: frozenset[str]) -> Grant:
    return Grant(subject=OPEN_ID, tokens=tokens, scopes=scopes)


async def test_the_account_that_consented_is_the_one_candidate(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    http = tiktok(user_info(MARA))

    candidates = await login.discover(http, client, grant_of(tokens, ALL))

    assert list(candidates) == [
        Candidate(
            platform="tiktok",
            platform_id=OPEN_ID,
            handle="marabakes",
            display_name="Mara Bakes",
            avatar_url=AVATAR,
            followers=48211,
        )
    ]
    assert candidates[0].is_usable


async def test_the_token_travels_as_a_bearer_header_and_the_fields_in_the_query(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    http = tiktok(user_info(MARA))

    await login.discover(http, client, grant_of(tokens, ALL))

    (request,) = http.requests
    assert request.access_token == tokens.access_token
    assert request.params == {"fields": "open_id,display_name,avatar_url,username,follower_count"}
    assert tokens.access_token not in request.full_url()


async def test_only_granted_fields_are_asked_for(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    """One field without its scope makes TikTok refuse the whole call."""
    http = tiktok(user_info({"open_id": OPEN_ID, "display_name": "Mara Bakes", "avatar_url": AVATAR}))

    await login.discover(http, client, grant_of(tokens, frozenset({"user.info.basic", "video.list"})))

    assert http.requests[0].params == {"fields": "open_id,display_name,avatar_url"}


@pytest.mark.parametrize(
    ("declined", "wording"),
    [
        ("user.info.profile", "Read your additional profile information"),
        ("video.list", "Read your public videos on TikTok"),
    ],
)
async def test_a_declined_scope_makes_the_account_unusable_and_names_the_switch(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet, declined: str, wording: str
) -> None:
    http = tiktok(user_info(MARA))

    (candidate,) = await login.discover(http, client, grant_of(tokens, ALL - {declined}))

    assert candidate.unusable is Unusable.SCOPE_DECLINED
    assert candidate.missing_scopes == {declined}
    assert wording in candidate.hint
    assert candidate.hint.endswith(".")


async def test_an_account_without_its_statistics_is_usable_and_its_followers_unknown(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    user = {name: value for name, value in MARA.items() if name != "follower_count"}
    http = tiktok(user_info(user))

    (candidate,) = await login.discover(http, client, grant_of(tokens, ALL - {"user.info.stats"}))

    assert candidate.is_usable
    assert candidate.followers is None


async def test_a_grant_without_any_profile_scope_is_told_without_asking_tiktok(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    http = tiktok()

    (candidate,) = await login.discover(http, client, grant_of(tokens, frozenset({"video.list"})))

    assert candidate.platform_id == OPEN_ID
    assert candidate.missing_scopes == {"user.info.basic", "user.info.profile"}
    assert " and " in candidate.hint


async def test_a_handle_is_kept_in_lower_case_as_addresses_spell_it(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    http = tiktok(user_info(MARA | {"username": "MaraBakes"}))

    (candidate,) = await login.discover(http, client, grant_of(tokens, ALL))

    assert candidate.handle == "marabakes"


@pytest.mark.parametrize("followers", [0, 48211])
async def test_followers_are_as_tiktok_counts_them(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet, followers: int
) -> None:
    http = tiktok(user_info(MARA | {"follower_count": followers}))

    (candidate,) = await login.discover(http, client, grant_of(tokens, ALL))

    assert candidate.followers == followers


async def test_fields_of_an_odd_type_are_unknown_rather_than_wrong(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    odd = {"display_name": None, "avatar_url": "", "username": 5, "follower_count": True}
    http = tiktok(user_info(odd))

    (candidate,) = await login.discover(http, client, grant_of(tokens, ALL))

    assert candidate == Candidate(platform="tiktok", platform_id=OPEN_ID)


@pytest.mark.parametrize("data", [None, [], {}, {"user": None}, {"user": []}], ids=repr)
async def test_an_answer_without_a_user_is_unexpected(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet, data: object
) -> None:
    http = tiktok(json_answer("GET", "/v2/user/info/", {"data": data, "error": OK}))

    with pytest.raises(UnexpectedAnswer):
        await login.discover(http, client, grant_of(tokens, ALL))


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("access_token_invalid", 401, AccessTokenRejected),
        ("rate_limit_exceeded", 429, RateLimited),
        ("internal_error", 500, PlatformUnavailable),
    ],
)
async def test_a_refused_read_is_raised_as_what_it_means(
    login: TikTokLogin,
    client: ClientConfig,
    tiktok: Tiktok,
    tokens: TokenSet,
    code: str,
    status: int,
    expected: type[Exception],
) -> None:
    with pytest.raises(expected):
        await login.discover(tiktok(refused(code, status)), client, grant_of(tokens, ALL))


async def test_a_scope_that_tiktok_refuses_unnamed_is_found_by_asking_for_each(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, tokens: TokenSet
) -> None:
    http = tiktok(
        refused("scope_permission_missed", 400),
        user_info({"open_id": OPEN_ID}),
        user_info({"username": "marabakes"}),
        refused("scope_not_authorized", 401),
    )

    with pytest.raises(ScopeNotGranted) as caught:
        await login.discover(http, client, grant_of(tokens, ALL))

    assert caught.value.missing == {"user.info.stats"}
    assert [request.params["fields"] for request in http.requests[1:]] == [
        "open_id,display_name,avatar_url",
        "username",
        "follower_count",
    ]


# The probe


async def test_a_living_link_tells_how_the_account_presents_itself(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    """TikTok tells neither scopes nor the consent's end: both stay as they are known."""
    http = tiktok(user_info(MARA))

    health = await login.probe(http, client, mara)

    assert health == Health(facts=AccountFacts("marabakes", "Mara Bakes", AVATAR, 48211))
    assert http.requests[0].access_token == mara.access_token


async def test_a_probe_asks_only_for_what_was_granted(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    http = tiktok(user_info({"open_id": OPEN_ID}))

    health = await login.probe(http, client, replace(mara, scopes=frozenset({"video.list"})))

    assert http.requests[0].params == {"fields": "open_id,display_name,avatar_url"}
    assert health.facts == AccountFacts()


async def test_a_probe_tells_the_scopes_that_are_left_when_one_was_taken_away(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    http = tiktok(
        refused("scope_permission_missed", 400),
        user_info({"open_id": OPEN_ID}),
        refused("scope_not_authorized", 401),
        user_info({"follower_count": 48211}),
    )

    health = await login.probe(http, client, mara)

    assert health == Health(scopes=ALL - {"user.info.profile"})


async def test_a_scope_that_was_never_granted_is_not_among_those_asked_for(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    http = tiktok(
        refused("scope_not_authorized", 401),
        user_info({"open_id": OPEN_ID}),
        refused("scope_not_authorized", 401),
    )

    health = await login.probe(http, client, replace(mara, scopes=ALL - {"user.info.stats"}))

    assert health == Health(scopes=frozenset({"user.info.basic", "video.list"}))


async def test_a_probe_that_finds_no_culprit_does_not_call_the_link_well(
    login: TikTokLogin, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    http = tiktok(refused("scope_not_authorized", 401), user_info({}), user_info({}), user_info({}))

    with pytest.raises(ScopeNotGranted):
        await login.probe(http, client, mara)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("access_token_invalid", 401, AccessTokenRejected),
        ("rate_limit_exceeded", 429, RateLimited),
        ("internal_error", 500, PlatformUnavailable),
        ("invalid_params", 400, UnexpectedAnswer),
    ],
)
async def test_a_refused_probe_is_raised_as_what_it_means(
    login: TikTokLogin,
    client: ClientConfig,
    tiktok: Tiktok,
    mara: LinkedAccount,
    code: str,
    status: int,
    expected: type[Exception],
) -> None:
    with pytest.raises(expected) as caught:
        await login.probe(tiktok(refused(code, status)), client, mara)

    assert type(caught.value) is expected
