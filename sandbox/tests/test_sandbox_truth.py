"""The truth behind the stand-ins: posts and numbers that are the same in every run."""

import itertools
import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest

from linkroll_sandbox.cast import seed
from linkroll_sandbox.content import accounts, days, ids, library, numbers
from linkroll_sandbox.content.posts import STORY_LIFE
from linkroll_sandbox.world import World

EVERYBODY = accounts.everybodys(seed())
NOON = datetime.fromisoformat("2026-06-10T12:00:00+00:00").timestamp()


def world_at(at):
    world = World()
    world.clock.offset_seconds += at - world.now()
    return world


def account_named(platform, handle):
    found = accounts.named(seed(), platform, handle)
    assert found is not None
    return found


@pytest.mark.parametrize("account", EVERYBODY, ids=lambda one: f"{one.platform}-{one.handle}")
def test_everybody_has_sixty_days_of_posts_each_found_by_its_id(account):
    world = world_at(NOON)

    posts = library.posts(world, account, since=NOON - 60 * 86400)

    assert 28 <= len(posts) <= 32
    assert posts == sorted(posts, key=lambda post: -post.published_at)
    assert [library.find(world, account, post.id) for post in posts] == posts


def test_no_two_accounts_share_an_id():
    world = world_at(NOON)
    found = [post.id for account in EVERYBODY for post in library.posts(world, account)]
    found += [post.id for account in EVERYBODY for post in library.stories(world, account)]

    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("platform", "handle", "shape"),
    [
        ("instagram", "mara.bakes", r"17\d{15}"),
        ("facebook", "marabakes", r"615000111222333_\d{15}|\d{15}"),
        ("tiktok", "marabakes", r"\d{19}"),
        ("youtube", "marabakes", r"[\w-]{11}"),
    ],
)
def test_an_id_has_its_platforms_shape(platform, handle, shape):
    posts = library.posts(world_at(NOON), account_named(platform, handle))

    assert [post.id for post in posts if not re.fullmatch(shape, post.id)] == []


@pytest.mark.parametrize("nonsense", ["", "x", "17900", "17900000000000000", "aB3_dE6-gH9", "٣٣"])
def test_an_id_that_nobody_gave_is_nobodys(nonsense):
    world = world_at(NOON)

    assert [library.find(world, account, nonsense) for account in EVERYBODY] == [None] * len(EVERYBODY)


def test_posts_go_on_as_the_clock_does():
    account = account_named("tiktok", "marabakes")
    early, late = world_at(NOON), world_at(NOON + 10 * 86400)

    before, after = library.posts(early, account), library.posts(late, account)

    assert after[-len(before) :] == before
    assert len(after) == len(before) + 5
    assert library.find(early, account, after[0].id) is None


def test_one_to_three_stories_a_day_live_for_a_day():
    account = account_named("instagram", "mara.bakes")
    world = world_at(NOON)

    stories = library.stories(world, account, since=NOON - 30 * 86400)
    live = library.live_stories(world, account)

    assert 30 <= len(stories) <= 90
    assert live == [one for one in stories if one.published_at > NOON - STORY_LIFE]


def test_several_people_take_part_in_the_campaign_and_thank_mara():
    world = world_at(NOON)
    texts = {
        account.owner: " ".join(post.text for post in library.posts(world, account, since=NOON - 60 * 86400))
        for account in EVERYBODY
    }

    assert [owner for owner, text in texts.items() if "#ryeweek" in text] == ["mara", "chen", "dina"]
    assert "@mara.bakes" in texts["ben"]
    assert "@mara.bakes" not in texts["mara"]


@pytest.mark.parametrize("account", EVERYBODY, ids=lambda one: f"{one.platform}-{one.handle}")
def test_a_total_never_falls_and_its_steps_are_the_days(account):
    first = days.day_of(NOON)
    for metric in numbers.TOTAL_METRICS[1:]:
        totals = [
            numbers.account_total(account, metric, days.start_of(first + timedelta(days=step)))
            for step in range(40)
        ]
        steps = [after - before for before, after in itertools.pairwise(totals)]
        told = [numbers.account_day(account, metric, first + timedelta(days=step)) for step in range(39)]

        assert steps == told
        assert min(steps) >= 0


@pytest.mark.parametrize("account", EVERYBODY, ids=lambda one: f"{one.platform}-{one.handle}")
def test_gains_and_losses_make_up_the_followers(account):
    day = days.day_of(NOON)
    for step in range(40):
        one = day + timedelta(days=step)
        gained = numbers.account_day(account, "followers_gained", one)
        lost = numbers.account_day(account, "followers_lost", one)
        before = numbers.account_total(account, "followers", days.start_of(one))

        assert gained >= 0 and lost >= 0
        assert numbers.account_total(account, "followers", days.end_of(one)) == before + gained - lost


def test_a_post_gathers_ever_more_and_ever_more_slowly():
    post = library.posts(world_at(NOON), account_named("instagram", "dina.travels"))[0]

    views = [numbers.post_total(post, "views", post.published_at + day * 86400) for day in range(40)]

    assert views[0] == 0
    assert views == sorted(views)
    assert views[1] - views[0] > views[10] - views[9] > views[39] - views[38]
    for metric in numbers.metrics_of(post):
        values = [numbers.post_total(post, metric, post.published_at + day * 86400) for day in range(40)]
        assert values == sorted(values), metric


def test_a_story_gathers_nothing_after_its_end():
    story = library.stories(world_at(NOON), account_named("facebook", "dinatravels"))[0]

    at_its_end = numbers.post_total(story, "reach", story.ends_at)

    assert 0 < numbers.post_total(story, "reach", story.ends_at - 3600) < at_its_end
    assert numbers.post_total(story, "reach", story.ends_at + 86400) == at_its_end


