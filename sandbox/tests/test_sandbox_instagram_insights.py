"""Insights of an Instagram account, on both surfaces, against the truth behind them."""

from datetime import date, datetime, timedelta

import pytest

MARA = "17841400000000123"


async def day_of(reader, metric, **query):
    return await reader.insights(MARA, metric, period="day", **query)


async def at(sandbox, moment):
    """Set the clock, because what is asked for by date must not grow too old."""
    ahead = datetime.fromisoformat(moment) - datetime.now().astimezone()
    await sandbox.control("PUT", "/clock", {"offset_seconds": ahead.total_seconds()})


async def yesterday(sandbox):
    truth = await sandbox.truth("instagram", "mara.bakes")
    return [day for day in truth["days"] if day["complete"]][-1]


def one_day(day):
    return {"since": day, "until": (date.fromisoformat(day) + timedelta(days=1)).isoformat()}


async def test_a_window_of_one_day_tells_the_truth_of_that_day(mara_instagram, sandbox):
    day = await yesterday(sandbox)
    names = {
        "views": "views",
        "reach": "reach",
        "total_interactions": "engagements",
        "accounts_engaged": "accounts_engaged",
        "likes": "likes",
        "saves": "saves",
        "profile_links_taps": "profile_link_taps",
        "profile_views": "profile_views",
    }

    answer = await day_of(mara_instagram, ",".join(names), metric_type="total_value", **one_day(day["day"]))

    found = {item["name"]: item["total_value"]["value"] for item in answer.json["data"]}
    assert found == {name: day["values"][truth] for name, truth in names.items()}


async def test_reach_is_a_series_whose_points_end_at_pacific_midnight(mara_instagram, sandbox):
    truth = (await sandbox.truth("instagram", "mara.bakes"))["days"]
    whole = [day for day in truth if day["complete"]]

    answer = await day_of(mara_instagram, "reach", since=whole[0]["day"], until=truth[-1]["day"])

    values = answer.json["data"][0]["values"]
    assert [value["value"] for value in values] == [day["values"]["reach"] for day in whole]
    assert all(value["end_time"][11:] in ("07:00:00+0000", "08:00:00+0000") for value in values)
    first_end = date.fromisoformat(values[0]["end_time"][:10])
    assert first_end == date.fromisoformat(whole[0]["day"]) + timedelta(days=1)


async def test_reach_over_a_week_is_less_than_the_sum_of_its_days(mara_by_login, sandbox):
    days = (await sandbox.truth("instagram", "mara.bakes"))["days"][-9:-2]
    until = (date.fromisoformat(days[-1]["day"]) + timedelta(days=1)).isoformat()

    answer = await day_of(
        mara_by_login, "reach,views", metric_type="total_value", since=days[0]["day"], until=until
    )

    reach, views = (item["total_value"]["value"] for item in answer.json["data"])
    daily = [day["values"]["reach"] for day in days]
    assert max(daily) < reach < sum(daily)
    assert views == sum(day["values"]["views"] for day in days)


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        ("2026-06-10T12:00:00+00:00", "2026-06-08T07:00:00+00:00"),
        ("2026-06-10T12:00:00+00:00", "2026-06-08T00:00:00+00:00"),
        ("2026-02-10T12:00:00+00:00", "2026-02-08T08:00:00+00:00"),
        ("2026-02-10T12:00:00+00:00", "2026-02-08T00:00:00+00:00"),
    ],
    ids=["summer-pacific", "summer-utc", "winter-pacific", "winter-utc"],
)
async def test_midnight_in_utc_and_in_california_mean_the_same_day(sandbox, mara_by_login, now, midnight):
    await at(sandbox, now)
    since = int(datetime.fromisoformat(midnight).timestamp())

    by_date = await day_of(mara_by_login, "views", metric_type="total_value", **one_day(midnight[:10]))
    answer = await day_of(mara_by_login, "views", metric_type="total_value", since=since, until=since + 86400)

    assert answer.json["data"] == by_date.json["data"] != []


async def test_a_breakdown_adds_up_to_its_total(mara_instagram, sandbox):
    day = await yesterday(sandbox)

    answer = await day_of(
        mara_instagram,
        "views",
        metric_type="total_value",
        breakdown="media_product_type",
        **one_day(day["day"]),
    )

    total = answer.json["data"][0]["total_value"]
    (cut,) = total["breakdowns"]
    assert cut["dimension_keys"] == ["media_product_type"]
    assert sum(one["value"] for one in cut["results"]) == total["value"] == day["values"]["views"]


async def test_follows_and_unfollows_are_told_apart(mara_by_login, sandbox):
    day = await yesterday(sandbox)

    answer = await day_of(
        mara_by_login,
        "follows_and_unfollows",
        metric_type="total_value",
        breakdown="follow_type",
        **one_day(day["day"]),
    )

    results = answer.json["data"][0]["total_value"]["breakdowns"][0].get("results", [])
    found = {one["dimension_values"][0]: one["value"] for one in results}
    values = day["values"]
    assert found.get("FOLLOWER", 0) == values["followers_gained"]
    assert found.get("NON_FOLLOWER", 0) == values["followers_lost"]


async def test_a_breakdown_that_a_metric_does_not_take_has_a_vague_answer(mara_by_login):
    answer = await day_of(
        mara_by_login, "views,accounts_engaged", metric_type="total_value", breakdown="media_product_type"
    )

    assert answer.error["message"] == "An unknown error has occurred."


