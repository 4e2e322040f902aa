"""Posts are found, read by their age, and let go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.services.polling.captions import hashtags_in, mentions_in
from server.services.polling.rhythm import next_beat
from support.chirp_metrics import ChirpFetcher, chirp_platforms
from support.desk import Desk, OpenDesk


async def due_in(desk: Desk, key: str) -> timedelta | None:
    """How long until a post is read again."""
    at = await desk.one("SELECT next_read_at FROM post WHERE platform_post_id = $1", key)
    return None if at is None else at - desk.now


async def post_id(desk: Desk, key: str) -> int:
    """The post's row."""
    return int(await desk.one("SELECT id FROM post WHERE platform_post_id = $1", key))


async def test_a_post_is_found_with_what_its_caption_names(desk: Desk) -> None:
    desk.api.publish("p1", desk.now - timedelta(hours=2), "Brot! #Sauerteig #brot with @Jonas.Tamm", plays=5)

    await desk.poll()

    row = (await desk.fetch("SELECT * FROM post"))[0]
    assert (row["hashtags"], row["mentions"]) == (["sauerteig", "brot"], ["jonas.tamm"])
    assert (row["url_key"], row["kind"]) == ("key-p1", "IMAGE")
    assert (await desk.latest("VIEWS", row["id"]))["value"] == 5.0


@pytest.mark.parametrize(
    ("text", "tags", "names"),
    [
        ("#one#two", ["one"], []),
        ("mail a@b.example or https://x.example/#part", [], []),
        ("#ÄPFEL ＃寿司 #寿司 #ÄPFEL", ["äpfel", "寿司"], []),
        ("thanks @mara.bakes. and @Jonas_1!", [], ["mara.bakes", "jonas_1"]),
        ("# @ ## @@x", [], []),
        ("#" + "x" * 500, [], []),
    ],
    ids=["glued", "addresses", "unicode", "mentions", "bare signs", "too long"],
)
def test_captions_are_read_as_people_mean_them(text: str, tags: list[str], names: list[str]) -> None:
    assert hashtags_in(text) == tags
    assert mentions_in(text) == names


async def test_the_first_listing_goes_thirty_days_back_and_the_next_to_the_last_one(desk: Desk) -> None:
    # Just after the hour at which, once a day, weeks are listed again.
    daily = next_beat(desk.account, timedelta(days=1), desk.now)
    desk.travel(seconds=(daily - desk.now).total_seconds() + 60)
    for days in (1, 29, 40):
        desk.api.publish(f"p{days}", desk.now - timedelta(days=days), plays=1)
    await desk.poll()
    first = desk.now

    desk.travel(hours=7)
    await desk.poll()

    assert await desk.one("SELECT count(*) FROM post") == 2
    listings = [asked["since"] for name, asked in desk.api.asked if name == "posts"]
    assert listings[1][:16] == (first - timedelta(days=1)).isoformat()[:16]


async def test_all_pages_of_a_listing_are_read(desk: Desk) -> None:
    desk.api.page_size = 4
    for n in range(10):
        desk.api.publish(f"p{n}", desk.now - timedelta(hours=n + 1), plays=n)

    await desk.poll()

    assert desk.api.count("posts") == 3
    assert await desk.one("SELECT count(*) FROM metric_latest WHERE metric = 'VIEWS' AND post_id > 0") == 10


async def test_a_listing_that_goes_in_circles_ends(open_desk: OpenDesk) -> None:
    class Circling(ChirpFetcher):
        def page(self, answer: object) -> object:  # type: ignore[override]
            page = super().page(answer)
            return type(page)(page.posts, page.api_version, "0")

    desk = await open_desk(chirp_platforms(Circling()))
    desk.api.publish("p", desk.now - timedelta(hours=1), plays=1)

    await desk.poll()

    assert desk.api.count("posts") == 2
    assert await desk.one("SELECT failures FROM poll WHERE work = 'POSTS'") == 0


@pytest.mark.parametrize(
    ("age", "least", "most"),
    [
        (timedelta(hours=3), timedelta(minutes=30), timedelta(hours=1, minutes=30)),
        (timedelta(days=3), timedelta(hours=3), timedelta(hours=9)),
        (timedelta(days=20), timedelta(hours=12), timedelta(hours=36)),
    ],
    ids=["fresh", "of this week", "of this month"],
)
async def test_the_older_a_post_the_rarer_it_is_read(
    desk: Desk, age: timedelta, least: timedelta, most: timedelta
) -> None:
    desk.api.publish("p", desk.now - age, plays=1)

    await desk.poll()

    wait = await due_in(desk, "p")
    assert wait is not None
    assert least <= wait <= most


