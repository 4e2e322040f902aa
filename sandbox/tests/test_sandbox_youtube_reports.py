"""Reports of the YouTube Analytics API: whole Pacific days, late, and only in supported mixes."""

from datetime import timedelta

import pytest

from linkroll_sandbox.content import accounts, library
from linkroll_sandbox.content.days import day_of, start_of
from linkroll_sandbox.content.numbers import account_day, post_total
from linkroll_sandbox.world import World

EXCHANGE = "https://oauth2.googleapis.com/token"
REPORTS = "https://youtubeanalytics.googleapis.com/v2/reports"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"
MARA = "UCk3Ex4mpleCh4nnelId_00A"
SHOWN = "videoThumbnailImpressions,videoThumbnailImpressionsClickRate"


@pytest.fixture
def world():
    """At noon of a Pacific day, so that no day ends in the middle of a test."""
    found = World()
    found.clock.offset_seconds = start_of(day_of(found.now())) + 12 * 3600 - found.now()
    return found


@pytest.fixture
async def sandbox(serve, world):
    """A sandbox whose truth the test can ask for directly."""
    async with serve(world) as running:
        yield running


@pytest.fixture
def marabakes(world):
    return accounts.named(world.cast, "youtube", MARA)


@pytest.fixture
async def token(sandbox):
    callback = await sandbox.consent("google", "mara", access_type="offline", prompt="consent")
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": callback["code"]}
    return (await sandbox.post(EXCHANGE, **sandbox.secrets("google"), **form)).json["access_token"]


@pytest.fixture
def today(world):
    return day_of(world.now())


@pytest.fixture
def ask(sandbox, token, today):
    """Asks for a report of the last ten days, unless told otherwise."""

    async def asked(**changes):
        query = {
            "ids": "channel==MINE",
            "startDate": (today - timedelta(days=9)).isoformat(),
            "endDate": today.isoformat(),
            "metrics": "views",
            **changes,
        }
        return await sandbox.bearer(REPORTS, token, **query)

    return asked


def reason(answer):
    return answer.status, answer.error["errors"][0]["reason"]


async def test_a_report_by_day_is_the_truth_of_each_day(ask, marabakes, today):
    answer = await ask(dimensions="day", metrics="likes,views,engagedViews")

    headers = [(one["name"], one["columnType"]) for one in answer.json["columnHeaders"]]
    true = [
        [
            day.isoformat(),
            *(account_day(marabakes, name, day) for name in ("likes", "views", "engaged_views")),
        ]
        for day in (today - timedelta(days=n) for n in range(9, 1, -1))
    ]
    assert headers == [("day", "DIMENSION"), *((one, "METRIC") for one in ("likes", "views", "engagedViews"))]
    assert answer.json["rows"] == true
    assert all(row[3] <= row[2] for row in true)


async def test_the_newest_days_have_no_row_yet(sandbox, ask, today):
    await sandbox.switch(youtube_lag_days="3")

    rows = (await ask(dimensions="day")).json["rows"]

    assert rows[-1][0] == (today - timedelta(days=3)).isoformat()


async def test_a_range_of_late_days_has_no_rows_at_all(ask, today):
    answer = await ask(dimensions="day", startDate=today.isoformat())

    assert [one["name"] for one in answer.json["columnHeaders"]] == ["day", "views"]
    assert "rows" not in answer.json


async def test_the_whole_range_is_the_sum_of_its_days(ask):
    [[whole]] = (await ask()).json["rows"]
    days = (await ask(dimensions="day")).json["rows"]

    assert whole == sum(row[1] for row in days) > 0


async def test_time_is_told_in_minutes_and_an_average_in_seconds(ask, marabakes, today):
    day = today - timedelta(days=5)

    answer = await ask(
        startDate=day.isoformat(),
        endDate=day.isoformat(),
        metrics="estimatedMinutesWatched,averageViewDuration",
    )

    [[minutes, average]] = answer.json["rows"]
    watched = account_day(marabakes, "watch_time", day)
    assert minutes == watched // 60_000
    assert average == watched // 1000 // account_day(marabakes, "views", day)


async def test_gained_and_lost_are_told_apart(ask, marabakes, today):
    day = today - timedelta(days=4)

    answer = await ask(
        startDate=day.isoformat(), endDate=day.isoformat(), metrics="subscribersGained,subscribersLost"
    )

    true = [account_day(marabakes, name, day) for name in ("followers_gained", "followers_lost")]
    assert answer.json["rows"] == [true]


