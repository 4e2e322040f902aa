"""Whatever a fetcher answers, it hurts nobody else, and what cannot be true is not kept."""

from __future__ import annotations

import dataclasses
import math
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from linkroll_sdk import (
    AccountFacts,
    AccountReadings,
    Availability,
    FoundPost,
    MetricName,
    PostKind,
    PostPage,
    PostReadings,
    Reading,
)

from support.chirp_metrics import FOLLOWERS, POST_VIEWS, REACH, VIEWS, ChirpFetcher, chirp_platforms
from support.desk import OpenDesk

GOOD = Reading.of(REACH, 5.0)
TODAY = date.today()

ODD_READINGS = {
    "infinite": Reading.of(FOLLOWERS, math.inf),
    "not a number": Reading.of(FOLLOWERS, math.nan),
    "too large": Reading.of(FOLLOWERS, 1e300),
    "a text": Reading.of(FOLLOWERS, "many"),  # type: ignore[arg-type]
    "a truth": Reading.of(FOLLOWERS, True),
    "of no entry": Reading(MetricName.SAVES, "saves", Availability.SUPPORTED, 1.0),
    "of another level": Reading.of(POST_VIEWS, 1.0),
    "a number that is withheld": dataclasses.replace(
        Reading.of(FOLLOWERS, 1.0), availability=Availability.WITHHELD
    ),
    "no number, and supported": dataclasses.replace(Reading.of(FOLLOWERS, 1.0), value=None),
    "a day without a day": Reading.of(VIEWS, 1.0),
    "a moment with a day": Reading.of(FOLLOWERS, 1.0, TODAY),
    "long before": Reading.of(VIEWS, 1.0, date(1970, 1, 1)),
    "before what the platform tells": Reading.of(VIEWS, 1.0, TODAY - timedelta(days=120)),
    "in the future": Reading.of(VIEWS, 1.0, TODAY + timedelta(days=9)),
    "a moment for a day": Reading.of(VIEWS, 1.0, datetime(2026, 1, 1)),
    "no reading": 7,
}


class Telling(ChirpFetcher):
    """Answers what a test puts into it."""

    account: Any = AccountReadings((), "v1")
    posts: Any = PostPage((), "v1")
    numbers: Any = PostReadings({}, "v1")

    async def read_account(self, *args: Any) -> Any:
        return self.account

    async def list_posts(self, *args: Any) -> Any:
        return self.posts

    async def read_posts(self, *args: Any) -> Any:
        return self.numbers


@pytest.mark.parametrize("odd", list(ODD_READINGS.values()), ids=list(ODD_READINGS))
async def test_a_reading_that_cannot_be_true_is_left_out_and_the_others_are_kept(
    open_desk: OpenDesk, odd: Any
) -> None:
    fetcher = Telling()
    fetcher.account = AccountReadings((odd, GOOD), "v1")
    desk = await open_desk(chirp_platforms(fetcher))

    await desk.poll()

    rows = await desk.fetch("SELECT metric, value FROM metric_snapshot")
    assert [(row["metric"], row["value"]) for row in rows] == [("REACH", 5.0)]
    assert await desk.one("SELECT kind FROM operator_notice") == "ODD_ANSWER"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "numbers",
        PostPage((), "v1"),
        AccountReadings((), ""),
        AccountReadings((), "v\0"),
        AccountReadings(7, "v1"),  # type: ignore[arg-type]
    ],
    ids=["nothing", "text", "a page", "no version", "a version with NUL", "no list"],
)
async def test_an_answer_of_another_shape_is_refused_and_tried_again_later(
    open_desk: OpenDesk, answer: Any
) -> None:
    fetcher = Telling()
    fetcher.account = answer
    desk = await open_desk(chirp_platforms(fetcher))

    await desk.poll()

    row = (await desk.fetch("SELECT last_error, failures, next_at FROM poll WHERE work = 'ACCOUNT'"))[0]
    assert (row["last_error"], row["failures"]) == ("UnexpectedAnswer", 1)
    assert row["next_at"] > desk.now
    assert await desk.snapshots() == 0


async def test_facts_that_cannot_be_stored_change_nothing(open_desk: OpenDesk) -> None:
    fetcher = Telling()
    facts = AccountFacts(handle="a\0b", display_name="\ud83d", avatar_url="x" * 9999, followers=-4)
    fetcher.account = AccountReadings((GOOD,), "v1", facts=facts)
    desk = await open_desk(chirp_platforms(fetcher))

    await desk.poll()

    row = (await desk.fetch("SELECT handle, display_name, avatar_url, followers FROM social_account"))[0]
    assert (row["handle"], row["avatar_url"], row["followers"]) == ("mara", None, None)
    assert row["display_name"] == "?"
    assert (await desk.latest("REACH"))["value"] == 5.0


