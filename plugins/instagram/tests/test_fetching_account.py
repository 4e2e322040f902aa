"""The numbers of an account: which call, which day, which silence, by either login."""

import hashlib
import hmac
from datetime import UTC, date, datetime
from typing import Any

import pytest
from linkroll_sdk import (
    AccountReadings,
    Allowance,
    Availability,
    ClientConfig,
    ConfigurationRejected,
    DeadMetric,
    Level,
    LinkedAccount,
    Metric,
    MetricName,
    RateLimited,
    ReauthorizationRequired,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer

from linkroll_instagram.fetching import InstagramMetrics

IG_ID = "17841400000000123"
FETCHER = InstagramMetrics()
ACCOUNT = [m for m in FETCHER.metrics if m.level is Level.ACCOUNT]
NOW = datetime(2026, 5, 19, 18, tzinfo=UTC)
MAY_16, MAY_17, MAY_18, MAY_19 = (date(2026, 5, day) for day in (16, 17, 18, 19))
NOT_YET, WITHHELD = Availability.NOT_YET, Availability.WITHHELD
FIELDS: dict[str, Any] = {
    "id": "26040011223344556",
    "username": "mara.bakes",
    "name": "Mara",
    "profile_picture_url": "https://cdn.sandbox/i.jpg",
    "followers_count": 18342,
    "follows_count": 611,
    "media_count": 402,
}


def wanted(*names: str) -> list[Metric]:
    return [m for m in ACCOUNT if m.platform_name in names]


def me(**changes: Any) -> Answer:
    return json_answer("GET", "graph.instagram.com/v25.0/me", FIELDS | changes)


def insights(*items: dict[str, Any]) -> Answer:
    leak = "https://graph.instagram.com/v25.0/1/insights?access_token=IGAAleak&since=1"
    paging = {"previous": leak, "next": leak}
    return json_answer("GET", f"/v25.0/{IG_ID}/insights", {"data": list(items), "paging": paging})


def total(name: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "period": "day", "total_value": {"value": value} | more}


def series(*points: tuple[Any, str]) -> dict[str, Any]:
    values = [{"value": value, "end_time": f"{end}:00:00+0000"} for value, end in points]
    return {"name": "reach", "period": "day", "values": values}


def follows(**results: int) -> dict[str, Any]:
    told: dict[str, Any] = {"dimension_keys": ["follow_type"]}
    if results:
        told["results"] = [{"dimension_values": [kind], "value": n} for kind, n in results.items()]
    return total("follows_and_unfollows", sum(results.values()), breakdowns=[told])


def refused(
    code: int = 100, message: str = "(#100) metric[1] must be one of: views", subcode: int = 0
) -> Answer:
    error = {"message": message, "type": "IGApiException", "code": code, "error_subcode": subcode}
    return json_answer("GET", f"/{IG_ID}/insights", {"error": error}, 400)


class Fetch:
    """Fetches with recorded answers, all of which must be asked for."""

    instagram: ScriptedHttp

    def __init__(self, app: ClientConfig) -> None:
        self.app = app

    async def __call__(
        self,
        metrics: list[Metric],
        *script: Answer,
        since: date = MAY_16,
        until: date = MAY_16,
        login: str = "instagram",
    ) -> AccountReadings:
        account = LinkedAccount("instagram", IG_ID, login, "1", frozenset(), "the-token", "the-grants-token")
        self.instagram = ScriptedHttp(Allowance(FETCHER.hosts), script, NOW)
        found = await FETCHER.read_account(self.instagram, self.app, account, metrics, since, until)
        assert len(self.instagram.requests) == len(script)
        return found

    def asked(self, at: int) -> dict[str, str]:
        """The parameters of a call, without its proof."""
        params = dict(self.instagram.requests[at].params)
        params.pop("appsecret_proof", None)
        return params


@pytest.fixture
def fetch(app: ClientConfig) -> Fetch:
    return Fetch(app)


def told(found: AccountReadings, name: MetricName) -> dict[date | None, float | Availability]:
    """Value or availability by day."""
    return {r.day: r.availability if r.value is None else r.value for r in found.readings if r.metric is name}


# States and logins


async def test_the_fields_tell_how_the_account_stands(fetch: Fetch) -> None:
    found = await fetch(wanted("followers_count", "follows_count", "media_count"), me())

    assert {r.metric: r.value for r in found.readings} == {
        MetricName.FOLLOWERS: 18342,
        MetricName.FOLLOWING: 611,
        MetricName.POSTS: 402,
    }
    assert found.facts is not None and found.facts.handle == "mara.bakes"
    assert fetch.instagram.requests[0].operation == "account"


async def test_a_count_that_is_hidden_is_unknown(fetch: Fetch) -> None:
    found = await fetch(wanted("followers_count"), me(followers_count=None))

    assert told(found, MetricName.FOLLOWERS) == {None: NOT_YET}


async def test_through_a_page_the_account_is_asked_at_facebook_with_a_proof(
    fetch: Fetch, app: ClientConfig
) -> None:
    answer = json_answer("GET", f"graph.facebook.com/v25.0/{IG_ID}", FIELDS)
    day = json_answer("GET", f"graph.facebook.com/v25.0/{IG_ID}/insights", {"data": [total("views", 7300)]})
    found = await fetch(wanted("views"), answer, day, login="facebook")

    proof = hmac.new(app.client_secret.encode(), b"the-token", hashlib.sha256).hexdigest()
    assert told(found, MetricName.VIEWS) == {MAY_16: 7300}
    assert [r.access_token for r in fetch.instagram.requests] == ["the-token", "the-token"]
    assert [r.params["appsecret_proof"] for r in fetch.instagram.requests] == [proof, proof]


async def test_instagram_login_makes_no_proof(fetch: Fetch) -> None:
    await fetch([], me())

    assert "appsecret_proof" not in fetch.instagram.requests[0].params


async def test_a_login_that_nobody_knows_is_asked_nothing(fetch: Fetch) -> None:
    with pytest.raises(ConfigurationRejected):
        await fetch([], login="chirp")


# Days


async def test_the_totals_of_a_day_are_one_call_over_that_day(fetch: Fetch) -> None:
    found = await fetch(wanted("views", "likes"), me(), insights(total("views", 7300), total("likes", 812)))

    assert told(found, MetricName.VIEWS) == {MAY_16: 7300}
    assert told(found, MetricName.LIKES) == {MAY_16: 812}
    assert fetch.asked(1) == {
        "metric": "views,likes",
        "period": "day",
        "metric_type": "total_value",
        "since": "1778914800",  # 2026-05-16 00:00 in California
        "until": "1779001200",
    }
    assert fetch.instagram.requests[1].operation == "account_insights"


async def test_each_day_is_asked_by_itself(fetch: Fetch) -> None:
    found = await fetch(
        wanted("views"),
        me(),
        *(insights(total("views", n)) for n in (1, 2, 3)),
        until=MAY_18,
    )

    assert told(found, MetricName.VIEWS) == {MAY_16: 1, MAY_17: 2, MAY_18: 3}
    assert fetch.asked(2)["since"] == fetch.asked(1)["until"]


async def test_reach_is_one_series_whose_points_end_their_days(fetch: Fetch) -> None:
    points = ((900, "2026-05-17T07"), (800, "2026-05-18T07"), (700, "2026-05-19T07"), (5, "2026-05-20T07"))
    found = await fetch(wanted("reach"), me(), insights(series(*points)), until=MAY_18)

    assert told(found, MetricName.REACH) == {MAY_16: 900, MAY_17: 800, MAY_18: 700}
    assert fetch.asked(1)["metric_type"] == "time_series"
    assert "breakdown" not in fetch.asked(1)


async def test_a_long_series_is_asked_in_parts_of_thirty_days(fetch: Fetch) -> None:
    await fetch(wanted("reach"), me(), insights(), insights(), since=date(2026, 4, 10), until=MAY_18)

    windows = [(int(fetch.asked(n)["since"]), int(fetch.asked(n)["until"])) for n in (1, 2)]
    assert all(until - since <= 30 * 86400 + 3600 for since, until in windows)
    assert windows[0][1] >= windows[1][0]


async def test_follows_and_unfollows_are_asked_apart_with_their_breakdown(fetch: Fetch) -> None:
    found = await fetch(
        wanted("views", "follows_and_unfollows"),
        me(),
        insights(total("views", 7300)),
        insights(follows(FOLLOWER=40, NON_FOLLOWER=12, UNKNOWN=1)),
    )

    assert told(found, MetricName.FOLLOWERS_GAINED) == {MAY_16: 40}
    assert told(found, MetricName.FOLLOWERS_LOST) == {MAY_16: 12}
    assert (fetch.asked(2)["metric"], fetch.asked(2)["breakdown"]) == ("follows_and_unfollows", "follow_type")


@pytest.mark.parametrize("item", [follows(FOLLOWER=40), follows()], ids=["one kind left out", "no results"])
async def test_a_kind_at_zero_is_left_out(fetch: Fetch, item: dict[str, Any]) -> None:
    found = await fetch(wanted("follows_and_unfollows"), me(), insights(item))

    assert told(found, MetricName.FOLLOWERS_LOST) == {MAY_16: 0}


async def test_follows_without_a_breakdown_are_unknown(fetch: Fetch) -> None:
    found = await fetch(
        wanted("follows_and_unfollows"),
        me(),
        insights(total("follows_and_unfollows", 52)),
        since=MAY_18,
        until=MAY_18,
    )

    assert told(found, MetricName.FOLLOWERS_GAINED) == {MAY_18: NOT_YET}


async def test_an_account_under_a_hundred_followers_is_not_asked_for_follows(fetch: Fetch) -> None:
    found = await fetch(wanted("follows_and_unfollows"), me(followers_count=99))

    assert told(found, MetricName.FOLLOWERS_GAINED) == {MAY_16: WITHHELD}
    assert told(found, MetricName.FOLLOWERS_LOST) == {MAY_16: WITHHELD}


async def test_a_zero_of_a_young_day_may_be_a_number_that_is_late(fetch: Fetch) -> None:
    """The window of one day may read 0, and numbers are late by two days."""
    zeros = [insights(total("views", 0)) for _ in range(3)]
    found = await fetch(wanted("views"), me(), *zeros, until=MAY_18)

    assert told(found, MetricName.VIEWS) == {MAY_16: 0, MAY_17: NOT_YET, MAY_18: NOT_YET}


@pytest.mark.parametrize(
    "item", [None, {"name": "views"}, {"name": "views", "values": []}, total("views", None)]
)
async def test_silence_is_not_yet_on_a_young_day_and_nothing_on_an_old_one(
    fetch: Fetch, item: dict[str, Any] | None
) -> None:
    answer = insights(*([item] if item else []))
    young = await fetch(wanted("views"), me(), answer, since=MAY_18, until=MAY_18)
    old = await fetch(wanted("views"), me(), answer, since=date(2026, 5, 1), until=date(2026, 5, 1))

    assert told(young, MetricName.VIEWS) == {MAY_18: NOT_YET}
    assert old.readings == ()


async def test_a_total_that_comes_as_a_value_is_read_too(fetch: Fetch) -> None:
    item = {"name": "views", "values": [{"value": 7300}]}
    found = await fetch(wanted("views"), me(), insights(item))

    assert told(found, MetricName.VIEWS) == {MAY_16: 7300}


async def test_a_negative_number_is_one_held_back(fetch: Fetch) -> None:
    found = await fetch(wanted("views"), me(), insights(total("views", -1)))

    assert told(found, MetricName.VIEWS) == {MAY_16: WITHHELD}


async def test_too_few_people_withhold_the_day(fetch: Fetch) -> None:
    found = await fetch(wanted("views"), me(), refused(100, "Not enough users", 2874010))

    assert told(found, MetricName.VIEWS) == {MAY_16: WITHHELD}


async def test_the_day_that_runs_is_asked_up_to_now_and_none_beyond(fetch: Fetch) -> None:
    found = await fetch(
        wanted("views"), me(), insights(total("views", 40)), since=MAY_19, until=date(2026, 5, 25)
    )

    assert told(found, MetricName.VIEWS) == {MAY_19: 40}
    assert fetch.asked(1)["until"] == str(int(NOW.timestamp()))


async def test_what_is_older_than_ninety_days_is_not_asked(fetch: Fetch) -> None:
    found = await fetch(wanted("views", "reach"), me(), since=date(2025, 1, 1), until=date(2025, 2, 1))

    assert found.readings == ()


async def test_a_refused_metric_is_left_out_also_on_the_next_day(fetch: Fetch) -> None:
    found = await fetch(
        wanted("views", "profile_views"),
        me(),
        refused(),
        insights(total("views", 1)),
        refused(),
        insights(total("views", 2)),
        until=MAY_17,
    )

    assert told(found, MetricName.VIEWS) == {MAY_16: 1, MAY_17: 2}
    assert told(found, MetricName.PROFILE_VIEWS) == {}
    assert found.dead == (DeadMetric("profile_views", "100"),)
    assert fetch.asked(4)["metric"] == "views"


async def test_the_culprit_is_left_out_at_once_where_it_is_named(fetch: Fetch) -> None:
    words = "(#100) The API does not support the profile_views metric"
    found = await fetch(
        wanted("views", "likes", "profile_views"),
        me(),
        refused(message=words),
        insights(total("views", 1), total("likes", 2)),
    )

    assert found.dead == (DeadMetric("profile_views", "100"),)
    assert fetch.asked(2)["metric"] == "views,likes"


@pytest.mark.parametrize(("code", "error"), [(190, ReauthorizationRequired), (80002, RateLimited)])
async def test_what_is_no_metrics_fault_is_raised(fetch: Fetch, code: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await fetch(wanted("views"), me(), refused(code, "(words)"))


async def test_a_week_of_everything_costs_what_is_declared(fetch: Fetch) -> None:
    days = [insights() for _ in range(15)]
    await fetch(ACCOUNT, me(), *days, since=date(2026, 5, 13), until=MAY_19)

    declared = {cost.operation: cost.requests for cost in FETCHER.costs}
    operations = [r.operation for r in fetch.instagram.requests]
    assert operations.count("account_insights") == declared["account_insights"]
    assert operations.count("account") == declared["account"]
