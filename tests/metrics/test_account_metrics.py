"""An account's own numbers are fetched, kept once, and told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.chirp_metrics import VIEWS, ChirpFetcher, chirp_platforms
from support.desk import Desk, OpenDesk

DAY = timedelta(days=1)


def published_days(desk: Desk, number: int, *, until: int = 0) -> None:
    """Chirp's days up to *until* days ago, each with a number of its own."""
    today = desk.now.date()
    desk.api.days = {today - n * DAY: 1000.0 + n for n in range(until, number)}


async def test_the_first_fetch_fills_thirty_days_and_the_moment(desk: Desk) -> None:
    published_days(desk, 60)

    await desk.poll()

    today = desk.now.date()
    assert await desk.series("VIEWS") == {today - n * DAY: 1000.0 + n for n in range(31)}
    assert await desk.series("FOLLOWERS") == {today: 100.0}


async def test_a_fetch_that_is_repeated_adds_nothing(desk: Desk) -> None:
    published_days(desk, 5)
    await desk.poll()
    before, events = await desk.snapshots(), await desk.one("SELECT count(*) FROM metric_event")

    await desk.fetch("UPDATE poll SET next_at = $1", desk.now)
    await desk.fetch("UPDATE social_account SET metrics_asked_at = $1", desk.now)
    await desk.poll()

    assert desk.api.count("account") == 2
    assert await desk.snapshots() == before
    assert await desk.one("SELECT count(*) FROM metric_event") == events


async def test_days_that_were_corrected_are_read_again_and_both_words_are_kept(desk: Desk) -> None:
    published_days(desk, 5)
    await desk.poll()
    yesterday = desk.now.date() - DAY
    desk.api.days[yesterday] = 7.0

    desk.travel(hours=25)
    await desk.poll()

    assert (await desk.series("VIEWS"))[yesterday] == 7.0
    kept = await desk.fetch(
        "SELECT value FROM metric_snapshot WHERE metric = 'VIEWS' AND day = $1", yesterday
    )
    assert sorted(row["value"] for row in kept) == [7.0, 1001.0]


async def test_after_a_pause_every_missed_day_is_asked_for(desk: Desk) -> None:
    await desk.poll()
    desk.travel(days=10)
    published_days(desk, 20)

    await desk.poll()

    _, asked = [entry for entry in desk.api.asked if entry[0] == "account"][-1]
    today = desk.now.date()
    assert asked["since"] == str(today - 15 * DAY)
    assert asked["until"] == str(today)


async def test_nobody_asks_further_back_than_the_platform_remembers(open_desk: OpenDesk) -> None:
    class Forgetful(ChirpFetcher):
        metrics = tuple(_with_history(m) if m is VIEWS else m for m in ChirpFetcher.metrics)

    desk = await open_desk(chirp_platforms(Forgetful()))

    await desk.poll()

    _, asked = next(entry for entry in desk.api.asked if entry[0] == "account")
    assert asked["since"] == str(desk.now.date() - 7 * DAY)


def _with_history(metric: Any) -> Any:
    import dataclasses

    return dataclasses.replace(metric, history=7 * DAY)


async def test_what_the_person_did_not_allow_is_said_without_asking(open_desk: OpenDesk) -> None:
    desk = await open_desk(scopes=("read",))

    await desk.poll()

    assert (await desk.latest("REACH"))["availability"] == "MISSING_SCOPE"
    assert all("reach" not in asked.get("metrics", "") for _, asked in desk.api.asked)


async def test_a_metric_that_the_platform_refuses_costs_no_other_and_is_not_asked_for_a_day(
    desk: Desk,
) -> None:
    desk.api.refused = {"reach"}
    await desk.poll()
    first = desk.api.count("account")

    desk.travel(hours=3)
    await desk.poll()

    assert first == 2
    assert desk.api.count("account") == 3
    assert (await desk.latest("FOLLOWERS"))["value"] == 100.0
    assert "100" in await desk.one("SELECT detail FROM operator_notice WHERE kind = 'DEAD_METRIC'")
    assert await desk.one("SELECT times FROM operator_notice WHERE kind = 'DEAD_METRIC'") == 1


async def test_a_refused_metric_is_tried_again_after_a_day(desk: Desk) -> None:
    desk.api.refused = {"reach"}
    await desk.poll()
    desk.api.refused = set()

    desk.travel(hours=26)
    await desk.poll()

    assert (await desk.latest("REACH"))["value"] == 50.0
    assert await desk.one("SELECT refused::text FROM poll WHERE work = 'ACCOUNT'") == "{}"


