"""TikTok's videos and counters: the truth of the sandbox in TikTok's words, and its limits."""

import pytest

from linkroll_sandbox.content import accounts, library
from linkroll_sandbox.content.numbers import account_total, post_total
from linkroll_sandbox.world import World

EXCHANGE = "https://open.tiktokapis.com/v2/oauth/token/"
USER = "https://open.tiktokapis.com/v2/user/info/"
LIST = "https://open.tiktokapis.com/v2/video/list/"
QUERY = "https://open.tiktokapis.com/v2/video/query/"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"
COUNTS = {
    "view_count": "views",
    "like_count": "likes",
    "comment_count": "comments",
    "share_count": "shares",
}


@pytest.fixture
def world():
    return World()


@pytest.fixture
async def sandbox(serve, world):
    """A sandbox whose truth the test can ask for directly."""
    async with serve(world) as running:
        yield running


@pytest.fixture
def marabakes(world):
    return accounts.named(world.cast, "tiktok", "marabakes")


async def token_of(sandbox, person="mara", answers=()):
    callback = await sandbox.consent("tiktok", person, answers, disable_auto_auth="1")
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": callback["code"]}
    return (await sandbox.post(EXCHANGE, **sandbox.secrets("tiktok"), **form)).json["access_token"]


async def ask(sandbox, token, url, body=None, fields="id,create_time"):
    headers = {"Authorization": f"Bearer {token}"}
    return await sandbox.call("POST", f"{url}?fields={fields}", headers=headers, json=body)


async def ids_of(sandbox, token, **body):
    answer = await ask(sandbox, token, LIST, body)
    return [one["id"] for one in answer.json["data"]["videos"]]


async def test_the_list_is_newest_first_and_ten_long_unless_asked(sandbox, world, marabakes):
    token = await token_of(sandbox)

    usual = await ids_of(sandbox, token)
    most = await ids_of(sandbox, token, max_count=20)

    true = [post.id for post in library.posts(world, marabakes)]
    assert usual == true[:10]
    assert most == true[:20]


async def test_the_cursor_walks_to_the_end_without_a_gap(sandbox, world, marabakes):
    token, seen, body = await token_of(sandbox), [], {"max_count": 20}
    for _ in range(50):
        page = (await ask(sandbox, token, LIST, body)).json["data"]
        seen += [one["id"] for one in page["videos"]]
        if not page["has_more"]:
            break
        body["cursor"] = page["cursor"]

    assert seen == [post.id for post in library.posts(world, marabakes)]
    assert len(seen) > 40


async def test_the_cursor_is_in_milliseconds_and_the_creation_in_seconds(sandbox):
    token = await token_of(sandbox)

    page = (await ask(sandbox, token, LIST)).json["data"]

    assert page["cursor"] == page["videos"][-1]["create_time"] * 1000


async def test_a_video_carries_the_true_totals_of_the_moment(sandbox, world, marabakes):
    token = await token_of(sandbox)
    post = library.posts(world, marabakes)[3]
    body, fields = {"filters": {"video_ids": [post.id]}}, ",".join(["id", *COUNTS])

    before = {name: post_total(post, metric, world.now()) for name, metric in COUNTS.items()}
    [video] = (await ask(sandbox, token, QUERY, body, fields)).json["data"]["videos"]
    after = {name: post_total(post, metric, world.now()) for name, metric in COUNTS.items()}

    assert all(before[name] <= video[name] <= after[name] for name in COUNTS)
    assert video["view_count"] > video["like_count"] > 0


async def test_totals_grow_with_the_clock(sandbox, world, marabakes):
    token = await token_of(sandbox)
    body = {"filters": {"video_ids": [library.posts(world, marabakes)[0].id]}}
    [early] = (await ask(sandbox, token, QUERY, body, "view_count")).json["data"]["videos"]
    await sandbox.advance(days=3)
    token = await token_of(sandbox)

    [late] = (await ask(sandbox, token, QUERY, body, "view_count")).json["data"]["videos"]

    assert late["view_count"] > early["view_count"]


async def test_the_share_address_carries_tracking(sandbox, world, marabakes):
    token = await token_of(sandbox)

    page = await ask(sandbox, token, LIST, {"max_count": 1}, "share_url")

    [video] = page.json["data"]["videos"]
    tracking = f"utm_campaign=tt4d_open_api&utm_source={sandbox.apps['tiktok']['client_id']}"
    assert video["share_url"] == f"{library.posts(world, marabakes)[0].url}?{tracking}"