def _post(key: Any = "p", **facts: Any) -> FoundPost:
    usual: dict[str, Any] = {"kind": PostKind.IMAGE, "published_at": datetime.now().astimezone()}
    return FoundPost(key, **{**usual, **facts})


@pytest.mark.parametrize(
    "odd",
    [
        _post(""),
        _post("x" * 201),
        _post("a\0b"),
        _post(7),
        _post(kind="PICTURE"),
        _post(published_at=datetime(2026, 1, 1)),
        _post(published_at=datetime(1970, 1, 1).astimezone()),
        _post(published_at=datetime.now().astimezone() + timedelta(days=400)),
        _post(kind=PostKind.STORY),
        "a post",
    ],
    ids=["no id", "long id", "NUL", "number", "kind", "no zone", "1970", "future", "a story", "text"],
)
async def test_a_post_that_cannot_be_stored_is_left_out_and_the_others_are_kept(
    open_desk: OpenDesk, odd: Any
) -> None:
    fetcher = Telling()
    fetcher.posts = PostPage((odd, _post("good")), "v1")
    desk = await open_desk(chirp_platforms(fetcher))

    await desk.poll()

    assert await desk.one("SELECT platform_post_id FROM post") == "good"


async def test_a_caption_is_kept_as_far_as_it_can_be_stored(open_desk: OpenDesk) -> None:
    fetcher = Telling()
    fetcher.posts = PostPage((_post(text="Br\0ot \ud83d #brot" + "x" * 20_000, url="x" * 5000),), "v1")
    desk = await open_desk(chirp_platforms(fetcher))

    await desk.poll()

    row = (await desk.fetch("SELECT text, url FROM post"))[0]
    assert row["text"].startswith("Brot ? #brot")
    assert len(row["text"]) == 10_000
    assert row["url"] is None


async def test_numbers_of_posts_that_nobody_asked_about_are_let_go(open_desk: OpenDesk) -> None:
    fetcher = Telling()
    fetcher.posts = PostPage((_post("mine"),), "v1")
    numbers = (Reading.of(POST_VIEWS, 3.0),)
    fetcher.numbers = PostReadings({"mine": numbers, "yours": numbers}, "v1", gone=frozenset({"mine", "x"}))
    desk = await open_desk(chirp_platforms(fetcher))

    await desk.poll()

    rows = await desk.fetch("SELECT value FROM metric_latest WHERE metric = 'VIEWS'")
    assert [row["value"] for row in rows] == [3.0]
    # Numbers and "gone" of one post contradict each other: the numbers were really there.
    assert await desk.one("SELECT gone_at FROM post") is None


async def test_a_fetcher_that_raises_hurts_only_its_own_work(open_desk: OpenDesk) -> None:
    class Raising(ChirpFetcher):
        async def read_account(self, *args: Any) -> Any:
            raise KeyError("data")

    desk = await open_desk(chirp_platforms(Raising()))
    desk.api.publish("p", desk.now - timedelta(hours=1), plays=2)

    await desk.poll()

    assert await desk.one("SELECT last_error FROM poll WHERE work = 'ACCOUNT'") == "UnexpectedAnswer"
    assert await desk.one("SELECT value FROM metric_latest") == 2.0


async def test_two_readings_of_one_metric_are_one(open_desk: OpenDesk) -> None:
    fetcher = Telling()
    none = Reading.none(REACH, Availability.NOT_YET)
    fetcher.account = AccountReadings((none, GOOD, Reading.of(REACH, 6.0), none), "v1")
    desk = await open_desk(chirp_platforms(fetcher))

    await desk.poll()

    assert await desk.one("SELECT value FROM metric_snapshot") == 5.0


async def test_entries_that_share_a_name_never_mix(open_desk: OpenDesk) -> None:
    """YouTube has views of days and a counter of views: one name, two numbers."""
    counter = dataclasses.replace(FOLLOWERS, name=MetricName.VIEWS, platform_name="view_counter")

    class Both(Telling):
        metrics = (counter, VIEWS)

    fetcher = Both()
    fetcher.account = AccountReadings((Reading.of(counter, 1e6), Reading.of(VIEWS, 10.0, TODAY)), "v1")
    desk = await open_desk(chirp_platforms(fetcher))

    await desk.poll()

    assert (await desk.latest("VIEWS"))["value"] == 10.0
    assert (await desk.latest("VIEWS/view_counter"))["value"] == 1e6
