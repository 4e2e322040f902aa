"""Fetching an account's numbers. Recorded answers: tiktok sheets 3 and 4, values invented."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from linkroll_sdk import (
    AccessTokenRejected,
    AccountFacts,
    Availability,
    ClientConfig,
    DeadMetric,
    Level,
    LinkedAccount,
    Metric,
    MetricName,
    PlatformUnavailable,
    RateLimited,
    Reading,
    ScopeNotGranted,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer

from linkroll_tiktok.fetching import TikTokMetrics

Tiktok = Callable[..., ScriptedHttp]

TODAY = date(2026, 11, 22)
OK = {"code": "ok", "message": "", "log_id": "202611220842030100000000000AB12CF"}
MARA = {
    "open_id": "-000mK3xExampleOpenId91",
    "display_name": "Mara Bakes",
    "username": "marabakes",
    "follower_count": 48211,
    "following_count": 130,
    "likes_count": 912345,
    "video_count": 212,
}
USER = "/v2/user/info/"


def user_answer(**changes: object) -> Answer:
    return json_answer("GET", USER, {"data": {"user": MARA | changes}, "error": OK})


def refused(code: str = "invalid_params", status: int = 400) -> Answer:
    return json_answer("GET", USER, {"data": {}, "error": {"code": code, "message": "No."}}, status)


@pytest.fixture
def of_account(fetcher: TikTokMetrics) -> list[Metric]:
    return fetcher.catalogue(Level.ACCOUNT, "tiktok")


async def test_an_accounts_numbers_and_its_looks_come_in_one_call(
    fetcher: TikTokMetrics,
    client: ClientConfig,
    tiktok: Tiktok,
    mara: LinkedAccount,
    of_account: list[Metric],
) -> None:
    http = tiktok(user_answer())

    found = await fetcher.read_account(http, client, mara, of_account, TODAY, TODAY)

    assert [(r.metric, r.value, r.day) for r in found.readings] == [
        (MetricName.FOLLOWERS, 48211, None),
        (MetricName.FOLLOWING, 130, None),
        (MetricName.LIKES, 912345, None),
        (MetricName.POSTS, 212, None),
    ]
    assert found.facts == AccountFacts("marabakes", "Mara Bakes", None, 48211)
    assert (found.dead, found.api_version) == ((), "v2")
    assert http.requests[0].params == {
        "fields": "open_id,display_name,avatar_url,username,follower_count,"
        "following_count,likes_count,video_count"
    }


async def test_only_wanted_numbers_are_asked_for_and_told(
    fetcher: TikTokMetrics,
    client: ClientConfig,
    tiktok: Tiktok,
    mara: LinkedAccount,
    of_account: list[Metric],
) -> None:
    (posts,) = [m for m in of_account if m.name is MetricName.POSTS]
    http = tiktok(user_answer())

    found = await fetcher.read_account(http, client, mara, [posts], TODAY, TODAY)

    assert [reading.metric for reading in found.readings] == [MetricName.POSTS]
    assert "likes_count" not in http.requests[0].params["fields"]


async def test_an_account_number_that_tiktok_left_out_is_no_zero(
    fetcher: TikTokMetrics,
    client: ClientConfig,
    tiktok: Tiktok,
    mara: LinkedAccount,
    of_account: list[Metric],
) -> None:
    http = tiktok(user_answer(follower_count=None))

    found = await fetcher.read_account(http, client, mara, of_account, TODAY, TODAY)

    assert found.readings[0] == Reading(MetricName.FOLLOWERS, "follower_count", Availability.NOT_YET)
    assert found.facts is not None and found.facts.followers is None


async def test_one_dead_number_does_not_sink_the_account(
    fetcher: TikTokMetrics,
    client: ClientConfig,
    tiktok: Tiktok,
    mara: LinkedAccount,
    of_account: list[Metric],
) -> None:
    """TikTok does not say which field it dislikes: it is found by halves."""
    http = tiktok(refused(), user_answer(), refused(), user_answer(), refused())

    found = await fetcher.read_account(http, client, mara, of_account, TODAY, TODAY)

    assert {reading.metric for reading in found.readings} == {
        MetricName.FOLLOWERS,
        MetricName.FOLLOWING,
        MetricName.LIKES,
    }
    assert found.dead == (DeadMetric("video_count", "invalid_params"),)


async def test_a_scope_taken_away_is_named(
    fetcher: TikTokMetrics,
    client: ClientConfig,
    tiktok: Tiktok,
    mara: LinkedAccount,
    of_account: list[Metric],
) -> None:
    http = tiktok(
        refused("scope_permission_missed"),
        user_answer(),
        user_answer(),
        refused("scope_not_authorized", 401),
    )

    with pytest.raises(ScopeNotGranted) as caught:
        await fetcher.read_account(http, client, mara, of_account, TODAY, TODAY)

    assert caught.value.missing == {"user.info.stats"}


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("access_token_invalid", 401, AccessTokenRejected),
        ("rate_limit_exceeded", 429, RateLimited),
        ("internal_error", 500, PlatformUnavailable),
    ],
)
async def test_a_refused_read_of_an_account_is_raised_at_once(
    fetcher: TikTokMetrics,
    client: ClientConfig,
    tiktok: Tiktok,
    mara: LinkedAccount,
    of_account: list[Metric],
    code: str,
    status: int,
    expected: type[Exception],
) -> None:
    with pytest.raises(expected):
        await fetcher.read_account(tiktok(refused(code, status)), client, mara, of_account, TODAY, TODAY)
