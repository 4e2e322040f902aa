"""Uploads and their statistics at the YouTube Data API, and the quota that they cost."""

import pytest

from linkroll_sandbox.content import accounts, library
from linkroll_sandbox.content.days import day_of, start_of
from linkroll_sandbox.content.numbers import account_total, post_total
from linkroll_sandbox.world import World

EXCHANGE = "https://oauth2.googleapis.com/token"
API = "https://youtube.googleapis.com/youtube/v3"
ALIAS = "https://www.googleapis.com/youtube/v3"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"
MARA = "UCk3Ex4mpleCh4nnelId_00A"
UPLOADS = "UUk3Ex4mpleCh4nnelId_00A"


@pytest.fixture
def world():
    """At noon of a Pacific day, so that no day ends in the middle of a test."""
    found = World()
    found.clock.offset_seconds = start_of(day_of(found.now())) + 12 * 3600 - found.now()
    return found


@pytest.fixture
async def sandbox(serve, world):
    """A sandbox whose truth the test can ask for directly."""
    async with serve(world) as running:
        yield running


@pytest.fixture
def marabakes(world):
    return accounts.named(world.cast, "youtube", MARA)


@pytest.fixture
async def token(sandbox):
    callback = await sandbox.consent("google", "mara", access_type="offline", prompt="consent")
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": callback["code"]}
    return (await sandbox.post(EXCHANGE, **sandbox.secrets("google"), **form)).json["access_token"]


async def uploads(sandbox, token, **query):
    asked = {"playlistId": UPLOADS, "part": "contentDetails,snippet", **query}
    return await sandbox.bearer(f"{API}/playlistItems", token, **asked)


def reason(answer):
    return answer.status, answer.error["errors"][0]["reason"]


async def test_uploads_are_newest_first(sandbox, token, world, marabakes):
    answer = await uploads(sandbox, token, maxResults=50)

    listed = [one["contentDetails"]["videoId"] for one in answer.json["items"]]
    assert listed == [post.id for post in library.posts(world, marabakes)][:50]
    assert answer.json["items"][0]["snippet"]["position"] == 0


async def test_page_tokens_walk_to_the_end_without_a_gap(sandbox, token, world, marabakes):
    seen, query = [], {"maxResults": 50}
    for _ in range(20):
        page = (await uploads(sandbox, token, **query)).json
        seen += [one["snippet"]["resourceId"]["videoId"] for one in page["items"]]
        if "nextPageToken" not in page:
            break
        query["pageToken"] = page["nextPageToken"]

    assert seen == [post.id for post in library.posts(world, marabakes)]
    assert page["pageInfo"]["totalResults"] == len(seen) > 100


async def test_five_come_unless_asked_for_more(sandbox, token):
    assert len((await uploads(sandbox, token)).json["items"]) == 5


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"pageToken": "bm9wZQ"}, (400, "invalidPageToken")),
        ({"maxResults": 51}, (400, "badRequest")),
        ({"playlistId": "UUnobody"}, (404, "playlistNotFound")),
        ({"part": "statistics"}, (400, "unknownPart")),
    ],
    ids=["token", "51", "playlist", "part"],
)
async def test_a_wrong_question_about_uploads_is_named(sandbox, token, query, expected):
    assert reason(await uploads(sandbox, token, **query)) == expected


async def test_a_closed_channel_has_no_uploads_playlist(sandbox, token):
    await sandbox.act("mara", "close-account", platform="youtube")

    assert reason(await uploads(sandbox, token)) == (404, "playlistNotFound")


async def test_the_counts_of_a_video_are_true_and_texts(sandbox, token, world, marabakes):
    post = library.posts(world, marabakes)[2]
    before = post_total(post, "views", world.now())
    answer = await sandbox.bearer(
        f"{API}/videos", token, part="snippet,contentDetails,statistics", id=post.id
    )
    after = post_total(post, "views", world.now())

    [video] = answer.json["items"]
    counts = video["statistics"]
    assert all(isinstance(one, str) for one in counts.values())
    assert before <= int(counts["viewCount"]) <= after
    assert set(counts) == {"viewCount", "likeCount", "commentCount", "favoriteCount"}
    assert video["contentDetails"]["duration"].startswith("PT")
    assert video["snippet"]["channelId"] == MARA


async def test_the_batch_writes_the_same_facts_another_way(sandbox, token, world, marabakes):
    post = library.posts(world, marabakes)[2]

    query = {"part": "snippet,contentDetails,statistics", "id": post.id}
    answer = await sandbox.bearer(f"{API}/videos:batchGetStats", token, **query)

    [video] = answer.json["items"]
    assert (answer.json["kind"], video["kind"]) == ("youtube#batchGetStatsResponse", "youtube#videoStats")
    assert video["contentDetails"]["duration"] == f"{post.seconds}s"
    assert set(video["statistics"]) == {"viewCount", "likeCount", "commentCount"}
    assert "publishTime" in video["snippet"]


@pytest.mark.parametrize("method", ["videos", "videos:batchGetStats"])
async def test_missing_ids_are_left_out_without_a_word(sandbox, token, world, marabakes, method):
    kept, gone = library.posts(world, marabakes)[:2]
    library.delete(world, gone)

    wanted = f"{gone.id},aB3_dE6-gH9,{kept.id}"
    answer = await sandbox.bearer(f"{API}/{method}", token, part="statistics", id=wanted)

    assert [one["id"] for one in answer.json["items"]] == [kept.id]


