"""A channel's numbers: counters as of now, days from the reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from linkroll_sdk import (
    AccessTokenRejected,
    AccountFacts,
    AccountReadings,
    Availability,
    ClientConfig,
    DeadMetric,
    Level,
    LinkedAccount,
    Measure,
    Metric,
    MetricName,
    RateLimited,
    Reading,
    ReauthorizationRequired,
    UnexpectedAnswer,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer

from linkroll_youtube.fetching import YouTubeMetrics
from linkroll_youtube.metrics import METRICS, is_reported

Recorded = Callable[[str], Any]
YouTube = Callable[..., ScriptedHttp]

CHANNELS = "/youtube/v3/channels"
REPORTS = "/v2/reports"
SINCE, UNTIL = date(2026, 11, 17), date(2026, 11, 21)

CHANNEL = [m for m in METRICS if m.level is Level.ACCOUNT]
COUNTERS = [m for m in CHANNEL if not is_reported(m)]
DAYS = [m for m in CHANNEL if is_reported(m) and m.certain]
IMPRESSIONS = [m for m in CHANNEL if not m.certain]
NOT_SUPPORTED = {
    "error": {"code": 400, "message": "The query is not supported.", "errors": [{"reason": "badRequest"}]}
}


def days_named(*names: MetricName) -> list[Metric]:
    return [m for m in DAYS if m.name in names]


def report(heads: list[str], *rows: list[Any]) -> dict[str, Any]:
    """A report with these columns; without rows it has no such key."""
    columns = [{"name": head, "columnType": "METRIC", "dataType": "INTEGER"} for head in heads]
    table: dict[str, Any] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": columns}
    return {**table, "rows": list(rows)} if rows else table


@pytest.fixture
def read(fetcher: YouTubeMetrics, client: ClientConfig, account: LinkedAccount) -> Callable[..., Any]:
    """Mara's numbers of five days in November, by one script."""

    async def reading(http: ScriptedHttp, wanted: list[Metric], since: date = SINCE) -> AccountReadings:
        return await fetcher.read_account(http, client, account, wanted, since, UNTIL)

    return reading


def values(found: AccountReadings) -> dict[tuple[str, str, date | None], float | None]:
    return {(r.metric.value, r.platform_name, r.day): r.value for r in found.readings}


def channels(statistics: object, recorded: Recorded) -> Answer:
    answer = recorded("channels")
    answer["items"][0]["statistics"] = statistics
    return json_answer("GET", CHANNELS, answer)


class TestCounters:
    async def test_one_unit_brings_all_of_them_and_how_the_channel_presents_itself(
        self, read: Callable[..., Any], youtube: YouTube, recorded: Recorded
    ) -> None:
        http = youtube(json_answer("GET", CHANNELS, recorded("channels")))

        found = await read(http, COUNTERS)

        assert values(found) == {
            ("FOLLOWERS", "subscriberCount", None): 48200,
            ("TOTAL_VIEWS", "viewCount", None): 8123456,
            ("POSTS", "videoCount", None): 212,
        }
        assert found.facts == AccountFacts("marabakes", "Mara Bakes", "https://yt3.ggpht.com/x=s800", 48200)
        assert [r.operation for r in http.requests] == ["channels"]

    @pytest.mark.parametrize("count", ["0", None])
    async def test_hidden_subscribers_are_withheld(
        self, read: Callable[..., Any], youtube: YouTube, recorded: Recorded, count: str | None
    ) -> None:
        hidden = {"hiddenSubscriberCount": True, "subscriberCount": count, "viewCount": "5"}
        found = await read(youtube(channels(hidden, recorded)), COUNTERS)

        followers = next(r for r in found.readings if r.metric is MetricName.FOLLOWERS)
        assert followers.availability is Availability.WITHHELD
        assert followers.value is None
        assert found.facts.followers is None

    @pytest.mark.parametrize(
        "statistics", [None, {}, {"viewCount": None}, {"viewCount": -1}, {"viewCount": ""}]
    )
    async def test_what_is_not_told_is_not_zero(
        self, read: Callable[..., Any], youtube: YouTube, recorded: Recorded, statistics: object
    ) -> None:
        found = await read(youtube(channels(statistics, recorded)), COUNTERS)

        assert {(r.availability, r.value) for r in found.readings} == {(Availability.NOT_YET, None)}

    async def test_zero_is_a_number(
        self, read: Callable[..., Any], youtube: YouTube, recorded: Recorded
    ) -> None:
        found = await read(youtube(channels({"viewCount": "0"}, recorded)), COUNTERS)

        assert values(found)["TOTAL_VIEWS", "viewCount", None] == 0

    async def test_another_channels_numbers_are_not_taken(
        self, read: Callable[..., Any], youtube: YouTube, recorded: Recorded
    ) -> None:
        answer = recorded("channels")
        answer["items"][0]["id"] = "UCsomebodyElse_Channel00"

        with pytest.raises(ReauthorizationRequired):
            await read(youtube(json_answer("GET", CHANNELS, answer)), COUNTERS)