async def test_a_video_has_days_of_its_own(ask, world, marabakes):
    video = library.posts(world, marabakes, until=world.now() - 3 * 86_400)[0]

    rows = (await ask(dimensions="day", filters=f"video=={video.id}")).json["rows"]

    channel = (await ask(dimensions="day")).json["rows"]
    assert [row[0] for row in rows] == [row[0] for row in channel]
    assert sum(row[1] for row in rows) > 0
    assert rows != channel


async def test_a_video_tells_whom_it_brought_in_the_range(ask, world, marabakes, today):
    video = library.posts(world, marabakes, until=world.now() - 20 * 86_400)[0]
    last = today - timedelta(days=2)

    answer = await ask(filters=f"video=={video.id}", metrics="subscribersGained,subscribersLost")

    begin, end = start_of(today - timedelta(days=9)), start_of(last + timedelta(days=1))
    assert answer.json["rows"] == [
        [post_total(video, "followers_gained", end) - post_total(video, "followers_gained", begin), 0]
    ]


async def test_a_video_of_somebody_else_has_no_numbers_here(ask, world):
    dina = accounts.named(world.cast, "youtube", "dinatravels")
    video = library.posts(world, dina)[5]

    answer = await ask(filters=f"video=={video.id}")

    assert answer.json["rows"] == [[0]]


async def test_videos_come_in_the_asked_order_and_number(ask):
    answer = await ask(dimensions="video", metrics="views,likes", sort="-views", maxResults=3)

    views = [row[1] for row in answer.json["rows"]]
    assert len(views) == 3
    assert views == sorted(views, reverse=True)


async def test_later_rows_begin_where_the_first_ones_end(ask):
    whole = (await ask(dimensions="day", sort="day")).json["rows"]

    part = (await ask(dimensions="day", sort="day", maxResults=2, startIndex=3)).json["rows"]

    assert part == whole[2:4]


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": "views,shoeSize"},
        {"metrics": "viewerPercentage"},
        {"dimensions": "day,video"},
        {"dimensions": "country"},
        {"filters": "country==DE"},
        {"filters": "video==a;country==DE"},
        {"dimensions": "video"},
        {"dimensions": "video", "sort": "-views", "maxResults": "201"},
        {"dimensions": "day", "sort": "likes"},
        {"metrics": SHOWN, "dimensions": "day"},
    ],
    ids=[
        *("unknown metric", "other report", "two dimensions", "dimension", "filter", "two filters"),
        *("videos unsorted", "201 videos", "foreign order", "impressions"),
    ],
)
async def test_an_unsupported_mix_is_refused_as_a_whole(ask, change):
    answer = await ask(**change)

    assert reason(answer) == (400, "badRequest")
    assert answer.error["message"] == "The query is not supported."


@pytest.mark.parametrize(
    "change",
    [{"startDate": "2026-13-01"}, {"endDate": "2020-01-01"}, {"maxResults": "0"}],
    ids=["date", "order", "number"],
)
async def test_a_query_that_cannot_be_read_is_refused(ask, change):
    assert reason(await ask(**change)) == (400, "badRequest")


async def test_another_channel_is_forbidden(ask):
    assert reason(await ask(ids="channel==UCd1naTr4vels_Ch4nnel_0D")) == (403, "forbidden")


async def test_impressions_come_alone_and_by_video_once_they_are_there(sandbox, ask):
    await sandbox.switch(youtube_impressions="video")
    by_video = {"dimensions": "video", "sort": "-videoThumbnailImpressions", "maxResults": "5"}

    alone = await ask(metrics=SHOWN, **by_video)
    mixed = await ask(metrics=f"{SHOWN},views", **by_video)
    by_day = await ask(metrics=SHOWN, dimensions="day")

    shown, rate = alone.json["rows"][0][1:]
    assert shown > 0
    assert 0 < rate < 100
    assert [answer.status for answer in (mixed, by_day)] == [400, 400]


async def test_a_dead_metric_sinks_the_query_that_names_it(sandbox, ask):
    await sandbox.switch(youtube_dead_metrics="shares")

    assert (await ask(metrics="views,shares")).status == 400
    assert (await ask(metrics="views")).status == 200


async def test_a_young_day_is_revised_until_it_is_the_truth(sandbox, ask, marabakes, today):
    await sandbox.switch(youtube_revises="on", youtube_lag_days="0")
    day = today - timedelta(days=1)
    one_day = {"startDate": day.isoformat(), "endDate": day.isoformat()}
    true = account_day(marabakes, "views", day)
    [[first]] = (await ask(**one_day)).json["rows"]

    await sandbox.switch(youtube_lag_days="2")
    late = {"endDate": (today - timedelta(days=5)).isoformat(), "dimensions": "day", "sort": "-day"}
    settled = (await ask(**late)).json["rows"][0]

    assert first == true * 90 // 100
    assert settled[1] == account_day(marabakes, "views", today - timedelta(days=5))