@pytest.mark.parametrize("method", ["videos", "videos:batchGetStats"])
async def test_fifty_ids_are_enough(sandbox, token, method):
    wanted = ",".join(f"id{n:09d}" for n in range(51))

    answer = await sandbox.bearer(f"{API}/{method}", token, part="statistics", id=wanted)

    assert reason(answer) == (400, "invalidFilters")


async def test_without_ids_there_is_nothing_to_answer(sandbox, token):
    answer = await sandbox.bearer(f"{API}/videos", token, part="statistics")

    assert reason(answer) == (400, "missingRequiredParameter")


async def test_hidden_counts_are_missing_and_not_zero(sandbox, token, world, marabakes):
    await sandbox.switch(youtube_hidden_counts="on")
    video_id = library.posts(world, marabakes)[0].id

    videos = await sandbox.bearer(f"{API}/videos", token, part="statistics", id=video_id)
    channels = await sandbox.bearer(f"{API}/channels", token, part="statistics", mine="true")

    assert set(videos.json["items"][0]["statistics"]) == {"viewCount", "favoriteCount"}
    [channel] = channels.json["items"]
    assert channel["statistics"]["hiddenSubscriberCount"] is True
    assert "subscriberCount" not in channel["statistics"]


async def test_the_channels_counters_are_the_truth(sandbox, token, world, marabakes):
    answer = await sandbox.bearer(f"{API}/channels", token, part="statistics", mine="true")

    counts = answer.json["items"][0]["statistics"]
    true = account_total(marabakes, "followers", world.now())
    assert int(counts["viewCount"]) == pytest.approx(account_total(marabakes, "views", world.now()), abs=5)
    assert 0 <= true - int(counts["subscriberCount"]) < true / 100
    assert counts["videoCount"] == str(212 + len(library.posts(world, marabakes)))


@pytest.mark.parametrize("path", ["playlistItems", "videos", "videos:batchGetStats", "channels"])
async def test_without_a_token_nobody_is_told(sandbox, path):
    answer = await sandbox.get(f"{API}/{path}", part="id", id="a", playlistId=UPLOADS)

    assert reason(answer) == (401, "authError")


async def test_the_alias_host_has_the_same_videos(sandbox, token):
    query = {"playlistId": UPLOADS, "part": "contentDetails"}

    here = await sandbox.bearer(f"{API}/playlistItems", token, **query)
    there = await sandbox.bearer(f"{ALIAS}/playlistItems", token, **query)

    assert here.json == there.json


async def test_an_unchanged_list_is_not_sent_again(sandbox, token):
    first = await uploads(sandbox, token)
    headers = {"Authorization": f"Bearer {token}", "If-None-Match": first.json["etag"]}

    url = f"{API}/playlistItems?playlistId={UPLOADS}&part=contentDetails,snippet"
    second = await sandbox.call("GET", url, headers=headers)

    assert (second.status, second.text) == (304, "")


async def test_a_spent_quota_stops_the_project_until_midnight_pacific(sandbox, token):
    await sandbox.switch(youtube_general_units="2")
    statuses = [(await uploads(sandbox, token)).status for _ in range(2)]

    refused = await uploads(sandbox, token)
    await sandbox.advance(hours=24)
    still_alive = await sandbox.get(f"{API}/channels", part="id", key="AIzaSandbox", id=MARA)

    assert statuses == [200, 200]
    assert reason(refused) == (403, "quotaExceeded")
    assert refused.error["errors"][0]["domain"] == "youtube.quota"
    assert still_alive.status == 200


async def test_a_wrong_question_costs_as_much_as_a_right_one(sandbox, token):
    await sandbox.switch(youtube_general_units="1")
    await uploads(sandbox, token, maxResults=51)

    assert reason(await uploads(sandbox, token)) == (403, "quotaExceeded")


async def test_the_batch_has_a_bucket_of_its_own(sandbox, token):
    await sandbox.switch(youtube_general_units="0", youtube_stats_units="1")
    query = {"part": "statistics", "id": "aB3_dE6-gH9"}

    general = await sandbox.bearer(f"{API}/videos", token, **query)
    first = await sandbox.bearer(f"{API}/videos:batchGetStats", token, **query)
    second = await sandbox.bearer(f"{API}/videos:batchGetStats", token, **query)

    assert reason(general) == (403, "quotaExceeded")
    assert first.status == 200
    assert reason(second) == (403, "quotaExceeded")


async def test_the_last_page_is_the_last_also_when_it_is_full(sandbox, token, world, marabakes):
    missing = -len(library.posts(world, marabakes)) % 10
    for number in range(missing):
        library.publish(world, marabakes, "VIDEO", f"Filler {number}")
    query = {"maxResults": 10}
    for _ in range(len(library.posts(world, marabakes)) // 10 - 1):
        query["pageToken"] = (await uploads(sandbox, token, **query)).json["nextPageToken"]

    last = (await uploads(sandbox, token, **query)).json

    assert len(last["items"]) == 10
    assert "nextPageToken" not in last


async def test_yesterdays_units_are_forgotten(sandbox, token, world):
    await uploads(sandbox, token)
    await sandbox.advance(days=1)
    await sandbox.get(f"{API}/channels", part="id", key="AIzaSandbox", id=MARA)

    assert world.google.spent == {f"general/{day_of(world.now())}": 1}
