"""A Page's posts, reels, stories and insights, against the truth behind them."""

from datetime import date, timedelta

import pytest

GRAPH = "https://graph.facebook.com/v25.0"
PAGE = "615000111222333"


async def of_page(reader, metric, **query):
    return await reader.insights(PAGE, metric, **query)


async def published(sandbox, kind):
    body = {"platform": "facebook", "kind": kind, "text": "Rye"}
    return (await sandbox.control("POST", "/people/mara/publish", body))["id"]


async def told(sandbox, post_id, level="POST"):
    posts = (await sandbox.truth("facebook", "marabakes", level=level))["posts"]
    return next(post["totals"] for post in posts if post["id"] == post_id)


def value(answer, name):
    return next(item["values"][0]["value"] for item in answer.json["data"] if item["name"] == name)


async def test_days_of_the_page_tell_the_truth(mara_page, sandbox):
    truth = (await sandbox.truth("facebook", "marabakes"))["days"]
    whole = [day for day in truth if day["complete"]]
    names = {
        "page_media_view": "views",
        "page_total_media_view_unique": "reach",
        "page_post_engagements": "engagements",
        "page_views_total": "profile_views",
        "page_daily_follows_unique": "followers_gained",
        "page_daily_unfollows_unique": "followers_lost",
        "page_video_views": "video_views",
    }

    answer = await of_page(
        mara_page, ",".join(names), period="day", since=whole[0]["day"], until=truth[-1]["day"]
    )

    found = {item["name"]: [one["value"] for one in item["values"]] for item in answer.json["data"]}
    assert found == {name: [day["values"][known] for day in whole] for name, known in names.items()}
    last = answer.json["data"][0]["values"][-1]["end_time"]
    assert date.fromisoformat(last[:10]) == date.fromisoformat(whole[-1]["day"]) + timedelta(days=1)


async def test_a_week_is_the_sum_of_its_days_but_for_people(mara_page, sandbox):
    days = [day for day in (await sandbox.truth("facebook", "marabakes"))["days"] if day["complete"]][-7:]
    last = days[-1]["day"]
    until = (date.fromisoformat(last) + timedelta(days=1)).isoformat()

    answer = await of_page(
        mara_page, "page_media_view,page_total_media_view_unique", period="week", since=last, until=until
    )

    assert value(answer, "page_media_view") == sum(day["values"]["views"] for day in days)
    daily = [day["values"]["reach"] for day in days]
    assert max(daily) < value(answer, "page_total_media_view_unique") < sum(daily)


async def test_reactions_come_as_an_object_or_one_by_one(mara_page):
    answer = await of_page(
        mara_page, "page_actions_post_reactions_total,page_actions_post_reactions_love_total"
    )

    every = value(answer, "page_actions_post_reactions_total")
    assert every["love"] == value(answer, "page_actions_post_reactions_love_total")
    assert set(every) == {"like", "love", "wow", "haha", "sorry", "anger"}


async def test_views_can_be_cut_by_who_saw_them(mara_page):
    plain = value(await of_page(mara_page, "page_media_view"), "page_media_view")
    cut = value(await of_page(mara_page, "page_media_view", breakdown="is_from_followers"), "page_media_view")

    assert set(cut) == {"true", "false"}
    assert sum(cut.values()) == plain


async def test_page_insights_need_the_page_token(sandbox):
    token = await sandbox.facebook_token("mara")

    answer = await sandbox.get(f"{GRAPH}/{PAGE}/insights", metric="page_media_view", access_token=token)

    assert "Page Access Token" in answer.error["message"]


async def test_page_insights_need_the_analyze_task(sandbox):
    token = await sandbox.page_token("chen", PAGE)

    answer = await sandbox.get(f"{GRAPH}/{PAGE}/insights", metric="page_media_view", access_token=token)

    assert answer.error["code"] == 200


async def test_page_insights_need_their_permission_and_posts_do_not(mara_page, sandbox):
    await sandbox.act("mara", "decline", login="facebook", scopes=["read_insights"])

    insights = await of_page(mara_page, "page_media_view")
    posts = await mara_page.get(f"{PAGE}/posts")

    assert (insights.error["code"], posts.status) == (200, 200)


@pytest.mark.parametrize("edge", ["posts", "video_reels", "stories"])
async def test_posts_need_the_permission_to_read_the_page(mara_page, sandbox, edge):
    await sandbox.act("mara", "decline", login="facebook", scopes=["pages_read_engagement"])

    answer = await mara_page.get(f"{PAGE}/{edge}")

    assert answer.error["code"] == 10


@pytest.mark.parametrize("metric", ["page_impressions", "page_fans", "page_media_view,page_engaged_users"])
async def test_a_dead_metric_fails_the_whole_call(mara_page, metric):
    answer = await of_page(mara_page, metric, period="day")

    assert answer.error["code"] == 100
    assert "The value must be a valid insights metric" in answer.error["message"]


async def test_a_metric_can_die(mara_page, sandbox):
    await sandbox.switch(meta_dead_metrics="page_media_view")

    answers = [await of_page(mara_page, one) for one in ("page_media_view", "page_post_engagements")]

    assert [answer.status for answer in answers] == [400, 200]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"metric": ""}, 3001),
        ({"metric": "page_follows", "period": "week"}, 100),
        ({"metric": "page_media_view", "period": "fortnight"}, 100),
        ({"metric": "page_media_view", "since": "2026-01-01", "until": "2026-06-01"}, 100),
        ({"metric": "page_follows", "breakdown": "is_from_ads"}, 100),
    ],
    ids=["no-metric", "no-weeks", "no-period", "too-long", "no-breakdown"],
)
async def test_a_wrong_question_is_refused(mara_page, query, code):
    answer = await mara_page.get(f"{PAGE}/insights", **query)

    assert answer.error["code"] == code