async def test_a_breakdown_of_a_series_is_dropped_in_silence(mara_by_login):
    answer = await day_of(mara_by_login, "reach", metric_type="time_series", breakdown="follow_type")

    assert "values" in answer.json["data"][0]


@pytest.mark.parametrize(
    ("metric", "query"),
    [
        ("impressions", {"metric_type": "total_value"}),
        ("views,vews", {"metric_type": "total_value"}),
        ("views", {}),
        ("likes", {"metric_type": "time_series"}),
        ("views", {"metric_type": "sum"}),
        ("views", {"metric_type": "total_value", "since": "yesterday"}),
        ("views", {"metric_type": "total_value", "since": "2026-01-02", "until": "2026-01-02"}),
        ("follower_demographics", {"metric_type": "total_value"}),
        ("", {"metric_type": "total_value"}),
    ],
    ids=[
        "dead",
        "mistyped",
        "no-type",
        "no-series",
        "bad-type",
        "bad-time",
        "empty",
        "lifetime",
        "no-metric",
    ],
)
async def test_one_wrong_parameter_fails_the_whole_call(mara_by_login, metric, query):
    answer = await day_of(mara_by_login, metric, **query)

    assert (answer.status, answer.error["code"]) == (400, 100)


async def test_more_than_two_years_are_not_kept(mara_by_login):
    answer = await day_of(
        mara_by_login, "views", metric_type="total_value", since="2020-01-01", until="2020-01-20"
    )

    assert "last 2 years" in answer.error["message"]


async def test_a_metric_can_die(mara_instagram, sandbox):
    alive = await day_of(mara_instagram, "views,reach", metric_type="total_value")
    await sandbox.switch(meta_dead_metrics="views,saved")

    dead = await day_of(mara_instagram, "views,reach", metric_type="total_value")
    rest = await day_of(mara_instagram, "reach", metric_type="total_value")

    assert (alive.status, dead.error["code"], rest.status) == (200, 100, 200)


async def test_the_newest_days_are_missing_while_insights_lag(mara_instagram, sandbox):
    day = await yesterday(sandbox)
    await sandbox.switch(meta_insights_lag_hours="48")

    late = await day_of(mara_instagram, "views,reach", metric_type="total_value", **one_day(day["day"]))
    series = await day_of(mara_instagram, "reach", **one_day(day["day"]))
    await sandbox.advance(days=2)
    later = await day_of(mara_instagram, "views", metric_type="total_value", **one_day(day["day"]))

    assert late.json["data"] == series.json["data"] == []
    assert later.json["data"][0]["total_value"]["value"] == day["values"]["views"]


async def test_a_day_may_grow_until_it_is_final(mara_by_login, sandbox):
    day = await yesterday(sandbox)
    await sandbox.switch(meta_revises="on")
    seen = []
    for _ in range(4):
        answer = await day_of(mara_by_login, "views", metric_type="total_value", **one_day(day["day"]))
        seen.append(answer.json["data"][0]["total_value"]["value"])
        await sandbox.advance(days=1)

    assert seen[0] < seen[1] < seen[2] < seen[3] == day["values"]["views"]


async def test_a_small_account_has_no_follower_insights(mara_by_login, sandbox):
    before = await day_of(mara_by_login, "follower_count")
    await sandbox.switch(meta_under_hundred_followers="on")

    account = await mara_by_login.get(MARA, fields="followers_count")
    after = await day_of(mara_by_login, "follower_count")
    demographics = await mara_by_login.insights(
        MARA, "follower_demographics", period="lifetime", metric_type="total_value", breakdown="age"
    )

    assert before.json["data"] != []
    assert account.json["followers_count"] < 100
    assert after.json["data"] == []
    assert (demographics.error["code"], demographics.error["error_subcode"]) == (100, 2874010)


async def test_demographics_are_cut_by_two_keys(mara_by_login):
    answer = await mara_by_login.insights(
        MARA, "follower_demographics", period="lifetime", metric_type="total_value", breakdown="age,gender"
    )

    cut = answer.json["data"][0]["total_value"]["breakdowns"][0]
    assert cut["dimension_keys"] == ["age", "gender"]
    assert cut["results"][0]["dimension_values"] == ["18-24", "F"]


async def test_follower_count_as_a_total_is_empty(mara_by_login):
    answer = await day_of(mara_by_login, "follower_count", metric_type="total_value")

    assert answer.json["data"] == []


async def test_a_series_can_be_paged_through_time_and_the_address_has_the_token(sandbox, mara_by_login):
    await at(sandbox, "2026-06-10T12:00:00+00:00")
    answer = await day_of(mara_by_login, "reach", since="2026-05-01", until="2026-05-08")

    earlier = await mara_by_login.sandbox.call("GET", answer.json["paging"]["previous"])

    assert f"access_token={mara_by_login.token}" in answer.json["paging"]["next"]
    assert earlier.json["data"][0]["values"][-1]["end_time"].startswith("2026-05-01")
    assert "cursors" not in answer.json["paging"]


async def test_the_followers_of_an_account_are_its_true_number(mara_instagram, sandbox):
    answer = await mara_instagram.get(MARA, fields="followers_count")

    truth = await sandbox.truth("instagram", "mara.bakes")
    assert abs(answer.json["followers_count"] - truth["totals"]["followers"]) <= 1
