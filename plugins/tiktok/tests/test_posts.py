"""TikTok's video object, read leniently. Recorded shapes: tiktok sheet 3, values invented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from linkroll_sdk import Availability, FoundPost, Level, MetricName, PostKind, Reading

from linkroll_tiktok.metrics import CATALOGUE
from linkroll_tiktok.posts import read_post, videos_by_id

POST_METRICS = [metric for metric in CATALOGUE if metric.level is Level.POST]
EVER = datetime(2000, 1, 1, tzinfo=UTC)
VIDEO: dict[str, Any] = {
    "id": "7574012345678901234",
    "create_time": 1763550000,
    "title": "Rye starter, day 3",
    "duration": 41,
    "share_url": "https://www.tiktok.com/@marabakes/video/7574012345678901234"
    "?utm_campaign=tt4d_open_api&utm_source=sbaw1example",
    "like_count": 3120,
    "comment_count": 88,
    "share_count": 140,
    "view_count": 51200,
}


def post_of(**changes: object) -> FoundPost:
    post = read_post(VIDEO | changes, POST_METRICS, EVER)
    assert post is not None
    return post


def values_of(post: FoundPost) -> dict[MetricName, float | None]:
    return {reading.metric: reading.value for reading in post.readings}


def test_a_video_is_read_with_its_numbers() -> None:
    post = post_of()

    assert (post.post_id, post.kind) == ("7574012345678901234", PostKind.VIDEO)
    assert post.published_at == datetime(2025, 11, 19, 11, tzinfo=UTC)
    assert post.text == "Rye starter, day 3"
    assert values_of(post) == {
        MetricName.VIEWS: 51200,
        MetricName.VIDEO_VIEWS: 51200,
        MetricName.LIKES: 3120,
        MetricName.COMMENTS: 88,
        MetricName.SHARES: 140,
        MetricName.ENGAGEMENTS: 3348,
    }
    assert {reading.day for reading in post.readings} == {None}


def test_an_address_loses_its_tracking() -> None:
    """It carries the operator's client key."""
    assert post_of().url == "https://www.tiktok.com/@marabakes/video/7574012345678901234"


@pytest.mark.parametrize(
    "share_url",
    [
        None,
        "",
        5,
        "http://www.tiktok.com/@marabakes/video/1",
        "https://tiktok.com.evil.example/@marabakes/video/1",
        "https://nottiktok.com/video/1",
        "https://[www.tiktok.com/",
        "javascript:alert(1)",
    ],
    ids=repr,
)
def test_an_address_that_is_not_tiktoks_is_left_out(share_url: object) -> None:
    assert post_of(share_url=share_url).url is None


def test_a_photo_post_is_told_by_its_address_and_has_no_video_views() -> None:
    post = post_of(share_url="https://www.tiktok.com/@marabakes/photo/7574012345678901234?utm_source=x")

    assert post.kind is PostKind.ALBUM
    assert MetricName.VIEWS in values_of(post)
    assert MetricName.VIDEO_VIEWS not in values_of(post)


def test_the_caption_comes_before_the_title() -> None:
    assert post_of(video_description="Day 3 #sourdough").text == "Day 3 #sourdough"
    assert post_of(video_description="", title=None).text == ""


@pytest.mark.parametrize(
    "sent", [None, -1, "", "many", 5.5, True, [], {"value": 3}, "9" * 30], ids=lambda sent: repr(sent)[:12]
)
def test_a_number_that_is_none_is_unknown_and_never_zero(sent: object) -> None:
    post = post_of(view_count=sent)

    views = next(reading for reading in post.readings if reading.metric is MetricName.VIEWS)
    assert views == Reading(MetricName.VIEWS, "view_count", Availability.NOT_YET)


def test_a_number_that_is_left_out_is_unknown_and_never_zero() -> None:
    video = {name: value for name, value in VIDEO.items() if name != "view_count"}

    post = read_post(video, POST_METRICS, EVER)

    assert post is not None and values_of(post)[MetricName.VIEWS] is None


def test_zero_is_a_number() -> None:
    post = post_of(like_count=0, comment_count=0, share_count=0)

    assert values_of(post)[MetricName.LIKES] == 0
    assert values_of(post)[MetricName.ENGAGEMENTS] == 0


def test_a_long_number_may_come_as_a_string() -> None:
    assert values_of(post_of(view_count="51200"))[MetricName.VIEWS] == 51200


@pytest.mark.parametrize("part", ["like_count", "comment_count", "share_count"])
def test_engagements_are_unknown_as_soon_as_a_part_is(part: str) -> None:
    """A sum without one of its parts would look like a fall."""
    assert values_of(post_of(**{part: None}))[MetricName.ENGAGEMENTS] is None


@pytest.mark.parametrize("sent", [None, 0, -5, "", "yesterday", True, 10**15], ids=repr)
def test_a_video_without_a_time_is_no_post(sent: object) -> None:
    """A post of 1970 would be a lie that sorts to the end of every list."""
    assert read_post(VIDEO | {"create_time": sent}, POST_METRICS, EVER) is None


@pytest.mark.parametrize(
    "videos", [None, [], {}, "x", 5, [None, 5, "x", {}, {"id": ""}, {"id": True}]], ids=repr
)
def test_what_is_no_video_is_passed_over(videos: object) -> None:
    page = {"videos": videos}

    assert videos_by_id([page]) == {}


def test_an_id_may_come_as_a_number_and_keeps_its_digits() -> None:
    assert list(videos_by_id([{"videos": [{"id": 7574012345678901234}]}])) == ["7574012345678901234"]


def test_two_answers_about_one_video_are_put_together() -> None:
    answers: list[dict[str, Any]] = [
        {"videos": [{"id": "1", "like_count": 3}]},
        {"videos": [{"id": "1", "view_count": 5}, {"id": "2"}]},
    ]

    assert videos_by_id(answers) == {
        "1": {"id": "1", "like_count": 3, "view_count": 5},
        "2": {"id": "2"},
    }
