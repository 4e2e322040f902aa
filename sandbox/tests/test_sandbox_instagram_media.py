"""Instagram's media and stories with their insights, on both surfaces, against the truth behind them."""

import pytest

MARA, DINA = "17841400000000123", "17841400000000401"
PERMISSIONS = {
    "https://graph.instagram.com/v25.0": ("instagram", "instagram_business_manage_insights"),
    "https://graph.facebook.com/v25.0": ("facebook", "instagram_manage_insights"),
}
FIELDS = "id,media_type,media_product_type,caption,permalink,timestamp,like_count,comments_count"


async def published(sandbox, kind):
    body = {"platform": "instagram", "kind": kind}
    return (await sandbox.control("POST", "/people/mara/publish", body))["id"]


async def told(sandbox, level, post_id):
    posts = (await sandbox.truth("instagram", "mara.bakes", level=level))["posts"]
    return next(post["totals"] for post in posts if post["id"] == post_id)


async def test_insights_need_their_own_permission(mara_instagram, sandbox):
    reader = mara_instagram
    login, scope = PERMISSIONS[reader.root]
    await sandbox.act("mara", "decline", login=login, scopes=[scope])

    account = await reader.insights(MARA, "views", period="day", metric_type="total_value")
    media = await reader.get(f"{MARA}/media")
    post = await reader.insights(media.json["data"][0]["id"], "views")

    assert media.status == 200
    assert (account.error["code"], post.error["code"]) == (10, 10)


async def test_media_come_newest_first_page_by_page_without_stories(mara_instagram, sandbox):
    truth = [one["id"] for one in (await sandbox.truth("instagram", "mara.bakes", level="POST"))["posts"]]

    first = (await mara_instagram.get(f"{MARA}/media", fields=FIELDS, limit=10)).json
    second = (await sandbox.call("GET", first["paging"]["next"])).json
    found = [one["id"] for one in first["data"] + second["data"]]

    assert found[: len(truth)] == truth
    assert len(found) == 20
    assert set(first["data"][0]) == {*FIELDS.split(",")}


async def test_media_can_be_asked_for_by_time(mara_by_login):
    answer = await mara_by_login.get(
        f"{MARA}/media", fields="timestamp", since="2026-05-01", until="2026-05-31"
    )

    months = [one["timestamp"][:7] for one in answer.json["data"]]
    assert months == ["2026-05"] * 15


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        ("IMAGE", ("IMAGE", "FEED", "p")),
        ("VIDEO", ("VIDEO", "FEED", "p")),
        ("ALBUM", ("CAROUSEL_ALBUM", "FEED", "p")),
        ("REEL", ("VIDEO", "REELS", "reel")),
    ],
)
async def test_a_kind_has_its_two_types(mara_by_login, sandbox, kind, types):
    media = await published(sandbox, kind)

    answer = await mara_by_login.get(
        media, fields="media_type,media_product_type,permalink,children{id,media_type}"
    )

    found = answer.json
    assert (found["media_type"], found["media_product_type"], found["permalink"].split("/")[3]) == types
    assert ("children" in found) is (kind == "ALBUM")


@pytest.mark.parametrize("field", ["saved_count", "shares_count", "reposts_count"])
async def test_some_media_fields_are_for_facebooks_surface_only(sandbox, mara_by_login, mara_page, field):
    media = await published(sandbox, "IMAGE")

    there, here = await mara_page.get(media, fields=field), await mara_by_login.get(media, fields=field)

    assert there.json == {"id": media, field: 0}
    assert here.error["code"] == 100


async def test_media_insights_tell_the_truth(mara_instagram, sandbox):
    media = await published(sandbox, "REEL")
    await sandbox.advance(days=3)

    answer = await mara_instagram.insights(
        media,
        "views,reach,likes,comments,saved,shares,total_interactions,ig_reels_avg_watch_time,reels_skip_rate",
    )

    truth = await told(sandbox, "POST", media)
    found = {item["name"]: item["values"][0]["value"] for item in answer.json["data"]}
    assert found.pop("saved") == truth["saves"]
    assert found.pop("total_interactions") == truth["engagements"] > 0
    assert found.pop("ig_reels_avg_watch_time") == truth["average_watch_time"]
    assert found.pop("reels_skip_rate") == truth["skip_rate"]
    assert found == {name: truth[name] for name in found}
    assert answer.json["data"][0]["id"] == f"{media}/insights/views/lifetime"


