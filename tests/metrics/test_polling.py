"""What is due is fetched once, by somebody, and what fails waits without holding up the rest."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from linkroll_sdk import PlatformUnavailable, Work

from server.services.polling.poll_claims import OTHER_POSTS, claim_polls, claim_posts
from server.services.polling.poll_plan import plan_polls
from server.services.polling.polling import Round, poll_due
from server.services.polling.post_polling import MAX_PAGES
from server.services.polling.recording import CHANNEL
from support.chirp_metrics import ChirpFetcher, chirp_platforms
from support.desk import Desk, OpenDesk


async def more_accounts(desk: Desk, number: int) -> None:
    """So many linked accounts beside the first."""
    profile = await desk.rows.profile("Jonas Tamm")
    for _ in range(number):
        await desk.rows.linked(profile, platform="chirp", scopes=("read", "insights"))


async def wait_of(desk: Desk, work: str = "ACCOUNT") -> timedelta:
    """How long until a piece of work is tried again."""
    at = await desk.one("SELECT next_at FROM poll WHERE work = $1 AND account_id = $2", work, desk.account)
    return at - desk.now  # type: ignore[no-any-return]


async def test_what_a_process_took_to_the_grave_is_fetched_by_another_one(desk: Desk) -> None:
    desk.api.publish("p", desk.now - timedelta(days=3), plays=1)
    await desk.poll()
    desk.travel(hours=20)
    await claim_polls(desk.host, "chirp", ["chirp"], list(Work), 100)
    await claim_posts(desk.host, "chirp", ["chirp"], OTHER_POSTS, 100)
    before = desk.api.count()
    assert await desk.poll() == 0

    desk.travel(minutes=6)

    assert await desk.poll() == 4
    assert desk.api.count() == before + 4


async def test_a_round_that_is_cut_off_hands_its_work_back(open_desk: OpenDesk) -> None:
    held = asyncio.Event()

    class Holding(ChirpFetcher):
        async def list_stories(self, *args: Any) -> Any:
            held.set()
            await asyncio.Event().wait()

    desk = await open_desk(chirp_platforms(Holding()), poll_concurrency=2)
    await more_accounts(desk, 9)
    await plan_polls(desk.host)

    task = asyncio.create_task(poll_due(desk.host, "chirp"))
    await held.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    claimed = await desk.one("SELECT count(*) FROM poll WHERE claimed_until IS NOT NULL")
    assert claimed <= 2


async def test_no_more_accounts_than_wanted_are_read_at_once(open_desk: OpenDesk) -> None:
    at_once: list[int] = []

    together = asyncio.Barrier(3)

    class Counting(ChirpFetcher):
        now = 0

        async def read_account(self, *args: Any) -> Any:
            self.now += 1
            at_once.append(self.now)
            try:
                await together.wait()
                return await super().read_account(*args)
            finally:
                self.now -= 1

    desk = await open_desk(chirp_platforms(Counting()), poll_concurrency=3)
    await more_accounts(desk, 11)

    await desk.poll()

    assert len(at_once) == 12
    assert max(at_once) == 3


async def test_what_fails_waits_longer_each_time(desk: Desk) -> None:
    desk.api.status, desk.api.failing = 500, {"account"}
    waits = []
    for _ in range(6):
        await desk.poll()
        waits.append(await wait_of(desk))
        desk.travel(seconds=waits[-1].total_seconds() + 400)

    assert waits[-1] > 4 * waits[0]
    assert await desk.one("SELECT last_error FROM poll WHERE work = 'ACCOUNT'") == "PlatformUnavailable"


async def test_a_limit_that_says_how_long_is_believed(desk: Desk) -> None:
    desk.api.status, desk.api.failing, desk.api.headers = 429, {"account"}, {"retry-after": "5000"}

    await desk.poll()

    assert timedelta(seconds=4990) <= await wait_of(desk) <= timedelta(seconds=5500)
    assert await desk.one("SELECT failures FROM poll WHERE work = 'ACCOUNT'") == 0


async def test_a_limit_of_the_app_is_not_found_out_by_every_account(open_desk: OpenDesk) -> None:
    desk = await open_desk(poll_concurrency=2)
    await more_accounts(desk, 30)
    desk.api.status, desk.api.failing = 429, {"account"}
    desk.api.headers = {"retry-after": "5000", "x-limit": "APP"}

    await desk.poll()

    assert desk.api.count("account") <= 4
    assert desk.api.count("stories") == 31


async def test_an_account_that_fails_does_not_hold_up_the_others(open_desk: OpenDesk) -> None:
    class Picky(ChirpFetcher):
        async def read_account(self, http: Any, client: Any, account: Any, *rest: Any) -> Any:
            if account.handle == "mara":
                raise RuntimeError("this one again")
            return await super().read_account(http, client, account, *rest)

    desk = await open_desk(chirp_platforms(Picky()), poll_concurrency=1)
    await more_accounts(desk, 5)

    await desk.poll()

    rows = await desk.fetch("SELECT DISTINCT account_id FROM metric_latest")
    assert len(rows) == 5
    assert desk.account not in {row["account_id"] for row in rows}


async def test_somebody_who_asks_while_it_is_read_gets_it_read_again(open_desk: OpenDesk) -> None:
    class Asked(ChirpFetcher):
        desk: Desk
        times = 0

        async def read_account(self, *args: Any) -> Any:
            answer = await super().read_account(*args)
            self.times += 1
            if self.times == 1:
                self.desk.api.state["followers"] = 101.0
                await self.desk.fetch("UPDATE social_account SET metrics_asked_at = $1", self.desk.now)
            return answer

    fetcher = Asked()
    fetcher.desk = await open_desk(chirp_platforms(fetcher))

    await fetcher.desk.poll()

    assert fetcher.times == 2
    assert (await fetcher.desk.latest("FOLLOWERS"))["value"] == 101.0


async def test_a_refused_link_ends_and_is_not_asked_again(desk: Desk) -> None:
    desk.api.status, desk.api.failing = 403, {"account"}

    await desk.poll()
    desk.travel(hours=3)
    await desk.poll()

    assert desk.api.count("account") == 1
    assert await desk.one("SELECT invalid_reason FROM social_account") == "ACCESS_REVOKED"


@pytest.mark.parametrize("minutes", [5, 60, 24 * 60], ids=str)
def test_every_beat_is_met_once_and_accounts_stand_apart(minutes: int) -> None:
    from datetime import UTC, datetime

    from server.services.polling.rhythm import has_beaten, next_beat

    every, start = timedelta(minutes=minutes), datetime(2026, 5, 1, 12, 34, tzinfo=UTC)
    beats = {next_beat(account, every, start) for account in range(100)}
    assert len(beats) > 50
    for account in range(100):
        now = start
        for _ in range(5):
            following = next_beat(account, every, now)
            assert every / 2 <= following - now < every * 1.5
            assert has_beaten(account, every, now, following)
            assert not has_beaten(account, every, following, following + every / 2)
            now = following


async def test_posts_that_fail_wait_as_long_as_the_platform_says(desk: Desk) -> None:
    desk.api.publish("p", desk.now - timedelta(days=3), plays=1)
    desk.api.status, desk.api.failing, desk.api.headers = 429, {"numbers"}, {"retry-after": "5000"}

    await desk.poll()

    wait = await desk.one("SELECT next_read_at FROM post") - desk.now
    assert timedelta(seconds=4990) <= wait <= timedelta(seconds=5500)


async def test_a_post_that_always_fails_does_not_take_the_others_along(open_desk: OpenDesk) -> None:
    class Stumbling(ChirpFetcher):
        async def read_posts(self, http: Any, client: Any, account: Any, posts: Any, wanted: Any) -> Any:
            if any(post.post_id == "bad" for post in posts):
                raise PlatformUnavailable("this one again")
            return await super().read_posts(http, client, account, posts, wanted)

    desk = await open_desk(chirp_platforms(Stumbling()))
    for key in ("a", "bad", "c"):
        desk.api.publish(key, desk.now - timedelta(days=3), plays=1)

    for _ in range(3):
        await desk.poll()
        desk.travel(hours=1)

    rows = await desk.fetch("SELECT platform_post_id FROM post WHERE read_at IS NOT NULL ORDER BY 1")
    assert [row["platform_post_id"] for row in rows] == ["a", "c"]


async def test_an_account_with_more_new_posts_than_are_listed_is_done_all_the_same(desk: Desk) -> None:
    desk.api.page_size = 1
    for n in range(MAX_PAGES + 5):
        desk.api.publish(f"p{n}", desk.now - timedelta(minutes=n + 1), plays=n)

    await desk.poll()

    assert desk.api.count("posts") == MAX_PAGES
    assert await desk.one("SELECT last_ok_at FROM poll WHERE work = 'POSTS'") is not None
    assert await wait_of(desk, "POSTS") > timedelta(minutes=20)


async def test_those_who_follow_are_woken_once_for_many_accounts(desk: Desk, database_url: str) -> None:
    """Whoever notifies waits for all others that do: a notice a fetch would have commits stand in line."""
    heard: list[object] = []
    await more_accounts(desk, 20)
    await plan_polls(desk.host)
    connection = await asyncpg.connect(database_url)
    await connection.add_listener(CHANNEL, lambda *told: heard.append(told))

    await Round(desk.host, "chirp", ["chirp"], wake_seconds=60).work_off()

    await connection.execute("SELECT 1")
    await connection.close()
    assert await desk.one("SELECT count(*) FROM metric_event") == 21
    assert len(heard) == 1