async def test_the_newest_days_are_missing_while_insights_lag(mara_page, sandbox):
    await sandbox.switch(meta_insights_lag_hours="48")

    answer = await of_page(mara_page, "page_media_view,page_follows")

    assert answer.json["data"] == []


async def test_a_page_under_a_hundred_has_no_insights(mara_page, sandbox):
    await sandbox.switch(meta_under_hundred_followers="on")

    answer = await of_page(mara_page, "page_media_view")

    assert answer.json["data"] == []


async def test_posts_come_newest_first_and_reels_stand_apart(mara_page, sandbox):
    truth = (await sandbox.truth("facebook", "marabakes", level="POST"))["posts"]

    posts = (await mara_page.get(f"{PAGE}/posts", fields="id,permalink_url", limit=5)).json["data"]
    reels = (await mara_page.get(f"{PAGE}/video_reels", fields="permalink_url", limit=2)).json["data"]

    kept = [{"id": one["id"], "permalink_url": one["url"]} for one in truth if one["kind"] != "REEL"]
    assert posts == kept[:5]
    assert [one["id"] for one in reels] == [one["id"] for one in truth if one["kind"] == "REEL"][:2]


async def test_published_posts_are_the_same_list(mara_page):
    answers = [await mara_page.get(f"{PAGE}/{edge}") for edge in ("posts", "published_posts", "feed")]

    assert answers[0].json["data"] == answers[1].json["data"] == answers[2].json["data"] != []


async def test_post_insights_tell_the_truth(mara_page, sandbox):
    post = await published(sandbox, "IMAGE")
    await sandbox.advance(days=4)

    answer = await mara_page.insights(
        post,
        "post_media_view,post_total_media_view_unique,post_activity_by_action_type,post_reactions_by_type_total",
    )

    truth = await told(sandbox, post)
    assert value(answer, "post_media_view") == truth["views"] > 0
    assert value(answer, "post_total_media_view_unique") == truth["reach"]
    assert sum(value(answer, "post_activity_by_action_type").values()) == truth["engagements"]
    assert value(answer, "post_reactions_by_type_total")["like"] == truth["likes"]


async def test_insights_nest_in_a_list_of_posts(mara_page, sandbox):
    post = await published(sandbox, "VIDEO")
    await sandbox.advance(days=1, hours=1)
    metrics = "post_media_view,post_video_views"

    listed = await mara_page.get(f"{PAGE}/posts", fields=f"id,insights.metric({metrics})")
    alone = await mara_page.insights(post, metrics)

    found = next(one for one in listed.json["data"] if one["id"] == post)
    values = [item["values"] for item in found["insights"]["data"]]
    assert values == [item["values"] for item in alone.json["data"]]
    assert len(values) == 2


async def test_a_nested_dead_metric_fails_the_list(mara_page):
    answer = await mara_page.get(f"{PAGE}/posts", fields="id,insights.metric(post_impressions)")

    assert answer.error["code"] == 100


async def test_a_reel_tells_its_plays(mara_page, sandbox):
    reel = await published(sandbox, "REEL")
    await sandbox.advance(days=2)

    answer = await mara_page.get(
        f"{reel}/video_insights", metric="blue_reels_play_count,post_video_avg_time_watched"
    )

    truth = await told(sandbox, reel)
    assert value(answer, "blue_reels_play_count") == truth["video_views"] < truth["views"]
    assert value(answer, "post_video_avg_time_watched") == truth["average_watch_time"]


async def test_comments_are_counted_only_with_their_permission(sandbox, mara_page):
    without = await mara_page.get(f"{PAGE}/posts", fields="comments.summary(true)")
    await sandbox.consent("facebook", "mara", scope="pages_read_user_content")

    allowed = await mara_page.get(f"{PAGE}/posts", fields="comments.summary(true)")

    assert without.error["code"] == 10
    assert allowed.json["data"][0]["comments"]["summary"]["total_count"] >= 0


async def test_a_story_is_listed_for_a_day_and_counted_after_an_hour(mara_page, sandbox):
    story = await published(sandbox, "STORY")
    early = await mara_page.insights(story, "story_media_view")
    listed = (await mara_page.get(f"{PAGE}/stories")).json["data"]
    await sandbox.advance(hours=6)
    later = await mara_page.insights(story, "story_media_view,pages_fb_story_replies")
    truth = await told(sandbox, story, "STORY")
    await sandbox.advance(hours=18)
    after = (await mara_page.get(f"{PAGE}/stories")).json.get("data", [])

    (item,) = early.json["data"]
    assert item["values"] == [{"value": 0, "end_time": "1970-01-02T00:00:00+0000"}]
    assert value(later, "story_media_view") == truth["views"] > 0
    assert value(later, "pages_fb_story_replies") == truth["replies"]
    assert listed[0]["post_id"] == story and listed[0]["creation_time"].isdigit()
    assert story not in [one["post_id"] for one in after]


async def test_an_unknown_field_fails_the_list(mara_page):
    answer = await mara_page.get(f"{PAGE}/posts", fields="id,mesage")

    assert answer.error["code"] == 100


async def test_a_deleted_post_is_not_found(mara_page, sandbox):
    post = await published(sandbox, "IMAGE")
    await sandbox.act("mara", "delete-post", platform="facebook", post=post)

    answer = await mara_page.insights(post, "post_media_view")

    assert (answer.error["code"], answer.error["error_subcode"]) == (100, 33)


async def test_an_edge_that_the_node_does_not_have_is_refused(mara_page):
    answers = [await mara_page.get(f"{PAGE}/media"), await mara_page.get(f"{PAGE}/video_insights")]

    assert [answer.error["code"] for answer in answers] == [100, 100]