class TestDays:
    async def test_days_come_in_one_report_of_the_named_channel(
        self, read: Callable[..., Any], youtube: YouTube, recorded: Recorded
    ) -> None:
        http = youtube(json_answer("GET", REPORTS, recorded("days")))

        await read(http, DAYS)

        (request,) = http.requests
        assert request.url == "https://youtubeanalytics.googleapis.com/v2/reports"
        assert request.operation == "channel_report"
        assert request.params == {
            "ids": "channel==UCk3Ex4mpleCh4nnelId_00A",
            "startDate": "2026-11-17",
            "endDate": "2026-11-21",
            "dimensions": "day",
            "sort": "day",
            "metrics": "views,likes,comments,subscribersGained,subscribersLost,engagedViews,shares,"
            "estimatedMinutesWatched,averageViewDuration",
        }

    async def test_each_day_has_its_numbers_and_a_late_day_has_none(
        self, read: Callable[..., Any], youtube: YouTube, recorded: Recorded
    ) -> None:
        found = await read(youtube(json_answer("GET", REPORTS, recorded("days"))), DAYS)

        first, second = date(2026, 11, 17), date(2026, 11, 18)
        assert {r.day for r in found.readings} == {first, second}
        told = values(found)
        assert {key[:2]: value for key, value in told.items() if key[2] == first} == {
            ("VIEWS", "views"): 5210,
            ("VIDEO_VIEWS", "views"): 5210,
            ("ENGAGED_VIEWS", "engagedViews"): 3980,
            ("LIKES", "likes"): 144,
            ("COMMENTS", "comments"): 12,
            ("SHARES", "shares"): 7,
            ("ENGAGEMENTS", "likes+comments+shares"): 163,
            ("WATCH_TIME", "estimatedMinutesWatched"): 198_000_000,
            ("AVERAGE_WATCH_TIME", "averageViewDuration"): 38_500,
            ("FOLLOWERS_GAINED", "subscribersGained"): 21,
            ("FOLLOWERS_LOST", "subscribersLost"): 4,
        }
        assert told["COMMENTS", "comments", second] == 0

    async def test_columns_are_read_by_their_names_not_their_places(
        self, read: Callable[..., Any], youtube: YouTube
    ) -> None:
        answer = report(["shares", "day", "views"], [3, "2026-11-17", 70])
        http = youtube(json_answer("GET", REPORTS, answer))

        found = await read(http, days_named(MetricName.VIEWS, MetricName.SHARES))

        assert values(found) == {
            ("VIEWS", "views", SINCE): 70,
            ("SHARES", "shares", SINCE): 3,
        }

    @pytest.mark.parametrize("rows", [[], None])
    async def test_a_report_without_rows_says_nothing(
        self, read: Callable[..., Any], youtube: YouTube, rows: object
    ) -> None:
        answer = report(["day", "views"]) | ({} if rows is None else {"rows": rows})

        found = await read(youtube(json_answer("GET", REPORTS, answer)), days_named(MetricName.VIEWS))

        assert found.readings == ()
        assert found.dead == ()

    @pytest.mark.parametrize("unknown", [None, "12", True])
    async def test_a_sum_with_an_unknown_part_is_unknown(
        self, read: Callable[..., Any], youtube: YouTube, unknown: object
    ) -> None:
        answer = report(["day", "likes", "comments", "shares"], ["2026-11-17", 5, unknown, 1])
        wanted = days_named(MetricName.LIKES, MetricName.COMMENTS, MetricName.ENGAGEMENTS)

        found = await read(youtube(json_answer("GET", REPORTS, answer)), wanted)

        assert {r.metric: (r.availability, r.value) for r in found.readings} == {
            MetricName.LIKES: (Availability.SUPPORTED, 5),
            MetricName.COMMENTS: (Availability.NOT_YET, None),
            MetricName.ENGAGEMENTS: (Availability.NOT_YET, None),
        }

    async def test_the_parts_of_a_sum_are_asked_for_once(
        self, read: Callable[..., Any], youtube: YouTube
    ) -> None:
        http = youtube(json_answer("GET", REPORTS, report(["day", "likes", "comments", "shares"])))

        await read(http, days_named(MetricName.ENGAGEMENTS, MetricName.LIKES))

        assert http.requests[0].params["metrics"] == "likes,comments,shares"

    async def test_no_day_is_no_question(self, read: Callable[..., Any], youtube: YouTube) -> None:
        http = youtube()

        found = await read(http, DAYS, since=date(2026, 11, 22))

        assert found.readings == () and http.requests == []

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"columnHeaders": "day"},
            report(["day", "views"], ["2026-11-17"]),
            {**report(["day"]), "rows": "none"},
            report(["day", "views"], ["yesterday", 5]),
        ],
    )
    async def test_an_unknown_shape_is_unexpected(
        self, read: Callable[..., Any], youtube: YouTube, answer: object
    ) -> None:
        with pytest.raises(UnexpectedAnswer):
            await read(youtube(json_answer("GET", REPORTS, answer)), days_named(MetricName.VIEWS))


