"""The catalogue: what TikTok counts, and what it does not (tiktok sheet 3)."""

from __future__ import annotations

import pytest
from linkroll_sdk import Level, Measure, MetricName, PostKind, Work

from linkroll_tiktok.fetching import TikTokMetrics
from linkroll_tiktok.metrics import CATALOGUE
from linkroll_tiktok.oauth import TikTokLogin

UNKNOWN_TO_TIKTOK = (
    MetricName.IMPRESSIONS,
    MetricName.REACH,
    MetricName.SAVES,
    MetricName.WATCH_TIME,
    MetricName.PROFILE_VIEWS,
    MetricName.FOLLOWERS_GAINED,
)


@pytest.mark.parametrize("name", UNKNOWN_TO_TIKTOK)
def test_a_number_that_tiktok_does_not_tell_is_not_in_the_catalogue(name: MetricName) -> None:
    assert name not in {metric.name for metric in CATALOGUE}


def test_no_number_is_for_a_day() -> None:
    """Lifetime totals and states only: nothing to ask the past for."""
    assert {metric.measure for metric in CATALOGUE} == {Measure.TOTAL, Measure.STATE}
    assert all(metric.history is None for metric in CATALOGUE)


def test_the_accounts_numbers_need_the_statistics_and_the_posts_the_videos(login: TikTokLogin) -> None:
    scopes = {Level.ACCOUNT: {"user.info.stats"}, Level.POST: {"video.list"}}

    for metric in CATALOGUE:
        assert metric.scopes == {"tiktok": scopes[metric.level]}
        assert metric.scopes["tiktok"] <= set(login.scope_names())


def test_every_number_says_what_it_is_and_where_that_stands() -> None:
    assert all(metric.description.endswith(".") and metric.source for metric in CATALOGUE)


@pytest.mark.parametrize("name", [MetricName.VIDEO_VIEWS, MetricName.ENGAGEMENTS])
def test_a_number_that_is_our_own_reading_is_marked_so(name: MetricName) -> None:
    (metric,) = [m for m in CATALOGUE if m.name is name]

    assert not metric.certain


def test_a_photo_post_has_no_video_views(fetcher: TikTokMetrics) -> None:
    names = {metric.name for metric in fetcher.catalogue(Level.POST, "tiktok", PostKind.ALBUM)}

    assert MetricName.VIEWS in names
    assert MetricName.VIDEO_VIEWS not in names


def test_each_endpoint_has_its_own_budget_and_each_work_its_endpoint(
    login: TikTokLogin, fetcher: TikTokMetrics
) -> None:
    """TikTok counts 600 a minute for each endpoint apart (sheet 5)."""
    paid = {
        cost.work: [budget.key for budget in login.budgets if budget.covers(cost.operation)]
        for cost in fetcher.costs
    }

    assert paid == {
        Work.ACCOUNT: ["user_info"],
        Work.POSTS: ["video_list"],
        Work.POST_METRICS: ["video_query"],
    }
    assert {(budget.limit, budget.per_account) for budget in login.budgets} == {(600, False)}


@pytest.mark.parametrize("operation", ["exchange", "refresh", "revoke"])
def test_tokens_are_not_paid_from_the_budgets_of_reading(login: TikTokLogin, operation: str) -> None:
    assert not any(budget.covers(operation) for budget in login.budgets)
