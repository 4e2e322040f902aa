"""What the roster will ask of each quota, before the first refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from linkroll_sdk import Budget, Platform, Window, Work

from server.platforms import Platforms, Plugin
from server.services.polling.forecast import quota_forecast
from server.services.polling.poll_plan import plan_polls
from support.chirp_metrics import ChirpFetcher, MetricsLogin, MetricsUrls, chirp_platforms, hour_budget
from support.desk import Desk, OpenDesk


class WideLogin(MetricsLogin):
    """Chirp's login, which serves Cheep as well."""

    serves = frozenset({"chirp", "cheep"})


BOTH = {"chirp": (WideLogin(hour_budget(100)),), "cheep": ()}


async def with_accounts(desk: Desk, number: int) -> None:
    """A roster of so many accounts, planned."""
    profile = await desk.rows.profile("Jonas Tamm")
    for _ in range(number - 1):
        await desk.rows.linked(profile, platform="chirp", scopes=("read", "insights"))
    await plan_polls(desk.host)


async def test_a_login_without_accounts_asks_for_nothing(start_host: object, open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(100)))

    assert await quota_forecast(desk.host) == []


async def test_the_demand_is_what_the_plan_asks_for(open_desk: OpenDesk) -> None:
    """An hour: one reading of the account, one listing, two looks for stories."""
    desk = await open_desk(chirp_platforms(None, hour_budget(100)))
    await with_accounts(desk, 10)

    [found] = await quota_forecast(desk.host)

    assert (found.login, found.budget, found.accounts) == ("chirp", "calls", 10)
    assert found.demand == 40
    assert found.percent == 40
    assert {work.work: work.requests for work in found.works} == {
        Work.STORIES: 20,
        Work.ACCOUNT: 10,
        Work.POSTS: 10,
    }
    assert found.runs_out_at is None


async def test_posts_cost_batches_by_their_age(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(1000)))
    for n in range(15):
        desk.api.publish(f"p{n}", desk.now - timedelta(minutes=n + 1), plays=1)
    for n in range(24):
        desk.api.publish(f"old{n}", desk.now - timedelta(days=10, minutes=n), plays=1)
    await desk.poll()

    [found] = await quota_forecast(desk.host)

    posts = next(work.requests for work in found.works if work.work is Work.POST_METRICS)
    assert posts == pytest.approx(2 + 3 / 24)


async def test_what_runs_out_first_comes_first_and_says_when(open_desk: OpenDesk) -> None:
    large, small = (
        Budget(f"{limit}", Window.PACIFIC_DAY, limit, operations=("account", "posts"))
        for limit in (100_000, 240)
    )
    desk = await open_desk(chirp_platforms(None, large, small))
    await with_accounts(desk, 10)

    first, second = await quota_forecast(desk.host)

    assert (first.budget, second.budget) == ("240", "100000")
    assert first.percent == pytest.approx(200)
    assert second.runs_out_at is None
    assert first.blocked_until is None
    if first.runs_out_at is not None:  # in the second half of the day it lasts until midnight
        assert desk.now < first.runs_out_at < first.window_ends_at


async def test_what_was_used_already_counts(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(1000)))
    await desk.poll()

    [found] = await quota_forecast(desk.host)

    assert found.used == desk.api.count()


async def test_a_limit_that_only_answers_tell_is_reckoned_from_them(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(None)))
    desk.api.headers = {"x-usage": "10"}
    await desk.poll()

    [found] = await quota_forecast(desk.host)

    assert found.limit_is_told
    assert found.told_percent == 10
    assert found.limit == pytest.approx(desk.api.count() * 10)


async def test_an_accounts_own_bucket_is_measured_by_the_account_that_asks_most(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(8, per_account=True)))
    await with_accounts(desk, 10)

    [found] = await quota_forecast(desk.host)

    assert found.per_account
    assert (found.demand, found.percent) == (4, 50)


async def test_the_accounts_of_all_platforms_of_a_login_count(open_desk: OpenDesk) -> None:
    one, other = (Platform(key, key, MetricsUrls(), logins, ChirpFetcher()) for key, logins in BOTH.items())
    desk = await open_desk(Platforms((Plugin("chirp", "linkroll-chirp", "1.0", (one, other)),)))
    profile = await desk.rows.profile("Jonas Tamm")
    await desk.rows.linked(profile, platform="chirp", scopes=("read",))
    other_account = await desk.rows.linked(profile, platform="chirp", scopes=("read",))
    await desk.rows.change(other_account, platform="cheep")
    await plan_polls(desk.host)

    [found] = await quota_forecast(desk.host)

    assert found.accounts == 3


async def test_what_was_told_long_ago_says_nothing_about_the_limit(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(None, hour_budget(None)))
    desk.api.headers = {"x-usage": "50"}
    await desk.poll()
    desk.api.headers = {}

    desk.travel(hours=7)
    await desk.poll()

    [found] = await quota_forecast(desk.host)
    assert (found.limit, found.told_percent) == (None, 50)
