"""Posts asked one by one: what a refusal, a silence and a missing post mean."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from linkroll_meta.posts import STORY_LIFE, PostBatch, post_reading
from linkroll_meta.verdicts import Untold, UntoldForGood
from linkroll_sdk import (
    Availability,
    DeadMetric,
    KnownPost,
    Level,
    Measure,
    Metric,
    MetricName,
    MetricsRefused,
    PlatformError,
    PostGone,
    PostKind,
    RateLimited,
    Reading,
)

NOW = datetime(2026, 5, 17, 12, tzinfo=UTC)


def metric(name: MetricName, platform_name: str) -> Metric:
    return Metric(name, Level.POST, platform_name, Measure.TOTAL, scopes={}, cadence=timedelta(hours=1))


VIEWS, LIKES = metric(MetricName.VIEWS, "views"), metric(MetricName.LIKES, "likes")
BOTH = [VIEWS, LIKES]


def post(
    post_id: str = "1", kind: PostKind = PostKind.REEL, age: timedelta = timedelta(hours=1)
) -> KnownPost:
    return KnownPost(post_id, kind, NOW - age)


class Platform:
    """Counts 5 of everything, but for what it refuses by name or raises for a post."""

    def __init__(self, refused: Sequence[str] = (), raised: dict[str, PlatformError] | None = None) -> None:
        self.refused, self.raised = set(refused), raised or {}
        self.asked: list[tuple[str, list[str]]] = []

    async def ask(self, post: KnownPost, metrics: Sequence[Metric]) -> list[Reading]:
        names = [one.platform_name for one in metrics]
        self.asked.append((post.post_id, names))
        if post.post_id in self.raised:
            raise self.raised[post.post_id]
        if self.refused & set(names):
            raise MetricsRefused(self.refused & set(names), platform_code="100")
        return [Reading.of(one, 5) for one in metrics]


async def test_the_numbers_of_each_post_are_noted() -> None:
    batch = PostBatch(Platform().ask)
    for one in (post("1"), post("2")):
        await batch.read(one, BOTH)

    found = batch.readings("v25.0")

    both = (Reading.of(VIEWS, 5), Reading.of(LIKES, 5))
    assert (found.by_post, found.api_version) == ({"1": both, "2": both}, "v25.0")
    assert (found.gone, found.dead) == (frozenset(), ())


async def test_a_refused_metric_sinks_no_other_and_is_not_asked_again_for_the_kind() -> None:
    platform = Platform(refused=["likes"])
    batch = PostBatch(platform.ask)
    await batch.read(post("1"), BOTH)
    asked_before = len(platform.asked)
    await batch.read(post("2"), BOTH)

    found = batch.readings("v25.0")

    told = (Reading.of(VIEWS, 5), Reading.none(LIKES, Availability.NOT_SUPPORTED))
    assert found.by_post == {"1": told, "2": told}
    assert found.dead == (DeadMetric("likes", "100"),)
    assert platform.asked[asked_before:] == [("2", ["views"])]


async def test_another_kind_is_asked_for_it() -> None:
    platform = Platform(refused=["likes"])
    batch = PostBatch(platform.ask)
    await batch.read(post("1"), BOTH)
    platform.refused.clear()
    await batch.read(post("2", PostKind.IMAGE), BOTH)

    assert batch.readings("v25.0").by_post["2"] == (Reading.of(VIEWS, 5), Reading.of(LIKES, 5))


async def test_a_post_that_is_gone_is_told_and_the_others_are_read() -> None:
    batch = PostBatch(Platform(raised={"1": PostGone()}).ask)
    for one in (post("1"), post("2")):
        await batch.read(one, BOTH)

    found = batch.readings("v25.0")

    assert (found.gone, list(found.by_post)) == ({"1"}, ["2"])


@pytest.mark.parametrize(
    ("untold", "availability"),
    [(Untold("few"), Availability.WITHHELD), (UntoldForGood("old"), Availability.NOT_SUPPORTED)],
    ids=["for now", "for good"],
)
async def test_numbers_that_are_held_back_say_why(untold: Untold, availability: Availability) -> None:
    batch = PostBatch(Platform(raised={"1": untold}).ask)
    await batch.read(post("1"), BOTH)

    assert batch.readings("v25.0").by_post == {"1": tuple(Reading.none(m, availability) for m in BOTH)}


async def test_any_other_error_is_the_callers() -> None:
    batch = PostBatch(Platform(raised={"1": RateLimited()}).ask)

    with pytest.raises(RateLimited):
        await batch.read(post("1"), BOTH)


@pytest.mark.parametrize(
    ("kind", "age", "is_omitted", "availability"),
    [
        (PostKind.REEL, timedelta(hours=1), False, Availability.NOT_YET),
        (PostKind.REEL, timedelta(hours=1), True, Availability.NOT_SUPPORTED),
        (PostKind.REEL, STORY_LIFE, False, Availability.NOT_YET),
        (PostKind.STORY, STORY_LIFE - timedelta(seconds=1), False, Availability.NOT_YET),
        (PostKind.STORY, STORY_LIFE, False, Availability.LOST),
        (PostKind.STORY, STORY_LIFE, True, Availability.LOST),
    ],
    ids=["silence", "omitted", "a day old", "story lives", "story over", "story over, omitted"],
)
def test_what_is_not_told_says_why(
    kind: PostKind, age: timedelta, is_omitted: bool, availability: Availability
) -> None:
    told = post_reading(post("1", kind, age), VIEWS, None, is_omitted=is_omitted, now=NOW)

    assert told == Reading.none(VIEWS, availability)


@pytest.mark.parametrize(("value", "told"), [(0.0, Reading.of(VIEWS, 0)), (7.0, Reading.of(VIEWS, 7))])
def test_a_number_is_a_number_also_when_the_story_is_over(value: float, told: Reading) -> None:
    over = post("1", PostKind.STORY, STORY_LIFE)

    assert post_reading(over, VIEWS, value, is_omitted=False, now=NOW) == told


def test_a_number_below_zero_is_held_back() -> None:
    told = post_reading(post(), VIEWS, -1.0, is_omitted=False, now=NOW)

    assert told == Reading.none(VIEWS, Availability.WITHHELD)