@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        ("IMAGE", "ig_reels_avg_watch_time"),
        ("IMAGE", "replies"),
        ("REEL", "follows"),
        ("REEL", "facebook_views"),
        ("STORY", "likes"),
    ],
)
async def test_a_metric_of_another_kind_fails_the_call_or_is_left_out(mara_by_login, sandbox, kind, metric):
    media = await published(sandbox, kind)
    await sandbox.advance(hours=3)

    strict = await mara_by_login.insights(media, f"views,{metric}")
    await sandbox.switch(meta_unsupported_metric="omit")
    lenient = await mara_by_login.insights(media, f"views,{metric}")

    assert strict.error["code"] == 100
    assert f"does not support the {metric} metric" in strict.error["message"]
    assert [item["name"] for item in lenient.json["data"]] == ["views"]


@pytest.mark.parametrize("metric", ["plays", "impressions", "total_views"])
async def test_an_unknown_media_metric_fails_even_where_others_are_left_out(mara_by_login, sandbox, metric):
    """`total_views` exists on Facebook's surface only."""
    media = await published(sandbox, "REEL")
    await sandbox.switch(meta_unsupported_metric="omit")

    answer = await mara_by_login.insights(media, f"views,{metric}")

    assert answer.error["code"] == 100


async def test_a_storys_navigation_is_cut_by_what_people_did(mara_instagram, sandbox):
    story = await published(sandbox, "STORY")
    await sandbox.advance(hours=5)

    answer = await mara_instagram.insights(story, "navigation", breakdown="story_navigation_action_type")

    truth = await told(sandbox, "STORY", story)
    total = answer.json["data"][0]["total_value"]
    results = {one["dimension_values"][0]: one["value"] for one in total["breakdowns"][0]["results"]}
    assert results == {name: truth[name] for name in results}
    assert sum(results.values()) == total["value"] == truth["navigation"]


async def test_a_story_is_listed_and_told_for_a_day_and_then_gone(mara_instagram, sandbox):
    story = await published(sandbox, "STORY")
    await sandbox.advance(hours=23)
    listed = (await mara_instagram.get(f"{MARA}/stories")).json["data"]
    numbers = await mara_instagram.insights(story, "views,reach,replies")
    truth = await told(sandbox, "STORY", story)
    await sandbox.advance(hours=1)

    gone = await mara_instagram.insights(story, "views")
    after = (await mara_instagram.get(f"{MARA}/stories")).json.get("data", [])

    assert {"id": story} in listed and {"id": story} not in after
    assert [item["values"][0]["value"] for item in numbers.json["data"]] == [
        truth[name] for name in ("views", "reach", "replies")
    ]
    assert (gone.error["code"], gone.error["error_subcode"]) == (100, 33)


async def test_a_story_that_few_have_seen_tells_nothing(mara_instagram, sandbox):
    story = await published(sandbox, "STORY")
    fresh = await mara_instagram.insights(story, "views")
    await sandbox.advance(hours=5)
    seen = await mara_instagram.insights(story, "views")
    await sandbox.switch(ig_story_few_viewers="on")
    unseen = await mara_instagram.insights(story, "views")

    assert fresh.error["code"] == unseen.error["code"] == 10
    assert "Not enough viewers" in unseen.error["message"]
    assert seen.status == 200


async def test_media_from_before_the_conversion_have_no_insights(mara_by_login, sandbox):
    posts = (await sandbox.truth("instagram", "mara.bakes", level="POST"))["posts"]
    before = [(await mara_by_login.insights(post["id"], "views")).status for post in posts[:5]]
    await sandbox.switch(ig_pre_conversion_media="on")

    answers = [await mara_by_login.insights(post["id"], "views") for post in posts[:5]]

    refused = [answer.error for answer in answers if answer.status == 400]
    assert before == [200] * 5
    assert [(one["code"], one["error_subcode"]) for one in refused] == [(100, 2108006)]
    assert refused[0]["error_user_title"] == "Media posted before business account conversion"


async def test_a_deleted_medium_is_not_found(mara_by_login, sandbox):
    media = await published(sandbox, "IMAGE")
    await sandbox.act("mara", "delete-post", platform="instagram", post=media)

    answers = [await mara_by_login.get(media), await mara_by_login.insights(media, "views")]

    assert [answer.error["error_subcode"] for answer in answers] == [33, 33]


async def test_somebody_elses_media_are_not_found(sandbox, mara_by_login):
    other = (await sandbox.truth("instagram", "dina.travels", level="POST"))["posts"][0]["id"]

    answers = [await mara_by_login.get(other), await mara_by_login.get(f"{DINA}/media")]

    assert [answer.error["error_subcode"] for answer in answers] == [33, 33]


async def test_an_account_that_became_personal_has_no_media_and_no_insights(sandbox, mara_instagram):
    await sandbox.act("mara", "switch-to-personal")

    answers = [await mara_instagram.get(f"{MARA}/{edge}") for edge in ("media", "stories", "insights")]

    assert [answer.error["code"] for answer in answers] == [9009] * 3
