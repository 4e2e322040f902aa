"""Media and stories: listing them, and reading their numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from linkroll_sdk import (
    Allowance,
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

from linkroll_instagram.fetching import InstagramMetrics

IG_ID = "17841400000000123"
REEL_ID, OTHER_ID, STORY_ID = "17900000000000011", "17900000000000012", "18000000000000021"
FETCHER = InstagramMetrics()
NOW = datetime(2026, 5, 19, 18, tzinfo=UTC)
SINCE = datetime(2026, 5, 1, tzinfo=UTC)
MEDIA: dict[str, Any] = {
    "id": REEL_ID,
    "media_type": "VIDEO",
    "media_product_type": "REELS",
    "caption": "Rye",
    "permalink": "https://www.instagram.com/reel/DAbc_12-xYz/?igsh=x",
    "timestamp": "2026-05-17T16:24:04+0000",
    "media_url": "https://cdn.sandbox/r.mp4",
    "thumbnail_url": "https://cdn.sandbox/r.jpg",
}
STORY = MEDIA | {"id": STORY_ID, "media_product_type": "STORY", "timestamp": "2026-05-19T15:00:00+0000"}
NOT_YET, WITHHELD = Availability.NOT_YET, Availability.WITHHELD
NOT_SUPPORTED, LOST = Availability.NOT_SUPPORTED, Availability.LOST
FEED_SET = "views,reach,total_interactions,likes,comments,shares,saved,reposts"


def listing(*entries: object, edge: str = "media", after: str = "QVFJ9", more: bool = False) -> Answer:
    paging: dict[str, Any] = {"cursors": {"before": "QVFJ1", "after": after}}
    if more:
        paging["next"] = f"https://graph.instagram.com/v25.0/1/media?access_token=IGAAleak&after={after}"
    return json_answer("GET", f"/{IG_ID}/{edge}", {"data": list(entries), "paging": paging})


def refused(
    media_id: str, code: int, subcode: int = 0, message: str = "(words)", status: int = 400
) -> Answer:
    error = {"message": message, "type": "IGApiException", "code": code, "error_subcode": subcode}
    return json_answer("GET", f"/{media_id}/insights", {"error": error}, status)


def insights(media_id: str, **values: Any) -> Answer:
    items = [{"name": name, "period": "lifetime", "values": [{"value": v}]} for name, v in values.items()]
    return json_answer("GET", f"/{media_id}/insights", {"data": items})


class Account:
    """An account whose Instagram gives recorded answers, all of which must be asked for."""

    instagram: ScriptedHttp

    def __init__(self, app: ClientConfig, login: str = "instagram") -> None:
        self.app = app
        self.linked = LinkedAccount("instagram", IG_ID, login, "1", frozenset(), "IGAA2", "IGAA2")

    def play(self, *script: Answer) -> ScriptedHttp:
        self.instagram = ScriptedHttp(Allowance(FETCHER.hosts), script, NOW)
        return self.instagram

    async def media(self, *script: Answer, after: str | None = None) -> PostPage:
        found = await FETCHER.list_posts(self.play(*script), self.app, self.linked, SINCE, after)
        assert len(self.instagram.requests) == len(script)
        return found

    async def stories(self, *script: Answer) -> PostPage:
        return await FETCHER.list_stories(self.play(*script), self.app, self.linked)

    async def numbers(self, posts: list[KnownPost], metrics: list[Metric], *script: Answer) -> PostReadings:
        found = await FETCHER.read_posts(self.play(*script), self.app, self.linked, posts, metrics)
        assert len(self.instagram.requests) == len(script)
        return found


@pytest.fixture
def account(app: ClientConfig) -> Account:
    return Account(app)


def metrics(*names: str) -> list[Metric]:
    return [m for m in FETCHER.metrics if m.level is not Level.ACCOUNT and m.platform_name in names]


EVERY = [m for m in FETCHER.metrics if m.level is not Level.ACCOUNT]


def known(
    kind: PostKind = PostKind.REEL, media_id: str = REEL_ID, age: timedelta = timedelta(hours=3)
) -> KnownPost:
    return KnownPost(media_id, kind, NOW - age)


def told(found: PostReadings, media_id: str = REEL_ID) -> dict[MetricName, float | Availability]:
    return {r.metric: r.availability if r.value is None else r.value for r in found.by_post[media_id]}


# Listing


async def test_a_reel_is_listed_with_its_plain_address(account: Account) -> None:
    found = await account.media(listing(MEDIA))

    assert found.posts == (
        FoundPost(
            REEL_ID,
            PostKind.REEL,
            datetime(2026, 5, 17, 16, 24, 4, tzinfo=UTC),
            "https://www.instagram.com/reel/DAbc_12-xYz/",
            "Rye",
            "https://cdn.sandbox/r.jpg",
        ),
    )
    assert (found.after, found.api_version) == (None, "v25.0")


@pytest.mark.parametrize(
    ("media_type", "product", "kind"),
    [
        ("IMAGE", "FEED", PostKind.IMAGE),
        ("VIDEO", "FEED", PostKind.VIDEO),
        ("CAROUSEL_ALBUM", "FEED", PostKind.ALBUM),
        ("VIDEO", "REELS", PostKind.REEL),
        ("IMAGE", "AD", PostKind.IMAGE),
        ("IMAGE", None, PostKind.IMAGE),
        ("HOLOGRAM", "FEED", PostKind.OTHER),
        (None, None, PostKind.OTHER),
    ],
)
async def test_the_product_tells_the_kind_before_the_type(
    account: Account, media_type: str | None, product: str | None, kind: PostKind
) -> None:
    entry = MEDIA | {"media_type": media_type, "media_product_type": product}
    [found] = (await account.media(listing(entry))).posts

    assert found.kind is kind


async def test_an_image_is_its_own_thumbnail_and_a_video_file_is_none(account: Account) -> None:
    image = MEDIA | {"media_type": "IMAGE", "media_product_type": "FEED", "thumbnail_url": None}
    video = MEDIA | {"thumbnail_url": None}
    found = await account.media(listing(image, video))

    assert [p.thumbnail_url for p in found.posts] == ["https://cdn.sandbox/r.mp4", None]


async def test_the_next_page_is_asked_by_its_cursor_alone(account: Account) -> None:
    """`next` holds the access token and is never followed."""
    first = await account.media(listing(MEDIA, after="QVFJ2", more=True))
    await account.media(listing(MEDIA), after=first.after)

    asked = account.instagram.requests[0]
    assert asked.params["after"] == "QVFJ2"
    assert "access_token" not in asked.full_url()
    assert asked.operation == "media"


async def test_an_older_media_ends_the_list(account: Account) -> None:
    old = MEDIA | {"id": "1", "timestamp": "2026-04-30T16:24:04+0000"}
    found = await account.media(listing(MEDIA, old, after="QVFJ2", more=True))

    assert ([p.post_id for p in found.posts], found.after) == ([REEL_ID], None)


async def test_empty_answers_with_a_next_are_followed_a_few_times(account: Account) -> None:
    found = await account.media(*(listing(after=f"QVFJ{n}", more=True) for n in range(5)))

    assert (found.posts, found.after) == ((), None)


async def test_a_cursor_that_stands_still_ends_the_list(account: Account) -> None:
    found = await account.media(listing(MEDIA, after="QVFJ2", more=True), after="QVFJ2")

    assert found.after is None


@pytest.mark.parametrize(
    "odd", [5, {}, {"id": REEL_ID}, MEDIA | {"timestamp": "soon"}, MEDIA | {"id": None}, STORY]
)
async def test_an_entry_without_id_or_time_and_a_story_are_left_out(account: Account, odd: object) -> None:
    found = await account.media(listing(odd, MEDIA))

    assert [p.post_id for p in found.posts] == [REEL_ID]


async def test_a_list_without_data_is_named_as_such(account: Account) -> None:
    with pytest.raises(UnexpectedAnswer):
        await account.media(json_answer("GET", "/media", {"odd": 1}))


async def test_stories_of_all_pages_are_listed(account: Account) -> None:
    """One that is not listed counts as taken down."""
    found = await account.stories(
        listing(STORY, edge="stories", after="QVF1", more=True),
        listing(STORY | {"id": "18000000000000029"}, edge="stories"),
    )

    assert [story.post_id for story in found.posts] == [STORY_ID, "18000000000000029"]
    assert found.after is None


async def test_stories_are_listed_with_their_end(account: Account) -> None:
    found = await account.stories(listing(STORY, {"id": "18000000000000022"}, edge="stories"))

    [story] = found.posts
    assert (story.post_id, story.kind) == (STORY_ID, PostKind.STORY)
    assert story.ends_at == datetime(2026, 5, 20, 15, tzinfo=UTC)
    assert "timestamp" in account.instagram.requests[0].params["fields"]
    assert account.instagram.requests[0].operation == "stories"


# Numbers


@pytest.mark.parametrize(
    ("kind", "login", "names"),
    [
        (PostKind.IMAGE, "instagram", f"{FEED_SET},follows,profile_visits"),
        (PostKind.ALBUM, "facebook", f"{FEED_SET},follows,profile_visits"),
        (
            PostKind.REEL,
            "instagram",
            f"{FEED_SET},ig_reels_avg_watch_time,ig_reels_video_view_total_time,reels_skip_rate",
        ),
        (
            PostKind.STORY,
            "instagram",
            "views,reach,total_interactions,shares,replies,reposts,follows,profile_visits,navigation",
        ),
        (
            PostKind.STORY,
            "facebook",
            "views,reach,total_interactions,shares,replies,reposts,follows,profile_visits,navigation,link_clicks",
        ),
    ],
)
async def test_each_kind_is_asked_for_its_own_metrics(
    app: ClientConfig, kind: PostKind, login: str, names: str
) -> None:
    account = Account(app, login)
    able = [m for m in EVERY if login in m.scopes]
    await account.numbers([known(kind)], able, insights(REEL_ID))

    [asked] = account.instagram.requests
    assert asked.params["metric"] == names
    assert asked.operation == "media_insights"


async def test_the_numbers_of_a_reel_are_read(account: Account) -> None:
    answer = insights(REEL_ID, views=20411, reels_skip_rate=37.2)
    found = await account.numbers([known()], metrics("views", "reels_skip_rate"), answer)

    assert told(found) == {
        MetricName.VIEWS: 20411,
        MetricName.VIDEO_VIEWS: 20411,
        MetricName.SKIP_RATE: 37.2,
    }


async def test_a_number_of_the_webhook_is_never_asked_for(app: ClientConfig) -> None:
    account = Account(app, "facebook")
    found = await account.numbers([known(PostKind.STORY)], metrics("impressions"))

    assert found.by_post == {REEL_ID: ()}


async def test_silence_about_all_is_not_yet_and_about_one_is_never(account: Account) -> None:
    asked = metrics("reach", "saved")
    empty = await account.numbers([known()], asked, insights(REEL_ID))
    partial = await account.numbers([known()], asked, insights(REEL_ID, reach=5))

    assert told(empty) == {MetricName.REACH: NOT_YET, MetricName.SAVES: NOT_YET}
    assert told(partial) == {MetricName.REACH: 5, MetricName.SAVES: NOT_SUPPORTED}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, NOT_YET),
        (-1, WITHHELD),
        ("5", NOT_YET),
        (True, NOT_YET),
        ({}, NOT_YET),
        (10**400, NOT_YET),
        (0, 0),
    ],
)
async def test_what_is_no_number_is_never_one(account: Account, value: object, expected: object) -> None:
    found = await account.numbers([known()], metrics("reach"), insights(REEL_ID, reach=value))

    assert told(found) == {MetricName.REACH: expected}


async def test_a_value_that_ends_in_1970_is_not_counted_yet(account: Account) -> None:
    point = {"value": 0, "end_time": "1970-01-02T00:00:00+0000"}
    answer = json_answer("GET", f"/{REEL_ID}/insights", {"data": [{"name": "reach", "values": [point]}]})
    found = await account.numbers([known()], metrics("reach"), answer)

    assert told(found) == {MetricName.REACH: NOT_YET}


async def test_too_few_viewers_withhold_a_story(account: Account) -> None:
    few = refused(STORY_ID, 10, message="(#10) Not enough viewers for the media to show insights")
    found = await account.numbers([known(PostKind.STORY, STORY_ID)], metrics("reach", "replies"), few)

    assert told(found, STORY_ID) == {MetricName.REACH: WITHHELD, MetricName.REPLIES: WITHHELD}


async def test_an_ended_story_that_tells_nothing_is_lost(account: Account) -> None:
    ended = known(PostKind.STORY, STORY_ID, timedelta(hours=24))
    found = await account.numbers([ended], metrics("reach"), insights(STORY_ID))

    assert told(found, STORY_ID) == {MetricName.REACH: LOST}


async def test_media_older_than_the_professional_account_tell_nothing_ever(account: Account) -> None:
    old = refused(REEL_ID, 100, 2108006, "Invalid parameter")
    found = await account.numbers([known()], metrics("reach"), old)

    assert told(found) == {MetricName.REACH: NOT_SUPPORTED}
    assert (found.gone, found.dead) == (frozenset(), ())


@pytest.mark.parametrize(("code", "subcode", "status"), [(100, 33, 400), (110, 0, 400), (803, 0, 404)])
async def test_media_that_are_gone_do_not_stop_the_others(
    account: Account, code: int, subcode: int, status: int
) -> None:
    found = await account.numbers(
        [known(), known(media_id=OTHER_ID)],
        metrics("reach"),
        refused(REEL_ID, code, subcode, status=status),
        insights(OTHER_ID, reach=5),
    )

    assert found.gone == {REEL_ID}
    assert told(found, OTHER_ID) == {MetricName.REACH: 5}


async def test_a_metric_that_this_kind_does_not_have_is_left_out_at_once(account: Account) -> None:
    words = "(#100) The Media Insights API does not support the reposts metric for this media product type"
    found = await account.numbers(
        [known(), known(media_id=OTHER_ID), known(PostKind.IMAGE, "3")],
        metrics("reach", "reposts"),
        refused(REEL_ID, 100, message=words),
        insights(REEL_ID, reach=5),
        insights(OTHER_ID, reach=6),
        insights("3", reach=7, reposts=1),
    )

    assert found.dead == (DeadMetric("reposts", "100"),)
    assert told(found) == {MetricName.REACH: 5, MetricName.REPOSTS: NOT_SUPPORTED}
    assert told(found, OTHER_ID) == {MetricName.REACH: 6, MetricName.REPOSTS: NOT_SUPPORTED}
    assert told(found, "3") == {MetricName.REACH: 7, MetricName.REPOSTS: 1}


@pytest.mark.parametrize(("code", "error"), [(190, ReauthorizationRequired), (80002, RateLimited)])
async def test_what_is_no_medias_fault_is_raised(account: Account, code: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await account.numbers([known()], metrics("reach"), refused(REEL_ID, code))


async def test_an_id_cannot_leave_its_place_in_the_address(account: Account) -> None:
    await account.numbers([known(media_id="../me?x=1")], metrics("reach"), insights("v25.0/..%2Fme%3Fx%3D1"))

    assert account.instagram.requests[0].url.startswith("https://graph.instagram.com/v25.0/..%2Fme")
