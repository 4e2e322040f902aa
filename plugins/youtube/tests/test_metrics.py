"""The catalogue: what a number means, and what is never put in the place of another."""

from __future__ import annotations

from datetime import date

import pytest
from linkroll_sdk import Level, Measure, Metric, MetricName, Unit

from linkroll_youtube.metrics import METRICS, is_reported
from linkroll_youtube.scopes import ANALYTICS_READONLY, YOUTUBE_READONLY

VIEWS = [m for m in METRICS if m.platform_name in ("views", "viewCount")]


def named(name: MetricName, level: Level = Level.ACCOUNT) -> list[Metric]:
    return [m for m in METRICS if m.name is name and m.level is level]


def ids(metric: Metric) -> str:
    return f"{metric.level}-{metric.name}-{metric.platform_name}"


@pytest.mark.parametrize("metric", VIEWS, ids=ids)
@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2025, 3, 30), "1"),
        (date(2025, 3, 31), "2025-03-31"),
        (date(2026, 8, 23), "2025-03-31"),
        (date(2026, 8, 24), "2026-08-24"),
        (date(2026, 11, 22), "2026-08-24"),
    ],
)
def test_the_meaning_of_views_broke_twice(metric: Metric, day: date, version: str) -> None:
    assert metric.definition_on(day) == version


def test_no_two_entries_of_a_level_share_a_name() -> None:
    """Else the numbers of one of them would be shown nowhere."""
    names = [(m.level, m.name) for m in METRICS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("level", [Level.ACCOUNT, Level.POST])
def test_engaged_views_go_on_as_before(level: Level) -> None:
    (metric,) = named(MetricName.ENGAGED_VIEWS, level)

    assert metric.definition_on(date(2025, 3, 1)) == metric.definition_on(date(2026, 11, 1))


@pytest.mark.parametrize("level", [Level.ACCOUNT, Level.POST])
def test_impressions_are_those_of_thumbnails_or_none(level: Level) -> None:
    (metric,) = named(MetricName.IMPRESSIONS, level)

    assert metric.platform_name == "videoThumbnailImpressions"
    assert not metric.certain


def test_all_but_impressions_is_certain() -> None:
    assert {m.name for m in METRICS if not m.certain} == {MetricName.IMPRESSIONS}


@pytest.mark.parametrize("name", [MetricName.REACH, MetricName.SAVES, MetricName.ACCOUNTS_ENGAGED])
def test_what_youtube_does_not_tell_is_not_made_up(name: MetricName) -> None:
    assert not named(name) and not named(name, Level.POST)


@pytest.mark.parametrize("level", [Level.ACCOUNT, Level.POST])
def test_the_derived_number_says_that_it_is(level: Level) -> None:
    (metric,) = named(MetricName.ENGAGEMENTS, level)

    assert metric.platform_name == "likes+comments+shares"
    assert metric.description.startswith("Derived")


@pytest.mark.parametrize("metric", METRICS, ids=ids)
def test_each_entry_says_where_it_stands_and_what_it_needs(metric: Metric) -> None:
    reported = is_reported(metric)

    assert metric.source and metric.description.endswith(".")
    assert metric.scopes == {"google": {ANALYTICS_READONLY if reported else YOUTUBE_READONLY}}
    assert (metric.measure is Measure.DAY) == (reported and metric.level is Level.ACCOUNT)
    assert (metric.history is not None) == (metric.measure is Measure.DAY)


def test_time_is_in_milliseconds_and_an_average_is_never_summed() -> None:
    assert {m.name for m in METRICS if m.unit is Unit.MILLISECONDS} == {
        MetricName.WATCH_TIME,
        MetricName.AVERAGE_WATCH_TIME,
    }
    assert {m.name for m in METRICS if not m.additive} == {MetricName.AVERAGE_WATCH_TIME}


def test_followers_are_a_state_that_time_does_not_add_up() -> None:
    assert [m.measure for m in named(MetricName.FOLLOWERS)] == [Measure.STATE]
