"""The catalogue of what Instagram tells, by either login."""

import pytest
from linkroll_sdk import Level, Measure, MetricName, PostKind, Unit

from linkroll_instagram.fetching import InstagramMetrics
from linkroll_instagram.metrics import METRICS
from linkroll_instagram.oauth import SCOPES

FETCHER = InstagramMetrics()
LOGINS = ("instagram", "facebook")
DEAD = {"plays", "video_views", "engagement", "taps_forward", "taps_back", "exits", "email_contacts"}


def names(level: Level, login: str, kind: PostKind | None = None) -> list[MetricName]:
    return [m.name for m in FETCHER.catalogue(level, login, kind)]


def test_nothing_dead_is_in_the_catalogue() -> None:
    assert {m.platform_name for m in METRICS} & DEAD == set()


def test_every_entry_says_what_it_means_and_where_that_stands() -> None:
    assert all(m.description.endswith(".") and m.source.startswith("meta sheet") for m in METRICS)


def test_every_scope_of_our_login_is_one_that_it_asks_for() -> None:
    asked = {scope.name for scope in SCOPES}

    assert all(m.scopes.get("instagram", frozenset()) <= asked for m in METRICS)


def test_only_a_page_tells_the_clicks_of_a_story() -> None:
    only = {m.platform_name for m in METRICS if "instagram" not in m.scopes}

    assert only == {"link_clicks", "impressions"}
    assert all("facebook" in m.scopes for m in METRICS)


def test_people_rates_and_averages_are_never_added_up() -> None:
    lone = {m.name for m in METRICS if not m.additive}

    assert lone == {
        MetricName.REACH,
        MetricName.ACCOUNTS_ENGAGED,
        MetricName.AVERAGE_WATCH_TIME,
        MetricName.SKIP_RATE,
    }


def test_units_are_told() -> None:
    units = {m.platform_name: m.unit for m in METRICS if m.unit is not Unit.COUNT}

    assert units == {
        "ig_reels_avg_watch_time": Unit.MILLISECONDS,
        "ig_reels_video_view_total_time": Unit.MILLISECONDS,
        "reels_skip_rate": Unit.PERCENT,
    }


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("kind", list(PostKind))
def test_a_kind_of_media_has_each_name_once(login: str, kind: PostKind) -> None:
    found = names(Level.STORY if kind is PostKind.STORY else Level.POST, login, kind)

    assert {MetricName.VIEWS, MetricName.REACH, MetricName.ENGAGEMENTS} <= set(found)
    assert len(found) == len(set(found))


def test_only_reels_and_videos_have_video_views() -> None:
    having = {kind for kind in PostKind if MetricName.VIDEO_VIEWS in names(Level.POST, "instagram", kind)}

    assert having == {PostKind.REEL, PostKind.VIDEO}


def test_reels_have_no_follows_and_stories_no_likes() -> None:
    assert MetricName.FOLLOWERS_GAINED not in names(Level.POST, "instagram", PostKind.REEL)
    assert MetricName.LIKES not in names(Level.STORY, "instagram", PostKind.STORY)


@pytest.mark.parametrize("login", LOGINS)
def test_an_account_has_each_name_once(login: str) -> None:
    found = names(Level.ACCOUNT, login)

    assert len(found) == len(set(found))


def test_what_stands_in_the_fields_is_a_state() -> None:
    states = {m.name for m in METRICS if m.measure is Measure.STATE}

    assert states == {MetricName.FOLLOWERS, MetricName.FOLLOWING, MetricName.POSTS}


def test_both_hosts_are_declared() -> None:
    assert FETCHER.hosts == {"graph.instagram.com", "graph.facebook.com"}
