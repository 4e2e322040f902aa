"""The uploads of a channel, and its videos' numbers in batches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from linkroll_sdk import (
    Availability,
    ClientConfig,
    DeadMetric,
    FoundPost,
    KnownPost,
    Level,
    LinkedAccount,
    Metric,
    PostKind,
    PostPage,
    PostReadings,
    RateLimited,
    Reading,
    UnexpectedAnswer,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer

from linkroll_youtube.fetching import YouTubeMetrics
from linkroll_youtube.metrics import METRICS, is_reported

Recorded = Callable[[str], Any]
YouTube = Callable[..., ScriptedHttp]
Call = Callable[..., Any]

UPLOADS = "/youtube/v3/playlistItems"
STATS = "/youtube/v3/videos:batchGetStats"
VIDEOS = "/youtube/v3/videos"
REPORTS = "/v2/reports"
LONG_AGO = datetime(1960, 1, 1, tzinfo=UTC)

NEW = KnownPost("aB3_dE6-gH9", PostKind.VIDEO, datetime(2026, 11, 18, 17, 0, 3, tzinfo=UTC))
OLD = KnownPost("cD4-eF7_hI0", PostKind.VIDEO, datetime(2026, 11, 10, 9, tzinfo=UTC))

OF_VIDEO = [m for m in METRICS if m.level is Level.POST]
COUNTERS = [m for m in OF_VIDEO if not is_reported(m)]
SUMS = [m for m in OF_VIDEO if is_reported(m) and m.certain]
IMPRESSIONS = [m for m in OF_VIDEO if not m.certain]


def told(readings: tuple[Reading, ...]) -> dict[tuple[str, str], float | None]:
    return {(r.metric.value, r.platform_name): r.value for r in readings}


def sums_of(*rows: list[Any]) -> Answer:
    """A report by video with all the columns that SUMS need."""
    heads = ["video", "engagedViews", "shares", "estimatedMinutesWatched", "averageViewDuration"]
    table: dict[str, Any] = {"columnHeaders": [{"name": h} for h in [*heads, "likes", "comments"]]}
    return json_answer("GET", REPORTS, {**table, "rows": list(rows)} if rows else table)


class TestTheList:
    @pytest.fixture
    def listed(self, fetcher: YouTubeMetrics, client: ClientConfig, account: LinkedAccount) -> Call:
        async def listing(
            http: ScriptedHttp, since: datetime = LONG_AGO, after: str | None = None
        ) -> PostPage:
            return await fetcher.list_posts(http, client, account, since, after)

        return listing

    async def test_a_page_of_the_uploads_costs_one_unit(
        self, listed: Call, youtube: YouTube, recorded: Recorded
    ) -> None:
        http = youtube(json_answer("GET", UPLOADS, recorded("uploads")))

        page = await listed(http)

        assert page.posts[0] == FoundPost(
            "aB3_dE6-gH9",
            PostKind.VIDEO,
            datetime(2026, 11, 18, 17, 0, 3, tzinfo=UTC),
            url="https://www.youtube.com/watch?v=aB3_dE6-gH9",
            text="Rye starter, day 3\nFlour, water, patience. #sourdough",
            thumbnail_url="https://i.ytimg.com/vi/aB3_dE6-gH9/hqdefault.jpg",
        )
        assert [post.post_id for post in page.posts] == ["aB3_dE6-gH9", "cD4-eF7_hI0"]
        assert page.after == "EAAaBlBUOkNESQ"
        assert [r.operation for r in http.requests] == ["uploads"]
        assert http.requests[0].params == {
            "playlistId": "UUk3Ex4mpleCh4nnelId_00A",
            "part": "contentDetails,snippet",
            "maxResults": "50",
        }

    async def test_the_next_page_is_asked_for_by_its_token(
        self, listed: Call, youtube: YouTube, recorded: Recorded
    ) -> None:
        last = {k: v for k, v in recorded("uploads").items() if k != "nextPageToken"}
        http = youtube(json_answer("GET", UPLOADS, last))

        page = await listed(http, after="EAAaBlBUOkNESQ")

        assert http.requests[0].params["pageToken"] == "EAAaBlBUOkNESQ"
        assert page.after is None

    @pytest.mark.parametrize("token", ["the-same", "", None, 5])
    async def test_a_list_does_not_go_in_a_circle(
        self, listed: Call, youtube: YouTube, recorded: Recorded, token: object
    ) -> None:
        http = youtube(json_answer("GET", UPLOADS, recorded("uploads") | {"nextPageToken": token}))

        assert (await listed(http, after="the-same")).after is None

    async def test_older_videos_are_left_out_while_the_list_goes_on(
        self, listed: Call, youtube: YouTube, recorded: Recorded
    ) -> None:
        http = youtube(json_answer("GET", UPLOADS, recorded("uploads")))

        page = await listed(http, since=datetime(2026, 11, 15, tzinfo=UTC))

        assert [post.post_id for post in page.posts] == ["aB3_dE6-gH9"]
        assert page.after is not None

    async def test_a_page_of_only_older_videos_is_the_last(
        self, listed: Call, youtube: YouTube, recorded: Recorded
    ) -> None:
        http = youtube(json_answer("GET", UPLOADS, recorded("uploads")))

        page = await listed(http, since=datetime(2026, 11, 20, tzinfo=UTC))

        assert page.posts == () and page.after is None

    @pytest.mark.parametrize(
        "details",
        [
            {},
            {"videoId": "aB3_dE6-gH9"},
            {"videoId": "aB3_dE6-gH9", "videoPublishedAt": "1970-01-01T00:00:00Z"},
            {"videoId": "aB3_dE6-gH9", "videoPublishedAt": "soon"},
            {"videoId": "aB3_dE6-gH9", "videoPublishedAt": "2026-11-18"},
            {"videoId": "no video id", "videoPublishedAt": "2026-11-18T17:00:03Z"},
            None,
        ],
    )
    async def test_what_is_not_published_is_passed_over(
        self, listed: Call, youtube: YouTube, recorded: Recorded, details: object
    ) -> None:
        answer = recorded("uploads")
        answer["items"][0]["contentDetails"] = details

        page = await listed(youtube(json_answer("GET", UPLOADS, answer)))

        assert [post.post_id for post in page.posts] == ["cD4-eF7_hI0"]

    async def test_a_page_of_unpublished_videos_is_not_taken_for_the_end(
        self, listed: Call, youtube: YouTube, recorded: Recorded
    ) -> None:
        answer = recorded("uploads") | {"items": [{"contentDetails": {"videoId": "aB3_dE6-gH9"}}]}

        page = await listed(youtube(json_answer("GET", UPLOADS, answer)))

        assert page.posts == () and page.after == "EAAaBlBUOkNESQ"

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (404, {"error": {"code": 404, "errors": [{"reason": "playlistNotFound"}]}}),
            (200, {"pageInfo": {"totalResults": 0}}),
        ],
    )
    async def test_a_channel_without_a_video_has_an_empty_list(
        self, listed: Call, youtube: YouTube, status: int, body: object
    ) -> None:
        page = await listed(youtube(json_answer("GET", UPLOADS, body, status)))

        assert page.posts == () and page.after is None

    async def test_a_playlist_that_may_not_be_read_is_no_empty_one(
        self, listed: Call, youtube: YouTube
    ) -> None:
        body = {"error": {"code": 403, "errors": [{"reason": "playlistItemsNotAccessible"}]}}

        with pytest.raises(UnexpectedAnswer):
            await listed(youtube(json_answer("GET", UPLOADS, body, 403)))


class TestTheNumbers:
    @pytest.fixture
    def read(self, fetcher: YouTubeMetrics, client: ClientConfig, account: LinkedAccount) -> Call:
        async def reading(
            http: ScriptedHttp, wanted: list[Metric], posts: tuple[KnownPost, ...] = (NEW, OLD)
        ) -> PostReadings:
            return await fetcher.read_posts(http, client, account, posts, wanted)

        return reading

    async def test_a_batch_of_counters_is_one_call_to_a_bucket_of_its_own(
        self, read: Call, youtube: YouTube, recorded: Recorded
    ) -> None:
        http = youtube(json_answer("GET", STATS, recorded("video_stats")))

        found = await read(http, COUNTERS)

        assert told(found.by_post["aB3_dE6-gH9"]) == {
            ("VIEWS", "viewCount"): 51200,
            ("VIDEO_VIEWS", "viewCount"): 51200,
            ("LIKES", "likeCount"): 3120,
            ("COMMENTS", "commentCount"): 88,
        }
        assert set(told(found.by_post["cD4-eF7_hI0"]).values()) == {0}
        assert found.gone == frozenset()
        (request,) = http.requests
        assert request.operation == "video_stats"
        assert request.params == {"id": "aB3_dE6-gH9,cD4-eF7_hI0", "part": "id,statistics"}

    async def test_hidden_likes_are_withheld_and_switched_off_comments_not_supported(
        self, read: Call, youtube: YouTube, recorded: Recorded
    ) -> None:
        answer = recorded("video_stats")
        answer["items"][0]["statistics"] = {"viewCount": "51200"}

        found = await read(youtube(json_answer("GET", STATS, answer)), COUNTERS)

        assert {r.platform_name: r.availability for r in found.by_post["aB3_dE6-gH9"]} == {
            "viewCount": Availability.SUPPORTED,
            "likeCount": Availability.WITHHELD,
            "commentCount": Availability.NOT_SUPPORTED,
        }

    @pytest.mark.parametrize(
        "statistics", [{}, None, {"viewCount": None, "likeCount": -1, "commentCount": 5}]
    )
    async def test_what_is_not_told_is_not_zero(
        self, read: Call, youtube: YouTube, recorded: Recorded, statistics: object
    ) -> None:
        answer = recorded("video_stats")
        answer["items"][0]["statistics"] = statistics

        found = await read(youtube(json_answer("GET", STATS, answer)), COUNTERS)

        assert {r.availability for r in found.by_post["aB3_dE6-gH9"]} == {Availability.NOT_YET}

    async def test_what_the_batch_leaves_out_is_looked_for_before_it_is_gone(
        self, read: Call, youtube: YouTube, recorded: Recorded
    ) -> None:
        """The batch is not atomic: it may leave out a video that exists."""
        third = KnownPost("eF5_gH8-iJ1", PostKind.VIDEO, NEW.published_at)
        batch, looked_up = recorded("video_stats"), recorded("video_stats")
        batch["items"] = batch["items"][:1]
        looked_up["items"] = looked_up["items"][1:]
        http = youtube(json_answer("GET", STATS, batch), json_answer("GET", VIDEOS, looked_up))

        found = await read(http, COUNTERS, (NEW, OLD, third))

        assert found.gone == {"eF5_gH8-iJ1"}
        assert set(found.by_post) == {"aB3_dE6-gH9", "cD4-eF7_hI0"}
        assert http.requests[1].params["id"] == "cD4-eF7_hI0,eF5_gH8-iJ1"
        assert http.requests[1].operation == "videos"

    async def test_all_may_be_gone(self, read: Call, youtube: YouTube) -> None:
        http = youtube(json_answer("GET", STATS, {}), json_answer("GET", VIDEOS, {}))

        found = await read(http, [*COUNTERS, *SUMS])

        assert found.gone == {"aB3_dE6-gH9", "cD4-eF7_hI0"}
        assert found.by_post == {}

    async def test_sums_are_of_the_videos_whole_lives_up_to_the_last_day(
        self, read: Call, youtube: YouTube
    ) -> None:
        http = youtube(sums_of(["aB3_dE6-gH9", 4402, 9, 100, 41, 171, 20]))

        found = await read(http, SUMS)

        assert told(found.by_post["aB3_dE6-gH9"]) == {
            ("ENGAGED_VIEWS", "engagedViews"): 4402,
            ("SHARES", "shares"): 9,
            ("WATCH_TIME", "estimatedMinutesWatched"): 6_000_000,
            ("AVERAGE_WATCH_TIME", "averageViewDuration"): 41_000,
            ("ENGAGEMENTS", "likes+comments+shares"): 200,
        }
        assert all(r.day is None for r in found.by_post["aB3_dE6-gH9"])
        (request,) = http.requests
        assert request.operation == "video_report"
        assert request.params == {
            "ids": "channel==UCk3Ex4mpleCh4nnelId_00A",
            "startDate": "2026-11-09",
            "endDate": "2026-11-22",
            "dimensions": "video",
            "filters": "video==aB3_dE6-gH9,cD4-eF7_hI0",
            "maxResults": "200",
            "sort": "-engagedViews",
            "metrics": "engagedViews,shares,estimatedMinutesWatched,averageViewDuration,likes,comments",
        }

    async def test_a_video_that_is_too_new_for_a_report_has_its_sums_later(
        self, read: Call, youtube: YouTube
    ) -> None:
        found = await read(youtube(sums_of()), SUMS)

        assert set(found.by_post) == {"aB3_dE6-gH9", "cD4-eF7_hI0"}
        assert {r.availability for readings in found.by_post.values() for r in readings} == {
            Availability.NOT_YET
        }

    async def test_a_video_that_was_not_asked_for_is_not_taken(self, read: Call, youtube: YouTube) -> None:
        http = youtube(sums_of(["someOther_1", 1, 1, 1, 1, 1, 1]))

        assert "someOther_1" not in (await read(http, SUMS)).by_post

    async def test_refused_impressions_leave_the_rest_alone(self, read: Call, youtube: YouTube) -> None:
        refused = {"error": {"code": 400, "errors": [{"reason": "badRequest"}]}}
        http = youtube(
            sums_of(["aB3_dE6-gH9", 4402, 9, 100, 41, 171, 20]), json_answer("GET", REPORTS, refused, 400)
        )

        found = await read(http, [*SUMS, *IMPRESSIONS])

        assert found.dead == (DeadMetric("videoThumbnailImpressions", "badRequest"),)
        assert len(found.by_post["aB3_dE6-gH9"]) == len(SUMS)
        assert {r.platform_name for r in found.by_post["cD4-eF7_hI0"]} == {m.platform_name for m in SUMS}

    async def test_counters_and_sums_come_together(
        self, read: Call, youtube: YouTube, recorded: Recorded
    ) -> None:
        http = youtube(
            json_answer("GET", STATS, recorded("video_stats")),
            sums_of(["aB3_dE6-gH9", 4402, 9, 100, 41, 171, 20]),
        )

        found = await read(http, [*COUNTERS, *SUMS])

        assert len(found.by_post["aB3_dE6-gH9"]) == len(COUNTERS) + len(SUMS)

    async def test_the_buckets_end_is_not_the_videos(self, read: Call, youtube: YouTube) -> None:
        body = {"error": {"code": 403, "errors": [{"reason": "quotaExceeded"}]}}

        with pytest.raises(RateLimited) as caught:
            await read(youtube(json_answer("GET", STATS, body, 403)), COUNTERS)

        assert caught.value.retry_after == timedelta(hours=20).total_seconds()

    def test_a_batch_is_as_large_as_a_call_takes(self, fetcher: YouTubeMetrics) -> None:
        assert fetcher.post_batch == 50