async def test_a_post_of_last_year_is_left_alone(desk: Desk) -> None:
    desk.api.publish("p", desk.now - timedelta(days=29), plays=1)
    await desk.poll()

    desk.travel(days=340)
    await desk.rows.change(desk.account_gid, consent_expires_at=desk.now + timedelta(days=90))
    await desk.poll()

    assert await due_in(desk, "p") is None


async def test_posts_are_read_in_batches_as_large_as_the_platform_takes(desk: Desk) -> None:
    for n in range(25):
        desk.api.publish(f"p{n}", desk.now - timedelta(minutes=n + 1), plays=n)

    await desk.poll()

    assert desk.api.count("numbers") == 3


async def test_posts_that_were_read_together_are_read_together_again(desk: Desk) -> None:
    for n in range(10):
        desk.api.publish(f"p{n}", desk.now - timedelta(days=2, hours=n), plays=n)
    await desk.poll()
    before = desk.api.count("numbers")

    desk.travel(hours=10)
    await desk.poll()

    assert desk.api.count("numbers") == before + 1


async def test_a_post_that_is_gone_is_not_asked_for_again_and_keeps_its_numbers(desk: Desk) -> None:
    desk.api.publish("p", desk.now - timedelta(hours=2), plays=5)
    await desk.poll()
    desk.api.posts.clear()
    desk.api.numbers.clear()

    desk.travel(hours=3)
    await desk.poll()

    number = await post_id(desk, "p")
    assert await desk.one("SELECT gone_at FROM post") is not None
    assert await due_in(desk, "p") is None
    assert (await desk.latest("VIEWS", number))["value"] == 5.0


async def test_a_post_that_was_gone_before_it_was_read_has_lost_its_numbers(desk: Desk) -> None:
    desk.api.publish("p", desk.now - timedelta(hours=2))
    desk.api.numbers.clear()

    await desk.poll()

    assert (await desk.latest("VIEWS", await post_id(desk, "p")))["availability"] == "LOST"


async def test_a_post_that_comes_back_is_read_again(desk: Desk) -> None:
    desk.api.publish("p", desk.now - timedelta(hours=2), plays=5)
    await desk.poll()
    kept, desk.api.numbers = desk.api.numbers, {}
    desk.travel(hours=3)
    await desk.poll()
    desk.api.numbers = kept

    desk.travel(hours=2)
    await desk.poll()

    assert await desk.one("SELECT gone_at FROM post") is None
    assert await due_in(desk, "p") is not None


async def test_numbers_of_a_metric_that_this_kind_does_not_have_are_left_out(desk: Desk) -> None:
    desk.api.publish("p", desk.now - timedelta(hours=2), kind="TEXT", plays=5, hearts=3)

    await desk.poll()

    rows = await desk.fetch("SELECT metric FROM metric_latest WHERE post_id > 0")
    assert [row["metric"] for row in rows] == ["VIEWS"]


async def test_numbers_that_a_listing_brings_need_no_reading(open_desk: OpenDesk) -> None:
    from linkroll_sdk import FoundPost, PostPage, Reading

    from support.chirp_metrics import POST_VIEWS

    class Generous(ChirpFetcher):
        listing_has_metrics = True

        def page(self, answer: object) -> PostPage:
            page = super().page(answer)
            posts = (
                FoundPost(p.post_id, p.kind, p.published_at, readings=(Reading.of(POST_VIEWS, 9.0),))
                for p in page.posts
            )
            return PostPage(tuple(posts), "v1")

    desk = await open_desk(chirp_platforms(Generous()))
    desk.api.publish("p", desk.now - timedelta(hours=2))

    await desk.poll()

    assert desk.api.count("numbers") == 0
    assert (await desk.latest("VIEWS", await post_id(desk, "p")))["value"] == 9.0


async def test_a_request_for_fresh_numbers_reads_the_posts_too(desk: Desk) -> None:
    desk.api.publish("p", desk.now - timedelta(days=20), plays=5)
    await desk.poll()
    desk.api.numbers["p"]["plays"] = 6

    desk.travel(minutes=1)
    await desk.fetch("UPDATE social_account SET metrics_asked_at = $1", desk.now)
    await desk.fetch("UPDATE poll SET next_at = $1", desk.now)
    await desk.poll()

    assert (await desk.latest("VIEWS", await post_id(desk, "p")))["value"] == 6.0
