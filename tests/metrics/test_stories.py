"""Stories are seen while they live; what was missed is said, with the reason."""

from __future__ import annotations

from datetime import timedelta

from linkroll_sdk import Availability, Reading

from server.services.polling.poll_plan import plan_polls
from server.services.polling.recording import record_post_readings
from support.chirp_metrics import STORY_VIEWS, chirp_platforms
from support.desk import Desk, OpenDesk

DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)


async def gaps(desk: Desk) -> list[tuple[str, bool]]:
    """Every gap: its reason, and whether it is about one story."""
    rows = await desk.fetch("SELECT reason, post_id FROM story_gap ORDER BY id")
    return [(row["reason"], row["post_id"] is not None) for row in rows]


async def live_through(desk: Desk, hours: float, *, every: timedelta = HALF_HOUR) -> None:
    """Time passes, and the worker is at work."""
    end = desk.now + timedelta(hours=hours)
    while desk.now < end:
        desk.travel(seconds=min(every, end - desk.now).total_seconds() + 1)
        ended = (desk.now - DAY).isoformat()
        desk.api.stories = [s for s in desk.api.stories if s["at"] > ended]
        await desk.poll()


async def test_a_story_is_in_the_ledger_and_read_until_its_end(desk: Desk) -> None:
    desk.api.tell_story("s", desk.now, story_plays=1, story_reach=1)
    await desk.poll()

    await live_through(desk, 22)
    desk.api.numbers["s"]["story_plays"] = 77
    await live_through(desk, 2, every=timedelta(minutes=5))
    await plan_polls(desk.host)

    story = (await desk.fetch("SELECT * FROM post"))[0]
    assert (story["kind"], story["next_read_at"]) == ("STORY", None)
    assert story["ends_at"] - story["read_at"] <= timedelta(minutes=15)
    assert (await desk.latest("VIEWS", story["id"]))["value"] == 77.0
    assert await gaps(desk) == []


async def test_the_last_reading_is_planned_ten_minutes_before_the_end(desk: Desk) -> None:
    desk.api.tell_story("s", desk.now - timedelta(hours=23, minutes=35), story_plays=1)

    await desk.poll()

    story = (await desk.fetch("SELECT ends_at - next_read_at AS before FROM post"))[0]
    assert story["before"] == timedelta(minutes=10)


async def test_stories_are_looked_for_half_as_often_while_there_are_none(desk: Desk) -> None:
    await desk.poll()
    without = await desk.one("SELECT next_at FROM poll WHERE work = 'STORIES'") - desk.now
    desk.api.tell_story("s", desk.now, story_plays=1)

    desk.travel(hours=2)
    await desk.poll()
    with_one = await desk.one("SELECT next_at FROM poll WHERE work = 'STORIES'") - desk.now

    assert HALF_HOUR <= without <= 3 * HALF_HOUR
    assert HALF_HOUR / 2 <= with_one <= 1.5 * HALF_HOUR


async def test_a_story_whose_last_numbers_are_missing_is_said(desk: Desk) -> None:
    desk.api.tell_story("s", desk.now, story_plays=1)
    await desk.poll()

    desk.travel(hours=25)
    desk.api.stories.clear()
    await desk.poll()

    assert ("NO_FINAL_READING", True) in await gaps(desk)


async def test_a_story_that_ended_unread_has_lost_its_numbers(desk: Desk) -> None:
    desk.api.tell_story("s", desk.now, story_plays=1)
    desk.api.status, desk.api.failing, desk.api.headers = 429, {"numbers"}, {"retry-after": "90000"}
    await desk.poll()
    story = await desk.one("SELECT id FROM post")

    desk.travel(hours=25)
    desk.api.stories.clear()
    await desk.poll()

    latest = await desk.latest("VIEWS", story)
    assert (latest["value"], latest["availability"]) == (None, "LOST")


async def test_final_numbers_that_the_platform_sends_close_the_gap(desk: Desk) -> None:
    desk.api.tell_story("s", desk.now, story_plays=1)
    await desk.poll()
    desk.travel(hours=24, minutes=5)
    desk.api.stories.clear()
    await desk.poll()

    told = await record_post_readings(
        desk.host, desk.account, "s", [Reading.of(STORY_VIEWS, 99.0)], "v1", final=True
    )

    story = (await desk.fetch("SELECT id, final_at FROM post"))[0]
    assert told
    assert story["final_at"] is not None
    assert (await desk.latest("VIEWS", story["id"]))["value"] == 99.0
    assert ("NO_FINAL_READING", True) not in await gaps(desk)


async def test_numbers_of_a_story_that_nobody_knows_are_let_go(desk: Desk) -> None:
    told = await record_post_readings(
        desk.host, desk.account, "unknown", [Reading.of(STORY_VIEWS, 99.0)], "v1", final=True
    )

    assert not told
    assert await desk.snapshots() == 0


