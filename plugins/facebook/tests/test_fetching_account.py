"""The numbers of a Page: which days, which silence, which refusal."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from linkroll_sdk import (
    AccountReadings,
    Availability,
    ClientConfig,
    DeadMetric,
    Level,
    LinkedAccount,
    Metric,
    MetricName,
    RateLimited,
    ReauthorizationRequired,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer
from linkroll_sdk.testing.suite import allowance_of

from linkroll_facebook.fetching import FacebookMetrics
from linkroll_facebook.oauth import FacebookLogin

PAGE_ID = "615000111222333"
FETCHER = FacebookMetrics()
DAYS = [m for m in FETCHER.metrics if m.level is Level.ACCOUNT]
NOW = datetime(2026, 5, 19, 18, tzinfo=UTC)
MAY_16, MAY_17, MAY_18 = (date(2026, 5, day) for day in (16, 17, 18))
NOT_YET, WITHHELD = Availability.NOT_YET, Availability.WITHHELD


def wanted(*names: str) -> list[Metric]:
    return [m for m in DAYS if m.platform_name in names]


def page(**changes: Any) -> Answer:
    told = {"id": PAGE_ID, "name": "Mara Bakes", "followers_count": 9120, "fan_count": 9000} | changes
    return json_answer("GET", f"/v25.0/{PAGE_ID}", told)


def item(name: str, *points: tuple[Any, str]) -> dict[str, Any]:
    values = [{"value": value, "end_time": f"{end}:00:00+0000"} for value, end in points]
    return {"name": name, "period": "day", "values": values, "id": f"{PAGE_ID}/insights/{name}/day"}


def insights(*items: dict[str, Any]) -> Answer:
    leak = "https://graph.facebook.com/v25.0/1/insights?access_token=EAAGleak&since=1"
    paging = {"previous": leak, "next": leak}
    return json_answer("GET", f"/{PAGE_ID}/insights", {"data": list(items), "paging": paging})


def refused(code: int = 100, message: str = "(#100) The value must be a valid insights metric") -> Answer:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AxSandbox0002"}
    return json_answer("GET", f"/{PAGE_ID}/insights", {"error": error}, 400)


class Fetch:
    """Fetches with recorded answers, all of which must be asked for."""

    facebook: ScriptedHttp

    def __init__(self, login: FacebookLogin, app: ClientConfig) -> None:
        self.login, self.app = login, app

    async def __call__(
        self, metrics: list[Metric], *script: Answer, since: date = MAY_16, until: date = MAY_18
    ) -> AccountReadings:
        scopes = frozenset(self.login.scope_names())
        account = LinkedAccount("facebook", PAGE_ID, "facebook", "1", scopes, "EAAG0page", "EAAG0user")
        self.facebook = ScriptedHttp(allowance_of(self.login), script, NOW)
        found = await FETCHER.read_account(self.facebook, self.app, account, metrics, since, until)
        assert len(self.facebook.requests) == len(script)
        return found


@pytest.fixture
def fetch(login: FacebookLogin, app: ClientConfig) -> Fetch:
    return Fetch(login, app)


def told(found: AccountReadings, name: str) -> dict[date | None, float | Availability]:
    """Value or availability by day."""
    return {
        r.day: r.availability if r.value is None else r.value
        for r in found.readings
        if r.platform_name == name
    }


async def test_a_point_is_of_the_day_that_ends_with_it(fetch: Fetch) -> None:
    """07:00 UTC is midnight in California, the end of the day before."""
    points = ((4010, "2026-05-17T07"), (0, "2026-05-18T07"), (4012, "2026-05-19T07"))
    found = await fetch(wanted("page_media_view"), page(), insights(item("page_media_view", *points)))

    assert told(found, "page_media_view") == {MAY_16: 4010, MAY_17: 0, MAY_18: 4012}
    assert found.api_version == "v25.0"


async def test_in_winter_a_day_ends_an_hour_later(fetch: Fetch) -> None:
    day = date(2026, 1, 31)
    found = await fetch(
        wanted("page_media_view"),
        page(),
        insights(item("page_media_view", (7, "2026-02-01T08"))),
        since=day,
        until=day,
    )

    assert told(found, "page_media_view") == {day: 7}


async def test_days_that_were_not_asked_for_are_left_out(fetch: Fetch) -> None:
    points = ((1, "2026-05-16T07"), (2, "2026-05-17T07"))
    found = await fetch(
        wanted("page_media_view"), page(), insights(item("page_media_view", *points)), until=MAY_16
    )

    assert told(found, "page_media_view") == {MAY_16: 2}


async def test_all_days_and_metrics_are_one_call_with_the_pages_token_and_its_proof(fetch: Fetch) -> None:
    metrics = wanted("page_media_view", "page_post_engagements")
    await fetch(metrics, page(), insights())

    asked = fetch.facebook.requests[1]
    assert asked.operation == "page_insights"
    assert asked.access_token == "EAAG0page"
    assert {name: value for name, value in asked.params.items() if name != "appsecret_proof"} == {
        "metric": "page_media_view,page_post_engagements",
        "period": "day",
        "since": "1778914800",  # 2026-05-16 00:00 in California
        "until": "1779177600",  # an hour after the end of 2026-05-18 there
    }
    assert "appsecret_proof" in asked.params


async def test_followers_come_with_the_page_and_refresh_its_facts(fetch: Fetch) -> None:
    found = await fetch(wanted("followers_count"), page())

    assert told(found, "followers_count") == {None: 9120}
    assert found.facts is not None and found.facts.followers == 9120


async def test_followers_that_are_not_told_are_unknown(fetch: Fetch) -> None:
    found = await fetch(wanted("followers_count"), page(followers_count=None))

    assert told(found, "followers_count") == {None: NOT_YET}


async def test_a_young_day_without_a_point_is_yet_to_come(fetch: Fetch) -> None:
    found = await fetch(
        wanted("page_media_view"), page(), insights(item("page_media_view", (5, "2026-05-17T07")))
    )

    assert told(found, "page_media_view") == {MAY_16: 5, MAY_17: NOT_YET, MAY_18: NOT_YET}


async def test_an_old_day_without_a_point_is_left_out(fetch: Fetch) -> None:
    found = await fetch(
        wanted("page_media_view"), page(), insights(), since=date(2026, 5, 1), until=date(2026, 5, 3)
    )

    assert found.readings == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, NOT_YET),
        (-1, WITHHELD),
        ("12", NOT_YET),
        ({"a": 1}, NOT_YET),
        (True, NOT_YET),
        (10**400, NOT_YET),
    ],
)
async def test_what_is_no_number_is_never_one(fetch: Fetch, value: object, expected: Availability) -> None:
    points = item("page_media_view", (value, "2026-05-19T07"))
    found = await fetch(wanted("page_media_view"), page(), insights(points), since=MAY_18)

    assert told(found, "page_media_view") == {MAY_18: expected}


async def test_a_value_that_ends_in_1970_is_not_counted_yet(fetch: Fetch) -> None:
    points = item("page_media_view", (0, "1970-01-02T00"))
    found = await fetch(wanted("page_media_view"), page(), insights(points), since=MAY_18)

    assert told(found, "page_media_view") == {MAY_18: NOT_YET}


async def test_a_page_under_a_hundred_likes_is_told_nothing(fetch: Fetch) -> None:
    found = await fetch(wanted("page_media_view"), page(fan_count=99), insights(), since=MAY_18)

    assert told(found, "page_media_view") == {MAY_18: WITHHELD}


async def test_one_refused_metric_does_not_sink_the_others(fetch: Fetch) -> None:
    metrics = wanted("page_media_view", "page_video_views")
    found = await fetch(
        metrics,
        page(),
        refused(),
        insights(item("page_media_view", (5, "2026-05-19T07"))),
        refused(),
        since=MAY_18,
    )

    assert told(found, "page_media_view") == {MAY_18: 5}
    assert found.dead == (DeadMetric("page_video_views", "100"),)
    assert told(found, "page_video_views") == {}


async def test_a_long_stretch_is_asked_in_parts_of_less_than_ninety_days(fetch: Fetch) -> None:
    await fetch(wanted("page_media_view"), page(), insights(), insights(), since=date(2026, 2, 1))

    windows = [(int(r.params["since"]), int(r.params["until"])) for r in fetch.facebook.requests[1:]]
    assert all(until - since <= 90 * 86400 for since, until in windows)
    assert windows[0][1] >= windows[1][0]


async def test_nothing_is_asked_that_is_too_old_or_still_to_come(fetch: Fetch) -> None:
    old = await fetch(wanted("page_media_view"), page(), since=date(2020, 1, 1), until=date(2020, 1, 2))
    future = await fetch(wanted("page_media_view"), page(), since=date(2026, 5, 20), until=date(2026, 5, 21))

    assert old.readings == future.readings == ()


async def test_the_day_that_runs_is_asked_up_to_now(fetch: Fetch) -> None:
    await fetch(wanted("page_media_view"), page(), insights(), until=date(2026, 5, 19))

    assert fetch.facebook.requests[1].params["until"] == str(int(NOW.timestamp()))


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": [5, {}, {"name": "page_media_view", "values": 5}]}]
)
async def test_an_odd_answer_tells_nothing(fetch: Fetch, body: object) -> None:
    odd = json_answer("GET", f"/{PAGE_ID}/insights", body)
    found = await fetch(wanted("page_media_view"), page(), odd, since=MAY_18)

    assert told(found, "page_media_view") == {MAY_18: NOT_YET}


@pytest.mark.parametrize(("code", "error"), [(190, ReauthorizationRequired), (80001, RateLimited)])
async def test_what_is_no_metrics_fault_is_raised(fetch: Fetch, code: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await fetch(wanted("page_media_view"), page(), refused(code, "(words)"))


def test_every_metric_of_an_account_can_be_asked() -> None:
    assert {m.name for m in DAYS} >= {MetricName.VIEWS, MetricName.REACH, MetricName.ENGAGEMENTS}
