"""Fetching posts and their numbers. Recorded answers: tiktok sheets 3 and 4, values invented."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from linkroll_sdk import (
    AccessTokenRejected,
    ClientConfig,
    DeadMetric,
    KnownPost,
    Level,
    LinkedAccount,
    Metric,
    MetricName,
    PlatformUnavailable,
    PostKind,
    RateLimited,
    Reading,
    ScopeNotGranted,
    UnexpectedAnswer,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer

from linkroll_tiktok.fetching import TikTokMetrics

Tiktok = Callable[..., ScriptedHttp]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
POSTED = 1763550000
OK = {"code": "ok", "message": "", "log_id": "202611220842030100000000000AB12CF"}
LIST, QUERY = "/v2/video/list/", "/v2/video/query/"
POST_FIELDS = "id,create_time,share_url,title,video_description,cover_image_url"
NUMBERS = "view_count,like_count,comment_count,share_count"


def video(number: int = 1, **changes: object) -> dict[str, Any]:
    """The *number*-th newest video."""
    fields = {
        "id": f"757401234567890123{number}",
        "create_time": POSTED - number * 3600,
        "share_url": f"https://www.tiktok.com/@marabakes/video/757401234567890123{number}?utm_source=k",
        "like_count": 3120,
        "comment_count": 88,
        "share_count": 140,
        "view_count": 51200,
    }
    return fields | changes


def page(*videos: dict[str, Any], **more: object) -> Answer:
    data = {"videos": list(videos), "cursor": 0, "has_more": False} | more
    return json_answer("POST", LIST, {"data": data, "error": OK})


def queried(*videos: dict[str, Any]) -> Answer:
    return json_answer("POST", QUERY, {"data": {"videos": list(videos)}, "error": OK})


def refused(path: str, code: str = "invalid_params", status: int = 400) -> Answer:
    return json_answer("POST", path, {"data": {}, "error": {"code": code, "message": "No."}}, status)


def known(number: int = 1, kind: PostKind = PostKind.VIDEO) -> KnownPost:
    published_at = datetime.fromtimestamp(POSTED - number * 3600, UTC)
    return KnownPost(f"757401234567890123{number}", kind, published_at)


@pytest.fixture
def of_post(fetcher: TikTokMetrics) -> list[Metric]:
    return fetcher.catalogue(Level.POST, "tiktok")


# A listing


async def test_a_listing_brings_every_number_along(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, of_post: list[Metric]
) -> None:
    http = tiktok(page(video(1), video(2)))

    found = await fetcher.list_posts(http, client, mara, LONG_AGO, None)

    assert [post.post_id[-1] for post in found.posts] == ["1", "2"]
    assert [reading.metric for reading in found.posts[0].readings] == [metric.name for metric in of_post]
    assert found.after is None
    (request,) = http.requests
    assert request.params == {"fields": f"{POST_FIELDS},{NUMBERS}"}
    assert request.json == {"max_count": 20}
    assert request.access_token == mara.access_token


async def test_the_next_page_is_asked_for_by_tiktoks_cursor(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    http = tiktok(page(video(1), cursor=1763546400000, has_more=True), page(video(2)))

    first = await fetcher.list_posts(http, client, mara, LONG_AGO, None)
    await fetcher.list_posts(http, client, mara, LONG_AGO, first.after)

    assert first.after == "1763546400000"
    assert http.requests[1].json == {"max_count": 20, "cursor": 1763546400000}


async def test_a_short_or_empty_page_may_have_a_next_one(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    found = await fetcher.list_posts(
        tiktok(page(cursor=1763546400000, has_more=True)), client, mara, LONG_AGO, None
    )

    assert (found.posts, found.after) == ((), "1763546400000")


@pytest.mark.parametrize(
    "more",
    [
        {"cursor": 1763546400000, "has_more": False},
        {"cursor": 1763546400000, "has_more": None},
        {"cursor": 0, "has_more": True},
        {"cursor": None, "has_more": True},
        {"cursor": -1, "has_more": True},
        {"cursor": 1763546400001, "has_more": True},
        {"cursor": 1763546400000, "has_more": True},
    ],
    ids=["no more", "unknown", "zero", "missing", "negative", "newer", "the same"],
)
async def test_a_listing_never_goes_in_circles(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, more: dict[str, Any]
) -> None:
    found = await fetcher.list_posts(
        tiktok(page(video(2), **more)), client, mara, LONG_AGO, after="1763546400000"
    )

    assert found.after is None
    assert len(found.posts) == 1


async def test_a_listing_ends_where_posts_are_too_old(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    since = datetime.fromtimestamp(POSTED, UTC) - timedelta(hours=2)
    http = tiktok(page(video(1), video(2), video(3), cursor=(POSTED - 3 * 3600) * 1000, has_more=True))

    found = await fetcher.list_posts(http, client, mara, since, None)

    assert [post.post_id[-1] for post in found.posts] == ["1", "2"]
    assert found.after is None


async def test_one_old_post_among_new_ones_does_not_end_the_listing(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    """The cursor says how far the listing has come, not the posts on the page."""
    since = datetime.fromtimestamp(POSTED, UTC) - timedelta(hours=5)
    cursor = (POSTED - 2 * 3600) * 1000
    http = tiktok(page(video(9), video(2), video(1), cursor=cursor, has_more=True))

    found = await fetcher.list_posts(http, client, mara, since, None)

    assert [post.post_id[-1] for post in found.posts] == ["1", "2"]
    assert found.after == str(cursor)


@pytest.mark.parametrize("videos", [None, [], {}], ids=repr)
async def test_an_account_without_videos_has_an_empty_listing(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, videos: object
) -> None:
    found = await fetcher.list_posts(tiktok(page(videos=videos)), client, mara, LONG_AGO, None)

    assert (found.posts, found.after) == ((), None)


async def test_one_dead_number_does_not_sink_a_listing(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    """
    The posts are whole, put together from several answers; the sum dies with its part. A post published
    between the answers must not push the next page past one that was not seen.
    """
    views = {"id": video()["id"], "create_time": POSTED, "view_count": 51200, "like_count": 3120}
    comments = {"id": video()["id"], "create_time": POSTED, "comment_count": 88}
    http = tiktok(
        refused(LIST),
        page(views, cursor=1763546400000, has_more=True),
        refused(LIST),
        page(comments, cursor=1763500000000, has_more=True),
        refused(LIST),
        refused(LIST),
        refused(LIST),
    )

    found = await fetcher.list_posts(http, client, mara, LONG_AGO, None)

    (post,) = found.posts
    assert {reading.metric: reading.value for reading in post.readings} == {
        MetricName.VIEWS: 51200,
        MetricName.VIDEO_VIEWS: 51200,
        MetricName.LIKES: 3120,
        MetricName.COMMENTS: 88,
    }
    assert {dead.platform_name for dead in found.dead} == {
        "share_count",
        "like_count+comment_count+share_count",
    }
    assert found.after == "1763546400000"


async def test_posts_are_listed_even_when_every_number_is_dead(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, of_post: list[Metric]
) -> None:
    http = tiktok(*[refused(LIST)] * 11, page(video()))

    found = await fetcher.list_posts(http, client, mara, LONG_AGO, None)

    assert [post.readings for post in found.posts] == [()]
    assert {dead.platform_name for dead in found.dead} == {metric.platform_name for metric in of_post}
    assert len(set(found.dead)) == len(found.dead)
    assert http.requests[-1].params == {"fields": POST_FIELDS}


async def test_a_call_that_fails_without_any_number_blames_none(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    """`invalid_params` may mean anything in the call: no metric is dead for a bad cursor."""
    http = tiktok(*[refused(LIST)] * 12)

    with pytest.raises(UnexpectedAnswer) as caught:
        await fetcher.list_posts(http, client, mara, LONG_AGO, None)

    assert caught.value.platform_code == "invalid_params"
    assert len(http.requests) == 12


# Known posts


async def test_known_posts_are_read_again_by_their_ids(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, of_post: list[Metric]
) -> None:
    http = tiktok(queried(video(1), video(2, view_count=7)))

    found = await fetcher.read_posts(http, client, mara, [known(1), known(2)], of_post)

    views = {post: readings[0].value for post, readings in found.by_post.items()}
    assert views == {known(1).post_id: 51200, known(2).post_id: 7}
    assert (found.gone, found.dead, found.api_version) == (frozenset(), (), "v2")
    assert http.requests[0].json == {"filters": {"video_ids": [known(1).post_id, known(2).post_id]}}
    assert http.requests[0].params == {"fields": f"id,{NUMBERS}"}


async def test_a_post_that_tiktok_leaves_out_is_gone(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, of_post: list[Metric]
) -> None:
    found = await fetcher.read_posts(
        tiktok(queried(video(2))), client, mara, [known(1), known(2), known(3)], of_post
    )

    assert found.gone == {known(1).post_id, known(3).post_id}
    assert list(found.by_post) == [known(2).post_id]


@pytest.mark.parametrize("data", [{}, {"videos": None}, {"videos": {}}, None, []], ids=repr)
async def test_an_answer_without_a_list_does_not_make_posts_gone(
    fetcher: TikTokMetrics,
    client: ClientConfig,
    tiktok: Tiktok,
    mara: LinkedAccount,
    of_post: list[Metric],
    data: object,
) -> None:
    http = tiktok(json_answer("POST", QUERY, {"data": data, "error": OK}))

    with pytest.raises(UnexpectedAnswer):
        await fetcher.read_posts(http, client, mara, [known()], of_post)


async def test_a_post_of_somebody_else_is_not_taken_in(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, of_post: list[Metric]
) -> None:
    found = await fetcher.read_posts(tiktok(queried(video(1), video(8))), client, mara, [known(1)], of_post)

    assert list(found.by_post) == [known(1).post_id]


async def test_only_wanted_numbers_of_posts_are_asked_for_and_told(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, of_post: list[Metric]
) -> None:
    likes = [metric for metric in of_post if metric.name is MetricName.LIKES]
    http = tiktok(queried(video(1)))

    found = await fetcher.read_posts(http, client, mara, [known(1)], likes)

    assert found.by_post == {known(1).post_id: (Reading.of(likes[0], 3120),)}
    assert http.requests[0].params == {"fields": "id,like_count"}


async def test_a_known_photo_post_has_no_video_views(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, of_post: list[Metric]
) -> None:
    photo = known(1, PostKind.ALBUM)

    found = await fetcher.read_posts(tiktok(queried(video(1))), client, mara, [photo], of_post)

    assert MetricName.VIDEO_VIEWS not in {reading.metric for reading in found.by_post[photo.post_id]}


async def test_one_dead_number_does_not_sink_known_posts_nor_make_them_gone(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, of_post: list[Metric]
) -> None:
    wanted = [m for m in of_post if m.name in (MetricName.LIKES, MetricName.SHARES)]
    http = tiktok(refused(QUERY), queried(video(1)), refused(QUERY))

    found = await fetcher.read_posts(http, client, mara, [known(1)], wanted)

    assert [reading.metric for reading in found.by_post[known(1).post_id]] == [MetricName.LIKES]
    assert found.dead == (DeadMetric("share_count", "invalid_params"),)
    assert found.gone == frozenset()


async def test_no_posts_need_no_call(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount, of_post: list[Metric]
) -> None:
    found = await fetcher.read_posts(tiktok(), client, mara, [], of_post)

    assert (found.by_post, found.gone) == ({}, frozenset())


# Refusals


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("access_token_invalid", 401, AccessTokenRejected),
        ("scope_not_authorized", 401, ScopeNotGranted),
        ("scope_permission_missed", 400, ScopeNotGranted),
        ("rate_limit_exceeded", 429, RateLimited),
        ("internal_error", 500, PlatformUnavailable),
        ("invalid_file_upload", 400, UnexpectedAnswer),
    ],
)
async def test_a_refused_read_of_posts_is_raised_at_once(
    fetcher: TikTokMetrics,
    client: ClientConfig,
    tiktok: Tiktok,
    mara: LinkedAccount,
    of_post: list[Metric],
    code: str,
    status: int,
    expected: type[Exception],
) -> None:
    """Only `invalid_params` may be about a metric; nothing else is asked twice."""
    listing, query = tiktok(refused(LIST, code, status)), tiktok(refused(QUERY, code, status))

    with pytest.raises(expected) as of_listing:
        await fetcher.list_posts(listing, client, mara, LONG_AGO, None)
    with pytest.raises(expected) as of_query:
        await fetcher.read_posts(query, client, mara, [known()], of_post)

    assert type(of_listing.value) is type(of_query.value) is expected


async def test_a_listing_that_was_not_allowed_names_the_scope_to_switch_on(
    fetcher: TikTokMetrics, client: ClientConfig, tiktok: Tiktok, mara: LinkedAccount
) -> None:
    http = tiktok(refused(LIST, "scope_not_authorized", 401))

    with pytest.raises(ScopeNotGranted) as caught:
        await fetcher.list_posts(http, client, mara, LONG_AGO, None)

    assert caught.value.missing == {"video.list"}
