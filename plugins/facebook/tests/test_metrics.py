"""The catalogue of what Facebook tells."""

import pytest
from linkroll_sdk import Level, Measure, MetricName, PostKind, Unit

from linkroll_facebook.fetching import FacebookMetrics
from linkroll_facebook.metrics import METRICS
from linkroll_facebook.oauth import SCOPES

FETCHER = FacebookMetrics()
DEAD = ("impressions", "page_fans", "page_engaged_users", "page_consumptions", "post_engaged_users")


def test_nothing_dead_is_asked_for() -> None:
    assert [
        m.platform_name
        for m in METRICS
        if m.platform_name.startswith(DEAD) or "impressions" in m.platform_name
    ] == []


def test_every_entry_says_what_it_means_and_where_that_stands() -> None:
    assert all(m.description.endswith(".") and m.source.startswith("meta sheet") for m in METRICS)


def test_every_scope_is_one_that_the_login_asks_for() -> None:
    asked = {scope.name for scope in SCOPES}

    assert all(set(m.scopes) == {"facebook"} and m.scopes["facebook"] <= asked for m in METRICS)


def test_people_are_never_added_up() -> None:
    unique = [m for m in METRICS if m.name in (MetricName.REACH, MetricName.AVERAGE_WATCH_TIME)]

    assert unique and not any(m.additive for m in unique)


def test_watch_times_are_milliseconds() -> None:
    times = [m for m in METRICS if "time" in m.platform_name]

    assert times and {m.unit for m in times} == {Unit.MILLISECONDS}


@pytest.mark.parametrize("kind", list(PostKind))
def test_a_kind_of_post_has_each_name_once(kind: PostKind) -> None:
    level = Level.STORY if kind is PostKind.STORY else Level.POST
    names = [m.name for m in FETCHER.catalogue(level, "facebook", kind)]

    assert MetricName.VIEWS in names
    assert len(names) == len(set(names))


def test_an_account_has_each_name_once() -> None:
    names = [m.name for m in FETCHER.catalogue(Level.ACCOUNT, "facebook")]

    assert {MetricName.VIEWS, MetricName.REACH, MetricName.ENGAGEMENTS, MetricName.FOLLOWERS} <= set(names)
    assert len(names) == len(set(names))


def test_followers_are_a_state_and_the_rest_of_an_account_days() -> None:
    states = [m.name for m in FETCHER.catalogue(Level.ACCOUNT, "facebook") if m.measure is Measure.STATE]

    assert states == [MetricName.FOLLOWERS]