def test_fewer_are_reached_than_there_are_views():
    account = account_named("instagram", "chen.ceramics")
    found = [
        (numbers.account_day(account, "reach", day), numbers.account_day(account, "views", day))
        for day in days.days_from(days.day_of(NOON), days.day_of(NOON + 20 * 86400))
    ]

    assert all(0 < reach < views for reach, views in found)


@pytest.mark.parametrize(
    ("day", "start"),
    [
        ("2026-01-15", "2026-01-15T08:00:00+00:00"),
        ("2026-03-08", "2026-03-08T08:00:00+00:00"),
        ("2026-03-09", "2026-03-09T07:00:00+00:00"),
        ("2026-11-01", "2026-11-01T07:00:00+00:00"),
        ("2026-11-02", "2026-11-02T08:00:00+00:00"),
    ],
)
def test_a_pacific_day_begins_an_hour_earlier_in_summer(day, start):
    begin = days.start_of(days.date.fromisoformat(day))

    assert days.iso(begin) == start
    assert days.day_of(begin).isoformat() == day
    assert days.day_of(begin - 1) < days.day_of(begin)


async def test_the_truth_of_an_account_is_told_by_the_day(sandbox):
    truth = await sandbox.truth("instagram", "mara.bakes", **{"from": "2026-03-01", "to": "2026-03-31"})

    account = account_named("instagram", "mara.bakes")
    assert len(truth["days"]) == 31
    assert truth["zone"] == "America/Los_Angeles"
    assert truth["days"][9]["day"] == "2026-03-10"
    expected = numbers.account_day(account, "views", days.date(2026, 3, 10))
    assert truth["days"][9]["values"]["views"] == expected
    assert truth["days"][9]["complete"] is True


async def test_the_truth_is_the_same_in_another_sandbox(serve):
    async with serve(World()) as first, serve(World()) as second:
        one = await first.truth("youtube", "marabakes", at="2026-04-01T00:00:00+00:00", to="2026-03-31")
        other = await second.truth("youtube", "marabakes", at="2026-04-01T00:00:00+00:00", to="2026-03-31")

    assert one == other


async def test_a_published_post_is_there_at_once_and_a_deleted_one_is_gone(sandbox):
    post = await sandbox.control(
        "POST", "/people/mara/publish", {"platform": "tiktok", "kind": "VIDEO", "text": "Now #ryeweek"}
    )
    listed = (await sandbox.truth("tiktok", "marabakes", level="POST"))["posts"]
    await sandbox.act("mara", "delete-post", platform="tiktok", post=post["id"])
    left = (await sandbox.truth("tiktok", "marabakes", level="POST"))["posts"]

    assert (listed[0]["id"], listed[0]["url"], listed[0]["text"]) == (post["id"], post["url"], "Now #ryeweek")
    assert [one["id"] for one in left] == [one["id"] for one in listed[1:]]


async def test_a_story_says_when_it_ends(sandbox):
    story = await sandbox.control("POST", "/people/mara/publish", {"platform": "instagram", "kind": "STORY"})

    told = (await sandbox.truth("instagram", "mara.bakes", level="STORY"))["posts"][0]

    lives = datetime.fromisoformat(story["ends_at"]) - datetime.fromisoformat(story["published_at"])
    assert told["id"] == story["id"]
    assert lives == timedelta(hours=24)


async def test_what_a_person_published_outlives_a_restart(serve, tmp_path):
    file = tmp_path / "state.json"
    async with serve(World(), file) as sandbox:
        post = await sandbox.control("POST", "/people/emil/publish", {"platform": "tiktok"})

    async with serve(World(), file) as again:
        posts = (await again.truth("tiktok", "emil_draws", level="POST"))["posts"]

    assert posts[0]["id"] == post["id"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"platform": "myspace"}, "platform must be one of"),
        ({"account": "nobody"}, "Nobody is called"),
        ({"level": "YEAR"}, "level must be one of"),
        ({"from": "yesterday"}, "from must be a day"),
        ({"from": "2026-05-02", "to": "2026-05-01"}, "from must not be after to"),
        ({"at": "2026-05-01T00:00:00"}, "at must be"),
    ],
    ids=lambda one: one if isinstance(one, str) else "-".join(one),
)
async def test_a_question_that_is_not_understood_is_answered_with_a_sentence(sandbox, asked, words):
    query = urlencode({"platform": "instagram", "account": "mara.bakes", **asked})
    answer = await sandbox.try_control("GET", f"/truth?{query}")

    assert answer.status in (400, 404)
    assert words in answer.error


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"platform": "tiktok", "kind": "STORY"}, "kind must be one of VIDEO"),
        ({"platform": "instagram", "account": "somebody"}, "no such account"),
    ],
    ids=["kind", "account"],
)
async def test_nobody_can_publish_what_the_platform_does_not_have(sandbox, given, words):
    answer = await sandbox.try_control("POST", "/people/mara/publish", given)

    assert answer.status == 400
    assert words in answer.error


@pytest.mark.parametrize("value", ["-1", "soon", "1.5", ""])
async def test_a_number_switch_takes_whole_numbers_only(sandbox, value):
    answer = await sandbox.try_control("PUT", "/switches", {"meta_insights_lag_hours": value})

    assert answer.status == 400


def test_a_key_is_read_back_from_every_id_of_a_facebook_post():
    account = account_named("facebook", "marabakes")
    key = ids.Key(account, 42)

    assert ids.read(account, ids.page_post_id(key)) == key
    assert ids.read(account, ids.page_video_id(key)) == key