class TestRefusedMetrics:
    async def test_impressions_are_asked_for_apart_so_that_their_refusal_costs_nothing_else(
        self, read: Callable[..., Any], youtube: YouTube, recorded: Recorded
    ) -> None:
        http = youtube(
            json_answer("GET", REPORTS, recorded("days")), json_answer("GET", REPORTS, NOT_SUPPORTED, 400)
        )

        found = await read(http, [*DAYS, *IMPRESSIONS])

        assert len(found.readings) == 2 * len(DAYS)
        assert found.dead == (DeadMetric("videoThumbnailImpressions", "badRequest"),)
        assert http.requests[1].params["metrics"] == "videoThumbnailImpressions"

    async def test_impressions_are_taken_where_they_are_told(
        self, read: Callable[..., Any], youtube: YouTube
    ) -> None:
        answer = report(["day", "videoThumbnailImpressions"], ["2026-11-17", 90_000])

        found = await read(youtube(json_answer("GET", REPORTS, answer)), IMPRESSIONS)

        (metric,) = IMPRESSIONS
        assert found.readings == (Reading.of(metric, 90_000, SINCE),)

    async def test_one_dead_metric_sinks_no_other(self, read: Callable[..., Any], youtube: YouTube) -> None:
        wanted = days_named(MetricName.LIKES, MetricName.SHARES)
        http = youtube(
            json_answer("GET", REPORTS, NOT_SUPPORTED, 400),
            json_answer("GET", REPORTS, report(["day", "likes"], ["2026-11-17", 5])),
            json_answer("GET", REPORTS, NOT_SUPPORTED, 400),
        )

        found = await read(http, wanted)

        assert values(found) == {("LIKES", "likes", SINCE): 5}
        assert found.dead == (DeadMetric("shares", "badRequest"),)

    async def test_a_dead_column_is_told_once_though_two_metrics_read_it(
        self, read: Callable[..., Any], youtube: YouTube
    ) -> None:
        refusals = [json_answer("GET", REPORTS, NOT_SUPPORTED, 400)] * 3

        found = await read(youtube(*refusals), days_named(MetricName.VIEWS, MetricName.VIDEO_VIEWS))

        assert found.dead == (DeadMetric("views", "badRequest"),)

    @pytest.mark.parametrize(
        ("status", "reason", "raised"),
        [
            (401, "authError", AccessTokenRejected),
            (403, "quotaExceeded", RateLimited),
            (403, "forbidden", UnexpectedAnswer),
        ],
    )
    async def test_what_is_no_word_about_a_metric_is_raised(
        self, read: Callable[..., Any], youtube: YouTube, status: int, reason: str, raised: type[Exception]
    ) -> None:
        body = {"error": {"code": status, "errors": [{"reason": reason}]}}

        with pytest.raises(raised):
            await read(youtube(json_answer("GET", REPORTS, body, status)), DAYS)


async def test_counters_and_days_come_together(
    read: Callable[..., Any], youtube: YouTube, recorded: Recorded
) -> None:
    http = youtube(
        json_answer("GET", CHANNELS, recorded("channels")), json_answer("GET", REPORTS, recorded("days"))
    )

    found = await read(http, [*DAYS, *COUNTERS])

    assert len(found.readings) == len(COUNTERS) + 2 * len(DAYS)
    assert {r.day is None for r in found.readings if r.platform_name == "views"} == {False}
    assert all(m.measure is Measure.DAY for m in DAYS)