async def test_ids_of_somebody_else_are_absent(sandbox, world, marabakes):
    token = await token_of(sandbox)
    own = library.posts(world, marabakes)[0].id
    foreign = library.posts(world, accounts.named(world.cast, "tiktok", "dinatravels"))[0].id

    answer = await ask(sandbox, token, QUERY, {"filters": {"video_ids": [foreign, own, "7574"]}})

    assert [one["id"] for one in answer.json["data"]["videos"]] == [own]


async def test_a_deleted_video_is_in_no_answer(sandbox, world, marabakes):
    token = await token_of(sandbox)
    gone = library.posts(world, marabakes)[0]
    library.delete(world, gone)

    queried = await ask(sandbox, token, QUERY, {"filters": {"video_ids": [gone.id]}})

    assert queried.json["data"]["videos"] == []
    assert gone.id not in await ids_of(sandbox, token)


@pytest.mark.parametrize(
    ("url", "body", "fields"),
    [
        (LIST, {"max_count": 21}, "id"),
        (LIST, {"max_count": 0}, "id"),
        (LIST, {"cursor": "yesterday"}, "id"),
        (LIST, {}, ""),
        (LIST, {}, "id,reach"),
        (QUERY, {}, "id"),
        (QUERY, {"filters": {"video_ids": []}}, "id"),
        (QUERY, {"filters": {"video_ids": ["7"] * 21}}, "id"),
    ],
    ids=["21", "0", "cursor", "no fields", "unknown field", "no filter", "no ids", "21 ids"],
)
async def test_a_wrong_question_is_invalid(sandbox, url, body, fields):
    answer = await ask(sandbox, await token_of(sandbox), url, body, fields)

    assert (answer.status, answer.error["code"]) == (400, "invalid_params")


@pytest.mark.parametrize("url", [LIST, QUERY])
async def test_videos_stand_behind_their_scope(sandbox, url):
    token = await token_of(sandbox, "mara", {"scope": ["user.info.stats"]})

    answer = await ask(sandbox, token, url, {"filters": {"video_ids": ["7"]}})

    assert (answer.status, answer.error["code"]) == (401, "scope_not_authorized")


async def test_a_missing_metric_is_absent_and_the_others_stay(sandbox):
    await sandbox.switch(tiktok_missing_metric="share_count,view_count")

    answer = await ask(
        sandbox, await token_of(sandbox), LIST, {"max_count": 1}, "id,like_count,share_count,view_count"
    )

    [video] = answer.json["data"]["videos"]
    assert set(video) == {"id", "like_count"}


async def test_a_short_page_still_has_more(sandbox):
    await sandbox.switch(tiktok_short_page="on")

    page = (await ask(sandbox, await token_of(sandbox), LIST, {"max_count": 20})).json["data"]

    assert (len(page["videos"]), page["has_more"]) == (10, True)


async def test_the_accounts_counters_are_the_truth(sandbox, world, marabakes):
    token = await token_of(sandbox)

    fields = "follower_count,likes_count,video_count"
    answer = await sandbox.bearer(USER, token, fields=fields)

    user = answer.json["data"]["user"]
    assert user["follower_count"] == pytest.approx(account_total(marabakes, "followers", world.now()), abs=2)
    assert user["likes_count"] == pytest.approx(account_total(marabakes, "likes", world.now()), abs=2)
    assert user["video_count"] == 212 + len(library.posts(world, marabakes))


async def test_one_call_too_many_in_a_minute_is_refused_and_then_let_in_again(sandbox):
    await sandbox.switch(tiktok_calls_per_minute="3")
    token = await token_of(sandbox)
    within = [(await ask(sandbox, token, LIST)).status for _ in range(3)]

    refused = await ask(sandbox, token, LIST)
    await sandbox.advance(seconds=61)

    assert within == [200, 200, 200]
    assert (refused.status, refused.error["code"]) == (429, "rate_limit_exceeded")
    assert (await ask(sandbox, token, LIST)).status == 200


async def test_each_endpoint_has_a_minute_of_its_own(sandbox):
    await sandbox.switch(tiktok_calls_per_minute="1")
    token = await token_of(sandbox)
    await ask(sandbox, token, LIST)

    assert (await ask(sandbox, token, LIST)).status == 429
    assert (await sandbox.bearer(USER, token, fields="open_id")).status == 200


async def test_refused_calls_do_not_keep_the_minute_full(sandbox):
    await sandbox.switch(tiktok_calls_per_minute="2")
    token = await token_of(sandbox)
    for _ in range(2):
        await ask(sandbox, token, LIST)
    await sandbox.advance(seconds=30)
    refused = [(await ask(sandbox, token, LIST)).status for _ in range(3)]

    await sandbox.advance(seconds=31)

    assert refused == [429, 429, 429]
    assert (await ask(sandbox, token, LIST)).status == 200