async def test_a_pause_of_the_worker_is_a_gap(desk: Desk) -> None:
    await desk.poll()
    before = desk.now

    desk.travel(hours=60)
    await desk.poll()

    row = (await desk.fetch("SELECT * FROM story_gap"))[0]
    assert (row["reason"], row["post_id"]) == ("WORKER_DOWN", None)
    assert abs(row["from_at"] - before) < timedelta(minutes=1)
    assert abs(row["until_at"] - (desk.now - DAY)) < timedelta(minutes=1)


async def test_a_short_pause_loses_nothing_and_is_no_gap(desk: Desk) -> None:
    await desk.poll()

    desk.travel(hours=20)
    await desk.poll()

    assert await gaps(desk) == []


async def test_an_outage_is_a_gap_with_its_reason(desk: Desk) -> None:
    await desk.poll()
    desk.api.status = 503
    for _ in range(20):
        desk.travel(hours=2)
        await desk.poll()

    desk.api.status = 200
    desk.travel(hours=7)
    await desk.poll()

    assert await gaps(desk) == [("PLATFORM_DOWN", False)]


async def test_a_limit_is_a_gap_with_its_reason(desk: Desk) -> None:
    await desk.poll()
    desk.api.status, desk.api.headers = 429, {"retry-after": "7200"}
    for _ in range(20):
        desk.travel(hours=2)
        await desk.poll()

    desk.api.status, desk.api.headers = 200, {}
    desk.travel(hours=7)
    await desk.poll()

    assert await gaps(desk) == [("RATE_LIMITED", False)]


async def test_a_link_that_was_over_for_long_is_a_gap_with_its_reason(desk: Desk) -> None:
    await desk.poll()
    await desk.rows.change(desk.account_gid, invalidated_at=desk.now, invalid_reason="EXPIRED")
    await desk.poll()
    desk.travel(days=3)
    await desk.rows.change(desk.account_gid, invalidated_at=None, invalid_reason=None)

    await desk.poll()

    assert await gaps(desk) == [("LINK_INVALID", False)]


async def test_a_story_that_was_taken_down_early_is_gone(desk: Desk) -> None:
    desk.api.tell_story("s", desk.now, story_plays=5)
    await desk.poll()
    desk.api.stories.clear()

    desk.travel(hours=2)
    await desk.poll()

    story = (await desk.fetch("SELECT gone_at, next_read_at FROM post"))[0]
    assert story["gone_at"] is not None
    assert story["next_read_at"] is None


async def test_stories_come_before_everything_else(open_desk: OpenDesk) -> None:
    desk = await open_desk(chirp_platforms(), poll_concurrency=1)
    desk.api.tell_story("s", desk.now, story_plays=5)
    desk.api.publish("p", desk.now - timedelta(days=5), plays=5)

    await desk.poll()

    order = [name for name, _ in desk.api.asked]
    assert order == ["stories", "numbers", "account", "posts", "numbers"]


async def test_story_numbers_that_the_person_did_not_allow_are_said_so(open_desk: OpenDesk) -> None:
    desk = await open_desk(scopes=("read",))
    desk.api.tell_story("s", desk.now, story_plays=5)

    await desk.poll()

    story = await desk.one("SELECT id FROM post")
    assert (await desk.latest("REACH", story))["availability"] == Availability.MISSING_SCOPE
    assert (await desk.latest("VIEWS", story))["value"] == 5.0


async def test_a_metric_that_a_story_never_told_is_lost_at_its_end(desk: Desk) -> None:
    """Read in time, but not told: nobody needs to wait any longer, and what was told stays."""
    desk.api.tell_story("s", desk.now, story_plays=5)
    await desk.poll()
    story = await desk.one("SELECT id FROM post")
    await desk.fetch("UPDATE metric_latest SET value = NULL, availability = 'NOT_YET' WHERE metric = 'REACH'")

    desk.travel(hours=25)
    desk.api.stories.clear()
    await desk.poll()

    assert (await desk.latest("REACH", story))["availability"] == "LOST"
    assert (await desk.latest("VIEWS", story))["value"] == 5.0


async def test_numbers_of_a_story_that_was_taken_down_unread_are_lost(desk: Desk) -> None:
    desk.api.tell_story("s", desk.now, story_plays=5)
    desk.api.status, desk.api.failing, desk.api.headers = 429, {"numbers"}, {"retry-after": "9000"}
    await desk.poll()
    desk.api.stories.clear()

    desk.travel(hours=2)
    await desk.poll()

    story = await desk.one("SELECT id FROM post")
    assert (await desk.latest("VIEWS", story))["availability"] == "LOST"