async def test_the_account_shows_its_new_name_and_followers(desk: Desk) -> None:
    desk.api.profile = {"handle": "mara.bakes", "followers": 4321}

    await desk.poll()

    row = (await desk.fetch("SELECT handle, handle_key, url, followers, checked_at FROM social_account"))[0]
    assert (row["handle"], row["handle_key"], row["followers"]) == ("mara.bakes", "mara.bakes", 4321)
    assert row["url"] == "https://chirp.example/mara.bakes"
    assert row["checked_at"] is not None


async def test_a_name_that_stands_at_another_account_stays_there(desk: Desk) -> None:
    profile = await desk.rows.profile("Jonas Tamm")
    await desk.rows.account(profile, platform="chirp", handle="taken")
    desk.api.profile = {"handle": "taken", "followers": 7}

    await desk.poll()

    names = await desk.fetch("SELECT handle FROM social_account ORDER BY id")
    assert [row["handle"] for row in names] == ["mara", "taken"]
    assert (await desk.latest("FOLLOWERS"))["value"] == 100.0


async def test_each_number_says_where_it_comes_from(desk: Desk) -> None:
    await desk.poll()

    row = (
        await desk.fetch(
            "SELECT s.* FROM metric_latest l JOIN metric_source s ON s.id = l.source_id"
            " WHERE l.metric = 'FOLLOWERS'"
        )
    )[0]
    assert (row["platform"], row["login"], row["level"]) == ("chirp", "chirp", "ACCOUNT")
    assert (row["platform_metric"], row["api_version"], row["definition"]) == ("followers", "v1", "1")


async def test_a_fetch_is_told_once_with_what_it_read(desk: Desk) -> None:
    published_days(desk, 3)

    await desk.poll()

    events = await desk.fetch("SELECT * FROM metric_event WHERE work = 'ACCOUNT'")
    assert [(e["account_id"], e["platform"], e["readings"]) for e in events] == [(desk.account, "chirp", 5)]


async def test_an_account_that_is_not_linked_is_not_planned_and_not_asked(desk: Desk) -> None:
    await desk.poll()
    asked = desk.api.count()
    await desk.rows.change(desk.account_gid, invalidated_at=desk.now, invalid_reason="EXPIRED")

    desk.travel(hours=48)
    await desk.poll()

    assert desk.api.count() == asked
    assert await desk.one("SELECT count(*) FROM poll") == 0


async def test_a_link_that_comes_back_goes_on_where_it_ended(desk: Desk) -> None:
    await desk.poll()
    await desk.rows.change(desk.account_gid, invalidated_at=desk.now, invalid_reason="EXPIRED")
    desk.travel(days=2)
    await desk.poll()
    await desk.rows.change(desk.account_gid, invalidated_at=None, invalid_reason=None)

    desk.travel(days=2)
    await desk.poll()

    _, asked = [entry for entry in desk.api.asked if entry[0] == "account"][-1]
    assert asked["since"] == str(desk.now.date() - 9 * DAY)


async def test_numbers_of_an_account_that_was_unlinked_meanwhile_are_not_kept(open_desk: OpenDesk) -> None:
    """Somebody presses unlink while the platform is being asked."""

    class Slow(ChirpFetcher):
        desk: Desk

        async def read_account(self, *args: Any) -> Any:
            answer = await super().read_account(*args)
            await self.desk.rows.change(
                self.desk.account_gid, invalidated_at=self.desk.now, invalid_reason="UNLINKED"
            )
            return answer

    fetcher = Slow()
    fetcher.desk = await open_desk(chirp_platforms(fetcher))
    fetcher.desk.api.failing, fetcher.desk.api.status = {"posts", "stories"}, 500

    await fetcher.desk.poll()

    assert fetcher.desk.api.count("account") == 1
    assert await fetcher.desk.snapshots() == 0


async def test_two_workers_fetch_each_account_once(desk: Desk) -> None:
    import asyncio

    from server.services.polling.poll_plan import plan_polls
    from server.services.polling.polling import poll_due

    profile = await desk.rows.profile("Jonas Tamm")
    for _ in range(20):
        await desk.rows.linked(profile, platform="chirp", scopes=("read", "insights"))
    await plan_polls(desk.host)

    done = await asyncio.gather(*(poll_due(desk.host, "chirp") for _ in range(3)))

    assert sum(done) == 21 * 3
    assert desk.api.count("account") == 21
