"""A Page's posts, reels and stories: listing them, and reading their numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from linkroll_sdk import (
    Availability,
    ClientConfig,
    DeadMetric,
    FoundPost,
    KnownPost,
    Level,
    LinkedAccount,
    Metric,
    MetricName,
    PostKind,
    PostPage,
    PostReadings,
    RateLimited,
    ReauthorizationRequired,
    UnexpectedAnswer,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer
from linkroll_sdk.testing.suite import allowance_of

from linkroll_facebook.fetching import FacebookMetrics
from linkroll_facebook.oauth import FacebookLogin

PAGE_ID = "615000111222333"
POST_ID, VIDEO_ID, STORY_ID = f"{PAGE_ID}_4711", "998877665544", "122100000000021"
FETCHER = FacebookMetrics()
NOW = datetime(2026, 5, 19, 18, tzinfo=UTC)
SINCE = datetime(2026, 5, 1, tzinfo=UTC)
POST: dict[str, Any] = {
    "id": POST_ID,
    "message": "Rye #bread",
    "created_time": "2026-05-17T16:24:04+0000",
    "permalink_url": "https://www.facebook.com/615000111222333/posts/4711?__tn__=x",
    "full_picture": "https://cdn.sandbox/f.jpg",
    "status_type": "added_photos",
    "attachments": {"data": [{"type": "photo"}]},
}
REEL: dict[str, Any] = {
    "id": VIDEO_ID,
    "description": "Rye in a minute",
    "created_time": "2026-05-18T08:00:00+0000",
    "permalink_url": f"/reel/{VIDEO_ID}/",
}
STORY: dict[str, Any] = {
    "post_id": STORY_ID,
    "status": "PUBLISHED",
    "creation_time": str(int((NOW - timedelta(hours=3)).timestamp())),
    "media_type": "photo",
    "media_id": "1",
    "url": "https://www.facebook.com/stories/1/2/?source=x",
}
NOT_YET, WITHHELD = Availability.NOT_YET, Availability.WITHHELD
NOT_SUPPORTED, LOST = Availability.NOT_SUPPORTED, Availability.LOST


def listing(edge: str, *entries: object, after: str | None = None, more: bool = False) -> Answer:
    paging: dict[str, Any] = {"cursors": {"before": "QVFI1", "after": after or "QVFI9"}}
    if more:
        paging["next"] = f"https://graph.facebook.com/v25.0/1/posts?access_token=EAAGleak&after={after}"
    return json_answer("GET", f"/{PAGE_ID}/{edge}", {"data": list(entries), "paging": paging})


def refused(path: str, code: int, subcode: int | None = None, message: str = "(words)") -> Answer:
    error = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode}
    return json_answer("GET", path, {"error": error}, 400)


def insights(path: str, **values: Any) -> Answer:
    items = [{"name": name, "period": "lifetime", "values": [{"value": v}]} for name, v in values.items()]
    return json_answer("GET", path, {"data": items})


class Page:
    """A Page whose Facebook gives recorded answers, all of which must be asked for."""

    facebook: ScriptedHttp

    def __init__(self, login: FacebookLogin, app: ClientConfig) -> None:
        self.login, self.app = login, app
        scopes = frozenset(login.scope_names())
        self.account = LinkedAccount("facebook", PAGE_ID, "facebook", "1", scopes, "EAAG0page", "EAAG0user")

    def play(self, *script: Answer) -> ScriptedHttp:
        self.facebook = ScriptedHttp(allowance_of(self.login), script, NOW)
        return self.facebook

    async def posts(self, *script: Answer, after: str | None = None) -> PostPage:
        found = await FETCHER.list_posts(self.play(*script), self.app, self.account, SINCE, after)
        assert len(self.facebook.requests) == len(script)
        return found

    async def stories(self, *script: Answer) -> PostPage:
        return await FETCHER.list_stories(self.play(*script), self.app, self.account)

    async def numbers(self, posts: list[KnownPost], names: list[str], *script: Answer) -> PostReadings:
        found = await FETCHER.read_posts(self.play(*script), self.app, self.account, posts, metrics(*names))
        assert len(self.facebook.requests) == len(script)
        return found


@pytest.fixture
def page(login: FacebookLogin, app: ClientConfig) -> Page:
    return Page(login, app)


def metrics(*names: str) -> list[Metric]:
    return [m for m in FETCHER.metrics if m.level is not Level.ACCOUNT and m.platform_name in names]


def post(
    kind: PostKind = PostKind.IMAGE, post_id: str = POST_ID, age: timedelta = timedelta(hours=3)
) -> KnownPost:
    return KnownPost(post_id, kind, NOW - age)


def told(found: PostReadings, post_id: str = POST_ID) -> dict[MetricName, float | Availability]:
    return {r.metric: r.availability if r.value is None else r.value for r in found.by_post[post_id]}


# Listing


@pytest.mark.parametrize(
    ("after", "edge", "field"),
    [(None, "published_posts", "created_time"), ("reels:", "video_reels", "description")],
    ids=["posts", "reels"],
)
async def test_each_list_is_asked_for_its_own_fields(
    page: Page, after: str | None, edge: str, field: str
) -> None:
    await page.posts(listing(edge), after=after)

    assert field in page.facebook.requests[0].params["fields"].split(",")


async def test_a_post_is_listed_with_its_plain_address(page: Page) -> None:
    found = await page.posts(listing("published_posts", POST))

    assert found.posts == (
        FoundPost(
            POST_ID,
            PostKind.IMAGE,
            datetime(2026, 5, 17, 16, 24, 4, tzinfo=UTC),
            "https://www.facebook.com/615000111222333/posts/4711",
            "Rye #bread",
            "https://cdn.sandbox/f.jpg",
        ),
    )
    assert page.facebook.requests[0].operation == "page_posts"


async def test_the_reels_follow_the_posts(page: Page) -> None:
    first = await page.posts(listing("published_posts", POST, after="QVFI2", more=True))
    second = await page.posts(listing("published_posts"), after=first.after)
    third = await page.posts(listing("video_reels", REEL), after=second.after)

    assert (first.after, second.after, third.after) == ("posts:QVFI2", "reels:", None)
    assert third.posts == (
        FoundPost(
            VIDEO_ID,
            PostKind.REEL,
            datetime(2026, 5, 18, 8, tzinfo=UTC),
            f"https://www.facebook.com/reel/{VIDEO_ID}/",
            "Rye in a minute",
        ),
    )


async def test_the_next_page_is_asked_by_its_cursor_alone(page: Page) -> None:
    """`next` holds the access token and is never followed."""
    await page.posts(listing("published_posts", POST), after="posts:QVFI2")

    asked = page.facebook.requests[0]
    assert asked.params["after"] == "QVFI2"
    assert "access_token" not in asked.full_url()


async def test_a_reel_in_the_feed_has_the_id_of_its_video(page: Page) -> None:
    entry = POST | {"permalink_url": f"https://www.facebook.com/reel/{VIDEO_ID}/"}
    [found] = (await page.posts(listing("published_posts", entry))).posts

    assert (found.post_id, found.kind) == (VIDEO_ID, PostKind.REEL)


async def test_an_older_post_ends_its_list(page: Page) -> None:
    old = POST | {"id": "1_2", "created_time": "2026-04-30T16:24:04+0000"}
    found = await page.posts(listing("published_posts", POST, old, after="QVFI2", more=True))

    assert [p.post_id for p in found.posts] == [POST_ID]
    assert found.after == "reels:"


async def test_empty_answers_with_a_next_are_followed_a_few_times(page: Page) -> None:
    empty = [listing("published_posts", after=f"QVFI{n}", more=True) for n in range(5)]
    found = await page.posts(*empty)

    assert (found.posts, found.after) == ((), "reels:")


async def test_a_cursor_that_stands_still_ends_the_list(page: Page) -> None:
    found = await page.posts(listing("published_posts", POST, after="QVFI2", more=True), after="posts:QVFI2")

    assert found.after == "reels:"


@pytest.mark.parametrize("code", [100, 3, 10])
async def test_reels_that_are_refused_do_not_sink_the_posts(page: Page, code: int) -> None:
    found = await page.posts(refused("/video_reels", code), after="reels:")

    assert (found.posts, found.after, found.dead) == ((), None, (DeadMetric("video_reels", str(code)),))


@pytest.mark.parametrize(
    ("code", "error"), [(100, UnexpectedAnswer), (190, ReauthorizationRequired), (4, RateLimited)]
)
async def test_posts_that_are_refused_are_told(page: Page, code: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await page.posts(refused("/published_posts", code))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"attachments": {"data": [{"type": "album"}]}}, PostKind.ALBUM),
        ({"attachments": {"data": [{"media_type": "video", "type": "x"}]}}, PostKind.VIDEO),
        ({"attachments": {"data": [{"type": "video_inline"}]}}, PostKind.VIDEO),
        ({"attachments": None}, PostKind.IMAGE),
        ({"attachments": {"data": []}, "status_type": "added_video"}, PostKind.VIDEO),
        ({"attachments": {"data": [5]}, "status_type": "mobile_status_update"}, PostKind.TEXT),
        ({"attachments": {"data": [{"type": "share"}]}, "status_type": "shared_story"}, PostKind.OTHER),
        ({"attachments": None, "status_type": None}, PostKind.OTHER),
    ],
)
async def test_the_attachment_tells_the_kind_and_else_the_status(
    page: Page, changes: dict[str, Any], kind: PostKind
) -> None:
    [found] = (await page.posts(listing("published_posts", POST | changes))).posts

    assert found.kind is kind


@pytest.mark.parametrize(
    "odd", [5, {}, {"id": POST_ID}, POST | {"created_time": "soon"}, POST | {"id": None}]
)
async def test_an_entry_without_id_or_time_is_left_out(page: Page, odd: object) -> None:
    found = await page.posts(listing("published_posts", odd, POST))

    assert [p.post_id for p in found.posts] == [POST_ID]


async def test_a_list_without_data_is_named_as_such(page: Page) -> None:
    with pytest.raises(UnexpectedAnswer):
        await page.posts(json_answer("GET", "/published_posts", {"odd": 1}))


async def test_stories_of_all_pages_are_listed_up_to_those_that_have_ended(page: Page) -> None:
    """One that is not listed counts as taken down."""
    ended = STORY | {"post_id": "3", "status": "ARCHIVED"}
    found = await page.stories(
        listing("stories", STORY, after="QVF1", more=True),
        listing("stories", STORY | {"post_id": "2"}, after="QVF2", more=True),
        listing("stories", ended, after="QVF3", more=True),
    )

    assert [story.post_id for story in found.posts] == [STORY_ID, "2"]
    assert found.after is None


async def test_stories_are_listed_with_their_end(page: Page) -> None:
    [found] = (await page.stories(listing("stories", STORY))).posts

    assert (found.post_id, found.kind) == (STORY_ID, PostKind.STORY)
    assert found.published_at == NOW - timedelta(hours=3)
    assert found.ends_at == NOW + timedelta(hours=21)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "ARCHIVED"},
        {"creation_time": str(int((NOW - timedelta(hours=24)).timestamp()))},
        {"creation_time": "?"},
        {"post_id": None},
    ],
)
async def test_a_story_that_has_ended_or_is_odd_is_left_out(page: Page, change: dict[str, Any]) -> None:
    assert (await page.stories(listing("stories", STORY | change))).posts == ()


# Numbers


async def test_the_numbers_of_a_post_are_read_from_numbers_and_objects(page: Page) -> None:
    names = ["post_media_view", "post_activity_by_action_type", "post_reactions_like_total"]
    answer = insights(
        f"/{POST_ID}/insights",
        post_media_view=900,
        post_activity_by_action_type={"like": 40, "share": 2},
        post_reactions_like_total=38,
    )
    found = await page.numbers([post()], names, answer)

    assert told(found) == {
        MetricName.VIEWS: 900,
        MetricName.ENGAGEMENTS: 42,
        MetricName.LIKES: 38,
        MetricName.COMMENTS: 0,
        MetricName.SHARES: 2,
    }
    asked = page.facebook.requests[0]
    assert asked.operation == "post_insights"
    assert asked.params["metric"] == "post_media_view,post_activity_by_action_type,post_reactions_like_total"


@pytest.mark.parametrize(
    ("kind", "post_id", "path", "operation", "name"),
    [
        (PostKind.VIDEO, POST_ID, f"/{POST_ID}/insights", "post_insights", "post_video_views"),
        (PostKind.REEL, VIDEO_ID, f"/{VIDEO_ID}/video_insights", "reel_insights", "blue_reels_play_count"),
        (PostKind.STORY, STORY_ID, f"/{STORY_ID}/insights", "story_insights", "story_media_view"),
    ],
)
async def test_each_kind_is_asked_for_its_own_metrics_at_its_own_place(
    page: Page, kind: PostKind, post_id: str, path: str, operation: str, name: str
) -> None:
    every = ["post_video_views", "blue_reels_play_count", "story_media_view"]
    found = await page.numbers([post(kind, post_id)], every, insights(path, **{name: 5}))

    assert [r.platform_name for r in found.by_post[post_id]] == [name]
    assert page.facebook.requests[0].operation == operation
    assert page.facebook.requests[0].params["metric"] == name


async def test_a_post_without_a_wanted_metric_is_not_asked_about(page: Page) -> None:
    found = await page.numbers([post()], ["story_media_view"])

    assert found.by_post == {POST_ID: ()}


async def test_an_uncounted_story_is_not_at_zero(page: Page) -> None:
    value = {"value": 0, "end_time": "1970-01-02T00:00:00+0000"}
    answer = json_answer(
        "GET", f"/{STORY_ID}/insights", {"data": [{"name": "story_media_view", "values": [value]}]}
    )
    found = await page.numbers([post(PostKind.STORY, STORY_ID)], ["story_media_view"], answer)

    assert told(found, STORY_ID) == {MetricName.VIEWS: NOT_YET}


async def test_an_ended_story_that_tells_nothing_is_lost(page: Page) -> None:
    ended = post(PostKind.STORY, STORY_ID, timedelta(hours=24))
    found = await page.numbers([ended], ["story_media_view"], insights(f"/{STORY_ID}/insights"))

    assert told(found, STORY_ID) == {MetricName.VIEWS: LOST}


async def test_silence_about_all_is_not_yet_and_about_one_is_never(page: Page) -> None:
    names = ["post_media_view", "post_clicks"]
    empty = await page.numbers([post()], names, insights(f"/{POST_ID}/insights"))
    partial = await page.numbers([post()], names, insights(f"/{POST_ID}/insights", post_media_view=5))

    assert told(empty) == {MetricName.VIEWS: NOT_YET, MetricName.CLICKS: NOT_YET}
    assert told(partial) == {MetricName.VIEWS: 5, MetricName.CLICKS: NOT_SUPPORTED}


@pytest.mark.parametrize("value", [None, {}, [], "5", {"like": None}])
async def test_an_empty_value_is_unknown(page: Page, value: object) -> None:
    answer = insights(f"/{POST_ID}/insights", post_activity_by_action_type=value)
    found = await page.numbers([post()], ["post_activity_by_action_type"], answer)

    assert told(found)[MetricName.ENGAGEMENTS] is NOT_YET


async def test_the_lifetime_is_taken_where_there_are_several_periods(page: Page) -> None:
    items = [
        {"name": "post_media_view", "period": "day", "values": [{"value": 3}]},
        {"name": "post_media_view", "period": "lifetime", "values": [{"value": 900}]},
    ]
    found = await page.numbers(
        [post()], ["post_media_view"], json_answer("GET", f"/{POST_ID}/insights", {"data": items})
    )

    assert told(found) == {MetricName.VIEWS: 900}


@pytest.mark.parametrize(("code", "subcode"), [(100, 33), (110, None), (803, None)])
async def test_a_post_that_is_gone_does_not_stop_the_others(
    page: Page, code: int, subcode: int | None
) -> None:
    other = f"{PAGE_ID}_4712"
    found = await page.numbers(
        [post(), post(post_id=other)],
        ["post_media_view"],
        refused(f"/{POST_ID}/insights", code, subcode),
        insights(f"/{other}/insights", post_media_view=5),
    )

    assert found.gone == {POST_ID}
    assert told(found, other) == {MetricName.VIEWS: 5}


async def test_a_refused_metric_is_told_and_not_asked_again(page: Page) -> None:
    other, path = f"{PAGE_ID}_4712", f"/{POST_ID}/insights"
    found = await page.numbers(
        [post(), post(post_id=other)],
        ["post_media_view", "post_clicks"],
        refused(path, 100, message="(#100) The value must be a valid insights metric"),
        insights(path, post_media_view=5),
        refused(path, 100, message="(#100) The value must be a valid insights metric"),
        insights(f"/{other}/insights", post_media_view=6),
    )

    assert found.dead == (DeadMetric("post_clicks", "100"),)
    assert told(found) == {MetricName.VIEWS: 5, MetricName.CLICKS: NOT_SUPPORTED}
    assert told(found, other) == {MetricName.VIEWS: 6, MetricName.CLICKS: NOT_SUPPORTED}
    assert page.facebook.requests[-1].params["metric"] == "post_media_view"


async def test_too_few_viewers_withhold_the_numbers(page: Page) -> None:
    few = refused(
        f"/{STORY_ID}/insights", 10, message="(#10) Not enough viewers for the media to show insights"
    )
    found = await page.numbers([post(PostKind.STORY, STORY_ID)], ["story_media_view"], few)

    assert told(found, STORY_ID) == {MetricName.VIEWS: WITHHELD}


@pytest.mark.parametrize(("code", "error"), [(190, ReauthorizationRequired), (80001, RateLimited)])
async def test_what_is_no_posts_fault_is_raised(page: Page, code: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await page.numbers([post()], ["post_media_view"], refused(f"/{POST_ID}/insights", code))


async def test_an_id_cannot_leave_its_place_in_the_address(page: Page) -> None:
    odd = post(post_id="../me?x=1")
    await page.numbers([odd], ["post_media_view"], insights("/v25.0/..%2Fme%3Fx%3D1/insights"))

    assert page.facebook.requests[0].url.startswith("https://graph.facebook.com/v25.0/..%2Fme")
