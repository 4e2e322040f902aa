"""The channel that a grant reaches, and the reasons why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from linkroll_sdk import (
    AccessTokenRejected,
    Candidate,
    ClientConfig,
    Grant,
    PlatformUnavailable,
    RateLimited,
    UnexpectedAnswer,
    Unusable,
)
from linkroll_sdk.testing import ScriptedHttp, json_answer

from linkroll_youtube.oauth import GoogleLogin
from linkroll_youtube.scopes import ANALYTICS_READONLY, YOUTUBE_READONLY

Google = Callable[..., ScriptedHttp]
Recorded = Callable[[str], Any]

PATH = "/youtube/v3/channels"
MARA = Candidate(
    platform="youtube",
    platform_id="UCk3Ex4mpleCh4nnelId_00A",
    handle="marabakes",
    display_name="Mara Bakes",
    avatar_url="https://yt3.ggpht.com/x=s800",
    followers=48200,
)


@pytest.fixture
def discover(login: GoogleLogin, client: ClientConfig, google: Google, grant: Grant) -> Callable[..., Any]:
    """Discovery against one recorded or altered answer, with all scopes unless the test says otherwise."""

    async def discovering(body: object, status: int = 200, without: frozenset[str] = frozenset()) -> Any:
        http = google(json_answer("GET", PATH, body, status))
        return await login.discover(http, client, replace(grant, scopes=grant.scopes - without))

    return discovering


@pytest.fixture
def channels(recorded: Recorded) -> dict[str, Any]:
    answer: dict[str, Any] = recorded("channels")
    return answer


async def test_the_picked_channel_is_the_candidate(
    discover: Callable[..., Any], channels: dict[str, Any]
) -> None:
    assert await discover(channels) == [MARA]


async def test_the_channel_is_asked_for_with_the_token_out_of_the_address(
    login: GoogleLogin, client: ClientConfig, google: Google, grant: Grant, channels: dict[str, Any]
) -> None:
    http = google(json_answer("GET", PATH, channels))

    await login.discover(http, client, grant)

    assert http.requests[0].params == {"part": "id,snippet,statistics", "mine": "true"}
    assert http.requests[0].access_token == grant.tokens.access_token
    assert grant.tokens.access_token not in http.requests[0].full_url()


class TestNoChannel:
    @pytest.mark.parametrize("status", [401, 403])
    async def test_a_refusal_for_want_of_a_channel_is_an_answer(
        self, discover: Callable[..., Any], recorded: Recorded, status: int
    ) -> None:
        (candidate,) = await discover(recorded("signup_required"), status)

        assert candidate.unusable is Unusable.NO_CHANNEL
        assert candidate.platform_id is None
        assert "pick" in candidate.hint

    @pytest.mark.parametrize("empty", [{}, {"items": []}])
    async def test_an_empty_answer_says_the_same(
        self, discover: Callable[..., Any], recorded: Recorded, empty: dict[str, Any]
    ) -> None:
        (candidate,) = await discover(recorded("no_channel") | empty)

        assert candidate.unusable is Unusable.NO_CHANNEL

    async def test_a_missing_scope_is_told_along(
        self, discover: Callable[..., Any], recorded: Recorded
    ) -> None:
        (candidate,) = await discover(recorded("no_channel"), without=frozenset({ANALYTICS_READONLY}))

        assert candidate.unusable is Unusable.NO_CHANNEL
        assert candidate.missing_scopes == {ANALYTICS_READONLY}


class TestDeclinedScopes:
    async def test_without_analytics_the_channel_is_shown_and_cannot_be_linked(
        self, discover: Callable[..., Any], channels: dict[str, Any]
    ) -> None:
        (candidate,) = await discover(channels, without=frozenset({ANALYTICS_READONLY}))

        assert candidate.unusable is Unusable.SCOPE_DECLINED
        assert not candidate.is_usable
        assert candidate.platform_id == MARA.platform_id
        assert candidate.missing_scopes == {ANALYTICS_READONLY}
        assert "tick" in candidate.hint

    @pytest.mark.parametrize("also", [frozenset(), frozenset({ANALYTICS_READONLY})])
    async def test_without_the_readonly_scope_youtube_is_not_even_asked(
        self, login: GoogleLogin, client: ClientConfig, google: Google, grant: Grant, also: frozenset[str]
    ) -> None:
        http = google()
        missing = also | {YOUTUBE_READONLY}

        (candidate,) = await login.discover(http, client, replace(grant, scopes=grant.scopes - missing))

        assert candidate.unusable is Unusable.SCOPE_DECLINED
        assert candidate.platform_id is None
        assert candidate.missing_scopes == missing


class TestWhatAChannelShows:
    @pytest.mark.parametrize(
        ("statistics", "followers"),
        [
            ({"subscriberCount": "0", "hiddenSubscriberCount": False}, 0),
            ({"subscriberCount": "0", "hiddenSubscriberCount": True}, None),
            ({"hiddenSubscriberCount": True}, None),
            ({"hiddenSubscriberCount": False}, None),
            ({"subscriberCount": 48200}, None),
            ({"subscriberCount": "many"}, None),
            ({"subscriberCount": "9" * 5000}, None),
            ({}, None),
            (None, None),
        ],
    )
    async def test_an_unknown_count_is_never_zero(
        self,
        discover: Callable[..., Any],
        channels: dict[str, Any],
        statistics: object,
        followers: int | None,
    ) -> None:
        channels["items"][0]["statistics"] = statistics

        assert await discover(channels) == [replace(MARA, followers=followers)]

    @pytest.mark.parametrize(
        ("custom_url", "handle"),
        [
            ("@marabakes", "marabakes"),
            ("@bäckerei", "bäckerei"),
            ("@ba\u0308ckerei", "bäckerei"),
            ("marabakes", "c/marabakes"),
            ("@", None),
            ("", None),
            (None, None),
        ],
    )
    async def test_the_handle_is_spelled_as_addresses_spell_it(
        self,
        discover: Callable[..., Any],
        channels: dict[str, Any],
        custom_url: str | None,
        handle: str | None,
    ) -> None:
        channels["items"][0]["snippet"]["customUrl"] = custom_url

        assert await discover(channels) == [replace(MARA, handle=handle)]

    @pytest.mark.parametrize(
        ("thumbnails", "avatar_url"),
        [
            ({"default": {"url": "https://yt3.ggpht.com/x=s88"}}, "https://yt3.ggpht.com/x=s88"),
            ({"high": {"url": "javascript:alert(1)"}}, None),
            ({"high": None}, None),
            ({}, None),
            ([], None),
        ],
    )
    async def test_the_picture_is_the_largest_there_is(
        self,
        discover: Callable[..., Any],
        channels: dict[str, Any],
        thumbnails: object,
        avatar_url: str | None,
    ) -> None:
        channels["items"][0]["snippet"]["thumbnails"] = thumbnails

        assert await discover(channels) == [replace(MARA, avatar_url=avatar_url)]

    async def test_a_bare_channel_is_enough(self, discover: Callable[..., Any]) -> None:
        assert await discover({"items": [{"id": "UCk3Ex4mpleCh4nnelId_00A"}]}) == [
            Candidate("youtube", "UCk3Ex4mpleCh4nnelId_00A")
        ]


class TestRefusals:
    @pytest.mark.parametrize("body", [{"items": {}}, {"items": ["UC"]}, {"items": None}, {"items": [{}]}, []])
    async def test_an_unknown_shape_is_unexpected(self, discover: Callable[..., Any], body: object) -> None:
        with pytest.raises(UnexpectedAnswer):
            await discover(body)

    @pytest.mark.parametrize(
        ("status", "reason", "raised"),
        [
            (401, "authError", AccessTokenRejected),
            (403, "quotaExceeded", RateLimited),
            (503, "backendError", PlatformUnavailable),
        ],
    )
    async def test_a_real_refusal_is_raised(
        self, discover: Callable[..., Any], status: int, reason: str, raised: type[Exception]
    ) -> None:
        with pytest.raises(raised):
            await discover({"error": {"code": status, "errors": [{"reason": reason}]}}, status)
